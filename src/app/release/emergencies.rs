//! Emergencies: which tickets can be released as one, and what such a release bypasses.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};

use crate::app::release::previous_releases::{SpentTicket, spent_tickets};
use crate::app::release::tag_records::TagRecords;
use crate::app::release::tickets::{CommitContext, ReleaseTickets};
use crate::app::release::utc_day;
use crate::approval::{EmergencyApproval, EmergencyStatus, TicketApprovals};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::finding::{Checked, Severity};
use crate::history::DueUnit;
use crate::release::Emergency;
use crate::rules::{is_about_approval, is_bypassable};
use crate::source::{shell_command, shorten};
use crate::ticket::{Kind, ParsedTicket, State};

/// The ticket of an emergency; other tickets are refused.
pub(super) fn ticket_of_emergency(id: &str, tickets: &ReleaseTickets) -> Result<ParsedTicket> {
    let refused = |why: &str| {
        let help = "create one with `tollgate ticket new --kind emergency`, fill in the incident in `links`, and commit it";
        Error::usage(format!("`{id}` is not an emergency ticket: {why}"), help)
    };
    let version = tickets
        .with_ids(&BTreeSet::from([id.to_owned()]))
        .pop()
        .ok_or_else(|| refused("there is no such ticket"))?;
    match version.ticket.state {
        _ if version.ticket.kind != Kind::Emergency => {
            Err(refused("its `kind` is not `emergency`"))
        }
        State::Draft => Err(Error::usage(
            format!("`{id}` is not an emergency ticket: it is a draft"),
            format!(
                "run `{}`, and commit the ticket",
                shell_command!("tollgate ticket move {id} proposed", id)
            ),
        )),
        State::Closed | State::Cancelled => Err(refused("it is closed or cancelled")),
        _ => Ok(version),
    }
}

/// Refuses tickets that were not properly declared emergencies.
pub(super) fn refuse_undeclared(id: &str, approvals: &[TicketApprovals]) -> Result<()> {
    let deferral = approvals
        .iter()
        .find(|ticket| ticket.id == id)
        .and_then(|ticket| ticket.judgement.deferral.as_ref());
    let Some(deferral) = deferral else {
        return Ok(());
    };
    let help = match deferral {
        EmergencyStatus::NoIncident | EmergencyStatus::OtherIncident(_) => {
            "add the incident to its `links` and commit it"
        }
        EmergencyStatus::NotDeclared(_) => {
            "ask someone with the role to declare it with `tollgate ticket approve ID --role ROLE --sign`, or, if \
             signatures are not required, to commit it as an emergency"
        }
        EmergencyStatus::Allowed(_) | EmergencyStatus::Never | EmergencyStatus::TooLate(_) => {
            return Ok(());
        }
    };
    let refusal = deferral.reason().unwrap_or_default();
    Err(Error::usage(
        format!(
            "`{}` cannot be released as an emergency: {refusal}",
            shorten(id)
        ),
        help,
    ))
}

/// The emergencies among these tickets that were released before some commits of this release.
pub(super) fn spent_emergencies<'t>(
    context: CommitContext<'_>,
    records: &TagRecords<'_>,
    due: &[DueUnit<'_>],
    tickets: impl Iterator<Item = &'t ParsedTicket>,
) -> Result<Vec<SpentTicket>> {
    let emergencies = tickets.filter(|version| version.ticket.kind == Kind::Emergency);
    let mut spent = spent_tickets(context, records, emergencies)?;
    spent.retain(|spent| {
        let mut released = due.iter().flat_map(|due| &due.unit.next.commits);
        released.any(|classified| spent.since.contains(&classified.commit.id))
    });
    Ok(spent)
}

/// Refuses an emergency that was released earlier.
pub(super) fn refuse_spent(id: &str, spent: &[SpentTicket]) -> Result<()> {
    match spent.iter().find(|spent| spent.id == id) {
        None => Ok(()),
        Some(spent) => Err(Error::usage(
            format!(
                "the emergency `{}` was already released with {}",
                shorten(&spent.id),
                spent.tag
            ),
            "create a new ticket for this emergency: `tollgate ticket new --kind emergency`",
        )),
    }
}

/// Turns the errors that an emergency bypasses into warnings.
pub(super) fn bypass(
    checked: &mut Checked,
    ticket: &ParsedTicket,
    config: &Config,
    now: Timestamp,
) -> Emergency {
    let needs_approval = config
        .approvals
        .as_ref()
        .is_some_and(|policy| policy.emergency == EmergencyApproval::Never);
    let mut bypassed = BTreeSet::new();
    for finding in &mut checked.findings {
        let is_bypassable = is_bypassable(finding, ticket.ticket.source.name())
            && !(needs_approval && is_about_approval(finding.rule));
        if finding.severity == Severity::Error && is_bypassable {
            finding.severity = Severity::Warning;
            bypassed.insert(finding.rule.to_owned());
        }
    }
    Emergency {
        ticket: ticket.id().to_owned(),
        bypassed: bypassed.into_iter().collect(),
        due: utc_day(now).saturating_add(config.release.emergency_days.days()),
    }
}
