//! What was planned, and what happened.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::RetrospectiveFacts;
use crate::calendar::Window;
use crate::changelog::escape;
use crate::report::clock::{Clock, duration};
use crate::report::counted_days;
use crate::report::facts::{MadeRelease, ReportedTicket};
use crate::report::markdown::code;
use crate::report::order::by_window;
use crate::report::wire_window::WireWindow;
use crate::source::join_and;
use crate::ticket::{Ending, State};

/// The maximum number of waits for an approval that are printed one by one.
const MAX_WAITS: usize = 6;

/// Something that was planned or happened.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct TimelineRow {
    /// What it is.
    pub(super) what: String,
    /// The ticket that it is about.
    pub(super) ticket: Option<String>,
    /// The planned window; an instant if both ends are the same.
    pub(super) planned: Option<WireWindow>,
    /// When it started or happened.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) started: Option<Timestamp>,
    /// When it ended, if it took time.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) ended: Option<Timestamp>,
    /// How both differ, or what else is known.
    pub(super) remark: Option<String>,
}

impl TimelineRow {
    fn at(what: &str, at: Option<Timestamp>) -> Self {
        Self {
            what: what.to_owned(),
            ticket: None,
            planned: None,
            started: at,
            ended: None,
            remark: None,
        }
    }

    /// The rows of a release, in the order in which they happened as planned.
    pub(super) fn all(facts: &RetrospectiveFacts) -> Vec<Self> {
        let mut rows = Vec::new();
        rows.extend(Self::opened(facts));
        rows.extend(Self::approved(facts));
        let made = facts.release.made();
        let mut carried_out: Vec<Self> = made.map(|made| Self::released(facts, made)).collect();
        carried_out.extend(by_window(&facts.release).into_iter().map(Self::of_ticket));
        if !facts.release.earlier.is_empty() {
            // The tickets of a release come after its tag; those without any time come last.
            carried_out.sort_by_key(|row| {
                let at = row.planned.map(|planned| planned.start).or(row.started);
                (at.is_none(), at)
            });
        }
        rows.extend(carried_out);
        rows.extend(Self::closed(facts));
        rows
    }

    fn opened(facts: &RetrospectiveFacts) -> Option<Self> {
        let (id, at) = facts.opened.iter().min_by_key(|(_, at)| **at)?;
        Some(Self {
            ticket: Some(id.clone()),
            ..Self::at("First ticket added", Some(*at))
        })
    }

    /// The first and the last approval, and how long tickets waited for theirs.
    fn approved(facts: &RetrospectiveFacts) -> Option<Self> {
        let tickets = &facts.release.tickets;
        let last = |ticket: &ReportedTicket| {
            let counting = ticket.counting_approvals();
            counting.filter_map(|approval| approval.at).max()
        };
        let times: Vec<Timestamp> = tickets.iter().filter_map(last).collect();
        let mut waited: Vec<u64> = tickets
            .iter()
            .filter_map(|ticket| {
                let (opened, approved) = (facts.opened.get(ticket.id())?, last(ticket)?);
                let waited = approved.duration_since(*opened).unsigned_abs();
                (approved >= *opened).then_some(waited.as_secs() / 3_600)
            })
            .collect();
        let (first, last) = (*times.iter().min()?, *times.iter().max()?);
        if waited.len() > MAX_WAITS {
            waited.sort_unstable();
        }
        let hours: Vec<String> = waited.iter().map(|hours| format!("{hours} h")).collect();
        let hours = match &hours[..] {
            [shortest, .., longest] if hours.len() > MAX_WAITS => {
                format!("{shortest} to {longest}")
            }
            hours => join_and(hours),
        };
        let remark = format!("waited {hours} after they were added");
        Some(Self {
            ended: (last != first).then_some(last),
            remark: (!waited.is_empty()).then_some(remark),
            ..Self::at("Tickets approved", Some(first))
        })
    }

