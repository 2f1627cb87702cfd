//! Release commits whose tags are missing: the version has been released although no tag shows it.

use semver::Version;

use crate::commit::{Commit, Id, Kind};
use crate::history::classify::Reason;
use crate::history::versions::Unit;
use crate::version::to_tag;

/// The placeholder for the version in the configured message of release commits.
const PLACEHOLDER: &str = "{version}";

/// A release commit without its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UntaggedRelease {
    /// The version in its message.
    pub(crate) version: Version,
    /// The tag that is missing.
    pub(crate) tag: String,
    /// The commit.
    pub(crate) commit: Id,
}

/// The release commit with the highest version above the base among the commits since the base, if
/// no tag has that version.
///
/// `message` is the configured message of release commits.
#[must_use]
pub(crate) fn untagged_release(
    unit: &Unit,
    message: &str,
    has_tag: impl Fn(&str) -> bool,
) -> Option<UntaggedRelease> {
    let next = &unit.next;
    let package = unit.name.as_deref();
    let is_reverted = |reason| matches!(reason, Reason::Reverted | Reason::Skipped);
    let base = next.base.as_ref().map(|base| &base.version);
    next.commits
        .iter()
        .filter(|commit| !is_reverted(commit.reason))
        .filter_map(|commit| {
            let version = version_of(&commit.commit, message, package)?;
            let tag = to_tag(&version, &next.prefix);
            let is_missing =
                !has_tag(&tag) && base.is_none_or(|base| version.cmp_precedence(base).is_gt());
            is_missing.then_some(UntaggedRelease {
                version,
                tag,
                commit: commit.commit.id,
            })
        })
        .max_by(|one, other| one.version.cmp(&other.version))
}

/// Whether a commit has the configured message of release commits, with a version.
pub(crate) fn is_release_commit(commit: &Commit, message: &str, package: Option<&str>) -> bool {
    version_of(commit, message, package).is_some()
}

/// The version that a release commit names; that of a package if one is given.
fn version_of(commit: &Commit, message: &str, package: Option<&str>) -> Option<Version> {
    let line = message.lines().next()?;
    let named = match (Kind::of(line), &commit.kind) {
        (Kind::Conventional(expected), Kind::Conventional(header)) => {
            let is_same = (expected.kind(), expected.scope()) == (header.kind(), header.scope());
            between(expected.subject(), header.subject()).filter(|_| is_same)?
        }
        (_, Kind::Unconventional(found)) => between(line.trim(), found.trim())?,
        _ => return None,
    };
    match package {
        None => named.parse().ok(),
        Some(name) => named
            .split(", ")
            .find_map(|part| part.strip_prefix(name)?.strip_prefix(' ')?.parse().ok()),
    }
}

/// The text in the place of the placeholder.
fn between<'t>(template: &str, text: &'t str) -> Option<&'t str> {
    let (before, after) = template.split_once(PLACEHOLDER)?;
    text.strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::VersionSettings;
    use crate::history::testing::{TestHistory, id};
    use crate::history::{NextOptions, VersionQuery};

    const MESSAGE: &str = "chore(release): {version}";

    fn found_as(message: &str, commits: &[&str], tags: &[&str]) -> Option<(String, Id)> {
        let mut history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a');
        for (at, commit) in commits.iter().enumerate() {
            let parent = char::from(b'a' + u8::try_from(at).unwrap());
            history = history.commit(char::from(parent as u8 + 1), &parent.to_string(), commit);
        }
        let settings = VersionSettings::default();
        let query = VersionQuery::repository(&settings);
        let versions = query.propose(&history, &NextOptions::default()).unwrap();
        let found = untagged_release(&versions.units[0], message, |tag| tags.contains(&tag));
        found.map(|found| (found.tag, found.commit))
    }

    fn found(commits: &[&str], tags: &[&str]) -> Option<(String, Id)> {
        found_as(MESSAGE, commits, tags)
    }

    #[test]
    fn a_release_commit_without_its_tag_is_found() {
        let commits = ["fix: b", "chore(release): 1.0.1", "fix: c"];
        assert_eq!(
            found(&commits, &["v1.0.0"]),
            Some(("v1.0.1".into(), id('c')))
        );
        assert_eq!(
            found_as("Release {version}", &["Release 2.0.0"], &[]),
            Some(("v2.0.0".into(), id('b')))
        );
    }

    #[test]
    fn the_highest_release_without_a_tag_is_named() {
        let commits = ["chore(release): 1.10.0", "chore(release): 1.9.0"];
        assert_eq!(found(&commits, &[]), Some(("v1.10.0".into(), id('b'))));
    }

    #[test]
    fn a_tag_on_another_commit_is_not_missing() {
        assert_eq!(found(&["chore(release): 1.0.1"], &["v1.0.1"]), None);
    }

    #[test]
    fn other_commits_are_no_releases() {
        let commits = [
            "chore: 1.0.1",
            "chore(deps): 1.0.1",
            "chore(release): 1.0.1 soon",
            "chore(release): 0.9.0",
        ];
        assert_eq!(found(&commits, &[]), None);
        assert_eq!(found_as("Release", &["Release"], &[]), None);
    }

    #[test]
    fn reverted_release_commit_is_not_a_release() {
        let revert = format!(
            "Revert \"chore(release): 1.0.1\"\n\nThis reverts commit {}.",
            id('b')
        );
        assert_eq!(found(&["chore(release): 1.0.1", &revert], &[]), None);
    }
}
