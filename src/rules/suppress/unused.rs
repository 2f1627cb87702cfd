//! A suppression that has nothing to silence: it would hide the next fault at its place.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};

use super::{Reason, Suppression};

pub(super) const RULE: Rule = Rule::new(
    "suppress/unused",
    Level::Warning,
    "unused suppression",
    include_str!("unused.md"),
    &[Check::Suppression(check)],
);

fn check(suppression: &Suppression) -> Option<Finding> {
    let useless =
        suppression.unused && suppression.reason == Reason::Given && suppression.is_applicable();
    useless.then(|| {
        suppression
            .finding(&RULE, "suppresses nothing")
            .message(format!("`{}` is not reported here", suppression.rule))
            .help("remove the comment")
    })
}
