//! Decides whether a change falls into a freeze, and when that freeze takes place.
//!
//! Windows are half-open: a change that begins when a freeze ends is not in it. A weekly rule is
//! read by the clock of its zone; a time that the clock skips or shows twice is resolved by jiff's
//! `compatible` strategy. A change without services or environments may affect frozen ones, so the
//! check fails closed (docs/design/tickets.md, Freezes).

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::config::{Activity, Freeze, FrozenTime, WeekTime};
use crate::ticket::{Schedule, Ticket};

/// A half-open period of time: its end isn't part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first instant.
    pub(crate) start: Timestamp,
    /// The first instant after the window; equal to `start` for a point in time.
    pub(crate) end: Timestamp,
}

impl Window {
    /// A point in time.
    #[must_use]
    pub(crate) const fn at(instant: Timestamp) -> Self {
        Self {
            start: instant,
            end: instant,
        }
    }

    /// The window of a schedule. A schedule with only one end is a point in time; reversed ends are
    /// swapped.
    #[must_use]
    pub(crate) fn of(schedule: &Schedule) -> Option<Self> {
        let ends = [schedule.start, schedule.end].map(|end| end.map(|end| end.timestamp));
        let start = ends.into_iter().flatten().min()?;
        let end = ends.into_iter().flatten().max()?;
        Some(Self { start, end })
    }

    /// Whether two windows have an instant in common.
    #[must_use]
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let begins_before_end =
            |one: Self, other: Self| one.start < other.end || one.start == other.start;
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// The freezes that forbid an activity for tickets in a window, each with its own window.
///
/// Without tickets, every freeze applies, as for a ticket without scope. If there are several
/// tickets, a freeze applies if it concerns any of them.
pub(crate) fn overlapping_freezes<'a>(
    freezes: &'a [Freeze],
    activity: Activity,
    window: Window,
    tickets: &[&Ticket],
) -> Vec<(&'a Freeze, Window)> {
    freezes
        .iter()
        .filter(|freeze| applies_to_any(freeze, activity, tickets))
        .filter_map(|freeze| Some((freeze, overlap(&freeze.time, window)?)))
        .collect()
}

/// The first freeze that begins at an instant or later and forbids an activity for these tickets,
/// with its window.
pub(crate) fn next_freeze<'a>(
    freezes: &'a [Freeze],
    activity: Activity,
    after: Timestamp,
    tickets: &[&Ticket],
) -> Option<(&'a Freeze, Window)> {
    let applies = |freeze: &&Freeze| applies_to_any(freeze, activity, tickets);
    let freezes = freezes.iter().filter(applies);
    let windows = freezes.filter_map(|freeze| Some((freeze, next_window(&freeze.time, after)?)));
    windows.min_by_key(|(_, window)| window.start)
}

/// The first window of a freeze that begins at an instant or later.
fn next_window(time: &FrozenTime, after: Timestamp) -> Option<Window> {
    match time {
        FrozenTime::Once { start, end } => (*start >= after).then_some(Window {
            start: *start,
            end: *end,
        }),
        FrozenTime::Weekly { .. } => {
            let within_a_week = |start: Timestamp| {
                let end = start.checked_add(192.hours()).ok()?;
                overlap(time, Window { start, end })
            };
            let frozen = within_a_week(after)?;
            if frozen.start >= after {
                return Some(frozen);
            }
            within_a_week(frozen.end).filter(|frozen| frozen.start >= after)
        }
    }
}

fn applies_to_any(freeze: &Freeze, activity: Activity, tickets: &[&Ticket]) -> bool {
    freeze.covers.contains(&activity)
        && (tickets.is_empty() || tickets.iter().any(|ticket| applies_to(freeze, ticket)))
}

/// Names in the form in which they are compared: without letter case and surrounding white space.
#[must_use]
pub(crate) fn names(texts: &[impl AsRef<str>]) -> Vec<String> {
    texts
        .iter()
        .map(|text| text.as_ref().trim().to_lowercase())
        .collect()
}

/// Whether two scopes have a name in common; an empty scope means everything.
#[must_use]
pub(crate) fn scopes_overlap<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|name| other.contains(name))
}

fn applies_to(freeze: &Freeze, ticket: &Ticket) -> bool {
    !freeze.allow.contains(&ticket.kind)
        && !is_overridden(ticket)
        && scopes_overlap(&names(&freeze.services), &names(&ticket.services))
        && scopes_overlap(&names(&freeze.environments), &names(&ticket.environments))
}

/// Whether a ticket records who allowed the change in spite of a freeze, and why.
fn is_overridden(ticket: &Ticket) -> bool {
    let recorded = ticket
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.freeze_override.as_ref());
    recorded.is_some_and(|recorded| {
        [&recorded.reason, &recorded.by].into_iter().all(|text| {
            text.as_ref()
                .is_some_and(|text| text.text.contains(char::is_alphanumeric))
        })
    })
}

