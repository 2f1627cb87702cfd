//! How a repository releases: figures over the releases of a period, none of them by person.

mod facts;
mod figures;
mod markdown;

use serde::Serialize;

use super::Report;
use super::clock::Clock;
use crate::release::THIS_TOOL;
pub(crate) use facts::{
    MeasuredAction, MeasuredCommit, MeasuredRelease, MeasuredTicket, MetricsFacts, Period,
    UnitReleases,
};
pub(super) use figures::{Figures, ReleaseFigures, Share, Spread, Tickets};
pub(super) use markdown::{seconds_rounded, write_releases};

/// How a repository releases.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Metrics {
    schema_version: u8,
    /// The name of the project.
    project: String,
    /// The commit that the tickets are from.
    commit: String,
    /// The repository, or each package.
    units: Vec<UnitMetrics>,
    /// The time zone of printed times; those of this document are in UTC.
    zone: String,
    /// The version of Tollgate.
    tool: &'static str,
    #[serde(skip)]
    clock: Clock,
}

/// The figures of the repository, or of a package.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UnitMetrics {
    /// The package; null for the repository.
    package: Option<String>,
    /// The range of releases; null for the last twelve months.
    range: Option<String>,
    figures: Figures,
    /// The figures of the period of the same length before it; null if the releases do not go back
    /// that far.
    before: Option<Figures>,
}

/// The releases of the first unit, oldest first.
pub(super) fn releases_of(facts: &MetricsFacts) -> Vec<ReleaseFigures> {
    let tickets = Tickets::new(&facts.tickets);
    let unit = facts.units.first();
    let figures = unit.map(|unit| Figures::new(&unit.period, &tickets, &facts.clock));
    figures.map(|figures| figures.releases).unwrap_or_default()
}

impl Metrics {
    /// Computes the figures.
    pub(crate) fn new(facts: &MetricsFacts) -> Self {
        let tickets = Tickets::new(&facts.tickets);
        let clock = &facts.clock;
        let unit = |unit: &UnitReleases| UnitMetrics {
            package: unit.package.clone(),
            range: unit.period.range.clone(),
            figures: Figures::new(&unit.period, &tickets, clock),
            before: unit
                .before
                .as_ref()
                .map(|before| Figures::new(before, &tickets, clock)),
        };
        Self {
            schema_version: 1,
            project: facts.project.clone(),
            commit: facts.head.to_string(),
            units: facts.units.iter().map(unit).collect(),
            zone: clock.zone().to_owned(),
            tool: THIS_TOOL,
            clock: clock.clone(),
        }
    }
}

impl Report for Metrics {
    fn markdown(&self) -> String {
        self.write()
    }
}

#[cfg(test)]
mod tests;
