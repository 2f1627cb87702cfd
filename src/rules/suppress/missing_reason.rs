//! A suppression without a reason: reviewers cannot judge later whether it is still valid.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};

use super::{Reason, Suppression};

pub(super) const RULE: Rule = Rule::new(
    "suppress/missing-reason",
    Level::Error,
    "suppression without a reason",
    include_str!("missing_reason.md"),
    &[Check::Suppression(check)],
);

fn check(suppression: &Suppression) -> Option<Finding> {
    let wrong = suppression.reason == Reason::Absent && suppression.is_applicable();
    wrong.then(|| {
        suppression
            .finding(&RULE, "no reason given")
            .message(format!(
                "this suppression of `{}` has no reason",
                suppression.rule
            ))
            .help(
                "write the reason after the bracket; a suppression without a reason has no effect",
            )
    })
}
