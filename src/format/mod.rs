//! What a run found, written for people and for machines: one file a format.
//!
//! Every format is pure: findings go in, a text comes out. Where it is written, whether in colour
//! and how wide, is decided by the caller. All text that comes from a repository passes the
//! sanitiser, or an escape of its own, here.

mod changelog;
mod changelog_read;
mod changelog_text;
mod concise;
#[cfg(feature = "cli")]
mod diff;
#[cfg(feature = "cli")]
mod drawing;
mod edits;
#[cfg(feature = "cli")]
mod excerpt;
#[cfg(feature = "cli")]
mod explain;
#[cfg(feature = "cli")]
mod failure;
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
mod page;
mod paint;
#[cfg(feature = "cli")]
mod prose;
mod release;
mod rules;
mod sarif;
mod schema;
mod statistics;
mod status;
#[cfg(feature = "cli")]
mod status_text;
#[cfg(feature = "cli")]
mod table;
mod template;
mod ticket;
mod tickets;
mod verification;
mod version;

pub use changelog::{PackageChangelog, changelog_json, changelog_packages_json};
pub use changelog_read::read_changelog;
pub use changelog_text::ChangelogText;
pub use concise::findings_in_brief;
#[cfg(feature = "cli")]
pub use diff::{Fixes, diff};
#[cfg(feature = "cli")]
pub use explain::{explain, explain_packages};
#[cfg(feature = "cli")]
pub use failure::{failure, failure_details};
pub use files::{files_json, files_text};
#[cfg(feature = "cli")]
pub use full::release_findings;
pub use gate::{
    GateReport, Verdict, gate_json, gate_outputs, gate_summary, gate_text, without_commands,
};
pub use json::document;
#[cfg(feature = "cli")]
pub use page::page;
#[cfg(feature = "cli")]
pub use prose::prose;
pub use release::{bypass_notice, owed_line, release_json, release_plan, release_step, released};
pub use rules::{rules_json, rules_text};
pub use schema::SCHEMAS;
pub use statistics::{statistics_json, statistics_text};
pub use status::{Status, status_json};
#[cfg(feature = "cli")]
pub use status_text::status;
pub use template::Template;
pub use ticket::{Shown, ShownOutlook, ticket_json, ticket_text};
#[cfg(feature = "cli")]
pub use tickets::tickets_text;
pub use tickets::{Listed, tickets_json};
pub use verification::verification_json;
#[cfg(feature = "cli")]
pub use verification::verification_text;
pub use version::{
    Explained, ExplainedCommits, Uncounted, current_json, current_packages_json, explain_json,
    headline, next_json, package_json, packages_json,
};

use crate::finding::{Checked, Place, Severity};
use crate::source::{Position, Span};

/// A way to write down what a run found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Each finding drawn into the lines it points at.
    #[cfg(feature = "cli")]
    Full,
    /// A line for each finding.
    Concise,
    /// One document (docs/design/output.md, JSON documents).
    Json,
    /// A SARIF 2.1.0 log, for GitHub code scanning and its like.
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

/// What a drawing may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether escape sequences may set colours.
    pub color: bool,
    /// Whether lines may be drawn with characters outside ASCII.
    pub unicode: bool,
    /// The columns to fill at most.
    pub width: usize,
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

    /// Whether it is read by people where the run began, and not by programs that know the root.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
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

    /// Writes down what a run found; `look` matters to [`Format::Full`] alone.
    ///
    /// The text ends with a line feed, or is empty.
    #[must_use]
    #[cfg_attr(
        not(feature = "cli"),
        expect(unused_variables, reason = "only drawings have a look")
    )]
    pub fn render(self, checked: &Checked, look: Look) -> String {
        match self {
            #[cfg(feature = "cli")]
            Self::Full => full::full(checked, look),
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
fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// `2 tickets and 5 commits checked: 1 error, 2 warnings`, as a line.
fn tally(checked: &Checked) -> String {
    let looked: Vec<String> = [(checked.tickets, "ticket"), (checked.commits, "commit")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    let found = by_severity(checked);
    if looked.is_empty() && found.is_none() {
        return "nothing to check\n".to_owned();
    }
    let looked = if looked.is_empty() {
        "nothing".into()
    } else {
        looked.join(" and ")
    };
    match found {
        Some(found) => format!("{looked} checked: {found}\n"),
        None => format!("{looked} checked, no problems found\n"),
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

/// Where a span begins and ends; `None` where the text of its place is not known.
fn positions(checked: &Checked, place: &Place, span: Span) -> Option<(Position, Position)> {
    let source = checked.sources.get(place)?;
    Some((source.position(span.start), source.position(span.end)))
}

/// The file under which services that know files alone are told of a place.
fn file_name(place: &Place) -> String {
    match place {
        Place::File(path) => path.clone(),
        Place::Commit(id) => format!("commit/{id}"),
    }
}

/// The severities in falling order of weight.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.as_str()), Some(*format));
        }
        assert_eq!(Format::parse("xml"), None);
    }
}
