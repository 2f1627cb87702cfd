//! Who has a hand in a change, and who put its approvals into the ticket.
//!
//! Editors of the plan are those of the whole history of the ticket's file; authors are those of the commits that cite
//! it. Whoever writes a commit together with somebody is named by `Co-authored-by`.

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
    /// The approvals of the ticket, by their index, that a commit added together with the plan as it is now.
    beside: HashMap<Id, Vec<usize>>,
    /// For each approval of the ticket the author of the commit that added it, where that is known.
    pub(super) origins: Vec<Option<Author>>,
    /// The authors of the commits that made the ticket an emergency.
    pub(super) declared_by: Vec<Author>,
    /// The plan fields that changed since each approval, by its index; absent where that is not known.
    pub(super) changed: BTreeMap<usize, Vec<String>>,
}

impl Making {
    /// Reads the history of a ticket.
    pub(super) fn of(version: &TicketVersion, steps: &[Step]) -> Self {
        let beside = beside(version, steps);
        let mut editors = Vec::new();
        for step in steps.iter().filter(|step| step.plans()) {
            add(&mut editors, Maker::of((*step.commit.author).clone(), Part::Editor));
            add_co_authors(&mut editors, &step.commit, Part::Editor, &beside);
        }
        let planning = steps.iter().filter(|step| step.plans() || step.proposes());
        Self {
            editors,
            planned: planning.map(|step| step.commit.id).collect(),
            beside,
            origins: origins(version, steps),
            declared_by: steps
                .iter()
                .filter(|step| step.declares())
                .map(|step| (*step.commit.author).clone())
                .collect(),
            changed: changed(version, steps),
        }
    }

    /// Those who have a hand in the change, among them the authors of the commits that cite the ticket.
    pub(super) fn makers(&self, citing: &[&Commit]) -> Vec<Maker> {
        let mut makers = self.editors.clone();
        for commit in citing {
            add(&mut makers, Maker::of((*commit.author).clone(), Part::Author));
            add_co_authors(&mut makers, commit, Part::CoAuthor, &self.beside);
        }
        makers
    }
}

impl Step {
    /// Whether the commit changes the plan: what it says is another plan than that of each parent, or cannot be read.
    pub(super) fn plans(&self) -> bool {
        let Some(after) = &self.after else { return true };
        self.before.iter().all(|before| !changed_plan(&before.document, &after.document).is_empty())
    }

    /// Whether the commit has an approval that none of its parents has.
    fn adds(&self, approval: &Json) -> bool {
        let has = |version: &TicketVersion| approvals(version).contains(approval);
        self.after.as_ref().is_some_and(has) && !self.before.iter().any(has)
    }

    /// Whether the commit makes the ticket an emergency.
    fn declares(&self) -> bool {
        let is_emergency = |version: &TicketVersion| version.ticket.kind == Kind::Emergency;
        self.after.as_ref().is_some_and(is_emergency) && !self.before.iter().any(is_emergency)
    }

    /// Whether the commit takes the ticket out of draft.
    fn proposes(&self) -> bool {
        let is_draft = |version: &TicketVersion| version.ticket.state == State::Draft;
        self.after.as_ref().is_some_and(|after| !is_draft(after)) && self.before.iter().all(is_draft)
    }
}

fn approvals(version: &TicketVersion) -> Vec<Json> {
    entries(&version.document, "approvals")
}

fn add(makers: &mut Vec<Maker>, maker: Maker) {
    if !makers.contains(&maker) {
        makers.push(maker);
    }
}

fn add_co_authors(makers: &mut Vec<Maker>, commit: &Commit, part: Part, beside: &HashMap<Id, Vec<usize>>) {
    for author in commit.co_authors() {
        let beside = beside.get(&commit.id).cloned().unwrap_or_default();
        add(makers, Maker { beside, ..Maker::of((**author).clone(), part) });
    }
}

/// The approvals that commits with co-authors added to the plan as it is now.
fn beside(version: &TicketVersion, steps: &[Step]) -> HashMap<Id, Vec<usize>> {
    let now = digest(&version.document);
    let is_now = |step: &&Step| step.after.as_ref().is_some_and(|after| digest(&after.document) == now);
    let written_together = steps.iter().filter(|step| !step.commit.co_authors().is_empty());
    let approvals = approvals(version);
    let added = |step: &Step| {
        let added = approvals.iter().enumerate().filter(|(_, approval)| step.adds(approval));
        (step.commit.id, added.map(|(index, _)| index).collect())
    };
    written_together.filter(is_now).map(added).collect()
}

/// For each approval the author of the commit that added it; none where several people did, one after the other.
fn origins(version: &TicketVersion, steps: &[Step]) -> Vec<Option<Author>> {
    let origin = |approval: &Json| {
        let mut authors = steps.iter().filter(|step| step.adds(approval)).map(|step| &step.commit.author);
        let first = authors.next()?;
        authors.all(|author| author == first).then(|| (**first).clone())
    };
    approvals(version).iter().map(origin).collect()
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
