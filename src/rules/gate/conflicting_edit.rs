//! A ticket that the branch and the base both changed, so that Git cannot merge the two versions.

use crate::branch::Branch;
use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::Span;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/conflicting-edit",
    Level::Error,
    "ticket with merge conflicts",
    include_str!("conflicting_edit.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    branch
        .conflicting
        .iter()
        .map(|path| {
            RULE.finding(
                Place::File(path.clone()),
                Span::default(),
                "Git cannot merge the two versions",
            )
            .message(format!(
                "`{path}` was changed on both this branch and the base branch"
            ))
            .help("merge the base branch into this branch, or rebase this branch, and resolve the conflict")
            .anchor("")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, reported};
    use super::*;

    #[test]
    fn ticket_with_merge_conflict_is_reported() {
        let conflicting = [String::from("changes/a.toml")].into();
        let found = reported(&Branch {
            conflicting,
            ..branch()
        });
        assert_eq!(
            found[0].2,
            "`changes/a.toml` was changed on both this branch and the base branch"
        );
    }
}
