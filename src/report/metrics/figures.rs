//! Computes the figures of a period. What is not recorded is unknown, never zero.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::facts::{MeasuredCommit, MeasuredRelease, MeasuredTicket, Period};
use crate::calendar::Window;
use crate::report::clock::Clock;
use crate::ticket::{Ending, RiskLevel};

const DAY: u64 = 86_400;

/// The figures of a period.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Figures {
    /// The first and last instant of the period.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(in crate::report) start: Timestamp,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(in crate::report) end: Timestamp,
    /// The length of the period in days, rounded.
    pub(in crate::report) days: u64,
    /// The releases, oldest first.
    pub(in crate::report) releases: Vec<ReleaseFigures>,
    /// From writing a commit to its deployment.
    pub(in crate::report) lead_time: Spread,
    /// How many deployments are from `outcome.deployed_at`; the others are the times of tags.
    pub(in crate::report) deployments_from_tickets: usize,
    /// The releases that failed.
    pub(in crate::report) failed: Share,
    /// How long it took to recover from a failed release.
    pub(in crate::report) recovery: Vec<Recovery>,
    /// The failed releases whose recovery is not recorded.
    pub(in crate::report) recovery_unknown: Vec<String>,
    /// The releases with an emergency.
    pub(in crate::report) emergencies: Share,
    /// From adding a ticket to its last approval, without emergencies.
    pub(in crate::report) approval_wait: Spread,
    /// The commits with a ticket.
    pub(in crate::report) with_ticket: Share,
    /// The deployment steps that are marked as automated, with the IDs of their tickets.
    pub(in crate::report) automated_steps: Share,
    /// The tickets whose rollback was rehearsed.
    pub(in crate::report) rehearsed: Share,
    /// Those of medium risk or higher.
    pub(in crate::report) rehearsed_risky: Share,
    /// The tickets that were deployed in their window.
    pub(in crate::report) windows_kept: Share,
    /// The tickets that were deployed outside their window.
    pub(in crate::report) windows_missed: Vec<MissedWindow>,
    /// The tickets with a window outside 08:00 to 18:00, on a weekend, or after Friday noon.
    pub(in crate::report) outside_hours: Share,
    /// The tickets that record what was measured.
    pub(in crate::report) measured: Share,
    /// The items and actions of release files that are done; null if there is no release file.
    pub(in crate::report) actions: Option<Share>,
    /// Those that are not done in time.
    pub(in crate::report) actions_overdue: usize,
    /// The tickets that commits cite and that are not in the commit.
    pub(in crate::report) missing_tickets: Vec<String>,
}

/// A number of things that are true, of all for which it is known.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Share {
    pub(in crate::report) count: usize,
    /// All for which it is known.
    pub(in crate::report) of: usize,
    /// Those for which it is not known.
    pub(in crate::report) unknown: usize,
    /// The IDs or versions of those that are counted.
    pub(in crate::report) ids: Vec<String>,
}

/// How durations are spread.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Spread {
    /// The number of values.
    pub(in crate::report) values: usize,
    /// The number of those that are not known.
    pub(in crate::report) unknown: usize,
    pub(in crate::report) median_seconds: Option<u64>,
    /// The smallest value that is not less than nine of ten.
    pub(in crate::report) p90_seconds: Option<u64>,
}

/// A release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct ReleaseFigures {
    pub(in crate::report) version: String,
    pub(in crate::report) tag: String,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(in crate::report) at: Timestamp,
    /// The number of commits that change the product.
    pub(in crate::report) commits: usize,
    /// How many of them have a ticket.
    pub(in crate::report) with_ticket: usize,
    pub(in crate::report) lead_time: Spread,
    /// The highest risk of the tickets; null if there is none.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(in crate::report) risk: Option<&'static str>,
    /// Whether a ticket is an emergency; null if there is no ticket.
    pub(in crate::report) emergency: Option<bool>,
    /// The worst result of the tickets, or `failed` if another ticket names one of them as its cause;
    /// null if no ticket says.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(in crate::report) result: Option<&'static str>,
    /// The tickets.
    pub(in crate::report) tickets: Vec<String>,
}

/// How long it took to recover from a failed release.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct Recovery {
    pub(in crate::report) version: String,
    pub(in crate::report) seconds: u64,
}

/// A ticket that was deployed outside its window.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::report) struct MissedWindow {
    pub(in crate::report) ticket: String,
    /// How long before the window, or after it.
    pub(in crate::report) seconds: u64,
    pub(in crate::report) is_late: bool,
}

