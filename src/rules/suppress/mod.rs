//! Comments that suppress rules, each with its reason.
//!
//! `# tollgate: allow[rule/name] reason` is at the end of the line or on a line of its own above it;
//! `allow-file[…]` may be anywhere. Decides what a comment suppresses. The comments come from the
//! lexer, so a string that looks like a comment suppresses nothing.

mod missing_reason;
mod unknown_rule;
mod unused;

use std::collections::HashMap;

use super::lint::rule;
use super::rule::Rule;
use crate::document::{Comment, Document};
use crate::finding::{Finding, Place};
use crate::source::{Source, Span};
use crate::ticket::{Directive, SuppressionScope};

pub(super) const RULES: &[Rule] = &[missing_reason::RULE, unknown_rule::RULE, unused::RULE];

/// One rule that a comment suppresses.
#[derive(Debug, Clone)]
pub(super) struct Suppression {
    /// The rule as written; empty if the comment is invalid.
    pub(super) rule: String,
    /// The file with the comment.
    place: Place,
    /// The span of the comment.
    pub(super) span: Span,
    /// Whether a reason is given.
    pub(super) reason: Reason,
    /// Whether it has suppressed nothing.
    pub(super) unused: bool,
    scope: Scope,
}

/// Whether a suppression has a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It does.
    Given,
    /// It does not.
    Absent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The comment ends this line.
    Line(usize),
    /// The comment is above this line.
    Below(usize),
    File,
}

/// The suppressions of a file, in order.
pub(super) fn suppressions(document: &Document) -> Vec<Suppression> {
    let source = document.source();
    let alone = document
        .comments()
        .iter()
        .filter(|comment| stands_alone(comment, source));
    let below = lines_below(alone.map(|comment| source.position(comment.span.start).line));
    document
        .comments()
        .iter()
        .flat_map(|comment| read(comment, source, &below))
        .collect()
}

/// Whether one of the suppressions suppresses a finding; that one is no longer unused.
pub(super) fn suppress(
    suppressions: &mut [Suppression],
    finding: &Finding,
    source: &Source,
) -> bool {
    let first = source.position(finding.label.span.start).line;
    let last = source.position(finding.label.span.end).line;
    let mut is_suppressed = false;
    for suppression in suppressions
        .iter_mut()
        .filter(|suppression| suppression.applies_to(finding.rule))
    {
        let here = match suppression.scope {
            Scope::Line(line) => (first..=last).contains(&line),
            Scope::Below(line) => line == first,
            Scope::File => true,
        };
        if here {
            suppression.unused = false;
            is_suppressed = true;
        }
    }
    is_suppressed
}

impl Suppression {
    /// A finding about the comment.
    fn finding(&self, rule: &Rule, label: &str) -> Finding {
        rule.finding(self.place.clone(), self.span, label)
            .anchor(&self.rule)
    }

    fn applies_to(&self, name: &str) -> bool {
        self.rule == name && self.reason == Reason::Given && self.is_applicable()
    }

    /// Whether it names a rule that can be suppressed.
    pub(super) fn is_applicable(&self) -> bool {
        rule(&self.rule).is_some_and(Rule::can_be_suppressed)
    }
}

fn stands_alone(comment: &Comment, source: &Source) -> bool {
    let line = source.line(source.position(comment.span.start).line);
    line.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('#')
}

fn read(comment: &Comment, source: &Source, below: &HashMap<usize, usize>) -> Vec<Suppression> {
    let line = source.position(comment.span.start).line;
    let suppression = |rule: &str, reason, scope| Suppression {
        rule: rule.to_owned(),
        place: Place::file(source),
        span: comment.span,
        reason,
        unused: true,
        scope,
    };
    let allowance = match Directive::parse(comment) {
        None => return Vec::new(),
        Some(Directive::Unknown) => return vec![suppression("", Reason::Given, Scope::Line(line))],
        Some(Directive::Allow(allowance)) => allowance,
    };
    let scope = match allowance.scope {
        SuppressionScope::File => Scope::File,
        SuppressionScope::Line => below
            .get(&line)
            .map_or(Scope::Line(line), |below| Scope::Below(*below)),
    };
    let reason = if allowance.reason.contains(char::is_alphanumeric) {
        Reason::Given
    } else {
        Reason::Absent
    };
    allowance
        .rules
        .iter()
        .map(|rule| suppression(rule, reason, scope))
        .collect()
}

