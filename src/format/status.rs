//! The repository at a glance, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{WireFinding, wire_findings};
#[cfg(feature = "cli")]
use super::{Look, table::table};
use super::{counted, document};
use crate::finding::{Checked, Severity};
use crate::history::{Next, PackageNext, Packages};
use crate::source::sanitise_line;
use crate::ticket::State;
use crate::version::Bump;

/// What is shown at a glance.
#[derive(Debug)]
pub struct Status<'a> {
    /// The next version.
    pub next: &'a Next,
    /// What a release would meet.
    pub checked: &'a Checked,
    /// The state of each ticket; `None` where it cannot be parsed.
    pub states: &'a [Option<State>],
}

/// The repository at a glance.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireStatus<'a> {
    schema_version: u8,
    current: Option<String>,
    next: String,
    tag: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    releasable: bool,
    unreleased: WireUnreleased,
    tickets: Vec<WireTickets>,
    blockers: Vec<WireFinding<'a>>,
}

/// A repository with packages at a glance.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireStatusPackages<'a> {
    schema_version: u8,
    packages: Vec<WireStatusPackage<'a>>,
    tickets: Vec<WireTickets>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireStatusPackage<'a> {
    name: &'a str,
    current: Option<String>,
    next: String,
    tag: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    releasable: bool,
    /// The packages that it depends on and that are released.
    follows: &'a [String],
    unreleased: WireUnreleased,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireUnreleased {
    commits: usize,
    counting: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireTickets {
    /// Null for those that cannot be parsed.
    state: Option<&'static str>,
    count: usize,
}

/// Writes the document of `status --format json`.
#[must_use]
pub fn status_json(status: &Status<'_>) -> String {
    let next = status.next;
    let tickets = by_state(status.states);
    let mut blockers = status.checked.clone();
    blockers.findings.retain(|finding| finding.severity == Severity::Error);
    document(&WireStatus {
        schema_version: 1,
        current: next.base.as_ref().map(|base| base.version.to_string()),
        next: next.version.to_string(),
        tag: &next.tag,
        bump: next.bump.as_str(),
        releasable: next.releasable,
        unreleased: WireUnreleased { commits: next.commits.len(), counting: counting(next) },
        tickets: tickets.into_iter().map(|(state, count)| WireTickets { state, count }).collect(),
        blockers: wire_findings(&blockers),
    })
}

/// Writes the document of `status --format json` in a repository with packages.
#[must_use]
pub fn status_packages_json(packages: &Packages, states: &[Option<State>]) -> String {
    let packages = packages.packages.iter().map(|PackageNext { name, next, follows }| WireStatusPackage {
        name,
        current: next.base.as_ref().map(|base| base.version.to_string()),
        next: next.version.to_string(),
        tag: &next.tag,
        bump: next.bump.as_str(),
        releasable: next.releasable,
        follows,
        unreleased: WireUnreleased { commits: next.commits.len(), counting: counting(next) },
    });
    let tickets = by_state(states).into_iter().map(|(state, count)| WireTickets { state, count });
    document(&WireStatusPackages { schema_version: 1, packages: packages.collect(), tickets: tickets.collect() })
}

/// Writes a table of packages and a line of tickets for people.
#[cfg(feature = "cli")]
#[must_use]
pub fn status_packages(packages: &Packages, states: &[Option<State>], look: Look) -> String {
    let row = |PackageNext { name, next, follows }: &PackageNext| {
        let commits = format!("{}, {} of them count", counted(next.commits.len(), "commit"), counting(next));
        let follows = if follows.is_empty() { String::new() } else { format!("; follows {}", follows.join(", ")) };
        [
            name.clone(),
            next.base.as_ref().map_or_else(|| "-".to_owned(), |base| base.version.to_string()),
            if next.releasable { next.version.to_string() } else { "-".to_owned() },
            commits + &follows,
        ]
    };
    let rows: Vec<[String; 4]> = packages.packages.iter().map(row).collect();
    table(["PACKAGE", "CURRENT", "NEXT", "UNRELEASED"], &rows, look) + "\n" + &tickets_line(states)
}

/// Writes a few lines for people.
#[must_use]
pub fn status(status: &Status<'_>) -> String {
    let next = status.next;
    let mut out = String::new();
    let mut line = |title: &str, text: String| writeln!(out, "{title:<12} {text}").expect("a string takes any text");
    line(
        "Current",
        match &next.base {
            Some(base) => format!("{} (tag `{}`)", base.version, sanitise_line(&base.tag)),
            None => "none, no version tag is reachable".to_owned(),
        },
    );
    line(
        "Next",
        match (next.releasable, next.bump) {
            (false, _) => "nothing to release".to_owned(),
            (true, Bump::None) => format!("{} (the initial version)", next.version),
            (true, bump) => format!("{} ({} bump)", next.version, bump.as_str()),
        },
    );
    line("Unreleased", format!("{}, {} of them count", counted(next.commits.len(), "commit"), counting(next)));
    out += &tickets_line(status.states);
    let mut line = |title: &str, text: String| writeln!(out, "{title:<12} {text}").expect("a string takes any text");
    let blockers = status.checked.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let blockers: Vec<String> = blockers
        .map(|finding| {
            format!("  {}: {} [{}]", sanitise_line(finding.place.name()), sanitise_line(&finding.message), finding.rule)
        })
        .collect();
    if !blockers.is_empty() {
        line("Release", format!("blocked by {}:", counted(blockers.len(), "finding")));
        out.extend(blockers.into_iter().map(|blocker| blocker + "\n"));
    } else if next.releasable {
        line("Release", "nothing stands in its way".to_owned());
    }
    out
}

fn tickets_line(states: &[Option<State>]) -> String {
    let states: Vec<String> = by_state(states)
        .into_iter()
        .map(|(state, count)| format!("{count} {}", state.unwrap_or("unreadable")))
        .collect();
    format!("{:<12} {}\n", "Tickets", if states.is_empty() { "none".to_owned() } else { states.join(", ") })
}

fn counting(next: &Next) -> usize {
    next.commits.iter().filter(|judged| judged.bump != Bump::None).count()
}

/// How many tickets stand in each state, in the order of the states; those that cannot be parsed come last.
fn by_state(states: &[Option<State>]) -> Vec<(Option<&'static str>, usize)> {
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
