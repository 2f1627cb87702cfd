//! A file that is no TOML: nothing in it can be judged, and so it never counts as passed.

use crate::config::Level;
use crate::document::SyntaxError;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::Label;

pub(super) const RULE: Rule = Rule {
    name: "toml/syntax",
    level: Level::Error,
    since: "0.1.0",
    summary: "file that is not valid TOML",
    page: include_str!("syntax.md"),
    options: &[],
    checks: &[Check::Syntax(check)],
};

fn check(error: &SyntaxError) -> Hit {
    RULE.finding(Label::new(error.span, "here")).message(error.message.clone()).help(error.help)
}
