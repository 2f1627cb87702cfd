//! The steps of a release as they are told while it runs, and who listens.

use crate::commit::Id;

/// One step of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A remote is asked whether it can take the release.
    CheckingRemote(&'a str),
    /// The objects are written: the release commit, and on it these tags. Nothing points to them
    /// yet.
    ObjectsWritten(Id, &'a [String]),
    /// The release has begun: from here on it is finished, by this run or the next.
    Started,
    /// Commit and tags are sent to a remote.
    Pushing(&'a str),
    /// A command before or after the release is run.
    RunningCommand(&'a str),
    /// A line that git, a hook, a command or the remote has said meanwhile.
    Output(&'a str),
    /// A remote has the release: it is public.
    Published(&'a str),
    /// The branch, as `refs/heads/…`, is at the release commit.
    BranchMoved(&'a str),
    /// The tags are there.
    TagsCreated(&'a [String]),
    /// The work tree has the files of the release.
    WorkTreeUpdated,
    /// A lock could not be removed, as this says; the release is made, and the lock blocks the next
    /// one.
    LockRemains(&'a str),
}

/// Who is told of a release while it runs, and may ask it to stop.
pub trait Progress {
    /// Tells of a step, most of them once they are done.
    fn report(&mut self, step: Event<'_>);

    /// Whether the release should stop before the next step. It does so without harm: what has
    /// begun can be finished.
    fn is_cancelled(&self) -> bool;
}

/// An observer that hears nothing and never stops a release.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&mut self, _: Event<'_>) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
