//! The state of the repository before a release: existing tags, changed files, a merge in progress.

use std::path::PathBuf;

use git2::{
    AttrCheckFlags, IndexEntryExtendedFlag, RepositoryState, Status, StatusOptions, StatusShow,
};

use crate::error::{Error, Result};
use crate::git::reference_list::{Reference, TAGS};
use crate::git::{GitHistory, Repository, history};
use crate::release::{ExistingVersion, Plan, PlannedTag, Preflight};
use crate::version::{from_tag, same_precedence};

impl Repository {
    /// Collects what may block a plan, with the tags of a history.
    ///
    /// # Errors
    ///
    /// Fails if the references or the work tree cannot be read.
    pub(crate) fn preflight(&self, plan: &Plan, history: &GitHistory<'_>) -> Result<Preflight> {
        preflight(self.raw(), plan, history.tags())
    }

    /// The tracked files that are not as the index has them, sorted, except those that only Git can
    /// compare.
    ///
    /// # Errors
    ///
    /// Fails if the index or the working tree cannot be read.
    pub(crate) fn changed_files(&self) -> Result<Vec<String>> {
        Ok(changed(self.raw())?.changed)
    }

    /// The files of the work tree that are missing in HEAD or differ from it, below some folders
    /// relative to the root; sorted. Empty in a bare repository.
    ///
    /// Ignored files are included, since Git ignores no committed file. If one of the folders is
    /// the root, they are left out: a build may keep any number of them there.
    ///
    /// # Errors
    ///
    /// Fails if the work tree cannot be read.
    pub(crate) fn uncommitted(&self, folders: &[PathBuf]) -> Result<Vec<String>> {
        let git = self.raw();
        if git.is_bare() {
            return Ok(Vec::new());
        }
        let mut options = StatusOptions::new();
        options
            .show(StatusShow::IndexAndWorkdir)
            .include_untracked(true)
            .recurse_untracked_dirs(true);
        options
            .exclude_submodules(true)
            .disable_pathspec_match(true);
        let has_root = folders.iter().any(|folder| folder.as_os_str().is_empty());
        options
            .include_ignored(!has_root)
            .recurse_ignored_dirs(!has_root);
        if !has_root {
            folders
                .iter()
                .for_each(|folder| _ = options.pathspec(folder));
        }
        let statuses = git.statuses(Some(&mut options)).map_err(unreadable_index)?;
        let is_there = |status: Status| !status.is_wt_deleted() && status != Status::INDEX_DELETED;
        // Only Git runs filter programs, so Tollgate cannot determine whether such a file is
        // changed.
        let is_filtered = |path: &[u8]| {
            let path = String::from_utf8_lossy(path);
            matches!(
                git.get_attr(
                    path.as_ref().as_ref(),
                    "filter",
                    AttrCheckFlags::FILE_THEN_INDEX
                ),
                Ok(Some(_))
            )
        };
        let is_unsure = |entry: &git2::StatusEntry<'_>| {
            entry.status() == Status::WT_MODIFIED && is_filtered(entry.path_bytes())
        };
        let found = statuses
            .iter()
            .filter(|entry| is_there(entry.status()) && !is_unsure(entry));
        let mut paths: Vec<_> = found
            .map(|entry| String::from_utf8_lossy(entry.path_bytes()).into_owned())
            .collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// The branch of HEAD, as `refs/heads/…`; `None` if HEAD is detached.
    ///
    /// # Errors
    ///
    /// Fails if HEAD cannot be read, and if the branch's name is not UTF-8.
    pub(crate) fn branch(&self) -> Result<Option<String>> {
        let head = self
            .raw()
            .find_reference("HEAD")
            .map_err(unreadable("HEAD cannot be read"))?;
        let Some(branch) = head.symbolic_target_bytes() else {
            return Ok(None);
        };
        match std::str::from_utf8(branch) {
            Ok(branch) => Ok(Some(branch.to_owned())),
            Err(cause) => {
                let message = "the name of the branch is not UTF-8";
                Err(
                    Error::refused(message, "rename it with `git branch --move NAME`")
                        .with_source(cause),
                )
            }
        }
    }
}

/// The same for a handle of the writer.
pub(super) fn preflight(
    git: &git2::Repository,
    plan: &Plan,
    tags: &[Reference],
) -> Result<Preflight> {
    let ChangedFiles { changed, filtered } = changed(git)?;
    Ok(Preflight {
        existing: existing_tags(git, plan, tags)?,
        changed,
        filtered,
        untracked_conflicts: untracked_conflicts(git, plan),
        operation_in_progress: operation_in_progress(git.state()),
    })
}

