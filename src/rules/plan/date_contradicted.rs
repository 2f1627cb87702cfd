//! Dates that disagree: with their weekday, with the window, or with a date on which something
//! expires.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::schedule::window;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{DateMention, Pattern, clause, dates, end_of, locate, sentence};
use crate::ticket::{Instant, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/date-contradicted",
    Level::Warning,
    "dates that contradict each other",
    include_str!("date_contradicted.md"),
    &[Check::Ticket(check)],
);

/// Dates that say something else than when a step is done.
static NOT_A_STEP: Pattern = Pattern::new(
    r"(?i)\b(?:until|till|by|after|before|since|valid|keep|kept|keeps|expir\w*|due|deadline|later|night\s+before|ends?|remov\w*|from)\b",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let today = ctx.settings.today;
    for text in &ctx.plan_texts {
        let wrong = dates(&text.text).into_iter().find_map(|date| {
            let days = possible_days(&date, ticket, today);
            date.contradicts_weekday(&days)
                .then(|| wrong_weekday(ticket, text, &date, &days))
        });
        findings.extend(wrong);
    }
    findings.extend(outside_of_window(ticket, today));
    findings.extend(announced_otherwise(ticket, today));
    findings.extend(too_late(ticket, today));
    findings.extend(condition_after_window(ticket, today));
    findings.extend(other_weekday(ticket));
    let hours = outside_of_allowed_hours(ticket).or_else(|| in_forbidden_hours(ticket));
    findings.extend(hours);
    findings.extend(before_allowed_day(ticket, today));
}

/// The days that a mention may mean: without a year, the day of the window if it is that one.
fn possible_days(date: &DateMention<'_>, ticket: &Ticket, today: Date) -> Vec<Date> {
    let days = date.candidates(today);
    let start = ticket.schedule.as_ref().and_then(|schedule| schedule.start);
    let window = start.map(|start| start.offset.to_datetime(start.timestamp).date());
    match window.filter(|window| days.contains(window)) {
        Some(window) => vec![window],
        None => days,
    }
}

fn wrong_weekday(ticket: &Ticket, text: &Text, date: &DateMention<'_>, days: &[Date]) -> Finding {
    let written = shorten(date.text);
    let message = match days {
        [only] => format!("\"{written}\": that day is a {:?}", only.weekday()),
        [first, .., last] => format!(
            "\"{written}\" does not exist in any year from {} to {}",
            first.year(),
            last.year()
        ),
        [] => format!("\"{written}\" does not exist"),
    };
    RULE.finding(
        ticket.place(),
        locate(&ticket.source, text, date.text),
        "weekday and date disagree",
    )
    .message(message)
    .help("correct the weekday or the date")
    .anchor(&text.path)
}

/// Deployment steps with dates to come, none of which is in the window.
fn outside_of_window(ticket: &Ticket, today: Date) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let day = |instant: Instant| instant.offset.to_datetime(instant.timestamp).date();
    let (first, last) = (day(start), day(end));
    let mut outside = None;
    for step in &ticket.deployment.steps {
        for date in dates(&step.action.text) {
            let is_step = is_at_start(&step.action.text, date.start)
                && !NOT_A_STEP.is_match(sentence(&step.action.text, date.start));
            let candidates = date.candidates(today);
            let future: Vec<&Date> = candidates.iter().filter(|date| **date >= today).collect();
            if candidates.iter().any(|date| (first..=last).contains(date)) {
                return None;
            }
            if is_step && !future.is_empty() && outside.is_none() {
                outside = Some((&step.action, date));
            }
        }
    }
    let (text, date) = outside?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, date.text),
            "outside of the window",
        )
        .message(format!(
            "\"{}\" is not in the window, which is {}",
            shorten(date.text),
            describe(first, last)
        ))
        .help("correct the date, or the start and end of the schedule")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&text.path),
    )
}

/// A message to users with another day or other hours than the window.
fn announced_otherwise(ticket: &Ticket, today: Date) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let (summary, announced) = ticket.announcements().find_map(|text| {
        let day = other_day(text, &Window::of(start, end), today);
        Some((text, day.or_else(|| other_hours(text, start, end))?))
    })?;
    let written = Window::of(start, end);
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, summary, announced),
            "outside the window",
        )
        .message(format!(
            "the message says \"{}\", but the window is {written}",
            shorten(announced)
        ))
        .help("correct the message, or the start and end of the schedule")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&summary.path),
    )
}

