//! What a rule is: its name, its level, its page and its checks.
//!
//! Checks make findings. They know neither levels nor suppressions, which are applied to the findings
//! of all rules in one place.

use crate::branch::Branch;
use crate::config::Level;
use crate::document::{Document, Field, StructureFault, SyntaxError};
use crate::finding::{Applicability, Finding, Fix, Place};
use crate::source::{Edit, Label, Source, Span};
use crate::ticket::{RiskLevel, Text, Ticket};

use super::approval::ApprovalRuleInput;
use super::checked_tree::CheckedTree;
use super::commit::MessageContext;
use super::settings::Settings;
use super::suppress::Suppression;
use crate::release::ReleaseContext;
use crate::release_file::ParsedReleaseFile;

/// A named check with its page.
#[derive(Debug)]
pub struct Rule {
    /// `group/name`; the name says what is wrong.
    pub name: &'static str,
    /// The level unless the configuration sets another.
    pub(crate) level: Level,
    /// The first version of Tollgate that has the rule.
    pub(crate) since: &'static str,
    /// What is wrong, in a few words.
    pub(crate) summary: &'static str,
    /// The page, in Markdown.
    pub page: &'static str,
    /// The options in the configuration; each has a default.
    pub(crate) options: &'static [Field],
    pub(super) checks: &'static [Check],
    /// Whether it understands texts in any language.
    pub(super) any_language: bool,
}

/// A kind of example on a rule's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// The rule has findings.
    Bad,
    /// No rule has findings.
    Good,
}

