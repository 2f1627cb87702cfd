//! A header longer than what lists of commits show of it.

use super::{AuthorKind, MessageContext};
use crate::commit::Kind;
use crate::config::Level;
use crate::document::{Field, Shape};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::new(
    "commit/header-too-long",
    Level::Off,
    "commit header over the length limit",
    include_str!("header_too_long.md"),
    &[Check::Message(check)],
)
.options(&[MAX]);

const MAX: Field = Field::new(
    "max",
    Shape::Integer(20, 1000),
    "Maximum number of characters in a header.",
)
.default("72");

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let writes_itself = matches!(message.kind, Kind::Revert(_) | Kind::Fixup(_));
    let max = message.settings.number(&RULE, &MAX);
    let Some((end, _)) = message.header.text.char_indices().nth(max) else {
        return;
    };
    if writes_itself || message.info.author == AuthorKind::Bot {
        return;
    }
    let count = message.header.text.chars().count();
    let span = Span::new(message.header.span.start + end, message.header.span.end);
    let finding = RULE
        .finding(message.place(), span, format!("over {max} characters"))
        .message(format!(
            "the header has {count} characters; the limit is {max}"
        ))
        .help("move details to the body, below a blank line");
    findings.push(finding.anchor("header"));
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::{
        lint_draft, lint_object, names, object, rules_with, with_rule,
    };

    const RULE: &str = "commit/header-too-long";

    fn header(count: usize) -> String {
        format!("feat: {}", "é".repeat(count - 6))
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(rules_with(RULE, &header(72)), [""; 0]);
        assert_eq!(rules_with(RULE, &header(73)), [RULE]);
    }

    #[test]
    fn option_sets_the_limit() {
        let checked = lint_draft(&header(51), &with_rule(RULE, "max = 50"));
        assert_eq!(
            checked.findings[0].message,
            "the header has 51 characters; the limit is 50"
        );
        assert_eq!(checked.findings[0].label.span.len(), 2);
    }

    #[test]
    fn generated_headers_and_long_bodies_are_accepted() {
        let long = header(90);
        for message in [
            format!("Revert \"{long}\"\n\nThis reverts commit 0123456."),
            format!("fixup! {long}"),
            format!("Merge branch '{long}'"),
            format!("fix: x\n\n{long}"),
        ] {
            assert_eq!(rules_with(RULE, &message), [""; 0], "{message}");
        }
    }

    #[test]
    fn long_header_of_a_bot_is_accepted() {
        let settings = with_rule(RULE, "");
        let of = |author: &str| names(&lint_object(&object(author, &header(90)), &settings));
        assert_eq!(
            of("renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>"),
            [""; 0]
        );
        assert_eq!(of("Ada <ada@example.org>"), [RULE]);
    }
}
