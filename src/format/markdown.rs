//! A summary in Markdown, for the page of a CI job or a comment.
//!
//! A list rather than a table, because a table cell can't contain code with a `|`. GitHub drops a
//! summary larger than 1 MiB completely, so this one ends earlier, after a whole finding, and
//! counts the omitted ones.

use super::{counted, positions, summary_line};
use crate::changelog::escape;
use crate::finding::{Checked, Finding, Place};

/// The maximum size of a summary in bytes.
const MAX_SUMMARY_BYTES: usize = 900 * 1024;

/// The bytes that are reserved for the note about omitted findings.
const TRUNCATION_NOTE_BYTES: usize = 200;

/// Writes the summary of a run.
pub(super) fn markdown(checked: &Checked) -> String {
    let mut out = format!("## Tollgate\n\n{}", summary_line(checked));
    let mut current_place: Option<&Place> = None;
    for (index, finding) in checked.findings.iter().enumerate() {
        let mut part = item(checked, finding);
        if current_place != Some(&finding.place) {
            part = format!("\n### {}\n\n{part}", heading(&finding.place));
        }
        if out.len() + part.len() + TRUNCATION_NOTE_BYTES > MAX_SUMMARY_BYTES {
            let left = counted(checked.findings.len() - index, "more finding");
            return out + &format!("\n{left} are not shown: run `tollgate` to see all of them.\n");
        }
        out += &part;
        current_place = Some(&finding.place);
    }
    out
}

fn heading(place: &Place) -> String {
    match place {
        Place::File(path) => escape(path),
        Place::Commit(id) => format!("commit {}", escape(id)),
    }
}

fn item(checked: &Checked, finding: &Finding) -> String {
    let at = positions(checked, &finding.place, finding.label.span)
        .map(|(start, _)| format!(" {}:{}", start.line, start.column))
        .unwrap_or_default();
    let severity = finding.severity.as_str();
    let mut item = format!(
        "- **{severity}**{at} {} (`{}`)\n",
        escape(&finding.message),
        finding.rule
    );
    if !finding.help.is_empty() {
        item += &format!("  <br>{}\n", escape(&finding.help));
    }
    item
}
