//! Steps 6, 8 and 10: the references, each moved by compare-and-swap.
//!
//! The intent is the commit point: once it is there the release is finished by whoever comes next, and every step after
//! it may be repeated.

use std::fs;
use std::io;

use git2::ErrorCode;

use super::begun::{Begun, BegunTag, INTENT};
use super::lock::GitLock;
use super::{Session, failed, unreadable};
use crate::error::{Error, Result};

/// What libgit2 writes first into a file of packed references.
const PACKED_REFS_LINE: &str = "# pack-refs with: peeled fully-peeled sorted ";

/// The release that has begun and is not finished.
pub(super) fn pending(git: &git2::Repository) -> Result<Option<Begun>> {
    match git.find_reference(INTENT) {
        Ok(intent) => match intent.target() {
            Some(journal) => Begun::read(git, journal).map(Some),
            None => Err(Error::refused(
                format!("`{INTENT}` is a symbolic reference, which tollgate never makes"),
                format!("`git symbolic-ref --delete {INTENT}` forgets it"),
            )),
        },
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed("the reference of a release that has begun cannot be read")(error)),
    }
}

/// The locks that the steps from the intent on will take, with what will stand in them.
pub(super) fn locks(session: &Session<'_>, begun: &Begun) -> Vec<GitLock> {
    let lock =
        |name: &str, id: git2::Oid| GitLock { path: session.common.join(format!("{name}.lock")), line: id.to_string() };
    let mut locks = vec![lock(INTENT, begun.journal), lock(&begun.branch, begun.commit)];
    locks.extend(begun.tags.iter().map(|tag| lock(&tag.reference(), tag.id)));
    locks.extend(session.index_lock());
    locks
}

/// The lock under which an intent goes that a collection of garbage has packed meanwhile.
pub(super) fn packed_lock(session: &Session<'_>) -> Result<Option<GitLock>> {
    let path = session.common.join("packed-refs");
    let packed = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| unreadable(&path, error))?,
    };
    let line = format!(" {INTENT}");
    let is_packed = packed.split(|byte| *byte == b'\n').any(|entry| entry.ends_with(line.as_bytes()));
    Ok(is_packed.then(|| GitLock { path: path.with_extension("lock"), line: PACKED_REFS_LINE.to_owned() }))
}

/// Step 6: creates the intent, only if there is none.
pub(super) fn intend(session: &Session<'_>, begun: &Begun) -> Result<()> {
    let created = session.git.reference(INTENT, begun.journal, false, "tollgate release: begun");
    created.map(drop).map_err(|error| explain(session, INTENT, error))
}

/// Step 8: moves the branch from the base to the release commit; done already where it holds the release commit.
pub(super) fn move_branch(session: &Session<'_>, begun: &Begun) -> Result<()> {
    let name = &begun.branch;
    let tip = session.git.refname_to_id(name).map_err(|error| explain(session, name, error))?;
    if tip == begun.base {
        let names = begun.names();
        let log = format!("tollgate release: {}", names.join(", "));
        let moved = session.git.reference_matching(name, begun.commit, true, begun.base, &log);
        moved.map_err(|error| explain(session, name, error))?;
    } else if !holds(&session.git, tip, begun.commit)? {
        return Err(Error::refused(
            format!("`{name}` has moved to `{tip}` since the release of {} began", begun.told()),
            match begun.push {
                Some(_) => format!("bring the release in: git merge {}", begun.commit),
                None => "`tollgate release --abort` forgets the release, then it can be made anew".to_owned(),
            },
        ));
    }
    session.sync_reference(name)
}

/// Step 8: creates the tags; done already where they are the release's.
pub(super) fn create_tags(session: &Session<'_>, begun: &Begun) -> Result<()> {
    begun.restore_tags(&session.git)?;
    begun.tags.iter().try_for_each(|tag| create_tag(session, tag))
}

fn create_tag(session: &Session<'_>, tag: &BegunTag) -> Result<()> {
    let name = tag.reference();
    match session.git.refname_to_id(&name) {
        Ok(id) if id == tag.id => {}
        Ok(id) => {
            return Err(Error::refused(
                format!("the tag `{}` has appeared at `{id}` since the release began", tag.name),
                format!("where it is a mistake: git tag -d {}", tag.name),
            ));
        }
        Err(error) if error.code() == ErrorCode::NotFound => {
            let created = session.git.reference(&name, tag.id, false, "");
            created.map_err(|error| explain(session, &name, error))?;
        }
        Err(error) => return Err(explain(session, &name, error)),
    }
    session.sync_reference(&name)
}

/// Step 10: deletes the intent if it is still this release's.
pub(super) fn forget(session: &Session<'_>, begun: &Begun) -> Result<()> {
    match session.git.find_reference(INTENT) {
        Ok(mut reference) if reference.target() == Some(begun.journal) => {
            reference.delete().map_err(|error| explain(session, INTENT, error))?;
            session.sync_reference(INTENT)
        }
        Ok(_) => Ok(()),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
        Err(error) => Err(explain(session, INTENT, error)),
    }
}

/// Whether the branch or a tag shows the release already.
pub(super) fn is_visible(git: &git2::Repository, begun: &Begun) -> Result<bool> {
    let lookup = |name: &str| match git.refname_to_id(name) {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(failed("a reference cannot be read")(error)),
    };
    for tag in &begun.tags {
        if lookup(&tag.reference())? == Some(tag.id) {
            return Ok(true);
        }
    }
    lookup(&begun.branch)?.map_or(Ok(false), |tip| holds(git, tip, begun.commit))
}

fn holds(git: &git2::Repository, tip: git2::Oid, commit: git2::Oid) -> Result<bool> {
    Ok(tip == commit || git.graph_descendant_of(tip, commit).map_err(failed("the history cannot be read"))?)
}

/// Turns a reference's refusal into words: who holds it, or what it has become.
fn explain(session: &Session<'_>, name: &str, error: git2::Error) -> Error {
    if error.code() == ErrorCode::Locked {
        // A reference that is packed goes with the file that it is packed in.
        let locks = [name, "packed-refs"].map(|name| session.common.join(format!("{name}.lock")));
        if let Some(held) = locks.iter().find_map(|lock| session.lock.disown(lock)) {
            return held.because(error);
        }
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
