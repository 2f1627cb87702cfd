//! Who contributed to a change, and who added the approvals to its ticket.
//!
//! Editors of the plan are those of the whole history of the ticket's file; authors are those of
//! the commits that cite it. Co-authors of a commit are named
//! by `Co-authored-by`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value as Json;

use crate::app::provenance::ticket_history::Revision;
use crate::approval::{Contributor, Involvement};
use crate::commit::{Author, Commit, Id};
use crate::rules::TicketVersion;
use crate::ticket::{Kind, State, changed_plan, digest, entries};

/// What the history of a ticket shows about its contributors.
#[derive(Debug, Default)]
pub(crate) struct Contributions {
    /// Those who wrote a part of the plan.
    pub(crate) editors: Vec<Contributor>,
    /// The commits that changed the plan, or took the ticket out of draft.
    pub(crate) planning_commits: HashSet<Id>,
    /// The approvals of the ticket, by their index, that a commit added together with the plan as
    /// it is now.
    co_committed_approvals: HashMap<Id, Vec<usize>>,
    /// For each approval of the ticket the author of the commit that added it, where that is known.
    pub(crate) origins: Vec<Option<Author>>,
    /// The authors of the commits that made the ticket an emergency.
    pub(crate) declared_by: Vec<Author>,
    /// The plan fields that changed since each approval, by its index; absent where that is not
    /// known.
    pub(crate) changed_since_approval: BTreeMap<usize, Vec<String>>,
}

impl Contributions {
    /// Reads the history of a ticket.
    pub(crate) fn of(version: &TicketVersion, revisions: &[Revision]) -> Self {
        let added = AddedApprovals::of(revisions);
        let co_committed = co_committed_approvals(version, revisions, &added);
        let mut editors = ContributorSet::default();
        for revision in revisions.iter().filter(|revision| revision.changes_plan()) {
            editors.add(Contributor::of(
                (*revision.commit.author).clone(),
                Involvement::Editor,
            ));
            editors.add_co_authors(&revision.commit, Involvement::Editor, &co_committed);
        }
        let planning = revisions
            .iter()
            .filter(|revision| revision.changes_plan() || revision.leaves_draft());
        Self {
            editors: editors.list,
            planning_commits: planning.map(|revision| revision.commit.id).collect(),
            co_committed_approvals: co_committed,
            origins: origins(version, revisions, &added),
            declared_by: revisions
                .iter()
                .filter(|revision| revision.declares_emergency())
                .map(|revision| (*revision.commit.author).clone())
                .collect(),
            changed_since_approval: changed_since_approval(version, revisions),
        }
    }

    /// Everybody who contributed to the change, including the authors of the commits that cite the
    /// ticket.
    pub(crate) fn contributors(&self, citing_commits: &[&Commit]) -> Vec<Contributor> {
        let mut contributors = ContributorSet {
            seen: self.editors.iter().cloned().collect(),
            list: self.editors.clone(),
        };
        for commit in citing_commits {
            contributors.add(Contributor::of(
                (*commit.author).clone(),
                Involvement::Author,
            ));
            contributors.add_co_authors(
                commit,
                Involvement::CoAuthor,
                &self.co_committed_approvals,
            );
        }
        contributors.list
    }
}

impl Revision {
    /// Whether the commit changes the plan: what it says is another plan than that of each parent,
    /// or cannot be read.
    pub(crate) fn changes_plan(&self) -> bool {
        let Some(after) = &self.after else {
            return true;
        };
        self.before
            .iter()
            .all(|before| !changed_plan(&before.document, &after.document).is_empty())
    }

    /// Whether the commit makes the ticket an emergency.
    fn declares_emergency(&self) -> bool {
        let is_emergency = |version: &TicketVersion| version.ticket.kind == Kind::Emergency;
        self.after.as_ref().is_some_and(is_emergency) && !self.before.iter().any(is_emergency)
    }

