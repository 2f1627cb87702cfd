//! A deployment step that describes neither what is done nor how.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{
    Code, Pattern, Words, identifiers, is_hollow, is_plain_prose, is_same_name, words,
};

use super::step_points_elsewhere::points_elsewhere;

pub(super) const RULE: Rule = Rule::new(
    "content/vague-step",
    Level::Warning,
    "deployment step that could apply to any change",
    include_str!("vague_step.md"),
    &[Check::Ticket(check)],
);

/// What any deployment does. Not on the list, since they say what is done: merge, pipeline,
/// restart, tag.
pub(super) static WORDS: Words = Words::new(
    "deploy deployment usual usually normal normally standard regular procedure process do \
     follow step run release roll rollout out push ship apply install update upgrade new latest \
     service app application change version code production prod live go execute perform start \
     carry script command job playbook make restart reboot reload server host machine node \
     database setting wait approval approve sign off continue runbook documentation see",
);

/// What a step waits for that does not say whose it is.
static APPROVAL: Words = Words::new("approval approve sign");

/// Verbs whose object is clear if the ticket is about one thing.
static RESTARTS: Words = Words::new("restart reboot reload");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for step in &ticket.deployment.steps {
        let says_more = step.run.is_some() || step.expect.is_some();
        let text = &step.action.text;
        if says_more || !(is_hollow(text, &[&WORDS], Code::Speaks) || leaves_open(text)) {
            continue;
        }
        if points_elsewhere(step) || (restarts(&step.action.text) && has_one_subject(ticket)) {
            continue;
        }
        let (label, message, help) = if words(text).any(|word| APPROVAL.has(&word)) {
            (
                "by whom?",
                "this step does not say whose approval to wait for",
                "name the person or role who approves",
            )
        } else {
            (
                "no specific action",
                "this deployment step does not say what to do",
                "name the command, pipeline, or setting, for example with `run` and `expect`",
            )
        };
        let finding = RULE
            .finding(ticket.place(), step.action.span, label)
            .message(message)
            .help(help)
            .anchor(&step.action.path);
        findings.push(finding);
    }
}

/// What leaves to the reader what is done.
static OPEN: Pattern = Pattern::new(
    r"(?ix)\b(?:
        as\s+(?:discussed|agreed|described|mentioned|talked\s+about|appropriate|needed|necessary|required|usual|always)
        | (?:the|our)\s+(?:usual|normal|standard|known)\s+(?:procedure|process|routine|steps?|way|method)
        | accordingly | (?:where|if)\s+(?:it\s+)?(?:makes?\s+sense|appropriate|applicable)
        | the\s+(?:remaining|other|relevant|necessary|appropriate|required)\s+(?:options?|settings?|changes?|steps?|parts?|configuration|things?|values?|adjustments?)
        )\b",
);

/// Whether a step leaves open what is done, and names nothing by its name, number, or code.
pub(super) fn leaves_open(text: &str) -> bool {
    let is_plain = is_plain_prose(text)
        && !text.contains("://")
        && !text.contains(|c: char| c.is_numeric() || "=/_>#".contains(c));
    is_plain && OPEN.is_match(text) && identifiers(text).next().is_none()
}

fn restarts(text: &str) -> bool {
    words(text).any(|word| RESTARTS.has(&word))
}

/// Whether title and services name exactly one thing.
fn has_one_subject(ticket: &Ticket) -> bool {
    let services = ticket.services.iter().map(|service| service.text.as_str());
    let mut names = services.chain(identifiers(&ticket.title.text));
    names
        .next()
        .is_some_and(|first| names.all(|name| is_same_name(name, first)))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/vague-step";

    #[test]
    fn restart_is_vague_unless_the_ticket_is_about_one_thing() {
        let step = "deployment = [\"Restart the server\"]";
        assert!(rules_of(&format!("title = \"Raise the pool to 40\"\n{step}")).contains(&RULE));
        assert!(rules_of(&format!("services = [\"a\", \"b\"]\n{step}")).contains(&RULE));
        assert!(!rules_of(step).contains(&RULE));
    }

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

    #[test]
    fn steps_that_leave_open_what_is_done_are_found() {
        for step in [
            "Adjust the policies in the admin console as discussed with security",
            "Set the remaining options accordingly",
            "Move the groups over where it makes sense",
            "Change the relevant settings",
        ] {
            let text = format!("deployment = [\"{step}\"]");
            assert!(rules_of(&text).contains(&RULE), "{step}");
        }
    }

    #[test]
    fn steps_that_name_what_is_done_may_refer_to_an_agreement() {
        for step in [
            "Set `pool` to 40 as agreed",
            "Move billing-api over as discussed",
            "Raise the limit to 40 if necessary",
            "Merge #12, then the other change #13",
        ] {
            let text = format!("deployment = [\"{step}\"]");
            assert!(!rules_of(&text).contains(&RULE), "{step}");
        }
    }
}
