//! What a release has made, once it is finished.

use crate::commit::Id;
use crate::release::PushTarget;

/// A release that is finished.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Released {
    /// The names of its tags, in the order of the plan.
    pub tags: Vec<String>,
    /// The release commit.
    pub commit: Id,
    /// The branch that holds it, as `refs/heads/…`.
    pub branch: String,
    /// The commit that was released: the release commit's parent.
    pub base: Id,
    /// Where it was pushed to; `None`: it is here alone.
    pub pushed: Option<PushTarget>,
    /// Where `--push` pushes it to, or why that isn't known and what to do, in lines.
    pub push_target: Result<PushTarget, Vec<String>>,
    /// Whether the branch is at the release commit, with no commit of somebody else above it.
    pub is_tip: bool,
    /// Files that somebody changed meanwhile and that were left alone, sorted.
    pub skipped_files: Vec<String>,
}
