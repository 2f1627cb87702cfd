//! The result of merging two commits as Git does, in memory.
//!
//! `app/gate/merge_inputs.rs` uses it for a file with different contents at several merge bases,
//! which Git merges first; `merge_file` is sufficient for other files.
//!
//! libgit2 stores the texts that a merge produces, so each merge has its own object database, which
//! writes only to memory.

use git2::{ErrorCode, MergeOptions};

use super::history::{from_oid, to_oid};
use super::{Repository, history};
use crate::commit::Id;
use crate::error::{Error, Result};

/// The result of a merge.
pub(crate) struct MergePreview {
    /// Contains the objects that the merge created.
    repository: git2::Repository,
    index: git2::Index,
}

/// The result of a merge at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MergedFile {
    /// No entry.
    Absent,
    /// An entry with this object.
    Object(Id),
    /// A conflict, which a person has to resolve.
    Conflict,
}

impl std::fmt::Debug for MergePreview {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("MergePreview")
            .field("entries", &self.index.len())
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Merges `head` into `base` as Git does, including renames and criss-cross merges; nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(crate) fn merge_preview(&self, base: Id, head: Id) -> Result<MergePreview> {
        let failed = |error| {
            Error::history(
                "the branch and its base cannot be merged in memory",
                "merge the base branch into this branch",
            )
            .with_source(error)
        };
        let repository = self.open_in_memory().map_err(failed)?;
        // The size limit is applied when a file is read; libgit2 has none.
        history::read_commit(&self.inner, base)?;
        history::read_commit(&self.inner, head)?;
        let index = {
            let commit = |id| repository.find_commit(to_oid(id)).map_err(failed);
            let mut options = MergeOptions::new();
            options.find_renames(true);
            repository
                .merge_commits(&commit(base)?, &commit(head)?, Some(&options))
                .map_err(failed)?
        };
        Ok(MergePreview { repository, index })
    }
}

impl MergePreview {
    /// The result of the merge at a path.
    #[must_use]
    pub(crate) fn at(&self, path: &str) -> MergedFile {
        if (1..=3).any(|stage| self.index.get_path(path.as_ref(), stage).is_some()) {
            return MergedFile::Conflict;
        }
        let entry = self.index.get_path(path.as_ref(), 0);
        entry.map_or(MergedFile::Absent, |entry| {
            MergedFile::Object(from_oid(entry.id))
        })
    }

    /// The bytes of a file in the result of the merge; `None` if the object is not a file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub(crate) fn file(&self, id: Id) -> Result<Option<Vec<u8>>> {
        match self.repository.find_blob(to_oid(id)) {
            Ok(blob) => Ok(Some(blob.content().to_vec())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(Error::history(
                format!("object `{id}` cannot be read"),
                "run `git fsck` to find the damage",
            )
            .with_source(error)),
        }
    }
}
