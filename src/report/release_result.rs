//! The result of a release, for its announcement: what the tickets record after it.

use jiff::Timestamp;
use serde::Serialize;

use super::clock::{Clock, duration, seconds_in_words};
use super::counted;
use super::facts::ReportedTicket;
use super::markdown::{Item, Markdown, code};
use super::missing::{Missing, write_missing};
use super::steps::text;
use crate::changelog::escape;
use crate::source::join_and;
use crate::ticket::{Ending, Outcome};

/// How a release went.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReleaseResult {
    /// When the first change started; null unless every change says when it did.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    started_at: Option<Timestamp>,
    /// When the last change was deployed; null unless every change says when it was.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    deployed_at: Option<Timestamp>,
    /// The number of seconds from the planned end to then, negative if it was earlier; null if one
    /// of them is not known.
    seconds_after_planned_end: Option<i64>,
    /// The changes in the order in which they were carried out.
    pub(super) changes: Vec<ChangeResult>,
    /// The outcomes that are not recorded, for the author.
    missing: Vec<Missing>,
}

/// How one change went.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ChangeResult {
    ticket: String,
    pub(super) title: String,
    /// Null if it is not recorded.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    result: Option<&'static str>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    deployed_at: Option<Timestamp>,
    downtime_seconds: Option<u64>,
    /// Whether the promised improvement was achieved.
    measured: Option<String>,
    /// The step before which the change waits for a decision; null if it does not.
    held: Option<HeldStep>,
    /// The notes of a change that had issues or was rolled back, without those about steps.
    notes: Vec<String>,
}

/// A step that waits for the decision to go on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HeldStep {
    /// The number of the step, from 1.
    step: usize,
    /// When the step before it was reported as completed.
    #[cfg_attr(test, schemars(with = "String"))]
    since: Timestamp,
}

impl HeldStep {
    /// The first step that is not reported as completed, if it waits for a decision and the step
    /// before it is.
    fn of(ticket: &ReportedTicket) -> Option<Self> {
        let outcome = ticket.latest().outcome.as_ref();
        if outcome.is_some_and(|it| it.result.is_some() || it.deployed_at.is_some()) {
            return None;
        }
        let steps = &ticket.plan().deployment.steps;
        let next = (1..=steps.len()).find(|step| ticket.completed_at(*step).is_none())?;
        let since = ticket.completed_at(next.checked_sub(1)?)?;
        let is_last_report = (next..=steps.len()).all(|step| ticket.completed_at(step).is_none());
        (steps[next - 1].hold && is_last_report).then_some(Self { step: next, since })
    }
}

impl ReleaseResult {
    /// The result, from the tickets at HEAD in the order in which they were carried out.
    pub(super) fn of(tickets: &[&ReportedTicket], planned_end: Option<Timestamp>) -> Self {
        let outcomes = || {
            tickets
                .iter()
                .map(|ticket| ticket.latest().outcome.as_deref())
        };
        let all = |time: fn(&Outcome) -> Option<Timestamp>| {
            let times = outcomes().map(|outcome| outcome.and_then(time));
            times.collect::<Option<Vec<_>>>()
        };
        let started = all(|outcome| Some(outcome.started_at?.timestamp));
        let deployed = all(|outcome| Some(outcome.deployed_at?.timestamp));
        let deployed_at = deployed.and_then(|times| times.into_iter().max());
        Self {
            started_at: started.and_then(|times| times.into_iter().min()),
            deployed_at,
            seconds_after_planned_end: deployed_at
                .zip(planned_end)
                .map(|(deployed, end)| deployed.duration_since(end).as_secs()),
            changes: tickets
                .iter()
                .map(|ticket| ChangeResult::of(ticket))
                .collect(),
            missing: tickets
                .iter()
                .filter_map(|ticket| missing(ticket))
                .collect(),
        }
    }

    /// `shop 4.13.0 is released`, as far as the outcomes show it.
    pub(super) fn subject(&self, name: &str) -> String {
        let all = self.changes.len();
        let unknown = self.with(None).count();
        let back = self.with(Some(Ending::RolledBack)).count();
        let failed = self.with(Some(Ending::Failed)).count();
        let changes = |count: usize| format!("{} of {}", count, counted(all, "change"));
        let mut parts = Vec::new();
        if all == 0 {
            return format!("{name} has no ticket that records a result");
        }
        if back > 0 && back == all {
            return format!("All changes of {name} were rolled back");
        }
        if back > 0 {
            parts.push(format!("{} rolled back", changes(back)));
        }
        if failed > 0 {
            parts.push(format!("{} failed", changes(failed)));
        }
        if unknown > 0 {
            parts.push(format!(
                "the result of {} is not recorded",
                changes(unknown)
            ));
        }
        match parts.is_empty() {
            true => format!("{name} is released"),
            false => format!("{name}: {}", join_and(&parts)),
        }
    }

    fn with(&self, result: Option<Ending>) -> impl Iterator<Item = &ChangeResult> {
        let result = result.map(Ending::as_str);
        self.changes
            .iter()
            .filter(move |change| change.result == result)
    }

