//! Histories in memory, for tests. A [`TestHistory`] has commits that are named by letters; a
//! [`TestRepository`] has branches, authors and files with text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::commit::{self, Id, RawTree};
use crate::config::{Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::{
    Bytes, Evidence, History, NextOptions, NextVersion, Objects, Trees, VersionQuery, Versions,
};

/// The files of a commit: what each path holds.
type Files = BTreeMap<String, Id>;

/// A history made of one-letter commits; the last one is HEAD unless told otherwise.
#[derive(Debug, Default)]
pub(crate) struct TestHistory {
    commits: HashMap<Id, Vec<u8>>,
    trees: HashMap<Id, Vec<u8>>,
    files: HashMap<Id, Files>,
    blobs: HashMap<Id, Vec<u8>>,
    tags: HashMap<String, Id>,
    shallow: HashSet<Id>,
    head: Option<Id>,
}

/// What a commit of a [`TestHistory`] says.
struct NewCommit<'a> {
    tree: Id,
    parents: &'a [Id],
    author: &'a str,
    message: &'a str,
    time: i64,
}

impl NewCommit<'_> {
    fn object(&self) -> Vec<u8> {
        let parents: String = self
            .parents
            .iter()
            .map(|parent| format!("parent {parent}\n"))
            .collect();
        let (tree, message) = (self.tree, self.message);
        let who = format!("{} {} +0000", self.author, self.time);
        format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\n{message}\n").into_bytes()
    }
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
    let versions = query(settings, evidence).next(history, options)?;
    Ok(only_next(versions))
}

/// The same, even if it is unknown or exists already.
pub(super) fn propose(
    history: &TestHistory,
    settings: &VersionSettings,
    options: &NextOptions,
    evidence: Option<&dyn Evidence>,
) -> Result<NextVersion> {
    let versions = query(settings, evidence).propose(history, options)?;
    Ok(only_next(versions))
}

