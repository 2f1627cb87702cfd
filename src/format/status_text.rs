//! The status of the repository as text: a few lines, or a table of the packages.

use super::release::{follow_up_line, quoted_list};
use super::status::{Status, by_state, count_affecting};
use super::style::Style;
use super::table::{table, wrap};
use super::version::describe_origin;
use super::{RenderOptions, by_severity, counted};
use crate::finding::Severity;
use crate::history::{Base, NextVersion, Unit};
use crate::source::{sanitise, sanitise_line};
use crate::ticket::State;

/// The maximum number of listed findings: a range may have as many malformed messages as commits.
const MAX_BLOCKERS: usize = 20;

/// Writes a few lines for people, with a table of the packages if there are any.
#[must_use]
pub(crate) fn status(status: &Status<'_>, options: RenderOptions) -> String {
    let mut out = match status.versions.repository() {
        Some(next) => repository_lines(next, options),
        None => package_table(&status.versions.units, options),
    };
    let line = |title: &str, text: &str| line(title, text, options);
    let is_releasable = !status.versions.due().is_empty();
    out += &tickets_line(status.states, options);
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
                options.paint(Style::Faint, finding.rule)
            )
        })
        .collect();
    for follow_up in status.follow_ups {
        out += &line("Bypassed", follow_up_line(follow_up).trim_end());
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
        let why = format!("blocked: {}", sanitise_line(&problem.to_string()));
        out += &line("Release", &wrap(&why, 13, options.width));
        let help = problem
            .help()
            .map(|help| sanitise(help).replace('\n', &format!("\n{:<13}", "")));
        out.extend(help.map(|help| line("", &help)));
    } else if !blockers.is_empty() {
        out += &line(
            "Release",
            &options.paint(
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
            options.paint(Style::Good, "ready") + ", with "
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
            &(options.paint(Style::Good, "ready") + " (run `tollgate release` to preview it)"),
        );
    }
    out
}

fn package_table(units: &[Unit], options: RenderOptions) -> String {
    let rows: Vec<[String; 4]> = units.iter().map(package_row).collect();
    table(["PACKAGE", "CURRENT", "NEXT", "UNRELEASED"], &rows, options) + "\n"
}

fn package_row(unit: &Unit) -> [String; 4] {
    let Unit {
        name,
        next,
        bumped_by,
    } = unit;
    let bumped_by = if bumped_by.is_empty() {
        String::new()
    } else {
        format!(" (released with {})", quoted_list(bumped_by))
    };
    [
        name.clone().unwrap_or_default(),
        next.base
            .as_ref()
            .map_or_else(|| "-".to_owned(), |base| base.version.to_string()),
        match &next.version {
            Err(_) => "unknown".to_owned(),
            Ok(version) if next.releasable => version.to_string(),
            Ok(_) => "-".to_owned(),
        },
        unreleased(next) + &bumped_by,
    ]
}

fn repository_lines(next: &NextVersion, options: RenderOptions) -> String {
    let current = match &next.base {
        Some(base) => format!("{} (tag `{}`)", base.version, sanitise_line(&base.tag)),
        None => match next.prereleases().next() {
            Some(Base { tag, .. }) => format!("none; latest pre-release `{}`", sanitise_line(tag)),
            None => "none (no version tag is reachable from HEAD)".to_owned(),
        },
    };
    let next_version = match &next.version {
        Err(_) => "unknown".to_owned(),
        Ok(version) if next.releasable => {
            format!(
                "{} ({})",
                options.paint(Style::Good, version),
                describe_origin(next)
            )
        }
        Ok(_) => "nothing to release".to_owned(),
    };
    let line = |title: &str, text: &str| line(title, text, options);
    line("Current", &current)
        + &line("Next", &next_version)
        + &line("Unreleased", &unreleased(next))
}

/// `3 commits, 1 affects the version`.
fn unreleased(next: &NextVersion) -> String {
    let commits = counted(next.commits.len(), "commit");
    match (next.commits.len(), count_affecting(next)) {
        (0, _) => commits,
        (1, 0) => format!("{commits}, which does not affect the version"),
        (1, 1) => format!("{commits}, which affects the version"),
        (_, 0) => format!("{commits}, none affects the version"),
        (_, 1) => format!("{commits}, 1 affects the version"),
        (_, count) => format!("{commits}, {count} affect the version"),
    }
}

fn line(title: &str, text: &str, options: RenderOptions) -> String {
    format!(
        "{} {text}\n",
        options.paint(Style::Bold, format!("{title:<12}"))
    )
}

fn tickets_line(states: &[Option<State>], options: RenderOptions) -> String {
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
        options,
    )
}
