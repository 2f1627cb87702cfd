//! Somebody whom the plan needs and who is away.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Pattern, dates, end_of, locate, sentence};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/person-unavailable",
    Level::Warning,
    "person in the plan who is away",
    include_str!("person_unavailable.md"),
    &[Check::Ticket(check)],
);

static AWAY: Pattern = Pattern::new(
    r"(?ix)
          \bon\s+(?:\w+\s+)?(?:holidays?|vacation|leave|pto|sabbatical|honeymoon)\b | \b(?:annual|parental|sick|maternity|paternity)\s+leave\b
        | (?:\bmy|['’]s)\s+(?:holidays?|vacation|leave)\s+(?:is|runs?|lasts?|starts?|begins|goes|ends|from|until|till)\b
        | \bout\s+of\s+(?:the\s+)?office\b | \booo\b | \boff\s+sick\b | \b(?:a|two|three|some)\s+(?:days?|weeks?)\s+off\b
        | \baway\s+(?:from|until|till|that\s+week|on|for|between|in|all)\b
        | (?:^|[.;]\s+|\b(?:am|is|are|be)\s+|['’]m\s+)(?:out|off)\s+(?:from|until|till|between|on|all|that|for|in)\b
        | \b(?:not|cannot|can['’]t|won['’]t|isn['’]t|aren['’]t)\s+(?:be\s+)?(?:available|reachable|reached|contactable|there|around|on\s+duty|at\s+work|in\s+(?:the\s+office|that\s+week|on|from|until|between))\b
        | \b(?:not|doesn['’]t|don['’]t)\s+work(?:ing)?\s+(?:(?:on|from|between|in|until)\b|that\b)
        | \bunavailable\b | \bunreachable\b | \babsent\b
        | \bwithout\s+(?:(?:a|my|her|his)\s+)?(?:laptop|phone)\b | \b(?:have|has|with|and)\s+no\s+(?:laptop|phone|vpn|network|internet|signal)\b
        | \bat\s+(?:a|the)\s+(?:\w+\s+)?(?:conference|trade\s+fair|wedding|funeral|off-?site)\b | \bon\s+(?:a|the)\s+(?:business\s+trip|plane|flight|training(?:\s+course)?|course)\b | \bin\s+hospital\b
        | (?:\b(?:am|is|be)|['’]m)\s+(?:travell?ing|flying|skiing|hiking|sailing|camping|abroad)\b
        | \b(?:has|have)\s+left\s+(?:the\s+company|us)\b
        | (?:\b(?:am|is|be)|['’]m|['’]ll\s+be)\s+(?:only\s+|not\s+)?back\s+(?:at\s+work\s+|in\s+the\s+office\s+)?(?:only\s+)?(?:on|from|until|before)\b
        ",
);
static FIRST_PERSON: Pattern = Pattern::new(r"\b(?:I|I'm|I’m|I'll|I’ll|[Mm]y)\b");
/// A sentence about somebody whom the sentence before names.
static PRONOUN: Pattern = Pattern::new(r"^\s*(?:He|She|They)\b");
/// A word that begins the name of somebody else, or names a thing.
static OTHER_SUBJECT: Pattern = Pattern::new(r"\b(?:[A-Z]\w+|the|whether|that|when|if|its?)\b");
/// The day of a return, on which a person is there again.
static BACK: Pattern = Pattern::new(r"(?i)\bback\b[^.;]{0,40}$");
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
        let away = AWAY.find_iter(&text.text).find(|away| {
            let sentence = sentence(&text.text, away.end());
            // "Ines is on leave, so I have told Farida": only what is before says who is away.
            let at = sentence.as_ptr() as usize - text.text.as_ptr() as usize;
            let subject = &text.text[at..away.start().max(at)];
            let is_meant = if is_about_author(subject, away.as_str()) {
                by.is_some_and(|by| is_same(by, &person.text))
            } else if PRONOUN.is_match(subject) {
                ends_in_name(end_of(&text.text[..at]), person, false)
            } else {
                ends_in_name(subject, person, true)
            };
            is_meant && covers(ticket, sentence, today)
        })?;
        Some((text, away.as_str().trim_start_matches(['.', ';', ' '])))
    })
}

/// Whether the author of a note speaks of themselves: "I'm on leave", "Out until Monday".
fn is_about_author(subject: &str, away: &str) -> bool {
    subject.trim().is_empty() || FIRST_PERSON.is_match(subject) || FIRST_PERSON.is_match(away)
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Whether a person is the last one whom the words before an absence name.
///
/// A clause about another thing may follow the name only if the next sentence takes it up.
fn ends_in_name(subject: &str, person: &Text, is_subject: bool) -> bool {
    let parts: HashSet<&str> = person
        .text
        .split(|c: char| !c.is_alphabetic())
        .filter(|part| part.chars().count() > 2 && part.starts_with(char::is_uppercase))
        .collect();
    let words = || subject.split(|c: char| !c.is_alphabetic());
    let Some(named) = words().rfind(|word| parts.contains(word)) else {
        return false;
    };
    let end = named.as_ptr() as usize - subject.as_ptr() as usize + named.len();
    !is_subject || !OTHER_SUBJECT.is_match(&subject[end..])
}

/// Whether the time that a sentence gives includes the start of the change. Without a time it does.
fn covers(ticket: &Ticket, sentence: &str, today: Date) -> bool {
    let start = ticket.schedule.as_ref().and_then(|schedule| schedule.start);
    let Some(start) = start else { return true };
    let day = start.offset.to_datetime(start.timestamp).date();
    let mentions = dates(sentence);
    if mentions.is_empty() {
        return covers_loosely(sentence, day);
    }
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
        [only] if BACK.is_match(end_of(&sentence[..mentions[0].start])) => day < only,
        [only] => {
            let before = &sentence[..mentions[0].start];
            let first = RANGE_START.captures(before).and_then(|range| {
                let day = range.name("day")?.as_str().parse().ok()?;
                only.with().day(day).build().ok()
            });
            let is_since = ["from", "since", "starting"]
                .iter()
                .any(|word| before.trim_end().to_lowercase().ends_with(word));
            match first {
                Some(first) => (first..=only).contains(&day),
                None if is_since => only <= day,
                None => day <= only,
            }
        }
        [first, .., last] => (first..=last).contains(&day),
    }
}

static WEEKDAY: Pattern = Pattern::new(
    r"(?i)\bon\s+(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b",
);
static MONTH: Pattern = Pattern::new(
    r"(?i)\b(?:in|all|during|throughout|of)\s+(?P<month>january|february|march|april|may|june|july|august|september|october|november|december)\b",
);
static DAY_OF_MONTH: Pattern = Pattern::new(r"(?i)\bon\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)\b");

/// Whether a sentence without a date covers a day: by its weekday, its month, or its number.
fn covers_loosely(sentence: &str, day: Date) -> bool {
    let month = day.strftime("%B").to_string();
    let number = day.day().to_string();
    let weekday = format!("{:?}", day.weekday());
    [
        (&WEEKDAY, "day", weekday),
        (&MONTH, "month", month),
        (&DAY_OF_MONTH, "day", number),
    ]
    .into_iter()
    .all(|(pattern, group, expected)| {
        let mut found = pattern.captures_iter(sentence).peekable();
        found.peek().is_none()
            || found.any(|found| {
                found[group]
                    .trim_start_matches('0')
                    .eq_ignore_ascii_case(&expected)
            })
    })
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
    fn other_words_for_being_away_are_found() {
        for (by, text) in [
            (
                "Kim Berg",
                "I'm in Lisbon at a conference from 18 to 22 January",
            ),
            (
                "Kim Berg",
                "Note that I have parental leave all of January.",
            ),
            ("Kim Berg", "I won't be in that week, Jan can be asked."),
            ("Bo Lind", "Kim is not working on Wednesdays."),
            ("Kim Berg", "I am flying to Toronto on the 20th."),
            ("Bo Lind", "I have a day off on 20 January."),
            ("Kim Berg", "Out from 18 to 22 January, no phone."),
            ("Bo Lind", "Kim Berg will be off between 18 and 22 January."),
            ("Kim Berg", "My vacation is from 4 to 22 January."),
            ("Bo Lind", "Kim's holiday runs until 22 January."),
            (
                "Bo Lind",
                "Kim has read the plan. She's on holiday from 4 to 22 January.",
            ),
            (
                "Bo Lind",
                "According to the calendar Kim is absent on 20 January.",
            ),
            ("Kim Berg", "I'm only back on 22 January."),
            ("Kim Berg", "From 18 January I'm on leave for two weeks."),
            (
                "Bo Lind",
                "Kim will be on a training course on 20 and 21 January.",
            ),
        ] {
            assert!(reports(by, text), "{text}");
        }
    }

    #[test]
    fn absence_of_somebody_else_or_at_another_time_is_accepted() {
        for (by, text) in [
            ("Kim Berg", "I'm only back on 20 January."),
            ("Bo Lind", "Kim is not working on Fridays."),
            ("Kim Berg", "I'm on leave all of March."),
            ("Kim Berg", "I'm flying on the 27th."),
            (
                "Bo Lind",
                "Kim replaces Ines, who is absent until 22 January.",
            ),
            (
                "Bo Lind",
                "Kim has approved it. The vendor is closed, Jo is out of office.",
            ),
            ("Bo Lind", "Kim rolls it out from 18 to 22 January."),
            (
                "Bo Lind",
                "Kim asked whether the gateway is off on 20 January.",
            ),
            (
                "Kim Berg",
                "I checked that the site works without VPN network access",
            ),
        ] {
            assert!(!reports(by, text), "{text}");
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
