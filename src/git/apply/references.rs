//! Steps 6 and 8: the references, each updated by compare-and-swap.
//!
//! The intent is the commit point: once it exists, the next run finishes the release, and every
//! step after it may be repeated.

use std::time::Duration;

use git2::ErrorCode;

use super::journal::{PENDING_REF, PendingRelease, PendingTag};
use super::lock::{GIT_LOCK_TIMEOUT, GitLock, RETRY_INTERVAL};
use super::{Session, failed, loose};
use crate::error::{Error, Result};
use crate::source::shell_command;

/// The release that was started and is not finished.
pub(super) fn pending(git: &git2::Repository) -> Result<Option<PendingRelease>> {
    match git.find_reference(PENDING_REF) {
        Ok(intent) => match intent.target() {
            Some(journal) => PendingRelease::read(git, journal).map(Some),
            None => Err(Error::refused(
                format!("`{PENDING_REF}` is a symbolic reference, which Tollgate never creates"),
                format!(
                    "delete it with `{}`",
                    shell_command!(
                        "git symbolic-ref --delete {reference}",
                        reference = PENDING_REF
                    )
                ),
            )),
        },
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed(
            "the reference of an unfinished release cannot be read",
        )(error)),
    }
}

/// The locks that the steps after the intent will take, with their contents.
pub(super) fn locks(session: &Session<'_>, pending: &PendingRelease) -> Vec<GitLock> {
    let lock = |name: &str, id: git2::Oid| GitLock {
        path: session.common.join(format!("{name}.lock")),
        line: id.to_string(),
    };
    let mut locks = vec![lock(PENDING_REF, pending.journal)];
    locks.extend(
        pending
            .tags
            .iter()
            .map(|tag| lock(&tag.reference(), tag.id)),
    );
    if pending.has_commit() {
        locks.push(lock(&pending.branch, pending.commit));
        locks.extend(session.index_lock());
    }
    locks
}

/// Step 6: creates the intent, unless there is one.
pub(super) fn create_pending_ref(session: &Session<'_>, pending: &PendingRelease) -> Result<()> {
    let create = || {
        session
            .git
            .reference(
                PENDING_REF,
                pending.journal,
                false,
                "tollgate release: started",
            )
            .map(drop)
    };
    retry_while_locked(session, pending, create)
        .map_err(|error| explain(session, PENDING_REF, error))
}

/// Changes a reference with libgit2, which gives up at once if another process holds the lock. Git
/// waits, and so does this function.
fn retry_while_locked(
    session: &Session<'_>,
    pending: &PendingRelease,
    change: impl Fn() -> std::result::Result<(), git2::Error>,
) -> std::result::Result<(), git2::Error> {
    let mut outcome = change();
    let mut waited = Duration::ZERO;
    while outcome
        .as_ref()
        .is_err_and(|error| error.code() == ErrorCode::Locked)
        && waited < GIT_LOCK_TIMEOUT
    {
        // The existing lock is not ours and not in the record; wait for it.
        let claimed = session
            .lock
            .clear()
            .and_then(|()| session.lock.claim(&locks(session, pending)));
        if claimed.is_err() {
            break;
        }
        std::thread::sleep(RETRY_INTERVAL);
        waited += RETRY_INTERVAL;
        outcome = change();
    }
    outcome
}

/// Checks that branch and tags still have their values from before the release, or already those
/// after it. A release without a commit of its own does not depend on the branch.
///
/// # Errors
///
/// Fails if somebody has moved the branch elsewhere, for which `remedy` is the help, or has created
/// a tag of the same name.
pub(super) fn check_unmoved(
    session: &Session<'_>,
    pending: &PendingRelease,
    remedy: &str,
) -> Result<()> {
    if pending.has_commit() {
        check_unmoved_branch(session, pending, remedy)?;
    }
    for tag in &pending.tags {
        if let Some(id) = lookup(&session.git, &tag.reference())?.filter(|id| *id != tag.id) {
            return Err(Error::refused(
                format!(
                    "tag `{}` was created at `{id}` since the release started",
                    tag.name
                ),
                format!(
                    "if the tag is a mistake, delete it: {}",
                    shell_command!("git tag -d {tag}", tag = tag.name)
                ),
            ));
        }
    }
    Ok(())
}