/// The window of a freeze that overlaps a window: the first such window if the freeze is weekly.
fn overlap(time: &FrozenTime, window: Window) -> Option<Window> {
    match time {
        FrozenTime::Once { start, end } => Some(Window {
            start: *start,
            end: *end,
        })
        .filter(|frozen| frozen.overlaps(window)),
        FrozenTime::Weekly { from, to, zone } => {
            let day = zone.to_datetime(window.start).date();
            let begun = day
                .checked_sub(days_since(day.weekday(), from.day).days())
                .ok()?;
            // The freeze that began a week earlier may not be over yet, and the next one begins
            // within a week.
            [-1, 0, 1]
                .into_iter()
                .filter_map(|weeks| week(begun.checked_add(weeks.weeks()).ok()?, *from, *to, zone))
                .find(|frozen| frozen.overlaps(window))
        }
    }
}

/// The window of a weekly freeze that begins on a day.
fn week(day: Date, from: WeekTime, to: WeekTime, zone: &TimeZone) -> Option<Window> {
    let days = match days_since(to.day, from.day) {
        0 if to.time <= from.time => 7,
        days => days,
    };
    let instant = |day: Date, time| {
        zone.to_ambiguous_timestamp(day.to_datetime(time))
            .compatible()
            .ok()
    };
    Some(Window {
        start: instant(day, from.time)?,
        end: instant(day.checked_add(days.days()).ok()?, to.time)?,
    })
}

