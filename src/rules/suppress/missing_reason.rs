//! A suppression without a reason: reviewers cannot judge later whether it is still valid.

use crate::config::Level;
use crate::rules::rule::{Check, Diagnostic, Rule};
use crate::source::Label;

use super::{Reason, Suppression};

pub(super) const RULE: Rule = Rule::new(
    "suppress/missing-reason",
    Level::Error,
    "suppression without a reason",
    include_str!("missing_reason.md"),
    &[Check::Suppression(check)],
);

fn check(suppression: &Suppression) -> Option<Diagnostic> {
    let wrong = suppression.reason == Reason::Absent && suppression.is_applicable();
    wrong.then(|| {
        RULE.diagnostic(Label::new(suppression.span, "no reason given"))
            .message(format!(
                "this suppression of `{}` has no reason",
                suppression.rule
            ))
            .help(
                "write the reason after the bracket; a suppression without a reason has no effect",
            )
            .anchor(&suppression.rule)
    })
}
