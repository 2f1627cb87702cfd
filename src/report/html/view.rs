//! What the sections of the page have in common: the releases with their figures, and the tickets by
//! ID.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{Span, Timestamp};

use super::facts::{PageFacts, PageTicket};
use super::plot::Mark;
use crate::calendar::{Window, overlapping_freezes};
use crate::config::{Activity, Freeze};
use crate::report::clock::Clock;
pub(super) use crate::report::counted;
use crate::report::metrics::{
    Figures, MeasuredCommit, MeasuredRelease, ReleaseFigures, Tickets, UnitReleases,
    seconds_rounded,
};

/// How many days ahead the page looks.
pub(super) const DAYS_AHEAD: i64 = 14;
const MAX_OCCURRENCES: usize = 30;

/// The facts, ready to be shown.
pub(super) struct View<'f> {
    pub(super) facts: &'f PageFacts,
    pub(super) clock: &'f Clock,
    /// Oldest first, of all packages.
    pub(super) releases: Vec<ShownRelease<'f>>,
    /// The repository, or each package.
    pub(super) units: Vec<ShownUnit<'f>>,
    /// What is planned until the horizon.
    pub(super) coming: Vec<Planned<'f>>,
    by_id: HashMap<&'f str, &'f PageTicket>,
    /// Where the commits of each ticket are.
    cited: HashMap<&'f str, Vec<Citation<'f>>>,
}

/// A release.
pub(super) struct ShownRelease<'f> {
    /// The version, with the package if there is one.
    pub(super) label: String,
    pub(super) package: Option<&'f str>,
    pub(super) measured: &'f MeasuredRelease,
    pub(super) figures: ReleaseFigures,
    /// How long each commit took to be deployed; `None`: unknown.
    pub(super) lead: Vec<Option<Duration>>,
}

/// The figures of the repository or a package; its releases are in [`View::releases`].
pub(super) struct ShownUnit<'f> {
    pub(super) package: Option<&'f str>,
    pub(super) figures: Figures,
    pub(super) unreleased: &'f [MeasuredCommit],
}

/// A ticket with a window that is not over.
pub(super) struct Planned<'f> {
    pub(super) ticket: &'f PageTicket,
    pub(super) window: Window,
}

/// A commit that cites a ticket.
#[derive(Clone)]
pub(super) struct Citation<'f> {
    pub(super) commit: &'f MeasuredCommit,
    /// The release; `None`: it is not released.
    pub(super) release: Option<String>,
}

impl<'f> View<'f> {
    pub(super) fn new(facts: &'f PageFacts) -> Self {
        let clock = &facts.metrics.clock;
        let tickets = Tickets::new(&facts.metrics.tickets);
        let (mut releases, mut units) = (Vec::new(), Vec::new());
        for unit in &facts.metrics.units {
            let mut figures = Figures::new(&unit.period, &tickets, clock);
            let of_releases = std::mem::take(&mut figures.releases);
            let measured = unit.period.releases.iter().zip(of_releases);
            releases.extend(measured.map(|(measured, figures)| ShownRelease {
                label: label_of(unit, &measured.version),
                package: unit.package.as_deref(),
                lead: lead(measured, &tickets),
                measured,
                figures,
            }));
            units.push(ShownUnit {
                package: unit.package.as_deref(),
                figures,
                unreleased: &unit.unreleased,
            });
        }
        releases.sort_by_key(|release| release.measured.at);
        let mut view = Self {
            facts,
            clock,
            releases,
            units,
            coming: Vec::new(),
            by_id: facts.tickets.iter().map(|it| (it.id(), it)).collect(),
            cited: HashMap::new(),
        };
        view.cited = view.citations();
        view.coming = view.planned();
        view
    }

    fn citations(&self) -> HashMap<&'f str, Vec<Citation<'f>>> {
        let released = self.releases.iter().flat_map(|release| {
            let commits = release.measured.commits.iter();
            commits.map(|commit| (commit, Some(release.label.clone())))
        });
        let unreleased = self
            .units
            .iter()
            .flat_map(|unit| unit.unreleased.iter().map(|commit| (commit, None)));
        let mut cited: HashMap<&str, Vec<Citation<'_>>> = HashMap::new();
        for (commit, release) in released.chain(unreleased) {
            for id in &commit.tickets {
                cited.entry(id).or_default().push(Citation {
                    commit,
                    release: release.clone(),
                });
            }
        }
        cited
    }

