//! Which packages a commit touches: its tree compared with its parent's along the packages' paths alone.
//!
//! Subtrees that are equal are not entered, nor those in which no package has a path, nor those of which all belongs to
//! packages that are touched already. A rename touches both paths; a change of mode and a submodule's commit count.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use crate::commit::{Id, IdHasher};
use crate::config::Package;
use crate::error::{Error, Result};
use crate::history::graph::{Graph, Node};
use crate::history::paths::{Folder, PackageNumber, Paths};
use crate::history::{History, Objects};

/// The most trees that are read for one commit.
const MOST_TREES: usize = 1 << 20;

/// How many bytes of trees are kept, twice over: a tree is mostly asked for again by the next commit.
const KEPT_BYTES: usize = 16 << 20;

/// The fewest commits for which another thread is worth its while.
const FEWEST_COMMITS: usize = 1000;

/// The most threads that compare trees.
const MOST_THREADS: usize = 8;

/// The packages that commits touch, ascending; a commit that touches none is not told of.
pub(super) type Touched = HashMap<Node, Vec<PackageNumber>>;

/// Finds the packages that each commit touches, compared with its first parent, on all cores.
///
/// The commits come in the order of the history: neighbours have most of their trees in common.
pub(super) fn touched<H: History>(
    graph: &mut Graph<'_, H>,
    history: &H,
    packages: &[&Package],
    commits: &[Node],
) -> Result<Touched> {
    let mut pairs = Vec::with_capacity(commits.len());
    for commit in commits {
        let after = graph.tree(*commit)?;
        let before = match graph.parents(*commit).first().copied() {
            Some(parent) => Some(graph.tree(parent)?),
            None => None,
        };
        pairs.push((*commit, before, after));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let share = pairs.len().div_ceil(threads).max(FEWEST_COMMITS);
    std::thread::scope(|scope| {
        let mut shares = pairs.chunks(share);
        let own = shares.next().unwrap_or_default();
        let beside = |(number, share)| scope.spawn(move || compare(&history.beside(number)?, packages, share));
        let others: Vec<_> = (1..).zip(shares).map(beside).collect();
        let mut touched: Touched = compare(history, packages, own)?.into_iter().collect();
        for other in others {
            touched.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(touched)
    })
}

type Pair = (Node, Option<Id>, Id);

fn compare(objects: &impl Objects, packages: &[&Package], pairs: &[Pair]) -> Result<Vec<(Node, Vec<PackageNumber>)>> {
    let mut comparison = Comparison::new(objects, packages)?;
    let mut found = Vec::new();
    for (commit, before, after) in pairs {
        let touched = comparison.touched(*before, *after)?;
        if !touched.is_empty() {
            found.push((*commit, touched));
        }
    }
    Ok(found)
}

/// Compares trees, each read once as long as it is near.
struct Comparison<'t, T> {
    trees: &'t T,
    paths: Paths,
    root: Rc<Folder>,
    kept: Kept,
}

type ById = HashMap<Id, Rc<[u8]>, BuildHasherDefault<IdHasher>>;

/// The trees read lately: the older half is forgotten when the newer one is full.
#[derive(Default)]
struct Kept {
    newer: ById,
    older: ById,
    bytes: usize,
}

/// A folder that differs, yet to be looked into.
struct Open {
    before: Option<Id>,
    after: Option<Id>,
    folder: Rc<Folder>,
    /// Its path with a `/` at the end; empty for the root.
    path: Vec<u8>,
}

impl<'t, T: Objects> Comparison<'t, T> {
    /// Prepares to tell these packages; their numbers are their places in the list.
    fn new(trees: &'t T, packages: &[&Package]) -> Result<Self> {
        let paths = Paths::new(packages)?;
        let root = Rc::new(paths.root());
        Ok(Self { trees, paths, root, kept: Kept::default() })
    }

    /// The packages that have a path which differs between two trees, ascending; without `before` every path differs.
    fn touched(&mut self, before: Option<Id>, after: Id) -> Result<Vec<PackageNumber>> {
        let mut touched = Vec::new();
        if before == Some(after) {
            return Ok(touched);
        }
        note(&mut touched, &self.root.whole);
        let mut read = 0;
        let mut stack = vec![Open { before, after: Some(after), folder: Rc::clone(&self.root), path: Vec::new() }];
        while let Some(open) = stack.pop() {
            read += 2;
            if read > MOST_TREES {
                let message = format!("one commit changes more than {MOST_TREES} folders, up to tree `{after}`");
                return Err(Error::limit(message, "narrow the `paths` of the packages"));
            }
            if self.paths.concerns(&open.folder, |package| touched.binary_search(&package).is_err()) {
                self.look_into(&open, &mut touched, &mut stack)?;
            }
        }
        Ok(touched)
    }

    fn look_into(&mut self, open: &Open, touched: &mut Vec<PackageNumber>, stack: &mut Vec<Open>) -> Result<()> {
        let (before, after) = (self.read(open.before)?, self.read(open.after)?);
        let (before, after) = (entries(open.before, &before)?, entries(open.after, &after)?);
        let merged = Merged { before: &before, after: &after };
        for (before, after) in merged {
            let entry = after.or(before).expect("one side has an entry");
            if before == after {
                continue;
            }
            let path = [&open.path, entry.name].concat();
            if !entry.is_tree() {
                self.paths.owners(&open.folder, &path, |package| note(touched, &[package]));
                continue;
            }
            let folder = self.paths.enter(&open.folder, entry.name);
            note(touched, &folder.whole);
            if self.paths.concerns(&folder, |package| touched.binary_search(&package).is_err()) {
                let (before, after) = (before.map(|entry| entry.id), after.map(|entry| entry.id));
                stack.push(Open { before, after, folder: Rc::new(folder), path: [&path, &b"/"[..]].concat() });
            }
        }
        Ok(())
    }

    fn read(&mut self, id: Option<Id>) -> Result<Rc<[u8]>> {
        let Some(id) = id else { return Ok(Rc::from([])) };
        if let Some(tree) = self.kept.get(id) {
            return Ok(tree);
        }
        let tree: Rc<[u8]> = self.trees.tree(id)?.as_ref().into();
        self.kept.put(id, Rc::clone(&tree));
        Ok(tree)
    }
}

/// Adds packages to a list that stays ascending.
fn note(touched: &mut Vec<PackageNumber>, packages: &[PackageNumber]) {
    for package in packages {
        if let Err(at) = touched.binary_search(package) {
            touched.insert(at, *package);
        }
    }
}

impl Kept {
    fn get(&mut self, id: Id) -> Option<Rc<[u8]>> {
        if let Some(tree) = self.newer.get(&id) {
            return Some(Rc::clone(tree));
        }
        let tree = self.older.remove(&id)?;
        self.put(id, Rc::clone(&tree));
        Some(tree)
    }

    fn put(&mut self, id: Id, tree: Rc<[u8]>) {
        self.bytes += tree.len();
        if self.bytes > KEPT_BYTES {
            self.bytes = tree.len();
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(id, tree);
    }
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'a> {
    mode: u32,
    name: &'a [u8],
    id: Id,
}

impl Entry<'_> {
    const fn is_tree(&self) -> bool {
        self.mode & KIND == TREE
    }

    /// Git sorts a folder as if its name ended with `/`.
    fn order(&self, other: &Self) -> Ordering {
        let end = |entry: &Self| entry.is_tree().then_some(b'/');
        let (one, two) = (self.name.iter().copied().chain(end(self)), other.name.iter().copied().chain(end(other)));
        one.cmp(two)
    }
}

/// The bits of a mode that say what an entry is.
const KIND: u32 = 0o170_000;
const TREE: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
/// The only bit of a file's mode that git distinguishes.
const EXECUTABLE: u32 = 0o100;

/// Reads the entries of a tree, in git's order even where the object is not.
fn entries(id: Option<Id>, mut tree: &[u8]) -> Result<Vec<Entry<'_>>> {
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(tree.len() / 32);
    while !tree.is_empty() {
        let (entry, rest) = first_entry(tree).ok_or_else(|| not_a_tree(id))?;
        entries.push(entry);
        tree = rest;
    }
    if !entries.is_sorted_by(|one, two| one.order(two).is_lt()) {
        entries.sort_by(Entry::order);
    }
    Ok(entries)
}

