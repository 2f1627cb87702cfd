//! Which commits cite a ticket, so that their authors count as contributors.
//!
//! Commits that are merged together are one unit: if one of them mentions a ticket, changes its plan
//! or moves it out of draft, each commit of the unit that changes a file other than a ticket cites
//! it. A commit that changes only approvals, notes, links, state or outcome cites nothing
//! (docs/design/approvals.md, Who contributed).

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

use globset::GlobSet;

use crate::app::gate::branch_tickets::version_at;
use crate::commit::{Commit, Id};
use crate::config::Limits;
use crate::error::Result;
use crate::git::Repository;
use crate::rules::{BranchCommit, TicketVersion};
use crate::ticket::{State, changed_plan};

/// Commits that were merged together, or are to be: a branch, or a commit that came by itself.
pub(crate) struct MergeUnit(pub(crate) Vec<CommitFacts>);

/// A commit with facts about it that are computed once.
pub(crate) struct CommitFacts {
    pub(crate) commit: Commit,
    /// The paths that it changes, sorted.
    paths: OnceCell<Vec<String>>,
    changes_code: OnceCell<bool>,
}

/// Finds the commits that cite a ticket.
#[derive(Clone, Copy)]
pub(crate) struct CitationFinder<'r> {
    pub(crate) repository: &'r Repository,
    pub(crate) globs: &'r GlobSet,
    pub(crate) limits: Limits,
}

impl CommitFacts {
    pub(crate) fn new(commit: Commit) -> Self {
        Self {
            commit,
            paths: OnceCell::new(),
            changes_code: OnceCell::new(),
        }
    }

    /// A commit of a branch, whose paths are known.
    pub(crate) fn from_branch(commit: &BranchCommit) -> Self {
        Self {
            paths: commit.paths.clone().into(),
            ..Self::new(commit.classified.commit.clone())
        }
    }

    /// Whether it names the ticket.
    fn mentions(&self, id: &str) -> bool {
        self.commit.tickets().iter().any(|named| named == id)
    }
}

impl CitationFinder<'_> {
    /// The commits that cite the ticket of this id, which was planned in these commits.
    pub(crate) fn citing_commits<'m>(
        &self,
        id: &str,
        planned: &HashSet<Id>,
        merged: &'m [MergeUnit],
    ) -> Result<Vec<&'m Commit>> {
        let mut citing_commits = Vec::new();
        for MergeUnit(commits) in merged {
            let is_cited_by_unit = commits
                .iter()
                .any(|facts| planned.contains(&facts.commit.id) || facts.mentions(id));
            for facts in commits {
                if is_cited_by_unit && self.changes_code(facts)?
                    || facts.mentions(id) && self.changes_plan(facts)?
                {
                    citing_commits.push(&facts.commit);
                }
            }
        }
        Ok(citing_commits)
    }

    /// Whether a facts changes a file that is no ticket.
    pub(crate) fn changes_code(&self, facts: &CommitFacts) -> Result<bool> {
        if let Some(known) = facts.changes_code.get() {
            return Ok(*known);
        }
        let more = self
            .paths(facts)?
            .iter()
            .any(|path| !self.globs.is_match(path));
        Ok(*facts.changes_code.get_or_init(|| more))
    }

    /// The paths that a facts changes, sorted.
    pub(crate) fn paths<'w>(&self, facts: &'w CommitFacts) -> Result<&'w [String]> {
        if let Some(known) = facts.paths.get() {
            return Ok(known);
        }
        let paths = paths_changed_by(self.repository, facts.commit.id)?;
        Ok(facts.paths.get_or_init(|| paths))
    }

    /// Whether a facts changes the plan of a ticket.
    pub(crate) fn changes_plan(&self, facts: &CommitFacts) -> Result<bool> {
        for path in self
            .paths(facts)?
            .iter()
            .filter(|path| self.globs.is_match(path))
        {
            let Change { before, after } = self.change(facts.commit.id, path)?;
            let Some(after) = after else { return Ok(true) };
            if before.iter().all(|before| {
                before
                    .as_ref()
                    .is_none_or(|before| plan_differs(before, &after))
            }) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ids of the tickets past draft whose plan a facts changes, or that it takes out of
    /// draft.
    pub(crate) fn planned_tickets(&self, facts: &CommitFacts) -> Result<Vec<String>> {
        let is_past_draft = |version: &TicketVersion| version.ticket.state != State::Draft;
        let mut planned = Vec::new();
        for path in self
            .paths(facts)?
            .iter()
            .filter(|path| self.globs.is_match(path))
        {
            let Change { before, after } = self.change(facts.commit.id, path)?;
            let Some(after) = after.filter(is_past_draft) else {
                continue;
            };
            let is_new_plan = |before: &Option<TicketVersion>| {
                before
                    .as_ref()
                    .is_none_or(|before| !is_past_draft(before) || plan_differs(before, &after))
            };
            if before.iter().all(is_new_plan) {
                planned.push(after.id().to_owned());
            }
        }
        Ok(planned)
    }

    /// What a facts makes of the ticket at a path.
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

fn plan_differs(before: &TicketVersion, after: &TicketVersion) -> bool {
    !changed_plan(&before.document, &after.document).is_empty()
}

/// Gives the paths that differ and that no commit of a branch changes to the merges that took
/// another side there.
pub(crate) fn attribute_merge_changes(
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
        let id = commit.classified.commit.id;
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
pub(crate) fn paths_changed_by(repository: &Repository, commit: Id) -> Result<Vec<String>> {
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
