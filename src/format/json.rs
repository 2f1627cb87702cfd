//! One JSON document for programs, as product.md §11 fixes it.
//!
//! The wire structs here are the promise: fields may be added, never renamed or dropped within a schema version. Words
//! for people pass the sanitiser; paths and edits are exact, and [`document`] escapes whatever in them a terminal or a
//! CI log would obey.

use std::fmt::Write as _;

use serde::Serialize;

use crate::finding::{self, Applicability, Checked, Finding, Place, Severity};
use crate::source::{Position, sanitise, sanitise_line, shown};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    findings: Vec<WireFinding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
pub(super) struct WireFinding<'a> {
    rule: &'static str,
    severity: &'static str,
    message: String,
    help: String,
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    offset: usize,
    length: usize,
    fingerprint: String,
    fix: Option<WireFix<'a>>,
}

#[derive(Serialize)]
struct WireFix<'a> {
    applicability: &'static str,
    edits: Vec<WireEdit<'a>>,
}

#[derive(Serialize)]
struct WireEdit<'a> {
    offset: usize,
    length: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Summary {
    tickets: usize,
    commits: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// Writes the document of a run.
pub(super) fn json(checked: &Checked) -> String {
    document(&Document {
        schema_version: 1,
        findings: wire_findings(checked),
        summary: Summary {
            tickets: checked.tickets,
            commits: checked.commits,
            errors: checked.count(Severity::Error),
            warnings: checked.count(Severity::Warning),
            notes: checked.count(Severity::Note),
        },
    })
}

/// The findings as every JSON document has them.
pub(super) fn wire_findings(checked: &Checked) -> Vec<WireFinding<'_>> {
    let findings = checked.findings.iter().zip(finding::fingerprints(&checked.findings));
    findings.map(|(finding, fingerprint)| wire(checked, finding, fingerprint)).collect()
}

/// Writes any value as an indented JSON document that is harmless in terminals and logs.
///
/// Characters and log commands that the sanitiser would escape in a text are `\u` escapes here, so that whoever parses
/// the document has the text unchanged.
///
/// # Panics
///
/// Panics where the value cannot be written as JSON: wire structs have text keys and no failing serialisers.
#[must_use]
pub fn document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("wire structs are plain data");
    let mut clean = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        for (at, piece) in shown(line) {
            let character = line[at..].chars().next().expect("a piece begins at a character");
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
    let source = checked.sources.get(&finding.place);
    let position = |offset| source.map_or(Position { line: 1, column: 1 }, |source| source.position(offset));
    let (start, end) = (position(finding.label.span.start), position(finding.label.span.end));
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
            .map(|edit| WireEdit { offset: edit.span.start, length: edit.span.len(), text: &edit.text })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_or_log_would_obey_is_escaped_and_comes_back_unchanged() {
        let text = "\u{1b}[31m\u{202e}##vso[task]\u{e0041}";
        let written = document(&text);
        assert_eq!(written, "\"\\u001b[31m\\u202e\\u0023#vso[task]\\udb40\\udc41\"\n");
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
