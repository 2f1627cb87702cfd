//! The files of a commit, read from its tree for `release`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use crate::commit::{self, Id};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::history::{from_oid, read_commit, to_oid};
use crate::release::{File, MAX_FILE, Mode, Tree};

/// The files of one commit.
pub struct CommitTree<'r> {
    repository: &'r git2::Repository,
    tree: git2::Tree<'r>,
}

impl std::fmt::Debug for CommitTree<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CommitTree").field("tree", &self.tree.id()).finish()
    }
}

/// How a commit differs from an older one; a file that becomes a link is deleted and added.
#[derive(Debug, Clone, Default)]
pub struct Difference {
    /// What only the newer one has, by path.
    pub added: BTreeMap<String, Id>,
    /// What only the older one has, by path.
    pub deleted: BTreeMap<String, Id>,
    /// The paths at which both have something else.
    pub modified: BTreeSet<String>,
}

impl Difference {
    /// The paths at which the two differ.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.added.keys().chain(self.deleted.keys()).chain(&self.modified)
    }

    /// Whether the newer one has something else at a path, and not nothing.
    #[must_use]
    pub fn puts(&self, path: &str) -> bool {
        self.modified.contains(path) || self.added.contains_key(path)
    }
}

/// What stands at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
    /// A folder.
    Folder,
}

impl Repository {
    /// Opens the files of a commit for reading.
    ///
    /// # Errors
    ///
    /// Fails where the commit or its tree cannot be read.
    pub fn tree(&self, id: Id) -> Result<CommitTree<'_>> {
        let repository = self.raw();
        let object = read_commit(repository, id)?;
        let tree = commit::tree(&object).ok_or_else(|| Error::no_commit(id))?;
        let tree = repository.find_tree(to_oid(tree));
        let tree = tree.map_err(|error| unreadable(&format!("the tree of commit `{id}`"), error))?;
        Ok(CommitTree { repository, tree })
    }
}

impl Tree for CommitTree<'_> {
    fn file(&self, path: &str) -> Result<Option<File>> {
        for (end, _) in path.match_indices('/') {
            match self.entry(&path[..end])? {
                None => return Ok(None),
                Some(entry) if entry.kind() == Some(git2::ObjectType::Tree) => {}
                Some(entry) => {
                    let what = match entry.filemode() {
                        0o120_000 => "a symbolic link",
                        0o160_000 => "a submodule",
                        _ => "not a folder",
                    };
                    let message = format!("`{path}` is below `{}`, which is {what}", &path[..end]);
                    return Err(Error::refused(message, "name a file of the repository; links are never followed"));
                }
            }
        }
        let Some(entry) = self.entry(path)? else { return Ok(None) };
        let mode = match entry.filemode() {
            0o100_644 | 0o100_664 => Mode::Plain,
            0o100_755 => Mode::Executable,
            0o120_000 => return Err(no_file(path, "a symbolic link")),
            0o160_000 => return Err(no_file(path, "a submodule")),
            _ => return Err(no_file(path, "a folder")),
        };
        let failed = |error| unreadable(&format!("`{path}`"), error);
        let objects = self.repository.odb().map_err(failed)?;
        let (size, _) = objects.read_header(entry.id()).map_err(failed)?;
        if size > MAX_FILE {
            let message = format!("`{path}` has {size} bytes, more than the {MAX_FILE} that are read");
            return Err(Error::limit(message, "a release edits texts, not data"));
        }
        let object = objects.read(entry.id()).map_err(failed)?;
        Ok(Some(File { bytes: object.data().to_vec(), mode }))
    }

    fn named(&self, name: &str) -> Result<Vec<String>> {
        // A release writes to these paths, so one with a replacement character would name another file.
        self.files(|path| path.rsplit('/').next() == Some(name) && !path.contains(char::REPLACEMENT_CHARACTER))
    }
}

