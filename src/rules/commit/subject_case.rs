//! A subject that begins in another case than those of the project do.

use super::MessageContext;
use crate::config::Level;
use crate::document::{Field, Shape};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, replacement};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::new(
    "commit/subject-case",
    Level::Off,
    "subject whose first letter has the wrong case",
    include_str!("subject_case.md"),
    &[Check::Message(check)],
)
.options(&[FIRST]);

const FIRST: Field = Field::new(
    "first",
    Shape::Choice(&["lower", "upper"]),
    "Required case of the subject's first letter.",
)
.default("\"lower\"");

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let Some(header) = message.conventional_by_person() else {
        return;
    };
    let word: &str = header
        .subject()
        .split_whitespace()
        .next()
        .unwrap_or_default();
    let mut letters = word.trim_end_matches([',', ':', ';']).chars();
    let Some(first) = letters.next() else { return };
    // Names such as `API`, `GitHub`, `iOS` or `v2` keep their case; a plain word is letters of one
    // case after the first.
    let is_plain =
        letters.clone().next().is_some() && letters.all(|c| c.is_lowercase() || c == '-');
    let (is_wrong, article, case, meant): (bool, &str, &str, String) =
        match message.settings.word(&RULE, &FIRST) {
            "upper" => (
                first.is_lowercase(),
                "a",
                "lowercase",
                first.to_uppercase().collect(),
            ),
            _ => (
                first.is_uppercase(),
                "an",
                "uppercase",
                first.to_lowercase().collect(),
            ),
        };
    if !(is_plain && is_wrong) {
        return;
    }
    let start = message.subject_span(header).start;
    let span = Span::new(start, start + first.len_utf8());
    let fix = Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, meant.as_str()),
    };
    let finding = RULE
        .finding(message.place(), span, format!("{case} letter"))
        .message(format!("the subject starts with {article} {case} letter"))
        .help(format!(
            "start with `{meant}`, or put the word in backticks if it is a name"
        ));
    findings.push(finding.anchor("subject").fix(Some(fix)));
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::{lint_draft, names, rules_with, with_rule};

    const RULE: &str = "commit/subject-case";

    fn upper(message: &str) -> Vec<&'static str> {
        names(&lint_draft(message, &with_rule(RULE, "first = \"upper\"")))
    }

    #[test]
    fn wrong_case_is_reported() {
        assert_eq!(rules_with(RULE, "feat: Add a page"), [RULE]);
        assert_eq!(rules_with(RULE, "feat: Österreich"), [RULE]);
        assert_eq!(upper("feat: add a page"), [RULE]);
    }

    #[test]
    fn names_and_caseless_scripts_are_accepted() {
        for message in [
            "feat: add a page",
            "feat: API for pages",
            "feat: GitHub annotations",
            "feat: `Add` is a word",
            "feat: A page",
            "feat: 新しいページ",
            "feat: 2 pages",
            "Revert \"Add a page\"\n\nThis reverts commit 0123456.",
        ] {
            assert_eq!(rules_with(RULE, message), [""; 0], "{message}");
        }
        for message in [
            "feat: Add a page",
            "feat: iOS pages",
            "feat: v2 of pages",
            "feat: `add` is a word",
        ] {
            assert_eq!(upper(message), [""; 0], "{message}");
        }
    }
}
