//! Who has a hand in a change, and who put its approvals into the ticket.
//!
//! Editors of the plan are those of the whole history of the ticket's file; authors are those of
//! the commits that cite it. Whoever writes a commit together with somebody is named by
//! `Co-authored-by`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value as Json;

use super::lineage::Step;
use crate::approval::{Maker, Part};
use crate::commit::{Author, Commit, Id};
use crate::rules::TicketVersion;
use crate::ticket::{Kind, State, changed_plan, digest, entries};

/// What the history of a ticket tells of it.
#[derive(Debug, Default)]
pub(super) struct Making {
    /// Those who wrote a part of the plan.
    pub(super) editors: Vec<Maker>,
    /// The commits that changed the plan, or took the ticket out of draft.
    pub(super) planned: HashSet<Id>,
    /// The approvals of the ticket, by their index, that a commit added together with the plan as
    /// it is now.
    beside: HashMap<Id, Vec<usize>>,
    /// For each approval of the ticket the author of the commit that added it, where that is known.
    pub(super) origins: Vec<Option<Author>>,
    /// The authors of the commits that made the ticket an emergency.
    pub(super) declared_by: Vec<Author>,
    /// The plan fields that changed since each approval, by its index; absent where that is not
    /// known.
    pub(super) changed: BTreeMap<usize, Vec<String>>,
}

impl Making {
    /// Reads the history of a ticket.
    pub(super) fn of(version: &TicketVersion, steps: &[Step]) -> Self {
        let added = Added::of(steps);
        let beside = beside(version, steps, &added);
        let mut editors = Makers::default();
        for step in steps.iter().filter(|step| step.plans()) {
            editors.add(Maker::of((*step.commit.author).clone(), Part::Editor));
            editors.add_co_authors(&step.commit, Part::Editor, &beside);
        }
        let planning = steps.iter().filter(|step| step.plans() || step.proposes());
        Self {
            editors: editors.list,
            planned: planning.map(|step| step.commit.id).collect(),
            beside,
            origins: origins(version, steps, &added),
            declared_by: steps
                .iter()
                .filter(|step| step.declares())
                .map(|step| (*step.commit.author).clone())
                .collect(),
            changed: changed(version, steps),
        }
    }

    /// Those who have a hand in the change, among them the authors of the commits that cite the
    /// ticket.
    pub(super) fn makers(&self, citing: &[&Commit]) -> Vec<Maker> {
        let mut makers = Makers {
            seen: self.editors.iter().cloned().collect(),
            list: self.editors.clone(),
        };
        for commit in citing {
            makers.add(Maker::of((*commit.author).clone(), Part::Author));
            makers.add_co_authors(commit, Part::CoAuthor, &self.beside);
        }
        makers.list
    }
}

impl Step {
    /// Whether the commit changes the plan: what it says is another plan than that of each parent,
    /// or cannot be read.
    pub(super) fn plans(&self) -> bool {
        let Some(after) = &self.after else {
            return true;
        };
        self.before
            .iter()
            .all(|before| !changed_plan(&before.document, &after.document).is_empty())
    }

    /// Whether the commit makes the ticket an emergency.
    fn declares(&self) -> bool {
        let is_emergency = |version: &TicketVersion| version.ticket.kind == Kind::Emergency;
        self.after.as_ref().is_some_and(is_emergency) && !self.before.iter().any(is_emergency)
    }

    /// Whether the commit takes the ticket out of draft.
    fn proposes(&self) -> bool {
        let is_draft = |version: &TicketVersion| version.ticket.state == State::Draft;
        self.after.as_ref().is_some_and(|after| !is_draft(after))
            && self.before.iter().all(is_draft)
    }
}

fn approvals(version: &TicketVersion) -> Vec<Json> {
    entries(&version.document, "approvals")
}

/// The approvals that each commit has and none of its parents.
struct Added(Vec<HashSet<Json>>);

impl Added {
    fn of(steps: &[Step]) -> Self {
        let added = |step: &Step| {
            let mut added: HashSet<Json> = step.after.iter().flat_map(approvals).collect();
            if !added.is_empty() {
                step.before
                    .iter()
                    .flat_map(approvals)
                    .for_each(|known| _ = added.remove(&known));
            }
            added
        };
        Self(steps.iter().map(added).collect())
    }
}

/// People who have a hand in a change, each once.
#[derive(Default)]
struct Makers {
    list: Vec<Maker>,
    seen: HashSet<Maker>,
}

impl Makers {
    fn add(&mut self, maker: Maker) {
        if self.seen.insert(maker.clone()) {
            self.list.push(maker);
        }
    }

    fn add_co_authors(&mut self, commit: &Commit, part: Part, beside: &HashMap<Id, Vec<usize>>) {
        for author in commit.co_authors() {
            let beside = beside.get(&commit.id).cloned().unwrap_or_default();
            self.add(Maker {
                beside,
                ..Maker::of((**author).clone(), part)
            });
        }
    }
}

/// The approvals that commits with co-authors added to the plan as it is now.
fn beside(
    version: &TicketVersion,
    steps: &[Step],
    Added(added): &Added,
) -> HashMap<Id, Vec<usize>> {
    let now = digest(&version.document);
    let is_now = |step: &&Step| {
        step.after
            .as_ref()
            .is_some_and(|after| digest(&after.document) == now)
    };
    let written_together = steps
        .iter()
        .zip(added)
        .filter(|(step, _)| !step.commit.co_authors().is_empty());
    let approvals = approvals(version);
    let own = |(step, added): (&Step, &HashSet<Json>)| {
        let own = approvals
            .iter()
            .enumerate()
            .filter(|(_, approval)| added.contains(*approval));
        (step.commit.id, own.map(|(index, _)| index).collect())
    };
    written_together
        .filter(|(step, _)| is_now(step))
        .map(own)
        .collect()
}

/// For each approval the author of the commit that added it; none where several people did, one
/// after the other.
fn origins(version: &TicketVersion, steps: &[Step], Added(added): &Added) -> Vec<Option<Author>> {
    let origin = |approval: &Json| {
        let adding = steps
            .iter()
            .zip(added)
            .filter(|(_, added)| added.contains(approval));
        let mut authors = adding.map(|(step, _)| &step.commit.author);
        let first = authors.next()?;
        authors
            .all(|author| author == first)
            .then(|| (**first).clone())
    };
    approvals(version).iter().map(origin).collect()
}

/// For each approval of another digest what differs between the plan of that digest and what the
/// ticket says now.
fn changed(version: &TicketVersion, steps: &[Step]) -> BTreeMap<usize, Vec<String>> {
    let now = digest(&version.document);
    let stale = version
        .ticket
        .approvals
        .iter()
        .enumerate()
        .filter_map(|(index, approval)| {
            let approved = approval
                .digest
                .as_ref()
                .map(|digest| digest.text.as_str())?;
            (approved != now).then_some((index, approved))
        });
    let stale: Vec<(usize, &str)> = stale.collect();
    if stale.is_empty() {
        return BTreeMap::new();
    }
    let older: Vec<(String, &TicketVersion)> = steps
        .iter()
        .filter_map(|step| step.after.as_ref())
        .map(|after| (digest(&after.document), after))
        .collect();
    let since = |(index, approved): (usize, &str)| {
        let (_, was) = older.iter().find(|(digest, _)| digest == approved)?;
        Some((index, changed_plan(&was.document, &version.document)))
    };
    stale.into_iter().filter_map(since).collect()
}