impl CommitTree<'_> {
    /// The paths of files, links and submodules that are wanted, sorted.
    ///
    /// What is not UTF-8 in a path is replaced, so that no path is passed over; [`file`](Tree::file) and the other
    /// functions that take a path find it by that name.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn files(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), self.tree.id())];
        while let Some((folder, id)) = open.pop() {
            let tree = self.repository.find_tree(id).map_err(|error| unreadable(&format!("`{folder}`"), error))?;
            for entry in &tree {
                let name = String::from_utf8_lossy(entry.name_bytes());
                let path = format!("{folder}{name}");
                if entry.kind() == Some(git2::ObjectType::Tree) {
                    open.push((format!("{path}/"), entry.id()));
                } else if wanted(&path) {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The paths at which an older commit has something else or nothing; `None`: all paths.
    ///
    /// What is not UTF-8 in a path is replaced, so that no path is passed over.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn changed_since(&self, older: Option<&CommitTree<'_>>) -> Result<HashSet<String>> {
        let diff = self.repository.diff_tree_to_tree(older.map(|older| &older.tree), Some(&self.tree), None);
        let diff = diff.map_err(|error| unreadable("what a commit changes", error))?;
        let path = |delta: git2::DiffDelta<'_>| {
            let path = delta.new_file().path_bytes().unwrap_or_default();
            String::from_utf8_lossy(path).into_owned()
        };
        Ok(diff.deltas().map(path).collect())
    }

    /// How this commit differs from an older one, by path.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn difference_from(&self, older: &CommitTree<'_>) -> Result<Difference> {
        let diff = self.repository.diff_tree_to_tree(Some(&older.tree), Some(&self.tree), None);
        let diff = diff.map_err(|error| unreadable("what a commit changes", error))?;
        let mut difference = Difference::default();
        for delta in diff.deltas() {
            let path = String::from_utf8_lossy(delta.new_file().path_bytes().unwrap_or_default()).into_owned();
            match delta.status() {
                git2::Delta::Added => _ = difference.added.insert(path, from_oid(delta.new_file().id())),
                git2::Delta::Deleted => _ = difference.deleted.insert(path, from_oid(delta.old_file().id())),
                _ => _ = difference.modified.insert(path),
            }
        }
        Ok(difference)
    }

    /// Those of some paths at which a link or a submodule stands, which is not a folder but may stand for one.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn links_at<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Result<Vec<&'p str>> {
        let mut folders: HashMap<&str, Option<git2::Tree<'_>>> = HashMap::new();
        let mut links = Vec::new();
        for path in paths {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let tree = match folders.entry(folder) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.folder(folder)?),
            };
            let mode = tree.as_ref().and_then(|tree| tree.get_name(name)).map(|entry| entry.filemode());
            if matches!(mode, Some(0o120_000 | 0o160_000)) {
                links.push(path);
            }
        }
        Ok(links)
    }

    /// The folder at a path; `None` if there is none. The empty path is the root.
    fn folder(&self, path: &str) -> Result<Option<git2::Tree<'_>>> {
        let id = match self.entry(path)? {
            Some(entry) if entry.kind() == Some(git2::ObjectType::Tree) => entry.id(),
            None if path.is_empty() => self.tree.id(),
            _ => return Ok(None),
        };
        let tree = self.repository.find_tree(id);
        tree.map(Some).map_err(|error| unreadable(&format!("`{path}`"), error))
    }

    /// The size of the file at a path in bytes; 0 if there is none.
    ///
    /// # Errors
    ///
    /// Fails where the object cannot be read.
    pub fn size_at(&self, path: &str) -> Result<usize> {
        let Some(entry) = self.entry(path)?.filter(|entry| entry.kind() == Some(git2::ObjectType::Blob)) else {
            return Ok(0);
        };
        let header = self.repository.odb().and_then(|objects| objects.read_header(entry.id()));
        header.map(|(size, _)| size).map_err(|error| unreadable(&format!("`{path}`"), error))
    }

    /// The name of the object at a path, whatever it is; `None` where nothing stands. The empty path is that of the root.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn object_at(&self, path: &Path) -> Result<Option<Id>> {
        if path.as_os_str().is_empty() {
            return Ok(Some(from_oid(self.tree.id())));
        }
        Ok(self.entry(path)?.map(|entry| from_oid(entry.id())))
    }

    /// What stands at a path; `None` where nothing does.
    ///
    /// # Errors
    ///
    /// Fails where a folder cannot be read.
    pub fn kind_at(&self, path: &str) -> Result<Option<EntryKind>> {
        let kind = |entry: git2::TreeEntry<'_>| match entry.filemode() {
            0o120_000 => EntryKind::Link,
            0o160_000 => EntryKind::Submodule,
            0o040_000 => EntryKind::Folder,
            _ => EntryKind::File,
        };
        Ok(self.entry(path)?.map(kind))
    }

    /// Whether a relative link leads to a regular file of this tree, so that nothing is below it.
    ///
    /// # Errors
    ///
    /// Fails where an object cannot be read.
    pub fn leads_to_file(&self, link: &str) -> Result<bool> {
        let Some(entry) = self.entry(link)?.filter(|entry| entry.filemode() == 0o120_000) else { return Ok(false) };
        let blob = self.repository.find_blob(entry.id()).map_err(|error| unreadable(&format!("`{link}`"), error))?;
        let Ok(target) = std::str::from_utf8(blob.content()) else { return Ok(false) };
        let mut path: Vec<&str> = link.split('/').collect();
        path.pop();
        for part in target.split('/') {
            let is_inside = match part {
                "" => false,
                "." => true,
                ".." => path.pop().is_some(),
                _ => {
                    path.push(part);
                    true
                }
            };
            if !is_inside {
                return Ok(false);
            }
        }
        Ok(self.kind_at(&path.join("/"))? == Some(EntryKind::File))
    }

    fn entry(&self, path: impl AsRef<Path>) -> Result<Option<git2::TreeEntry<'static>>> {
        let path = path.as_ref();
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        if let Some(path) = path.to_str().filter(|path| path.contains(char::REPLACEMENT_CHARACTER)) {
            return self.entry_by_replaced_names(path);
        }
        match self.tree.get_path(path) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(unreadable(&format!("`{}`", path.display()), error)),
        }
    }

    /// What stands at a path in which replacement characters stand for bytes that are not UTF-8.
    ///
    /// Fails if two names are the same but for such bytes: reading one of them would pass over the other.
    fn entry_by_replaced_names(&self, path: &str) -> Result<Option<git2::TreeEntry<'static>>> {
        let mut tree = self.tree.clone();
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let mut found = tree.iter().filter(|entry| String::from_utf8_lossy(entry.name_bytes()) == name);
            let Some(entry) = found.next().map(|entry| entry.to_owned()) else { return Ok(None) };
            if found.next().is_some() {
                let message = format!("two files differ only in bytes that are not UTF-8: `{path}`");
                return Err(Error::refused(message, "rename them with `git mv`"));
            }
            if names.peek().is_none() {
                return Ok(Some(entry));
            }
            if entry.kind() != Some(git2::ObjectType::Tree) {
                return Ok(None);
            }
            drop(found);
            let inner = self.repository.find_tree(entry.id());
            tree = inner.map_err(|error| unreadable(&format!("`{path}`"), error))?;
        }
        Ok(None)
    }
}

fn no_file(path: &str, what: &str) -> Error {
    Error::refused(format!("`{path}` is {what}, not a file"), "name a regular file; links are never followed")
}

/// A partial clone leaves out trees and files until somebody asks for them, and nothing here asks.
fn unreadable(what: &str, error: git2::Error) -> Error {
    if error.code() == git2::ErrorCode::NotFound {
        return Error::history(format!("{what} is not in this clone"), "git fetch --refetch --no-filter")
            .because(error);
    }
    Error::history(format!("{what} cannot be read"), "`git fsck` says what is missing or damaged").because(error)
}
