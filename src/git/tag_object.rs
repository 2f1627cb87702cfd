//! Reads the object that a tag refers to: an annotated tag's raw object, or something else.

use crate::commit::Id;
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::history::{from_oid, raw_tag, read_commit};
use crate::git::reference_list::TAGS;

/// The object that a tag refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagObject {
    /// A tag object.
    Annotated {
        /// Its name in the object database.
        id: Id,
        /// Its bytes.
        object: Vec<u8>,
    },
    /// Something else, without a tag object: a lightweight tag.
    Lightweight(Id),
}

impl Repository {
    /// The object that the tag of this name refers to; `None` if there is no such tag.
    ///
    /// # Errors
    ///
    /// Fails if the reference or the object cannot be read, and if the object is over the limit.
    pub(crate) fn tag_object(&self, name: &str) -> Result<Option<TagObject>> {
        let target = match self.raw().refname_to_id(&format!("{TAGS}{name}")) {
            Ok(target) => from_oid(target),
            Err(error)
                if matches!(
                    error.code(),
                    git2::ErrorCode::NotFound | git2::ErrorCode::InvalidSpec
                ) =>
            {
                return Ok(None);
            }
            Err(error) => {
                let message = format!("the tag `{name}` cannot be read");
                return Err(
                    Error::repository(message, "run `git fsck` to find the damage")
                        .with_source(error),
                );
            }
        };
        Ok(Some(match raw_tag(self.raw(), target)? {
            Some(object) => TagObject::Annotated { id: target, object },
            None => TagObject::Lightweight(target),
        }))
    }

    /// The bytes of a commit object.
    ///
    /// # Errors
    ///
    /// Fails if the object is missing or over the limit.
    pub(crate) fn commit_object(&self, commit: Id) -> Result<Vec<u8>> {
        read_commit(self.raw(), commit)
    }
}
