//! A release as its tag object tells it: all that is needed to finish one that was interrupted.
//!
//! The objects themselves are the journal. They are read back raw, and nothing is believed that they do not say.

use crate::commit::{RawCommit, RawTag, trailers};
use crate::error::{Error, Result};
use crate::git::history::to_oid;
use crate::release::BRANCH_TRAILER;

/// The folder of references to releases that have begun and are not finished.
pub(super) const PENDING: &str = "refs/tollgate/pending/";

/// A release whose objects are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begun {
    /// The tag's name, without `refs/tags/`.
    pub(super) tag: String,
    /// The tag object.
    pub(super) tag_id: git2::Oid,
    /// The release commit.
    pub(super) commit: git2::Oid,
    /// Its parent, the commit that is released.
    pub(super) base: git2::Oid,
    /// The branch that moves, as `refs/heads/…`.
    pub(super) branch: String,
}

impl Begun {
    /// Reads a release from its tag object.
    ///
    /// Fails where the object is not such as a release writes it.
    pub(super) fn read(git: &git2::Repository, tag_id: git2::Oid) -> Result<Self> {
        let strange = |what: &str| {
            Error::refused(
                format!("object `{tag_id}` is not a release that tollgate began: {what}"),
                format!(
                    "look at it with `git cat-file -p {tag_id}`; `git for-each-ref {PENDING}` shows who points to it"
                ),
            )
        };
        let missing = |error| strange("it cannot be read").because(error);
        let objects = git.odb().map_err(missing)?;
        let object = objects.read(tag_id).map_err(missing)?;
        let tag = RawTag::parse(object.data()).filter(|_| object.kind() == git2::ObjectType::Tag);
        let tag = tag.filter(|tag| tag.target_type == b"commit").ok_or_else(|| strange("it is no tag of a commit"))?;
        let message = String::from_utf8_lossy(tag.message);
        let branch = trailers(&message).into_iter().find(|trailer| trailer.key == BRANCH_TRAILER);
        let branch = branch.ok_or_else(|| strange("it names no branch"))?.value;
        let commit = to_oid(tag.target);
        let object = objects.read(commit).map_err(missing)?;
        let raw = RawCommit::parse(object.data()).filter(|_| object.kind() == git2::ObjectType::Commit);
        let [base] = *raw.ok_or_else(|| strange("its target is no commit"))?.parents else {
            return Err(strange("its commit does not have exactly one parent"));
        };
        Ok(Self {
            tag: String::from_utf8_lossy(tag.name).into_owned(),
            tag_id,
            commit,
            base: to_oid(base),
            branch: format!("refs/heads/{branch}"),
        })
    }

    /// The reference that says that the release has begun: the local commit point.
    pub(super) fn intent(&self) -> String {
        format!("{PENDING}{}", self.tag)
    }

    /// The reference of the tag.
    pub(super) fn tag_reference(&self) -> String {
        format!("refs/tags/{}", self.tag)
    }
}
