//! A condition that anything could meet.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Code, Pattern, Words, identifiers, is_hollow, is_plain_prose, words};
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
     need required abort rollback roll stop trouble behave behavior notice noticed system application app service site slow slower unstable instability unusual situation require suffer experience quality performance occasion case happen occur see break broken not work no good serious critical severe strangely unusually dissatisfied unhappy several some many report test check successful unsuccessful succeed properly correctly smoothly run do out think believe deem discretion response time sharply rise change as expected should it ok okay fine normal normally behaves decide feel",
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

/// Degrees without a limit: "noticeably worse", "too many errors".
static DEGREE: Pattern = Pattern::new(
    r"(?ix)\b(?:
        noticeabl[ey] | significant(?:ly)? | considerabl[ey] | substantial(?:ly)? | visibl[ey] | clearly | markedly | excessive(?:ly)? | serious(?:ly)? | severe(?:ly)? | massive(?:ly)?
        | (?:too|very|unusually|abnormally|unacceptably)\s+(?:many|much|high|low|slow|long|large|often|few|big|bad)
        | (?:a\s+lot|much)\s+(?:of|more|worse|slower|higher|longer) | (?:gets?|becomes?|is|are|looks?)\s+(?:much\s+)?(?:worse|unstable|abnormal|unusual|unacceptable|strange|odd)
        | (?:than|from)\s+(?:usual|normal|expected) | degrad\w+ | deteriorat\w+ | in\s+doubt | major\s+(?:problems?|issues?) | not\s+(?:satisfied|happy|acceptable)
        )\b",
);
/// What a degree is compared with, or where it is written down.
static BASELINE: Pattern = Pattern::new(
    r"(?ix)\bthan\s+(?:the|in|on|that|before|last|yesterday|its|a|an|for|at|with)\b | \b(?:above|below|over|under|compared|twice|half|double|doubles|every|each|none|zero|slo|baseline|control|logs?|message)\b",
);
/// The most words of a condition that only states a degree; a longer one says how it is seen.
const MAX_DEGREE: usize = 12;

/// Whether a condition says nothing ("something goes wrong"), or only that something is worse or
/// too much, in each of its alternatives.
pub(in crate::rules) fn is_vague_condition(text: &str) -> bool {
    is_hollow(text, &[&WORDS], Code::Speaks) || {
        let is_plain = is_plain_prose(text)
            && !text.contains(|c: char| c.is_numeric() || "<>=≤≥%:()/".contains(c))
            && identifiers(text).next().is_none();
        is_plain && DEGREE.is_match(text) && ALTERNATIVES.split(text).all(is_vague_alternative)
    }
}

static ALTERNATIVES: Pattern = Pattern::new(r"(?i)[,;.]|\bor\b");

fn is_vague_alternative(text: &str) -> bool {
    text.trim().is_empty()
        || is_hollow(text, &[&WORDS], Code::Speaks)
        || (DEGREE.is_match(text) && !BASELINE.is_match(text) && words(text).count() <= MAX_DEGREE)
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
            "Video quality gets noticeably worse",
            "Latency gets much worse or there are too many errors",
            "Significantly more errors than usual",
            "if performance degrades",
            "If the situation requires it",
            "The user experience suffers",
            "The system becomes unstable or users notice something",
            "if necessary",
            "Several users report problems",
            "If the tests are not successful",
            "Critical errors",
            "It does not run smoothly",
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
            "The smoke test fails twice",
            "The export does not finish",
            "A dispatcher reports a missing tour",
            "The response of `/health` changes",
            "The load balancer reports a node down",
            "Latency is clearly above that of the control group",
            "Too many errors (more than 1% for 5 minutes)",
            "Significantly slower than the old index",
            "A test order fails, or it gets much slower",
            "Too many open files in the log of cart",
            "Logins degrade in `idp_login_seconds`",
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
