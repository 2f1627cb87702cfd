//! A step equal to the one before it: a paste that was not edited.

use crate::config::Level;
use crate::document::Document;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext, replacement};
use crate::source::{Label, Span};
use crate::ticket::{Step, StepForm, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "ticket/duplicate-step",
    Level::Error,
    "step that repeats the previous one",
    include_str!("duplicate_step.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for steps in [
        &ticket.deployment.steps,
        &ticket.rollback.steps,
        &ticket.validation.steps,
    ] {
        for pair in steps.windows(2) {
            let [before, step] = pair else { continue };
            if value(step) != value(before) || value(step).trim().is_empty() {
                continue;
            }

            let finding = RULE
                .finding(ticket.place(), step.span, "identical to the previous step")
                .message("this step repeats the previous one")
                .help("remove the step, or say how it differs from the previous one")
                .anchor(&step.action.path)
                .fix(without(step, before, ctx.document))
                .related(ticket.place(), Label::new(before.span, "previous step"));
            findings.push(finding);
        }
    }
}

/// Removes a step from the list in which it follows another, where both are strings and no comment
/// is lost.
fn without(step: &Step, before: &Step, document: &Document) -> Option<Fix> {
    let span = Span::new(before.span.end, step.span.end);
    let strings = before.form == StepForm::Text && step.form == StepForm::Text;
    let commented = document
        .comments()
        .iter()
        .any(|comment| (span.start..span.end).contains(&comment.span.start));
    (strings && !commented).then(|| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, ""),
    })
}

/// The text of a step, ignoring case and white space.
fn value(step: &Step) -> String {
    let run = step.run.as_ref().map_or("", |run| run.text.as_str());
    let words = [step.action.text.to_lowercase(), run.to_owned()].join("\n");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::testing::{fixed, rules_of, ticket};

    #[test]
    fn duplicate_is_removed_unsafely_without_comments() {
        let text =
            ticket("deployment = [\n  \"Merge #12\",\n  \"merge #12\", \"Merge  #12\",\n]\n");
        let once = ticket("deployment = [\n  \"Merge #12\",\n]\n");
        assert_eq!(fixed(&text, Applicability::Unsafe), Some(once));
        assert_eq!(
            fixed(&text.replacen(',', ", # why", 1), Applicability::Safe),
            None
        );
        let commented = ticket("deployment = [\n  \"Merge #12\", # why\n  \"merge #12\",\n]\n");
        assert_eq!(fixed(&commented, Applicability::Unsafe), None);
    }

    #[test]
    fn neighbours_are_compared_without_case_and_white_space() {
        assert!(
            rules_of("deployment = [\"Merge #12\", \"merge  #12\"]")
                .contains(&"ticket/duplicate-step")
        );
    }

    #[test]
    fn a_wait_may_recur_further_off() {
        let text = "deployment = [\"Wait one hour\", \"Merge #12\", \"Wait one hour\"]";
        assert!(!rules_of(text).contains(&"ticket/duplicate-step"));
    }

    #[test]
    fn the_same_words_with_another_command_are_another_step() {
        let text = "[[deployment.steps]]\ndo = \"Apply\"\nrun = \"a\"\n[[deployment.steps]]\ndo = \"Apply\"\nrun = \"b\"\n";
        assert!(!rules_of(text).contains(&"ticket/duplicate-step"));
    }
}
