//! Stages of a rollout that are described in a step, instead of in `stages`.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, locate, sentence};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/stages-in-prose",
    Level::Note,
    "stages described in a step",
    include_str!("stages_in_prose.md"),
    &[Check::Ticket(check)],
);

static SHARES: Pattern = Pattern::new(
    r"\b\d{1,3}(?:\s?%)?(?:(?:\s*,\s*(?:then\s+|and\s+)?|\s+(?:and|then|to)\s+)\d{1,3}(?:\s?%)?){2,}",
);
static AUDIENCE: Pattern = Pattern::new(
    r"(?i)\b(?:users?|traffic|requests?|actors?|hosts?|customers?|nodes?|tenants?|accounts?|sessions?)\b",
);
/// Percentages of something else: thresholds, and the phases of an app store.
static OTHER: Pattern = Pattern::new(
    r"(?i)\b(?:alert\w*|threshold\w*|disk|cpu|memory|app\s+store|play\s+store|google\s+play|apple|testflight)\b",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if !ticket.deployment.stages.is_empty() {
        return;
    }
    let found = ticket
        .deployment
        .steps
        .iter()
        .find_map(|step| Some((&step.action, stages(&step.action)?)));
    let Some((text, stages)) = found else { return };
    let finding = RULE
        .finding(
            ticket.place(),
            locate(&ticket.source, text, stages),
            "stages",
        )
        .message(format!(
            "\"{}\" describes stages in a step",
            shorten(stages)
        ))
        .help("list them in `deployment.stages`, each with its `share`, `for`, and `abort_when`")
        .anchor(&text.path);
    findings.push(finding);
}

/// The rising shares of an audience that a step names.
fn stages(text: &Text) -> Option<&str> {
    SHARES
        .find_iter(&text.text)
        .find(|found| {
            let around = sentence(&text.text, found.start());
            found.as_str().contains('%')
                && is_rising(found.as_str())
                && AUDIENCE.is_match(around)
                && !OTHER.is_match(around)
        })
        .map(|found| found.as_str())
}

fn is_rising(shares: &str) -> bool {
    let shares: Vec<u32> = shares
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|share| share.parse().ok())
        .collect();
    shares.is_sorted_by(|one, next| one < next) && shares.last().is_some_and(|last| *last <= 100)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(step: &str) -> bool {
        rules_of(&format!("deployment = [\"{step}\"]")).contains(&"plan/stages-in-prose")
    }

    #[test]
    fn rising_shares_of_an_audience_are_found() {
        for step in [
            "Roll out to 1, 10 and 100% of users",
            "Send 5%, then 25%, then 100% of traffic to v2",
            "Enable it for 5%, 50%, 100% of the tenants",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn thresholds_and_other_numbers_are_accepted() {
        for step in [
            "Set the disk alerts of all hosts to 70, 80 and 90%",
            "Apple rolls out to 1, 2, 5, 10, 20, 50 and 100% of users",
            "Move 10, 20 and 30 users",
            "Set 100, 50 and 10% of traffic",
            "Wait until 50% of users have it",
            "Compress by 10, 20 and 30%",
        ] {
            assert!(!reports(step), "{step}");
        }
        let staged = "[deployment]\nsteps = [\"Roll out to 1, 10 and 100% of users\"]\nstages = [{ share = 1 }]";
        assert!(!rules_of(staged).contains(&"plan/stages-in-prose"));
    }
}