/// The days and hours of a window, as its offset shows them.
struct Window {
    start: DateTime,
    end: DateTime,
}

impl Window {
    fn of(start: Instant, end: Instant) -> Self {
        Self {
            start: start.offset.to_datetime(start.timestamp),
            end: start.offset.to_datetime(end.timestamp),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start, self.end);
        write!(out, "{} to ", start.strftime("%Y-%m-%d %H:%M"))?;
        if start.date() == end.date() {
            write!(out, "{}", end.strftime("%H:%M"))
        } else {
            write!(out, "{}", end.strftime("%Y-%m-%d %H:%M"))
        }
    }
}

/// Dates of a message that bound what is asked of users.
static BOUND: Pattern =
    Pattern::new(r"(?i)\b(?:until|till|by|after|before|since|due|deadline|no\s+later)\b");

/// How many days before or after the window a date is still meant to be that of the window.
const NEAR_DAYS: i32 = 7;

/// The date of a message, if it is close to the window and none is in it.
fn other_day<'t>(summary: &'t Text, window: &Window, today: Date) -> Option<&'t str> {
    let (first, last) = (window.start.date(), window.end.date());
    let mut other = None;
    for date in dates(&summary.text) {
        let candidates = date.candidates(today);
        if candidates.iter().any(|date| (first..=last).contains(date)) {
            return None;
        }
        let is_near = |date: &Date| {
            first
                .since(*date)
                .is_ok_and(|span| span.get_days().abs() <= NEAR_DAYS)
        };
        let is_bound = BOUND.is_match(clause(&summary.text, date.start));
        if other.is_none() && !is_bound && candidates.iter().any(is_near) {
            other = Some(date.text);
        }
    }
    other
}

static HOURS: Pattern = Pattern::new(
    r"(?ix)\b(?P<from>[0-2]?\d[:.][0-5]\d)\s*(?:h\s*)?(?:to|until|till|and|-|–|—)\s*(?P<to>[0-2]?\d[:.][0-5]\d)(?:\s*h)?(?:\s*(?P<zone>(?-i:UTC|GMT|Z\b|[A-Z]{3,4}\b)|[ap]\.?m\b))?",
);

/// The hours of a message, if they neither contain those of the window nor lie in it.
fn other_hours(summary: &Text, start: Instant, end: Instant) -> Option<&str> {
    let found = HOURS.captures(&summary.text)?;
    let offset = match found.name("zone").map(|zone| zone.as_str()) {
        None => start.offset,
        Some("UTC" | "GMT" | "Z") => Offset::UTC,
        Some(_) => return None,
    };
    let (from, to) = (clock(&found, "from")?, clock(&found, "to")?);
    let opens = offset.to_datetime(start.timestamp);
    let closes = offset.to_datetime(end.timestamp);
    if opens.date() != closes.date() || to <= from {
        return None;
    }
    let (opens, closes) = (opens.time(), closes.time());
    let contains = from <= opens && closes <= to;
    let is_within = opens <= from && to <= closes;
    (!contains && !is_within).then(|| found.get(0).map(|whole| whole.as_str()))?
}

/// Hours outside of which nothing may be done: "only between 23:15 and 03:30", also with words
/// between the times.
static ONLY_BETWEEN: Pattern = Pattern::new(
    r"(?ix)\b(?:only|exclusively|must\s+(?:be|happen|take\s+place)|allowed|permitted|window)\b [^.;]{0,40}? \b(?:between|from)\b [^.;]{0,60}?
        \b(?P<from>[0-2]?\d:[0-5]\d)\b [^.;]{0,60}? \b(?:and|to|until)\b [^.;]{0,60}? \b(?P<to>[0-2]?\d:[0-5]\d)\b",
);
/// "only after 22:00", "not before 22:00".
static ONLY_AFTER: Pattern = Pattern::new(
    r"(?i)\b(?:only\s+after|not\s+before|never\s+before|no\s+earlier\s+than)\s+(?P<from>[0-2]?\d:[0-5]\d)\b",
);
/// Zones in which the times of a text may be.
static ZONE: Pattern = Pattern::new(r"\b(?:UTC|GMT|Z|[A-Z]{2,4}T)\b");

