//! A work tree that is not the commit to be released: what was tried is not what would be released.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::ReleaseContext;
use crate::rules::rule::{Check, Rule};
use crate::source::Span;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/dirty-worktree",
    Level::Error,
    "working tree that differs from the commit to release",
    include_str!("dirty_worktree.md"),
    &[Check::Release(check)],
);

/// What to do with an untracked file that the release would write.
pub(crate) const UNTRACKED: &str = "commit the file; if `tollgate changelog --write` created it, delete it: the release writes the changelog itself";

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let changed = found.preflight.changed.iter().map(|path| {
        finding(
            Place::File(path.clone()),
            "a tracked file has uncommitted changes".into(),
            path,
        )
        .help("commit the changes, or set them aside with `git stash`")
    });
    let occupied = found.preflight.untracked_conflicts.iter().map(|path| {
        finding(
            Place::File(path.clone()),
            "the release would overwrite an untracked file".into(),
            path,
        )
        .help(UNTRACKED)
    });
    let under_way = found.preflight.operation_in_progress.map(|what| {
        finding(
            Place::Commit(found.base.to_string()),
            format!("{what} is in progress"),
            what,
        )
        .help("finish or abort it first; `git status` shows how")
    });
    let filtered = found.preflight.filtered.iter().map(|path| {
        finding(Place::File(path.clone()), "a file with a Git filter may have changed".into(), path).help(
            "run `git update-index --refresh` to compare the file through its filter, and try again; if that changes \
             nothing, the file's modification time is in the future: reset it with `touch`", )
    });
    changed
        .chain(filtered)
        .chain(occupied)
        .chain(under_way)
        .collect()
}

fn finding(place: Place, message: String, anchor: &str) -> Finding {
    RULE.finding(place, Span::default(), "")
        .message(message)
        .anchor(anchor)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::release::Preflight;

    fn dirty(preflight: Preflight) -> ReleaseContext {
        ReleaseContext {
            preflight,
            ..clean()
        }
    }

    #[test]
    fn each_file_is_reported_at_its_path() {
        let found = dirty(Preflight {
            changed: vec!["b".into()],
            untracked_conflicts: vec!["a".into()],
            ..Preflight::default()
        });
        let expected = [
            (
                RULE.name,
                "a".to_owned(),
                "the release would overwrite an untracked file".to_owned(),
            ),
            (
                RULE.name,
                "b".to_owned(),
                "a tracked file has uncommitted changes".to_owned(),
            ),
        ];
        assert_eq!(reported(&found), expected);
    }

    #[test]
    fn untracked_changelog_may_be_deleted() {
        let found = dirty(Preflight {
            untracked_conflicts: vec!["CHANGELOG.md".into()],
            ..Preflight::default()
        });
        let help = check(&found).remove(0).help;
        assert!(
            help.contains("delete it: the release writes the changelog itself"),
            "{help}"
        );
    }

    #[test]
    fn operation_in_progress_is_reported() {
        let found = dirty(Preflight {
            operation_in_progress: Some("a merge"),
            ..Preflight::default()
        });
        assert_eq!(reported(&found)[0].2, "a merge is in progress");
    }
}
