//! Who has a hand in a change, and who put its approvals into the ticket.
//!
//! Editors of the plan are those of the whole history of the ticket's file; authors are those of the commits that cite
//! it. Whoever writes a commit together with somebody is named by `Co-authored-by`.

use std::collections::{BTreeMap, HashSet};

use super::lineage::Step;
use crate::approval::{Maker, Part};
use crate::commit::{Author, Commit, Id};
use crate::rules::TicketVersion;
use crate::ticket::{changed_plan, digest, entries};

const APPROVALS: &str = "approvals";

/// Who made a ticket and what it covers.
#[derive(Debug, Default)]
pub(super) struct Making {
    /// Those who have a hand in the change.
    pub(super) makers: Vec<Maker>,
    /// For each approval of the ticket the author of the commit that added it, where that is known.
    pub(super) origins: Vec<Option<Author>>,
    /// The plan fields that changed since each approval, by its index; absent where that is not known.
    pub(super) changed: BTreeMap<usize, Vec<String>>,
}

impl Making {
    /// Reads the history of a ticket, newest first, and the commits that cite it.
    pub(super) fn of(version: &TicketVersion, steps: &[Step], citing: &[&Commit]) -> Self {
        let mut makers = Vec::new();
        for step in steps.iter().filter(|step| step.plans()) {
            let people = [&step.commit.author].into_iter().chain(step.commit.co_authors());
            people.for_each(|author| add(&mut makers, author, Part::Editor));
        }
        for commit in citing {
            add(&mut makers, &commit.author, Part::Author);
            commit.co_authors().iter().for_each(|author| add(&mut makers, author, Part::CoAuthor));
        }
        Self { makers, origins: origins(version, steps), changed: changed(version, steps) }
    }
}

impl Step {
    /// Whether the commit changes the plan: what it says is another plan than that of each parent, or cannot be read.
    pub(super) fn plans(&self) -> bool {
        let Some(after) = &self.after else { return true };
        self.before.iter().all(|before| !changed_plan(&before.document, &after.document).is_empty())
    }
}

/// The commits that changed the plan.
pub(super) fn planned(steps: &[Step]) -> HashSet<Id> {
    steps.iter().filter(|step| step.plans()).map(|step| step.commit.id).collect()
}

fn add(makers: &mut Vec<Maker>, author: &Author, part: Part) {
    let maker = Maker { author: author.clone(), part };
    if !makers.contains(&maker) {
        makers.push(maker);
    }
}

/// For each approval the author of the oldest commit that has it and none of whose parents has.
fn origins(version: &TicketVersion, steps: &[Step]) -> Vec<Option<Author>> {
    let has = |version: &TicketVersion, approval: &_| entries(&version.document, APPROVALS).contains(approval);
    let origin = |approval: &_| {
        let adds = |step: &&Step| {
            let is_there = step.after.as_ref().is_some_and(|after| has(after, approval));
            is_there && !step.before.iter().any(|before| has(before, approval))
        };
        steps.iter().rev().find(adds).map(|step| (*step.commit.author).clone())
    };
    entries(&version.document, APPROVALS).iter().map(origin).collect()
}

/// For each approval of another digest what differs between the plan of that digest and what the ticket says now.
fn changed(version: &TicketVersion, steps: &[Step]) -> BTreeMap<usize, Vec<String>> {
    let now = digest(&version.document);
    let stale = version.ticket.approvals.iter().enumerate().filter_map(|(index, approval)| {
        let approved = approval.digest.as_ref().map(|digest| digest.text.as_str())?;
        (approved != now).then_some((index, approved))
    });
    let stale: Vec<(usize, &str)> = stale.collect();
    if stale.is_empty() {
        return BTreeMap::new();
    }
    let older: Vec<(String, &TicketVersion)> =
        steps.iter().filter_map(|step| step.after.as_ref()).map(|after| (digest(&after.document), after)).collect();
    let since = |(index, approved): (usize, &str)| {
        let (_, was) = older.iter().find(|(digest, _)| digest == approved)?;
        Some((index, changed_plan(&was.document, &version.document)))
    };
    stale.into_iter().filter_map(since).collect()
}
