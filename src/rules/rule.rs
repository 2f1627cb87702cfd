//! What a rule is: its metadata, its input and its diagnostics.
//!
//! A rule declares its name, its level, its page and its checks; the checks push diagnostics and know
//! nothing of levels, files or suppressions, which `lint` decides for all of them.

use crate::config::Level;
use crate::document::{Document, Field, StructureFault, SyntaxError};
use crate::finding::{Applicability, Edit, Finding, Fix, Place, Severity};
use crate::source::{Label, Source, Span};
use crate::ticket::{RiskLevel, Text, Ticket};

use super::approval::ApprovalRuleInput;
use super::commit::MessageContext;
use super::gate::Branch;
use super::release::ReleaseContext;
use super::settings::Settings;
use super::suppress::Suppression;

/// A named check with its page.
#[derive(Debug)]
pub struct Rule {
    /// `group/name`; the name says what is wrong.
    pub name: &'static str,
    /// The level unless the configuration sets another.
    pub level: Level,
    /// The first version of Tollgate that has the rule.
    pub since: &'static str,
    /// What is wrong, in a few words.
    pub summary: &'static str,
    /// The page, in Markdown.
    pub page: &'static str,
    /// The options in the configuration; each has a default.
    pub options: &'static [Field],
    pub(super) checks: &'static [Check],
}

/// A kind of example on a rule's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// The rule has findings.
    Bad,
    /// No rule has findings.
    Good,
}

/// What a rule looks at.
#[derive(Debug)]
pub(super) enum Check {
    /// A text before it is parsed; where it diagnostics, nothing else is looked at.
    Text(fn(&Source, &Settings) -> Option<Diagnostic>),
    /// One syntax error.
    Syntax(fn(&SyntaxError) -> Diagnostic),
    /// A tree without syntax errors.
    Document(fn(&Document, &mut Diagnostics)),
    /// One structural fault.
    Fault(fn(&StructureFault, &TicketContext<'_>) -> Option<Diagnostic>),
    /// A ticket.
    Ticket(fn(&Ticket, &TicketContext<'_>, &mut Diagnostics)),
    /// All tickets of the repository; each diagnostic comes with the index of its ticket.
    Tickets(CrossTicketCheck),
    /// The message of a commit.
    Message(MessageCheck),
    /// What a release meets; each diagnostic comes with its place.
    Release(fn(&ReleaseContext) -> Vec<(Place, Diagnostic)>),
    /// A branch; each diagnostic comes with its place.
    Branch(fn(&Branch, &Settings) -> Vec<(Place, Diagnostic)>),
    /// What became of the approvals of a ticket.
    Approvals(fn(&ApprovalRuleInput<'_>, &mut Diagnostics)),
    /// One suppression, after everything else has spoken.
    Suppression(fn(&Suppression) -> Option<Diagnostic>),
}

/// A check of the message of a commit.
pub(super) type MessageCheck = fn(&MessageContext<'_>, &mut Diagnostics);

/// A check of all tickets of a repository.
pub(super) type CrossTicketCheck = fn(&[&Ticket], &Settings) -> Vec<(usize, Diagnostic)>;

/// What a check may need besides the ticket.
pub(super) struct TicketContext<'a> {
    /// The settings of the run.
    pub(super) settings: &'a Settings,
    /// The tree of the ticket's file.
    pub(super) document: &'a Document,
    /// Every text of the plan fields, in order.
    pub(super) plan_texts: Vec<Text>,
    /// The ticket's risk: declared, or else computed.
    pub(super) risk: RiskLevel,
}

impl TicketContext<'_> {
    /// How keys are added to a section of the ticket, whatever form it has; each comes with a value
    /// as TOML.
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
            .map(|(key, value)| format!("`{prefix}{key} = {value}`"))
            .collect();
        let keys = keys.join(" and ");
        if is_list {
            format!("rename `{section}` to `{section}.steps` and add {keys} below it")
        } else {
            format!("add {keys} to the `{section}` table")
        }
    }

    /// Where the value under these keys stands, whatever its type: one that is wrong is told
    /// elsewhere.
    pub(super) fn span_of(&self, keys: &[&str]) -> Option<Span> {
        self.document.root().at(keys).map(|node| node.span)
    }
}

/// A finding of a rule before its severity is resolved.
#[derive(Debug, Clone)]
pub(super) struct Diagnostic {
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) label: Label,
    pub(super) related: Vec<(Place, Label)>,
    pub(super) anchor: String,
    /// Its maximum severity, regardless of its rule's level.
    pub(super) max_severity: Severity,
    pub(super) fix: Option<Fix>,
}

/// The diagnostics of one file.
#[derive(Debug, Default)]
pub(super) struct Diagnostics(Vec<Diagnostic>);

impl Rule {
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
        }
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
    pub fn short_name(&self) -> &'static str {
        self.name
            .split_once('/')
            .map_or(self.name, |(_, name)| name)
    }

    /// The examples of the page, in order: tickets, messages of commits, or sessions at a terminal.
    #[must_use]
    pub fn examples(&self, kind: Example) -> Vec<&'static str> {
        let heading = match kind {
            Example::Bad => "\n## Example\n",
            Example::Good => "\n## Use instead\n",
        };
        let section = self.page.split(heading).nth(1).unwrap_or_default();
        let section = section.split("\n## ").next().unwrap_or_default();
        // Fences open and close in turn, and what opens one names its language on the rest of the
        // line.
        let blocks = section.split("```").skip(1).step_by(2);
        blocks
            .filter_map(|block| block.split_once('\n'))
            .map(|(_language, text)| text)
            .collect()
    }

