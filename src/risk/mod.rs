//! Computes the risk of a change from its ticket (docs/design/tickets.md, Risk).
//!
//! Every point has a reason, so that the sum can be shown with its parts. A declared level takes
//! precedence over the computed one.

mod stated;

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::ticket::{Category, Phase, Reversible, RiskLevel, Strategy, Ticket};

/// The maximum number of services of a change that adds no points.
const MANY_SERVICES: usize = 3;
/// The maximum number of manual deployment steps that adds no points.
const MANY_MANUAL_STEPS: usize = 5;
/// Strategies that reach users gradually.
const GRADUAL: [Strategy; 3] = [
    Strategy::Canary,
    Strategy::FeatureFlag,
    Strategy::DarkLaunch,
];

const DOWNTIME: &str = "downtime";
const DOWNTIME_IN_TEXT: &str = "downtime in the text";
const IRREVERSIBLE: &str = "not reversible";
const NOT_COMPATIBLE: &str = "not backward compatible";
const DATA_IN_PRODUCTION: &str = "data in production";
const DESTRUCTIVE_COMMAND: &str = "destructive command";
/// The facts after which data may be lost.
const ENDANGERS_DATA: [&str; 4] = [
    IRREVERSIBLE,
    NOT_COMPATIBLE,
    DATA_IN_PRODUCTION,
    DESTRUCTIVE_COMMAND,
];

/// The points of each fact, and the sums from which a risk is medium or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskPoints {
    /// The phase of the schema change is `contract`.
    pub(crate) schema_contract: i32,
    /// The current code doesn't work with the new schema.
    pub(crate) not_backward_compatible: i32,
    /// The change cannot be undone.
    pub(crate) irreversible: i32,
    /// The change can be undone in part.
    pub(crate) partly_reversible: i32,
    /// There is downtime.
    pub(crate) downtime: i32,
    /// More than three services are affected.
    pub(crate) many_services: i32,
    /// More than five deployment steps are manual.
    pub(crate) manual_steps: i32,
    /// The change is rolled out gradually: canary, feature flag, or dark launch.
    pub(crate) gradual: i32,
    /// The rollback was rehearsed within a year.
    pub(crate) rehearsed: i32,
    /// The category is `data` or `schema`, and the change reaches production.
    pub(crate) data_in_production: i32,
    /// The category is `removal`.
    pub(crate) removal: i32,
    /// The title announces a failover or a new major version.
    pub(crate) cutover: i32,
    /// A deployment step has a destructive command.
    pub(crate) destructive_command: i32,
    /// The texts announce downtime, but `risk.downtime` is absent.
    pub(crate) undeclared_downtime: i32,
    /// The sum from which the risk is medium.
    pub(crate) medium: i32,
    /// The sum from which the risk is high.
    pub(crate) high: i32,
}

/// The computed risk, with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskScore {
    /// The facts that add or subtract points.
    pub(crate) parts: Vec<RiskPart>,
    /// The sums from which the risk is medium and high.
    thresholds: (i32, i32),
}

/// One reason for a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RiskPart {
    /// The reason in a few words.
    pub(crate) reason: &'static str,
    /// The points.
    pub(crate) points: i32,
    /// Whether a field declares it; otherwise it follows from the texts or the kind of the change.
    is_declared: bool,
}

/// A possible reason for points.
struct Fact {
    holds: bool,
    part: RiskPart,
}

impl RiskPart {
    const fn declared(reason: &'static str, points: i32) -> Self {
        Self {
            reason,
            points,
            is_declared: true,
        }
    }

    const fn new(reason: &'static str, points: i32) -> Self {
        Self {
            reason,
            points,
            is_declared: false,
        }
    }
}

impl RiskScore {
    /// The sum of the points of all factors.
    #[must_use]
    pub(crate) fn points(&self) -> i32 {
        self.parts.iter().map(|part| part.points).sum()
    }

    /// The level of the points that no field declares.
    pub(crate) fn undeclared_level(&self) -> RiskLevel {
        let undeclared = self.parts.iter().filter(|part| !part.is_declared);
        self.level_of(undeclared.map(|part| part.points).sum())
    }

    /// Whether a fact says that data may be lost, not only that users notice the change.
    pub(crate) fn endangers_data(&self) -> bool {
        self.parts
            .iter()
            .any(|part| part.points > 0 && ENDANGERS_DATA.contains(&part.reason))
    }

    /// Whether there is downtime.
    pub(crate) fn has_downtime(&self) -> bool {
        let reasons = [DOWNTIME, DOWNTIME_IN_TEXT];
        self.parts.iter().any(|part| reasons.contains(&part.reason))
    }

