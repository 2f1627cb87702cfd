//! A day or an instant, as JSON has it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::clock::{Clock, day};
use crate::release_file::{Done, Moment};

/// A day, or an instant in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum WireMoment {
    Day(#[cfg_attr(test, schemars(with = "String"))] Date),
    Time(#[cfg_attr(test, schemars(with = "String"))] Timestamp),
}

impl WireMoment {
    pub(super) const fn of(moment: Moment) -> Self {
        match moment {
            Moment::Day(day) => Self::Day(day),
            Moment::Time(at) => Self::Time(at.timestamp),
        }
    }

    pub(super) fn of_done(done: Done) -> Option<Self> {
        match done {
            Done::No | Done::Yes => None,
            Done::At(moment) => Some(Self::of(moment)),
        }
    }

    /// `Fri 20 Nov 2026`, with the time if there is one.
    pub(super) fn describe(self, clock: &Clock) -> String {
        match self {
            Self::Day(date) => day(date),
            Self::Time(at) => clock.day_and_time(at),
        }
    }

    /// The number of days since the day is over; `None`: it is not over.
    pub(super) fn days_over(self, clock: &Clock) -> Option<i64> {
        let today = clock.date(clock.now);
        let (day, is_over) = match self {
            Self::Day(date) => (date, date < today),
            Self::Time(at) => (clock.date(at), at < clock.now),
        };
        is_over.then(|| i64::from(today.since(day).map_or(0, |span| span.get_days())))
    }
}

/// `3 days overdue`.
pub(super) fn overdue(days: i64) -> String {
    match days {
        0 => "overdue since today".to_owned(),
        1 => "1 day overdue".to_owned(),
        days => format!("{days} days overdue"),
    }
}
