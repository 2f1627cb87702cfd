//! Output formats: renders findings, errors, and the results of commands for people and for
//! machines. The wire structs of the JSON documents are here, with their schemas.
//!
//! Every format is pure: values go in, a text comes out. The caller decides where it is written,
//! how wide it is, and whether it has colors. All text that comes from a repository is sanitized or
//! escaped here.

mod concise;
#[cfg(feature = "cli")]
mod diagnostic;
#[cfg(feature = "cli")]
mod diff;
mod edits;
#[cfg(feature = "cli")]
mod error;
#[cfg(feature = "cli")]
mod excerpt;
#[cfg(feature = "cli")]
mod explain;
mod files;
#[cfg(feature = "cli")]
mod full;
mod gate;
mod github;
mod gitlab;
mod json;
mod junit;
mod line_hash;
mod markdown;
#[cfg(feature = "cli")]
mod message;
mod output_schemas;
mod release;
mod rules;
mod sarif;
mod servicenow;
mod statistics;
mod status;
#[cfg(feature = "cli")]
mod status_text;
mod style;
#[cfg(feature = "cli")]
mod table;
#[cfg(feature = "cli")]
mod terminal_markdown;
mod ticket;
mod ticket_list;
mod ticket_record;
mod verification;
mod version;

pub(crate) use concise::findings_in_brief;
#[cfg(feature = "cli")]
pub(crate) use diff::{Fixes, diff};
#[cfg(feature = "cli")]
pub use error::render_error;
#[cfg(feature = "cli")]
pub(crate) use error::render_error_details;
#[cfg(feature = "cli")]
pub(crate) use explain::explain;
pub(crate) use files::{files_json, files_text};
#[cfg(feature = "cli")]
pub(crate) use full::release_findings;
pub(crate) use gate::{gate_json, gate_outputs, gate_summary, gate_text, stop_commands};
#[cfg(feature = "cli")]
pub(crate) use message::render_message;
pub(crate) use output_schemas::SCHEMAS;
#[cfg(feature = "cli")]
pub(crate) use release::quoted_list;
pub(crate) use release::{
    PlannedRelease, bypass_notice, follow_up_line, release_json, release_plan, release_step,
    release_summary,
};
pub(crate) use rules::rules_json;
#[cfg(feature = "cli")]
pub(crate) use rules::rules_text;
pub(crate) use statistics::{statistics_json, statistics_text};
pub(crate) use status::{Status, status_json};
#[cfg(feature = "cli")]
pub(crate) use status_text::status;
#[cfg(feature = "cli")]
pub(crate) use terminal_markdown::render_markdown;

pub(crate) use servicenow::{ServiceNowChange, servicenow_json};
pub(crate) use ticket_list::tickets_json;
pub(crate) use verification::verification_json;
#[cfg(feature = "cli")]
pub(crate) use verification::verification_text;
pub(crate) use version::{
    ExplainedCommits, ExplanationInput, Uncounted, current_json, explain_json, headline, next_json,
};

pub(crate) use crate::source::json_document as document;

// For the tests of this package.
#[doc(hidden)]
pub use ticket::{ApprovalOutlook, TicketDetails, ticket_json, ticket_text};
#[doc(hidden)]
pub use ticket_list::ListedTicket;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use ticket_list::tickets_text;

use crate::finding::{Checked, Place, Severity};
use crate::source::{Position, Span, join_and};

/// An output format for findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Each finding with an excerpt of its lines.
    #[cfg(feature = "cli")]
    Full,
    /// A line for each finding.
    Concise,
    /// One document (docs/design/output.md, JSON documents).
    Json,
    /// A SARIF 2.1.0 log, for GitHub code scanning and similar services.
    Sarif,
    /// Annotations in the log of a GitHub workflow.
    Github,
    /// A Code Quality report for GitLab.
    Gitlab,
    /// A JUnit report.
    Junit,
    /// A summary for the page of a CI job.
    Markdown,
}