fn check_unmoved_branch(
    session: &Session<'_>,
    pending: &PendingRelease,
    remedy: &str,
) -> Result<()> {
    let name = &pending.branch;
    let tip = session
        .git
        .refname_to_id(name)
        .map_err(|error| explain(session, name, error))?;
    if tip == pending.base || contains_commit(&session.git, tip, pending.commit)? {
        return Ok(());
    }
    let message = format!(
        "`{name}` has moved to `{tip}` since the release of {} started",
        pending.quoted_tags()
    );
    Err(Error::refused(message, remedy))
}

/// Step 8: moves the branch from the base to the release commit; does nothing if the branch
/// contains the release commit.
pub(super) fn move_branch(session: &Session<'_>, pending: &PendingRelease) -> Result<()> {
    let remedy = match pending.push {
        Some(_) => format!("merge the release: {}", merge_command(pending)),
        None => local_remedy(pending),
    };
    check_unmoved(session, pending, &remedy)?;
    let name = &pending.branch;
    if lookup(&session.git, name)? == Some(pending.base) {
        let names = pending.tag_names();
        let log = format!("tollgate release: {}", names.join(", "));
        let move_branch = || {
            session
                .git
                .reference_matching(name, pending.commit, true, pending.base, &log)
                .map(drop)
        };
        retry_while_locked(session, pending, move_branch)
            .map_err(|error| explain(session, name, error))?;
    }
    session.sync_reference(name)
}

/// Whether a reference points to a commit.
pub(super) fn is_at(git: &git2::Repository, name: &str, commit: git2::Oid) -> Result<bool> {
    Ok(lookup(git, name)? == Some(commit))
}

/// The help for a branch that was moved while the release was not visible to others.
pub(super) fn local_remedy(pending: &PendingRelease) -> String {
    format!(
        "run `{}` to merge the release, or `tollgate release --abort` to discard it",
        merge_command(pending)
    )
}

fn merge_command(pending: &PendingRelease) -> String {
    shell_command!("git merge {commit}", commit = pending.commit)
}

/// Step 8: creates the tags; does nothing if they exist with the values of the release.
pub(super) fn create_tags(session: &Session<'_>, pending: &PendingRelease) -> Result<()> {
    loose::restore_tags(session, pending)?;
    pending
        .tags
        .iter()
        .try_for_each(|tag| create_tag(session, pending, tag))?;
    // From here on the references keep the objects alive, but a concurrent repack may have started
    // before.
    loose::restore_tags(session, pending)
}

fn create_tag(session: &Session<'_>, pending: &PendingRelease, tag: &PendingTag) -> Result<()> {
    let name = tag.reference();
    if lookup(&session.git, &name)? != Some(tag.id) {
        let create = || session.git.reference(&name, tag.id, false, "").map(drop);
        retry_while_locked(session, pending, create)
            .map_err(|error| explain(session, &name, error))?;
    }
    session.sync_reference(&name)
}

/// The object that a reference refers to; `None`: it does not exist.
fn lookup(git: &git2::Repository, name: &str) -> Result<Option<git2::Oid>> {
    match git.refname_to_id(name) {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed("a reference cannot be read")(error)),
    }
}

/// Whether a tag shows the release already, or the branch if it has a commit of its own.
pub(super) fn is_visible(git: &git2::Repository, pending: &PendingRelease) -> Result<bool> {
    for tag in &pending.tags {
        if lookup(git, &tag.reference())? == Some(tag.id) {
            return Ok(true);
        }
    }
    if !pending.has_commit() {
        return Ok(false);
    }
    lookup(git, &pending.branch)?.map_or(Ok(false), |tip| contains_commit(git, tip, pending.commit))
}

fn contains_commit(git: &git2::Repository, tip: git2::Oid, commit: git2::Oid) -> Result<bool> {
    Ok(tip == commit
        || git
            .graph_descendant_of(tip, commit)
            .map_err(failed("the history cannot be read"))?)
}

/// Explains why a reference could not be changed: who holds its lock, or which value it has.
fn explain(session: &Session<'_>, name: &str, error: git2::Error) -> Error {
    if error.code() == ErrorCode::Locked {
        let lock = session.common.join(format!("{name}.lock"));
        if let Some(lock_error) = session.lock.release_claim(&lock) {
            return lock_error.with_source(error);
        }
    }
    match error.code() {
        ErrorCode::Exists | ErrorCode::Modified => Error::refused(
            format!("another process has just changed `{name}`"),
            "check the change, then run the command again",
        ),
        ErrorCode::NotFound => Error::refused(
            format!("`{name}` no longer exists"),
            "another process has just deleted it; restore it, then run the command again",
        ),
        _ => Error::repository(
            format!("`{name}` cannot be updated"),
            "run `git fsck` to find the damage",
        ),
    }
    .with_source(error)
}
