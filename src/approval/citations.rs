//! The commits that cite a ticket, whose authors count as contributors.
//!
//! Commits that are merged together are one unit. If one of them mentions a ticket, changes its
//! plan or moves it out of draft, each commit of the unit that changes a file other than a ticket
//! cites it, except those in a part of the branch with other tickets. A commit that changes only approvals, notes, links, state or outcome cites nothing
//! (docs/design/approvals.md, Who contributed).

use std::cell::OnceCell;
use std::collections::HashSet;

use super::merge_groups::DividedGroup;
use super::ticket_history::{TicketEdit, TicketHistories};
use crate::commit::{Commit, Id};
use crate::error::Result;
use crate::history::{History, parents, paths_changed_by};

/// A commit with facts about it that are computed once.
pub(crate) struct CommitFacts {
    pub(crate) commit: Commit,
    /// The paths that it changes, sorted.
    paths: OnceCell<Vec<String>>,
    changes_code: OnceCell<bool>,
}

impl CommitFacts {
    pub(crate) fn new(commit: Commit) -> Self {
        Self {
            commit,
            paths: OnceCell::new(),
            changes_code: OnceCell::new(),
        }
    }

    /// A commit whose changed paths are known.
    pub(crate) fn with_paths(commit: Commit, paths: Vec<String>) -> Self {
        Self {
            paths: paths.into(),
            ..Self::new(commit)
        }
    }

    /// Whether the commit mentions the ticket.
    fn mentions(&self, id: &str) -> bool {
        self.commit.tickets().iter().any(|named| named == id)
    }
}

impl<H: History> TicketHistories<'_, H> {
    /// The commits that cite the ticket with this ID, which was planned in these commits.
    /// `tickets`: those that a part of a branch may have.
    pub(super) fn citing_commits<'m>(
        &self,
        id: &str,
        planned: &HashSet<Id>,
        merged: &'m [DividedGroup],
        tickets: &HashSet<String>,
    ) -> Result<Vec<&'m Commit>> {
        let mut citing_commits = Vec::new();
        for divided in merged {
            let commits = &divided.group.0;
            let is_cited_by_unit = commits
                .iter()
                .any(|facts| planned.contains(&facts.commit.id) || facts.mentions(id));
            let parts = match is_cited_by_unit {
                true => Some(divided.parts(self, tickets)?),
                false => None,
            };
            for facts in commits {
                let belongs = parts.is_some_and(|parts| parts.belongs(facts.commit.id, id));
                if belongs && self.changes_code(facts)?
                    || facts.mentions(id) && self.changes_plan(facts)?
                {
                    citing_commits.push(&facts.commit);
                }
            }
        }
        Ok(citing_commits)
    }

    /// Whether a commit changes a file other than a ticket.
    pub(crate) fn changes_code(&self, facts: &CommitFacts) -> Result<bool> {
        if let Some(known) = facts.changes_code.get() {
            return Ok(*known);
        }
        // Comparing all folders is slow, and unnecessary if only other folders than the tickets'
        // differ.
        let others = match facts.paths.get() {
            None => self.other_changes(facts.commit.id)?,
            Some(_) => None,
        };
        let changes_code = match others {
            Some(others) => others.anything,
            None => {
                let mut paths = self.paths(facts)?.iter();
                paths.any(|path| !self.globs.is_match(path))
            }
        };
        Ok(*facts.changes_code.get_or_init(|| changes_code))
    }

    /// Whether a commit changes a file other than tickets and release files.
    pub(crate) fn changes_product(&self, facts: &CommitFacts) -> Result<bool> {
        if !self.changes_code(facts)? {
            return Ok(false);
        }
        let others = self.other_changes(facts.commit.id)?;
        if others.is_some_and(|others| !others.release_folders) {
            return Ok(true);
        }
        let is_other =
            |path: &String| !self.globs.is_match(path) && !self.release_files.contains(path);
        Ok(self.paths(facts)?.iter().any(is_other))
    }

    /// The paths that a commit changes, sorted.
    pub(crate) fn paths<'c>(&self, facts: &'c CommitFacts) -> Result<&'c [String]> {
        if let Some(known) = facts.paths.get() {
            return Ok(known);
        }
        let paths = paths_changed_by(self.history, self.trees, facts.commit.id)?;
        Ok(facts.paths.get_or_init(|| paths))
    }

    /// Whether a commit changes the plan of a ticket.
    pub(crate) fn changes_plan(&self, facts: &CommitFacts) -> Result<bool> {
        for edit in self.edits(facts)? {
            if edit?.changes_plan() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a commit has a ticket at a path with the same plan as in a parent.
    pub(super) fn has_same_plan(&self, commit: Id, parent: Id, path: &str) -> Result<bool> {
        let edit = TicketEdit {
            before: self.version_at(parent, path)?.into_iter().collect(),
            after: self.version_at(commit, path)?,
        };
        Ok(!edit.before.is_empty() && !edit.changes_plan())
    }

    /// The IDs of the tickets past draft whose plan a commit changes, or that it takes out of
    /// draft.
    pub(crate) fn planned_tickets(&self, facts: &CommitFacts) -> Result<Vec<String>> {
        let mut planned = Vec::new();
        for edit in self.edits(facts)? {
            planned.extend(edit?.planned().map(|version| version.id().to_owned()));
        }
        Ok(planned)
    }

    /// The edits that a commit makes to tickets.
    fn edits<'c>(
        &'c self,
        facts: &'c CommitFacts,
    ) -> Result<impl Iterator<Item = Result<TicketEdit>> + 'c> {
        // Comparing all folders is unnecessary if those of the tickets are the same.
        let is_compared = facts.paths.get().is_some();
        let paths = if is_compared || self.may_change_tickets(facts.commit.id)? {
            self.paths(facts)?
        } else {
            &[]
        };
        let tickets = paths.iter().filter(|path| self.globs.is_match(path));
        Ok(tickets.map(|path| self.edit(facts.commit.id, path)))
    }

    fn edit(&self, commit: Id, path: &str) -> Result<TicketEdit> {
        let mut before = Vec::new();
        for parent in parents(self.history, commit)? {
            before.extend(self.version_at(parent, path)?);
        }
        Ok(TicketEdit {
            before,
            after: self.version_at(commit, path)?,
        })
    }
}
