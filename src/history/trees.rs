//! The files of commits.
//!
//! [`Trees`] has those of all commits of a repository, and follows files from commit to commit.
//! [`Tree`] has those of one commit, with edits that a release is about to make to them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::commit::{Id, parents_and_time};
use crate::error::{Error, Result};
use crate::history::Objects;
use crate::source::Source;

/// The largest file of a commit that is read or written, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 64 << 20;

/// The files of the commits of a repository, each commit being given by its ID.
pub(crate) trait Trees {
    /// The object at a path of a commit, whatever kind it has; `None` if the path doesn't exist.
    /// The empty path is that of the root.
    ///
    /// # Errors
    ///
    /// Fails if the commit or a folder cannot be read.
    fn object_at(&self, commit: Id, path: &Path) -> Result<Option<Id>>;

    /// The objects at several paths of a commit.
    ///
    /// # Errors
    ///
    /// Fails as [`object_at`](Self::object_at) does.
    fn objects_at(&self, commit: Id, paths: &[PathBuf]) -> Result<Vec<Option<Id>>> {
        let mut objects = Vec::with_capacity(paths.len());
        for path in paths {
            objects.push(self.object_at(commit, path)?);
        }
        Ok(objects)
    }

    /// Notes the root tree of a commit that was read for something else, so that the commit is not
    /// read again.
    fn note_root(&self, _commit: Id, _root: Id) {}

    /// The object of the regular file at a path of a commit; `None` if there is something else or
    /// nothing.
    ///
    /// # Errors
    ///
    /// Fails if a link or a file is in a folder's place, and if a folder cannot be read.
    fn file_at(&self, commit: Id, path: &str) -> Result<Option<Id>>;

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
pub(crate) enum Bytes {
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
    pub(crate) fn into_ticket(self, path: &str, most: usize) -> Source {
        match self {
            Self::Whole(bytes) => Source::decode(path, bytes),
            Self::TooMany => Source::new(path, " ".repeat(most + 1)),
        }
    }
}

/// The files of one commit, possibly with edits that are not yet committed; paths are relative to
/// the root, with `/`.
pub trait Tree {
    /// The regular file at `path`; `None` if nothing is there.
    ///
    /// # Errors
    ///
    /// Fails if the object cannot be read, and if a link, a submodule or a folder is at `path`.
    fn file(&self, path: &str) -> Result<Option<File>>;

    /// The paths of all files with this name, in any folder.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    fn named(&self, name: &str) -> Result<Vec<String>>;
}

/// Files by path, for tests and examples.
impl Tree for BTreeMap<String, File> {
    fn file(&self, path: &str) -> Result<Option<File>> {
        Ok(self.get(path).cloned())
    }

    fn named(&self, name: &str) -> Result<Vec<String>> {
        Ok(self
            .keys()
            .filter(|path| path.rsplit('/').next() == Some(name))
            .cloned()
            .collect())
    }
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its contents as stored, with the line ends of the commit.
    pub bytes: Vec<u8>,
    /// Whether it is executable.
    pub mode: Mode,
}

/// The permissions of a regular file that Git records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// 100644.
    #[default]
    Plain,
    /// 100755.
    Executable,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_name_in_any_folder() {
        let file = File {
            bytes: Vec::new(),
            mode: Mode::Plain,
        };
        let tree: BTreeMap<_, _> = ["Cargo.toml", "a/Cargo.toml", "a/xCargo.toml"]
            .map(|path| (path.to_owned(), file.clone()))
            .into();
        assert_eq!(
            tree.named("Cargo.toml").unwrap(),
            ["Cargo.toml", "a/Cargo.toml"]
        );
    }
}
