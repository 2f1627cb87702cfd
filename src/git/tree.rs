//! The files of a commit, read from its tree.
//!
//! Trees are read as raw objects and cached, and walks have limits: a tree of a few objects can
//! have more paths than fit into memory.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::commit::{self, EntryKind, Id, MAX_TREE_DEPTH, RawTree, TreeEntry, differences};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::difference::Difference;
use crate::git::history::{MAX_TREE_BYTES, read_commit, to_oid};
use crate::history::{Bytes, File, MAX_FILE_BYTES, Mode, Tree, Trees};
use crate::repo_path::is_below;
use crate::rules::{PathGlob, TreeFiles};
use crate::source::shorten;

/// The longest target of a symbolic link, in bytes; no system allows a longer one.
const MAX_LINK_BYTES: usize = 4096;

/// The maximum number of folders that one walk enters.
const MAX_FOLDERS: usize = 1 << 20;

/// The maximum number of bytes of all paths of one walk.
const MAX_PATH_BYTES: usize = 512 << 20;

/// The maximum number of commits whose root trees are cached.
const MAX_CACHED_ROOTS: usize = 1 << 18;

/// The files of one commit.
#[derive(Clone, Copy)]
pub struct CommitTree<'r> {
    repository: &'r Repository,
    root: Id,
}

impl std::fmt::Debug for CommitTree<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CommitTree")
            .field("tree", &self.root)
            .finish()
    }
}

/// The entry at a path.
#[derive(Debug, Clone, Copy)]
struct FoundEntry {
    kind: EntryKind,
    id: Id,
    is_executable: bool,
}

impl From<TreeEntry<'_>> for FoundEntry {
    fn from(entry: TreeEntry<'_>) -> Self {
        Self {
            kind: entry.kind(),
            id: entry.id,
            is_executable: entry.is_executable(),
        }
    }
}

/// The result of following a path.
enum Descent {
    Found(FoundEntry),
    Nothing,
    /// The entry at the first `end` bytes of the path is not a folder.
    Blocked {
        end: usize,
        kind: EntryKind,
    },
}

impl Repository {
    /// Opens the files of a commit for reading.
    ///
    /// # Errors
    ///
    /// Fails if the commit or its tree cannot be read.
    #[doc(hidden)]
    pub fn tree(&self, id: Id) -> Result<CommitTree<'_>> {
        let root = self.root_of(id)?;
        let tree = CommitTree {
            repository: self,
            root,
        };
        tree.folder(root, b"")?;
        Ok(tree)
    }

    /// The root tree of a commit.
    fn root_of(&self, id: Id) -> Result<Id> {
        if let Some(known) = self.roots.borrow().get(&id) {
            return Ok(*known);
        }
        let object = read_commit(self.raw(), id)?;
        let root = commit::tree(&object).ok_or_else(|| Error::not_a_commit(id))?;
        self.note_root(id, root);
        Ok(root)
    }
}

impl Trees for Repository {
    fn object_at(&self, commit: Id, path: &Path) -> Result<Option<Id>> {
        self.tree(commit)?.object_at(path)
    }

    fn objects_at(&self, commit: Id, paths: &[PathBuf]) -> Result<Vec<Option<Id>>> {
        let tree = self.tree(commit)?;
        paths.iter().map(|path| tree.object_at(path)).collect()
    }

    fn note_root(&self, commit: Id, root: Id) {
        let mut roots = self.roots.borrow_mut();
        if roots.len() == MAX_CACHED_ROOTS {
            roots.clear();
        }
        roots.insert(commit, root);
    }

    fn file_at(&self, commit: Id, path: &str) -> Result<Option<Id>> {
        self.tree(commit)?.file_at(path)
    }

    fn bytes_up_to(&self, commit: Id, path: &str, most: usize) -> Result<Option<Bytes>> {
        self.tree(commit)?.bytes_up_to(path, most)
    }

    fn changed_since(&self, commit: Id, older: Option<Id>) -> Result<HashSet<String>> {
        let older = older.map(|older| self.tree(older)).transpose()?;
        self.tree(commit)?.changed_since(older.as_ref())
    }
}

