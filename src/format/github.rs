//! Annotations of a GitHub workflow: commands in its log that the forge shows next to the lines of
//! the change.
//!
//! GitHub shows ten annotations of a level and drops the rest in silence, so this stops at ten and
//! says how many there are besides. Values are escaped as the runner's toolkit escapes them: `%`
//! and line ends everywhere, `:` and `,` in properties too
//! (<https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>).

use std::fmt::Write as _;

use super::{SEVERITIES, counted, positions};
use crate::finding::{Checked, Finding, Place, Severity};
use crate::source::{sanitise, sanitise_line};

/// How many annotations of a level a step can have.
const MAX_ANNOTATIONS: usize = 10;

/// Writes the annotations, ten of a level at most, and then one that counts the others.
pub(super) fn github(checked: &Checked) -> String {
    let room = |severity| {
        if severity == Severity::Note {
            MAX_ANNOTATIONS - 1
        } else {
            MAX_ANNOTATIONS
        }
    }; // the last word is a notice too
    let mut out = String::new();
    let mut left_out = Vec::new();
    for severity in SEVERITIES {
        for finding in checked
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .take(room(severity))
        {
            annotate(&mut out, checked, finding);
        }
        let more = checked.count(severity).saturating_sub(room(severity));
        if more > 0 {
            left_out.push(counted(more, &format!("more {}", severity.as_str())));
        }
    }
    if !left_out.is_empty() {
        let more = left_out.join(" and ");
        out +=
            &format!("::notice title=tollgate::{more}: see the job summary, or run `tollgate`\n");
    }
    out
}

fn annotate(out: &mut String, checked: &Checked, finding: &Finding) {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    let mut message = String::new();
    match &finding.place {
        Place::File(path) if path.starts_with('<') => {
            message = format!("{}: ", sanitise_line(path));
        } // no file
        Place::File(path) => {
            properties.push(format!("file={}", property(&sanitise_line(path))));
            properties.extend(lines(checked, finding));
        }
        Place::Commit(id) => message = format!("commit {}: ", sanitise_line(id)),
    }
    properties.push(format!("title={}", property(finding.rule)));
    message += &sanitise_line(&finding.message);
    if !finding.help.is_empty() {
        message = format!("{message}\nhelp: {}", sanitise(&finding.help));
    }
    writeln!(
        out,
        "::{command} {}::{}",
        properties.join(","),
        data(&message)
    )
    .expect("a string takes any text");
}

/// The lines of a finding; its columns only where it stays on one line, since GitHub takes no
/// others.
fn lines(checked: &Checked, finding: &Finding) -> Vec<String> {
    let Some((start, end)) = positions(checked, &finding.place, finding.label.span) else {
        return Vec::new();
    };
    let mut properties = vec![
        format!("line={}", start.line),
        format!("endLine={}", end.line),
    ];
    if start.line == end.line {
        properties.push(format!("col={}", start.column));
        properties.push(format!("endColumn={}", end.column));
    }
    properties
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