/// Tickets by ID, and which tickets name one as their cause.
pub(in crate::report) struct Tickets<'a> {
    by_id: BTreeMap<&'a str, &'a MeasuredTicket>,
    caused: BTreeMap<&'a str, Vec<&'a MeasuredTicket>>,
}

impl<'a> Tickets<'a> {
    pub(in crate::report) fn new(tickets: &'a [MeasuredTicket]) -> Self {
        let mut caused: BTreeMap<&str, Vec<&MeasuredTicket>> = BTreeMap::new();
        for ticket in tickets {
            if let Some(cause) = ticket.caused_by.as_deref() {
                caused.entry(cause).or_default().push(ticket);
            }
        }
        Self {
            by_id: tickets.iter().map(|it| (it.id.as_str(), it)).collect(),
            caused,
        }
    }

    /// The tickets of these commits, each once, by ID.
    fn of<'c>(&self, commits: impl Iterator<Item = &'c MeasuredCommit>) -> Vec<&'a MeasuredTicket> {
        let ids: BTreeSet<&String> = commits.flat_map(|commit| &commit.tickets).collect();
        ids.into_iter()
            .filter_map(|id| self.by_id.get(id.as_str()).copied())
            .collect()
    }

    /// The other tickets that name this one as their cause.
    fn caused_by(&self, ticket: &MeasuredTicket) -> impl Iterator<Item = &'a MeasuredTicket> {
        let caused = self.caused.get(ticket.id.as_str()).into_iter().flatten();
        let id = ticket.id.clone();
        caused.copied().filter(move |other| other.id != id)
    }

    fn has_failed(&self, ticket: &MeasuredTicket) -> bool {
        matches!(ticket.result, Some(Ending::RolledBack | Ending::Failed))
            || self.caused_by(ticket).next().is_some()
    }

    /// When a commit was deployed, and whether a ticket says so: the last `deployed_at` of its
    /// tickets that is not before the commit, or else the time of the tag.
    pub(in crate::report) fn deployment(
        &self,
        commit: &MeasuredCommit,
        release: &MeasuredRelease,
    ) -> Option<(SignedDuration, bool)> {
        let written = commit.at?;
        let tickets = commit.tickets.iter();
        let by_ticket = tickets
            .filter_map(|id| self.by_id.get(id.as_str())?.deployed_at)
            .filter(|at| *at >= written)
            .max();
        let at = by_ticket.unwrap_or(release.at);
        (at >= written).then(|| (at.duration_since(written), by_ticket.is_some()))
    }
}

impl Share {
    /// Counts those for which something is true; `None`: it is not known.
    fn of(items: impl IntoIterator<Item = (String, Option<bool>)>) -> Self {
        let mut share = Self::default();
        for (id, is_true) in items {
            match is_true {
                None => share.unknown += 1,
                Some(is_true) => {
                    share.of += 1;
                    if is_true {
                        share.count += 1;
                        share.ids.push(id);
                    }
                }
            }
        }
        share
    }
}

impl Spread {
    pub(in crate::report) fn of(
        durations: impl IntoIterator<Item = Option<SignedDuration>>,
    ) -> Self {
        let (mut values, mut unknown) = (Vec::new(), 0);
        for duration in durations {
            match duration.map(|duration| duration.unsigned_abs()) {
                Some(duration) => values.push(duration.as_secs()),
                None => unknown += 1,
            }
        }
        values.sort_unstable();
        let count = values.len();
        let lower = values.get(count.saturating_sub(1) / 2);
        let upper = values.get(count / 2);
        Self {
            values: count,
            unknown,
            median_seconds: lower
                .zip(upper)
                .map(|(lower, upper)| lower.midpoint(*upper)),
            // The nearest rank.
            p90_seconds: values
                .get((count * 9).div_ceil(10).saturating_sub(1))
                .copied(),
        }
    }
}