    /// Whether a comment in a ticket may silence it: rules that decide cannot be, and messages of
    /// commits hold none.
    #[must_use]
    pub fn can_be_suppressed(&self) -> bool {
        ["content", "plan"].contains(&self.group()) || self.name == "toml/not-1.0"
    }

    /// Whether it looks at the other tickets of the repository too.
    pub(super) fn is_cross_ticket(&self) -> bool {
        self.checks
            .iter()
            .any(|check| matches!(check, Check::Tickets(_)))
    }

    /// A diagnostic at a label; the message is the rule's summary until another is given.
    pub(super) fn diagnostic(&self, label: Label) -> Diagnostic {
        Diagnostic {
            rule: self.name,
            message: self.summary.to_owned(),
            help: String::new(),
            label,
            related: Vec::new(),
            anchor: String::new(),
            max_severity: Severity::Error,
            fix: None,
        }
    }

    /// A diagnostic at a structural fault, in the words of the fault.
    pub(super) fn fault(&self, fault: &StructureFault) -> Diagnostic {
        let words = fault.describe("tollgate schema ticket");
        let label = Label::new(fault.span, words.label);
        self.diagnostic(label)
            .message(words.message)
            .help(words.help)
            .anchor(&fault.path)
    }
}

impl Diagnostic {
    /// The fact, in other words than the rule's summary.
    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// What to write instead.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// What stays the same when lines move: the path of a key.
    pub(super) fn anchor(mut self, anchor: impl Into<String>) -> Self {
        self.anchor = anchor.into();
        self
    }

    /// The heaviest that it may weigh, where it weighs less than its rule.
    pub(super) fn max_severity(mut self, severity: Severity) -> Self {
        self.max_severity = severity;
        self
    }

    /// A further place that explains it.
    pub(super) fn related(mut self, place: Place, label: Label) -> Self {
        self.related.push((place, label));
        self
    }

    /// An edit that fixes it.
    pub(super) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    pub(super) fn into_finding(self, place: Place, severity: Severity) -> Finding {
        Finding {
            rule: self.rule,
            severity: severity.min(self.max_severity),
            message: self.message,
            help: self.help,
            place,
            label: self.label,
            related: self.related,
            anchor: self.anchor,
            fix: self.fix,
        }
    }
}

impl Diagnostics {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub(super) fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

/// The unsafe fix that writes another text in the place of a value; `None` where it would need
/// escapes.
pub(super) fn unsafe_string_fix(span: Span, text: &str) -> Option<Fix> {
    let plain = !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    plain.then(|| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, format!("\"{text}\"")),
    })
}

/// An edit of one place.
pub(super) fn replacement(span: Span, text: impl Into<String>) -> Vec<Edit> {
    vec![Edit {
        span,
        text: text.into(),
    }]
}
