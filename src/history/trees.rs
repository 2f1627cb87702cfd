//! The files of commits.

use std::collections::HashSet;
use std::path::Path;

use crate::commit::{Id, parents_and_time};
use crate::error::{Error, Result};
use crate::history::Objects;
use crate::source::Source;

/// What the commits of a repository contain.
pub trait Trees {
    /// The object at a path of a commit, whatever kind it has; `None` if the path doesn't exist.
    /// The empty path is that of the root.
    ///
    /// # Errors
    ///
    /// Fails if the commit or a folder cannot be read.
    fn object_at(&self, commit: Id, path: &Path) -> Result<Option<Id>>;

    /// The bytes of the regular file at a path of a commit; `None` if there is something else or
    /// nothing.
    ///
    /// # Errors
    ///
    /// Fails if a link or a file is in a folder's place, and if an object cannot be read.
    fn bytes_up_to(&self, commit: Id, path: &str, most: usize) -> Result<Option<Bytes>>;

    /// The paths at which an older commit has something else or nothing; `None`: all paths.
    ///
    /// # Errors
    ///
    /// Fails if a commit or a folder cannot be read.
    fn changed_since(&self, commit: Id, older: Option<Id>) -> Result<HashSet<String>>;
}

/// The bytes of a file, as far as they are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// All of them.
    Whole(Vec<u8>),
    /// More than were wanted.
    TooMany,
}

impl Bytes {
    /// The text of a ticket that was read up to `most` bytes.
    ///
    /// The only finding about a ticket that is too large is its size, so blanks stand in for its
    /// text.
    #[must_use]
    pub fn into_ticket(self, path: &str, most: usize) -> Source {
        match self {
            Self::Whole(bytes) => Source::decode(path, bytes),
            Self::TooMany => Source::new(path, " ".repeat(most + 1)),
        }
    }
}

/// The parents of a commit, in order.
///
/// # Errors
///
/// Fails if the commit cannot be read.
pub(crate) fn parents(objects: &impl Objects, commit: Id) -> Result<Vec<Id>> {
    let object = objects.commit(commit)?;
    let (parents, _) =
        parents_and_time(object.as_ref()).ok_or_else(|| Error::not_a_commit(commit))?;
    Ok(parents.as_slice().to_vec())
}

/// The paths at which a commit has something else than each of its parents, sorted.
///
/// # Errors
///
/// Fails if the commit, a parent or a folder cannot be read.
pub(crate) fn paths_changed_by(
    objects: &impl Objects,
    trees: &dyn Trees,
    commit: Id,
) -> Result<Vec<String>> {
    let parents = parents(objects, commit)?;
    let mut changed = trees.changed_since(commit, parents.first().copied())?;
    for parent in parents.iter().skip(1) {
        let other = trees.changed_since(commit, Some(*parent))?;
        changed.retain(|path| other.contains(path));
    }
    let mut changed: Vec<String> = changed.into_iter().collect();
    changed.sort_unstable();
    Ok(changed)
}
