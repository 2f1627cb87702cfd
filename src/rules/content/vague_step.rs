//! A deployment step that describes neither what is done nor how.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use super::prose::{Code, Words, is_hollow};

pub(super) const RULE: Rule = Rule::new(
    "content/vague-step",
    Level::Warning,
    "deployment step that could apply to any change",
    include_str!("vague_step.md"),
    &[Check::Ticket(check)],
);

/// What any deployment does. Not on the list, since they say what is done: merge, pipeline,
/// restart, tag.
pub(super) const WORDS: Words = Words(
    "deploy deployment usual usually normal normally standard regular procedure process do follow step run \
     release roll rollout out push ship apply install update upgrade new latest service app application change \
     version code production prod live go execute perform start carry",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for step in &ticket.deployment.steps {
        let says_more = step.run.is_some() || step.expect.is_some();
        if says_more || !is_hollow(&step.action.text, &[WORDS], Code::Speaks) {
            continue;
        }
        let finding = RULE
            .finding(ticket.place(), step.action.span, "no specific action")
            .message("this deployment step does not say what to do")
            .help("name the command, pipeline, or place, for example with `run` and `expect`")
            .anchor(&step.action.path);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/vague-step";

    #[test]
    fn steps_that_any_deployment_has_are_found() {
        for step in [
            "Deploy",
            "Run the usual deployment process",
            "Roll out the new version to production",
            "Go live",
        ] {
            assert!(
                rules_of(&format!("deployment = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
    }

    #[test]
    fn a_word_of_substance_or_a_command_is_enough() {
        for step in [
            "Merge the change",
            "Restart the service",
            "Deploy with Argo",
            "Run `make deploy`",
            "Deploy 2.4.0",
            "Tag the release",
        ] {
            assert!(
                !rules_of(&format!("deployment = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
        let step = "[[deployment.steps]]\ndo = \"Deploy\"\nrun = \"make deploy\"";
        assert!(!rules_of(step).contains(&RULE));
    }
}
