//! A version that already has a tag: one version would name two states of the software.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{ExistingVersion, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::Span;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/tag-exists",
    Level::Error,
    "version that is already released",
    include_str!("tag_exists.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    found.preflight.existing.iter().map(finding).collect()
}

fn finding(
    ExistingVersion {
        version,
        tag,
        commit,
    }: &ExistingVersion,
) -> Finding {
    RULE.finding(Place::Commit(commit.to_string()), Span::default(), "")
        .message(format!("version {version} is already released as tag `{tag}`"))
        .help(format!(
            "merge `{tag}` if this branch should build on it, or choose another version with `--set-version`"
        ))
        .anchor(tag)
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::super::tests::{clean, reported};
    use super::*;
    use crate::commit::Id;
    use crate::release::Preflight;

    #[test]
    fn existing_version_is_reported_at_its_commit() {
        let taken = ExistingVersion {
            version: Version::new(1, 3, 0),
            tag: "v1.3.0".into(),
            commit: Id::new([2; 20]),
        };
        let found = ReleaseContext {
            preflight: Preflight {
                existing: vec![taken],
                ..Preflight::default()
            },
            ..clean()
        };
        let expected = (
            RULE.name,
            "02".repeat(20),
            "version 1.3.0 is already released as tag `v1.3.0`".to_owned(),
        );
        assert_eq!(reported(&found), [expected]);
    }
}
