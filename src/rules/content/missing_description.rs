//! A change of high risk that is described in one sentence.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/missing-description",
    Level::Warning,
    "high-risk change without a description",
    include_str!("missing_description.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if ctx.risk < RiskLevel::High || ticket.description.is_some() || ticket.title.text.is_empty() {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            ticket.title.span,
            "no `description` beyond the title",
        )
        .message(format!(
            "a {}-risk change needs a `description`",
            ctx.risk.as_str()
        ))
        .help("add a `description`: what exactly changes, what it affects, and what could go wrong")
        .anchor("description");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/missing-description";

    #[test]
    fn from_high_risk_on_one_sentence_is_too_little() {
        assert!(rules_of("risk.level = \"high\"").contains(&RULE));
        assert!(rules_of("[risk]\nreversible = \"no\"\ndowntime = \"5m\"").contains(&RULE));
    }

    #[test]
    fn lower_risks_and_described_ones_pass() {
        assert!(!rules_of("risk.level = \"medium\"").contains(&RULE));
        assert!(!rules_of("").contains(&RULE));
        assert!(!rules_of("risk.level = \"low\"\nrisk.reversible = \"no\"").contains(&RULE));
        assert!(!rules_of("[risk]\ndowntime = \"5m\"").contains(&RULE));
        assert!(
            !rules_of("risk.level = \"high\"\ndescription = \"The pool of eu-1 grows first\"")
                .contains(&RULE)
        );
    }
}
