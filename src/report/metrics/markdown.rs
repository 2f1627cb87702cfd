//! Writes metrics as Markdown: counts before ratios, and no comparison of a few values.

use std::time::Duration;

use super::figures::{Figures, MissedWindow, ReleaseFigures, Share, Spread};
use super::{Metrics, UnitMetrics};
use crate::changelog::escape;
use crate::report::clock::{Clock, duration};
use crate::report::markdown::{Item, Markdown, code};
use crate::report::{counted, counted_days};

/// Medians of fewer values are not compared with anything.
const MIN_COMPARED: usize = 5;

impl Metrics {
    pub(super) fn write(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &format!("How {} releases", escape(&self.project)));
        for unit in &self.units {
            unit.write(&self.clock, &mut out);
        }
        if self
            .units
            .iter()
            .any(|unit| !unit.figures.releases.is_empty())
        {
            out.heading(2, "How it is counted");
            out.list(DEFINITIONS.iter().map(|text| Item::new(*text)));
            out.heading(2, "What it cannot say");
            out.paragraph("Incidents that no ticket names, deployments that no ticket records, and whether users were happier.");
        }
        out.paragraph(&format!(
            "Made from {} by {}. Times are in {}. `--format json` has every figure with the IDs that it was counted from.",
            code(self.commit.get(..10).unwrap_or(&self.commit)),
            self.tool,
            self.zone
        ));
        out.finish()
    }
}

/// What each figure means.
const DEFINITIONS: &[&str] = &[
    "A commit counts if it changes a file other than tickets and release files. Merge commits, commits that cancel each other out, and release commits do not count. A release commit has the configured message, or it carries the tag of a release and Tollgate made the tag or its first line names the version. A release contains what its tag reaches and no tag of a lower version does.",
    "Lead time is from the author's time of a commit to its deployment: the last `outcome.deployed_at` of the tickets that it cites, or the time of the release's tag if there is none. If the deployment is before the commit, it is unknown.",
    "A release failed if one of its tickets has the result `rolled-back` or `failed`, or is the `outcome.caused_by` of another ticket. It fails once, however many incidents it caused. It is unknown if no ticket states a result.",
    "Recovery is from `outcome.deployed_at` to `outcome.ended_at` of the ticket that was rolled back, or to the deployment of a ticket that names it as its cause, whichever was first.",
    "Rework is a release with an emergency ticket. It is unknown for releases without a ticket.",
    "Waiting for approval is from the commit that added a ticket to the last approval of its present plan, by the approver's clock. Emergencies are left out.",
    "A median of an even number of values is the mean of the two in the middle. The 90th percentile is the smallest value that is not less than nine of ten.",
    "What is not recorded is unknown, never zero. No figure is by person.",
];

impl UnitMetrics {
    fn write(&self, clock: &Clock, out: &mut Markdown) {
        if let Some(package) = &self.package {
            out.heading(2, &escape(package));
        }
        out.paragraph(&self.summary(clock));
        if self.figures.releases.is_empty() {
            return;
        }
        self.write_outcome(clock, out);
        self.write_work(out);
        write_releases(&self.figures.releases, clock, out);
        if !self.figures.missing_tickets.is_empty() {
            let ids: Vec<String> = self
                .figures
                .missing_tickets
                .iter()
                .map(|id| code(id))
                .collect();
            out.paragraph(&format!(
                "Commits cite tickets that are not in this commit: {}.",
                some_of(&ids)
            ));
        }
    }

    fn summary(&self, clock: &Clock) -> String {
        let figures = &self.figures;
        let range = match &self.range {
            Some(range) => code(range),
            None => "The last twelve months".to_owned(),
        };
        let tickets: std::collections::BTreeSet<&String> = figures
            .releases
            .iter()
            .flat_map(|release| &release.tickets)
            .collect();
        let small = if figures.releases.len() < MIN_COMPARED {
            " With so few releases, each of them changes every figure."
        } else {
            ""
        };
        if figures.releases.is_empty() {
            let (start, end) = (clock.day(figures.start), clock.day(figures.end));
            return format!("**{range}, {start} – {end}:** no releases.");
        }
        format!(
            "**{range}, {} – {}:** {} with {} that change the product and {}.{small}",
            clock.day(figures.start),
            clock.day(figures.end),
            counted(figures.releases.len(), "release"),
            counted(figures.commits(), "commit"),
            counted(tickets.len(), "ticket"),
        )
    }

