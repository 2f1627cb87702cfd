//! Somebody whom the plan needs and who is away.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Pattern, dates, locate, sentence};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/person-unavailable",
    Level::Warning,
    "person in the plan who is away",
    include_str!("person_unavailable.md"),
    &[Check::Ticket(check)],
);

static AWAY: Pattern = Pattern::new(
    r"(?ix)\b(?:
        on\s+(?:\w+\s+)?(?:holidays?|vacation|leave|pto|sabbatical) | (?:annual|parental|sick|maternity|paternity)\s+leave
        | out\s+of\s+(?:the\s+)?office | ooo | off\s+sick | away\s+(?:from|until|till|that\s+week|on)
        
        | (?:not|cannot|can't|can\s+not|won't\s+be|isn't|aren't)\s+(?:be\s+)?(?:available|reachable|reached|contactable|there)
        | unavailable | unreachable
        )\b",
);
static FIRST_PERSON: Pattern = Pattern::new(r"\b(?:I|I'm|I’m|I'll|I’ll)\b");
/// A day at the start of a range whose month stands only at its end: "from 18 to 22 January".
static RANGE_START: Pattern =
    Pattern::new(r"(?i)\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s*(?:to|until|till|and|-|–)\s*$");

/// Somebody whom the plan needs.
struct Role<'t> {
    name: &'static str,
    person: &'t Text,
}

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let roles = [
        ("decider", ticket.rollback.decider.as_ref()),
        ("assignee", ticket.assignee.as_ref()),
        ("validator", ticket.validator.as_ref()),
    ];
    let roles = roles
        .into_iter()
        .filter_map(|(name, person)| person.map(|person| Role { name, person }));
    for role in roles {
        let Some((text, away)) = absence(ticket, role.person, ctx.settings.today) else {
            continue;
        };
        let person = shorten(role.person.text.trim());
        let finding = RULE
            .finding(ticket.place(), locate(&ticket.source, text, away), "away")
            .message(format!(
                "{person} is listed as {}, but will be away",
                role.name
            ))
            .help(format!(
                "name another {}, or move the change to a day when {person} is available",
                role.name
            ))
            .related(ticket.place(), Label::new(role.person.span, role.name))
            .anchor(&role.person.path);
        findings.push(finding);
        return;
    }
}

