//! A subject with a full stop: a heading has none.

use super::MessageContext;
use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, replacement};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::new(
    "commit/subject-full-stop",
    Level::Off,
    "subject that ends with a period",
    include_str!("subject_full_stop.md"),
    &[Check::Message(check)],
);

/// Abbreviations that end with a full stop.
const ABBREVIATIONS: [&str; 8] = [
    "approx.", "ca.", "co.", "corp.", "e.g.", "etc.", "inc.", "ltd.",
];

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let Some(subject) = message
        .conventional_by_person()
        .map(|header| header.subject())
    else {
        return;
    };
    let Some(stop) = subject
        .chars()
        .next_back()
        .filter(|last| matches!(last, '.' | '。'))
    else {
        return;
    };
    let last_word = subject
        .split_whitespace()
        .next_back()
        .unwrap_or_default()
        .to_lowercase();
    if last_word.ends_with("..") || ABBREVIATIONS.contains(&last_word.as_str()) {
        return;
    }
    let end = message.header.span.end;
    let span = Span::new(end - stop.len_utf8(), end);
    let fix = Fix {
        applicability: Applicability::Safe,
        edits: replacement(span, ""),
    };
    let finding = RULE
        .finding(message.place(), span, "period")
        .message("the subject ends with a period")
        .help("remove the period");
    findings.push(finding.anchor("subject").fix(Some(fix)));
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::rules_with;

    const RULE: &str = "commit/subject-full-stop";

    #[test]
    fn subject_with_full_stop_is_reported() {
        assert_eq!(rules_with(RULE, "feat: add a page."), [RULE]);
        assert_eq!(rules_with(RULE, "feat: 新しいページ。"), [RULE]);
    }

    #[test]
    fn other_endings_and_lines_are_accepted() {
        for message in [
            "feat: add a page",
            "feat: wait for it...",
            "feat: read names, dates etc.",
            "feat: why not?",
            "feat: read `.`",
            "feat: add a page\n\nIt was missing.",
            "Revert \"feat: add a page.\"\n\nThis reverts commit 0123456.",
        ] {
            assert_eq!(rules_with(RULE, message), [""; 0], "{message}");
        }
    }
}