/// The tags that already have a version of the plan, by precedence.
fn existing_tags(
    git: &git2::Repository,
    plan: &Plan,
    tags: &[Reference],
) -> Result<Vec<ExistingVersion>> {
    let prefix = |tag: &PlannedTag| {
        tag.name
            .strip_suffix(&tag.version.to_string())
            .unwrap_or_default()
            .to_owned()
    };
    let planned: Vec<(String, &PlannedTag)> =
        plan.tags.iter().map(|tag| (prefix(tag), tag)).collect();
    let mut found = Vec::new();
    for reference in tags {
        let name = reference.name_below(TAGS);
        let has_version = |(prefix, tag): &&(String, &PlannedTag)| {
            from_tag(&name, prefix).is_some_and(|version| same_precedence(&version, &tag.version))
        };
        if let Some((_, tag)) = planned.iter().find(has_version) {
            let commit = history::peeled(git, reference.target)?.unwrap_or(reference.target);
            found.push(ExistingVersion {
                version: tag.version.clone(),
                tag: name.into_owned(),
                commit,
            });
        }
    }
    Ok(found)
}

fn changed(git: &git2::Repository) -> Result<ChangedFiles> {
    if git.is_bare() {
        return Ok(ChangedFiles::default());
    }
    let mut options = StatusOptions::new();
    options
        .show(StatusShow::IndexAndWorkdir)
        .include_untracked(false)
        .include_ignored(false);
    let statuses = git.statuses(Some(&mut options)).map_err(unreadable_index)?;
    let index = git.index().map_err(unreadable_index)?;
    let mut found = ChangedFiles::default();
    for entry in statuses.iter() {
        let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
        let is_sparse = || {
            let entry = index.get_path(path.as_ref(), 0);
            entry.is_some_and(|entry| {
                IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree()
            })
        };
        if entry.status() == Status::WT_DELETED && is_sparse() {
            continue;
        }
        // Only Git runs filter programs.
        let filter = || git.get_attr(path.as_ref(), "filter", AttrCheckFlags::FILE_THEN_INDEX);
        let is_filtered = entry.status() == Status::WT_MODIFIED && matches!(filter(), Ok(Some(_)));
        if is_filtered {
            found.filtered.push(path);
        } else {
            found.changed.push(path);
        }
    }
    for paths in [&mut found.changed, &mut found.filtered] {
        paths.sort();
        paths.dedup();
    }
    Ok(found)
}

/// Tracked files that differ from the index.
#[derive(Default)]
struct ChangedFiles {
    changed: Vec<String>,
    /// Files that a filter converts, so that only Git can compare them.
    filtered: Vec<String>,
}

/// libgit2 cannot read sparse or split indexes, and reports both as damaged.
pub(super) fn unreadable_index(error: git2::Error) -> Error {
    let kinds = [
        (
            "'sdir'",
            "sparse indexes are not supported yet",
            "run `git sparse-checkout reapply --no-sparse-index`",
        ),
        // If `core.splitIndex` is set, Git splits the index again at the next commit.
        (
            "'link'",
            "split indexes are not supported yet",
            "run `git config core.splitIndex false`, then `git update-index --no-split-index`",
        ),
    ];
    let known = kinds
        .into_iter()
        .find(|(extension, ..)| error.message().contains(extension));
    match known {
        Some((_, message, help)) => Error::repository(message, help),
        None if error.class() == git2::ErrorClass::Index => Error::repository(
            "the index is damaged",
            "delete `.git/index`, then run `git reset` to rebuild it",
        ),
        None => unreadable("the working tree cannot be read")(error),
    }
}

fn untracked_conflicts(git: &git2::Repository, plan: &Plan) -> Vec<String> {
    let Some(root) = git.workdir() else {
        return Vec::new();
    };
    let changes = plan.path_changes().into_iter();
    changes
        .filter(|change| change.before.is_none())
        .filter(|change| root.join(change.path).symlink_metadata().is_ok())
        .map(|change| change.path.to_owned())
        .collect()
}

const fn operation_in_progress(state: RepositoryState) -> Option<&'static str> {
    Some(match state {
        RepositoryState::Clean => return None,
        RepositoryState::Merge => "a merge",
        RepositoryState::Revert | RepositoryState::RevertSequence => "a revert",
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "a cherry-pick",
        RepositoryState::Bisect => "a bisect",
        RepositoryState::Rebase
        | RepositoryState::RebaseInteractive
        | RepositoryState::RebaseMerge => "a rebase",
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => "a `git am`",
    })
}

fn unreadable(message: &'static str) -> impl Fn(git2::Error) -> Error {
    move |error| Error::repository(message, "run `git fsck` to find the damage").with_source(error)
}
