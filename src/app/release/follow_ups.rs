//! What has to follow after emergency releases: the bypassed approvals, the closing of the ticket,
//! the retrospective.
//!
//! Evaluated with the tickets of a commit, normally that of the next release, so that later
//! approvals count.

use std::collections::BTreeSet;

use crate::app::approvals::{Approvals, EmergencyUse, TrustedInputs};
use crate::app::gate::branch_tickets::{text, tickets_with_ids, version_at};
use crate::app::release::previous_emergencies::EmergencyReleases;
use crate::app::release::tag_records::TagRecord;
use crate::app::release::tickets::CommitContext;
use crate::app::release::utc_day;
use crate::approval::{ApprovalResult, ApprovalStatus, Evidence, TicketFile};
use crate::branch::ApprovalCandidate;
use crate::error::Result;
use crate::release::{Emergency, FollowUp, Obligation};
use crate::rules::{Settings, is_about_approval};
use crate::source::Source;
use crate::ticket::{ParsedTicket, State, digest};
use crate::workspace::tickets::paths_of_tickets;

/// The key of the text that is due after an emergency.
const RETROSPECTIVE: &str = "outcome.retrospective";

/// What still has to follow after the emergency releases that the commit reaches.
///
/// # Errors
///
/// Fails if a tree or history cannot be read.
pub(crate) fn follow_ups(
    context: CommitContext<'_>,
    emergencies: &EmergencyReleases,
    settings: &Settings,
) -> Result<Vec<FollowUp>> {
    let mut tickets = TicketTexts {
        context,
        texts: None,
    };
    let mut found = Vec::new();
    for (record, emergency) in emergencies.iter() {
        let follow_up = follow_up(record, emergency, &mut tickets, settings)?;
        if !follow_up.obligations.is_empty() && record.is_reached(context.history, context.tip)? {
            found.push(follow_up);
        }
    }
    Ok(found)
}

/// What still has to follow after one release; an empty list if nothing does. `None`: it is not an
/// emergency.
///
/// # Errors
///
/// Fails if a tree or history cannot be read.
pub(crate) fn follow_up_of(
    context: CommitContext<'_>,
    record: &TagRecord,
    settings: &Settings,
) -> Result<Option<FollowUp>> {
    let Some(emergency) = record.metadata.emergency() else {
        return Ok(None);
    };
    follow_up(
        record,
        &emergency,
        &mut TicketTexts {
            context,
            texts: None,
        },
        settings,
    )
    .map(Some)
}

/// The texts of the tickets of a commit, read on demand.
struct TicketTexts<'r> {
    context: CommitContext<'r>,
    texts: Option<Vec<Source>>,
}

impl TicketTexts<'_> {
    fn named(&mut self, ids: &BTreeSet<String>) -> Result<Vec<ParsedTicket>> {
        let CommitContext {
            repository,
            config,
            tip,
            ..
        } = self.context;
        if self.texts.is_none() {
            let tree = repository.tree(tip)?;
            let paths = paths_of_tickets(&tree, config)?;
            let texts = paths.iter().map(|path| text(&tree, path, config.limits));
            self.texts = Some(texts.filter_map(Result::transpose).collect::<Result<_>>()?);
        }
        Ok(tickets_with_ids(
            self.texts.as_deref().unwrap_or_default(),
            ids,
        ))
    }
}

fn follow_up(
    record: &TagRecord,
    emergency: &Emergency,
    tickets: &mut TicketTexts<'_>,
    settings: &Settings,
) -> Result<FollowUp> {
    let Emergency {
        ticket,
        bypassed,
        due,
    } = emergency.clone();
    let mut ids = BTreeSet::from([ticket.clone()]);
    let bypasses_approvals = bypassed.iter().any(|rule| is_about_approval(rule));
    if bypasses_approvals {
        ids.extend(
            record
                .metadata
                .tickets()
                .filter(|ticket| ticket.digest.is_some())
                .map(|ticket| ticket.id.to_owned()),
        );
    }
    let mut found = ticket_statuses(&ids, tickets, settings)?;
    let mut owed = Vec::new();
    if bypasses_approvals && tickets.context.config.approvals.is_some() {
        owed.extend(
            ids.iter()
                .filter_map(|id| owed_approval(id, record, &found)),
        );
    }
    let paid = |status: &TicketStatus| {
        status.status == ApprovalStatus::Approved && is_as_released(&status.version, record)
    };
    let approved: Vec<String> = found
        .iter()
        .filter(|status| paid(status))
        .map(|status| status.version.id().to_owned())
        .collect();
    let emergency_ticket = found
        .iter()
        .position(|status| status.version.id() == ticket)
        .map(|at| found.swap_remove(at));
    let emergency_ticket = emergency_ticket.map(|emergency_ticket| emergency_ticket.version);
    if emergency_ticket
        .as_ref()
        .is_none_or(|emergency_ticket| emergency_ticket.ticket.state != State::Closed)
    {
        owed.push(Obligation::Closing);
    }
    let outcome = emergency_ticket
        .as_ref()
        .and_then(|emergency_ticket| emergency_ticket.ticket.outcome.as_ref());
    let retrospective = outcome.and_then(|outcome| outcome.retrospective.as_ref());
    if !retrospective.is_some_and(|text| text.text.contains(char::is_alphanumeric)) {
        owed.push(Obligation::Retrospective);
    }
    let mut missing_fields = Vec::new();
    if let Some(ParsedTicket { ticket, .. }) = &emergency_ticket {
        let missing = ticket.missing_fields(State::Closed).into_iter();
        missing_fields.extend(missing.map(|field| field.key));
    }
    // A retrospective without words is not missing for a state.
    if owed.contains(&Obligation::Retrospective) && !missing_fields.contains(&RETROSPECTIVE) {
        missing_fields.push(RETROSPECTIVE);
    }
    let is_overdue = due < utc_day(settings.now());
    Ok(FollowUp {
        tag: record.tag.clone(),
        ticket,
        bypassed,
        due,
        obligations: owed,
        approved,
        is_overdue,
        version: emergency_ticket,
        missing_fields,
    })
}

