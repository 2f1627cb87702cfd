//! A history in memory, for the tests of this module: commits are written as text, each named by a letter.

use std::collections::{HashMap, HashSet};

use crate::commit::Id;
use crate::error::{Error, Result};
use crate::history::History;

/// A history made of one-letter commits; the last one is HEAD unless told otherwise.
#[derive(Debug, Default)]
pub(super) struct Letters {
    commits: HashMap<Id, Vec<u8>>,
    tags: HashMap<String, Id>,
    shallow: HashSet<Id>,
    head: Option<Id>,
}

/// The name of a letter's commit: its byte, twenty times.
pub(super) fn id(letter: char) -> Id {
    Id::new([letter as u8; 20])
}

impl Letters {
    /// Adds a commit on `parents` at time 0; it becomes HEAD.
    pub(super) fn commit(mut self, letter: char, parents: &str, message: &str) -> Self {
        self.add(letter, parents, (message, 0));
        self
    }

    /// Adds a commit with a committer's time.
    pub(super) fn commit_at(mut self, letter: char, parents: &str, message: (&str, i64)) -> Self {
        self.add(letter, parents, message);
        self
    }

    fn add(&mut self, letter: char, parents: &str, (message, time): (&str, i64)) {
        let parents: String = parents.chars().map(|parent| format!("parent {}\n", id(parent))).collect();
        let who = format!("A <a@example.org> {time} +0000");
        let object = format!("tree {}\n{parents}author {who}\ncommitter {who}\n\n{message}\n", id('0'));
        self.commits.insert(id(letter), object.into_bytes());
        self.head = Some(id(letter));
    }

    /// Tags a commit.
    pub(super) fn tag(mut self, name: &str, letter: char) -> Self {
        self.tags.insert(name.to_owned(), id(letter));
        self
    }

    /// Cuts history off at a commit: what lies below is gone.
    pub(super) fn cut(mut self, letter: char) -> Self {
        self.shallow.insert(id(letter));
        self
    }

    /// Moves HEAD.
    pub(super) fn head_at(mut self, letter: char) -> Self {
        self.head = Some(id(letter));
        self
    }
}

impl History for Letters {
    fn head(&self) -> Result<Option<Id>> {
        Ok(self.head)
    }

    fn tag_names(&self) -> Result<Vec<String>> {
        Ok(self.tags.keys().cloned().collect())
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        Ok(self.tags.get(name).copied())
    }

    fn tag_time(&self, _name: &str) -> Result<Option<i64>> {
        Ok(None)
    }

    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.commits.get(&id).ok_or_else(|| Error::history(format!("object `{id}` is missing"), ""))
    }

    fn is_shallow(&self, id: Id) -> bool {
        self.shallow.contains(&id)
    }
}