    /// How the releases went, beside the period before.
    fn write_outcome(&self, clock: &Clock, out: &mut Markdown) {
        let figures = &self.figures;
        let before = |text: &dyn Fn(&Figures) -> String| {
            self.before
                .as_ref()
                .map_or_else(|| "unknown".to_owned(), text)
        };
        let lead_before = |earlier: &Figures| {
            let few = figures.lead_time.values.min(earlier.lead_time.values) < MIN_COMPARED;
            if few {
                "too few values to compare".to_owned()
            } else {
                earlier.lead_time.text()
            }
        };
        let from_tags = figures.lead_time.values - figures.deployments_from_tickets;
        let rows = [
            [
                "**Lead time** of commits".to_owned(),
                figures.lead_time.text(),
                format!(
                    "{}; deployment from a ticket for {}, from the tag for {from_tags}{}",
                    counted(figures.lead_time.values, "commit"),
                    figures.deployments_from_tickets,
                    unknown(figures.lead_time.unknown)
                ),
                before(&lead_before),
            ],
            [
                "**Frequency**".to_owned(),
                format!(
                    "{} in {}",
                    counted(figures.releases.len(), "release"),
                    counted_days(figures.days)
                ),
                figures.rate(),
                before(&|earlier| {
                    format!(
                        "{} in {}",
                        counted(earlier.releases.len(), "release"),
                        counted_days(earlier.days)
                    )
                }),
            ],
            [
                "**Failed releases**".to_owned(),
                figures.failed.text(),
                figures.failed.names(),
                before(&|earlier| earlier.failed.text()),
            ],
            [
                "**Recovery**".to_owned(),
                recovery(figures),
                match figures.recovery_unknown.len() {
                    0 => String::new(),
                    _ => format!("unknown for {}", some_of(&codes(&figures.recovery_unknown))),
                },
                before(&recovery),
            ],
            [
                "**Rework**: releases with an emergency".to_owned(),
                figures.emergencies.text(),
                figures.emergencies.names(),
                before(&|earlier| earlier.emergencies.text()),
            ],
        ];
        let heading = match &self.before {
            None => "The same time before".to_owned(),
            Some(earlier) => format!("{} – {}", clock.day(earlier.start), clock.day(earlier.end)),
        };
        out.table(
            &["How it went", "Value", "Counted from", &heading],
            &rows.map(Vec::from),
        );
    }

    /// What leads to it.
    fn write_work(&self, out: &mut Markdown) {
        let figures = &self.figures;
        let missed: Vec<String> = figures
            .windows_missed
            .iter()
            .map(MissedWindow::text)
            .collect();
        let risky = &figures.rehearsed_risky;
        let mut rows = vec![
            [
                "Waiting for approval".to_owned(),
                figures.approval_wait.text(),
                format!(
                    "{}{}",
                    counted(figures.approval_wait.values, "ticket"),
                    unknown(figures.approval_wait.unknown)
                ),
            ],
            [
                "Commits with a ticket".to_owned(),
                figures.with_ticket.text(),
                String::new(),
            ],
            [
                "Deployment steps marked `automated`".to_owned(),
                figures.automated_steps.text(),
                String::new(),
            ],
            [
                "Tickets with a rehearsed rollback".to_owned(),
                figures.rehearsed.text(),
                match risky.of {
                    0 => "no ticket has medium risk or more".to_owned(),
                    _ => format!("of those with medium risk or more: {}", risky.text()),
                },
            ],
            [
                "Windows that were kept".to_owned(),
                figures.windows_kept.text(),
                some_of(&missed),
            ],
            [
                "Windows outside 08:00–18:00, on a weekend, or after Friday noon".to_owned(),
                figures.outside_hours.text(),
                figures.outside_hours.names(),
            ],
            [
                "Tickets that record what was measured".to_owned(),
                figures.measured.text(),
                String::new(),
            ],
        ];
        let overdue = match figures.actions_overdue {
            0 => String::new(),
            count => format!("{count} overdue"),
        };
        let actions = figures.actions.as_ref();
        rows.push([
            "Items and actions of release files that are done".to_owned(),
            actions.map_or_else(|| "unknown: no release file".to_owned(), Share::text),
            overdue,
        ]);
        out.table(
            &["What leads to it", "Value", "Remarks"],
            &rows.into_iter().map(Vec::from).collect::<Vec<_>>(),
        );
    }
}