impl Figures {
    pub(in crate::report) fn new(period: &Period, tickets: &Tickets<'_>, clock: &Clock) -> Self {
        let releases = &period.releases;
        let commits = || releases.iter().flat_map(|release| &release.commits);
        let planned = tickets.of(commits());
        let id = |ticket: &MeasuredTicket| ticket.id.clone();
        let lead = lead_times(releases.iter(), tickets);
        let (recovery, recovery_unknown) = recoveries(releases, tickets);
        let rehearsed = |ticket: &&MeasuredTicket| (id(ticket), Some(ticket.is_rehearsed));
        let (windows_kept, windows_missed) = windows(&planned);
        let actions: Vec<_> = releases
            .iter()
            .filter_map(|it| it.actions.as_ref())
            .collect();
        let waiting = planned.iter().filter(|ticket| !ticket.is_emergency);
        Self {
            start: period.start,
            end: period.end,
            days: (length(period.start, period.end).as_secs() + DAY / 2) / DAY,
            releases: releases
                .iter()
                .map(|it| ReleaseFigures::of(it, tickets))
                .collect(),
            deployments_from_tickets: lead.iter().flatten().filter(|(_, stated)| *stated).count(),
            lead_time: Spread::of(lead.iter().map(|lead| lead.map(|(duration, _)| duration))),
            failed: Share::of(releases.iter().map(|release| {
                let of_release = tickets.of(release.commits.iter());
                let has_failed = of_release.iter().any(|ticket| tickets.has_failed(ticket));
                let is_known = has_failed || of_release.iter().any(|it| it.result.is_some());
                (release.version.clone(), is_known.then_some(has_failed))
            })),
            recovery,
            recovery_unknown,
            emergencies: Share::of(releases.iter().map(|release| {
                let of_release = tickets.of(release.commits.iter());
                let is_emergency = of_release.iter().any(|ticket| ticket.is_emergency);
                (
                    release.version.clone(),
                    (!of_release.is_empty()).then_some(is_emergency),
                )
            })),
            approval_wait: Spread::of(waiting.map(|ticket| {
                let (added, approved) = (ticket.added_at?, ticket.approved_at?);
                (approved >= added).then(|| approved.duration_since(added))
            })),
            with_ticket: Share::of(
                commits().map(|commit| (commit.id.clone(), Some(!commit.tickets.is_empty()))),
            ),
            automated_steps: automated_steps(&planned),
            rehearsed: Share::of(planned.iter().map(rehearsed)),
            rehearsed_risky: Share::of(
                planned
                    .iter()
                    .filter(|it| it.risk >= RiskLevel::Medium)
                    .map(rehearsed),
            ),
            windows_kept,
            windows_missed,
            outside_hours: Share::of(planned.iter().filter_map(|ticket| {
                Some((id(ticket), Some(is_outside_hours(ticket.window?, clock))))
            })),
            measured: Share::of(planned.iter().map(|it| (id(it), Some(it.is_measured)))),
            actions_overdue: actions
                .iter()
                .flat_map(|it| it.iter())
                .filter(|it| it.is_overdue)
                .count(),
            actions: (!actions.is_empty()).then(|| {
                let all = actions.iter().flat_map(|actions| actions.iter());
                Share::of(all.map(|action| (String::new(), Some(action.is_done)))).without_ids()
            }),
            missing_tickets: missing(commits(), tickets),
        }
    }

    /// The number of commits that change the product.
    pub(in crate::report) const fn commits(&self) -> usize {
        self.with_ticket.of
    }
}

impl Share {
    fn without_ids(mut self) -> Self {
        self.ids.clear();
        self
    }
}

/// How long each commit took, and whether a ticket says when it was deployed; `None`: not known.
fn lead_times<'r>(
    releases: impl Iterator<Item = &'r MeasuredRelease>,
    tickets: &Tickets<'_>,
) -> Vec<Option<(SignedDuration, bool)>> {
    releases
        .flat_map(|release| {
            let commits = release.commits.iter();
            commits.map(move |commit| tickets.deployment(commit, release))
        })
        .collect()
}

/// The tickets that commits cite and that are not known, by ID.
fn missing<'c>(
    commits: impl Iterator<Item = &'c MeasuredCommit>,
    tickets: &Tickets<'_>,
) -> Vec<String> {
    let ids: BTreeSet<&String> = commits.flat_map(|commit| &commit.tickets).collect();
    ids.into_iter()
        .filter(|id| !tickets.by_id.contains_key(id.as_str()))
        .cloned()
        .collect()
}