/// A check of a rule, by what it looks at.
///
/// A check makes findings of the severity that is the most they deserve; the level of the rule may
/// lower it.
#[derive(Debug)]
pub(super) enum Check {
    /// A text before it is parsed. A text with a finding is not parsed.
    Text(fn(&Source, &Settings) -> Option<Finding>),
    /// A syntax error.
    Syntax(fn(&SyntaxError, &Source) -> Finding),
    /// A tree without syntax errors.
    Document(fn(&Document, &mut Vec<Finding>)),
    /// A structural fault.
    Fault(fn(&StructureFault, &TicketContext<'_>) -> Option<Finding>),
    /// A ticket.
    Ticket(fn(&Ticket, &TicketContext<'_>, &mut Vec<Finding>)),
    /// A ticket and the tree that it belongs to.
    Tree(fn(&Ticket, &TicketContext<'_>, &CheckedTree, &mut Vec<Finding>)),
    /// All tickets of the repository.
    Tickets(fn(&[&Ticket], &Settings) -> Vec<Finding>),
    /// A release file without syntax errors.
    ReleaseFile(fn(&ParsedReleaseFile, &Settings, &mut Vec<Finding>)),
    /// The message of a commit.
    Message(fn(&MessageContext<'_>, &mut Vec<Finding>)),
    /// What a release meets.
    Release(fn(&ReleaseContext) -> Vec<Finding>),
    /// A branch.
    Branch(fn(&Branch, &Settings) -> Vec<Finding>),
    /// The approvals of a ticket.
    Approvals(fn(&ApprovalRuleInput<'_>, &mut Vec<Finding>)),
    /// A suppression, once it is known what it suppresses.
    Suppression(fn(&Suppression) -> Option<Finding>),
}

/// What a check may need besides the ticket.
pub(super) struct TicketContext<'a> {
    /// The settings of the run.
    pub(super) settings: &'a Settings,
    /// The tree of the ticket's file.
    pub(super) document: &'a Document,
    /// The texts of the plan fields, in order.
    pub(super) plan_texts: Vec<Text>,
    /// The declared risk, which decides what the ticket must say; low if none is declared.
    pub(super) risk: RiskLevel,
}

impl TicketContext<'_> {
    /// Describes how to add keys to a section of the ticket, which may be a table or a list of steps.
    /// Each key comes with a value as TOML.
    pub(super) fn describe_addition(&self, section: &str, keys: &[(&str, &str)]) -> String {
        let is_list = self
            .document
            .root()
            .get(section)
            .is_some_and(|node| node.as_array().is_some());
        let prefix = if is_list {
            format!("{section}.")
        } else {
            String::new()
        };
        let keys: Vec<String> = keys
            .iter()
            .map(|(key, value)| format!("`{prefix}{key}`, such as `{value}`"))
            .collect();
        let keys = keys.join(", and ");
        if is_list {
            format!("rename `{section}` to `{section}.steps`, and below it add {keys}")
        } else {
            format!("to the `{section}` table, add {keys}")
        }
    }

    /// The span of the value under these keys, whatever its type: `ticket/wrong-type` reports a wrong
    /// one.
    pub(super) fn span_of(&self, keys: &[&str]) -> Option<Span> {
        self.document.root().at(keys).map(|node| node.span)
    }
}

impl Check {
    /// Whether it needs no more than ticket and release files: neither commits nor what a release
    /// meets.
    const fn is_of_files(&self) -> bool {
        match self {
            Self::Text(_)
            | Self::Syntax(_)
            | Self::Document(_)
            | Self::Fault(_)
            | Self::Ticket(_)
            | Self::Tree(_)
            | Self::Tickets(_)
            | Self::ReleaseFile(_)
            | Self::Suppression(_) => true,
            Self::Message(_) | Self::Release(_) | Self::Branch(_) | Self::Approvals(_) => false,
        }
    }
}

impl Rule {
    /// Whether it has a check of ticket or release files.
    pub(super) fn checks_files(&self) -> bool {
        self.checks.iter().any(Check::is_of_files)
    }

    /// A rule without options that came with the first version.
    pub(super) const fn new(
        name: &'static str,
        level: Level,
        summary: &'static str,
        page: &'static str,
        checks: &'static [Check],
    ) -> Self {
        Self {
            name,
            level,
            since: "0.1.0",
            summary,
            page,
            options: &[],
            checks,
            any_language: false,
        }
    }

    /// The same rule, for tickets in any language: it compares names, values, or code.
    pub(super) const fn any_language(mut self) -> Self {
        self.any_language = true;
        self
    }

    /// The same rule with options.
    pub(super) const fn options(mut self, options: &'static [Field]) -> Self {
        self.options = options;
        self
    }

    /// The group, such as `content`.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The name without its group, such as `trivial-rollback`.
    #[must_use]
    pub(crate) fn short_name(&self) -> &'static str {
        self.name
            .split_once('/')
            .map_or(self.name, |(_, name)| name)
    }

    /// The examples of the page, in order: tickets, commit messages, or terminal sessions.
    #[must_use]
    pub fn examples(&self, kind: Example) -> Vec<&'static str> {
        let heading = match kind {
            Example::Bad => "\n## Example\n",
            Example::Good => "\n## Use instead\n",
        };
        let section = self.page.split(heading).nth(1).unwrap_or_default();
        let section = section.split("\n## ").next().unwrap_or_default();
        // Every second fence opens a block; the rest of its line is the language.
        let blocks = section.split("```").skip(1).step_by(2);
        blocks
            .filter_map(|block| block.split_once('\n'))
            .map(|(_language, text)| text)
            .collect()
    }

    /// Whether a comment in a ticket may suppress the rule. Comments cannot suppress rules that decide
    /// whether a change may go ahead, and commit messages have no comments.
    #[must_use]
    pub(crate) fn can_be_suppressed(&self) -> bool {
        ["content", "plan"].contains(&self.group())
            || ["toml/not-1.0", "ticket/dead-link"].contains(&self.name)
    }

    /// Whether it reads words of a ticket as English.
    pub(super) fn reads_english(&self) -> bool {
        self.group() == "content" && !self.any_language
    }

    /// Whether the rule compares tickets with their tree, so that it needs to know the tree.
    pub(super) fn needs_tree(&self) -> bool {
        self.checks
            .iter()
            .any(|check| matches!(check, Check::Tree(_)))
    }

    /// Whether the rule compares tickets, so that it needs all tickets of the repository.
    pub(super) fn is_cross_ticket(&self) -> bool {
        self.checks
            .iter()
            .any(|check| matches!(check, Check::Tickets(_)))
    }

    /// A finding at a span of a file or message. The message is the rule's summary unless another is
    /// set.
    pub(super) fn finding(&self, place: Place, span: Span, label: impl Into<String>) -> Finding {
        Finding::new(self.name, place, Label::new(span, label)).message(self.summary)
    }

    /// A finding about a structural fault, in the words of the fault.
    pub(super) fn fault(&self, fault: &StructureFault, ctx: &TicketContext<'_>) -> Finding {
        let words = fault.describe("tollgate schema ticket");
        let place = Place::file(ctx.document.source());
        self.finding(place, fault.span, words.label)
            .message(words.message)
            .help(words.help)
            .anchor(&fault.path)
    }
}

/// An unsafe fix that replaces a value by a string; `None` if the string would need escapes.
pub(super) fn unsafe_string_fix(span: Span, text: &str) -> Option<Fix> {
    let plain = !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    plain.then(|| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, format!("\"{text}\"")),
    })
}

/// The edits that replace one span.
pub(super) fn replacement(span: Span, text: impl Into<String>) -> Vec<Edit> {
    vec![Edit {
        span,
        text: text.into(),
    }]
}