impl Figures {
    /// `0.4 a week`; empty for a period of less than a week.
    fn rate(&self) -> String {
        let tenths = |per: u64| {
            let releases = u64::try_from(self.releases.len()).unwrap_or(u64::MAX);
            (releases.saturating_mul(10 * per) + self.days / 2).checked_div(self.days)
        };
        match (self.days, tenths(7)) {
            (7.., Some(tenths)) => format!("{}.{} a week", tenths / 10, tenths % 10),
            _ => String::new(),
        }
    }
}

impl Share {
    /// `2 of 5`, and how many are not known.
    fn text(&self) -> String {
        match (self.of, self.unknown) {
            (0, 0) => "none".to_owned(),
            (0, unknown) => format!("unknown for all {unknown}"),
            (of, 0) => format!("**{} of {of}**", self.count),
            (of, unknown) => format!("**{} of {of}**; unknown for {unknown}", self.count),
        }
    }

    fn names(&self) -> String {
        some_of(&codes(&self.ids))
    }
}

impl Spread {
    /// `median 6 d 18 h, 90th percentile 13 days`.
    fn text(&self) -> String {
        match (self.median_seconds, self.p90_seconds) {
            (Some(median), Some(p90)) => format!(
                "median **{}**, 90th percentile {}",
                seconds_rounded(median),
                seconds_rounded(p90)
            ),
            _ => "unknown".to_owned(),
        }
    }
}

impl MissedWindow {
    fn text(&self) -> String {
        let when = if self.is_late {
            "after its end"
        } else {
            "before its start"
        };
        format!(
            "{} was deployed {} {when}",
            code(&self.ticket),
            seconds_rounded(self.seconds)
        )
    }
}

/// A table of releases.
pub(in crate::report) fn write_releases(
    releases: &[ReleaseFigures],
    clock: &Clock,
    out: &mut Markdown,
) {
    let header = [
        "Release",
        "Day",
        "Commits",
        "With a ticket",
        "Lead time, median",
        "90th percentile",
        "Risk",
        "Result",
    ];
    let rows: Vec<_> = releases.iter().map(|release| release.row(clock)).collect();
    out.table(&header, &rows);
}

impl ReleaseFigures {
    fn row(&self, clock: &Clock) -> Vec<String> {
        let seconds =
            |seconds: Option<u64>| seconds.map_or_else(|| "unknown".to_owned(), seconds_rounded);
        let lead = match self.commits {
            0 => [None, None].map(|_: Option<u64>| "–".to_owned()),
            _ => [self.lead_time.median_seconds, self.lead_time.p90_seconds].map(seconds),
        };
        let [median, p90] = lead;
        let result = match self.result {
            None => "unknown: no ticket says",
            Some("rolled-back") => "**rolled back**",
            Some("failed") => "**failed**",
            Some("with-issues") => "with issues",
            Some(result) => result,
        };
        let emergency = if self.emergency == Some(true) {
            "emergency, "
        } else {
            ""
        };
        vec![
            code(&self.version),
            clock.day(self.at),
            self.commits.to_string(),
            self.with_ticket.to_string(),
            median,
            p90,
            self.risk.unwrap_or("unknown").to_owned(),
            format!("{emergency}{result}"),
        ]
    }
}

fn recovery(figures: &Figures) -> String {
    let known = figures.recovery.iter();
    let texts: Vec<String> = known
        .map(|it| {
            format!(
                "**{}** ({})",
                seconds_rounded(it.seconds),
                code(&it.version)
            )
        })
        .collect();
    match (&texts[..], figures.recovery_unknown.len()) {
        ([], 0) => "no failed release is known".to_owned(),
        ([], _) => "unknown".to_owned(),
        (texts, _) => some_of(texts),
    }
}

/// A duration in at most two units, rounded down: `6 d 18 h`.
pub(in crate::report) fn seconds_rounded(seconds: u64) -> String {
    const DAY: u64 = 86_400;
    if seconds < DAY {
        return duration(Duration::from_secs(seconds / 60 * 60));
    }
    match (seconds / DAY, seconds % DAY / 3_600) {
        (1, 0) => "1 day".to_owned(),
        (days, 0) => format!("{days} days"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

fn unknown(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("; unknown for {count}"),
    }
}

/// The first of these texts, and how many more there are.
fn some_of(texts: &[String]) -> String {
    const MAX_SHOWN: usize = 5;
    match texts.len().saturating_sub(MAX_SHOWN) {
        0 => texts.join(", "),
        more => format!("{}, and {more} more", texts[..MAX_SHOWN].join(", ")),
    }
}

fn codes(names: &[String]) -> Vec<String> {
    names.iter().map(|name| code(name)).collect()
}
