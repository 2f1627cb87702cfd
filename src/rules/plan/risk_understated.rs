//! A risk that is declared lower than the one that follows from the ticket.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/risk-understated",
    Level::Note,
    "declared risk below the computed risk",
    include_str!("risk_understated.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let score = ticket.computed_risk(ctx.settings.today, &ctx.settings.risk);
    // Who declares downtime or an irreversible change has said what the risk is.
    let is_said = ticket.risk.level.is_none()
        && score.level() < RiskLevel::High
        && score.undeclared_level() == RiskLevel::Low;
    // A level above `low` is a judgment that facts such as downtime and many steps don't refute.
    let is_judgment = match ticket.risk.level {
        Some(RiskLevel::Low) => false,
        Some(_) => !score.endangers_data(),
        None => score.level() < RiskLevel::High && !score.endangers_data() && !score.has_downtime(),
    };
    if score.level() <= ctx.risk || is_said || is_judgment {
        return;
    }
    let computed = score.level().as_str();
    let (place, message, help) = match ticket.risk.level {
        Some(declared) => (
            ctx.span_of(&["risk", "level"]),
            format!(
                "`risk.level` is `{}`, but the ticket scores {score}, which is {computed}",
                declared.as_str()
            ),
            format!("set `level = \"{computed}\"`, or correct the fields that raise the score"),
        ),
        None => (
            ctx.span_of(&["risk"]),
            format!("no declared risk, but the ticket scores {score}, which is {computed}"),
            format!(
                "add `risk.level = \"{computed}\"`; the required approvals depend on the computed risk either way"
            ),
        ),
    };
    let finding = RULE
        .finding(
            ticket.place(),
            place.unwrap_or(ticket.title.span),
            format!("computed: {computed}"),
        )
        .message(message)
        .help(help)
        .anchor("risk.level");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{findings, rules_of};

    #[test]
    fn the_message_shows_the_sum_with_its_parts() {
        let text = "risk.level = \"low\"\nrisk.reversible = \"partly\"\nrisk.downtime = \"5m\"";
        let found = findings(text)
            .into_iter()
            .find(|finding| finding.rule == RULE.name)
            .unwrap();
        assert_eq!(
            found.message,
            "`risk.level` is `low`, but the ticket scores 3 (partly reversible +1, downtime +2), which is medium"
        );
    }

    #[test]
    fn undeclared_risk_is_shown_with_its_parts() {
        let found = findings("category = \"data\"")
            .into_iter()
            .find(|finding| finding.rule == RULE.name)
            .unwrap();
        assert_eq!(
            found.message,
            "no declared risk, but the ticket scores 2 (data in production +2), which is medium"
        );
    }

    #[test]
    fn low_risk_need_not_be_declared_and_higher_ones_may() {
        for text in [
            "risk.level = \"critical\"",
            "",
            "risk.level = \"low\"",
            "risk.downtime = \"5m\"",
        ] {
            assert!(!rules_of(text).contains(&RULE.name), "{text}");
        }
        assert!(!rules_of("risk.level = \"medium\"\nrisk.downtime = \"5m\"").contains(&RULE.name));
    }

    #[test]
    fn only_danger_to_data_refutes_a_judgment() {
        let facts = "title = \"Fail over orders-db\"\nrisk.downtime = \"5m\"\n";
        for level in ["risk.level = \"medium\"", "risk.level = \"high\""] {
            let text = format!("{facts}{level}");
            assert!(!rules_of(&text).contains(&RULE.name), "{text}");
        }
        for level in ["risk.level = \"medium\"", ""] {
            let text = format!("{facts}category = \"data\"\n{level}");
            assert!(rules_of(&text).contains(&RULE.name), "{text}");
        }
        assert!(rules_of(&format!("{facts}risk.level = \"low\"")).contains(&RULE.name));
        assert!(!rules_of("title = \"Fail over orders-db\"").contains(&RULE.name));
    }
}