/// Hours that the ticket restricts the change to, and that the window is outside of.
fn outside_of_allowed_hours(ticket: &Ticket) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let written = Window::of(start, end);
    let is_short = written.end.date() == written.start.date()
        || written.start.date().tomorrow().ok() == Some(written.end.date());
    let texts = [
        ticket.description.as_ref(),
        ticket.risk.mitigations.as_ref(),
        ticket.risk.blast_radius.as_ref(),
    ];
    let preconditions = ticket.deployment.preconditions.iter();
    let texts = texts.into_iter().flatten().chain(preconditions);
    let (text, allowed) = texts.into_iter().find_map(|text| {
        let has_times = text.text.contains(':') && !ZONE.is_match(&text.text);
        let allowed = has_times.then(|| not_allowed(&text.text, &written))??;
        Some((text, allowed))
    })?;
    is_short.then(|| {
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, allowed),
            "outside the window",
        )
        .message(format!(
            "the window, {written}, is outside \"{}\"",
            shorten(allowed)
        ))
        .help("correct the text, or the start and end of the schedule")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&text.path)
    })
}

/// The words of a text that exclude both the start and the end of a window.
fn not_allowed<'t>(text: &'t str, window: &Window) -> Option<&'t str> {
    let (opens, closes) = (window.start.time(), window.end.time());
    if let Some(found) = ONLY_BETWEEN.captures(text) {
        let (from, to) = (clock(&found, "from")?, clock(&found, "to")?);
        let is_within = |time: Time| {
            if from <= to {
                from <= time && time <= to
            } else {
                from <= time || time <= to
            }
        };
        let is_in_window = |time: Time| opens <= time && time <= closes;
        let is_outside = !is_within(opens) && !is_within(closes) && !is_in_window(from);
        return is_outside.then(|| found.get(0).map(|whole| whole.as_str()))?;
    }
    let found = ONLY_AFTER.captures(text)?;
    let from = clock(&found, "from")?;
    let is_before = window.start.date() == window.end.date() && opens < from && closes <= from;
    is_before.then(|| found.get(0).map(|whole| whole.as_str()))?
}

/// What a sentence with hours rules out: "must not be restarted", "outside of the picking hours".
static FORBIDS: Pattern = Pattern::new(
    r"(?ix)\b(?: (?:must|may|can|should|shall)\s*(?:not|never)\b | cannot\b | (?:is|are)\s+not\s+(?:allowed|permitted|possible)\b
        | (?:forbidden|prohibited|blocked|frozen)\b | never\b | no\s+(?:changes?|restarts?|work|maintenance|deployments?|interruptions?)\b
        | outside\s+(?:of\s+)? | not\s+(?:during|between|from)\b | except\s+(?:during|between|from)\b )",
);
static DAYS: Pattern = Pattern::new(
    r"(?i)\b(?P<from>mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*(?:to|until|through|-|–)\s*(?P<to>mon|tue|wed|thu|fri|sat|sun)[a-z]*\b",
);
/// Words for days of the week or for what happens to users, not for when the change is done.
static OTHER_DAYS: Pattern = Pattern::new(
    r"(?i)\b(?:weekdays?|weekends?|working\s+days?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
);

/// Hours in which the ticket rules the change out and in which the window lies.
fn in_forbidden_hours(ticket: &Ticket) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let written = Window::of(start, end);
    if written.start.date() != written.end.date() {
        return None;
    }
    let texts = [
        ticket.description.as_ref(),
        ticket.risk.mitigations.as_ref(),
    ];
    let (text, forbidden) = texts.into_iter().flatten().find_map(|text| {
        let forbidden = (!ZONE.is_match(&text.text))
            .then(|| forbidden_hours(&text.text, &written))
            .flatten()?;
        Some((text, forbidden))
    })?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, forbidden),
            "includes the window",
        )
        .message(format!(
            "the text rules out \"{}\", but the window is {written}",
            shorten(forbidden)
        ))
        .help("correct the text, or the start and end of the schedule")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&text.path),
    )
}

/// The hours of a text that contain a window, in a sentence that rules them out.
fn forbidden_hours<'t>(text: &'t str, window: &Window) -> Option<&'t str> {
    let (opens, closes) = (window.start.time(), window.end.time());
    HOURS.captures_iter(text).find_map(|found| {
        let whole = found.get(0)?;
        let (from, to) = (clock(&found, "from")?, clock(&found, "to")?);
        let sentence = sentence(text, whole.start());
        let is_window = (from, to) == (opens, closes);
        let contains = from < to && from <= opens && closes <= to && !is_window;
        let is_day = match DAYS.captures(sentence) {
            Some(days) => is_between(window.start.date(), &days["from"], &days["to"]),
            None => !OTHER_DAYS.is_match(sentence),
        };
        let is_forbidden = contains && is_day && dates(sentence).is_empty();
        (is_forbidden && FORBIDS.is_match(sentence)).then_some(whole.as_str())
    })
}