/// The text that says that somebody is away during the change.
fn absence<'t>(ticket: &'t Ticket, person: &Text, today: Date) -> Option<(&'t Text, &'t str)> {
    let notes = ticket.notes.iter().filter_map(|note| {
        let by = note.by.as_ref().map(|by| by.text.as_str());
        Some((note.text.as_ref()?, by))
    });
    let texts = [
        ticket.description.as_ref(),
        ticket.risk.blast_radius.as_ref(),
    ];
    let texts = texts.into_iter().flatten().map(|text| (text, None));
    notes.chain(texts).find_map(|(text, by)| {
        let mut found = AWAY.find_iter(&text.text).peekable();
        found.peek()?;
        let named_until = end_of_name(&text.text, person);
        let away = found.find(|away| {
            let sentence = sentence(&text.text, away.start());
            // "Ines is on leave, so I have told Farida": only what is before says who is away.
            let at = sentence.as_ptr() as usize - text.text.as_ptr() as usize;
            let subject = &text.text[at..away.start().max(at)];
            let is_meant = if FIRST_PERSON.is_match(subject) {
                by.is_some_and(|by| is_same(by, &person.text))
            } else {
                named_until.is_some_and(|end| end <= away.start())
            };
            is_meant && covers(ticket, sentence, today)
        })?;
        Some((text, away.as_str()))
    })
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// The end of the first word of a text that is a part of a person's name.
fn end_of_name(text: &str, person: &Text) -> Option<usize> {
    let parts: HashSet<&str> = person
        .text
        .split(|c: char| !c.is_alphabetic())
        .filter(|part| part.chars().count() > 2 && part.starts_with(char::is_uppercase))
        .collect();
    let mut words = text.split(|c: char| !c.is_alphabetic());
    let named = words.find(|word| parts.contains(word))?;
    Some(named.as_ptr() as usize - text.as_ptr() as usize + named.len())
}

/// Whether the time that a sentence gives includes the start of the change. Without a time it does.
fn covers(ticket: &Ticket, sentence: &str, today: Date) -> bool {
    let start = ticket.schedule.as_ref().and_then(|schedule| schedule.start);
    let Some(start) = start else { return true };
    let day = start.offset.to_datetime(start.timestamp).date();
    let mentions = dates(sentence);
    let nearest = |candidates: Vec<Date>| {
        candidates.into_iter().min_by_key(|date| {
            date.since(day)
                .map_or(i32::MAX, |span| span.get_days().abs())
        })
    };
    let found: Vec<Date> = mentions
        .iter()
        .filter_map(|mention| nearest(mention.candidates(today)))
        .collect();
    match found[..] {
        [] => true,
        [only] => {
            let before = &sentence[..mentions[0].start];
            let first = RANGE_START.captures(before).and_then(|range| {
                let day = range.name("day")?.as_str().parse().ok()?;
                only.with().day(day).build().ok()
            });
            let is_since = ["from", "since", "starting"]
                .iter()
                .any(|word| before.trim_end().ends_with(word));
            match first {
                Some(first) => (first..=only).contains(&day),
                None if is_since => only <= day,
                None => day <= only,
            }
        }
        [first, .., last] => (first..=last).contains(&day),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{findings, rules_of};

    const PLAN: &str = "assignee = \"Bo Lind\"\nvalidator = \"Ana Ruiz\"\n\
        [schedule]\nstart = 2027-01-20T10:00:00Z\nend = 2027-01-20T11:00:00Z\n\
        [rollback]\ndecider = \"Kim Berg\"\nsteps = [\"Re-apply `pool-20.yaml`; `/health` returns pool=20\"]\n";

    fn reports(by: &str, text: &str) -> bool {
        let note =
            format!("[[notes]]\nat = 2027-01-14T09:12:00Z\nby = \"{by}\"\ntext = \"{text}\"\n");
        rules_of(&format!("{PLAN}{note}")).contains(&RULE.name)
    }

    #[test]
    fn people_who_are_away_are_found() {
        for (by, text) in [
            (
                "Kim Berg",
                "Fine by me. I'm on annual leave from 18 to 22 January",
            ),
            (
                "Ana Ruiz",
                "I'm on holiday from 8 January, back at work on 28 January",
            ),
            ("Bo Lind", "Kim is on vacation and can't be reached"),
            ("Bo Lind", "Ana is out of office until 25 January"),
            ("Kim Berg", "I'm away from 18 to 28 January without laptop"),
        ] {
            assert!(reports(by, text), "{text}");
        }
    }

    #[test]
    fn author_of_a_note_about_somebody_else_is_not_away() {
        let text = "Kim is on leave from 14 to 22 January, so I have told Farida";
        let note =
            format!("[[notes]]\nat = 2027-01-14T09:12:00Z\nby = \"Ana Ruiz\"\ntext = \"{text}\"\n");
        let found = findings(&format!("{PLAN}{note}"));
        let about: Vec<&str> = found
            .iter()
            .filter(|finding| finding.rule == RULE.name)
            .map(|finding| &finding.message[..])
            .collect();
        assert_eq!(about, ["Kim Berg is listed as decider, but will be away"]);
    }

    #[test]
    fn people_who_are_back_in_time_are_accepted() {
        for (by, text) in [
            ("Kim Berg", "I'm on leave until 15 January"),
            ("Kim Berg", "I'm on holiday from 1 to 15 January"),
            ("Ana Ruiz", "I'm on holiday from 25 January on"),
        ] {
            assert!(!reports(by, text), "{text}");
        }
    }

    #[test]
    fn other_people_and_systems_may_be_away() {
        for (by, text) in [
            ("Kim Berg", "Torsten is on vacation"),
            ("Bo Lind", "The portal is unavailable for ten minutes"),
            ("Kim Berg", "Shift leads agreed, the holiday season is over"),
            ("Kim Berg", "The old host is unreachable after step 2"),
        ] {
            assert!(!reports(by, text), "{text}");
        }
    }

    #[test]
    fn message_names_person_and_role() {
        let note =
            "[[notes]]\nat = 2027-01-14T09:12:00Z\nby = \"Kim Berg\"\ntext = \"I'm on leave\"\n";
        let found = findings(&format!("{PLAN}{note}"))
            .into_iter()
            .find(|finding| finding.rule == RULE.name)
            .unwrap();
        assert_eq!(
            found.message,
            "Kim Berg is listed as decider, but will be away"
        );
    }
}
