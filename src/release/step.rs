//! The steps of a release as they are told while it runs, and who listens.

use crate::commit::Id;

/// One step of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A remote is asked whether it can take the release.
    Asking(&'a str),
    /// The objects are written: the release commit, and on it these tags. Nothing points to them
    /// yet.
    Written(Id, &'a [String]),
    /// The release has begun: from here on it is finished, by this run or the next.
    Begun,
    /// Commit and tags are sent to a remote.
    Pushing(&'a str),
    /// A command before or after the release is run.
    Running(&'a str),
    /// A line that git, a hook, a command or the remote has said meanwhile.
    Said(&'a str),
    /// A remote has the release: it is public.
    Public(&'a str),
    /// The branch, as `refs/heads/…`, is at the release commit.
    Moved(&'a str),
    /// The tags are there.
    Tagged(&'a [String]),
    /// The work tree has the files of the release.
    Updated,
    /// A lock could not be removed, as this says; the release is made, and the lock blocks the next
    /// one.
    LockLeft(&'a str),
}

/// Who is told of a release while it runs, and may ask it to stop.
pub trait Observer {
    /// Tells of a step, most of them once they are done.
    fn step(&mut self, step: Step<'_>);

    /// Whether the release should stop before the next step. It does so without harm: what has
    /// begun can be finished.
    fn wants_stop(&self) -> bool;
}

/// An observer that hears nothing and never stops a release.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn step(&mut self, _: Step<'_>) {}

    fn wants_stop(&self) -> bool {
        false
    }
}
