//! One JSON document for programs, as docs/design/output.md defines it.
//!
//! The wire structs here are the promise: fields may be added, never renamed or dropped within a
//! schema version. Words for people pass the sanitiser; paths and edits are exact, and [`document`]
//! escapes whatever in them a terminal or a CI log would obey.

use std::fmt::Write as _;

use serde::Serialize;

use super::positions;
use crate::finding::{self, Applicability, Checked, Finding, Place, Severity};
use crate::source::{Position, sanitise, sanitise_line, shown};

/// What `check` and `commit-msg` found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireCheck<'a> {
    schema_version: u8,
    /// Ordered by path, offset and rule; those on commits come last.
    findings: Vec<WireFinding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireFinding<'a> {
    rule: &'static str,
    #[cfg_attr(test, schemars(extend("enum" = ["error", "warning", "note"])))]
    severity: &'static str,
    /// The fact, on one line.
    message: String,
    /// What to write instead; may be empty.
    help: String,
    /// The file, relative to the root, with `/`; null for a commit.
    path: Option<&'a str>,
    /// The full ID of the commit, if the finding is on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    /// From 1.
    line: usize,
    /// From 1, in code points.
    column: usize,
    end_line: usize,
    /// The column after the last one.
    end_column: usize,
    /// In bytes, from 0.
    offset: usize,
    /// In bytes.
    length: usize,
    /// Stays the same when lines move and messages are reworded.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    fingerprint: String,
    /// An edit that fixes the finding.
    fix: Option<WireFix<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireFix<'a> {
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe"])))]
    applicability: &'static str,
    /// In order, not overlapping; applied together or not at all.
    edits: Vec<WireEdit<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireEdit<'a> {
    offset: usize,
    length: usize,
    text: &'a str,
}

/// How many tickets and commits were checked, and how many findings there are.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary {
    tickets: usize,
    commits: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// Writes the document of a run.
pub(super) fn json(checked: &Checked) -> String {
    document(&WireCheck {
        schema_version: 1,
        findings: wire_findings(checked),
        summary: Summary::of(checked),
    })
}

impl Summary {
    /// Counts what a run looked at and found.
    pub(super) fn of(checked: &Checked) -> Self {
        Self {
            tickets: checked.tickets,
            commits: checked.commits,
            errors: checked.count(Severity::Error),
            warnings: checked.count(Severity::Warning),
            notes: checked.count(Severity::Note),
        }
    }
}

/// The findings as every JSON document has them.
pub(super) fn wire_findings(checked: &Checked) -> Vec<WireFinding<'_>> {
    let findings = checked
        .findings
        .iter()
        .zip(finding::fingerprints(&checked.findings));
    findings
        .map(|(finding, fingerprint)| wire(checked, finding, fingerprint))
        .collect()
}

/// Writes any value as an indented JSON document that is harmless in terminals and logs.
///
/// Characters and log commands that the sanitiser would escape in a text are `\u` escapes here, so
/// that whoever parses the document has the text unchanged.
///
/// # Panics
///
/// Panics where the value cannot be written as JSON: wire structs have text keys and no failing
/// serialisers.
#[must_use]
pub fn document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("wire structs are plain data");
    let mut clean = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        for (at, piece) in shown(line) {
            let character = line[at..]
                .chars()
                .next()
                .expect("a piece begins at a character");
            if piece.chars().eq([character]) {
                clean.push(character);
            } else {
                push_escape(&mut clean, character);
            }
        }
        clean.push('\n');
    }
    clean
}

fn push_escape(clean: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        write!(clean, "\\u{unit:04x}").expect("a string takes any text");
    }
}

fn wire<'a>(checked: &Checked, finding: &'a Finding, fingerprint: String) -> WireFinding<'a> {
    let begin = Position { line: 1, column: 1 };
    let (start, end) =
        positions(checked, &finding.place, finding.label.span).unwrap_or((begin, begin));
    let (path, commit) = match &finding.place {
        Place::File(path) => (Some(path.as_str()), None),
        Place::Commit(id) => (None, Some(id.as_str())),
    };
    WireFinding {
        rule: finding.rule,
        severity: finding.severity.as_str(),
        message: sanitise_line(&finding.message),
        help: sanitise(&finding.help),
        path,
        commit,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        offset: finding.label.span.start,
        length: finding.label.span.len(),
        fingerprint,
        fix: finding.fix.as_ref().map(wire_fix),
    }
}

fn wire_fix(fix: &finding::Fix) -> WireFix<'_> {
    let edits = fix.edits.iter();
    WireFix {
        applicability: match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
        },
        edits: edits
            .map(|edit| WireEdit {
                offset: edit.span.start,
                length: edit.span.len(),
                text: &edit.text,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_roundtrip() {
        let text = "\u{1b}[31m\u{202e}##vso[task]\u{e0041}";
        let written = document(&text);
        assert_eq!(
            written,
            "\"\\u001b[31m\\u202e\\u0023#vso[task]\\udb40\\udc41\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
