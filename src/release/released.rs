//! The result of a release that is finished.

use crate::commit::Id;
use crate::release::PushTarget;

/// A release that is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Released {
    /// The names of its tags, in the order of the plan.
    pub tags: Vec<String>,
    /// The tagged commit: the release commit, or the released commit itself if the release consists
    /// of tags only.
    pub commit: Id,
    /// The branch that contains it, as `refs/heads/…`.
    pub branch: String,
    /// The commit that was released: the release commit's parent.
    pub base: Id,
    /// The target it was pushed to; `None`: it exists only here.
    pub(crate) pushed: Option<PushTarget>,
    /// The target of `--push`, or why it is unknown and what to do, in lines.
    pub(crate) push_target: Result<PushTarget, Vec<String>>,
    /// Whether the branch is at the release commit, without a later commit on top.
    pub is_tip: bool,
    /// Files that were changed during the release and were not updated, sorted.
    pub skipped_files: Vec<String>,
}

impl Released {
    /// Whether the release has a commit of its own; otherwise, it consists of tags only.
    #[must_use]
    pub fn has_commit(&self) -> bool {
        self.commit != self.base
    }
}
