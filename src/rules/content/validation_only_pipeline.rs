//! Every validation step names the pipeline: it shows that the change was built, not that it works.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{Code, Words, is_hollow, words};

pub(super) const RULE: Rule = Rule::new(
    "content/validation-only-pipeline",
    Level::Warning,
    "validation that only checks the pipeline",
    include_str!("validation_only_pipeline.md"),
    &[Check::Ticket(check)],
);

/// Words that fit any pipeline.
pub(super) static WORDS: Words = Words::new(
    "ci cd pipeline build check test unit suite smoke job workflow action jenkins github gitlab \
     deployment green pass succeed successful successfully finish done run without error \
     complete backup nightly merge merged request mr pr pull commit branch main master argo \
     sync",
);
/// Services whose own check is a pipeline.
static PIPELINES: Words = Words::new("jenkins gitlab");
/// One of these a step must name.
static NAMED: Words = Words::new("ci pipeline build job workflow suite test green merge merged");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if !pipeline_only(ticket) {
        return;
    }
    let first = &ticket.validation.steps[0].action;
    let finding = RULE
        .finding(ticket.place(), first.span, "checks the build, not the deployment")
        .message("the validation only checks the pipeline")
        .help("name something to check in the environment itself: a response, a dashboard value, or a log line")
        .anchor("validation.steps");
    findings.push(finding);
}

/// Whether the pipeline is all that the validation looks at.
pub(super) fn pipeline_only(ticket: &Ticket) -> bool {
    let steps = &ticket.validation.steps;
    let is_subject = || words(&ticket.title.text).any(|word| PIPELINES.has(&word));
    !steps.is_empty()
        && steps.iter().all(|step| {
            let bare = step.run.is_none() && step.expect.is_none();
            let names_one = || words(&step.action.text).any(|word| NAMED.has(&word));
            bare && is_hollow(&step.action.text, &[&WORDS], Code::Speaks) && names_one()
        })
        && !is_subject()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/validation-only-pipeline";

    #[test]
    fn a_green_pipeline_alone_is_found_once() {
        assert_eq!(
            rules_of("validation = [\"CI is green\", \"All tests pass\"]"),
            [RULE]
        );
        assert_eq!(rules_of("validation = [\"The build succeeded\"]"), [RULE]);
        assert_eq!(
            rules_of("validation = [\"The pipeline is green\", \"The merge request is merged\"]"),
            [RULE]
        );
    }

    #[test]
    fn one_other_observation_is_enough() {
        for steps in [
            "\"CI is green\", \"`/health` returns 200\"",
            "\"The smoke suite passes against `https://prod`\"",
            "\"Tests pass in staging\"",
            "\"Run 4711 is green\"",
            "\"The pipeline shows version 2.4\"",
        ] {
            assert!(
                !rules_of(&format!("validation = [{steps}]")).contains(&RULE),
                "{steps}"
            );
        }
    }
}
