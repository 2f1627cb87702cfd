//! A condition that anything could meet.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Code, Words, is_hollow};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/vague-abort",
    Level::Warning,
    "condition that anything could meet",
    include_str!("vague_abort.md"),
    &[Check::Ticket(check)],
);

/// Words of conditions that say nothing.
pub(super) static WORDS: Words = Words::new(
    "something anything everything thing look go wrong bad badly odd strange weird problem issue error failure fail \
     user customer complain complaint metric degrade degradation red unhealthy unexpected unexpectedly necessary needed \
     need required abort rollback roll stop trouble behave behavior case happen occur see break broken not work no good",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if !ticket.validation.alerts.is_empty() {
        return;
    }
    let refers = |text: &Text| {
        let text = text.text.to_lowercase();
        ["abort_when", "abort condition", "abort rule"]
            .iter()
            .any(|name| text.contains(name))
    };
    for text in conditions(ticket).filter(|text| !refers(text) && is_vague_condition(&text.text)) {
        let finding = RULE
            .finding(ticket.place(), text.span, "not measurable")
            .message(format!(
                "\"{}\" does not say when to stop",
                shorten(text.text.trim())
            ))
            .help("name a metric and a threshold, such as \"5xx above 1% for 5 minutes\"")
            .anchor(&text.path);
        findings.push(finding);
    }
}

/// The conditions under which a change is aborted or rolled back.
fn conditions(ticket: &Ticket) -> impl Iterator<Item = &Text> {
    let stages = ticket
        .deployment
        .stages
        .iter()
        .filter_map(|stage| stage.abort_when.as_ref());
    [
        ticket.deployment.abort_when.as_ref(),
        ticket.rollback.trigger.as_ref(),
    ]
    .into_iter()
    .flatten()
    .chain(stages)
}

/// Whether a condition says nothing: "something goes wrong".
pub(in crate::rules) fn is_vague_condition(text: &str) -> bool {
    is_hollow(text, &[&WORDS], Code::Speaks)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(condition: &str) -> bool {
        rules_of(&format!(
            "[rollback]\nsteps = [\"Re-apply `a.yaml`\"]\ntrigger = \"{condition}\""
        ))
        .contains(&"content/vague-abort")
    }

    #[test]
    fn conditions_that_anything_meets_are_found() {
        for condition in [
            "Something looks wrong",
            "If anything goes bad",
            "When users complain",
            "errors",
            "if necessary",
        ] {
            assert!(reports(condition), "{condition}");
        }
    }

    #[test]
    fn conditions_with_a_measure_are_accepted() {
        for condition in [
            "Any error in the payment log",
            "5xx above 1%",
            "The canary is red in `argo rollouts`",
            "Crash reports of the app",
            "Support escalates",
        ] {
            assert!(!reports(condition), "{condition}");
        }
    }

    #[test]
    fn configured_alerts_say_when() {
        let text = "[rollback]\nsteps = [\"Re-apply `a.yaml`\"]\ntrigger = \"If something goes wrong\"\n[validation]\nsteps = [\"200\"]\nalerts = [\"billing-5xx\"]";
        assert!(!rules_of(text).contains(&"content/vague-abort"));
    }
}
