//! Which packages a commit touches: its tree compared with its parent's along the packages' paths
//! alone.
//!
//! Subtrees are not entered if they are equal, if no package has a path in them, or if they belong
//! entirely to packages that are known to be touched. A rename touches both paths. A changed mode
//! and a changed submodule commit count.

use std::collections::HashMap;
use std::rc::Rc;

use crate::commit::{Id, MAX_TREE_DEPTH, RawTree, TreeCache, differences};
use crate::config::Package;
use crate::error::{Error, Result};
use crate::history::graph::{Graph, Node};
use crate::history::paths::{Folder, PackageIndex, Paths};
use crate::history::{History, Objects};

/// The maximum number of trees read for one commit.
const MAX_TREES: usize = 1 << 20;

/// The minimum number of commits that justifies another thread.
const MIN_COMMITS: usize = 1000;

/// The maximum number of threads that compare trees.
const MAX_THREADS: usize = 8;

/// The packages that each commit touches, ascending; a commit that touches none has no entry.
pub(super) type ChangedPackages = HashMap<Node, Vec<PackageIndex>>;

/// Finds the packages that each commit touches, compared with its first parent, on all cores.
///
/// The commits are in the order of the history, so neighbors have most of their trees in common.
pub(super) fn changed_packages<H: History>(
    graph: &mut Graph<'_, H>,
    packages: &[Package],
    commits: &[Node],
) -> Result<ChangedPackages> {
    let history = graph.history();
    let mut pairs = Vec::with_capacity(commits.len());
    for commit in commits {
        let after = graph.tree(*commit)?;
        let before = match graph.parents(*commit).first().copied() {
            Some(parent) => Some(graph.tree(parent)?),
            None => None,
        };
        pairs.push((*commit, before, after));
    }
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let chunk = pairs.len().div_ceil(threads).max(MIN_COMMITS);
    std::thread::scope(|scope| {
        let mut chunks = pairs.chunks(chunk);
        let first = chunks.next().unwrap_or_default();
        let in_thread = |(number, chunk)| {
            scope.spawn(move || compare(&history.try_clone(number)?, packages, chunk))
        };
        let others: Vec<_> = (1..).zip(chunks).map(in_thread).collect();
        let mut changed: ChangedPackages = compare(history, packages, first)?.into_iter().collect();
        for other in others {
            changed.extend(
                other
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
            );
        }
        Ok(changed)
    })
}

type Pair = (Node, Option<Id>, Id);

fn compare(
    objects: &impl Objects,
    packages: &[Package],
    pairs: &[Pair],
) -> Result<Vec<(Node, Vec<PackageIndex>)>> {
    let mut comparison = Comparison::new(objects, packages)?;
    let mut found = Vec::new();
    for (commit, before, after) in pairs {
        let changed = comparison.changed_packages(*before, *after)?;
        if !changed.is_empty() {
            found.push((*commit, changed));
        }
    }
    Ok(found)
}

/// Compares trees; recently read ones are cached.
struct Comparison<'t, T> {
    trees: &'t T,
    paths: Paths,
    root: Rc<Folder>,
    kept: TreeCache,
}

/// A folder that differs and is still to be compared.
struct Open {
    before: Option<Id>,
    after: Option<Id>,
    folder: Rc<Folder>,
    /// Its path with a `/` at the end; empty for the root.
    path: Vec<u8>,
    /// The depth of its entries.
    depth: usize,
}

impl<'t, T: Objects> Comparison<'t, T> {
    /// Prepares the comparison for these packages, which are numbered by their index.
    fn new(trees: &'t T, packages: &[Package]) -> Result<Self> {
        let paths = Paths::new(packages)?;
        let root = Rc::new(paths.root());
        Ok(Self {
            trees,
            paths,
            root,
            kept: TreeCache::default(),
        })
    }

    /// The packages with a path that differs between two trees, ascending; without `before`, every
    /// path differs.
    fn changed_packages(&mut self, before: Option<Id>, after: Id) -> Result<Vec<PackageIndex>> {
        let mut changed = Vec::new();
        if before == Some(after) {
            return Ok(changed);
        }
        add(&mut changed, &self.root.complete);
        let mut read = 0;
        let mut stack = vec![Open {
            before,
            after: Some(after),
            folder: Rc::clone(&self.root),
            path: Vec::new(),
            depth: 0,
        }];
        while let Some(open) = stack.pop() {
            read += 2;
            if read > MAX_TREES {
                let message = format!(
                    "a commit changes more than {MAX_TREES} directories, stopped at tree `{after}`"
                );
                return Err(Error::limit(message, "narrow the `paths` of the packages"));
            }
            if self.paths.may_match(&open.folder, |package| {
                changed.binary_search(&package).is_err()
            }) {
                self.compare_folders(&open, &mut changed, &mut stack)?;
            }
        }
        Ok(changed)
    }

