//! A suppression that has nothing to silence: it would hide the next fault at its place.

use crate::config::Level;
use crate::rules::rule::{Check, Diagnostic, Rule};
use crate::source::Label;

use super::{Reason, Suppression};

pub(super) const RULE: Rule = Rule {
    name: "suppress/unused",
    level: Level::Warning,
    since: "0.1.0",
    summary: "unused suppression",
    page: include_str!("unused.md"),
    options: &[],
    checks: &[Check::Suppression(check)],
};

fn check(suppression: &Suppression) -> Option<Diagnostic> {
    let useless =
        suppression.unused && suppression.reason == Reason::Given && suppression.is_applicable();
    useless.then(|| {
        RULE.diagnostic(Label::new(suppression.span, "suppresses nothing"))
            .message(format!("`{}` is not reported here", suppression.rule))
            .help("remove the comment")
            .anchor(&suppression.rule)
    })
}
