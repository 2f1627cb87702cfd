//! Who contributed to a change, and who added the approvals to its ticket.
//!
//! Editors of the plan are those of the whole history of the ticket's file; authors are those of
//! the commits that cite it. Co-authors of a commit are named by `Co-authored-by`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value as Json;

use super::identity::{Contributor, Involvement};
use super::merge_groups::{DividedGroup, Mainline, MergeGroup};
use super::ticket_history::{Revision, TicketFile, TicketHistories};
use crate::commit::{Author, Commit, Id};
use crate::error::Result;
use crate::history::History;
use crate::ticket::{ParsedTicket, changed_plan, digest, entries};

/// A ticket whose contributors are looked up.
pub(crate) struct TracedTicket<'a> {
    /// Its current version.
    pub(crate) version: &'a ParsedTicket,
    /// The files from which its history is followed; if there are none, nobody edited it.
    pub(crate) files: Vec<TicketFile>,
}

/// Where the commits that may cite a ticket are.
pub(crate) struct Merges {
    /// The tip of the first-parent line into which branches were merged.
    pub(crate) mainline: Id,
    /// The commits that are to be merged together, if any.
    pub(crate) pending: MergeGroup,
    /// The tip of these commits, by whose merge commits they are divided into parts; `None`: they
    /// become one commit.
    pub(crate) pending_tip: Option<Id>,
    /// The IDs of the tickets to which a part may belong: not drafts, which say nothing yet, nor
    /// tickets that were released before and whose approvals are for other commits.
    pub(crate) part_tickets: HashSet<String>,
}

/// What the history of a repository shows about the contributors to a change.
#[derive(Debug)]
pub(crate) struct Contributions {
    /// Everybody who wrote a part of the plan, or a commit that cites the ticket.
    pub(crate) contributors: Vec<Contributor>,
    /// The commits that cite the ticket.
    pub(crate) citing: Vec<Id>,
    /// For each approval of the ticket: the author of the commit that added it, if known.
    pub(crate) origins: Vec<Option<Author>>,
    /// For each approval of the ticket: where it was added, if known.
    pub(crate) additions: Vec<Option<AddedApproval>>,
    /// The authors of the commits that made the ticket an emergency.
    pub(crate) declared_by: Vec<Author>,
    /// The plan fields that changed since each approval, by its index; absent if that is not known.
    pub(crate) changed_since_approval: BTreeMap<usize, Vec<String>>,
}

/// The commit that added an approval to a ticket, and the ticket as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedApproval {
    pub(crate) commit: Id,
    /// The path of the ticket in this commit.
    pub(crate) path: String,
    /// The digest of the plan in this commit.
    pub(crate) digest: String,
}

/// Looks up the contributors of tickets, in their order.
///
/// # Errors
///
/// Fails if history is missing that shows who contributed to a change.
pub(crate) fn contributions<H: History>(
    histories: &TicketHistories<'_, H>,
    tickets: &[TracedTicket<'_>],
    merges: Merges,
) -> Result<Vec<Contributions>> {
    let mut mainline = Mainline::new(histories, merges.mainline);
    let mut revisions = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let ticket_history = histories.of(&ticket.files)?;
        mainline.extend_to(&ticket_history.paths)?;
        revisions.push(ticket_history.revisions);
    }
    let mut merged = mainline.merge_groups()?;
    merged.push(DividedGroup::new(merges.pending, merges.pending_tip));
    let part_tickets = merges.part_tickets;
    let contributions = |(ticket, revisions): (&TracedTicket<'_>, &Vec<Revision>)| {
        let planning = planning_commits(revisions);
        let citing =
            histories.citing_commits(ticket.version.id(), &planning, &merged, &part_tickets)?;
        Ok(Contributions::new(ticket.version, revisions, &citing))
    };
    tickets.iter().zip(&revisions).map(contributions).collect()
}

/// The commits that changed the plan of a ticket, or took it out of draft.
fn planning_commits(revisions: &[Revision]) -> HashSet<Id> {
    let planning = revisions
        .iter()
        .filter(|revision| revision.edit.changes_plan() || revision.edit.leaves_draft());
    planning.map(|revision| revision.commit.id).collect()
}