    /// Whether the commit takes the ticket out of draft.
    fn leaves_draft(&self) -> bool {
        let is_draft = |version: &TicketVersion| version.ticket.state == State::Draft;
        self.after.as_ref().is_some_and(|after| !is_draft(after))
            && self.before.iter().all(is_draft)
    }
}

fn approvals(version: &TicketVersion) -> Vec<Json> {
    entries(&version.document, "approvals")
}

/// The approvals that each commit has and none of its parents.
struct AddedApprovals(Vec<HashSet<Json>>);

impl AddedApprovals {
    fn of(revisions: &[Revision]) -> Self {
        let added = |revision: &Revision| {
            let mut added: HashSet<Json> = revision.after.iter().flat_map(approvals).collect();
            if !added.is_empty() {
                revision
                    .before
                    .iter()
                    .flat_map(approvals)
                    .for_each(|known| _ = added.remove(&known));
            }
            added
        };
        Self(revisions.iter().map(added).collect())
    }
}

/// People who contributed to a change, each once.
#[derive(Default)]
struct ContributorSet {
    list: Vec<Contributor>,
    seen: HashSet<Contributor>,
}

impl ContributorSet {
    fn add(&mut self, maker: Contributor) {
        if self.seen.insert(maker.clone()) {
            self.list.push(maker);
        }
    }

    fn add_co_authors(
        &mut self,
        commit: &Commit,
        part: Involvement,
        co_committed: &HashMap<Id, Vec<usize>>,
    ) {
        for author in commit.co_authors() {
            let co_committed = co_committed.get(&commit.id).cloned().unwrap_or_default();
            self.add(Contributor {
                co_committed_approvals: co_committed,
                ..Contributor::of((**author).clone(), part)
            });
        }
    }
}

/// The approvals that commits with co-authors added to the plan as it is now.
fn co_committed_approvals(
    version: &TicketVersion,
    revisions: &[Revision],
    AddedApprovals(added): &AddedApprovals,
) -> HashMap<Id, Vec<usize>> {
    let now = digest(&version.document);
    let is_now = |revision: &&Revision| {
        revision
            .after
            .as_ref()
            .is_some_and(|after| digest(&after.document) == now)
    };
    let co_authored = revisions
        .iter()
        .zip(added)
        .filter(|(revision, _)| !revision.commit.co_authors().is_empty());
    let approvals = approvals(version);
    let indexes_of = |(revision, added): (&Revision, &HashSet<Json>)| {
        let indexes_of = approvals
            .iter()
            .enumerate()
            .filter(|(_, approval)| added.contains(*approval));
        (
            revision.commit.id,
            indexes_of.map(|(index, _)| index).collect(),
        )
    };
    co_authored
        .filter(|(revision, _)| is_now(revision))
        .map(indexes_of)
        .collect()
}

/// For each approval the author of the commit that added it; none where several people did, one
/// after the other.
fn origins(
    version: &TicketVersion,
    revisions: &[Revision],
    AddedApprovals(added): &AddedApprovals,
) -> Vec<Option<Author>> {
    let origin = |approval: &Json| {
        let adding = revisions
            .iter()
            .zip(added)
            .filter(|(_, added)| added.contains(approval));
        let mut authors = adding.map(|(revision, _)| &revision.commit.author);
        let first = authors.next()?;
        authors
            .all(|author| author == first)
            .then(|| (**first).clone())
    };
    approvals(version).iter().map(origin).collect()
}

/// For each approval of another digest what differs between the plan of that digest and what the
/// ticket says now.
fn changed_since_approval(
    version: &TicketVersion,
    revisions: &[Revision],
) -> BTreeMap<usize, Vec<String>> {
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
    let older: Vec<(String, &TicketVersion)> = revisions
        .iter()
        .filter_map(|revision| revision.after.as_ref())
        .map(|after| (digest(&after.document), after))
        .collect();
    let since = |(index, approved): (usize, &str)| {
        let (_, was) = older.iter().find(|(digest, _)| digest == approved)?;
        Some((index, changed_plan(&was.document, &version.document)))
    };
    stale.into_iter().filter_map(since).collect()
}
