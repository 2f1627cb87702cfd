//! Which commits the sign-off of a release covers.
//!
//! All of them, except those that change only release files, and tickets outside their plans: the
//! sign-off itself is committed, and so are the approvals of tickets. A merge is left out if it
//! adds nothing else to one of its parents, so that the contents of a release follow from the
//! commits that are covered.

use std::cell::RefCell;
use std::collections::HashMap;

use super::ticket_history::TicketHistories;
use crate::commit::Id;
use crate::config::ReleaseFiles;
use crate::error::Result;
use crate::history::{History, Scope, parents, visit};

/// How many merges may be nested; deeper ones are covered.
const MAX_NESTED_MERGES: usize = 100;

/// The commits that a sign-off covers, with a cache of what is known about each.
pub(crate) struct CoveredCommits<'r, H> {
    histories: &'r TicketHistories<'r, H>,
    release_files: &'r ReleaseFiles,
    left_out: RefCell<HashMap<Id, bool>>,
}

impl<'r, H: History> CoveredCommits<'r, H> {
    pub(crate) fn new(
        histories: &'r TicketHistories<'r, H>,
        release_files: &'r ReleaseFiles,
    ) -> Self {
        Self {
            histories,
            release_files,
            left_out: RefCell::default(),
        }
    }

    /// The covered ones of these commits, which are given and returned newest first.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn among(&self, commits: impl DoubleEndedIterator<Item = Id>) -> Result<Vec<Id>> {
        let mut covered = Vec::new();
        // A merge is decided after the commits that it merges, so that they are known by then.
        for commit in commits.rev() {
            if !self.is_left_out(commit, 0)? {
                covered.push(commit);
            }
        }
        covered.reverse();
        Ok(covered)
    }

    /// Whether a commit that is merged by this many others is left out.
    fn is_left_out(&self, commit: Id, depth: usize) -> Result<bool> {
        if let Some(known) = self.left_out.borrow().get(&commit) {
            return Ok(*known);
        }
        if depth > MAX_NESTED_MERGES {
            return Ok(false);
        }
        let parents = parents(self.histories.history, commit)?;
        let mut is_left_out = false;
        for parent in &parents {
            is_left_out = self.adds_nothing(commit, *parent, parents.len() > 1)?
                && self.others_add_nothing(*parent, &parents, depth)?;
            if is_left_out {
                break;
            }
        }
        self.left_out.borrow_mut().insert(commit, is_left_out);
        Ok(is_left_out)
    }

    /// Whether a commit differs from a parent only in release files, and in tickets outside their
    /// plans. A commit without changes, other than a merge, may still ask for a version.
    fn adds_nothing(&self, commit: Id, parent: Id, is_merge: bool) -> Result<bool> {
        let paths = self.histories.trees.changed_since(commit, Some(parent))?;
        for path in &paths {
            let is_exempt = if self.histories.globs.is_match(path) {
                self.histories.has_same_plan(commit, parent, path)?
            } else {
                self.release_files.contains(path)
            };
            if !is_exempt {
                return Ok(false);
            }
        }
        Ok(is_merge || !paths.is_empty())
    }

    /// Whether the commits that the other parents of a merge add to this one are left out too.
    fn others_add_nothing(&self, parent: Id, parents: &[Id], depth: usize) -> Result<bool> {
        for other in parents.iter().filter(|other| **other != parent) {
            let scope = Scope {
                tip: Some(*other),
                exclude: Some(parent),
            };
            let mut added = Vec::new();
            visit(self.histories.history, scope, |id, _| {
                added.push(id);
                Ok(())
            })?;
            for commit in added.into_iter().rev() {
                if !self.is_left_out(commit, depth + 1)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::history::testing::TestRepository;

    /// The covered commits of a branch.
    fn covered(repository: &TestRepository) -> Vec<Id> {
        let config = Config::default();
        let history = &repository.history;
        let histories = TicketHistories::new(history, history, &config).unwrap();
        let release_files = config.release_files().unwrap();
        let mut commits = Vec::new();
        let scope = Scope {
            tip: Some(repository.head()),
            exclude: None,
        };
        visit(history, scope, |id, _| {
            commits.push(id);
            Ok(())
        })
        .unwrap();
        let covered = CoveredCommits::new(&histories, &release_files);
        covered.among(commits.into_iter()).unwrap()
    }

    #[test]
    fn many_nested_merges_of_a_sign_off_are_left_out() {
        let mut repository = TestRepository::new();
        repository.write("src/lib.rs", "");
        let first = repository.commit("feat: a");
        repository.branch("start");
        repository.branch("merged");
        repository.write("releases/next.toml", "decider = \"lee\"\n");
        repository.commit("chore: sign off");
        for number in 0..2 * MAX_NESTED_MERGES {
            let next = format!("merged-{number}");
            let previous = match number.checked_sub(1) {
                None => "merged".to_owned(),
                Some(number) => format!("merged-{number}"),
            };
            repository.switch("start");
            repository.branch(&next);
            repository.merge(&previous);
        }
        assert_eq!(covered(&repository), [first]);
    }
}
