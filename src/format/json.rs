//! One JSON document for programs, as docs/design/output.md defines it.
//!
//! The wire structs here are the promise: fields may be added, never renamed or dropped within a
//! schema version. Words for people pass the sanitiser; paths and edits are exact, and [`json_document`](crate::source::json_document)
//! escapes whatever in them a terminal or a CI log would obey.

use serde::Serialize;

use super::{document, positions};
use crate::finding::{self, Applicability, Checked, Finding, Place, Severity};
use crate::source::{Position, sanitise, sanitise_line};

/// What `check` and `commit-msg` found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireCheck<'a> {
    schema_version: u8,
    /// Sorted by path, offset, and rule; those on commits come last.
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
    /// 1-based.
    line: usize,
    /// 1-based, in code points.
    column: usize,
    end_line: usize,
    /// The column after the last one.
    end_column: usize,
    /// In bytes, 0-based.
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
