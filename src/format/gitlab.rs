//! A Code Quality report for GitLab, which shows it in the merge request.
//!
//! The shape is GitLab's
//! (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>): a list without
//! a version, in which every entry needs a path and a line.

use serde::Serialize;

use super::{document, file_name, positions};
use crate::finding::{self, Checked, Finding, Severity};
use crate::source::{sanitise, sanitise_line};

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes the report of a run.
pub(super) fn gitlab(checked: &Checked) -> String {
    let findings = checked
        .findings
        .iter()
        .zip(finding::fingerprints(&checked.findings));
    document(
        &findings
            .map(|(finding, fingerprint)| entry(checked, finding, fingerprint))
            .collect::<Vec<_>>(),
    )
}

fn entry(checked: &Checked, finding: &Finding, fingerprint: String) -> Entry {
    let mut description = sanitise_line(&finding.message);
    if !finding.help.is_empty() {
        description += &format!("\nhelp: {}", sanitise(&finding.help));
    }
    let lines = positions(checked, &finding.place, finding.label.span)
        .map_or((1, 1), |(a, b)| (a.line, b.line));
    Entry {
        description,
        check_name: finding.rule,
        fingerprint,
        severity: match finding.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: Location {
            path: file_name(&finding.place),
            lines: Lines {
                begin: lines.0,
                end: lines.1,
            },
        },
    }
}