    fn released(facts: &RetrospectiveFacts, made: MadeRelease<'_>) -> Self {
        let tag = made.tag;
        let planned = made
            .file
            .and_then(|file| Some(file.planned?.start.timestamp));
        let what = match facts.release.earlier.is_empty() {
            true => "Tag".to_owned(),
            false => format!("Tag {}", tag.name),
        };
        let remark = match (planned, tag.at) {
            (Some(planned), Some(at)) if planned == at => Some("on time".to_owned()),
            (Some(planned), Some(at)) => Some(format!(
                "{} {}",
                duration(at.duration_since(planned).unsigned_abs()),
                if at < planned { "early" } else { "late" }
            )),
            (_, None) => Some("the tag has no time".to_owned()),
            (None, Some(_)) => None,
        };
        Self {
            planned: planned.map(|at| WireWindow::of(Window::at(at))),
            remark,
            ..Self::at(&what, tag.at)
        }
    }

    fn of_ticket(ticket: &ReportedTicket) -> Self {
        let (started, ended) = ticket.deployed();
        let window = ticket.window();
        let against_window = match (window, ended) {
            (Some(window), Some(ended)) => Some(against(window, started, ended)),
            _ => None,
        };
        let outcome = ticket.latest().outcome.as_ref();
        let result = match outcome.and_then(|outcome| outcome.result) {
            Some(Ending::Successful) => None,
            Some(Ending::WithIssues) => Some("with issues".to_owned()),
            Some(Ending::RolledBack) => Some("rolled back".to_owned()),
            Some(Ending::Failed) => Some("failed".to_owned()),
            None => Some("no result is recorded".to_owned()),
        };
        let remarks: Vec<String> = against_window.into_iter().chain(result).collect();
        Self {
            what: ticket.plan().title.text.clone(),
            ticket: Some(ticket.id().to_owned()),
            planned: window.map(WireWindow::of),
            started: started.or(ended),
            ended: ended.filter(|_| started.is_some()),
            remark: (!remarks.is_empty()).then(|| remarks.join(", ")),
        }
    }

    fn closed(facts: &RetrospectiveFacts) -> Option<Self> {
        let tickets = &facts.release.tickets;
        let is_over = |ticket: &&ReportedTicket| {
            matches!(ticket.latest().state, State::Closed | State::Cancelled)
        };
        let closed = tickets.iter().filter(is_over).count();
        if tickets.is_empty() {
            return None;
        }
        let all = tickets.len();
        if closed < all {
            let row = Self::at("Tickets closed", None);
            let remark = Some(format!("{closed} of {all}"));
            return Some(Self { remark, ..row });
        }
        let last = tickets.iter().filter_map(ReportedTicket::ended_at).max();
        let first = facts.opened.values().min();
        let days = last.zip(first).map(|(last, first)| {
            let clock = &facts.release.clock;
            let days = clock.date(*first).until(clock.date(last));
            let days = days.map_or(0, |days| days.get_days());
            format!("{} after the first ticket", counted_days(days))
        });
        Some(Self {
            remark: days,
            ..Self::at("Last ticket finished; all are closed", last)
        })
    }

    /// The cells of a table: what, planned, was, and the remark.
    pub(super) fn cells(&self, clock: &Clock) -> Vec<String> {
        let what = escape(&self.what);
        let what = match &self.ticket {
            None => what,
            Some(id) => format!("{what} ({})", code(id)),
        };
        let planned = self.planned.map(|planned| {
            let window = planned.window();
            if window.start == window.end {
                clock.day_and_time(window.start)
            } else {
                format!("{}, {}", clock.day(window.start), clock.times(window))
            }
        });
        let was = match (self.started, self.ended) {
            (Some(start), Some(end)) => {
                let times = clock.times(Window { start, end });
                format!("{}, {times}", clock.day(start))
            }
            (Some(start), None) => clock.day_and_time(start),
            (None, _) => "not recorded".to_owned(),
        };
        let remark = self.remark.as_deref().map(escape);
        vec![
            what,
            planned.unwrap_or_default(),
            was,
            remark.unwrap_or_default(),
        ]
    }
}

/// How a deployment compares with its window.
fn against(window: Window, started: Option<Timestamp>, ended: Timestamp) -> String {
    let apart =
        |one: Timestamp, other: Timestamp| duration(one.duration_since(other).unsigned_abs());
    if ended > window.end {
        return format!("{} over", apart(ended, window.end));
    }
    match started.unwrap_or(ended) {
        started if started < window.start => {
            format!("started {} early", apart(window.start, started))
        }
        _ if ended == window.end => "in the window".to_owned(),
        _ => format!("{} before the end of the window", apart(window.end, ended)),
    }
}