/// A ticket and the status of its approvals.
struct TicketStatus {
    version: ParsedTicket,
    status: ApprovalStatus,
    /// The minimum evidence for each approval.
    evidence: Evidence,
}

/// The tickets with these IDs: as the commit has them, or as the last commit had them before they
/// were deleted.
fn ticket_statuses(
    ids: &BTreeSet<String>,
    tickets: &mut TicketTexts<'_>,
    settings: &Settings,
) -> Result<Vec<TicketStatus>> {
    let context = tickets.context;
    let mut found = statuses_at(context, tickets.named(ids)?, settings)?;
    let is_missing = |id: &&String| !found.iter().any(|status| status.version.id() == *id);
    let missing: BTreeSet<String> = ids.iter().filter(is_missing).cloned().collect();
    let last_versions = context
        .ticket_histories()?
        .last_versions(context.tip, &missing)?;
    for TicketFile { commit, path } in last_versions.into_values() {
        let tree = context.repository.tree(commit)?;
        let version = version_at(&tree, &path, context.config.limits)?;
        found.extend(statuses_at(
            CommitContext {
                tip: commit,
                ..context
            },
            version.into_iter().collect(),
            settings,
        )?);
    }
    Ok(found)
}

/// Evaluates the approvals of tickets in a commit.
fn statuses_at(
    context: CommitContext<'_>,
    versions: Vec<ParsedTicket>,
    settings: &Settings,
) -> Result<Vec<TicketStatus>> {
    let mut approvals = Approvals::default();
    let tree = context.repository.tree(context.tip)?;
    if let Some(trusted) =
        TrustedInputs::read(&tree, context.config, "at HEAD")?.filter(|_| !versions.is_empty())
    {
        let tickets: Vec<ApprovalCandidate<'_>> =
            versions.iter().map(ApprovalCandidate::unchanged).collect();
        approvals = context.judge(trusted, &tickets, EmergencyUse::default(), settings)?;
    }
    let status = |version: ParsedTicket| {
        let path = version.path();
        let ticket = approvals.tickets.iter().find(|ticket| ticket.path == path);
        let result = ticket.map(|ticket| &ticket.judgement);
        TicketStatus {
            status: result.map_or(ApprovalStatus::NotRequired, ApprovalResult::status),
            evidence: result.map_or_else(Evidence::default, |result| result.evidence),
            version,
        }
    };
    Ok(versions.into_iter().map(status).collect())
}

/// The approval that a ticket still needs; only an approval of the released plan counts.
fn owed_approval(id: &str, record: &TagRecord, found: &[TicketStatus]) -> Option<Obligation> {
    let emergency_ticket = || found.iter().filter(|status| status.version.id() == id);
    let is_met = |status: &TicketStatus| {
        matches!(
            status.status,
            ApprovalStatus::Approved | ApprovalStatus::NotRequired
        ) && is_as_released(&status.version, record)
    };
    let is_unknown = emergency_ticket().any(|status| status.status == ApprovalStatus::Unknown);
    let evidence = emergency_ticket().map(|status| status.evidence).max();
    (!emergency_ticket().any(is_met)).then(|| Obligation::Approval {
        ticket: id.to_owned(),
        is_unknown,
        evidence: evidence.unwrap_or_default(),
    })
}

/// Whether a ticket has the content that its release recorded.
fn is_as_released(version: &ParsedTicket, record: &TagRecord) -> bool {
    let now = digest(&version.document);
    record
        .metadata
        .tickets()
        .filter(|released| released.id == version.id())
        .all(|released| released.digest == Some(&now))
}
