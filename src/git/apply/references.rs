//! Steps 6, 8 and 10: the references, each moved by compare-and-swap.
//!
//! The intent is the commit point: once it is there the release is finished by whoever comes next, and every step after
//! it may be repeated.

use git2::ErrorCode;

use super::begun::{Begun, PENDING};
use super::lock::{GitLock, held};
use super::{Session, failed};
use crate::error::{Error, Result};
use crate::git::references;

/// The releases that have begun and are not finished.
pub(super) fn pending(git: &git2::Repository) -> Result<Vec<Begun>> {
    let mut found = Vec::new();
    for reference in references::below(git, PENDING)? {
        let Some(target) = reference.target() else { continue };
        let begun = Begun::read(git, target)?;
        if reference.name_bytes() != begun.intent().as_bytes() {
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            return Err(Error::refused(
                format!("`{name}` points to the release of `{}`", begun.tag),
                format!("somebody moved it; `git update-ref -d {name}` forgets it"),
            ));
        }
        found.push(begun);
    }
    Ok(found)
}

/// The locks that the steps from the intent on will take, with what will stand in them.
pub(super) fn locks(session: &Session, begun: &Begun) -> Vec<GitLock> {
    let lock = |name: &str, line: String| GitLock { path: session.common.join(format!("{name}.lock")), line };
    let mut locks = vec![
        lock(&begun.intent(), begun.tag_id.to_string()),
        lock(&begun.branch, begun.commit.to_string()),
        lock(&begun.tag_reference(), begun.tag_id.to_string()),
    ];
    locks.extend(session.index_lock());
    locks
}

/// Step 6: creates the intent, only if there is none.
pub(super) fn intend(session: &Session, begun: &Begun) -> Result<()> {
    let name = begun.intent();
    let created = session.git.reference(&name, begun.tag_id, false, "tollgate release: begun");
    created.map(drop).map_err(|error| explain(session, &name, error))
}

/// Step 8: moves the branch from the base to the release commit; done already where it holds the release commit.
pub(super) fn move_branch(session: &Session, begun: &Begun) -> Result<()> {
    let name = &begun.branch;
    let tip = session.git.refname_to_id(name).map_err(|error| explain(session, name, error))?;
    if tip == begun.base {
        let log = format!("tollgate release: {}", begun.tag);
        let moved = session.git.reference_matching(name, begun.commit, true, begun.base, &log);
        moved.map_err(|error| explain(session, name, error))?;
    } else if !holds(&session.git, tip, begun.commit)? {
        return Err(Error::refused(
            format!("`{name}` has moved to `{tip}` since the release of `{}` began", begun.tag),
            "`tollgate release --abort` forgets the release, then it can be made anew",
        ));
    }
    session.sync_reference(name)
}

/// Step 8: creates the tag; done already where it is the release's.
pub(super) fn create_tag(session: &Session, begun: &Begun) -> Result<()> {
    let name = begun.tag_reference();
    match session.git.refname_to_id(&name) {
        Ok(id) if id == begun.tag_id => {}
        Ok(id) => {
            return Err(Error::refused(
                format!("the tag `{}` has appeared at `{id}` since the release began", begun.tag),
                format!("where it is a mistake: git tag -d {}", begun.tag),
            ));
        }
        Err(error) if error.code() == ErrorCode::NotFound => {
            let created = session.git.reference(&name, begun.tag_id, false, "");
            created.map_err(|error| explain(session, &name, error))?;
        }
        Err(error) => return Err(explain(session, &name, error)),
    }
    session.sync_reference(&name)
}

/// Step 10: deletes the intent if it is still this release's.
pub(super) fn forget(session: &Session, begun: &Begun) -> Result<()> {
    let name = begun.intent();
    match session.git.find_reference(&name) {
        Ok(mut reference) if reference.target() == Some(begun.tag_id) => {
            reference.delete().map_err(|error| explain(session, &name, error))?;
            session.sync_reference(&name)
        }
        Ok(_) => Ok(()),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
        Err(error) => Err(explain(session, &name, error)),
    }
}

/// Whether the branch or the tag shows the release already.
pub(super) fn is_visible(git: &git2::Repository, begun: &Begun) -> Result<bool> {
    let lookup = |name: &str| match git.refname_to_id(name) {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed("a reference cannot be read")(error)),
    };
    if lookup(&begun.tag_reference())? == Some(begun.tag_id) {
        return Ok(true);
    }
    lookup(&begun.branch)?.map_or(Ok(false), |tip| holds(git, tip, begun.commit))
}

fn holds(git: &git2::Repository, tip: git2::Oid, commit: git2::Oid) -> Result<bool> {
    Ok(tip == commit || git.graph_descendant_of(tip, commit).map_err(failed("the history cannot be read"))?)
}

/// Turns a reference's refusal into words: who holds it, or what it has become.
fn explain(session: &Session, name: &str, error: git2::Error) -> Error {
    if error.code() == ErrorCode::Locked
        && let Some(held) = held(&session.common.join(format!("{name}.lock")))
    {
        return held.because(error);
    }
    match error.code() {
        ErrorCode::Exists | ErrorCode::Modified => {
            Error::refused(format!("`{name}` was changed by somebody else just now"), "look at it and run again")
        }
        ErrorCode::NotFound => Error::refused(format!("`{name}` is gone"), "somebody deleted it just now"),
        _ => Error::repository(format!("`{name}` cannot be moved"), "`git fsck` says what is damaged"),
    }
    .because(error)
}
