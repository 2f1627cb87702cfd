//! Step 10: deletes the intent as Git deletes a reference, under the lock of the packed references.
//!
//! libgit2 takes that lock only to rewrite the list, after it has read it. If `git pack-refs` runs
//! at the same time, a reference that libgit2 deletes can come back, and references packed between
//! its reading and its writing are lost.

use std::fs;
use std::io;

use git2::Oid;

use super::journal::{PENDING_REF, PendingRelease};
use super::lock::{GitLock, LOCK_LINE, TakenLock};
use super::{Session, disk, unreadable, unwritable};
use crate::error::{Error, Result};
use crate::release::Event;

/// The file of the packed references.
const PACKED: &str = "packed-refs";

/// How often a deletion is repeated if the intent reappears.
const MAX_DELETIONS: usize = 3;

/// Whether the locks of a deletion are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockCleanup {
    Done,
    /// One of them could not be removed; the next run has to do it.
    Incomplete,
}

/// Deletes the intent if it is still this release's, and makes sure that it is gone.
///
/// # Errors
///
/// Fails if another process keeps one of the locks for long, if a file cannot be read or written,
/// and if the intent reappears each time.
pub(super) fn delete_pending_ref(
    session: &mut Session<'_>,
    pending: &PendingRelease,
) -> Result<LockCleanup> {
    let [packed, loose] = [PACKED, PENDING_REF].map(|name| GitLock {
        path: session.common.join(format!("{name}.lock")),
        line: LOCK_LINE.to_owned(),
    });
    for _ in 0..MAX_DELETIONS {
        session.lock.claim(&[packed.clone(), loose.clone()])?;
        let taken = [
            session.lock.take_claimed(&packed)?,
            session.lock.take_claimed(&loose)?,
        ];
        if pending_ref_target(session)? == Some(pending.journal) {
            delete_packed(session)?;
            delete_loose(session)?;
        }
        let locks = release(session, taken);
        if pending_ref_target(session)? != Some(pending.journal) {
            session.sync_reference(PENDING_REF)?;
            return Ok(locks);
        }
    }
    Err(Error::refused(
        format!("another program restored `{PENDING_REF}` after it was deleted"),
        "stop programs that pack references without git, then try again",
    ))
}

/// Removes the locks. The deletion is complete, so a lock that cannot be removed does not fail the
/// release.
fn release(session: &mut Session<'_>, taken: [TakenLock; 2]) -> LockCleanup {
    let mut locks = LockCleanup::Done;
    for error in taken
        .into_iter()
        .rev()
        .filter_map(|lock| lock.release().err())
    {
        session
            .progress
            .report(Event::LockRemains(&error.to_string()));
        locks = LockCleanup::Incomplete;
    }
    locks
}

/// The object that the intent refers to, according to the files; `None`: it does not exist, or is
/// symbolic.
fn pending_ref_target(session: &Session<'_>) -> Result<Option<Oid>> {
    let id = |digits: &[u8]| {
        std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| Oid::from_str(digits.trim()).ok())
    };
    if let Some(text) = read(session, PENDING_REF)? {
        return Ok(id(&text));
    }
    let list = read(session, PACKED)?.unwrap_or_default();
    let entry = list
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_suffix(format!(" {PENDING_REF}").as_bytes()));
    Ok(entry.and_then(id))
}

/// Rewrites the list of packed references without the intent.
fn delete_packed(session: &Session<'_>) -> Result<()> {
    let Some(list) = read(session, PACKED)? else {
        return Ok(());
    };
    let suffix = format!(" {PENDING_REF}\n");
    let is_other = |line: &&[u8]| !line.ends_with(suffix.as_bytes());
    // A line with `^` belongs to the tag above it. The intent refers to a commit and has none.
    let rest: Vec<u8> = list
        .split_inclusive(|byte| *byte == b'\n')
        .filter(is_other)
        .flatten()
        .copied()
        .collect();
    if rest == list {
        return Ok(());
    }
    let path = session.common.join(PACKED);
    let replaced = fs::metadata(&path).map(|metadata| metadata.permissions());
    let replaced =
        replaced.and_then(|permissions| disk::replace_with(&path, &rest, Some(permissions)));
    replaced.map_err(|error| unwritable(&path, error))
}

/// Removes the file of the intent, and its reflog, which Git's settings may enable.
fn delete_loose(session: &Session<'_>) -> Result<()> {
    for name in [format!("logs/{PENDING_REF}"), PENDING_REF.to_owned()] {
        let path = session.common.join(name);
        disk::remove(&path).map_err(|error| unwritable(&path, error))?;
    }
    Ok(())
}

fn read(session: &Session<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    let path = session.common.join(name);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(|error| unreadable(&path, error)),
    }
}