/// Whether a day is in a range of weekdays, such as Monday to Saturday.
fn is_between(day: Date, from: &str, to: &str) -> bool {
    let number = |name: &str| {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        names.iter().position(|it| name.eq_ignore_ascii_case(it))
    };
    let (Some(from), Some(to)) = (number(from), number(to)) else {
        return false;
    };
    let day = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    if from <= to {
        (from..=to).contains(&day)
    } else {
        day >= from || day <= to
    }
}

/// A day before which nothing may be done.
static NOT_BEFORE: Pattern = Pattern::new(
    r"(?i)\b(?:not\s+before|no\s+earlier\s+than|only\s+(?:after|from)|not\s+until|earliest\s+(?:on|is)?)\s+(?:the\s+)?(?:\w+day,?\s+)?$",
);

/// A day that the ticket says to wait for, after the window.
fn before_allowed_day(ticket: &Ticket, today: Date) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let last = end.offset.to_datetime(end.timestamp).date();
    let preconditions = ticket.deployment.preconditions.iter();
    let texts = [
        ticket.description.as_ref(),
        ticket.risk.mitigations.as_ref(),
    ];
    let mut texts = texts.into_iter().flatten().chain(preconditions);
    let (text, date) = texts.find_map(|text| {
        let early = dates(&text.text).into_iter().find(|date| {
            NOT_BEFORE.is_match(end_of(&text.text[..date.start]))
                && is_coming(date, today, |day| day > last)
        })?;
        Some((text, early))
    })?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, date.text),
            "after the window",
        )
        .message(format!(
            "the text says not before \"{}\", but the window is {}",
            shorten(date.text),
            Window::of(start, end)
        ))
        .help("correct the text, or the start and end of the schedule")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&text.path),
    )
}

/// A time of day in a group of an expression.
fn clock(found: &regex::Captures<'_>, name: &str) -> Option<Time> {
    let (hour, minute) = found.name(name)?.as_str().split_once([':', '.'])?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

static TITLE_DAY: Pattern = Pattern::new(
    r"(?i)\b(?:on|this|coming|next)\s+(?:coming\s+)?(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
);

/// A weekday in the title or in a message, without a date, that is not in the window.
fn other_weekday(ticket: &Ticket) -> Option<Finding> {
    let (start, end) = window(ticket)?;
    let texts = std::iter::once(&ticket.title).chain(ticket.announcements());
    let (title, day) = texts.into_iter().find_map(|text| {
        let found = TITLE_DAY.captures(&text.text)?;
        let day = found.name("day")?;
        let is_bound = BOUND.is_match(clause(&text.text, day.start()));
        (!is_bound).then_some((text, day.as_str()))
    })?;
    let what = if title.path == "title" {
        "title"
    } else {
        "message"
    };
    let written = Window::of(start, end);
    let (first, last) = (written.start.date(), written.end.date());
    let mut days = first
        .series(1.day())
        .take_while(|date| *date <= last)
        .take(7);
    let is_in_window = days.any(|date| format!("{:?}", date.weekday()).eq_ignore_ascii_case(day));
    (dates(&title.text).is_empty() && !is_in_window).then(|| {
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, title, day),
            "outside the window",
        )
        .message(format!(
            "the {what} says {}, but the window is {written}, which starts on a {:?}",
            shorten(day),
            first.weekday()
        ))
        .help(format!(
            "correct the {what}, or the start and end of the schedule"
        ))
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&title.path)
    })
}

static EXPIRES: Pattern = Pattern::new(
    r"(?ix)\b(?:
        (?:expires?|runs?\s+out|ends?|is\s+valid\s+until|valid\s+until|deadline\s+is|stops?\s+(?:working|on)|switch(?:es|ed)?\s+(?:it\s+)?off|(?:is|are|be)\s+(?:switched|turned|shut)\s+(?:off|down))\s+(?:on\s+|at\s+|from\s+)?
        | (?:must|has\s+to|have\s+to|needs?\s+to)\s+be\s+(?:\w+\s+)?(?:done|in\s+place|live|finished|completed?|over|replaced|renewed|installed|migrated|moved|ready|gone|closed|rolled\s+out|switched|updated|upgraded|patched)\s+(?:by|before|until)\s+(?:the\s+end\s+of\s+)?
        | (?:no\s+later\s+than|at\s+the\s+latest\s+(?:by|on)|latest\s+by)\s+
        )(?:\w+day,?\s+)?$",
);

