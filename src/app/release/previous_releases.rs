//! Looks up the tickets of earlier releases, and the commits of a release for which a policy
//! requires a ticket.
//!
//! Tags made by Tollgate record which tickets were released. For other tags, the state of a ticket
//! at that time decides.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use crate::app::release::policy_branch::policy_branch;
use crate::app::release::tag_records::{TagRecord, TagRecords};
use crate::app::release::tickets::{CommitContext, ReleaseTickets};
use crate::commit::Id;
use crate::error::Result;
use crate::history::{DueUnit, NextVersion, Scope, visit};
use crate::release::{CoverageGap, Predecessor, UncoveredCommit};
use crate::rules::{Settings, find_uncovered};
use crate::ticket::{ParsedTicket, State};

/// The tickets of the last release of each version, as the released commit has them.
pub(crate) fn predecessors(
    records: &TagRecords<'_>,
    due: &[DueUnit<'_>],
    tickets: &ReleaseTickets,
    settings: &Settings,
) -> Result<Vec<Predecessor>> {
    let mut found: Vec<Predecessor> = Vec::new();
    let tags: BTreeSet<&String> = due
        .iter()
        .filter_map(|due| Some(&due.unit.next.base.as_ref()?.tag))
        .collect();
    for tag in tags {
        let Some(TagRecord {
            metadata: record, ..
        }) = records.get(tag)?
        else {
            continue;
        };
        let known: HashSet<&str> = found
            .iter()
            .map(|predecessor| predecessor.version.id())
            .collect();
        let ids = record
            .tickets()
            .map(|ticket| ticket.id.to_owned())
            .filter(|id| !known.contains(id.as_str()))
            .collect();
        found.extend(tickets.with_ids(&ids).into_iter().map(|version| {
            let risk = settings.risk_of(&version.ticket);
            Predecessor {
                tag: tag.clone(),
                version,
                risk,
            }
        }));
    }
    Ok(found)
}

/// The IDs of the released tickets among those that tickets of the release depend on.
///
/// Fails if a tree cannot be read.
pub(crate) fn delivered(
    context: CommitContext<'_>,
    records: &TagRecords<'_>,
    due: &[DueUnit<'_>],
    tickets: &ReleaseTickets,
) -> Result<BTreeSet<String>> {
    let is_here = |id: &String| tickets.cited.iter().any(|version| version.id() == id);
    let needed = tickets
        .cited
        .iter()
        .flat_map(|version| &version.ticket.depends_on);
    let needed: BTreeSet<String> = needed
        .map(|id| id.text.trim().to_owned())
        .filter(|id| !is_here(id))
        .collect();
    if needed.is_empty() {
        return Ok(BTreeSet::new());
    }
    let known = tickets.with_ids(&needed);
    let is_under_way = |state: State| state >= State::Deploying && state != State::Cancelled;
    let under_way = known
        .iter()
        .filter(|version| is_under_way(version.ticket.state));
    let mut delivered: BTreeSet<String> =
        under_way.map(|version| version.id().to_owned()).collect();
    let mut has_records = false;
    for TagRecord {
        metadata: record, ..
    } in records.all()?
    {
        has_records = true;
        delivered.extend(
            record
                .tickets()
                .map(|ticket| ticket.id.to_owned())
                .filter(|id| needed.contains(id)),
        );
    }
    if !has_records {
        let before = due
            .iter()
            .filter_map(|due| Some(due.unit.next.base.as_ref()?.commit));
        for before in before.collect::<HashSet<Id>>() {
            delivered.extend(tickets.approved_at(context, before, &known)?);
        }
    }
    Ok(delivered)
}

/// The commits that a policy requires a ticket for, but that have none.
///
/// Fails if a commit or a tree cannot be read.
pub(crate) fn uncovered_commits(
    context: CommitContext<'_>,
    versions: &[&NextVersion],
    records: &TagRecords<'_>,
    tickets: &ReleaseTickets,
    settings: &Settings,
) -> Result<Vec<UncoveredCommit>> {
    if context.config.policies.is_empty() {
        return Ok(Vec::new());
    }
    let branch = policy_branch(context, versions, |id| tickets.facts_of(id))?;
    let spent = spent_tickets(context, records, tickets.cited.iter().map(Rc::as_ref))?;
    let is_spent = |version: &ParsedTicket, commit: Id| {
        spent
            .iter()
            .any(|spent| spent.id == version.id() && spent.since.contains(&commit))
    };
    let covering = |commit: Id| {
        let mut covering = tickets.cited_by_commit(commit);
        covering.retain(|version| !is_spent(version, commit));
        covering
    };
    let mut found = find_uncovered(&branch, covering, settings);
    for uncovered in &mut found {
        let cited = tickets.cited_by_commit(uncovered.commit);
        let mut by_ticket = spent
            .iter()
            .filter(|spent| cited.iter().any(|version| version.id() == spent.id));
        let by_ticket = by_ticket.find(|spent| spent.since.contains(&uncovered.commit));
        if let (CoverageGap::NoTicket, Some(spent)) = (&uncovered.gap, by_ticket) {
            uncovered.gap = CoverageGap::Released(spent.id.clone(), spent.tag.clone());
        }
    }
    Ok(found)
}

/// A ticket that is already released, and so covers no later commit.
pub(crate) struct SpentTicket {
    pub(crate) id: String,
    /// The tag of its first stable release.
    pub(crate) tag: String,
    /// The commits that this release does not contain.
    pub(crate) since: HashSet<Id>,
}

/// The tickets among these that were released with a tag which the commit reaches.
///
/// # Errors
///
/// Fails if history is missing.
pub(crate) fn spent_tickets<'t>(
    context: CommitContext<'_>,
    records: &TagRecords<'_>,
    tickets: impl IntoIterator<Item = &'t ParsedTicket>,
) -> Result<Vec<SpentTicket>> {
    let mut spent = Vec::new();
    for version in tickets {
        let Some(record) = records.first_release_of(version.id(), context.tip)? else {
            continue;
        };
        let mut since = HashSet::new();
        let scope = Scope {
            tip: Some(context.tip),
            exclude: Some(record.commit),
        };
        visit(context.history, scope, |id, _| {
            since.insert(id);
            Ok(())
        })?;
        spent.push(SpentTicket {
            id: version.id().to_owned(),
            tag: record.tag.clone(),
            since,
        });
    }
    Ok(spent)
}
