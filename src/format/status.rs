//! The status of the repository as JSON. The counts are also used for the text in `status_text`.

use serde::Serialize;

use super::document;
use super::json::{WireFinding, wire_findings};
use super::version::WirePackage;
use crate::error::Error;
use crate::finding::{Checked, Severity};
use crate::history::{NextVersion, Unit, UnknownVersion, Versions};
use crate::release::{FollowUp, Obligation};
use crate::ticket::State;
use crate::version::Bump;

/// The status of a repository.
#[derive(Debug)]
pub(crate) struct Status<'a> {
    /// The next version, or those of packages.
    pub(crate) versions: &'a Versions,
    /// The findings of a release.
    pub(crate) checked: &'a Checked,
    /// Why a release cannot be planned; `None` if it can, or if there is nothing to release.
    pub(crate) problem: Option<&'a Error>,
    /// The tags of a pending release; empty if no release is pending.
    pub(crate) pending: &'a [String],
    /// The state of each ticket; `None` for a ticket that cannot be parsed.
    pub(crate) states: &'a [Option<State>],
    /// The open requirements of emergency releases.
    pub(crate) follow_ups: &'a [FollowUp],
}

/// The status of a repository.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireStatus<'a> {
    schema_version: u8,
    #[serde(flatten)]
    versions: WireVersions<'a>,
    tickets: Vec<WireTickets>,
    blockers: Vec<WireFinding<'a>>,
    /// How many findings don't block a release; `release --format json` lists them.
    warnings: usize,
    /// Why a release cannot be planned; null if it can, or if there is nothing to release.
    plan_error: Option<String>,
    /// The emergency releases with open requirements.
    emergencies: Vec<WireFollowUp<'a>>,
    /// The tags of a release that was started and is not finished.
    unfinished_tags: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum WireVersions<'a> {
    /// The repository has one version.
    Repository(WireUnit<'a>),
    /// Each package has a version.
    Packages { packages: Vec<WireUnit<'a>> },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireFollowUp<'a> {
    tag: &'a str,
    ticket: &'a str,
    /// The bypassed rules.
    bypassed_rules: &'a [String],
    /// What is still required, as text for people to read.
    open_requirements: Vec<String>,
    /// The due date of the follow-up.
    due_date: String,
    overdue: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireUnit<'a> {
    #[serde(flatten)]
    package: Option<WirePackage<'a>>,
    current: Option<String>,
    /// The next version; null if it is unknown.
    next: Option<String>,
    tag: Option<String>,
    /// Why the next version is unknown; null if it is known.
    unknown_reason: Option<String>,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    releasable: bool,
    unreleased: WireUnreleased,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireUnreleased {
    commits: usize,
    affecting_version: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireTickets {
    /// The state; null for tickets that cannot be parsed.
    state: Option<&'static str>,
    count: usize,
}

/// Writes the document of `status --format json`.
#[must_use]
pub(crate) fn status_json(status: &Status<'_>) -> String {
    let mut blocking = status.checked.clone();
    blocking
        .findings
        .retain(|finding| finding.severity == Severity::Error);
    document(&WireStatus {
        schema_version: 1,
        versions: match &*status.versions.units {
            [unit @ Unit { name: None, .. }] => WireVersions::Repository(wire_unit(unit)),
            units => WireVersions::Packages {
                packages: units.iter().map(wire_unit).collect(),
            },
        },
        tickets: by_state(status.states)
            .into_iter()
            .map(|(state, count)| WireTickets { state, count })
            .collect(),
        blockers: wire_findings(&blocking),
        warnings: status.checked.findings.len() - blocking.findings.len(),
        plan_error: status.problem.map(ToString::to_string),
        emergencies: status.follow_ups.iter().map(wire_follow_up).collect(),
        unfinished_tags: status.pending,
    })
}

fn wire_follow_up(follow_up: &FollowUp) -> WireFollowUp<'_> {
    let FollowUp {
        tag,
        ticket,
        bypassed: bypassed_rules,
        due,
        is_overdue,
        ..
    } = follow_up;
    let open_requirements = follow_up
        .obligations
        .iter()
        .map(Obligation::describe)
        .collect();
    WireFollowUp {
        tag,
        ticket,
        bypassed_rules,
        open_requirements,
        due_date: due.to_string(),
        overdue: *is_overdue,
    }
}

fn wire_unit(unit: &Unit) -> WireUnit<'_> {
    let next = &unit.next;
    WireUnit {
        package: WirePackage::of(unit),
        current: next.base.as_ref().map(|base| base.version.to_string()),
        next: next.version.as_ref().ok().map(ToString::to_string),
        tag: next.tag(),
        unknown_reason: next.version.as_ref().err().map(UnknownVersion::reason),
        bump: next.bump.as_str(),
        releasable: next.releasable,
        unreleased: WireUnreleased {
            commits: next.commits.len(),
            affecting_version: count_affecting(next),
        },
    }
}

pub(super) fn count_affecting(next: &NextVersion) -> usize {
    next.commits
        .iter()
        .filter(|commit| commit.bump != Bump::None)
        .count()
}

/// How many tickets are in each state, in the order of the states; those that cannot be parsed
/// come last.
pub(super) fn by_state(states: &[Option<State>]) -> Vec<(Option<&'static str>, usize)> {
    let mut sorted: Vec<Option<State>> = states.to_vec();
    sorted.sort_by_key(|state| (state.is_none(), *state));
    let mut counts: Vec<(Option<&'static str>, usize)> = Vec::new();
    for state in sorted {
        let name = state.map(State::as_str);
        match counts.last_mut() {
            Some((last, count)) if *last == name => *count += 1,
            _ => counts.push((name, 1)),
        }
    }
    counts
}
