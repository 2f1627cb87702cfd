//! The interface through which a release reports its steps to an observer. An interrupted release
//! is resumed from its journal, `git/apply/journal.rs`.

use crate::commit::Id;

/// One step of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Tollgate checks whether a remote would accept the release.
    CheckingRemote(&'a str),
    /// The objects are written: the release commit, if there is one, and these tags. No reference
    /// points to them yet.
    ObjectsWritten(Option<Id>, &'a [String]),
    /// The release is started. If this run is interrupted, the next one can finish it.
    Started,
    /// Commit and tags are sent to a remote.
    Pushing(&'a str),
    /// A command before or after the release is run.
    RunningCommand(&'a str),
    /// A line that Git, a hook, a command or the remote printed.
    Output(&'a str),
    /// A remote has the release: it is public.
    Published(&'a str),
    /// The branch, as `refs/heads/…`, is at the release commit.
    BranchMoved(&'a str),
    /// The tags exist.
    TagsCreated(&'a [String]),
    /// The work tree has the files of the release.
    WorkTreeUpdated,
    /// A lock could not be removed, for this reason; the release is complete, and the lock blocks
    /// the next one.
    LockRemains(&'a str),
}

/// Observes a release while it runs, and may request that it stops.
pub trait Progress {
    /// Reports a step; most are reported once they are done.
    fn report(&mut self, step: Event<'_>);

    /// Whether the release should stop before the next step. Stopping is safe: a release that was
    /// started can be finished.
    fn is_cancelled(&self) -> bool;
}

/// An observer that ignores everything and never stops a release.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&mut self, _: Event<'_>) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