fn days_since(day: Weekday, earlier: Weekday) -> i64 {
    i64::from(day.since(earlier))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    const BERLIN: &str =
        "weekly = { from = \"Fri 14:00\", to = \"Mon 07:00\", zone = \"Europe/Berlin\" }";
    const YEAR_END: &str = "start = 2026-12-18T18:00:00+01:00\nend = 2027-01-04T08:00:00+01:00";

    fn freezes(text: &str) -> Vec<Freeze> {
        Config::parse(Source::new(
            "tollgate.toml",
            format!("[[freeze]]\nname = \"x\"\n{text}"),
        ))
        .unwrap()
        .freezes
    }

    fn window(start: &str, end: &str) -> Window {
        Window {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        }
    }

    /// The window of the freeze that overlaps a window.
    fn met(freeze: &str, start: &str, end: &str) -> Option<String> {
        let freezes = freezes(freeze);
        let met = overlapping_freezes(&freezes, Activity::Deploy, window(start, end), &[]);
        met.first()
            .map(|(_, frozen)| format!("{} {}", frozen.start, frozen.end))
    }

    /// Whether a freeze at the end of the year keeps a ticket from being deployed.
    fn keeps(freeze: &str, ticket: &str) -> bool {
        let ticket = ParsedTicket::parse(&Source::new("a.toml", ticket))
            .unwrap()
            .ticket;
        let now = Window::at("2026-12-24T12:00:00Z".parse().unwrap());
        !overlapping_freezes(
            &freezes(&format!("{YEAR_END}\n{freeze}")),
            Activity::Deploy,
            now,
            &[&ticket],
        )
        .is_empty()
    }

    /// The start of the first freeze after an instant.
    fn next(freeze: &str, after: &str) -> Option<String> {
        let freezes = freezes(freeze);
        let after = after.parse().unwrap();
        let next = next_freeze(&freezes, Activity::Deploy, after, &[]);
        next.map(|(_, window)| window.start.to_string())
    }

    #[test]
    fn next_freeze_begins_at_the_instant_or_later() {
        let start = Some("2026-12-18T17:00:00Z".to_owned());
        assert_eq!(next(YEAR_END, "2026-12-18T17:00:00Z"), start);
        assert_eq!(next(YEAR_END, "2026-12-18T17:00:01Z"), None);
    }

    #[test]
    fn next_weekly_freeze_is_not_the_one_in_progress() {
        let friday = Some("2026-11-20T13:00:00Z".to_owned());
        assert_eq!(next(BERLIN, "2026-11-17T12:00:00Z"), friday);
        let week_later = Some("2026-11-27T13:00:00Z".to_owned());
        assert_eq!(next(BERLIN, "2026-11-20T13:00:01Z"), week_later);
        assert_eq!(next(BERLIN, "2026-11-23T06:00:00Z"), week_later);
    }

    #[test]
    fn windows_are_half_open() {
        assert_eq!(
            met(YEAR_END, "2026-12-18T16:00:00Z", "2026-12-18T17:00:00Z"),
            None
        );
        assert!(met(YEAR_END, "2026-12-18T16:00:00Z", "2026-12-18T17:00:01Z").is_some());
        assert!(met(YEAR_END, "2027-01-04T06:59:59Z", "2027-01-04T09:00:00Z").is_some());
        assert_eq!(
            met(YEAR_END, "2027-01-04T07:00:00Z", "2027-01-04T09:00:00Z"),
            None
        );
    }

    #[test]
    fn a_point_in_time_is_met_from_the_start_on_and_not_at_the_end() {
        assert!(met(YEAR_END, "2026-12-18T17:00:00Z", "2026-12-18T17:00:00Z").is_some());
        assert_eq!(
            met(YEAR_END, "2027-01-04T07:00:00Z", "2027-01-04T07:00:00Z"),
            None
        );
    }

    #[test]
    fn a_weekly_rule_follows_the_clock_of_its_zone() {
        let friday = Some("2026-11-20T13:00:00Z 2026-11-23T06:00:00Z".to_owned());
        assert_eq!(
            met(BERLIN, "2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"),
            None
        );
        assert_eq!(
            met(BERLIN, "2026-11-20T12:00:00Z", "2026-11-20T13:00:01Z"),
            friday
        );
        assert_eq!(
            met(BERLIN, "2026-11-23T05:59:59Z", "2026-11-23T06:30:00Z"),
            friday
        );
        assert_eq!(
            met(BERLIN, "2026-11-23T06:00:00Z", "2026-11-23T12:00:00Z"),
            None
        );
        // In summer the same clock is an hour earlier in UTC.
        assert_eq!(
            met(BERLIN, "2026-07-03T12:00:00Z", "2026-07-03T12:00:00Z").unwrap(),
            "2026-07-03T12:00:00Z 2026-07-06T05:00:00Z"
        );
    }

    #[test]
    fn a_window_of_a_week_or_more_meets_every_weekly_rule() {
        assert!(met(BERLIN, "2026-11-23T06:00:00Z", "2026-11-30T06:00:00Z").is_some());
        assert!(met(BERLIN, "2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z").is_some());
    }

    #[test]
    fn dst_gaps_and_overlaps_are_resolved() {
        let night =
            "weekly = { from = \"Sun 02:30\", to = \"Sun 04:00\", zone = \"Europe/Berlin\" }";
        // On 29 March 2026 the clock goes from 02:00 to 03:00, on 25 October it shows 02:30 twice.
        assert_eq!(
            met(night, "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z").unwrap(),
            "2026-03-29T01:30:00Z 2026-03-29T02:00:00Z"
        );
        assert_eq!(
            met(night, "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z").unwrap(),
            "2026-10-25T00:30:00Z 2026-10-25T03:00:00Z"
        );
    }

    #[test]
    fn a_rule_may_last_nearly_a_week() {
        let rule = "weekly = { from = \"Mon 08:00\", to = \"Mon 07:00\", zone = \"UTC\" }";
        assert!(met(rule, "2026-11-23T06:30:00Z", "2026-11-23T06:30:00Z").is_some());
        assert_eq!(
            met(rule, "2026-11-23T07:30:00Z", "2026-11-23T07:30:00Z"),
            None
        );
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        assert_eq!(
            met(BERLIN, "-009999-01-02T01:59:59Z", "-009999-01-02T01:59:59Z"),
            None
        );
        let _ = met(BERLIN, "9999-12-30T22:00:00Z", "9999-12-30T22:00:00Z");
    }

    #[test]
    fn freeze_applies_to_its_scopes_and_unknown_ones() {
        assert!(!keeps(
            "services = [\"billing\"]",
            "services = [\"search\"]"
        ));
        assert!(keeps(
            "services = [\"billing\"]",
            "services = [\"search\", \"Billing\"]"
        ));
        assert!(keeps("services = [\"billing\"]", ""));
        assert!(!keeps(
            "services = [\"billing\"]\nenvironments = [\"production\"]",
            "environments = [\"test\"]"
        ));
    }

    #[test]
    fn kinds_that_are_allowed_and_recorded_overrides_pass() {
        assert!(!keeps("allow = [\"emergency\"]", "kind = \"emergency\""));
        assert!(keeps("allow = [\"emergency\"]", ""));
        assert!(!keeps(
            "",
            "schedule.freeze_override = { reason = \"the law asks for it\", by = \"bo\" }"
        ));
        assert!(keeps(
            "",
            "schedule.freeze_override = { reason = \"the law asks for it\" }"
        ));
    }

    #[test]
    fn freeze_covers_its_activities() {
        assert!(!keeps("covers = [\"merge\"]", ""));
        let merge = freezes(&format!("{YEAR_END}\ncovers = [\"merge\"]"));
        let now = Window::at("2026-12-24T12:00:00Z".parse().unwrap());
        assert_eq!(
            overlapping_freezes(&merge, Activity::Merge, now, &[]).len(),
            1
        );
    }
}
