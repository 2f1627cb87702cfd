//! The approvals of a ticket at the gate: what counts, what is missing, and who can give it.

use jiff::Timestamp;
use serde::Serialize;

use crate::approval::{
    ApprovalEffect, ApprovalStatus, EvaluatedApproval, Evidence, TicketApprovals,
    UnreachableQuorum, approve_command, approve_command_in_role,
};
use crate::config::{Config, Roles};
use crate::report::facts::person_name;

/// The approvals of a ticket.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedApprovals {
    /// `unknown`: only the forge can confirm an approval. `bypassed`: an emergency can be merged
    /// before its approval.
    #[cfg_attr(test, schemars(extend("enum" = ["approved", "not-approved", "unknown", "not-required", "bypassed"])))]
    pub(crate) status: &'static str,
    /// Whether the state of the ticket requires the approvals.
    pub(crate) required_by_state: bool,
    /// The number of people who must approve.
    pub(crate) required_people: usize,
    /// The number of people whose approvals count.
    pub(crate) approving_people: usize,
    /// The roles in which somebody must approve.
    pub(crate) required_roles: Vec<String>,
    /// The roles in which an approval is missing.
    pub(crate) missing_roles: Vec<String>,
    /// Whether an approval in any role is required and missing.
    pub(crate) missing_any_role: bool,
    /// The evidence that each approval needs.
    pub(crate) required_evidence: &'static str,
    /// Each approval and rejection, in the order of the ticket, then those of the forge.
    pub(crate) entries: Vec<JudgedApproval>,
    /// The known people who can still approve.
    pub(crate) eligible: Vec<EligibleApprover>,
    /// Whether people who are not listed can approve too.
    pub(crate) others_eligible: bool,
    /// The people who cannot approve.
    pub(crate) excluded: Vec<ExcludedApprover>,
    /// Why the approvals cannot be completed, even if everybody approves who can.
    pub(crate) unreachable: Option<String>,
    /// Whether a review on the forge counts.
    pub(crate) forge_counts: bool,
    /// The command that approves the ticket.
    pub(crate) command: String,
    /// The result and each approval, for people.
    pub(crate) description: String,
}

/// An approval or a rejection.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedApproval {
    /// As written.
    pub(crate) by: String,
    /// The name in `[people]`, if it is there, or the name as written.
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    /// How well it is proven.
    #[cfg_attr(test, schemars(extend("enum" = ["claimed", "attributed", "forge", "signed"])))]
    pub(crate) evidence: &'static str,
    /// The fingerprint of the key that signed it.
    pub(crate) key: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) at: Option<Timestamp>,
    #[cfg_attr(test, schemars(extend("enum" = ["approves", "rejects", "declares-emergency", "ignored"])))]
    pub(crate) effect: &'static str,
    /// Why it is ignored.
    pub(crate) reason: Option<String>,
}

/// Somebody who can still approve.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EligibleApprover {
    pub(crate) name: String,
    /// The roles in which they can approve.
    pub(crate) roles: Vec<String>,
}

/// Somebody who cannot approve.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExcludedApprover {
    pub(crate) name: String,
    /// In words that follow the name.
    pub(crate) reason: &'static str,
}

impl JudgedApprovals {
    /// The approvals of a ticket. `forge_is_known`: the approvals on the forge were given to the
    /// gate, so that a review there counts.
    pub(crate) fn of(ticket: &TicketApprovals, forge_is_known: bool, config: &Config) -> Self {
        let judgement = &ticket.judgement;
        let shortfall = judgement.shortfall.as_ref();
        let entries = judgement.entries.iter();
        let entries: Vec<JudgedApproval> = entries
            .map(|entry| JudgedApproval::of(entry, config))
            .collect();
        let approving = entries.iter().filter(|entry| entry.effect == "approves");
        let approvers = ticket.approvers.clone().unwrap_or_default();
        let (eligible, excluded): (Vec<_>, Vec<_>) = approvers
            .people
            .iter()
            .partition(|person| person.can_approve());
        let missing_roles = shortfall
            .map(|lacking| lacking.roles.clone())
            .unwrap_or_default();
        Self {
            status: status(ticket),
            required_by_state: ticket.state.is_approved(),
            required_people: ticket.quorum.people,
            approving_people: shortfall
                .and_then(|lacking| lacking.people)
                .map_or(approving.count(), |(have, _)| have),
            required_roles: match &ticket.quorum.roles {
                Roles::Each(roles) => roles.clone(),
                Roles::Any | Roles::One => Vec::new(),
            },
            missing_any_role: shortfall.is_some_and(|lacking| lacking.any_role),
            required_evidence: ticket.quorum.evidence.as_str(),
            entries,
            eligible: eligible
                .into_iter()
                .map(|person| EligibleApprover {
                    name: person.name.clone(),
                    roles: person.roles.clone(),
                })
                .collect(),
            others_eligible: approvers.others,
            excluded: excluded
                .into_iter()
                .filter_map(|person| {
                    Some(ExcludedApprover {
                        name: person.name.clone(),
                        reason: person.obstacle?.label(),
                    })
                })
                .collect(),
            unreachable: approvers
                .unreachable
                .as_ref()
                .filter(|_| shortfall.is_some())
                .map(UnreachableQuorum::describe),
            forge_counts: forge_is_known && ticket.quorum.evidence <= Evidence::Forge,
            command: command(ticket.quorum.evidence, &ticket.id, &missing_roles),
            missing_roles,
            description: ticket.describe_at_merge(),
        }
    }

    /// The number of people who still have to approve.
    pub(crate) fn missing_people(&self) -> usize {
        let people = self.required_people.saturating_sub(self.approving_people);
        let any_role = usize::from(self.missing_any_role);
        people.max(self.missing_roles.len()).max(any_role)
    }
}

impl JudgedApproval {
    fn of(entry: &EvaluatedApproval, config: &Config) -> Self {
        Self {
            by: entry.by.clone(),
            name: person_name(config, &entry.by),
            role: entry.role.clone(),
            evidence: entry.evidence.as_str(),
            key: entry.key.as_ref().map(|key| key.fingerprint()),
            at: entry.at,
            effect: match entry.effect {
                ApprovalEffect::Approves => "approves",
                ApprovalEffect::Rejects => "rejects",
                ApprovalEffect::DeclaresEmergency => "declares-emergency",
                _ => "ignored",
            },
            reason: entry.effect.reason(),
        }
    }
}

fn status(ticket: &TicketApprovals) -> &'static str {
    if ticket.is_bypassed() {
        return "bypassed";
    }
    match ticket.judgement.status() {
        ApprovalStatus::Approved => "approved",
        ApprovalStatus::NotRequired => "not-required",
        ApprovalStatus::Unapproved => "not-approved",
        ApprovalStatus::Unknown => "unknown",
    }
}

/// The command that approves a ticket; with the role, if one is missing.
fn command(evidence: Evidence, id: &str, missing_roles: &[String]) -> String {
    match missing_roles {
        [role] => approve_command_in_role(evidence, role, id),
        _ => approve_command(evidence, id),
    }
}