    /// The messages about what happened, each after its event.
    pub(super) fn messages(&self, name: &str, clock: &Clock) -> Vec<(&'static str, String)> {
        let mut messages = Vec::new();
        if let Some(at) = self.started_at {
            let at = clock.day_and_time(at);
            let text = format!("The release of {name} began on {at} ({}).", clock.zone());
            messages.push(("begun", text));
        }
        for change in &self.changes {
            let Some(held) = &change.held else {
                continue;
            };
            let since = clock.day_and_time(held.since);
            let (before, step) = (held.step - 1, held.step);
            let text = format!(
                "The release of {name} is on hold: step {before} of {} was completed on {since} \
                 ({}), and step {step} waits for the decision to go on.",
                change.title,
                clock.zone()
            );
            messages.push(("held", text));
        }
        let back: Vec<String> = self
            .with(Some(Ending::RolledBack))
            .map(|change| change.title.clone())
            .collect();
        if !back.is_empty() {
            let verb = if back.len() == 1 { "was" } else { "were" };
            messages.push((
                "rolled-back",
                format!("{name}: {} {verb} rolled back.", join_and(&back)),
            ));
        }
        let is_done = |change: &ChangeResult| {
            let done = [Ending::Successful, Ending::WithIssues].map(Ending::as_str);
            change.result.is_some_and(|result| done.contains(&result))
        };
        if !self.changes.is_empty() && self.changes.iter().all(is_done) {
            messages.push(("done", format!("{name} is released.{}", self.finish(clock))));
        }
        messages
    }

    /// ` All changes were deployed by 10:38, 8 minutes after the planned end.`, or nothing.
    fn finish(&self, clock: &Clock) -> String {
        let Some(at) = self.deployed_at else {
            return String::new();
        };
        let at = format!("{} ({})", clock.day_and_time(at), clock.zone());
        let compared = match self.seconds_after_planned_end {
            Some(seconds) if seconds > 0 => {
                format!(", {} after the planned end", in_words(seconds))
            }
            Some(seconds) if seconds < 0 => {
                format!(", {} before the planned end", in_words(seconds))
            }
            _ => String::new(),
        };
        format!(" All changes were deployed by {at}{compared}.")
    }

    pub(super) fn write(&self, name: &str, clock: &Clock, out: &mut Markdown) {
        let mut subject = escape(&self.subject(name));
        subject = format!("**{subject}.**");
        if let Some(at) = self.started_at {
            let at = clock.day_and_time(at);
            subject += &format!(" It began on {at} ({}).", clock.zone());
        }
        subject += &self.finish(clock);
        out.paragraph(&subject);
        let row = |change: &ChangeResult| {
            let unknown = || "*not recorded*".to_owned();
            vec![
                escape(&change.title),
                change.result.map_or_else(unknown, str::to_owned),
                change
                    .deployed_at
                    .map_or_else(unknown, |at| clock.day_and_time(at)),
                change
                    .downtime_seconds
                    .map_or_else(unknown, seconds_in_words),
                change.measured.as_deref().map_or_else(unknown, escape),
            ]
        };
        let rows: Vec<Vec<String>> = self.changes.iter().map(row).collect();
        let header = ["Change", "Result", "Deployed", "Downtime", "Measured"];
        out.table(&header, &rows);
        if !rows.is_empty() {
            out.paragraph(&format!("All times are in {}.", clock.zone()));
        }
        let noted: Vec<&ChangeResult> = self
            .changes
            .iter()
            .filter(|change| !change.notes.is_empty())
            .collect();
        if !noted.is_empty() {
            out.heading(2, "Issues");
            out.list(noted.iter().map(|change| {
                let notes = change.notes.iter().map(|note| escape(note));
                Item::new(format!(
                    "{} ({})",
                    escape(&change.title),
                    code(&change.ticket)
                ))
                .with(notes)
            }));
        }
    }

    /// Lists the outcomes that are not recorded.
    pub(super) fn write_missing(&self, out: &mut Markdown) {
        write_missing(&self.missing, out);
    }
}

/// A number of seconds in words, without its sign; minutes if there are any.
fn in_words(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let whole = if seconds < 60 {
        seconds
    } else {
        seconds / 60 * 60
    };
    duration(std::time::Duration::from_secs(whole))
}

impl ChangeResult {
    fn of(ticket: &ReportedTicket) -> Self {
        let latest = ticket.latest();
        let outcome = latest.outcome.as_deref();
        let result = outcome.and_then(|outcome| outcome.result);
        let has_issues = result.is_some_and(|result| result != Ending::Successful);
        let notes = latest
            .notes
            .iter()
            .filter(|note| has_issues && note.step.is_none());
        Self {
            ticket: ticket.id().to_owned(),
            title: ticket.plan().title.text.clone(),
            result: result.map(Ending::as_str),
            deployed_at: outcome.and_then(|it| Some(it.deployed_at?.timestamp)),
            downtime_seconds: outcome.and_then(|it| Some(it.downtime?.as_secs())),
            measured: outcome.and_then(|it| text(it.measured.as_ref())),
            held: HeldStep::of(ticket),
            notes: notes.filter_map(|note| text(note.text.as_ref())).collect(),
        }
    }

    /// `Raise the pool: successful; 0.1% of orders lost`.
    pub(super) fn line(&self) -> String {
        let result = self.result.unwrap_or("result not recorded");
        let measured = self.measured.as_ref().map(|text| format!("; {text}"));
        format!("{}: {result}{}", self.title, measured.unwrap_or_default())
    }
}

/// The outcomes that a ticket does not record.
fn missing(ticket: &ReportedTicket) -> Option<Missing> {
    let outcome = ticket.latest().outcome.as_deref();
    let plan = ticket.plan();
    let is_recorded = |has: fn(&Outcome) -> bool| outcome.is_some_and(has);
    Missing::of(
        ticket,
        [
            ("outcome.result", is_recorded(|it| it.result.is_some())),
            (
                "outcome.started_at",
                is_recorded(|it| it.started_at.is_some()),
            ),
            (
                "outcome.deployed_at",
                is_recorded(|it| it.deployed_at.is_some()),
            ),
            ("outcome.measured", is_recorded(|it| it.measured.is_some())),
            (
                "outcome.downtime",
                plan.risk.downtime.is_none() || is_recorded(|it| it.downtime.is_some()),
            ),
        ],
    )
}
