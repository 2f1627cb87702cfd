//! A validation in which no step states the expected result.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Words, is_plain_prose, is_stop_word, words};
use crate::ticket::{Step, Ticket};

use super::unobservable_validation::{WORDS, is_unobservable};
use super::validation_only_pipeline::pipeline_only;

pub(super) const RULE: Rule = Rule::new(
    "content/validation-without-value",
    Level::Warning,
    "validation without an expected result",
    include_str!("validation_without_value.md"),
    &[Check::Ticket(check)],
);

/// Verbs of observation, which say that something is looked at.
static OBSERVES: Words = Words::new(
    "observe show answer respond return display appear open load start stay keep remain happen compare inspect review \
     have has had do does did",
);

/// How many other words a step may have and still say nothing.
const MAX_OTHER_WORDS: usize = 1;

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.validation.steps;
    let is_reported = pipeline_only(ticket)
        || steps
            .iter()
            .any(|step| is_unobservable(&step.action.text, ticket));
    if steps.is_empty() || is_reported || !steps.iter().all(has_no_value) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), steps[0].action.span, "no expected result")
        .message("no validation step says what result to expect")
        .help("state the expected result: a status, a number, a version, or a line in a log")
        .anchor("validation.steps");
    findings.push(finding);
}

/// Whether a step has nothing to compare with, and hardly a word of its own.
fn has_no_value(step: &Step) -> bool {
    if step.run.is_some() || step.expect.is_some() {
        return false;
    }
    let text = &step.action.text;
    let is_plain = is_plain_prose(text)
        && !text.contains("://")
        && !text.contains(|c: char| c.is_numeric() || "<>=≤≥%".contains(c));
    let other =
        words(text).filter(|word| !is_stop_word(word) && !WORDS.has(word) && !OBSERVES.has(word));
    is_plain && other.count() <= MAX_OTHER_WORDS
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/validation-without-value";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("validation = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn validation_without_a_result_is_found() {
        for steps in [
            "\"Check checkout\"",
            "\"The portal works\", \"Login answers\"",
            "\"If nobody from finance complains it has worked\"",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn result_in_any_step_is_accepted() {
        for steps in [
            "\"Check checkout\", \"p95 stays under 80 ms\"",
            "\"`curl /health` works\"",
            "\"The page says “pool”\"",
            "\"Errors = none\"",
            "\"The clock and the floor plan appear on the display in the lobby\"",
            "\"A test order shows in the shop\"",
            "\"See https://grafana.acme.dev/d/billing\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }

    #[test]
    fn one_fault_gives_one_finding() {
        assert!(!reports("\"Check that everything works\""));
        assert!(!reports("\"The pipeline is green\""));
    }
}
