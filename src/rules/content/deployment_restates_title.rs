//! A deployment that says what the title says, and not how it is done.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::text::{WordForms, identifiers, is_plain_prose, is_stop_word, words};
use crate::ticket::{Step, Ticket};

use super::vague_step::WORDS;

pub(super) const RULE: Rule = Rule::new(
    "content/deployment-restates-title",
    Level::Warning,
    "deployment that only repeats the title",
    include_str!("deployment_restates_title.md"),
    &[Check::Ticket(check)],
);

/// More steps describe a procedure, even in the words of the title.
const MAX_STEPS: usize = 2;
/// How many other words the steps may have.
const MAX_NEW_WORDS: usize = 1;

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.deployment.steps;
    if steps.is_empty() || steps.len() > MAX_STEPS || !steps.iter().all(is_plain) {
        return;
    }
    let services = ticket.services.iter().map(|service| service.text.as_str());
    let known: WordForms<'_> = services
        .chain([ticket.title.text.as_str()])
        .flat_map(words)
        .collect();
    let said = || {
        let words = steps.iter().flat_map(|step| words(&step.action.text));
        words.filter(|word| !is_stop_word(word) && !WORDS.has(word))
    };
    let new = said().filter(|word| !known.has(word)).count();
    if new > MAX_NEW_WORDS || said().count() == new {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            steps[0].action.span,
            "says what changes, not how",
        )
        .message("the deployment repeats the title")
        .help("say how it is done: the commands, files, and systems, in order")
        .related(ticket.place(), Label::new(ticket.title.span, "the title"))
        .anchor("deployment.steps");
    findings.push(finding);
}

/// Whether a step has only words: no code, link, reference, or name of a file.
fn is_plain(step: &Step) -> bool {
    let text = &step.action.text;
    let has_reference = || {
        text.contains("://")
            || text.contains(|c: char| "#!=/\\_@:;".contains(c))
            || identifiers(text).any(|name| name.contains('.'))
    };
    step.run.is_none() && step.expect.is_none() && is_plain_prose(text) && !has_reference()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(title: &str, deployment: &str) -> bool {
        rules_of(&format!("title = \"{title}\"\ndeployment = [{deployment}]")).contains(&RULE.name)
    }

    #[test]
    fn steps_in_the_words_of_the_title_are_found() {
        for (title, deployment) in [
            (
                "Replace the database server of Hydra",
                "\"Replace the database server of Hydra by a faster host\"",
            ),
            (
                "Adjust the buffer memory of all switches in row B",
                "\"Netops adjust the buffer memory of all switches in row B\"",
            ),
            (
                "Migrate snippets to PostgreSQL",
                "\"Migrate snippets\", \"Run PostgreSQL in production\"",
            ),
        ] {
            assert!(reports(title, deployment), "{deployment}");
        }
    }

    #[test]
    fn steps_that_say_how_are_accepted() {
        let title = "Raise the pool of billing-api to 40";
        for deployment in [
            "\"Merge #12\"",
            "\"Raise the pool with `make pool-40`\"",
            "\"Raise the pool in k8s/pool.yaml to 40\"",
            "\"Raise the pool of billing-api to 40, first on eu-1, then everywhere\"",
            "\"Raise the pool\", \"Restart billing-api\", \"Watch it\"",
            "\"Set max_connections to 40\"",
            "\"Follow the process in the README\"",
            "\"Raise the pool in the console: Settings > Pool\"",
        ] {
            assert!(!reports(title, deployment), "{deployment}");
        }
    }
}
