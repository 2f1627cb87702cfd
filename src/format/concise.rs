//! A line for each finding: `path:line:col: severity[rule] message`, as compilers write it and
//! editors read it.

use std::fmt::Write as _;

use super::summary_line;
use crate::finding::{Checked, Finding, Place};
use crate::source::sanitise_line;

/// Writes a line for each finding.
pub(super) fn concise(checked: &Checked) -> String {
    checked
        .findings
        .iter()
        .fold(String::new(), |mut out, finding| {
            let severity = finding.severity.as_str();
            let message = sanitise_line(&finding.message);
            writeln!(
                out,
                "{}: {severity}[{}] {message}",
                place(checked, finding),
                finding.rule
            )
            .expect("a string takes any text");
            out
        })
}

/// The maximum number of lines of [`findings_in_brief`].
const MAX_LINES: usize = 20;

/// A line for each of the first findings, and how many there are, for standard error next to other
/// output.
#[must_use]
pub(crate) fn findings_in_brief(checked: &Checked) -> String {
    let text = concise(checked);
    let shown: String = text.split_inclusive('\n').take(MAX_LINES).collect();
    shown + summary_line(checked).trim_end()
}

fn place(checked: &Checked, finding: &Finding) -> String {
    let name = match &finding.place {
        Place::File(path) => sanitise_line(path),
        Place::Commit(id) => format!("commit {}", sanitise_line(id)),
    };
    match checked.sources.get(&finding.place) {
        Some(source) => {
            let at = source.position(finding.label.span.start);
            format!("{name}:{}:{}", at.line, at.column)
        }
        None => name,
    }
}
