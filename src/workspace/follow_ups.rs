//! What emergency releases still owe: the approvals that they bypassed, the closing of the ticket,
//! the retrospective.
//!
//! Judged by the tickets of a commit, normally that of the next release, so that what followed
//! since counts.

use std::collections::BTreeSet;

use super::approvals::{Approvals, Grounds, Trusted};
use super::branch_tickets::{named_among, text, version_at};
use super::citing::Merged;
use super::lineage::Lineages;
use super::release::day;
use super::release_tickets::Commits;
use super::tag_records::{TagRecord, TagRecords};
use super::tickets::{globs, paths_of_tickets};
use crate::approval::ApprovalStatus;
use crate::error::Result;
use crate::release::Emergency;
use crate::rules::{FollowUp, Owed, Settings, Stage, TicketVersion, ToApprove, is_about_approval};
use crate::source::Source;
use crate::ticket::{State, digest};

/// What the emergency releases owe that the commit reaches.
///
/// # Errors
///
/// Fails where a tree or history cannot be read.
pub(super) fn follow_ups(
    commits: Commits<'_>,
    records: &TagRecords,
    settings: &Settings,
) -> Result<Vec<FollowUp>> {
    let mut tickets = TicketTexts {
        commits,
        texts: None,
    };
    let mut found = Vec::new();
    for record in records.iter() {
        let Some(emergency) = record.record.emergency() else {
            continue;
        };
        let follow_up = follow_up(record, emergency, &mut tickets, settings)?;
        if !follow_up.owed.is_empty() && record.is_reached(commits.history, commits.tip)? {
            found.push(follow_up);
        }
    }
    Ok(found)
}

/// What one release owes; nothing is owed any more if the list is empty. `None`: it is no
/// emergency.
///
/// # Errors
///
/// Fails where a tree or history cannot be read.
pub(super) fn follow_up_of(
    commits: Commits<'_>,
    record: &TagRecord,
    settings: &Settings,
) -> Result<Option<FollowUp>> {
    let Some(emergency) = record.record.emergency() else {
        return Ok(None);
    };
    follow_up(
        record,
        emergency,
        &mut TicketTexts {
            commits,
            texts: None,
        },
        settings,
    )
    .map(Some)
}

/// The texts of the tickets of a commit, read when they are asked for.
struct TicketTexts<'r> {
    commits: Commits<'r>,
    texts: Option<Vec<Source>>,
}

impl TicketTexts<'_> {
    fn named(&mut self, ids: &BTreeSet<String>) -> Result<Vec<TicketVersion>> {
        let Commits {
            repository,
            config,
            tip,
            ..
        } = self.commits;
        if self.texts.is_none() {
            let (tree, globs) = (repository.tree(tip)?, globs(&config.tickets)?);
            let paths = paths_of_tickets(&tree, config, &globs)?;
            let texts = paths.iter().map(|path| text(&tree, path, config.limits));
            self.texts = Some(texts.filter_map(Result::transpose).collect::<Result<_>>()?);
        }
        Ok(named_among(self.texts.as_deref().unwrap_or_default(), ids))
    }
}

fn follow_up(
    record: &TagRecord,
    emergency: Emergency,
    tickets: &mut TicketTexts<'_>,
    settings: &Settings,
) -> Result<FollowUp> {
    let Emergency {
        ticket,
        bypassed,
        due,
    } = emergency;
    let mut ids = BTreeSet::from([ticket.clone()]);
    let bypasses_approvals = bypassed.iter().any(|rule| is_about_approval(rule));
    if bypasses_approvals {
        ids.extend(
            record
                .record
                .tickets()
                .filter(|(_, digest)| *digest != "-")
                .map(|(id, _)| id.to_owned()),
        );
    }
    let mut found = standings(&ids, tickets, settings)?;
    let mut owed = Vec::new();
    if bypasses_approvals && tickets.commits.config.approvals.is_some() {
        owed.extend(
            ids.iter()
                .filter_map(|id| owed_approval(id, record, &found)),
        );
    }
    let paid = |standing: &Standing| {
        standing.status == ApprovalStatus::Approved && is_as_released(&standing.version, record)
    };
    let approved: Vec<String> = found
        .iter()
        .filter(|standing| paid(standing))
        .map(|standing| standing.version.id().to_owned())
        .collect();
    let own = found
        .iter()
        .position(|standing| standing.version.id() == ticket)
        .map(|at| found.swap_remove(at));
    let own = own.map(|own| own.version);
    if own
        .as_ref()
        .is_none_or(|own| own.ticket.state != State::Closed)
    {
        owed.push(Owed::Closing);
    }
    let outcome = own.as_ref().and_then(|own| own.ticket.outcome.as_ref());
    let retrospective = outcome.and_then(|outcome| outcome.retrospective.as_ref());
    if !retrospective.is_some_and(|text| text.text.contains(char::is_alphanumeric)) {
        owed.push(Owed::Retrospective);
    }
    let is_overdue = due < day(settings.now());
    Ok(FollowUp {
        tag: record.tag.clone(),
        ticket,
        bypassed,
        due,
        owed,
        approved,
        is_overdue,
        version: own,
    })
}

