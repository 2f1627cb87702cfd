//! A validation that leaves data behind without removing it.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-cleanup",
    Level::Warning,
    "validation that creates data without a cleanup",
    include_str!("missing_cleanup.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if ctx.span_of(&["validation", "cleanup"]).is_some() {
        return;
    }
    let declared = ctx
        .span_of(&["validation", "creates_data"])
        .filter(|_| ticket.validation.creates_data);
    let place = declared.or_else(|| creating_step(ticket).map(|step| step.action.span));
    let Some(place) = place else { return };
    let finding = RULE
        .finding(ticket.place(), place, "no `cleanup`")
        .message("the validation creates data, but nothing removes it")
        .help("describe in `validation.cleanup` how the test data is removed")
        .anchor("validation.cleanup");
    findings.push(finding);
}

static CREATES: Pattern = Pattern::new(
    r"(?ix)(?:\bPOST\b|\b(?:books?|registers?|creates?|submits?|places?|enters?)\b)[^.;]*\btest[\ -](?:patient|customer|user|order|account|booking|record|member|ticket|invoice|appointment)s?\b",
);
static REMOVES: Pattern = Pattern::new(
    r"(?i)\b(?:delet\w*|cancel\w*|remov\w*|clean\w*|reset\w*|refund\w*|revers\w*|void\w*|reject\w*|roll(?:s|ed)?\s+back|rollback|drop\w*|sandbox\w*|staging|test\s+(?:system|tenant|environment))\b",
);

/// The validation step that creates data for a test in production, if no step removes it.
fn creating_step(ticket: &Ticket) -> Option<&Step> {
    let steps = &ticket.validation.steps;
    let removes = |step: &Step| REMOVES.is_match(&whole_text(step));
    if steps.iter().any(removes) {
        return None;
    }
    steps
        .iter()
        .find(|step| CREATES.is_match(&step.action.text))
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

    #[test]
    fn step_that_creates_test_data_is_found() {
        for step in [
            "POST /Appointment for the first free slot with test patient 7770001: 201",
            "Book a slot for a test customer; the desk sees it",
        ] {
            let text = format!("validation = [\"{step}\"]");
            assert!(rules_of(&text).contains(&RULE.name), "{step}");
        }
    }

    #[test]
    fn data_that_a_step_removes_or_that_is_no_test_is_accepted() {
        for step in [
            "Register test customer 7 with the IBAN, read it again, delete it",
            "Create a test order in the sandbox: 201",
            "The test user signs in and sees 3 orders",
            "POST /orders answers 201 in under 80 ms",
        ] {
            let text = format!("validation = [\"{step}\"]");
            assert!(!rules_of(&text).contains(&RULE.name), "{step}");
        }
    }
}
