//! The base and the head of the branch that `gate` checks: those of `--base` and `--head`, or those
//! of the CI job.

use crate::cli::ci::CiEvent;
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::source::shell_word;

/// The commits of the branch to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Revisions {
    /// The tip of the branch that it is merged into.
    pub(super) base: Id,
    /// The tip that is checked.
    pub(super) head: Id,
    /// The tip that people reviewed. If the head is a merge made by the CI service, this is its
    /// second parent.
    pub(super) reviewed_head: Id,
}

impl Revisions {
    /// The revisions of `--base` and `--head`.
    ///
    /// With `--base`, the event of the CI job is ignored and the default head is HEAD. Otherwise
    /// the event provides what isn't given.
    ///
    /// # Errors
    ///
    /// Fails if neither names the base, if a commit isn't in the clone, and if HEAD isn't what the
    /// event names.
    pub(super) fn find(
        repository: &Repository,
        event: Option<&CiEvent>,
        base: Option<&str>,
        head: Option<&str>,
    ) -> Result<Self> {
        let (base, head) = match (base, event, head) {
            (Some(base), _, head) => (resolve(repository, base)?, head.unwrap_or("HEAD")),
            (None, Some(event), Some(head)) => (event.base(repository)?, head),
            (None, Some(event), None) => return event.revisions(repository),
            (None, None, _) => return Err(no_base(repository)),
        };
        let head = resolve(repository, head)?;
        Ok(Self {
            base,
            head,
            reviewed_head: head,
        })
    }
}

fn no_base(repository: &Repository) -> Error {
    let base = repository.likely_base();
    let word = base.as_deref().map_or("BRANCH".into(), shell_word);
    Error::usage(
        "no base branch given and none detected",
        format!("pass `--base {word}`"),
    )
}

/// The commit that the command line names.
fn resolve(repository: &Repository, revision: &str) -> Result<Id> {
    let is_object = Id::from_hex(revision.as_bytes()).is_some_and(|id| !repository.has_object(id));
    let found = if is_object {
        None
    } else {
        repository.find_commit(revision)?
    };
    found.ok_or_else(|| {
        Error::usage(
            format!("there is no branch, tag, or commit `{revision}`"),
            repository.fetch_help(revision),
        )
    })
}
