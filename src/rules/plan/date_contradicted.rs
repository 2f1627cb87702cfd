//! A weekday and a date that disagree, or steps that fall outside of the window.

use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::schedule::window;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{DateMention, dates, locate, sentence};
use crate::ticket::{Instant, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/date-contradicted",
    Level::Warning,
    "dates that contradict each other",
    include_str!("date_contradicted.md"),
    &[Check::Ticket(check)],
);

/// Dates that say something else than when a step is done.
static NOT_A_STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:until|till|by|after|before|since|valid|keep|kept|keeps|expir\w*|due|deadline|later|night\s+before|ends?|remov\w*|from)\b",
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let today = ctx.settings.today;
    for text in &ctx.plan_texts {
        let wrong = dates(&text.text)
            .into_iter()
            .find(|date| date.contradicts_weekday(today));
        findings.extend(wrong.map(|date| wrong_weekday(ticket, text, &date, today)));
    }
    findings.extend(outside_of_window(ticket, today));
}

fn wrong_weekday(ticket: &Ticket, text: &Text, date: &DateMention<'_>, today: Date) -> Finding {
    let candidates = date.candidates(today);
    let written = shorten(date.text);
    let message = match candidates.as_slice() {
        [only] => format!("\"{written}\": that day is a {:?}", only.weekday()),
        _ => {
            let year = today.year();
            let (before, after) = (year - 1, year + 1);
            format!("\"{written}\" does not exist in {before}, {year}, or {after}")
        }
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
            let is_step = !NOT_A_STEP.is_match(sentence(&step.action.text, date.start));
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
}
