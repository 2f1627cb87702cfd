//! How much a change may break, computed from what its ticket says (product.md §3, *Risk*).
//!
//! Every point has its reason, so that the sum can be shown with its parts. A declared level counts before this one.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::model::Ticket;
use super::words::{Phase, Reversible, RiskLevel, Strategy};

/// How many services a change may concern without counting as wide.
const MANY_SERVICES: usize = 3;
/// How many steps by hand a deployment may have.
const MANY_MANUAL_STEPS: usize = 5;

/// The computed risk, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskScore {
    /// What adds to it and what takes from it.
    pub parts: Vec<RiskPart>,
}

/// One reason for a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskPart {
    /// The reason, in a few words.
    pub reason: &'static str,
    /// The points.
    pub points: i32,
}

impl RiskScore {
    /// The sum of the parts.
    #[must_use]
    pub fn points(&self) -> i32 {
        self.parts.iter().map(|part| part.points).sum()
    }

    /// The level of the sum: up to 1 low, 2 and 3 medium, from 4 on high.
    #[must_use]
    pub fn level(&self) -> RiskLevel {
        match self.points() {
            ..=1 => RiskLevel::Low,
            2..=3 => RiskLevel::Medium,
            4.. => RiskLevel::High,
        }
    }
}

impl Ticket {
    /// The risk that follows from what the ticket says, on a given day.
    #[must_use]
    pub fn computed_risk(&self, today: Date) -> RiskScore {
        let schema = self.schema_change.as_ref();
        let manual = self.deployment.steps.iter().filter(|step| !step.automated).count();
        let year = today.checked_sub(1.year()).map_or(today..=today, |before| before..=today);
        let gradual = [Strategy::Canary, Strategy::FeatureFlag, Strategy::DarkLaunch];
        let parts = [
            (schema.is_some_and(|schema| schema.phase == Some(Phase::Contract)), "the schema contracts", 2),
            (schema.is_some_and(|schema| schema.backward_compatible == Some(false)), "not backward compatible", 2),
            (self.risk.reversible == Some(Reversible::No), "not reversible", 3),
            (self.risk.reversible == Some(Reversible::Partly), "partly reversible", 1),
            (self.risk.downtime.is_some_and(|downtime| !downtime.is_zero()), "downtime", 2),
            (self.services.len() > MANY_SERVICES, "more than three services", 1),
            (manual > MANY_MANUAL_STEPS, "more than five steps by hand", 1),
            (self.deployment.strategy.is_some_and(|strategy| gradual.contains(&strategy)), "rolled out by degrees", -1),
            (self.rollback.rehearsed_on.is_some_and(|day| year.contains(&day)), "rollback rehearsed", -1),
        ];
        let holds = parts.into_iter().filter(|(holds, ..)| *holds);
        RiskScore { parts: holds.map(|(_, reason, points)| RiskPart { reason, points }).collect() }
    }

    /// The level that counts: the declared one, or else the computed one.
    #[must_use]
    pub fn risk_level(&self, today: Date) -> RiskLevel {
        self.risk.level.unwrap_or_else(|| self.computed_risk(today).level())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::source::Source;
    use crate::ticket::parse;

    fn score(text: &str) -> RiskScore {
        let (document, _) = Document::parse(Source::new("x.toml", text));
        parse(&document).0.computed_risk("2026-11-20".parse().unwrap())
    }

    #[test]
    fn the_parts_add_up_to_a_level() {
        let score = score("[schema_change]\nphase = \"contract\"\n[risk]\nreversible = \"no\"\n");
        assert_eq!((score.points(), score.level()), (5, RiskLevel::High));
        assert_eq!(score.parts[1], RiskPart { reason: "not reversible", points: 3 });
    }

    #[test]
    fn a_rehearsal_counts_for_a_year() {
        assert_eq!(score("[rollback]\nrehearsed_on = 2025-12-01").points(), -1);
        assert_eq!(score("[rollback]\nrehearsed_on = 2025-11-01").points(), 0);
        assert_eq!(score("[rollback]\nrehearsed_on = 2027-01-01").points(), 0);
    }

    #[test]
    fn six_steps_by_hand_are_many() {
        assert_eq!(score("deployment = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]").points(), 1);
        assert_eq!(score("deployment = [\"a\", \"b\", \"c\", \"d\", \"e\"]").points(), 0);
    }

    #[test]
    fn a_declared_level_counts_before_the_computed_one() {
        let (document, _) = Document::parse(Source::new("x.toml", "risk.level = \"critical\""));
        assert_eq!(parse(&document).0.risk_level("2026-11-20".parse().unwrap()), RiskLevel::Critical);
    }
}
