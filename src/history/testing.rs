//! A history in memory, for the tests of this module: commits are written as text, each named by a
//! letter.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::commit::Id;
use crate::config::{Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::{
    Evidence, History, NextOptions, NextVersion, Objects, VersionQuery, Versions,
};

/// The files of a commit: what each path holds.
type Files = BTreeMap<String, Id>;

/// A history made of one-letter commits; the last one is HEAD unless told otherwise.
#[derive(Debug, Default)]
pub(super) struct TestHistory {
    commits: HashMap<Id, Vec<u8>>,
    trees: HashMap<Id, Vec<u8>>,
    files: HashMap<Id, Files>,
    tags: HashMap<String, Id>,
    shallow: HashSet<Id>,
    head: Option<Id>,
}

/// A random history: parents and time of each commit; parents are earlier commits, by position.
pub(super) type GraphShape = Vec<(Vec<usize>, i64)>;

/// Draws a history of up to twenty commits with up to three parents each, and with dates that lie.
pub(super) fn graph_shape() -> impl Strategy<Value = GraphShape> {
    let commit = (prop::collection::vec(0_usize..20, 0..4), 0_i64..6);
    prop::collection::vec(commit, 1..20).prop_map(|commits| {
        let earlier = |(at, (parents, time)): (usize, (Vec<usize>, i64))| {
            let parents: BTreeSet<usize> =
                parents.into_iter().filter(|parent| *parent < at).collect();
            (parents.into_iter().collect(), time)
        };
        commits.into_iter().enumerate().map(earlier).collect()
    })
}

/// The letter of a graph_shape's commit.
pub(super) fn letter(at: usize) -> char {
    char::from(b'a' + u8::try_from(at).unwrap())
}

/// The history that a graph_shape shows; its last commit is HEAD.
pub(super) fn history_from(graph_shape: &GraphShape) -> TestHistory {
    graph_shape
        .iter()
        .enumerate()
        .fold(TestHistory::default(), |history, (at, (parents, time))| {
            let parents: String = parents.iter().map(|parent| letter(*parent)).collect();
            history.commit_at(letter(at), &parents, (&format!("feat: {at}"), *time))
        })
}

/// The name of a letter's commit: its byte, twenty times.
pub(super) fn id(letter: char) -> Id {
    Id::new([letter as u8; 20])
}

/// A package by its name and its globs, with spaces between them.
pub(super) fn package(name: &str, globs: &str) -> Package {
    Package {
        name: name.into(),
        paths: globs.split_whitespace().map(str::to_owned).collect(),
        tag_prefix: format!("{name}-v"),
        changelog: None,
        version_files: None,
        depends_on: Vec::new(),
    }
}

/// The next version of a history as a whole.
pub(super) fn next(
    history: &TestHistory,
    settings: &VersionSettings,
    options: &NextOptions,
    evidence: Option<&dyn Evidence>,
) -> Result<NextVersion> {
    let versions = VersionQuery::repository(settings).next(history, options, evidence)?;
    Ok(only_next(versions))
}

/// The same, even if it is unknown or exists already.
pub(super) fn propose(
    history: &TestHistory,
    settings: &VersionSettings,
    options: &NextOptions,
    evidence: Option<&dyn Evidence>,
) -> Result<NextVersion> {
    let versions = VersionQuery::repository(settings).propose(history, options, evidence)?;
    Ok(only_next(versions))
}

fn only_next(mut versions: Versions) -> NextVersion {
    versions.units.remove(0).next
}

impl TestHistory {
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

    /// Adds a commit that writes files, named with spaces between them; `-path` takes one away.
    pub(super) fn change(
        mut self,
        letter: char,
        parents: &str,
        (message, paths): (&str, &str),
    ) -> Self {
        let merged = parents
            .chars()
            .filter_map(|parent| self.files.get(&id(parent)))
            .flatten();
        let mut files: Files = merged
            .map(|(path, content)| (path.clone(), *content))
            .collect();
        for path in paths.split_whitespace() {
            match path.strip_prefix('-') {
                Some(path) => files.remove(path),
                None => files.insert(path.to_owned(), id(letter)),
            };
        }
        let tree = self.put_tree(&files);
        self.files.insert(id(letter), files);
        let parents: Vec<Id> = parents.chars().map(id).collect();
        self.insert((id(letter), tree), &parents, (message, 0));
        self
    }

    fn add(&mut self, letter: char, parents: &str, message: (&str, i64)) {
        let parents: Vec<Id> = parents.chars().map(id).collect();
        self.insert((id(letter), id('0')), &parents, message);
    }

    fn insert(&mut self, (name, tree): (Id, Id), parents: &[Id], (message, time): (&str, i64)) {
        let parents: String = parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect();
        let who = format!("A <a@example.org> {time} +0000");
        let object = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\n{message}\n");
        self.commits.insert(name, object.into_bytes());
        self.head = Some(name);
    }

    /// A line of many commits, each named by its number.
    pub(super) fn line(commits: u32) -> Self {
        let name = |number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            Id::new(bytes)
        };
        let mut line = Self::default();
        for number in 0..commits {
            let parents: &[Id] = if number == 0 {
                &[]
            } else {
                &[name(number - 1)]
            };
            line.insert(
                (name(number), id('0')),
                parents,
                ("feat: x", i64::from(number)),
            );
        }
        line
    }

    /// Takes a commit away, as if its object were lost.
    pub(super) fn without(mut self, letter: char) -> Self {
        self.commits.remove(&id(letter));
        self
    }

    /// The tree of a letter's commit.
    pub(super) fn tree_of(&self, letter: char) -> Id {
        crate::commit::tree(&self.commits[&id(letter)]).expect("it was written here")
    }

    /// Writes the trees of these files and gives the root's name.
    pub(super) fn put_tree(&mut self, files: &Files) -> Id {
        let mut folders: BTreeMap<String, Files> = BTreeMap::new();
        let mut entries: Vec<(String, &str, Id)> = Vec::new();
        for (path, content) in files {
            match path.split_once('/') {
                Some((folder, rest)) => drop(
                    folders
                        .entry(folder.into())
                        .or_default()
                        .insert(rest.into(), *content),
                ),
                None => entries.push((path.clone(), "100644", *content)),
            }
        }
        for (folder, files) in folders {
            let tree = self.put_tree(&files);
            entries.push((folder, "40000", tree));
        }
        entries.sort_by_key(|(name, mode, _)| {
            if *mode == "40000" {
                format!("{name}/")
            } else {
                name.clone()
            }
        });
        let object = |(name, mode, id): &(String, &str, Id)| {
            [format!("{mode} {name}\0").as_bytes(), id.as_bytes()].concat()
        };
        let object = entries.iter().map(object).collect::<Vec<_>>().concat();
        let name = Id::new(
            *Sha256::digest(&object)
                .first_chunk()
                .expect("a digest has 32 bytes"),
        );
        self.trees.insert(name, object);
        name
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

impl Objects for TestHistory {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.commits
            .get(&id)
            .ok_or_else(|| Error::history(format!("object `{id}` is missing"), ""))
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.trees
            .get(&id)
            .ok_or_else(|| Error::history(format!("tree `{id}` is missing"), ""))
    }
}

impl History for TestHistory {
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

    fn try_clone(&self, _number: usize) -> Result<impl Objects> {
        Ok(self)
    }

    fn is_shallow(&self, id: Id) -> bool {
        self.shallow.contains(&id)
    }
}