    /// The level of the sum. By default, up to 1 is low, 2 and 3 are medium, and 4 or more are
    /// high.
    #[must_use]
    pub fn level(&self) -> RiskLevel {
        self.level_of(self.points())
    }

    fn level_of(&self, points: i32) -> RiskLevel {
        let (medium, high) = self.thresholds;
        match points {
            points if points >= high => RiskLevel::High,
            points if points >= medium => RiskLevel::Medium,
            _ => RiskLevel::Low,
        }
    }
}

/// The sum and its parts: `3 (partly reversible +1, downtime +2)`.
impl fmt::Display for RiskScore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| format!("{} {:+}", part.reason, part.points))
            .collect();
        match parts.as_slice() {
            [] => write!(out, "{}", self.points()),
            parts => write!(out, "{} ({})", self.points(), parts.join(", ")),
        }
    }
}

impl RiskPoints {
    /// Each number with its key in the configuration.
    pub(crate) fn entries(&mut self) -> [(&'static str, &mut i32); 16] {
        [
            ("schema_contract", &mut self.schema_contract),
            ("not_backward_compatible", &mut self.not_backward_compatible),
            ("irreversible", &mut self.irreversible),
            ("partly_reversible", &mut self.partly_reversible),
            ("downtime", &mut self.downtime),
            ("many_services", &mut self.many_services),
            ("manual_steps", &mut self.manual_steps),
            ("gradual", &mut self.gradual),
            ("rehearsed", &mut self.rehearsed),
            ("data_in_production", &mut self.data_in_production),
            ("removal", &mut self.removal),
            ("cutover", &mut self.cutover),
            ("destructive_command", &mut self.destructive_command),
            ("undeclared_downtime", &mut self.undeclared_downtime),
            ("medium", &mut self.medium),
            ("high", &mut self.high),
        ]
    }
}

impl Default for RiskPoints {
    fn default() -> Self {
        Self {
            schema_contract: 2,
            not_backward_compatible: 2,
            irreversible: 3,
            partly_reversible: 1,
            downtime: 2,
            many_services: 1,
            manual_steps: 1,
            gradual: -1,
            rehearsed: -1,
            data_in_production: 2,
            removal: 1,
            cutover: 2,
            destructive_command: 1,
            undeclared_downtime: 2,
            medium: 2,
            high: 4,
        }
    }
}

impl Ticket {
    /// The risk that follows from the ticket on a given day.
    #[must_use]
    pub fn computed_risk(&self, today: Date, points: &RiskPoints) -> RiskScore {
        let declared = self.declared_facts(points);
        let planned = self.planned_facts(today, points);
        let holds = declared
            .into_iter()
            .chain(planned)
            .filter(|fact| fact.holds && fact.part.points != 0);
        RiskScore {
            parts: holds.map(|fact| fact.part).collect(),
            thresholds: (points.medium, points.high),
        }
    }

    /// The facts that fields declare.
    fn declared_facts(&self, points: &RiskPoints) -> [Fact; 6] {
        let schema = self.schema_change.as_ref();
        let risk = &self.risk;
        [
            Fact {
                holds: schema.is_some_and(|schema| schema.phase == Some(Phase::Contract)),
                part: RiskPart::declared(
                    "contract phase of a schema change",
                    points.schema_contract,
                ),
            },
            Fact {
                holds: schema.is_some_and(|schema| schema.backward_compatible == Some(false)),
                part: RiskPart::declared(NOT_COMPATIBLE, points.not_backward_compatible),
            },
            Fact {
                holds: risk.reversible == Some(Reversible::No),
                part: RiskPart::declared(IRREVERSIBLE, points.irreversible),
            },
            Fact {
                holds: risk.reversible == Some(Reversible::Partly),
                part: RiskPart::declared("partly reversible", points.partly_reversible),
            },
            Fact {
                holds: risk.downtime.is_some_and(|downtime| !downtime.is_zero()),
                part: RiskPart::declared(DOWNTIME, points.downtime),
            },
            Fact {
                holds: risk.downtime.is_none() && stated::announces_downtime(self),
                part: RiskPart::new(DOWNTIME_IN_TEXT, points.undeclared_downtime),
            },
        ]
    }