/// How long it took to recover from each failed release: from the deployment to the end of the
/// rollback, or to the deployment of a ticket that names it as its cause, whichever was first.
fn recoveries(releases: &[MeasuredRelease], tickets: &Tickets<'_>) -> (Vec<Recovery>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for release in releases {
        let of_release = tickets.of(release.commits.iter());
        let failed: Vec<_> = of_release
            .iter()
            .filter(|it| tickets.has_failed(it))
            .collect();
        if failed.is_empty() {
            continue;
        }
        let recovery = |ticket: &MeasuredTicket| {
            let deployed = ticket.deployed_at?;
            let is_undone = ticket.result == Some(Ending::RolledBack);
            let undone = ticket.ended_at.filter(|_| is_undone);
            let fixed = tickets.caused_by(ticket).filter_map(|fix| fix.deployed_at);
            let ends = undone
                .into_iter()
                .chain(fixed)
                .filter(|end| *end >= deployed);
            Some(length(deployed, ends.min()?).as_secs())
        };
        let durations: Option<Vec<u64>> = failed.iter().map(|ticket| recovery(ticket)).collect();
        // The release has recovered when the last of its failed tickets has.
        match durations.and_then(|durations| durations.into_iter().max()) {
            Some(seconds) => known.push(Recovery {
                version: release.version.clone(),
                seconds,
            }),
            None => unknown.push(release.version.clone()),
        }
    }
    (known, unknown)
}

fn automated_steps(tickets: &[&MeasuredTicket]) -> Share {
    Share {
        count: tickets.iter().map(|ticket| ticket.automated_steps).sum(),
        of: tickets.iter().map(|ticket| ticket.steps).sum(),
        unknown: 0,
        ids: tickets
            .iter()
            .filter(|ticket| ticket.automated_steps > 0)
            .map(|ticket| ticket.id.clone())
            .collect(),
    }
}

/// The tickets with a window that were deployed in it, and the others.
fn windows(tickets: &[&MeasuredTicket]) -> (Share, Vec<MissedWindow>) {
    let mut missed = Vec::new();
    let kept = tickets.iter().filter_map(|ticket| {
        let window = ticket.window?;
        let is_kept = ticket.deployed_at.map(|at| {
            let (is_early, is_late) = (at < window.start, at > window.end);
            if is_early || is_late {
                let seconds = if is_late {
                    length(window.end, at)
                } else {
                    length(at, window.start)
                };
                missed.push(MissedWindow {
                    ticket: ticket.id.clone(),
                    seconds: seconds.as_secs(),
                    is_late,
                });
            }
            !is_early && !is_late
        });
        Some((ticket.id.clone(), is_kept))
    });
    let kept = Share::of(kept.collect::<Vec<_>>());
    (kept, missed)
}

/// Whether a window starts before 08:00, ends after 18:00, or is on a weekend or after Friday noon.
fn is_outside_hours(window: Window, clock: &Clock) -> bool {
    let (start, end) = (clock.local(window.start), clock.local(window.end));
    let is_weekend = |day: Weekday| matches!(day, Weekday::Saturday | Weekday::Sunday);
    let minutes = |at: &jiff::Zoned| {
        u32::from(at.hour().unsigned_abs()) * 60 + u32::from(at.minute().unsigned_abs())
    };
    is_weekend(start.weekday())
        || start.date() != end.date()
        || minutes(&start) < 8 * 60
        || minutes(&end) > 18 * 60
        || start.weekday() == Weekday::Friday && minutes(&end) > 12 * 60
}

fn length(start: Timestamp, end: Timestamp) -> Duration {
    end.duration_since(start).unsigned_abs()
}

impl ReleaseFigures {
    fn of(release: &MeasuredRelease, tickets: &Tickets<'_>) -> Self {
        let of_release = tickets.of(release.commits.iter());
        let lead = lead_times(std::iter::once(release), tickets);
        let is_caused = of_release
            .iter()
            .any(|it| tickets.caused_by(it).next().is_some());
        let worst = of_release.iter().filter_map(|it| it.result).max();
        let result = match worst {
            Some(Ending::RolledBack) => Some(Ending::RolledBack),
            _ if is_caused => Some(Ending::Failed),
            other => other,
        };
        let with_ticket = release.commits.iter().filter(|it| !it.tickets.is_empty());
        Self {
            version: release.version.clone(),
            tag: release.tag.clone(),
            at: release.at,
            commits: release.commits.len(),
            with_ticket: with_ticket.count(),
            lead_time: Spread::of(lead.iter().map(|lead| lead.map(|(duration, _)| duration))),
            risk: of_release
                .iter()
                .map(|it| it.risk)
                .max()
                .map(RiskLevel::as_str),
            emergency: (!of_release.is_empty())
                .then(|| of_release.iter().any(|ticket| ticket.is_emergency)),
            result: result.map(Ending::as_str),
            tickets: of_release.iter().map(|ticket| ticket.id.clone()).collect(),
        }
    }
}
