//! The parts of a branch, so that somebody who worked on one change of a branch can approve another.
//!
//! A part is what one merge commit of the branch brought: a merge commit on the line of first
//! parents, from the tip of the branch back to what it is merged into. Commits in no part belong to
//! all tickets of the branch, and so do the changes that a merge commit makes itself, and parts
//! without a ticket: in doubt, somebody has a hand in a change.

use std::collections::{HashMap, HashSet};

use super::citations::CommitFacts;
use super::merge_groups::MergeGroup;
use super::ticket_history::TicketHistories;
use crate::commit::Id;
use crate::error::Result;
use crate::history::{History, parents};

/// The parts of commits that were or will be merged together.
#[derive(Debug, Default)]
pub(super) struct Parts {
    part_of: HashMap<Id, usize>,
    /// The tickets of each part.
    tickets: Vec<HashSet<String>>,
}

impl Parts {
    /// The parts of a branch with this tip. `tickets` are the IDs of the tickets that a part may
    /// have.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(super) fn of<H: History>(
        histories: &TicketHistories<'_, H>,
        group: &MergeGroup,
        tip: Id,
        tickets: &HashSet<String>,
    ) -> Result<Self> {
        let facts: HashMap<Id, &CommitFacts> = group
            .0
            .iter()
            .map(|facts| (facts.commit.id, &**facts))
            .collect();
        // Only what the tip reaches: the commit that a forge will make isn't in the repository.
        let mut parents_of: HashMap<Id, Vec<Id>> = HashMap::with_capacity(facts.len());
        let mut open = vec![tip];
        while let Some(id) = open.pop() {
            if facts.contains_key(&id) && !parents_of.contains_key(&id) {
                let parents = parents(histories.history, id)?;
                open.extend(&parents);
                parents_of.insert(id, parents);
            }
        }
        let line = line_of_first_parents(tip, &parents_of);
        let mut found = Self::default();
        let mut seen: HashSet<Id> = line.iter().copied().collect();
        // A commit is in the part of the oldest merge commit that reaches it.
        for merge in line.iter().rev() {
            let others = parents_of[merge].iter().skip(1).copied();
            let brought = reached(others.collect(), &parents_of, &mut seen);
            if brought.is_empty() {
                continue;
            }
            let mut named = HashSet::new();
            named.extend(facts[merge].commit.tickets().iter().cloned());
            for id in &brought {
                named.extend(facts[id].commit.tickets().iter().cloned());
                named.extend(histories.planned_tickets(facts[id])?);
            }
            named.retain(|id| tickets.contains(id));
            let part = found.tickets.len();
            found
                .part_of
                .extend(brought.into_iter().map(|id| (id, part)));
            found.tickets.push(named);
        }
        Ok(found)
    }

    /// Whether a commit belongs to a ticket that its branch has.
    pub(super) fn belongs(&self, commit: Id, ticket: &str) -> bool {
        let tickets = self.part_of.get(&commit).map(|part| &self.tickets[*part]);
        tickets.is_none_or(|tickets| tickets.is_empty() || tickets.contains(ticket))
    }
}

/// The commits of a branch on its line of first parents, newest first.
fn line_of_first_parents(tip: Id, parents_of: &HashMap<Id, Vec<Id>>) -> Vec<Id> {
    let mut line = Vec::new();
    let mut next = Some(tip);
    while let Some((id, parents)) = next.and_then(|id| parents_of.get_key_value(&id)) {
        line.push(*id);
        next = parents.first().copied();
    }
    line
}

/// The commits of a branch that some commits reach and that were not seen before.
fn reached(
    mut open: Vec<Id>,
    parents_of: &HashMap<Id, Vec<Id>>,
    seen: &mut HashSet<Id>,
) -> Vec<Id> {
    let mut reached = Vec::new();
    while let Some(id) = open.pop() {
        if let Some(parents) = parents_of.get(&id)
            && seen.insert(id)
        {
            reached.push(id);
            open.extend(parents);
        }
    }
    reached
}
