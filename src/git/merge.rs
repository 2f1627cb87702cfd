//! What git makes of two commits that it merges, in memory.
//!
//! libgit2 stores the texts that a merge puts together, so the merge has a database of objects of
//! its own, which writes to memory alone.

use std::path::Path;

use git2::{ErrorCode, MergeOptions, RepositoryOpenFlags as Flags};

use super::history::{from_oid, to_oid};
use super::{Repository, history};
use crate::commit::Id;
use crate::error::{Error, Result};

/// Before every other database of objects.
const FIRST: i32 = 1_000;

/// The result of a merge.
pub struct MergePreview {
    /// Has what the merge made.
    repository: git2::Repository,
    index: git2::Index,
}

/// What a merge leaves at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergedFile {
    /// Nothing.
    Absent,
    /// This object.
    Object(Id),
    /// What a person has to decide.
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
    /// Merges `head` into `base` as git does, renames and merges in both directions included;
    /// nothing is written.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub fn merge_preview(&self, base: Id, head: Id) -> Result<MergePreview> {
        let failed = |error| {
            Error::history(
                "the branch and its base cannot be merged in memory",
                "merge the base into the branch",
            )
            .with_source(error)
        };
        let flags = Flags::NO_SEARCH | Flags::NO_DOTGIT | Flags::BARE | Flags::FROM_ENV;
        let repository =
            git2::Repository::open_ext(self.inner.path(), flags, std::iter::empty::<&Path>());
        let repository = repository.map_err(failed)?;
        // The size of each is limited where it is read, which libgit2 does not do by itself.
        history::read_commit(&self.inner, base)?;
        history::read_commit(&self.inner, head)?;
        let index = {
            let objects = repository.odb().map_err(failed)?;
            objects.add_new_mempack_backend(FIRST).map_err(failed)?;
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
    /// What the merge leaves at a path.
    #[must_use]
    pub fn at(&self, path: &str) -> MergedFile {
        if (1..=3).any(|stage| self.index.get_path(path.as_ref(), stage).is_some()) {
            return MergedFile::Conflict;
        }
        let entry = self.index.get_path(path.as_ref(), 0);
        entry.map_or(MergedFile::Absent, |entry| {
            MergedFile::Object(from_oid(entry.id))
        })
    }

    /// The bytes of an object of the merge that is a file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub fn file(&self, id: Id) -> Result<Option<Vec<u8>>> {
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
