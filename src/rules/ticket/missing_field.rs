//! Fields that every ticket must have or that its state requires (docs/design/tickets.md, States).

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::quoted_and;
use crate::ticket::{MissingField, Ticket};

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

fn required_by_state(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let missing = ticket.missing_fields(ticket.state);
    let of_review = |field: &MissingField| field.key.starts_with("review.");
    let (review, others): (Vec<_>, Vec<_>) = missing.into_iter().partition(of_review);
    findings.extend(finding(ticket, &review));
    findings.extend(others.iter().filter_map(|field| finding(ticket, &[*field])));
}

/// One finding about all these fields; `None` if there are none.
fn finding(ticket: &Ticket, missing: &[MissingField]) -> Option<Finding> {
    let first = missing.first()?;
    let keys: Vec<&str> = missing.iter().map(|field| field.key).collect();
    let keys = quoted_and(&keys);
    let help = match missing {
        [field] => field.help(),
        fields => {
            let each = |field: &MissingField| format!("`{}` ({})", field.example, field.purpose);
            let fields: Vec<String> = fields.iter().map(each).collect();
            format!("add to `[review]`: {}", fields.join(", "))
        }
    };
    let state = ticket.state.as_str();
    let finding = RULE
        .finding(
            ticket.place(),
            ticket.state_span,
            format!("requires {keys}"),
        )
        .message(format!("a ticket in the `{state}` state requires {keys}"))
        .help(help)
        .anchor(first.key);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::RULE;
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
            .flat_map(|f| {
                let (_, keys) = f.message.split_once(" requires ").unwrap();
                keys.replace(" and ", ", ")
                    .split(", ")
                    .map(|key| key.trim_matches(['`', ',', ' ']).to_owned())
                    .filter(|key| !key.is_empty())
                    .collect::<Vec<_>>()
            })
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
            ["review.peers", "review.impact"]
        );
        assert_eq!(
            missing("state = \"approved\"\nrisk.level = \"high\"").len(),
            5
        );
    }

    #[test]
    fn fields_of_the_review_are_one_finding() {
        let found = findings("state = \"reviewed\"\nrisk.level = \"high\"");
        let count = found
            .iter()
            .filter(|finding| finding.rule == RULE.name)
            .count();
        assert_eq!(count, 1);
    }

    #[test]
    fn blast_radius_and_tests_say_impact_and_coverage() {
        let head = "state = \"reviewed\"\nrisk.level = \"high\"\nrisk.blast_radius = \"All checkouts\"\ntests.kinds = [\"load\"]";
        assert_eq!(
            missing(head),
            ["review.peers", "review.documentation", "review.security"]
        );
    }

    #[test]
    fn linked_document_is_the_documentation() {
        let lacks = |link: &str| {
            let head = "state = \"reviewed\"\nrisk.level = \"high\"";
            let key = "review.documentation".to_owned();
            missing(&format!("{head}\nlinks = [{link}]")).contains(&key)
        };
        assert!(!lacks(
            "{ kind = \"document\", url = \"https://wiki.acme.dev/vpn\" }"
        ));
        assert!(lacks("{ kind = \"issue\", ref = \"OPS-12\" }"));
        assert!(lacks("\"https://wiki.acme.dev/vpn\""));
    }

    #[test]
    fn conditions_add_up_along_the_path() {
        let head = "state = \"validating\"\nrisk.level = \"medium\"";
        assert_eq!(
            missing(head),
            ["assignee", "review.peers", "review.impact", "validator"]
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
        assert_eq!(missing(head), ["review.peers", "review.impact"]);
    }

    #[test]
    fn cancelled_ticket_requires_nothing() {
        assert_eq!(
            missing("state = \"cancelled\"\nrisk.level = \"high\""),
            [""; 0]
        );
    }
}
