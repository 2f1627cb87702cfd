//! The repository at a glance, for people: a few lines, of packages a table.

use super::paint::Style;
use super::release::owed_line;
use super::status::{Status, by_state, counting};
use super::table::{table, wrap};
use super::version::derivation;
use super::{Look, by_severity, counted};
use crate::finding::Severity;
use crate::history::{Base, Next, PackageNext, Packages, Versions};
use crate::source::{sanitise, sanitise_line};
use crate::ticket::State;

/// The most findings that are listed: a range may hold as many malformed messages as it holds
/// commits.
const MAX_BLOCKERS: usize = 20;

/// Writes a few lines for people; of packages a table.
#[must_use]
pub fn status(status: &Status<'_>, look: Look) -> String {
    let mut out = match status.versions {
        Versions::Repository(next) => whole(next, look),
        Versions::Packages(found) => packages(found, look),
    };
    let line = |title: &str, text: &str| line(title, text, look);
    let is_releasable = !status.versions.releasable().is_empty();
    out += &tickets_line(status.states, look);
    let blockers = status
        .checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let blockers: Vec<String> = blockers
        .map(|finding| {
            format!(
                "  {}: {} [{}]\n",
                sanitise_line(finding.place.name()),
                sanitise_line(&finding.message),
                look.paint(Style::Faint, finding.rule)
            )
        })
        .collect();
    for follow_up in status.follow_ups {
        out += &line("Bypassed", owed_line(follow_up).trim_end());
    }
    if !status.pending.is_empty() {
        let tags: Vec<String> = status
            .pending
            .iter()
            .map(|tag| format!("`{}`", sanitise_line(tag)))
            .collect();
        let help = "run `tollgate release --execute` to finish it";
        out += &line(
            "Release",
            &format!(
                "{} was started and is not finished; {help}",
                tags.join(", ")
            ),
        );
    } else if let Some(problem) = status.problem {
        let why = format!("cannot be planned: {}", sanitise_line(&problem.to_string()));
        out += &line("Release", &wrap(&why, 13, look.width));
        let help = problem
            .help()
            .map(|help| sanitise(help).replace('\n', &format!("\n{:<13}", "")));
        out.extend(help.map(|help| line("", &help)));
    } else if !blockers.is_empty() {
        out += &line(
            "Release",
            &look.paint(
                Style::Bad,
                format!("blocked by {}:", counted(blockers.len(), "error")),
            ),
        );
        let left_out = blockers.len().saturating_sub(MAX_BLOCKERS);
        out.extend(blockers.into_iter().take(MAX_BLOCKERS));
        if left_out > 0 {
            out += &format!("  and {left_out} more (run `tollgate release` for details)\n");
        }
    } else if let Some(found) = by_severity(status.checked) {
        let release = if is_releasable {
            look.paint(Style::Good, "ready") + ", with "
        } else {
            String::new()
        };
        out += &line(
            "Release",
            &format!("{release}{found} (run `tollgate release` for details)"),
        );
    } else if is_releasable {
        out += &line(
            "Release",
            &(look.paint(Style::Good, "ready") + " (run `tollgate release` to preview it)"),
        );
    }
    out
}

fn packages(packages: &Packages, look: Look) -> String {
    let row = |PackageNext {
                   name,
                   next,
                   bumped_by: follows,
               }: &PackageNext| {
        let commits = unreleased(next);
        let follows = if follows.is_empty() {
            String::new()
        } else {
            format!("; released with {}", follows.join(", "))
        };
        [
            name.clone(),
            next.base
                .as_ref()
                .map_or_else(|| "-".to_owned(), |base| base.version.to_string()),
            match &next.version {
                Err(_) => "unknown".to_owned(),
                Ok(version) if next.releasable => version.to_string(),
                Ok(_) => "-".to_owned(),
            },
            commits + &follows,
        ]
    };
    let rows: Vec<[String; 4]> = packages.packages.iter().map(row).collect();
    table(["PACKAGE", "CURRENT", "NEXT", "UNRELEASED"], &rows, look) + "\n"
}

fn whole(next: &Next, look: Look) -> String {
    let current = match &next.base {
        Some(base) => format!("{} (tag `{}`)", base.version, sanitise_line(&base.tag)),
        None => match next.prereleases().next() {
            Some(Base { tag, .. }) => format!("none; latest pre-release `{}`", sanitise_line(tag)),
            None => "none (no version tag is reachable from HEAD)".to_owned(),
        },
    };
    let coming = match &next.version {
        Err(_) => "unknown".to_owned(),
        Ok(version) if next.releasable => {
            format!(
                "{} ({})",
                look.paint(Style::Good, version),
                derivation(next)
            )
        }
        Ok(_) => "nothing to release".to_owned(),
    };
    let line = |title: &str, text: &str| line(title, text, look);
    line("Current", &current) + &line("Next", &coming) + &line("Unreleased", &unreleased(next))
}

/// `3 commits, 1 affects the version`.
fn unreleased(next: &Next) -> String {
    let commits = counted(next.commits.len(), "commit");
    match (next.commits.len(), counting(next)) {
        (0, _) => commits,
        (_, 0) => format!("{commits}, none affects the version"),
        (_, 1) => format!("{commits}, 1 affects the version"),
        (_, count) => format!("{commits}, {count} affect the version"),
    }
}

fn line(title: &str, text: &str, look: Look) -> String {
    format!(
        "{} {text}\n",
        look.paint(Style::Bold, format!("{title:<12}"))
    )
}

fn tickets_line(states: &[Option<State>], look: Look) -> String {
    let states: Vec<String> = by_state(states)
        .into_iter()
        .map(|(state, count)| format!("{count} {}", state.unwrap_or("invalid")))
        .collect();
    line(
        "Tickets",
        &if states.is_empty() {
            "none".to_owned()
        } else {
            states.join(", ")
        },
        look,
    )
}