/// What is still to happen, before its date.
static PLANNED: Pattern =
    Pattern::new(r"(?i)\b(?:planned|scheduled|due|takes\s+place)\s+(?:for\s+|on\s+)?$");

/// A precondition that is planned for a day after the window.
fn condition_after_window(ticket: &Ticket, today: Date) -> Option<Finding> {
    let (_, end) = window(ticket)?;
    let last = end.offset.to_datetime(end.timestamp).date();
    let (text, date) = ticket.deployment.preconditions.iter().find_map(|text| {
        let late = dates(&text.text).into_iter().find(|date| {
            PLANNED.is_match(end_of(&text.text[..date.start]))
                && is_coming(date, today, |day| day > last)
        })?;
        Some((text, late))
    })?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, date.text),
            "after the window",
        )
        .message(format!(
            "the precondition is planned for \"{}\", but the window closes on {last}",
            shorten(date.text)
        ))
        .help("move the window after that date, or the condition before it")
        .related(ticket.place(), Label::new(end.span, "the window closes"))
        .anchor(&text.path),
    )
}

/// Whether a mention may mean a day to come, and the condition holds for the first such day.
fn is_coming(date: &DateMention<'_>, today: Date, condition: impl Fn(Date) -> bool) -> bool {
    let mut days = date.candidates(today);
    days.retain(|day| *day >= today);
    days.into_iter().min().is_some_and(condition)
}

/// A date on which something expires and that the window comes after.
fn too_late(ticket: &Ticket, today: Date) -> Option<Finding> {
    let start = ticket.schedule.as_ref()?.start?;
    let opens = start.offset.to_datetime(start.timestamp).date();
    let texts = [Some(&ticket.justification), ticket.description.as_ref()];
    let (text, date) = texts.into_iter().flatten().find_map(|text| {
        let late = dates(&text.text).into_iter().find(|date| {
            EXPIRES.is_match(end_of(&text.text[..date.start]))
                && is_coming(date, today, |day| day < opens)
        })?;
        Some((text, late))
    })?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, date.text),
            "expires before the window",
        )
        .message(format!(
            "the window opens on {opens}, but the ticket says that something expires on \"{}\"",
            shorten(date.text)
        ))
        .help("move the window before that date, or say what happens in between")
        .related(ticket.place(), Label::new(start.span, "the window opens"))
        .anchor(&text.path),
    )
}

/// Whether a date says when a step is done: it begins the step, perhaps after "on".
fn is_at_start(text: &str, at: usize) -> bool {
    let before = text[..at].trim_matches(|c: char| !c.is_alphanumeric());
    before.is_empty() || before.eq_ignore_ascii_case("on")
}