impl Contributions {
    fn new(version: &ParsedTicket, revisions: &[Revision], citing: &[&Commit]) -> Self {
        let added = AddedApprovals::of(revisions);
        let mut contributors = ContributorSet {
            co_committed: co_committed_approvals(version, revisions, &added),
            ..ContributorSet::default()
        };
        for revision in revisions
            .iter()
            .filter(|revision| revision.edit.changes_plan())
        {
            contributors.add(&revision.commit.author, Involvement::Editor);
            contributors.add_co_authors(&revision.commit, Involvement::Editor);
        }
        for commit in citing {
            contributors.add(&commit.author, Involvement::Author);
            contributors.add_co_authors(commit, Involvement::CoAuthor);
        }
        let declaring = revisions
            .iter()
            .filter(|revision| revision.edit.declares_emergency());
        Self {
            contributors: contributors.list,
            citing: citing.iter().map(|commit| commit.id).collect(),
            origins: origins(version, revisions, &added),
            additions: additions(version, revisions, &added),
            declared_by: declaring
                .map(|revision| (*revision.commit.author).clone())
                .collect(),
            changed_since_approval: changed_since_approval(version, revisions),
        }
    }
}

fn approvals(version: &ParsedTicket) -> Vec<Json> {
    entries(&version.document, "approvals")
}

/// The approvals that each commit adds compared with all its parents.
struct AddedApprovals(Vec<HashSet<Json>>);

impl AddedApprovals {
    fn of(revisions: &[Revision]) -> Self {
        let added = |revision: &Revision| {
            let mut added: HashSet<Json> = revision
                .edit
                .after
                .iter()
                .flat_map(|after| approvals(after))
                .collect();
            if !added.is_empty() {
                let before = revision.edit.before.iter();
                before
                    .flat_map(|before| approvals(before))
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
    /// The approvals of the ticket, by their index, that a commit added together with the plan as
    /// it is now.
    co_committed: HashMap<Id, Vec<usize>>,
}

impl ContributorSet {
    fn add(&mut self, author: &Author, involvement: Involvement) {
        self.insert(Contributor::of(author.clone(), involvement));
    }

    fn add_co_authors(&mut self, commit: &Commit, involvement: Involvement) {
        for author in commit.co_authors() {
            let co_committed = self.co_committed.get(&commit.id).cloned();
            self.insert(Contributor {
                co_committed_approvals: co_committed.unwrap_or_default(),
                ..Contributor::of((**author).clone(), involvement)
            });
        }
    }

    fn insert(&mut self, contributor: Contributor) {
        if self.seen.insert(contributor.clone()) {
            self.list.push(contributor);
        }
    }
}

/// The approvals that commits with co-authors added to the plan as it is now.
fn co_committed_approvals(
    version: &ParsedTicket,
    revisions: &[Revision],
    AddedApprovals(added): &AddedApprovals,
) -> HashMap<Id, Vec<usize>> {
    let now = digest(&version.document);
    let is_now = |revision: &&Revision| {
        let after = revision.edit.after.as_ref();
        after.is_some_and(|after| digest(&after.document) == now)
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

/// For each approval: the author of the commit that added it; `None` if several people added it one
/// after the other.
fn origins(
    version: &ParsedTicket,
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

/// For each approval: the oldest commit that added it, and the ticket in this commit.
fn additions(
    version: &ParsedTicket,
    revisions: &[Revision],
    AddedApprovals(added): &AddedApprovals,
) -> Vec<Option<AddedApproval>> {
    let addition = |approval: &Json| {
        // Revisions are newest first.
        let mut adding = revisions.iter().zip(added).rev();
        let (revision, _) = adding.find(|(_, added)| added.contains(approval))?;
        let after = revision.edit.after.as_ref()?;
        Some(AddedApproval {
            commit: revision.commit.id,
            path: after.path().to_owned(),
            digest: digest(&after.document),
        })
    };
    approvals(version).iter().map(addition).collect()
}

/// For each approval with another digest: the difference between the plan with that digest and the
/// current one.
fn changed_since_approval(
    version: &ParsedTicket,
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
    let older: Vec<(String, &ParsedTicket)> = revisions
        .iter()
        .filter_map(|revision| revision.edit.after.as_deref())
        .map(|after| (digest(&after.document), after))
        .collect();
    let since = |(index, approved): (usize, &str)| {
        let (_, was) = older.iter().find(|(digest, _)| digest == approved)?;
        Some((index, changed_plan(&was.document, &version.document)))
    };
    stale.into_iter().filter_map(since).collect()
}
