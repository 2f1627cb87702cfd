//! Which commits cite a ticket, so that their authors have a hand in its change.
//!
//! Commits that are merged together speak for each other: where one names a ticket, plans it or
//! takes it out of draft, each that changes a file which is no ticket cites it. One that changes
//! nothing but approvals, notes, links, state or outcome cites nothing (docs/design/approvals.md,
//! Who contributed).

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use globset::GlobSet;

use super::branch_tickets::version_at;
use crate::commit::{Commit, Id};
use crate::config::Limits;
use crate::error::Result;
use crate::git::Repository;
use crate::rules::{BranchCommit, TicketVersion};
use crate::ticket::{State, changed_plan};

/// Commits that were merged together, or are to be: a branch, or a commit that came by itself.
pub(super) struct Merged(pub(super) Vec<Work>);

/// A commit with what is asked of it, once.
pub(super) struct Work {
    pub(super) commit: Commit,
    /// The paths that it changes, sorted.
    paths: OnceCell<Vec<String>>,
    changes_more: OnceCell<bool>,
}

/// Where commits are looked at.
#[derive(Clone, Copy)]
pub(super) struct Citing<'r> {
    pub(super) repository: &'r Repository,
    pub(super) globs: &'r GlobSet,
    pub(super) limits: Limits,
}

impl Work {
    pub(super) fn new(commit: Commit) -> Self {
        Self {
            commit,
            paths: OnceCell::new(),
            changes_more: OnceCell::new(),
        }
    }

    /// A commit of a branch, whose paths are known.
    pub(super) fn of_branch(commit: &BranchCommit) -> Self {
        Self {
            paths: commit.paths.clone().into(),
            ..Self::new(commit.judged.commit.clone())
        }
    }

    /// Whether it names the ticket.
    fn names(&self, id: &str) -> bool {
        self.commit.tickets().iter().any(|named| named == id)
    }
}

impl Citing<'_> {
    /// The commits that cite the ticket of this id, which was planned in these commits.
    pub(super) fn of<'m>(
        &self,
        id: &str,
        planned: &HashSet<Id>,
        merged: &'m [Merged],
    ) -> Result<Vec<&'m Commit>> {
        let mut citing = Vec::new();
        for Merged(works) in merged {
            let is_meant = works
                .iter()
                .any(|work| planned.contains(&work.commit.id) || work.names(id));
            for work in works {
                if is_meant && self.changes_more(work)? || work.names(id) && self.plans(work)? {
                    citing.push(&work.commit);
                }
            }
        }
        Ok(citing)
    }

    /// Whether a commit changes a file that is no ticket.
    pub(super) fn changes_more(&self, work: &Work) -> Result<bool> {
        if let Some(known) = work.changes_more.get() {
            return Ok(*known);
        }
        let more = self
            .paths(work)?
            .iter()
            .any(|path| !self.globs.is_match(path));
        Ok(*work.changes_more.get_or_init(|| more))
    }

    /// The paths that a commit changes, sorted.
    pub(super) fn paths<'w>(&self, work: &'w Work) -> Result<&'w [String]> {
        if let Some(known) = work.paths.get() {
            return Ok(known);
        }
        let paths = changed_by(self.repository, work.commit.id)?;
        Ok(work.paths.get_or_init(|| paths))
    }

    /// Whether a commit changes the plan of a ticket.
    pub(super) fn plans(&self, work: &Work) -> Result<bool> {
        for path in self
            .paths(work)?
            .iter()
            .filter(|path| self.globs.is_match(path))
        {
            let Change { before, after } = self.change(work.commit.id, path)?;
            let Some(after) = after else { return Ok(true) };
            if before.iter().all(|before| {
                before
                    .as_ref()
                    .is_none_or(|before| plans_anew(before, &after))
            }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ids of the tickets past draft whose plan a commit changes, or that it takes out of
    /// draft.
    pub(super) fn planned_by(&self, work: &Work) -> Result<Vec<String>> {
        let is_past_draft = |version: &TicketVersion| version.ticket.state != State::Draft;
        let mut planned = Vec::new();
        for path in self
            .paths(work)?
            .iter()
            .filter(|path| self.globs.is_match(path))
        {
            let Change { before, after } = self.change(work.commit.id, path)?;
            let Some(after) = after.filter(is_past_draft) else {
                continue;
            };
            let is_anew = |before: &Option<TicketVersion>| {
                before
                    .as_ref()
                    .is_none_or(|before| !is_past_draft(before) || plans_anew(before, &after))
            };
            if before.iter().all(is_anew) {
                planned.push(after.id().to_owned());
            }
        }
        Ok(planned)
    }

    /// What a commit makes of the ticket at a path.
    fn change(&self, id: Id, path: &str) -> Result<Change> {
        let read = |id: Id| version_at(&self.repository.tree(id)?, path, self.limits);
        let before = self
            .repository
            .parents(id)?
            .into_iter()
            .map(read)
            .collect::<Result<_>>()?;
        Ok(Change {
            before,
            after: read(id)?,
        })
    }
}

/// A ticket as the parents of a commit have it, and as the commit does; `None` where there is none
/// that can be parsed.
struct Change {
    before: Vec<Option<TicketVersion>>,
    after: Option<TicketVersion>,
}

fn plans_anew(before: &TicketVersion, after: &TicketVersion) -> bool {
    !changed_plan(&before.document, &after.document).is_empty()
}

/// Gives the paths that differ and that no commit of a branch changes to the merges that took
/// another side there.
pub(super) fn own_what_merges_chose(
    repository: &Repository,
    commits: &mut [BranchCommit],
    paths: &BTreeSet<String>,
) -> Result<()> {
    let owned: HashSet<&String> = commits.iter().flat_map(|commit| &commit.paths).collect();
    let unowned: HashSet<String> = paths
        .iter()
        .filter(|path| !owned.contains(path))
        .cloned()
        .collect();
    for commit in commits.iter_mut().filter(|commit| commit.parents > 1) {
        if unowned.is_empty() {
            break;
        }
        let id = commit.judged.commit.id;
        let tree = repository.tree(id)?;
        for parent in repository.parents(id)? {
            let differing = tree.changed_since(Some(&repository.tree(parent)?))?;
            commit
                .paths
                .extend(differing.into_iter().filter(|path| unowned.contains(path)));
        }
        commit.paths.sort_unstable();
        commit.paths.dedup();
    }
    Ok(())
}

/// The paths at which a commit has something else than each of its parents, sorted.
pub(super) fn changed_by(repository: &Repository, commit: Id) -> Result<Vec<String>> {
    let tree = repository.tree(commit)?;
    let parents = repository.parents(commit)?;
    let mut changed = match parents.first() {
        None => tree.changed_since(None)?,
        Some(parent) => tree.changed_since(Some(&repository.tree(*parent)?))?,
    };
    for parent in parents.iter().skip(1) {
        let other = tree.changed_since(Some(&repository.tree(*parent)?))?;
        changed.retain(|path| other.contains(path));
    }
    let mut changed: Vec<String> = changed.into_iter().collect();
    changed.sort_unstable();
    Ok(changed)
}