    fn compare_folders(
        &mut self,
        open: &Open,
        changed: &mut Vec<PackageIndex>,
        stack: &mut Vec<Open>,
    ) -> Result<()> {
        let (before, after) = (self.read(open.before)?, self.read(open.after)?);
        for (before, after) in differences(&before, &after) {
            let entry = after.or(before).expect("one side has an entry");
            let path = [&open.path, entry.name].concat();
            if !entry.is_folder() {
                self.paths
                    .owners(&open.folder, &path, |package| add(changed, &[package]));
                continue;
            }
            let folder = self.paths.enter(&open.folder, entry.name);
            add(changed, &folder.complete);
            if self
                .paths
                .may_match(&folder, |package| changed.binary_search(&package).is_err())
            {
                let (before, after) = (before.map(|entry| entry.id), after.map(|entry| entry.id));
                let depth = open.depth + 1;
                if depth > MAX_TREE_DEPTH {
                    let message = format!(
                        "a file in tree `{}` is nested more than {MAX_TREE_DEPTH} directories deep",
                        entry.id
                    );
                    return Err(Error::limit(
                        message,
                        "narrow the `paths` of the packages; Git cannot read deeper trees either",
                    ));
                }
                stack.push(Open {
                    before,
                    after,
                    folder: Rc::new(folder),
                    path: [&path, &b"/"[..]].concat(),
                    depth,
                });
            }
        }
        Ok(())
    }

    fn read(&mut self, id: Option<Id>) -> Result<Rc<RawTree>> {
        let Some(id) = id else {
            return Ok(Rc::default());
        };
        if let Some(tree) = self.kept.get(id) {
            return Ok(tree);
        }
        let tree = Rc::new(RawTree::parse(id, self.trees.tree(id)?.as_ref())?);
        self.kept.put(id, Rc::clone(&tree));
        Ok(tree)
    }
}

/// Adds packages to a list that stays ascending.
fn add(changed: &mut Vec<PackageIndex>, packages: &[PackageIndex]) {
    for package in packages {
        if let Err(at) = changed.binary_search(package) {
            changed.insert(at, *package);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::history::testing::{TestHistory, id, package};

    /// Trees that count how often they are asked for.
    struct Counted<'t>(&'t TestHistory, Cell<usize>);

    impl Objects for Counted<'_> {
        fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
            self.0.commit(id)
        }

        fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
            self.1.set(self.1.get() + 1);
            self.0.tree(id)
        }
    }

    /// The packages that differ between two lists of files, each `path` or `path=letter`, and how
    /// many trees were read.
    fn compared(packages: &[&str], before: &str, after: &str) -> (Vec<PackageIndex>, usize) {
        let mut trees = TestHistory::default();
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
        let mut comparison = Comparison::new(&counted, &packages).unwrap();
        let changed = comparison.changed_packages(Some(before), after).unwrap();
        (changed, counted.1.get())
    }

    #[test]
    fn added_changed_and_removed_files_count() {
        assert_eq!(compared(&["core/**"], "core/a", "core/a core/b").0, [0]);
        assert_eq!(compared(&["core/**"], "core/a", "core/a=y").0, [0]);
        assert_eq!(compared(&["core/**"], "core/a cli/b", "cli/b").0, [0]);
        assert!(
            compared(&["core/**"], "core/a", "core/a cli/b")
                .0
                .is_empty()
        );
    }

    #[test]
    fn a_rename_touches_both_paths() {
        assert_eq!(
            compared(&["core/**", "cli/**"], "core/a", "cli/a").0,
            [0, 1]
        );
    }

    #[test]
    fn a_file_that_becomes_a_folder_touches_both_paths() {
        assert_eq!(
            compared(&["a", "a/b/**", "a.c"], "a a.c a0", "a/b/c a.c a0").0,
            [0, 1]
        );
    }

    #[test]
    fn a_path_of_several_packages_touches_all_of_them() {
        assert_eq!(
            compared(
                &["**", "proto/*", "proto/**/*.proto"],
                "x",
                "x proto/a.proto"
            )
            .0,
            [0, 1, 2]
        );
    }

    #[test]
    fn what_is_equal_or_of_no_package_is_not_read() {
        let before = "core/deep/a cli/a docs/deep/a same/deep/*";
        let after = "core/deep/a=y cli/a docs/deep/a=y same/deep/*";
        assert_eq!(
            compared(&["core/**", "same/*/x"], before, after),
            (vec![0], 2)
        );
        assert_eq!(compared(&["core/*/a"], before, after), (vec![0], 6));
        assert_eq!(compared(&["**"], before, after), (vec![0], 0));
    }

    #[test]
    fn every_path_of_a_first_commit_touches() {
        let history = TestHistory::default().change('a', "", ("feat: a", "core/a"));
        let packages = [package("core", "core/**"), package("cli", "cli/**")];
        let mut comparison = Comparison::new(&history, &packages).unwrap();
        assert_eq!(
            comparison
                .changed_packages(None, history.tree_of('a'))
                .unwrap(),
            [0]
        );
    }
}
