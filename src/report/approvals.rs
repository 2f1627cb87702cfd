//! The approvals of a ticket, as documents print them.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{ReleaseFacts, ReportedTicket};
use crate::approval::{ApprovalEffect, ApprovalStatus};
use crate::changelog::escape;
use crate::source::join_and;

/// Whether a ticket is approved, and by whom.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ApprovalSummary {
    /// `unknown`: only the forge can confirm an approval.
    #[cfg_attr(test, schemars(extend("enum" = ["approved", "not-approved", "unknown", "not-required"])))]
    pub(super) status: &'static str,
    /// The approvals that count.
    pub(super) approvals: Vec<CountedApproval>,
}

/// An approval that counts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CountedApproval {
    pub(super) by: String,
    pub(super) role: Option<String>,
    /// How well it is proven.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) evidence: &'static str,
    /// When it was given, by the approver's word.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) at: Option<Timestamp>,
}

impl ApprovalSummary {
    /// The result for a ticket.
    pub(super) fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Self {
        let Some(approvals) = &ticket.approvals else {
            return Self {
                status: "not-required",
                approvals: Vec::new(),
            };
        };
        let counted = approvals
            .judgement
            .entries
            .iter()
            .filter(|entry| entry.effect == ApprovalEffect::Approves);
        Self {
            status: match approvals.judgement.status() {
                ApprovalStatus::Approved => "approved",
                ApprovalStatus::NotRequired => "not-required",
                ApprovalStatus::Unapproved => "not-approved",
                ApprovalStatus::Unknown => "unknown",
            },
            approvals: counted
                .map(|entry| CountedApproval {
                    by: facts.person(&entry.by),
                    role: entry.role.clone(),
                    evidence: entry.evidence.as_str(),
                    at: entry.at,
                })
                .collect(),
        }
    }

    /// `Bo (dba) and Kim (qa)`, or why there is nobody to name.
    pub(super) fn markdown(&self) -> String {
        let names: Vec<String> = self
            .approvals
            .iter()
            .map(|approval| match &approval.role {
                None => escape(&approval.by),
                Some(role) => format!("{} ({})", escape(&approval.by), escape(role)),
            })
            .collect();
        let names = join_and(&names);
        match (self.status, names.is_empty()) {
            ("approved", _) => names,
            ("not-required", true) => "no approval required".to_owned(),
            ("not-required", false) => format!("{names} (no approval required)"),
            ("unknown", true) => "unknown: only the forge can confirm it".to_owned(),
            ("unknown", false) => format!("{names}; more is known only to the forge"),
            (_, true) => "**not approved**".to_owned(),
            (_, false) => format!("**not approved**; approvals so far: {names}"),
        }
    }
}