impl Tree for CommitTree<'_> {
    fn file(&self, path: &str) -> Result<Option<File>> {
        let Some(place) = self.file_entry_at(path)? else {
            return Ok(None);
        };
        let mode = match place.kind {
            EntryKind::File if place.is_executable => Mode::Executable,
            EntryKind::File => Mode::Plain,
            EntryKind::Link => return Err(no_file(path, "a symbolic link")),
            EntryKind::Submodule => return Err(no_file(path, "a submodule")),
            EntryKind::Folder => return Err(no_file(path, "a directory")),
        };
        let size = self.size(path, place.id)?;
        if size > MAX_FILE_BYTES {
            let message = format!("`{path}` is {size} bytes; the limit is {MAX_FILE_BYTES}");
            return Err(Error::limit(
                message,
                "remove it from the configuration; a release only edits text files",
            ));
        }
        self.bytes(path, place.id)
            .map(|bytes| Some(File { bytes, mode }))
    }

    fn named(&self, name: &str) -> Result<Vec<String>> {
        // A release writes to these paths, so a path with a replacement character would name
        // another file.
        self.files(|path| {
            path.rsplit('/').next() == Some(name) && !path.contains(char::REPLACEMENT_CHARACTER)
        })
    }
}

impl TreeFiles for CommitTree<'_> {
    fn may_have(&self, path: &str) -> Result<bool> {
        Ok(match self.descend(path.as_bytes())? {
            Descent::Found(_) => true,
            Descent::Nothing => false,
            Descent::Blocked { kind, .. } => {
                matches!(kind, EntryKind::Link | EntryKind::Submodule)
            }
        })
    }

    fn may_match(&self, folder: &str, glob: &PathGlob) -> Result<bool> {
        if self.kind_at(folder)? != Some(EntryKind::Folder) {
            return self.may_have(folder);
        }
        let paths = self.files_below(&[folder], |path| {
            glob.is_match(path) || glob.may_match_below(path)
        })?;
        let is_matched = paths.iter().any(|path| glob.is_match(path));
        Ok(is_matched || !self.links_at(paths.iter().map(String::as_str))?.is_empty())
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let Some(place) = self
            .entry_at(folder.as_bytes())?
            .filter(|place| place.kind == EntryKind::Folder)
        else {
            return Ok(Vec::new());
        };
        let folder = self.folder(place.id, folder.as_bytes())?;
        let names = folder
            .entries()
            .map(|entry| String::from_utf8_lossy(entry.name).into_owned());
        Ok(names.collect())
    }

    fn text(&self, path: &str, max_bytes: usize) -> Result<Option<String>> {
        Ok(match self.bytes_up_to(path, max_bytes)? {
            Some(Bytes::Whole(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Some(Bytes::TooMany) | None => None,
        })
    }
}

impl CommitTree<'_> {
    /// The paths of files, links and submodules for which `wanted` is true, sorted.
    ///
    /// Bytes of a path that are not UTF-8 are replaced, so that no path is missing;
    /// [`file`](Tree::file) and the other functions that take a path find it by that name.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read, and if a limit of a walk is exceeded.
    pub(crate) fn files(&self, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        self.files_below(&[""], wanted)
    }

    /// The same paths, if they are below one of these folders, which have no `/` at the end.
    ///
    /// # Errors
    ///
    /// Fails as [`files`](Self::files) does.
    pub(crate) fn files_below(
        &self,
        folders: &[impl AsRef<str>],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>> {
        let mut folders: Vec<&str> = folders.iter().map(AsRef::as_ref).collect();
        // A folder comes right after the folders that contain it, and is walked with them.
        folders.sort_by(|one, two| one.split('/').cmp(two.split('/')));
        folders.dedup_by(|later, earlier| later == earlier || is_below(later, earlier));
        let (mut found, mut walk) = (Vec::new(), Walk::default());
        for folder in folders {
            let id = match self.entry_at(folder.as_bytes())? {
                Some(place) if place.kind == EntryKind::Folder => place.id,
                _ => continue,
            };
            let (path, depth) = match folder {
                "" => (String::new(), 0),
                folder => (format!("{folder}/"), folder.split('/').count()),
            };
            let mut open = vec![(path, id, depth)];
            while let Some((folder, id, depth)) = open.pop() {
                walk.enter(folder.as_bytes(), depth)?;
                for entry in self.folder(id, folder.as_bytes())?.entries() {
                    let path = format!("{folder}{}", String::from_utf8_lossy(entry.name));
                    walk.pass(path.as_bytes())?;
                    if entry.is_folder() {
                        open.push((path + "/", entry.id, depth + 1));
                    } else if wanted(&path) {
                        found.push(path);
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The paths at which an older commit has something else or nothing; `None`: all paths.
    ///
    /// Bytes of a path that are not UTF-8 are replaced, so that no path is missing.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read, and if a limit of a walk is exceeded.
    pub(crate) fn changed_since(&self, older: Option<&CommitTree<'_>>) -> Result<HashSet<String>> {
        let mut changed = HashSet::new();
        self.compare(older, |path, _, _| {
            _ = changed.insert(String::from_utf8_lossy(path).into_owned());
        })?;
        Ok(changed)
    }

    /// The differences of this commit from an older one, by path.
    ///
    /// # Errors
    ///
    /// Fails as [`changed_since`](Self::changed_since) does.
    pub(crate) fn difference_from(&self, older: &CommitTree<'_>) -> Result<Difference> {
        let mut difference = Difference::default();
        self.compare(Some(older), |path, before, after| {
            let path = String::from_utf8_lossy(path).into_owned();
            match (before, after) {
                (Some(before), Some(after)) if before.kind() == after.kind() => {
                    _ = difference.modified.insert(path);
                }
                (before, after) => {
                    difference
                        .deleted
                        .extend(before.map(|before| (path.clone(), before.id)));
                    difference.added.extend(after.map(|after| (path, after.id)));
                }
            }
        })?;
        Ok(difference)
    }

    /// The paths with a link or a submodule, which is not a folder but may take the place of one.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    pub(crate) fn links_at<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p str>,
    ) -> Result<Vec<&'p str>> {
        let mut links = Vec::new();
        for path in paths {
            if matches!(
                self.kind_at(path)?,
                Some(EntryKind::Link | EntryKind::Submodule)
            ) {
                links.push(path);
            }
        }
        Ok(links)
    }

    /// Calls `found` for each path at which an older commit has a different file, link or
    /// submodule, with both of them.
    fn compare(
        &self,
        older: Option<&CommitTree<'_>>,
        mut found: impl FnMut(&[u8], Option<TreeEntry<'_>>, Option<TreeEntry<'_>>),
    ) -> Result<()> {
        let mut walk = Walk::default();
        let mut open = vec![(
            Vec::new(),
            older.map(|older| older.root),
            Some(self.root),
            0,
        )];
        while let Some((folder, before, after, depth)) = open.pop() {
            if before == after {
                continue;
            }
            walk.enter(&folder, depth)?;
            let read = |id: Option<Id>, like: Option<&RawTree>| {
                id.map_or_else(
                    || Ok(Rc::default()),
                    |id| self.folder_like(id, &folder, like),
                )
            };
            let after = read(after, None)?;
            let before = read(before, Some(&after))?;
            for (before, after) in differences(&before, &after) {
                let entry = after.or(before).expect("one side has an entry");
                let mut path = [&folder, entry.name].concat();
                walk.pass(&path)?;
                if entry.is_folder() {
                    path.push(b'/');
                    open.push((
                        path,
                        before.map(|entry| entry.id),
                        after.map(|entry| entry.id),
                        depth + 1,
                    ));
                } else {
                    found(&path, before, after);
                }
            }
        }
        Ok(())
    }

    /// The objects of the repository.
    fn objects(&self) -> Result<git2::Odb<'_>> {
        self.repository
            .raw()
            .odb()
            .map_err(|error| unreadable("the object database", error))
    }

    /// The size of the file at a path in bytes; 0 if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the object cannot be read.
    pub(crate) fn size_at(&self, path: &str) -> Result<usize> {
        match self.entry_at(path.as_bytes())? {
            Some(FoundEntry {
                kind: EntryKind::File | EntryKind::Link,
                id,
                ..
            }) => self.size(path, id),
            _ => Ok(0),
        }
    }

    /// The object at a path, of whatever type; `None` if there is none. The empty path is the root.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    pub(crate) fn object_at(&self, path: &Path) -> Result<Option<Id>> {
        Ok(self
            .entry_at(path.as_os_str().as_encoded_bytes())?
            .map(|place| place.id))
    }

    /// The kind of entry at a path; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    pub(crate) fn kind_at(&self, path: &str) -> Result<Option<EntryKind>> {
        Ok(self
            .entry_at(path.as_bytes())?
            .filter(|_| !path.is_empty())
            .map(|place| place.kind))
    }

    /// Whether a relative link leads to a regular file of this tree, so that there is nothing below
    /// it.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(crate) fn leads_to_file(&self, link: &str) -> Result<bool> {
        let Some(place) = self
            .entry_at(link.as_bytes())?
            .filter(|place| place.kind == EntryKind::Link)
        else {
            return Ok(false);
        };
        if self.size(link, place.id)? > MAX_LINK_BYTES {
            return Ok(false);
        }
        let target = self.bytes(link, place.id)?;
        let Ok(target) = std::str::from_utf8(&target) else {
            return Ok(false);
        };
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

    /// The bytes of the regular file at a path; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if a link or a file is in the place of a folder, and if the object cannot be read.
    pub(crate) fn bytes_up_to(&self, path: &str, most: usize) -> Result<Option<Bytes>> {
        let Some(id) = self.file_at(path)? else {
            return Ok(None);
        };
        match self.size(path, id)? {
            size if size > most => Ok(Some(Bytes::TooMany)),
            _ => self.bytes(path, id).map(|bytes| Some(Bytes::Whole(bytes))),
        }
    }

    /// The object of the regular file at a path; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if a link or a file is in the place of a folder.
    pub(crate) fn file_at(&self, path: &str) -> Result<Option<Id>> {
        let place = self.file_entry_at(path)?;
        Ok(place
            .filter(|place| place.kind == EntryKind::File)
            .map(|place| place.id))
    }

    /// The entry at a path of which all but the last name must be folders.
    fn file_entry_at(&self, path: &str) -> Result<Option<FoundEntry>> {
        let (end, kind) = match self.descend(path.as_bytes())? {
            Descent::Found(place) => return Ok(Some(place).filter(|_| !path.is_empty())),
            Descent::Nothing => return Ok(None),
            Descent::Blocked { end, kind } => (end, kind),
        };
        let what = match kind {
            EntryKind::Link => "a symbolic link",
            EntryKind::Submodule => "a submodule",
            EntryKind::File | EntryKind::Folder => "not a directory",
        };
        let message = format!("`{path}` is inside `{}`, which is {what}", &path[..end]);
        Err(Error::refused(
            message,
            "choose a regular file; symbolic links are never followed",
        ))
    }

    fn entry_at(&self, path: &[u8]) -> Result<Option<FoundEntry>> {
        match self.descend(path)? {
            Descent::Found(place) => Ok(Some(place)),
            Descent::Nothing | Descent::Blocked { .. } => Ok(None),
        }
    }

    /// Follows a path name by name; the empty path is the root.
    fn descend(&self, path: &[u8]) -> Result<Descent> {
        let mut place = FoundEntry {
            kind: EntryKind::Folder,
            id: self.root,
            is_executable: false,
        };
        let mut at = 0;
        while at < path.len() {
            if place.kind != EntryKind::Folder {
                return Ok(Descent::Blocked {
                    end: at - 1,
                    kind: place.kind,
                });
            }
            let end = path[at..]
                .iter()
                .position(|byte| *byte == b'/')
                .map_or(path.len(), |slash| at + slash);
            let folder = self.folder(place.id, &path[..at])?;
            match find(&folder, &path[..end], at)? {
                Some(found) => place = found,
                None => return Ok(Descent::Nothing),
            }
            at = end + 1;
        }
        Ok(Descent::Found(place))
    }

    /// Reads a folder; the path is for the error.
    fn folder(&self, id: Id, path: &[u8]) -> Result<Rc<RawTree>> {
        self.folder_like(id, path, None)
    }

    /// The same, faster if the folder is similar to another one.
    fn folder_like(&self, id: Id, path: &[u8], like: Option<&RawTree>) -> Result<Rc<RawTree>> {
        if let Some(kept) = self.repository.trees.borrow_mut().get(id) {
            return Ok(kept);
        }
        let name = || match path {
            b"" => format!("tree `{id}`"),
            path => format!("`{}`", String::from_utf8_lossy(path).trim_end_matches('/')),
        };
        let failed = |error| unreadable(&name(), error);
        let objects = self.objects()?;
        let (size, kind) = objects.read_header(to_oid(id)).map_err(failed)?;
        if kind != git2::ObjectType::Tree {
            return Err(Error::history(
                format!("{} is not a tree", name()),
                "run `git fsck` to find the damage",
            ));
        }
        if size > MAX_TREE_BYTES {
            let message = format!("{} is {size} bytes; the limit is {MAX_TREE_BYTES}", name());
            return Err(Error::limit(message, "split the directory into several"));
        }
        let object = objects.read(to_oid(id)).map_err(failed)?;
        let tree = Rc::new(match like {
            None => RawTree::parse(id, object.data())?,
            Some(like) => RawTree::parse_like(id, object.data(), like)?,
        });
        self.repository.trees.borrow_mut().put(id, Rc::clone(&tree));
        Ok(tree)
    }

    fn size(&self, path: &str, id: Id) -> Result<usize> {
        let header = self.objects()?.read_header(to_oid(id));
        header
            .map(|(size, _)| size)
            .map_err(|error| unreadable(&format!("`{path}`"), error))
    }

    fn bytes(&self, path: &str, id: Id) -> Result<Vec<u8>> {
        let failed = |error| unreadable(&format!("`{path}`"), error);
        let objects = self.objects()?;
        let object = objects.read(to_oid(id)).map_err(failed)?;
        Ok(object.data().to_vec())
    }
}

/// The entry of a folder with the name at the end of a path, in which replacement characters may
/// stand for bytes that are not UTF-8.
fn find(folder: &RawTree, path: &[u8], start: usize) -> Result<Option<FoundEntry>> {
    let name = &path[start..];
    let replaced = std::str::from_utf8(name)
        .ok()
        .filter(|name| name.contains(char::REPLACEMENT_CHARACTER));
    let Some(replaced) = replaced else {
        return Ok(folder.find(name).map(FoundEntry::from));
    };
    folder
        .find_replaced(replaced)
        .map(|found| found.map(FoundEntry::from))
        .map_err(|_| {
            let path = String::from_utf8_lossy(path);
            let message =
                format!("two file names differ only in bytes that are not UTF-8: `{path}`");
            Error::refused(message, "rename them with `git mv`")
        })
}

/// What one walk over trees has read so far, to limit it.
#[derive(Default)]
struct Walk {
    folders: usize,
    path_bytes: usize,
}

impl Walk {
    /// Counts a folder, below `depth` others.
    fn enter(&mut self, folder: &[u8], depth: usize) -> Result<()> {
        if depth > MAX_TREE_DEPTH {
            let folder = String::from_utf8_lossy(folder);
            let message = format!(
                "`{}` is nested more than {MAX_TREE_DEPTH} directories deep",
                shorten(&folder)
            );
            return Err(Error::limit(
                message,
                "remove the directory; Git cannot read deeper trees either",
            ));
        }
        self.folders += 1;
        if self.folders > MAX_FOLDERS {
            let message = format!("there are more than {MAX_FOLDERS} directories to search");
            return Err(Error::limit(
                message,
                "run `git ls-tree -r -d HEAD` and look for a directory that is repeated many times",
            ));
        }
        Ok(())
    }

    /// Counts a path.
    fn pass(&mut self, path: &[u8]) -> Result<()> {
        self.path_bytes += path.len();
        if self.path_bytes > MAX_PATH_BYTES {
            let message = format!("the paths to search exceed {MAX_PATH_BYTES} bytes in total");
            return Err(Error::limit(
                message,
                "run `git ls-tree -r -d HEAD` and look for a directory that is repeated many times",
            ));
        }
        Ok(())
    }
}

fn no_file(path: &str, what: &str) -> Error {
    Error::refused(
        format!("`{path}` is {what}, not a file"),
        "choose a regular file; symbolic links are never followed",
    )
}

/// A partial clone lacks trees and files until they are fetched, and Tollgate does not fetch.
fn unreadable(what: &str, error: git2::Error) -> Error {
    if error.code() == git2::ErrorCode::NotFound {
        return Error::history(
            format!("{what} is not in this clone"),
            "run `git fetch --refetch --no-filter`",
        )
        .with_source(error);
    }
    Error::history(
        format!("{what} cannot be read"),
        "run `git fsck` to find what is missing or damaged",
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with a commit of these files; a folder name before `^N/` is repeated N times.
    fn repository(files: &[(&str, &str)]) -> (tempfile::TempDir, Repository, Id) {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        let mut root = git.treebuilder(None).unwrap();
        for (path, text) in files {
            let mut names: Vec<&str> = Vec::new();
            for name in path.split('/') {
                let (name, times) = name.split_once('^').unwrap_or((name, "1"));
                names.extend(std::iter::repeat_n(name, times.parse().unwrap()));
            }
            let (mut id, mut mode) = (git.blob(text.as_bytes()).unwrap(), 0o100_644);
            while let Some(name) = names.pop().filter(|_| !names.is_empty()) {
                let mut inner = git.treebuilder(None).unwrap();
                inner.insert(name, id, mode).unwrap();
                (id, mode) = (inner.write().unwrap(), 0o040_000);
                if let [first] = names[..] {
                    root.insert(first, id, mode).unwrap();
                }
            }
            if !path.contains('/') {
                root.insert(path, id, mode).unwrap();
            }
        }
        let tree = git.find_tree(root.write().unwrap()).unwrap();
        let who = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        let commit = git.commit(None, &who, &who, "x", &tree, &[]).unwrap();
        let id = Id::new(commit.as_bytes().try_into().unwrap());
        drop((tree, root));
        (folder, Repository::new(git), id)
    }

    fn read(repository: &Repository) -> usize {
        repository.trees.borrow().len()
    }

    #[test]
    fn a_path_is_followed_name_by_name_and_each_tree_read_once() {
        let (_folder, repository, id) = repository(&[("a^500/x", "text")]);
        let tree = repository.tree(id).unwrap();
        let path = "a/".repeat(500) + "x";
        for _ in 0..3 {
            assert_eq!(tree.file(&path).unwrap().unwrap().bytes, b"text");
            assert_eq!(tree.kind_at(&path).unwrap(), Some(EntryKind::File));
        }
        assert_eq!(read(&repository), 501);
    }

    #[test]
    fn folders_that_no_glob_enters_are_not_read() {
        let (_folder, repository, id) = repository(&[
            ("changes/2026/a.toml", ""),
            ("src^50/a.toml", ""),
            ("b.toml", ""),
        ]);
        let tree = repository.tree(id).unwrap();
        assert_eq!(
            tree.files_below(&["changes", "changes/2026", "gone", "b.toml"], |_| true)
                .unwrap(),
            ["changes/2026/a.toml"]
        );
        assert_eq!(read(&repository), 3);
        assert_eq!(
            tree.files_below(&["", "changes"], |path| path.ends_with(".toml"))
                .unwrap()
                .len(),
            3
        );
    }

    #[test]
    fn only_what_differs_is_read_to_compare_commits() {
        let (_folder, repository, id) = repository(&[("same^50/x", ""), ("other/x", "")]);
        let tree = repository.tree(id).unwrap();
        assert_eq!(tree.changed_since(Some(&tree)).unwrap().len(), 0);
        assert_eq!(read(&repository), 1);
        assert_eq!(tree.changed_since(None).unwrap().len(), 2);
        assert_eq!(tree.difference_from(&tree).unwrap().paths().count(), 0);
    }

    #[test]
    fn a_tree_deeper_than_git_reads_is_refused() {
        let (_folder, repository, id) = repository(&[("a^2048/x", "")]);
        assert_eq!(
            repository.tree(id).unwrap().files(|_| true).unwrap().len(),
            1
        );
        let (_folder, repository, id) = self::repository(&[("a^2049/x", "")]);
        let tree = repository.tree(id).unwrap();
        let message = tree.files(|_| true).unwrap_err().to_string();
        assert!(
            message.ends_with("is nested more than 2048 directories deep"),
            "{message}"
        );
        assert_eq!(tree.changed_since(None).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_walk_ends_at_its_limits() {
        let mut walk = Walk {
            folders: MAX_FOLDERS,
            path_bytes: MAX_PATH_BYTES,
        };
        assert!(
            walk.enter(b"a", 0)
                .unwrap_err()
                .to_string()
                .contains("directories to search")
        );
        assert!(
            walk.pass(b"a")
                .unwrap_err()
                .to_string()
                .contains("bytes in total")
        );
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let (_folder, repository, id) = repository(&[("a", "text"), ("b/c", "text")]);
        let tree = repository.tree(id).unwrap();
        assert_eq!(tree.bytes_up_to("a", 3).unwrap(), Some(Bytes::TooMany));
        assert_eq!(
            tree.bytes_up_to("b/c", 4).unwrap(),
            Some(Bytes::Whole(b"text".to_vec()))
        );
        assert_eq!(
            (
                tree.bytes_up_to("b", 9).unwrap(),
                tree.bytes_up_to("x", 9).unwrap()
            ),
            (None, None)
        );
        let message = tree.file("a/b/c").unwrap_err().to_string();
        assert_eq!(message, "`a/b/c` is inside `a`, which is not a directory");
    }
}