/// A ticket and the status of its approvals.
struct Standing {
    version: TicketVersion,
    status: ApprovalStatus,
}

/// The tickets of some ids: as the commit has them, or as the last commit had them before they were
/// deleted.
fn standings(
    ids: &BTreeSet<String>,
    tickets: &mut TicketTexts<'_>,
    settings: &Settings,
) -> Result<Vec<Standing>> {
    let commits = tickets.commits;
    let mut found = judged(commits, tickets.named(ids)?, settings)?;
    let is_missing = |id: &&String| !found.iter().any(|standing| standing.version.id() == *id);
    let missing: BTreeSet<String> = ids.iter().filter(is_missing).cloned().collect();
    let Commits {
        repository,
        history,
        config,
        tip,
    } = commits;
    let globs = globs(&config.tickets)?;
    for (commit, path) in Lineages::new(repository, history, &globs, config)
        .last_with(tip, &missing)?
        .into_values()
    {
        let version = version_at(&repository.tree(commit)?, &path, config.limits)?;
        found.extend(judged(
            Commits {
                tip: commit,
                ..commits
            },
            version.into_iter().collect(),
            settings,
        )?);
    }
    Ok(found)
}

/// Judges the approvals of tickets as a commit has them.
fn judged(
    commits: Commits<'_>,
    versions: Vec<TicketVersion>,
    settings: &Settings,
) -> Result<Vec<Standing>> {
    let Commits {
        repository,
        history,
        config,
        tip,
    } = commits;
    let mut approvals = Approvals::default();
    if let Some(trusted) =
        Trusted::read(&repository.tree(tip)?, config)?.filter(|_| !versions.is_empty())
    {
        let globs = globs(&config.tickets)?;
        let (merging, forge, stage) = (Merged(Vec::new()), None, Stage::Release);
        let grounds = Grounds {
            repository,
            history,
            globs: &globs,
            mainline: tip,
            head: tip,
            merging,
            forge,
            stage,
        };
        let tickets: Vec<ToApprove<'_>> = versions.iter().map(ToApprove::as_before).collect();
        approvals = trusted.judge(&tickets, grounds, settings)?;
    }
    let status = |version: &TicketVersion| {
        let path = version.ticket.source.name();
        let ticket = approvals.tickets.iter().find(|ticket| ticket.path == path);
        ticket.map_or(ApprovalStatus::NotRequired, |ticket| {
            ticket.judgement.status()
        })
    };
    let standing = |version| Standing {
        status: status(&version),
        version,
    };
    Ok(versions.into_iter().map(standing).collect())
}

/// The approval that a ticket owes; only one of the plan that was released pays it.
fn owed_approval(id: &str, record: &TagRecord, found: &[Standing]) -> Option<Owed> {
    let own = || found.iter().filter(|standing| standing.version.id() == id);
    let is_met = |standing: &Standing| {
        matches!(
            standing.status,
            ApprovalStatus::Approved | ApprovalStatus::NotRequired
        ) && is_as_released(&standing.version, record)
    };
    let is_unknown = own().any(|standing| standing.status == ApprovalStatus::Unknown);
    (!own().any(is_met)).then(|| Owed::Approval {
        ticket: id.to_owned(),
        is_unknown,
    })
}

/// Whether a ticket says what its release recorded.
fn is_as_released(version: &TicketVersion, record: &TagRecord) -> bool {
    let now = digest(&version.document);
    record
        .record
        .tickets()
        .filter(|(known, _)| *known == version.id())
        .all(|(_, released)| released == now)
}
