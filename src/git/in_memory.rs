//! A repository whose new objects exist only in memory, so that commits can be looked at that a
//! forge is going to make. Nothing is written, and no reference changes.

use std::path::Path;

use git2::{Index, MergeOptions, ObjectType, RepositoryOpenFlags as Flags};

use super::history::{from_oid, to_oid};
use super::{Repository, history};
use crate::commit::Id;
use crate::error::{Error, Result};

/// Higher than the priority of any other object database.
const FIRST: i32 = 1_000;

/// A repository whose new objects exist only in memory.
#[derive(Debug)]
pub(crate) struct InMemory(Repository);

/// A commit to be made.
pub(crate) struct NewCommit<'a> {
    pub(crate) tree: Id,
    pub(crate) parents: &'a [Id],
    /// The name of its author.
    pub(crate) name: &'a str,
    /// The address of its author.
    pub(crate) email: &'a str,
    pub(crate) message: &'a str,
}

impl Repository {
    /// The same repository, with a place for new objects in memory.
    ///
    /// # Errors
    ///
    /// Fails if the repository cannot be opened again.
    pub(crate) fn in_memory(&self) -> Result<InMemory> {
        let opened = self.open_in_memory();
        opened
            .map(|inner| InMemory(Self::new(inner)))
            .map_err(|error| {
                Error::repository("the repository cannot be opened again", "").with_source(error)
            })
    }

    /// libgit2's handle of the same repository, which writes objects to memory.
    pub(super) fn open_in_memory(&self) -> std::result::Result<git2::Repository, git2::Error> {
        let flags = Flags::NO_SEARCH | Flags::NO_DOTGIT | Flags::BARE | Flags::FROM_ENV;
        let repository =
            git2::Repository::open_ext(self.inner.path(), flags, std::iter::empty::<&Path>())?;
        repository.odb()?.add_new_mempack_backend(FIRST)?;
        Ok(repository)
    }
}

impl InMemory {
    /// The repository with the new objects.
    pub(crate) const fn repository(&self) -> &Repository {
        &self.0
    }

    /// The tree of a merge of `head` into `base`, as Git makes it; `None` if they conflict.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(crate) fn merged_tree(&self, base: Id, head: Id) -> Result<Option<Id>> {
        let raw = self.0.raw();
        // The size limit is applied when an object is read; libgit2 has none.
        history::read_commit(raw, base)?;
        history::read_commit(raw, head)?;
        let merge = || {
            let mut options = MergeOptions::new();
            options.find_renames(true);
            raw.merge_commits(
                &raw.find_commit(to_oid(base))?,
                &raw.find_commit(to_oid(head))?,
                Some(&options),
            )
        };
        self.write_tree(merge())
    }

    /// The tree of a copy of a commit on top of another one; `None` if they conflict.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(crate) fn picked_tree(&self, commit: Id, onto: Id) -> Result<Option<Id>> {
        let raw = self.0.raw();
        history::read_commit(raw, commit)?;
        let pick = || {
            let mut options = MergeOptions::new();
            options.find_renames(true);
            let (commit, onto) = (
                raw.find_commit(to_oid(commit))?,
                raw.find_commit(to_oid(onto))?,
            );
            match commit.parent_count() {
                0 => raw.merge_trees(
                    &raw.find_tree(raw.treebuilder(None)?.write()?)?,
                    &onto.tree()?,
                    &commit.tree()?,
                    Some(&options),
                ),
                _ => raw.cherrypick_commit(&commit, &onto, 0, Some(&options)),
            }
        };
        self.write_tree(pick())
    }

    fn write_tree(&self, merged: std::result::Result<Index, git2::Error>) -> Result<Option<Id>> {
        let failed = |error| {
            Error::history(
                "the branch and its base cannot be merged in memory",
                "merge the base branch into this branch",
            )
            .with_source(error)
        };
        let mut index = merged.map_err(failed)?;
        if index.has_conflicts() {
            return Ok(None);
        }
        index
            .write_tree_to(self.0.raw())
            .map(|tree| Some(from_oid(tree)))
            .map_err(failed)
    }

    /// Makes a commit, which no reference names. Its time is that of its newest parent.
    ///
    /// # Errors
    ///
    /// Fails if a parent cannot be read.
    pub(crate) fn commit(&self, new: &NewCommit<'_>) -> Result<Id> {
        let mut parents = String::new();
        let mut time = 0;
        for parent in new.parents {
            let object = history::read_commit(self.0.raw(), *parent)?;
            let (_, seconds) = crate::commit::parents_and_time(&object)
                .ok_or_else(|| Error::not_a_commit(*parent))?;
            time = time.max(seconds);
            parents += &format!("parent {parent}\n");
        }
        let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
        let who = format!("{} <{}> {time} +0000", clean(new.name), clean(new.email));
        let object = format!(
            "tree {}\n{parents}author {who}\ncommitter {who}\n\n{}\n",
            new.tree, new.message
        );
        let written = self
            .0
            .raw()
            .odb()
            .and_then(|objects| objects.write(ObjectType::Commit, object.as_bytes()));
        written.map(from_oid).map_err(|error| {
            Error::repository("a commit cannot be made in memory", "").with_source(error)
        })
    }
}
