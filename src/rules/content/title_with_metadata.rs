//! A title that begins with what other fields say.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext, unsafe_string_fix};
use crate::text::{Environment, Pattern, dates, locate};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/title-with-metadata",
    Level::Note,
    "title that starts with a date or a tag",
    include_str!("title_with_metadata.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// Tags in brackets, and whole dates.
static METADATA: Pattern = Pattern::new(
    r"^(?:(?:\[[^\]]{1,40}\]|\([^)]{1,40}\)|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?)[\s:,|-]*)+",
);
static KEY: Pattern = Pattern::new(r"^[A-Z][A-Z0-9]+-[0-9]+$");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let title = &ticket.title;
    let Some(found) = METADATA.find(&title.text) else {
        return;
    };
    let parts: Vec<&str> = found
        .as_str()
        .split(['[', ']', '(', ')'])
        .map(|part| part.trim_matches(|c: char| c.is_whitespace() || ":,|-".contains(c)))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() || !parts.iter().all(|part| is_metadata(part)) {
        return;
    }
    let rest = title.text[found.end()..].trim_start();
    let says_same = parts.iter().all(|part| is_said_elsewhere(ticket, part));
    let fix = says_same
        .then(|| unsafe_string_fix(title.span, &capitalized(rest)))
        .flatten()
        .filter(|_| !rest.is_empty());
    let text = found.as_str().trim();
    let finding = RULE
        .finding(ticket.place(), locate(&ticket.source, title, text), "belongs in another field")
        .message(format!("the title starts with \"{text}\""))
        .help("start with what changes; dates belong in `schedule`, environments in `environments`, and issue keys in `links`")
        .anchor("title")
        .fix(fix);
    findings.push(finding);
}

/// Whether a tag is a date, a key, or the name of an environment.
fn is_metadata(part: &str) -> bool {
    KEY.is_match(part)
        || is_date(part)
        || (part.split([' ', '/', ',']).count() == 1 && !Environment::named_in(part).is_empty())
        || [
            "CHANGE",
            "PROD",
            "EMERGENCY",
            "URGENT",
            "DRAFT",
            "WIP",
            "P1",
            "P2",
            "P3",
        ]
        .contains(&part.to_uppercase().as_str())
}

fn is_date(part: &str) -> bool {
    dates(part).first().is_some_and(|date| date.start == 0)
        && part.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether `schedule` or `environments` says the same as a tag.
fn is_said_elsewhere(ticket: &Ticket, part: &str) -> bool {
    let has_date = is_date(part) && ticket.schedule.is_some();
    let of_part = Environment::named_in(part);
    let declared = ticket.environments.iter().any(|environment| {
        environment.text.eq_ignore_ascii_case(part)
            || (!of_part.is_empty() && Environment::named_in(&environment.text) == of_part)
    });
    has_date || declared
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + characters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::testing::{fixed, rules_of, ticket};

    const RULE: &str = "content/title-with-metadata";

    fn reports(title: &str) -> bool {
        rules_of(&format!("title = \"{title}\"")).contains(&RULE)
    }

    #[test]
    fn dates_environments_and_keys_at_the_start_are_found() {
        for title in [
            "2026-12-09 Raise the pool of billing-api to 40",
            "[PROD] Raise the pool of billing-api to 40",
            "[gprd] [OPS-12] Raise the pool of billing-api to 40",
            "(2026-12-09) Raise the pool of billing-api to 40",
        ] {
            assert!(reports(title), "{title}");
        }
    }

    #[test]
    fn other_brackets_and_dates_are_accepted() {
        for title in [
            "[checkout] Raise the pool of billing-api to 40",
            "2026-12 rollup of the pool of billing-api to 40",
            "Raise the pool of billing-api to 40 on 2026-12-09",
            "Raise the pool of billing-api [PROD] to 40",
            "(Re)build the pool of billing-api with 40 connections",
        ] {
            assert!(!reports(title), "{title}");
        }
    }

    #[test]
    fn title_is_cut_if_another_field_says_the_same() {
        let text = ticket(
            "title = \"[PROD] raise the pool of billing-api to 40\"\nenvironments = [\"production\"]",
        );
        let fixed = fixed(&text, Applicability::Unsafe).unwrap();
        assert!(
            fixed.contains("title = \"Raise the pool of billing-api to 40\""),
            "{fixed}"
        );
    }
}
