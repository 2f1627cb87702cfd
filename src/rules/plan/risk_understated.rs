//! A risk that is declared lower than the one that follows from the ticket.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/risk-understated",
    Level::Warning,
    "declared risk below the computed risk",
    include_str!("risk_understated.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let score = ticket.computed_risk(ctx.settings.today, &ctx.settings.risk);
    let Some(declared) = ticket
        .risk
        .level
        .filter(|declared| *declared < score.level())
    else {
        return;
    };
    let computed = score.level().as_str();
    let finding = RULE
        .finding(
            ticket.place(),
            ctx.span_of(&["risk", "level"]).unwrap_or_default(),
            format!("computed: {computed}"),
        )
        .message(format!(
            "`risk.level` is {}, but the ticket scores {score}, which is {computed}",
            declared.as_str()
        ))
        .help(format!(
            "set `level = \"{computed}\"`, or remove `level` to use the computed risk"
        ))
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
            "`risk.level` is low, but the ticket scores 3 (partly reversible +1, downtime +2), which is medium"
        );
    }

    #[test]
    fn a_level_may_be_declared_higher_and_may_be_left_out() {
        for text in [
            "risk.level = \"critical\"",
            "risk.reversible = \"no\"",
            "risk.level = \"low\"",
        ] {
            assert!(!rules_of(text).contains(&RULE.name), "{text}");
        }
        assert!(!rules_of("risk.level = \"medium\"\nrisk.downtime = \"5m\"").contains(&RULE.name));
    }
}
