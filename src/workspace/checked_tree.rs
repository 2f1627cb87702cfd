//! Looks up what rules compare tickets with in the work tree.

use std::cell::OnceCell;
use std::path::Path;

use super::tickets::{entries, names_in};
use super::{Workspace, is_outside, paths};
use crate::commit::Id;
use crate::error::Result;
use crate::files::PathKind;
use crate::git::Repository;
use crate::history::History as _;
use crate::repo_path::RepoPath;
use crate::rules::{CheckedTree, PathGlob, TreeFiles};
use crate::source::Source;

/// The maximum number of entries of a folder that are compared with a glob; a larger folder is
/// assumed to have any file.
const MAX_ENTRIES: usize = 100_000;

impl Workspace {
    /// Looks up the files that tickets name in the work tree. For a ticket outside of it, nothing
    /// is known.
    ///
    /// # Errors
    ///
    /// Fails if the work tree cannot be read.
    pub(crate) fn checked_tree(&self, tickets: &[Source]) -> Result<CheckedTree> {
        let inside: Vec<Source> = tickets
            .iter()
            .filter(|ticket| !is_outside(ticket.name()))
            .cloned()
            .collect();
        let files = WorkTreeFiles {
            workspace: self,
            head: OnceCell::new(),
        };
        CheckedTree::read(&files, &inside, None)
    }
}

/// The files of the work tree and of HEAD, because files are missing from a sparse work tree and
/// from submodules that weren't fetched. An unreadable folder is assumed to have any file.
struct WorkTreeFiles<'w> {
    workspace: &'w Workspace,
    /// The repository with the commit at HEAD, which are looked for only if a file is missing; `None`
    /// if there is no repository or no commit.
    head: OnceCell<Result<Option<(Repository, Id)>>>,
}

impl WorkTreeFiles<'_> {
    fn find_head(&self) -> Result<Option<(Repository, Id)>> {
        let Some(repository) = Repository::find(&self.workspace.directory)? else {
            return Ok(None);
        };
        let head = repository.history()?.head()?;
        Ok(head.map(|head| (repository, head)))
    }

    /// Whether the result for the tree of HEAD is yes, or unknown because the tree can't be read.
    fn may_be_at_head(&self, question: impl Fn(&dyn TreeFiles) -> Result<bool>) -> bool {
        match self.head.get_or_init(|| self.find_head()) {
            Ok(None) => false,
            Ok(Some((repository, head))) => repository
                .tree(*head)
                .and_then(|tree| question(&tree))
                .unwrap_or(true),
            Err(_) => true,
        }
    }
}

impl TreeFiles for WorkTreeFiles<'_> {
    fn may_have(&self, path: &str) -> Result<bool> {
        let Ok(repo_path) = RepoPath::new(Path::new(path)) else {
            return Ok(true);
        };
        let is_missing = matches!(self.workspace.tree.kind(&repo_path), Ok(PathKind::Nothing));
        Ok(!is_missing || self.may_be_at_head(|head| head.may_have(path)))
    }

    fn may_match(&self, folder: &str, glob: &PathGlob) -> Result<bool> {
        let root = self.workspace.root();
        let start = root.join(folder);
        if start.canonicalize().is_ok_and(|real| real != start) {
            return Ok(true);
        }
        for (count, entry) in entries(&start).enumerate() {
            let Ok(entry) = entry else {
                continue;
            };
            let path = paths::shown(&paths::relative(root, entry.path()));
            let may_contain = entry.path_is_symlink() && glob.may_match_below(&path);
            if glob.is_match(&path) || may_contain || count > MAX_ENTRIES {
                return Ok(true);
            }
        }
        Ok(self.may_be_at_head(|head| head.may_match(folder, glob)))
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.workspace.root().join(folder);
        let is_real = path.canonicalize().is_ok_and(|real| real == path);
        Ok(if is_real { names_in(&path) } else { Vec::new() })
    }

    fn text(&self, path: &str, max_bytes: usize) -> Result<Option<String>> {
        let Ok(path) = RepoPath::new(Path::new(path)) else {
            return Ok(None);
        };
        let bytes = self.workspace.tree.read(&path, max_bytes).ok().flatten();
        let bytes = bytes.filter(|bytes| bytes.len() <= max_bytes);
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