fn query<'a>(
    settings: &'a VersionSettings,
    evidence: Option<&'a dyn Evidence>,
) -> VersionQuery<'a> {
    VersionQuery {
        evidence,
        ..VersionQuery::repository(settings)
    }
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
        self.insert(id(letter), tree, &parents, (message, 0));
        self
    }

    fn add(&mut self, letter: char, parents: &str, message: (&str, i64)) {
        let parents: Vec<Id> = parents.chars().map(id).collect();
        self.insert(id(letter), id('0'), &parents, message);
    }

    fn insert(&mut self, name: Id, tree: Id, parents: &[Id], (message, time): (&str, i64)) {
        let author = "A <a@example.org>";
        let commit = NewCommit {
            tree,
            parents,
            author,
            message,
            time,
        };
        self.commits.insert(name, commit.object());
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
                name(number),
                id('0'),
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
        commit::tree(&self.commits[&id(letter)]).expect("it was written here")
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
        let name = object_name(&object);
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

/// A name for an object. It has nothing in common with the one that Git gives it.
fn object_name(object: &[u8]) -> Id {
    let digest = Sha256::digest(object);
    Id::new(*digest.first_chunk().expect("a digest has 32 bytes"))
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

    fn tag_names(&self) -> Result<impl Iterator<Item = Cow<'_, str>>> {
        Ok(self.tags.keys().map(Cow::from))
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

impl Trees for TestHistory {
    fn object_at(&self, commit: Id, path: &Path) -> Result<Option<Id>> {
        let mut at = commit::tree(self.commit(commit)?.as_ref()).expect("it was written here");
        for name in path {
            let Some(object) = self.trees.get(&at) else {
                return Ok(None);
            };
            match RawTree::parse(at, object)?.find(name.as_encoded_bytes()) {
                Some(entry) => at = entry.id,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn file_at(&self, commit: Id, path: &str) -> Result<Option<Id>> {
        let files = self.files.get(&commit);
        Ok(files.and_then(|files| files.get(path)).copied())
    }

    fn bytes_up_to(&self, commit: Id, path: &str, most: usize) -> Result<Option<Bytes>> {
        let file = self.files.get(&commit).and_then(|files| files.get(path));
        Ok(file.map(|id| match &self.blobs[id] {
            bytes if bytes.len() > most => Bytes::TooMany,
            bytes => Bytes::Whole(bytes.clone()),
        }))
    }

    fn changed_since(&self, commit: Id, older: Option<Id>) -> Result<HashSet<String>> {
        let none = Files::new();
        let before = older.map_or(&none, |older| &self.files[&older]);
        let after = &self.files[&commit];
        let paths = before.keys().chain(after.keys());
        Ok(paths
            .filter(|path| before.get(*path) != after.get(*path))
            .cloned()
            .collect())
    }
}

/// A repository in memory with a working tree. Each person's address is `NAME@example.com`.
#[derive(Debug)]
pub(crate) struct TestRepository {
    pub(crate) history: TestHistory,
    branches: BTreeMap<String, Id>,
    branch: String,
    person: String,
    files: BTreeMap<String, String>,
    /// The second parent of the next commit.
    merged: Option<Id>,
}

impl TestRepository {
    /// An empty repository of Ada's on the branch `main`.
    pub(crate) fn new() -> Self {
        Self {
            history: TestHistory::default(),
            branches: BTreeMap::new(),
            branch: "main".to_owned(),
            person: "ada".to_owned(),
            files: BTreeMap::new(),
            merged: None,
        }
    }

    /// From now on commits are by this person.
    pub(crate) fn become_person(&mut self, name: &str) {
        name.clone_into(&mut self.person);
    }

    pub(crate) fn write(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(path.to_owned(), text.into());
    }

    pub(crate) fn read(&self, path: &str) -> String {
        self.files[path].clone()
    }

    pub(crate) fn remove(&mut self, path: &str) {
        self.files.remove(path).expect("the file exists");
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let text = self.files.remove(from).expect("the file exists");
        self.write(to, text);
    }

    /// Commits the working tree, changed or not.
    pub(crate) fn commit(&mut self, message: &str) -> Id {
        let mut files = Files::new();
        for (path, text) in &self.files {
            let name = object_name(text.as_bytes());
            self.history.blobs.insert(name, text.clone().into_bytes());
            files.insert(path.clone(), name);
        }
        let parents: Vec<Id> = self
            .branches
            .get(&self.branch)
            .copied()
            .into_iter()
            .chain(self.merged.take())
            .collect();
        let object = NewCommit {
            tree: self.history.put_tree(&files),
            parents: &parents,
            author: &format!("{0} <{0}@example.com>", self.person),
            message,
            time: 0,
        }
        .object();
        let id = object_name(&object);
        self.history.commits.insert(id, object);
        self.history.files.insert(id, files);
        self.branches.insert(self.branch.clone(), id);
        id
    }

    /// The last commit of a branch.
    pub(crate) fn tip(&self, branch: &str) -> Id {
        self.branches[branch]
    }

    /// The current branch's last commit.
    pub(crate) fn head(&self) -> Id {
        self.tip(&self.branch)
    }

    /// Sets a branch to the current commit, and switches to it.
    pub(crate) fn branch(&mut self, name: &str) {
        self.branches.insert(name.to_owned(), self.head());
        name.clone_into(&mut self.branch);
    }

    /// Switches to a branch, with its files.
    pub(crate) fn switch(&mut self, branch: &str) {
        branch.clone_into(&mut self.branch);
        let files = self.history.files[&self.head()].clone();
        self.files = files.keys().map(|path| self.file_of(path)).collect();
    }

    fn file_of(&self, path: &str) -> (String, String) {
        let text = self.text_at(self.head(), path).expect("the file exists");
        (path.to_owned(), text)
    }

    /// A file of a commit.
    pub(crate) fn text_at(&self, commit: Id, path: &str) -> Option<String> {
        let blob = &self.history.blobs[self.history.files[&commit].get(path)?];
        Some(String::from_utf8(blob.clone()).unwrap())
    }

    /// Merges a branch whose files win; those that only the current branch has stay.
    pub(crate) fn merge(&mut self, branch: &str) {
        let ours = std::mem::replace(&mut self.branch, branch.to_owned());
        let theirs: Vec<String> = self.history.files[&self.head()].keys().cloned().collect();
        let theirs: Vec<_> = theirs.iter().map(|path| self.file_of(path)).collect();
        self.merged = Some(self.head());
        self.branch = ours;
        self.files.extend(theirs);
        self.commit(&format!("Merge branch '{branch}'"));
    }

    /// Replaces the commits of the current branch since another by one.
    pub(crate) fn squash_onto(&mut self, branch: &str, message: &str) {
        let base = self.tip(branch);
        self.branches.insert(self.branch.clone(), base);
        self.commit(message);
    }
}