/// `mode name NUL id`, and what follows it.
fn first_entry(tree: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let space = tree.iter().take(8).position(|byte| *byte == b' ')?;
    let mode = u32::from_str_radix(std::str::from_utf8(&tree[..space]).ok()?, 8).ok()?;
    let mode = if mode & KIND == FILE { FILE | (mode & EXECUTABLE) } else { mode & KIND };
    let rest = &tree[space + 1..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let id: [u8; 20] = *rest.get(end + 1..)?.first_chunk()?;
    Some((Entry { mode, name: &rest[..end], id: Id::new(id) }, &rest[end + 21..]))
}

fn not_a_tree(id: Option<Id>) -> Error {
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    Error::history(format!("object `{id}` is not a tree that can be read"), "`git fsck` says what is damaged")
}

/// Two lists of entries side by side: equal names of one kind stand together.
struct Merged<'e, 'a> {
    before: &'e [Entry<'a>],
    after: &'e [Entry<'a>],
}

impl<'e, 'a> Iterator for Merged<'e, 'a> {
    type Item = (Option<&'e Entry<'a>>, Option<&'e Entry<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.before.first(), self.after.first()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(before), Some(after)) => before.order(after),
        };
        let mut take = |is_wanted: bool, from: fn(&mut Self) -> &mut &'e [Entry<'a>]| {
            let side = from(self);
            let (first, rest) = side.split_first().filter(|_| is_wanted)?;
            *side = rest;
            Some(first)
        };
        Some((take(order.is_le(), |merged| &mut merged.before), take(order.is_ge(), |merged| &mut merged.after)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::history::testing::{Letters, id, package};

    /// Trees that count how often they are asked for.
    struct Counted<'t>(&'t Letters, Cell<usize>);

    impl Objects for Counted<'_> {
        fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
            self.0.commit(id)
        }

        fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
            self.1.set(self.1.get() + 1);
            self.0.tree(id)
        }
    }

    /// The packages that differ between two lists of files, each `path` or `path=letter`, and how many trees were read.
    fn compared(packages: &[&str], before: &str, after: &str) -> (Vec<PackageNumber>, usize) {
        let mut trees = Letters::default();
        let mut put = |files: &str| {
            let entry = |file: &str| {
                let (path, content) = file.split_once('=').unwrap_or((file, "x"));
                (path.to_owned(), id(content.chars().next().unwrap()))
            };
            trees.put_tree(&files.split_whitespace().map(entry).collect())
        };
        let (before, after) = (put(before), put(after));
        let packages: Vec<Package> = packages.iter().map(|globs| package("x", globs)).collect();
        let counted = Counted(&trees, Cell::new(0));
        let mut comparison = Comparison::new(&counted, &packages.iter().collect::<Vec<_>>()).unwrap();
        let touched = comparison.touched(Some(before), after).unwrap();
        (touched, counted.1.get())
    }

    #[test]
    fn what_is_added_changed_or_taken_away_touches() {
        assert_eq!(compared(&["core/**"], "core/a", "core/a core/b").0, [0]);
        assert_eq!(compared(&["core/**"], "core/a", "core/a=y").0, [0]);
        assert_eq!(compared(&["core/**"], "core/a cli/b", "cli/b").0, [0]);
        assert!(compared(&["core/**"], "core/a", "core/a cli/b").0.is_empty());
    }

    #[test]
    fn a_rename_touches_both_paths() {
        assert_eq!(compared(&["core/**", "cli/**"], "core/a", "cli/a").0, [0, 1]);
    }

    #[test]
    fn a_file_that_becomes_a_folder_touches_both_paths() {
        assert_eq!(compared(&["a", "a/b/**", "a.c"], "a a.c a0", "a/b/c a.c a0").0, [0, 1]);
    }

    #[test]
    fn a_path_of_several_packages_touches_all_of_them() {
        assert_eq!(compared(&["**", "proto/*", "proto/**/*.proto"], "x", "x proto/a.proto").0, [0, 1, 2]);
    }

    #[test]
    fn what_is_equal_or_of_no_package_is_not_read() {
        let before = "core/deep/a cli/a docs/deep/a same/deep/*";
        let after = "core/deep/a=y cli/a docs/deep/a=y same/deep/*";
        assert_eq!(compared(&["core/**", "same/*/x"], before, after), (vec![0], 2));
        assert_eq!(compared(&["core/*/a"], before, after), (vec![0], 6));
        assert_eq!(compared(&["**"], before, after), (vec![0], 0));
    }

    #[test]
    fn every_path_of_a_first_commit_touches() {
        let history = Letters::default().change('a', "", ("feat: a", "core/a"));
        let packages = [package("core", "core/**"), package("cli", "cli/**")];
        let mut comparison = Comparison::new(&history, &packages.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(comparison.touched(None, history.tree_of('a')).unwrap(), [0]);
    }

    #[test]
    fn modes_and_submodules_count_and_the_order_of_entries_does_not() {
        let entry =
            |mode: &str, name: &str, letter| [format!("{mode} {name}\0").as_bytes(), id(letter).as_bytes()].concat();
        let differs = |one: &[Vec<u8>], two: &[Vec<u8>]| {
            let (one, two) = (one.concat(), two.concat());
            let (one, two) = (entries(None, &one).unwrap(), entries(None, &two).unwrap());
            Merged { before: &one, after: &two }.any(|(before, after)| before != after)
        };
        assert!(differs(&[entry("100644", "a", 'x')], &[entry("100755", "a", 'x')]));
        assert!(differs(&[entry("160000", "a", 'x')], &[entry("160000", "a", 'y')]));
        assert!(!differs(&[entry("100644", "a", 'x')], &[entry("100664", "a", 'x')]));
        let (a, b) = (entry("100644", "a", 'x'), entry("040000", "b", 'x'));
        assert!(!differs(&[a.clone(), b.clone()], &[b, a]));
    }

    #[test]
    fn what_is_no_tree_is_an_error() {
        for bytes in ["x", "100644 a", "100644 a\0short", " a\0", "999999999 a\0"] {
            assert!(entries(None, bytes.as_bytes()).is_err(), "{bytes:?}");
        }
    }
}
