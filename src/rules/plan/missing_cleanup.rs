//! A validation that leaves data behind without removing it.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-cleanup",
    Level::Warning,
    "validation that creates data without a cleanup",
    include_str!("missing_cleanup.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if !ticket.validation.creates_data || ctx.span_of(&["validation", "cleanup"]).is_some() {
        return;
    }
    let place = ctx
        .span_of(&["validation", "creates_data"])
        .unwrap_or(ticket.validation.span);
    let finding = RULE
        .finding(ticket.place(), place, "no `cleanup`")
        .message("the validation creates data, but nothing removes it")
        .help("list in `validation.cleanup` how test orders, accounts, and messages are removed")
        .anchor("validation.cleanup");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    const VALIDATION: &str = "[validation]\nsteps = [\"A test order shows in the shop\"]\n";

    #[test]
    fn data_that_is_created_is_removed() {
        assert_eq!(
            rules_of(&format!("{VALIDATION}creates_data = true")),
            [RULE.name]
        );
        let cleaned =
            "creates_data = true\ncleanup = [\"`make delete-test-orders` lists no test orders\"]";
        assert_eq!(rules_of(&format!("{VALIDATION}{cleaned}")), [""; 0]);
    }

    #[test]
    fn no_created_data_needs_no_cleanup() {
        assert_eq!(rules_of(VALIDATION), [""; 0]);
        assert_eq!(
            rules_of(&format!("{VALIDATION}creates_data = false")),
            [""; 0]
        );
    }
}