fn describe(first: Date, last: Date) -> String {
    if first == last {
        format!("on {first}")
    } else {
        format!("from {first} to {last}")
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "plan/date-contradicted";
    const WINDOW: &str =
        "[schedule]\nstart = 2026-12-08T21:00:00+01:00\nend = 2026-12-08T23:00:00+01:00";

    #[test]
    fn announcement_of_another_day_is_found() {
        let text = format!("{WINDOW}\n[communication]\nsay = \"New checkout on 9 December\"");
        assert!(rules_of(&text).contains(&RULE));
    }

    #[test]
    fn weekday_of_the_day_of_the_window_is_checked_in_its_year() {
        let reports = |text: &str| {
            rules_of(&format!("description = \"We do it on {text}\"\n{WINDOW}")).contains(&RULE)
        };
        assert!(reports("Monday, 8 December"));
        assert!(!reports("Tuesday, 8 December"));
    }

    #[test]
    fn precondition_after_the_window_is_found() {
        let reports = |text: &str| {
            rules_of(&format!(
                "deployment.preconditions = [\"{text}\"]\n{WINDOW}"
            ))
            .contains(&RULE)
        };
        assert!(reports(
            "The load test, planned for Thursday 10 December, is signed off"
        ));
        assert!(!reports(
            "The load test, planned for Monday 7 December, is signed off"
        ));
        assert!(!reports(
            "The provider has confirmed 60 payments a second for 15 December"
        ));
        assert!(!reports("The audit of 10 December 2025 is closed"));
    }

    #[test]
    fn window_in_hours_that_the_ticket_rules_out_is_found() {
        let reports = |text: &str| {
            let text = format!("description = \"{text}\"\n{WINDOW}");
            rules_of(&text).contains(&RULE)
        };
        for text in [
            "We do it outside of the picking hours (Monday to Saturday 05:30 to 23:00).",
            "The depots work from 05:00 to 23:00 and the tracker must not be restarted during that time.",
            "Backups run from 20:30 to 23:30 and must not be disturbed.",
            "No changes between 20:00 and 23:30.",
        ] {
            assert!(reports(text), "{text}");
        }
        for text in [
            "We do it outside of the picking hours (Wednesday to Saturday 05:30 to 23:00).",
            "We do it outside of the picking hours (05:30 to 20:30).",
            "The depots work from 05:00 to 23:00.",
            "On weekends it must not be restarted from 05:00 to 23:00.",
            "It is done from 21:00 to 23:00. Orders must not be lost.",
            "It must not take longer than 22:00 to 22:30.",
            "On 10 December no changes between 20:00 and 23:30.",
        ] {
            assert!(!reports(text), "{text}");
        }
    }

    #[test]
    fn window_before_the_first_possible_day_is_found() {
        let reports = |text: &str| {
            let text = format!("description = \"{text}\"\n{WINDOW}");
            rules_of(&text).contains(&RULE)
        };
        for text in [
            "Not before 14 December, since the audit runs until then.",
            "Possible only after Friday 11 December.",
        ] {
            assert!(reports(text), "{text}");
        }
        for text in [
            "Not before 7 December, since the audit runs until then.",
            "Users notice it only after a restart on 14 December.",
            "The old key is valid until 14 December.",
            "Reports are ready on 14 December.",
            "Not before 14 December 2025 was the cause found.",
        ] {
            assert!(!reports(text), "{text}");
        }
    }

    #[test]
    fn word_after_the_hours_of_a_message_is_no_zone() {
        let reports = |text: &str| {
            rules_of(&format!("{WINDOW}\n[communication]\nsay = \"{text}\"")).contains(&RULE)
        };
        assert!(reports("Between 18:00 and 20:00 the shop is closed"));
        assert!(!reports("Between 21:00 and 23:00 the shop is closed"));
        assert!(!reports("Between 12:00 and 14:00 PST the shop is closed"));
    }

    #[test]
    fn deadline_before_the_window_is_found() {
        let reports =
            |text: &str| rules_of(&format!("description = \"{text}\"\n{WINDOW}")).contains(&RULE);
        for text in [
            "The change must be finished by 4 December.",
            "It has to be replaced before Friday 4 December.",
            "The vendor switches it off on 4 December.",
        ] {
            assert!(reports(text), "{text}");
        }
        for text in [
            "The change must be finished by 14 December.",
            "The list must be ready by 4 December 2025.",
            "The list was sent on 4 December.",
        ] {
            assert!(!reports(text), "{text}");
        }
    }

    #[test]
    fn wrong_weekday_is_found() {
        let found = findings("title = \"Shut down the library TL2 on Saturday 9 December 2026\"");
        let found = found.iter().find(|found| found.rule == RULE).unwrap();
        assert_eq!(
            found.message,
            "\"Saturday 9 December 2026\": that day is a Wednesday"
        );
    }

    #[test]
    fn step_outside_of_the_window_is_found() {
        let text = format!("deployment = [\"On 9 December 2026 merge #12\"]\n{WINDOW}");
        assert!(rules_of(&text).contains(&RULE));
    }

    #[test]
    fn dates_that_agree_or_say_something_else_are_accepted() {
        for step in [
            "On 8 December 2026 merge #12",
            "On Tuesday, 8 December merge #12",
            "On 7 December 2026 lower the TTL, on 8 December merge #12",
            "Merge #12; the old host is kept until 15 December 2026",
            "The certificate is valid from 1 January 2027",
            "Merge #12, which was tested on 14 November 2026",
            "The night before, 7 December 2026, lower the TTL",
        ] {
            let text = format!("deployment = [\"{step}\"]\n{WINDOW}");
            assert!(!rules_of(&text).contains(&RULE), "{step}");
        }
    }

    /// A ticket whose window is on a Sunday, 06:00 to 10:00 UTC.
    fn announced(summary: &str) -> bool {
        rules_of(&format!(
            "[schedule]\nstart = 2026-12-13T06:00:00Z\nend = 2026-12-13T10:00:00Z\n\
             [communication]\nsummary = \"{summary}\"\n"
        ))
        .contains(&RULE)
    }

    #[test]
    fn message_with_another_day_or_other_hours_is_found() {
        for summary in [
            "On Saturday 12 December you cannot change your password",
            "The shop is offline from 08:00 to 12:00 UTC",
            "Maintenance on 14 December, 06:00 to 10:00",
            "On Saturday 12 December from 06:00 to 10:00 it is offline",
        ] {
            assert!(announced(summary), "{summary}");
        }
    }

    #[test]
    fn message_that_agrees_with_the_window_is_accepted() {
        for summary in [
            "On Sunday 13 December from 06:00 to 10:00 UTC the shop is offline",
            "The shop is offline from 06:30 to 07:00",
            "The shop may be slow between 05:00 and 11:00 UTC",
            "The old page goes away on 1 March",
            "From 08:00 to 12:00 CET the shop is offline",
            "Please finish your orders by 12 December",
        ] {
            assert!(!announced(summary), "{summary}");
        }
    }

    /// A ticket with this justification and a window on 14 December.
    fn because(justification: &str) -> bool {
        rules_of(&format!(
            "justification = \"{justification}\"\n[schedule]\nstart = 2026-12-14T06:00:00Z\nend = 2026-12-14T10:00:00Z\n"
        ))
        .contains(&RULE)
    }

    #[test]
    fn window_after_the_expiry_is_found() {
        assert!(because(
            "The certificate expires on Friday 11 December 2026, then nobody gets in"
        ));
    }

    #[test]
    fn window_before_the_expiry_and_past_dates_are_accepted() {
        for justification in [
            "The certificate expires on 20 December",
            "The support ended on 31 August 2026",
            "The licence expires on 30 September 2026",
            "340 contracts were made until 11 December",
        ] {
            assert!(!because(justification), "{justification}");
        }
    }

    /// A ticket with a description whose window is from 20:30 to 22:30.
    fn is_outside(description: &str) -> bool {
        rules_of(&format!(
            "description = \"{description}\"\n[schedule]\n\
             start = 2027-01-20T20:30:00+01:00\nend = 2027-01-20T22:30:00+01:00"
        ))
        .contains(&RULE)
    }

    #[test]
    fn window_outside_of_the_allowed_hours_is_found() {
        for text in [
            "We work only between the last departure (23:15) and the opening of check-in (03:30).",
            "Work is allowed from 02:00 to 05:00",
            "It may be done only after 23:00",
            "The job must not be stopped, not before 22:30",
        ] {
            assert!(is_outside(text), "{text}");
        }
    }

    #[test]
    fn window_that_touches_the_allowed_hours_is_accepted() {
        for text in [
            "We work only between 20:00 and 23:00",
            "We work only between 22:00 and 04:00",
            "The errors come only between 21:00 and 22:00, from the nightly job",
            "The batch runs from 02:00 to 05:00",
            "It may be done only after 20:00",
            "We work only between 01:15 and 03:30 UTC",
            "Only the lift stops; ships pass between 06:00 and 09:00",
        ] {
            assert!(!is_outside(text), "{text}");
        }
    }

    #[test]
    fn weekday_of_a_message_is_that_of_the_window() {
        assert!(announced("The portal is closed on Saturday from 6 to 10"));
        for summary in [
            "The portal is closed on Sunday from 6 to 10",
            "Please save your work by the end of the week, on Saturday at the latest before noon",
            "Closed on Sunday; questions to the desk on Monday",
            "Closed every Saturday",
            "The portal is closed on 13 December, not on Saturday",
        ] {
            assert!(!announced(summary), "{summary}");
        }
    }

    #[test]
    fn weekday_of_the_title_is_that_of_the_window() {
        let title = |title: &str| {
            let text = format!(
                "title = \"{title}\"\n[schedule]\nstart = 2026-12-15T16:00:00Z\nend = 2026-12-15T18:00:00Z\n"
            );
            rules_of(&text).contains(&RULE)
        };
        assert!(title("Fail ToolsDB over this coming Monday"));
        assert!(!title("Fail ToolsDB over on Tuesday"));
        assert!(!title("Skip the Monday report of ToolsDB"));
    }
}
