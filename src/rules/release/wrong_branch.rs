//! A release from a branch that releases are not made from.

use crate::config::{Level, glob_set};
use crate::finding::{Finding, Place};
use crate::release::ReleaseContext;
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, any_of};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/wrong-branch",
    Level::Error,
    "release from a branch that is not allowed",
    include_str!("wrong_branch.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let finding = RULE.finding(Place::Commit(found.base.to_string()), Span::default(), "");
    let finding = match &found.branch {
        None => finding
            .message("HEAD is detached")
            .help("run `git switch BRANCH` first; a release is made from a branch"),
        Some(branch) if is_allowed(branch, &found.branches) => return Vec::new(),
        Some(branch) => finding
            .message(format!(
                "releases from the branch `{branch}` are not allowed"
            ))
            .help(format!(
                "switch to {}, or add this branch to `branches`",
                any_of(&found.branches)
            ))
            .anchor(branch),
    };
    vec![finding]
}

fn is_allowed(branch: &str, globs: &[String]) -> bool {
    globs.is_empty() || glob_set(globs).is_ok_and(|globs| globs.is_match(branch))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;

    fn on(branch: &str) -> Vec<(&'static str, String, String)> {
        let branches = vec!["main".into(), "release/*".into()];
        reported(&ReleaseContext {
            branch: Some(branch.into()),
            branches,
            ..clean()
        })
    }

    #[test]
    fn unmatched_branch_is_reported() {
        assert_eq!(
            on("topic")[0].2,
            "releases from the branch `topic` are not allowed"
        );
        assert_eq!(on("release/a/b").len(), 1);
    }

    #[test]
    fn a_branch_that_a_glob_matches_is_fine() {
        assert_eq!(on("main"), []);
        assert_eq!(on("release/1.x"), []);
    }

    #[test]
    fn a_detached_head_is_on_no_branch() {
        assert_eq!(
            reported(&ReleaseContext {
                branch: None,
                ..clean()
            })[0]
                .2,
            "HEAD is detached"
        );
    }
}
