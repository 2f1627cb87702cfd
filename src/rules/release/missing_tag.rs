//! A release commit in the history whose tag is missing: the version is taken, though no tag says
//! so.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::history::UntaggedRelease;
use crate::release::ReleaseContext;
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/missing-tag",
    Level::Error,
    "release commit whose tag is missing",
    include_str!("missing_tag.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    found.untagged.iter().map(finding).collect()
}

fn finding(
    UntaggedRelease {
        version,
        tag,
        commit,
    }: &UntaggedRelease,
) -> Finding {
    let short = commit.short();
    let create = shell_command!("git tag {tag} {short}", tag, short);
    let revert = shell_command!("git revert {short}", short);
    RULE.finding(Place::Commit(commit.to_string()), Span::default(), "")
        .message(format!("{version} seems to have been released by commit {short}, whose tag is missing from this clone"))
        .help(format!(
            "run `git fetch --tags`; if `{tag}` does not exist anywhere, run `{create}`, or, if the release was \
             not published, `{revert}`"
        ))
        .anchor(tag)
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::super::is_bypassable;
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::commit::Id;
    use crate::rules::run_release_rules;
    use crate::rules::testing::settings;

    fn untagged() -> ReleaseContext {
        let release = UntaggedRelease {
            version: Version::new(1, 2, 0),
            tag: "v1.2.0".into(),
            commit: Id::new([2; 20]),
        };
        ReleaseContext {
            untagged: vec![release],
            ..clean()
        }
    }

    #[test]
    fn a_release_commit_without_a_tag_is_reported() {
        let message =
            "1.2.0 seems to have been released by commit 0202020202, whose tag is missing from this clone"
                .to_owned();
        assert_eq!(
            reported(&untagged()),
            [(RULE.name, "02".repeat(20), message)]
        );
    }

    #[test]
    fn no_emergency_bypasses_a_missing_tag() {
        assert!(!is_bypassable(
            &run_release_rules(&untagged(), &settings()).findings[0],
            "changes/hotfix.toml"
        ));
    }
}