/// For each line that is only a comment, the first line below that is not.
fn lines_below(lines: impl DoubleEndedIterator<Item = usize>) -> HashMap<usize, usize> {
    let mut below = HashMap::new();
    for line in lines.rev() {
        let next = below.get(&(line + 1)).copied().unwrap_or(line + 1);
        below.insert(line, next);
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Level};
    use crate::rules::{RuleSelection, Settings, lint_ticket};
    use jiff::Timestamp;

    /// The rules with findings for a ticket with this line as its title.
    fn rules(title: &str) -> Vec<&'static str> {
        let text = format!(
            "{title}\njustification = \"Checkout fails for 2% of orders\"\ndeployment = [\"Merge #12\"]\n\
             rollback = [\"Revert 3f2a91c\"]\nvalidation = [\"`/health` returns 200\"]\n"
        );
        let settings = Settings::new(
            &Config::default(),
            &RuleSelection::default(),
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        lint_ticket(&Source::new("a.toml", text), &settings)
            .findings
            .into_iter()
            .map(|f| f.rule)
            .collect()
    }

    #[test]
    fn comment_suppresses_its_line_and_the_next() {
        assert_eq!(rules("title = \"Pool TBD\""), ["content/placeholder"]);
        assert_eq!(
            rules("title = \"Pool TBD\" # tollgate: allow[content/placeholder] a name"),
            [""; 0]
        );
        assert_eq!(
            rules("# tollgate: allow[content/placeholder] a name\n# more\ntitle = \"Pool TBD\""),
            [""; 0]
        );
    }

    #[test]
    fn comment_elsewhere_suppresses_nothing() {
        let found = rules("# tollgate: allow[content/placeholder] a name\n\ntitle = \"Pool TBD\"");
        assert_eq!(found, ["suppress/unused", "content/placeholder"]);
    }

    #[test]
    fn file_comment_works_anywhere() {
        assert_eq!(
            rules("title = \"Pool TBD\"\n\n# tollgate: allow-file[content/placeholder] a name"),
            [""; 0]
        );
    }

    #[test]
    fn comment_in_a_string_suppresses_nothing() {
        assert_eq!(
            rules("title = \"Pool TBD # tollgate: allow[content/placeholder] x\""),
            ["content/placeholder"]
        );
    }

    #[test]
    fn without_a_reason_nothing_is_silenced() {
        let found = rules("title = \"Pool TBD\" # tollgate: allow[content/placeholder]");
        assert_eq!(found, ["content/placeholder", "suppress/missing-reason"]);
    }

    #[test]
    fn what_decides_cannot_be_silenced() {
        let found = rules("title = \"\" # tollgate: allow[ticket/blank-field] because");
        assert_eq!(found, ["ticket/blank-field", "suppress/unknown-rule"]);
        assert_eq!(
            rules("title = \"Pool\" # tollgate: silence everything"),
            ["suppress/unknown-rule"]
        );
    }

    #[test]
    fn comment_can_suppress_two_rules() {
        let found = rules(
            "title = \"Pool TBD\" # tollgate: allow[content/placeholder, content/title-vague] a name",
        );
        assert_eq!(found, ["suppress/unused"]);
    }

    #[test]
    fn suppressible_rules_follow_from_their_group() {
        assert!(!rule("ticket/missing-field").unwrap().can_be_suppressed());
        assert!(rule("toml/not-1.0").unwrap().can_be_suppressed());
        assert_eq!(rule("suppress/unused").unwrap().level, Level::Warning);
    }
}