/// How output is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderOptions {
    /// Whether escape sequences may set colors.
    pub color: bool,
    /// Whether lines may be drawn with characters outside ASCII.
    pub unicode: bool,
    /// The maximum width in columns.
    pub width: usize,
}

impl Default for RenderOptions {
    /// Plain ASCII in 80 columns.
    fn default() -> Self {
        Self {
            color: false,
            unicode: false,
            width: 80,
        }
    }
}

impl Format {
    /// Every format, the default first.
    pub const ALL: &[Self] = &[
        #[cfg(feature = "cli")]
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "cli")]
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str() == name)
    }

    /// Whether paths are relative to the current directory, for people, rather than to the root,
    /// for programs.
    #[must_use]
    pub(crate) const fn is_for_people(self) -> bool {
        match self {
            #[cfg(feature = "cli")]
            Self::Full => true,
            Self::Concise => true,
            Self::Json
            | Self::Sarif
            | Self::Github
            | Self::Gitlab
            | Self::Junit
            | Self::Markdown => false,
        }
    }

    /// Renders the findings of a run; `options` are used by [`Format::Full`] only.
    ///
    /// The text ends with a line feed, or is empty.
    #[must_use]
    #[cfg_attr(
        not(feature = "cli"),
        expect(unused_variables, reason = "only diagnostics have render options")
    )]
    pub fn render(self, checked: &Checked, options: RenderOptions) -> String {
        match self {
            #[cfg(feature = "cli")]
            Self::Full => full::full(checked, options),
            Self::Concise => concise::concise(checked),
            Self::Json => json::json(checked),
            Self::Sarif => sarif::sarif(checked),
            Self::Github => github::github(checked),
            Self::Gitlab => gitlab::gitlab(checked),
            Self::Junit => junit::junit(checked),
            Self::Markdown => markdown::markdown(checked),
        }
    }
}

/// `1 error`, `2 warnings`, `no notes`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// `2 tickets and 5 commits checked: 1 error, 2 warnings`, as a line.
fn summary_line(checked: &Checked) -> String {
    let counts: Vec<String> = [
        (checked.tickets, "ticket"),
        (checked.release_files, "release file"),
        (checked.commits, "commit"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, noun)| counted(count, noun))
    .collect();
    let found = by_severity(checked);
    if counts.is_empty() && found.is_none() {
        return "nothing to check\n".to_owned();
    }
    let counts = join_and(&counts);
    match found {
        Some(found) if counts.is_empty() => format!("{found}\n"),
        Some(found) => format!("{counts} checked: {found}\n"),
        None => format!("{counts} checked, no problems found\n"),
    }
}

/// `1 error, 2 warnings`; `None` if there are no findings.
fn by_severity(checked: &Checked) -> Option<String> {
    let found: Vec<String> = SEVERITIES
        .into_iter()
        .filter(|severity| checked.count(*severity) > 0)
        .map(|severity| counted(checked.count(severity), severity.as_str()))
        .collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// The start and the end of a span; `None` if the text of its place is unknown.
fn positions(checked: &Checked, place: &Place, span: Span) -> Option<(Position, Position)> {
    let source = checked.sources.get(place)?;
    Some((source.position(span.start), source.position(span.end)))
}

/// The file name of a place, for services that know only files.
fn file_name(place: &Place) -> String {
    match place {
        Place::File(path) => path.clone(),
        Place::Commit(id) => format!("commit/{id}"),
    }
}

/// The severities, the most serious first.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::source::Label;

    #[test]
    fn finding_without_tickets_and_commits_is_counted() {
        let freeze = Finding {
            rule: "gate/freeze-active",
            severity: Severity::Error,
            place: Place::Commit("0".repeat(40)),
            label: Label::new(Span::default(), ""),
            related: Vec::new(),
            message: String::new(),
            help: String::new(),
            fix: None,
            anchor: String::new(),
        };
        let checked = Checked {
            findings: vec![freeze],
            ..Checked::default()
        };
        assert_eq!(summary_line(&checked), "1 error\n");
    }

    #[test]
    fn a_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(*format));
        }
        assert_eq!(Format::parse("xml"), None);
    }
}
