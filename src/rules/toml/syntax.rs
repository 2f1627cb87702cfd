//! A file that is not valid TOML: it cannot be checked, so it never counts as passed.

use crate::config::Level;
use crate::document::SyntaxError;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule::new(
    "toml/syntax",
    Level::Error,
    "file that is not valid TOML",
    include_str!("syntax.md"),
    &[Check::Syntax(check)],
);

fn check(error: &SyntaxError, source: &Source) -> Finding {
    let label = if error.message.starts_with("duplicate key") {
        "duplicate key"
    } else {
        "here"
    };
    RULE.finding(Place::file(source), error.span, label)
        .message(error.message.clone())
        .help(error.help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::source::Source;

    #[test]
    fn duplicate_key_is_labelled() {
        for (text, label) in [("a = 1\na = 2\n", "duplicate key"), ("a = \n", "here")] {
            let source = Source::new("a.toml", text);
            let (_, errors) = Document::parse(source.clone());
            assert_eq!(
                check(&errors[0], &source).label.text,
                label,
                "{}",
                errors[0].message
            );
        }
    }
}
