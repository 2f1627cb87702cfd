//! The files that a commit is about to change.

use std::path::Path;

use crate::error::{Error, Result};
use crate::git::Repository;

impl Repository {
    /// The paths that the index adds or edits compared with HEAD, sorted. `index` is another file
    /// than that of the repository, which Git names to its hooks.
    ///
    /// # Errors
    ///
    /// Fails if HEAD or the index cannot be read.
    pub(crate) fn staged_paths(&self, index: Option<&Path>) -> Result<Vec<String>> {
        let failed = |error| {
            Error::repository("the index cannot be read", "run `git status`").with_source(error)
        };
        let git = self.raw();
        let index = match index {
            Some(path) => git2::Index::open(path),
            None => git.index(),
        };
        let index = index.map_err(failed)?;
        let head = match git.head() {
            Ok(head) => Some(head.peel_to_tree().map_err(failed)?),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => None,
            Err(error) => return Err(failed(error)),
        };
        let diff = git
            .diff_tree_to_index(head.as_ref(), Some(&index), None)
            .map_err(failed)?;
        let kept = diff
            .deltas()
            .filter(|delta| delta.status() != git2::Delta::Deleted);
        let paths = kept.filter_map(|delta| delta.new_file().path()?.to_str().map(str::to_owned));
        let mut paths: Vec<String> = paths.collect();
        paths.sort();
        Ok(paths)
    }
}
