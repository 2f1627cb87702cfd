//! What every ticket must say, and what its state asks for besides (docs/design/tickets.md,
//! States).

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "ticket/missing-field",
    Level::Error,
    "missing required field",
    include_str!("missing_field.md"),
    &[Check::Fault(absent), Check::Ticket(required_by_state)],
);

fn absent(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    matches!(fault.kind, FaultKind::Missing { .. }).then(|| RULE.fault(fault, ctx))
}

fn required_by_state(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for missing_keys in ticket.missing_fields(ticket.state, ctx.risk) {
        let (state, key) = (ticket.state.as_str(), missing_keys.key);
        let finding = RULE
            .finding(
                ticket.place(),
                ticket.state_span,
                format!("requires `{key}`"),
            )
            .message(format!("a ticket in the `{state}` state requires `{key}`"))
            .help(missing_keys.help())
            .anchor(key);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::findings;

    fn missing(head: &str) -> Vec<String> {
        let found = findings(&format!(
            "{head}\ntitle = \"Raise the pool to 40\"\njustification = \"2% of orders fail\"\n\
             deployment = [\"Merge #12\"]\nrollback = [\"`git revert 3f2a91c`; `/health` answers\"]\n\
             validation = [\"`/health` answers\"]\n"
        ));
        found
            .into_iter()
            .filter(|f| f.rule == "ticket/missing-field")
            .map(|f| f.anchor)
            .collect()
    }

    #[test]
    fn a_proposal_needs_only_what_every_ticket_needs() {
        assert_eq!(
            missing("state = \"proposed\"\nrisk.level = \"critical\""),
            [""; 0]
        );
    }

    #[test]
    fn review_is_required_by_risk() {
        assert_eq!(missing("state = \"reviewed\""), [""; 0]);
        assert_eq!(
            missing("state = \"reviewed\"\nrisk.level = \"medium\""),
            ["review.impact", "review.peers"]
        );
        assert_eq!(
            missing("state = \"approved\"\nrisk.level = \"high\"").len(),
            5
        );
    }

    #[test]
    fn conditions_add_up_along_the_path() {
        let head = "state = \"validating\"\nrisk.level = \"medium\"";
        assert_eq!(
            missing(head),
            ["assignee", "review.impact", "review.peers", "validator"]
        );
    }

    #[test]
    fn emergency_needs_retrospective_but_no_review() {
        let head = "state = \"closed\"\nkind = \"emergency\"\nassignee = \"bo\"\nrisk.level = \"high\"\nvalidator = \"al\"";
        assert_eq!(missing(head), ["outcome.result", "outcome.retrospective"]);
    }

    #[test]
    fn what_was_undone_needs_no_validator() {
        let head = "state = \"closed\"\nassignee = \"bo\"\nrisk.level = \"medium\"\noutcome.result = \"rolled-back\"";
        assert_eq!(missing(head), ["review.impact", "review.peers"]);
    }

    #[test]
    fn cancelled_ticket_requires_nothing() {
        assert_eq!(
            missing("state = \"cancelled\"\nrisk.level = \"high\""),
            [""; 0]
        );
    }
}
