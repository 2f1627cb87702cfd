//! Steps 6 and 8: the references, each moved by compare-and-swap.
//!
//! The intent is the commit point: once it is there the release is finished by whoever comes next,
//! and every step after it may be repeated.

use std::time::Duration;

use git2::ErrorCode;

use super::begun::{Begun, BegunTag, INTENT};
use super::lock::{GIT_PATIENCE, GitLock, TRY_AGAIN_AFTER};
use super::{Session, failed, loose};
use crate::error::{Error, Result};

/// The release that has begun and is not finished.
pub(super) fn pending(git: &git2::Repository) -> Result<Option<Begun>> {
    match git.find_reference(INTENT) {
        Ok(intent) => match intent.target() {
            Some(journal) => Begun::read(git, journal).map(Some),
            None => Err(Error::refused(
                format!("`{INTENT}` is a symbolic reference, which Tollgate never creates"),
                format!("delete it with `git symbolic-ref --delete {INTENT}`"),
            )),
        },
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed(
            "the reference of an unfinished release cannot be read",
        )(error)),
    }
}

/// The locks that the steps from the intent on will take, with what will stand in them.
pub(super) fn locks(session: &Session<'_>, begun: &Begun) -> Vec<GitLock> {
    let lock = |name: &str, id: git2::Oid| GitLock {
        path: session.common.join(format!("{name}.lock")),
        line: id.to_string(),
    };
    let mut locks = vec![
        lock(INTENT, begun.journal),
        lock(&begun.branch, begun.commit),
    ];
    locks.extend(begun.tags.iter().map(|tag| lock(&tag.reference(), tag.id)));
    locks.extend(session.index_lock());
    locks
}

/// Step 6: creates the intent, only if there is none.
pub(super) fn intend(session: &Session<'_>, begun: &Begun) -> Result<()> {
    let create = || {
        session
            .git
            .reference(INTENT, begun.journal, false, "tollgate release: started")
            .map(drop)
    };
    patiently(session, begun, create).map_err(|error| explain(session, INTENT, error))
}

/// Changes a reference with libgit2, which gives up at once if another process holds the lock: git
/// waits, and so do we.
fn patiently(
    session: &Session<'_>,
    begun: &Begun,
    change: impl Fn() -> std::result::Result<(), git2::Error>,
) -> std::result::Result<(), git2::Error> {
    let mut outcome = change();
    let mut waited = Duration::ZERO;
    while outcome
        .as_ref()
        .is_err_and(|error| error.code() == ErrorCode::Locked)
        && waited < GIT_PATIENCE
    {
        // The lock that is there is not ours, and is not written down as ours; it is waited for.
        let claimed = session
            .lock
            .clear()
            .and_then(|()| session.lock.claim(&locks(session, begun)));
        if claimed.is_err() {
            break;
        }
        std::thread::sleep(TRY_AGAIN_AFTER);
        waited += TRY_AGAIN_AFTER;
        outcome = change();
    }
    outcome
}

/// Whether branch and tags are still where the release began, or already where it leads.
///
/// # Errors
///
/// Fails if somebody has moved the branch elsewhere, which `remedy` helps with, or has made a tag
/// of the same name.
pub(super) fn check_unmoved(session: &Session<'_>, begun: &Begun, remedy: &str) -> Result<()> {
    let name = &begun.branch;
    let tip = session
        .git
        .refname_to_id(name)
        .map_err(|error| explain(session, name, error))?;
    if tip != begun.base && !holds(&session.git, tip, begun.commit)? {
        let message = format!(
            "`{name}` has moved to `{tip}` since the release of {} started",
            begun.told()
        );
        return Err(Error::refused(message, remedy));
    }
    for tag in &begun.tags {
        if let Some(id) = lookup(&session.git, &tag.reference())?.filter(|id| *id != tag.id) {
            return Err(Error::refused(
                format!(
                    "tag `{}` was created at `{id}` since the release started",
                    tag.name
                ),
                format!(
                    "if the tag is a mistake, delete it: git tag -d {}",
                    tag.name
                ),
            ));
        }
    }
    Ok(())
}

/// Step 8: moves the branch from the base to the release commit; done already where it holds the
/// release commit.
pub(super) fn move_branch(session: &Session<'_>, begun: &Begun) -> Result<()> {
    let remedy = match begun.push {
        Some(_) => format!("merge the release: git merge {}", begun.commit),
        None => local_remedy(begun),
    };
    check_unmoved(session, begun, &remedy)?;
    let name = &begun.branch;
    if lookup(&session.git, name)? == Some(begun.base) {
        let names = begun.names();
        let log = format!("tollgate release: {}", names.join(", "));
        let move_it = || {
            session
                .git
                .reference_matching(name, begun.commit, true, begun.base, &log)
                .map(drop)
        };
        patiently(session, begun, move_it).map_err(|error| explain(session, name, error))?;
    }
    session.sync_reference(name)
}

/// Whether a reference is at a commit.
pub(super) fn is_at(git: &git2::Repository, name: &str, commit: git2::Oid) -> Result<bool> {
    Ok(lookup(git, name)? == Some(commit))
}

/// What helps with a branch that has moved while nobody else can see the release.
pub(super) fn local_remedy(begun: &Begun) -> String {
    let commit = begun.commit;
    format!(
        "run `git merge {commit}` to merge the release, or `tollgate release --abort` to discard it"
    )
}

/// Step 8: creates the tags; done already where they are the release's.
pub(super) fn create_tags(session: &Session<'_>, begun: &Begun) -> Result<()> {
    loose::restore_tags(session, begun)?;
    begun
        .tags
        .iter()
        .try_for_each(|tag| create_tag(session, begun, tag))?;
    // From here on the references keep the objects, but what packs them now may have begun before.
    loose::restore_tags(session, begun)
}

fn create_tag(session: &Session<'_>, begun: &Begun, tag: &BegunTag) -> Result<()> {
    let name = tag.reference();
    if lookup(&session.git, &name)? != Some(tag.id) {
        let create = || session.git.reference(&name, tag.id, false, "").map(drop);
        patiently(session, begun, create).map_err(|error| explain(session, &name, error))?;
    }
    session.sync_reference(&name)
}

/// What a reference leads to; `None`: it is not there.
fn lookup(git: &git2::Repository, name: &str) -> Result<Option<git2::Oid>> {
    match git.refname_to_id(name) {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed("a reference cannot be read")(error)),
    }
}

/// Whether the branch or a tag shows the release already.
pub(super) fn is_visible(git: &git2::Repository, begun: &Begun) -> Result<bool> {
    for tag in &begun.tags {
        if lookup(git, &tag.reference())? == Some(tag.id) {
            return Ok(true);
        }
    }
    lookup(git, &begun.branch)?.map_or(Ok(false), |tip| holds(git, tip, begun.commit))
}

fn holds(git: &git2::Repository, tip: git2::Oid, commit: git2::Oid) -> Result<bool> {
    Ok(tip == commit
        || git
            .graph_descendant_of(tip, commit)
            .map_err(failed("the history cannot be read"))?)
}

/// Turns a reference's refusal into words: who holds it, or what it has become.
fn explain(session: &Session<'_>, name: &str, error: git2::Error) -> Error {
    if error.code() == ErrorCode::Locked {
        let lock = session.common.join(format!("{name}.lock"));
        if let Some(held) = session.lock.disown(&lock) {
            return held.because(error);
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
    .because(error)
}
