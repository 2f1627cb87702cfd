//! A title made only of words that fit any ticket.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use super::title_is_reference::is_reference;
use crate::text::{Code, Words, dates, is_hollow, is_stop_word};

pub(super) const RULE: Rule = Rule::new(
    "content/title-vague",
    Level::Warning,
    "title that could apply to any change",
    include_str!("title_vague.md"),
    &[Check::Ticket(check)],
);

/// What any ticket could be called.
pub(super) static WORDS: Words = Words::new(
    "update upgrade change fix bug bugfix improve improvement enhance enhancement major minor \
     small various misc several new latest deploy deployment release version service app \
     application system server code config configuration feature issue problem stuff tweak \
     cleanup clean up refactor maintenance patch hotfix production prod database db data \
     network host machine setting error component infrastructure thing",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let title = &ticket.title.text;
    let says_nothing = is_hollow(title, &[&WORDS], Code::Speaks) || only_when(title);
    if is_reference(title) || !says_nothing {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.title.span, "no specific change named")
        .message("the title could apply to any change")
        .help("say what changes, with the old and new values, such as `Raise the billing-api pool from 20 to 40`")
        .anchor("title");
    findings.push(finding);
}

/// Words of a title that says when, and not what.
static WHEN: Words = Words::new(
    "planned scheduled regular outage downtime window notice announcement work oit it team name",
);

/// Whether a title is "maintenance" with a date, and perhaps with the name of a system.
fn only_when(title: &str) -> bool {
    let mut rest = title.to_owned();
    for date in dates(title) {
        rest = rest.replace(date.text, " ");
    }
    let lower = rest.to_lowercase();
    let is_window = lower.contains("maintenance") || lower.starts_with("service name");
    let is_name = |word: &str| {
        word.starts_with(char::is_uppercase) || word.chars().all(|c| !c.is_alphabetic())
    };
    let other = rest
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| word.chars().any(char::is_alphabetic))
        .filter(|word| {
            let lower = word.to_lowercase();
            !is_stop_word(&lower) && !WORDS.has(&lower) && !WHEN.has(&lower)
        });
    let mut other: Vec<&str> = other.collect();
    other.retain(|word| !is_name(word));
    let has_version = rest
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    is_window && other.is_empty() && !has_version && !rest.contains('`')
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/title-vague";

    #[test]
    fn titles_that_could_name_any_change_are_found() {
        for title in [
            "Update",
            "Bug fixes and improvements",
            "Deploy new version",
            "Production release",
            "Various fixes",
        ] {
            assert!(
                rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }

    #[test]
    fn one_word_of_substance_is_enough() {
        for title in [
            "Update billing",
            "Fix login",
            "Release 2.4.0",
            "Upgrade Postgres",
            "Fix `pool`",
            "Aktualisierung",
            "Deploy v2",
        ] {
            assert!(
                !rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }
}