    pub(super) const fn now(&self) -> Timestamp {
        self.clock.now
    }

    /// Until when the page looks ahead.
    pub(super) fn horizon(&self) -> Timestamp {
        let ahead = Span::new().hours(DAYS_AHEAD * 24);
        self.now().checked_add(ahead).unwrap_or(self.now())
    }

    pub(super) fn ticket(&self, id: &str) -> Option<&'f PageTicket> {
        self.by_id.get(id).copied()
    }

    pub(super) fn citations_of(&self, ticket: &PageTicket) -> &[Citation<'f>] {
        self.cited.get(ticket.id()).map_or(&[], Vec::as_slice)
    }

    /// The first instant that the page is about.
    pub(super) fn start(&self) -> Timestamp {
        let starts = self.units.iter().map(|unit| unit.figures.start);
        starts.min().unwrap_or(self.now())
    }

    /// The tickets that are not finished and have a window that is not over and starts before the
    /// horizon, by their start.
    fn planned(&self) -> Vec<Planned<'f>> {
        let tickets = self.facts.tickets.iter().filter(|ticket| ticket.is_open());
        let mut planned: Vec<Planned<'_>> = tickets
            .filter_map(|ticket| {
                let window = ticket.window()?;
                Some(Planned { ticket, window })
            })
            .filter(|it| it.window.end > self.now() && it.window.start < self.horizon())
            .collect();
        planned.sort_by_key(|it| (it.window.start, it.ticket.id()));
        planned
    }

    /// The page of a commit.
    pub(super) fn address_of(&self, commit: &MeasuredCommit) -> Option<String> {
        let id = commit.id.parse().ok()?;
        Some(self.facts.links.as_ref()?.commit(id))
    }
}

/// How long each commit took to be deployed.
fn lead(release: &MeasuredRelease, tickets: &Tickets<'_>) -> Vec<Option<Duration>> {
    let commits = release.commits.iter();
    commits
        .map(|commit| Some(tickets.deployment(commit, release)?.0.unsigned_abs()))
        .collect()
}

fn label_of(unit: &UnitReleases, version: &str) -> String {
    match &unit.package {
        None => version.to_owned(),
        Some(package) => format!("{package} {version}"),
    }
}

impl ShownRelease<'_> {
    pub(super) fn is_emergency(&self) -> bool {
        self.figures.emergency == Some(true)
    }

    pub(super) fn mark(&self) -> Mark {
        match self.figures.result {
            None => Mark::Unknown,
            Some("successful") => Mark::Good,
            Some("with-issues") => Mark::Issues,
            Some(_) => Mark::Bad,
        }
    }

    /// How it went, in words.
    pub(super) fn went(&self) -> &'static str {
        match self.figures.result {
            None => "no outcome recorded",
            Some(result) => result_in_words(result),
        }
    }

    /// How it went, with whether it was an emergency.
    pub(super) fn description(&self) -> String {
        match self.is_emergency() {
            true => format!("emergency, {}", self.went()),
            false => self.went().to_owned(),
        }
    }
}

/// The word of a ticket for its result, as a sentence has it.
pub(super) const fn result_in_words(result: &'static str) -> &'static str {
    match result.as_bytes() {
        b"with-issues" => "with issues",
        b"rolled-back" => "rolled back",
        _ => result,
    }
}

/// When a freeze applies between two instants, whatever it forbids.
pub(super) fn occurrences(freeze: &Freeze, from: Timestamp, until: Timestamp) -> Vec<Window> {
    let activity = freeze.covers.first().copied().unwrap_or(Activity::Deploy);
    let (mut found, mut start) = (Vec::new(), from);
    while start < until && found.len() < MAX_OCCURRENCES {
        let window = Window { start, end: until };
        let freezes = std::slice::from_ref(freeze);
        let Some((_, frozen)) = overlapping_freezes(freezes, activity, window, &[]).pop() else {
            break;
        };
        found.push(frozen);
        start = frozen.end.max(start);
        if frozen.end <= window.start {
            break;
        }
    }
    found
}

/// A duration in at most two units, rounded down.
pub(super) fn rounded(duration: Duration) -> String {
    seconds_rounded(duration.as_secs())
}
