//! What a release rests on: the tickets of releases before, and what policies ask of its commits.
//!
//! What was released before is told by the tags of this tool; where another made them, by where a
//! ticket stood then.

use std::collections::{BTreeSet, HashSet};

use super::citing::changed_by;
use super::policy_start::commits_before_starts;
use super::release_tickets::{Commits, ReleaseTickets};
use super::tag_records::{TagRecord, TagRecords};
use crate::commit::{Id, RawCommit, decoded};
use crate::error::{Error, Result};
use crate::history::{Due, Objects as _, Scope, visit};
use crate::rules::{
    Branch, BranchCommit, Predecessor, Settings, TicketVersion, Uncovered, globs_of_policies,
    uncovered,
};
use crate::source::Source;
use crate::ticket::State;

/// The tickets of the last release of each version, as the commit that is released has them.
pub(super) fn predecessors(
    records: &TagRecords,
    due: &[Due<'_>],
    tickets: &ReleaseTickets,
    settings: &Settings,
) -> Vec<Predecessor> {
    let mut found: Vec<Predecessor> = Vec::new();
    let tags: BTreeSet<&String> = due
        .iter()
        .filter_map(|due| Some(&due.next.base.as_ref()?.tag))
        .collect();
    for tag in tags {
        let Some(TagRecord { record, .. }) = records.of(tag) else {
            continue;
        };
        let known: HashSet<&str> = found
            .iter()
            .map(|predecessor| predecessor.version.id())
            .collect();
        let ids = record
            .tickets()
            .map(|(id, _)| id.to_owned())
            .filter(|id| !known.contains(id.as_str()))
            .collect();
        found.extend(tickets.named(&ids).into_iter().map(|version| {
            let risk = settings.risk_of(&version.ticket);
            Predecessor {
                tag: tag.clone(),
                version,
                risk,
            }
        }));
    }
    found
}

/// The ids of those tickets that were carried out before, of all that tickets of the release depend
/// on.
///
/// Fails where a tree cannot be read.
pub(super) fn shipped(
    commits: Commits<'_>,
    records: &TagRecords,
    due: &[Due<'_>],
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
    let known = tickets.named(&needed);
    let is_under_way = |state: State| state >= State::Deploying && state != State::Cancelled;
    let under_way = known
        .iter()
        .filter(|version| is_under_way(version.ticket.state));
    let mut shipped: BTreeSet<String> = under_way.map(|version| version.id().to_owned()).collect();
    let mut has_records = false;
    for TagRecord { record, .. } in records.iter() {
        has_records = true;
        shipped.extend(
            record
                .tickets()
                .map(|(id, _)| id.to_owned())
                .filter(|id| needed.contains(id)),
        );
    }
    if !has_records {
        let before = due
            .iter()
            .filter_map(|due| Some(due.next.base.as_ref()?.commit));
        for before in before.collect::<HashSet<Id>>() {
            shipped.extend(tickets.approved_at(commits, before, &known)?);
        }
    }
    Ok(shipped)
}

/// The paths at which commits change links and submodules that may stand for what a policy names.
fn changed_links(commits: Commits<'_>, all: &[BranchCommit]) -> Result<BTreeSet<String>> {
    let globs = globs_of_policies(&commits.config.policies);
    let mut links = BTreeSet::new();
    for commit in all {
        let paths: Vec<&String> = commit
            .paths
            .iter()
            .filter(|path| globs.may_match(path))
            .collect();
        if paths.is_empty() {
            continue;
        }
        let id = commit.judged.commit.id;
        for commit in commits.repository.parents(id)?.into_iter().chain([id]) {
            let tree = commits.repository.tree(commit)?;
            links.extend(
                tree.links_at(paths.iter().map(|path| path.as_str()))?
                    .into_iter()
                    .map(str::to_owned),
            );
        }
    }
    Ok(links)
}

/// What the policies ask of the commits, and no ticket answers.
///
/// Fails where a commit or a tree cannot be read.
pub(super) fn uncovered_commits(
    commits: Commits<'_>,
    due: &[Due<'_>],
    records: &TagRecords,
    tickets: &ReleaseTickets,
    settings: &Settings,
) -> Result<Vec<Uncovered>> {
    if commits.config.policies.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for judged in due
        .iter()
        .flat_map(|due| &due.next.commits)
        .filter(|judged| seen.insert(judged.commit.id))
    {
        let id = judged.commit.id;
        let object = commits.history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::no_commit(id))?;
        all.push(BranchCommit {
            message: Source::new(id.to_string(), decoded(raw.message, raw.encoding).0),
            paths: changed_by(commits.repository, id)?,
            parents: raw.parents.len(),
            judged: judged.clone(),
        });
    }
    let paths: BTreeSet<String> = all
        .iter()
        .flat_map(|commit| &commit.paths)
        .cloned()
        .collect();
    let branch = Branch {
        links: changed_links(commits, &all)?,
        paths: paths.into_iter().collect(),
        policies: commits.config.policies.clone(),
        before_start: commits_before_starts(
            commits.repository,
            commits.history,
            &commits.config.policies,
            &all,
            commits.tip,
        )?,
        commits: all,
        ..Branch::empty(commits.tip)
    };
    let spent = spent_tickets(commits, records, &tickets.cited)?;
    let is_spent = |version: &TicketVersion, commit: Id| {
        spent
            .iter()
            .any(|spent| spent.id == version.id() && spent.since.contains(&commit))
    };
    let covering = |commit: Id| {
        let mut covering = tickets.of_commit(commit);
        covering.retain(|version| !is_spent(version, commit));
        covering
    };
    let mut found = uncovered(&branch, covering, settings);
    for uncovered in &mut found {
        let cited = tickets.of_commit(uncovered.commit);
        let mut own = spent
            .iter()
            .filter(|spent| cited.iter().any(|version| version.id() == spent.id));
        let own = own.find(|spent| spent.since.contains(&uncovered.commit));
        uncovered.spent = own.map(|spent| (spent.id.clone(), spent.tag.clone()));
    }
    Ok(found)
}

/// A ticket that was released before, and so covers no commit that came later.
pub(super) struct SpentTicket {
    pub(super) id: String,
    /// The tag of its first stable release.
    pub(super) tag: String,
    /// The commits that this release does not contain.
    pub(super) since: HashSet<Id>,
}

/// Those of some tickets that were released with a tag which the commit reaches.
///
/// # Errors
///
/// Fails where history is missing.
pub(super) fn spent_tickets(
    commits: Commits<'_>,
    records: &TagRecords,
    tickets: &[TicketVersion],
) -> Result<Vec<SpentTicket>> {
    let mut spent = Vec::new();
    for version in tickets {
        let Some(record) = records.of_ticket(version.id(), commits.history, commits.tip)? else {
            continue;
        };
        let mut since = HashSet::new();
        let scope = Scope {
            tip: Some(commits.tip),
            without: Some(record.commit),
        };
        visit(commits.history, scope, |id, _| {
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