    /// The facts that follow from the category, the texts, and the deployment.
    fn planned_facts(&self, today: Date, points: &RiskPoints) -> [Fact; 8] {
        let steps = &self.deployment.steps;
        let by_hand = steps.iter().filter(|step| !step.automated).count();
        let strategy = self.deployment.strategy;
        let year = today
            .checked_sub(1.year())
            .map_or(today..=today, |before| before..=today);
        let rehearsed_on = self.rollback.rehearsed_on;
        [
            Fact {
                holds: stated::changes_data_in_production(self),
                part: RiskPart::new(DATA_IN_PRODUCTION, points.data_in_production),
            },
            Fact {
                holds: self.category == Some(Category::Removal),
                part: RiskPart::new("removal", points.removal),
            },
            Fact {
                holds: stated::is_cutover(&self.title.text),
                part: RiskPart::new("failover or new major version", points.cutover),
            },
            Fact {
                holds: stated::destroys(self),
                part: RiskPart::new(DESTRUCTIVE_COMMAND, points.destructive_command),
            },
            Fact {
                holds: self.services.len() > MANY_SERVICES,
                part: RiskPart::new("more than three services", points.many_services),
            },
            Fact {
                holds: by_hand > MANY_MANUAL_STEPS,
                part: RiskPart::new("more than five manual steps", points.manual_steps),
            },
            Fact {
                holds: strategy.is_some_and(|strategy| GRADUAL.contains(&strategy)),
                part: RiskPart::new("gradual rollout", points.gradual),
            },
            Fact {
                holds: rehearsed_on.is_some_and(|day| year.contains(&day)),
                part: RiskPart::new("rollback rehearsed", points.rehearsed),
            },
        ]
    }

    /// The effective level: the declared one, or the computed one if none is declared.
    #[must_use]
    pub(crate) fn risk_level(&self, today: Date, points: &RiskPoints) -> RiskLevel {
        self.risk
            .level
            .unwrap_or_else(|| self.computed_risk(today, points).level())
    }

    /// The risk that decides how many approvals a ticket needs: the higher of the declared and the
    /// computed level.
    ///
    /// Otherwise an author could declare a lower risk to need fewer approvals.
    #[must_use]
    pub(crate) fn stricter_risk(&self, today: Date, points: &RiskPoints) -> RiskLevel {
        self.risk_level(today, points)
            .max(self.computed_risk(today, points).level())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::{ParsedTicket, Ticket};

    fn ticket(text: &str) -> Ticket {
        ParsedTicket::parse(&Source::new("x.toml", text))
            .unwrap()
            .ticket
    }

    fn score(text: &str) -> RiskScore {
        ticket(text).computed_risk("2026-11-20".parse().unwrap(), &RiskPoints::default())
    }

    #[test]
    fn the_parts_add_up_to_a_level() {
        let score = score("[schema_change]\nphase = \"contract\"\n[risk]\nreversible = \"no\"\n");
        assert_eq!((score.points(), score.level()), (5, RiskLevel::High));
        assert_eq!(
            score.parts[1],
            RiskPart {
                reason: "not reversible",
                points: 3,
                is_declared: true,
            }
        );
    }

    #[test]
    fn the_sum_is_shown_with_its_parts() {
        assert_eq!(
            score("[risk]\nreversible = \"no\"\ndowntime = \"5m\"").to_string(),
            "5 (not reversible +3, downtime +2)"
        );
        assert_eq!(score("").to_string(), "0");
    }

    #[test]
    fn points_and_thresholds_may_be_others() {
        let points = RiskPoints {
            downtime: 5,
            high: 5,
            ..RiskPoints::default()
        };
        let score =
            ticket("risk.downtime = \"5m\"").computed_risk("2026-11-20".parse().unwrap(), &points);
        assert_eq!((score.points(), score.level()), (5, RiskLevel::High));
    }

    #[test]
    fn a_rehearsal_counts_for_a_year() {
        assert_eq!(score("[rollback]\nrehearsed_on = 2025-12-01").points(), -1);
        assert_eq!(score("[rollback]\nrehearsed_on = 2025-11-01").points(), 0);
        assert_eq!(score("[rollback]\nrehearsed_on = 2027-01-01").points(), 0);
    }

    #[test]
    fn six_steps_by_hand_are_many() {
        assert_eq!(
            score("deployment = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]").points(),
            1
        );
        assert_eq!(
            score("deployment = [\"a\", \"b\", \"c\", \"d\", \"e\"]").points(),
            0
        );
    }

    #[test]
    fn a_declared_level_counts_before_the_computed_one() {
        assert_eq!(
            ticket("risk.level = \"critical\"")
                .risk_level("2026-11-20".parse().unwrap(), &RiskPoints::default()),
            RiskLevel::Critical
        );
    }
}
