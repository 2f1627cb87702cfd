//! Prints times in one time zone, in the form in which people read them.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::calendar::Window;
use crate::document::format_duration;

/// The current time, and the zone in which a report prints times.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub(crate) now: Timestamp,
    zone: TimeZone,
}

impl Clock {
    /// Prints times in this zone.
    pub(crate) const fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// The name of the zone, such as `Europe/Berlin`.
    pub(crate) fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    fn is_utc(&self) -> bool {
        self.zone() == "UTC"
    }

    pub(super) fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// The day of an instant in the zone.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The first instant of a day in the zone; `None` if it is out of range.
    pub(crate) fn start_of(&self, day: Date) -> Option<Timestamp> {
        let start = day.to_zoned(self.zone.clone()).ok()?;
        Some(start.timestamp())
    }

    /// `Tue 24 Nov 2026`.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        day(self.date(at))
    }

    /// `Tue 24 Nov`, for days that are near.
    pub(super) fn short_day(&self, at: Timestamp) -> String {
        self.local(at).strftime("%a %-d %b").to_string()
    }

    /// `08:00`, in the zone.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M").to_string()
    }

    /// `Tue 24 Nov 2026, 08:00`, in the zone.
    pub(crate) fn day_and_time(&self, at: Timestamp) -> String {
        self.local(at).strftime("%a %-d %b %Y, %H:%M").to_string()
    }

    /// `08:00` if the instant is on this day, or else `Wed 25 Nov 2026, 08:00`.
    pub(crate) fn time_on(&self, day: Date, at: Timestamp) -> String {
        if self.date(at) == day {
            self.time(at)
        } else {
            self.day_and_time(at)
        }
    }

    /// `08:00–10:30`; the end has its day if that is another one.
    pub(crate) fn times(&self, window: Window) -> String {
        let end = self.time_on(self.date(window.start), window.end);
        format!("{}–{end}", self.time(window.start))
    }

    /// `Tue 24 Nov 2026, 08:00 Europe/Berlin (07:00 UTC)`.
    pub(crate) fn instant(&self, at: Timestamp) -> String {
        let text = format!("{} {}", self.day_and_time(at), self.zone());
        if self.is_utc() {
            return text;
        }
        let utc = Self::new(self.now, TimeZone::UTC);
        format!("{text} ({} UTC)", utc.time_on(self.date(at), at))
    }

    /// `Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin (07:00–09:30 UTC)`.
    pub(crate) fn window(&self, window: Window) -> String {
        let text = format!(
            "{}, {} {}",
            self.day(window.start),
            self.times(window),
            self.zone()
        );
        if self.is_utc() {
            return text;
        }
        let utc = Self::new(self.now, TimeZone::UTC);
        let times = utc.times(window);
        if utc.date(window.start) == self.date(window.start) {
            format!("{text} ({times} UTC)")
        } else {
            format!("{text} ({}, {times} UTC)", utc.day(window.start))
        }
    }
}

/// `Tue 24 Nov 2026`.
pub(crate) fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// A duration in words: `30 minutes`, `1 h 15 min`, `2 days`.
pub(crate) fn duration(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let plural = |count: u64, unit: &str| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{s}")
    };
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % DAY == 0 => plural(seconds / DAY, "day"),
        seconds if seconds > 0 && seconds % HOUR == 0 => plural(seconds / HOUR, "hour"),
        seconds if seconds > 0 && seconds < HOUR && seconds % MINUTE == 0 => {
            plural(seconds / MINUTE, "minute")
        }
        seconds if seconds < MINUTE => plural(seconds, "second"),
        _ => format_duration(duration)
            .replace('d', " d ")
            .replace('h', " h ")
            .replace('m', " min ")
            .replace('s', " s ")
            .trim_end()
            .to_owned(),
    }
}

/// The same of a number of seconds.
pub(crate) fn seconds_in_words(seconds: u64) -> String {
    duration(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::time_zone;

    fn berlin() -> Clock {
        Clock::new(Timestamp::UNIX_EPOCH, time_zone("Europe/Berlin").unwrap())
    }

    fn window(start: &str, end: &str) -> Window {
        Window {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        }
    }

    #[test]
    fn a_window_is_printed_in_the_zone_and_in_utc() {
        let morning = window("2026-11-24T07:00:00Z", "2026-11-24T09:30:00Z");
        assert_eq!(
            berlin().window(morning),
            "Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin (07:00–09:30 UTC)"
        );
    }

    #[test]
    fn a_day_that_differs_in_utc_is_printed() {
        let night = window("2026-11-24T23:30:00Z", "2026-11-25T00:30:00Z");
        assert_eq!(
            berlin().window(night),
            "Wed 25 Nov 2026, 00:30–01:30 Europe/Berlin (Tue 24 Nov 2026, 23:30–Wed 25 Nov 2026, 00:30 UTC)"
        );
    }

    #[test]
    fn instant_is_printed_in_the_zone_and_in_utc() {
        let at = |text: &str| berlin().instant(text.parse().unwrap());
        assert_eq!(
            at("2026-11-24T07:00:00Z"),
            "Tue 24 Nov 2026, 08:00 Europe/Berlin (07:00 UTC)"
        );
        assert_eq!(
            at("2026-11-24T23:30:00Z"),
            "Wed 25 Nov 2026, 00:30 Europe/Berlin (Tue 24 Nov 2026, 23:30 UTC)"
        );
    }

    #[test]
    fn utc_is_printed_once() {
        let utc = Clock::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        let morning = window("2026-11-24T07:00:00Z", "2026-11-24T09:30:00Z");
        assert_eq!(utc.window(morning), "Tue 24 Nov 2026, 07:00–09:30 UTC");
    }

    #[test]
    fn durations_are_in_words() {
        let words = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(words(60), "1 minute");
        assert_eq!(words(1800), "30 minutes");
        assert_eq!(words(5400), "1 h 30 min");
        assert_eq!(words(2 * 86_400), "2 days");
        assert_eq!(words(0), "0 seconds");
        assert_eq!(words(90), "1 min 30 s");
    }
}
