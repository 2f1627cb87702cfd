//! The next version and its changelog entries in a comment.

use super::text::{code_text, text};
use crate::report::judgement::JudgedVersion;
use crate::report::judgement::prediction::{JudgedEntry, JudgedPrediction, JudgedRelease};
use crate::source::join_and;
use crate::version::Bump;

/// `1.2.0 → 1.3.0`, or why there is no such step.
pub(super) fn version(next: &JudgedVersion) -> String {
    match (&next.version, &next.previous, next.exists) {
        (_, _, true) => "no version can be released".to_owned(),
        (Some(_), _, _) if !next.releasable => "nothing to release".to_owned(),
        (Some(version), Some(previous), _) => format!("{previous} → {version}"),
        (Some(version), None, _) => version.clone(),
        (None, _, _) => "unknown version".to_owned(),
    }
}

/// What the unreleased commits count for; `None` if there is no next version.
pub(super) fn unreleased_line(next: &JudgedVersion) -> Option<String> {
    match (next.releasable, &next.unknown) {
        (true, _) => Some(format!("The unreleased commits count as {}.", next.bump)),
        (false, None) => Some("No unreleased commit changes the version.".to_owned()),
        (false, Some(_)) => None,
    }
}

/// What the commit of the merge is, and what that rests on.
pub(super) fn prediction_lines(prediction: &JudgedPrediction) -> Vec<String> {
    let mut lines = Vec::new();
    if !prediction.certain {
        lines.push(
            "The configuration does not say how branches are merged. The commits of the branch were checked.".to_owned(),
        );
    }
    lines.extend(prediction.title().map(|title| {
        let counts = match prediction.bump {
            "none" => "does not change the version".to_owned(),
            bump => format!("counts as {bump}"),
        };
        let others = match prediction.repository().map(|release| &release.next) {
            Some(next)
                if next.releasable
                    && next.previous.is_some()
                    && Bump::parse(next.bump) > Bump::parse(prediction.bump) =>
            {
                format!(
                    "; with the other unreleased changes, the next version is **{}**",
                    text(next.version.as_deref().unwrap_or_default())
                )
            }
            _ => String::new(),
        };
        format!("The commit {} {counts}{others}.", code_text(title))
    }));
    lines.extend(
        prediction
            .error
            .iter()
            .map(|error| format!("The next version cannot be computed: {}.", text(error))),
    );
    if prediction.has_conflict {
        lines.push("The branch and its base conflict, so this may change.".to_owned());
    }
    if !prediction.depends_on.is_empty() {
        let depends_on: Vec<String> = prediction.depends_on.iter().map(|it| text(it)).collect();
        lines.push(format!(
            "This depends on {}, which only the forge knows.",
            join_and(&depends_on)
        ));
    }
    lines.extend(prediction.uncounted_headers.iter().map(|header| {
        format!(
            "The header {} in the text of the squash does not count for the version.",
            code_text(header)
        )
    }));
    lines
}

/// The entries that a release gets in the changelog, as a quotation.
pub(super) fn release_lines(release: &JudgedRelease) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(package) = &release.package {
        lines.push(String::new());
        lines.push(format!(
            "**{}**: {}",
            text(package),
            text(&version(&release.next))
        ));
    }
    for section in &release.changelog {
        lines.push(String::new());
        lines.push(format!("> ### {}", text(&section.title)));
        lines.extend(
            section
                .entries
                .iter()
                .map(|entry| format!("> - {}", entry_text(entry))),
        );
    }
    lines
}

fn entry_text(entry: &JudgedEntry) -> String {
    let scope = entry
        .scope
        .as_ref()
        .map(|scope| format!("**{}:** ", text(scope)));
    let breaking = if entry.breaking { "**breaking:** " } else { "" };
    let tickets: Vec<String> = entry.tickets.iter().map(|id| text(id)).collect();
    let tickets = match tickets.as_slice() {
        [] => String::new(),
        tickets => format!(" ({})", tickets.join(", ")),
    };
    format!(
        "{}{breaking}{}{tickets}",
        scope.unwrap_or_default(),
        text(&entry.subject)
    )
}
