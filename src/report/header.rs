//! What every report says about its release.

use serde::Serialize;

use super::facts::ReleaseFacts;
use super::markdown::code;
use crate::changelog::escape;
use crate::release::THIS_TOOL;

/// The release that a report is about, and what it was made from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Header {
    /// The name of the project, or of the package.
    pub(super) project: String,
    /// The version; null if no commit calls for a release.
    pub(super) version: Option<String>,
    /// The tag; null if it is not released.
    pub(super) tag: Option<String>,
    /// The range of releases that it is about, as given; null if it is about one.
    pub(super) range: Option<String>,
    /// The tag of the release before; null if there is none.
    pub(super) previous: Option<String>,
    /// The commit that the report was made from.
    pub(super) commit: String,
    /// The number of commits since the release before.
    pub(super) commits: usize,
    /// The time zone of printed times; those of this document are in UTC.
    pub(super) zone: String,
    /// The commits that change the product and cite no ticket.
    pub(super) without_ticket: Vec<CommitLine>,
    /// The version of Tollgate.
    pub(super) tool: &'static str,
}

/// A commit in one line.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CommitLine {
    pub(super) id: String,
    /// The commit's ID in ten digits.
    pub(super) short: String,
    /// The first line of its message, without the type if it is conventional.
    pub(super) subject: String,
    /// Its type; null if it is not conventional.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Its scope.
    pub(super) scope: Option<String>,
    pub(super) author: String,
}

impl Header {
    pub(super) fn new(facts: &ReleaseFacts) -> Self {
        Self {
            project: facts.project.clone(),
            version: facts.version.as_ref().map(ToString::to_string),
            tag: facts.tag.as_ref().map(|tag| tag.name.clone()),
            range: facts.range.clone(),
            previous: facts.previous.as_ref().map(|base| base.tag.clone()),
            commit: facts.tip.to_string(),
            commits: facts.commits.len(),
            zone: facts.clock.zone().to_owned(),
            without_ticket: facts
                .without_ticket()
                .map(|commit| CommitLine {
                    id: commit.commit.id.to_string(),
                    short: commit.commit.id.short(),
                    subject: commit.commit.subject().to_owned(),
                    kind: commit.commit.kind_name().map(str::to_owned),
                    scope: commit.commit.scope().map(str::to_owned),
                    author: commit.author.clone(),
                })
                .collect(),
            tool: THIS_TOOL,
        }
    }

    /// `shop 4.13.0`, or `shop (unreleased)`.
    pub(super) fn name(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.project),
            None => format!("{} (unreleased)", self.project),
        }
    }

    /// The name, as Markdown, with the range if there is one.
    pub(super) fn title(&self) -> String {
        match &self.range {
            None => escape(&self.name()),
            Some(range) => format!("{} ({})", escape(&self.name()), code(range)),
        }
    }

    /// `Made from 15dbdba0a1 (13 commits since v4.12.1) by tollgate 0.1.0.`
    pub(super) fn made_from(&self) -> String {
        let commits = match self.commits {
            1 => "1 commit".to_owned(),
            count => format!("{count} commits"),
        };
        let since = self
            .previous
            .as_ref()
            .map(|tag| format!(" since {}", code(tag)))
            .unwrap_or_default();
        format!(
            "Made from {} ({commits}{since}) by {}.",
            code(&self.commit[..10]),
            self.tool
        )
    }
}

impl CommitLine {
    /// `2ec1e3e0aa fix(prices): round half up (Bo)`, as plain text.
    pub(super) fn text(&self) -> String {
        let kind = match (&self.kind, &self.scope) {
            (Some(kind), Some(scope)) => format!("{kind}({scope}): "),
            (Some(kind), None) => format!("{kind}: "),
            (None, _) => String::new(),
        };
        format!("{} {kind}{} ({})", self.short, self.subject, self.author)
    }

    /// `` `2ec1e3e0aa` fix(prices): round half up (Bo) ``.
    pub(super) fn markdown(&self) -> String {
        let kind = match (&self.kind, &self.scope) {
            (Some(kind), Some(scope)) => format!("{}({}): ", escape(kind), escape(scope)),
            (Some(kind), None) => format!("{}: ", escape(kind)),
            (None, _) => String::new(),
        };
        format!(
            "{} {kind}{} ({})",
            code(&self.short),
            escape(&self.subject),
            escape(&self.author)
        )
    }
}
