//! Which commits cite a ticket, so that their authors have a hand in its change.
//!
//! A commit cites the tickets that it names, and those that were planned in a commit merged together with it, where it
//! changes a file that is no ticket. One that changes nothing but approvals, notes, links, state or outcome cites
//! nothing (product.md §8).

use std::cell::OnceCell;
use std::collections::HashSet;

use globset::GlobSet;

use super::branch_tickets::{text, version};
use crate::commit::{Commit, Id};
use crate::config::Limits;
use crate::error::Result;
use crate::git::Repository;
use crate::ticket::changed_plan;

/// Commits that were merged together, or are to be: a branch, or a commit that came by itself.
pub(super) struct Merged(pub(super) Vec<Work>);

/// A commit with what is asked of it, once.
pub(super) struct Work {
    pub(super) commit: Commit,
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
        Self { commit, changes_more: OnceCell::new() }
    }

    /// A commit of which it is known whether it changes a file that is no ticket.
    pub(super) fn that_changes(commit: Commit, paths: &[String], tickets: &GlobSet) -> Self {
        Self { commit, changes_more: paths.iter().any(|path| !tickets.is_match(path)).into() }
    }
}

impl Citing<'_> {
    /// The commits that cite the ticket of this id, which was planned in these commits.
    pub(super) fn of<'m>(&self, id: &str, planned: &HashSet<Id>, merged: &'m [Merged]) -> Result<Vec<&'m Commit>> {
        let mut citing = Vec::new();
        for Merged(works) in merged {
            let is_planned = works.iter().any(|work| planned.contains(&work.commit.id));
            for work in works {
                let names = work.commit.tickets().iter().any(|named| named == id);
                let cites = (names || is_planned) && self.changes_more(work)?;
                if cites || names && self.plans(work.commit.id)? {
                    citing.push(&work.commit);
                }
            }
        }
        Ok(citing)
    }

    /// Whether a commit changes a file that is no ticket.
    fn changes_more(&self, work: &Work) -> Result<bool> {
        if let Some(known) = work.changes_more.get() {
            return Ok(*known);
        }
        let more = changed_by(self.repository, work.commit.id)?.iter().any(|path| !self.globs.is_match(path));
        Ok(*work.changes_more.get_or_init(|| more))
    }

    /// Whether a commit changes the plan of a ticket.
    fn plans(&self, id: Id) -> Result<bool> {
        let tree = self.repository.tree(id)?;
        let parents = self.repository.parents(id)?;
        for path in changed_by(self.repository, id)?.iter().filter(|path| self.globs.is_match(path)) {
            let after = text(&tree, path, self.limits)?.as_ref().and_then(version);
            for parent in &parents {
                let before = text(&self.repository.tree(*parent)?, path, self.limits)?.as_ref().and_then(version);
                let is_same = before
                    .as_ref()
                    .zip(after.as_ref())
                    .is_some_and(|(before, after)| changed_plan(&before.document, &after.document).is_empty());
                if !is_same {
                    return Ok(true);
                }
            }
            if parents.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
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
