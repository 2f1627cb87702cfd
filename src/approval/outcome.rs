//! The result for a ticket's approvals, described for people.

use jiff::civil::Date;

use super::approvers::Approvers;
use super::contributions::AddedApproval;
use super::emergency::EmergencyStatus;
use super::evaluate::{ApprovalEffect, ApprovalResult, ApprovalStatus, EvaluatedApproval};
use super::identity::Contributor;
use super::quorum_shortfall::{QuorumShortfall, UnreachableQuorum};
use crate::config::{Evidence, Quorum};
use crate::source::join_and;
use crate::ticket::{RiskLevel, State, Ticket};

/// A ticket with the result for its approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketApprovals {
    /// The id of the ticket.
    pub(crate) id: String,
    /// Its file.
    pub(crate) path: String,
    /// Its state.
    pub(crate) state: State,
    /// Its risk.
    pub(crate) risk: RiskLevel,
    /// The approvals that it needs, by its risk and by policies.
    pub(crate) quorum: Quorum,
    /// The names of the policies that require approvals of it.
    pub(crate) policies: Vec<String>,
    /// The result for its approvals.
    pub judgement: ApprovalResult,
    /// Who can still approve it; `None`: the contributors are not known, because nothing depends on
    /// them.
    pub(crate) approvers: Option<Approvers>,
    /// Everybody who wrote a part of the plan, or a commit that cites the ticket.
    pub(crate) contributors: Vec<Contributor>,
    /// For each approval in the ticket: where it was added, if known.
    pub(crate) additions: Vec<Option<AddedApproval>>,
}

/// An emergency that bypasses its approval, and what has to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bypass {
    /// The id of the ticket.
    pub(crate) id: String,
    /// Its file.
    pub(crate) path: String,
    /// Its risk.
    pub(crate) risk: RiskLevel,
    /// What still has to happen, such as `1 person has to approve`.
    pub(crate) needed: Vec<String>,
    /// The evidence that each approval needs.
    pub(crate) evidence: Evidence,
    /// The people who can still approve, as far as they are known.
    pub(crate) eligible: Vec<String>,
    /// The day by which the approval has to follow; if it is not released, the day that would apply
    /// to a release today.
    pub(crate) due: Date,
    /// The tag of its release; `None` if it is not released.
    pub(crate) released: Option<String>,
}

impl Bypass {
    /// What has to follow, by when and by whom, in a sentence without a full stop.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        const MAX_NAMED: usize = 10;
        let Self {
            id,
            needed,
            evidence,
            eligible,
            due,
            ..
        } = self;
        let when = match &self.released {
            Some(tag) => format!("by {due} (released with {tag})"),
            None => format!("by {due} if released today"),
        };
        let more = eligible.len().saturating_sub(MAX_NAMED);
        let who = match eligible.as_slice() {
            [] => "anyone who did not work on the change".to_owned(),
            people => people[..people.len() - more].join(", "),
        };
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let needed = needed.join(", ");
        format!(
            "`{id}` requires approval {when}: {needed}, evidence `{}`; eligible: {who}{more}",
            evidence.as_str()
        )
    }
}

impl TicketApprovals {
    /// What has to follow if its change bypasses its approval, with the due day; `None`: it does
    /// not bypass it.
    #[must_use]
    pub(crate) fn bypass(&self, due: Date, released: Option<String>) -> Option<Bypass> {
        let Some(EmergencyStatus::Allowed(eligible)) = self
            .judgement
            .deferral
            .as_ref()
            .filter(|_| self.is_bypassed())
        else {
            return None;
        };
        let mut needed = self
            .judgement
            .shortfall
            .as_ref()
            .map(QuorumShortfall::needed)
            .unwrap_or_default();
        needed.extend(
            self.judgement
                .rejections()
                .map(|entry| format!("withdrawal of the rejection by {}", entry.by)),
        );
        Some(Bypass {
            id: self.id.clone(),
            path: self.path.clone(),
            risk: self.risk,
            needed,
            evidence: self.quorum.evidence,
            eligible: eligible.clone(),
            due,
            released,
        })
    }

    /// Whether enough people approve it, and it is in a state that this counts for.
    #[must_use]
    pub(crate) fn is_approved(&self) -> bool {
        self.judgement.is_approved() && self.judgement.state().is_approved()
    }

    /// Whether its change bypasses its approval: it is an emergency that may do so, and is not
    /// known to be approved.
    #[must_use]
    pub(crate) fn is_bypassed(&self) -> bool {
        let may_bypass = matches!(self.judgement.deferral, Some(EmergencyStatus::Allowed(_)));
        may_bypass && self.state != State::Draft && !self.judgement.is_approved()
    }

    /// Describes whether it is approved, and each approval: by whom, in which role, and how well it
    /// is proven.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let (id, risk) = (&self.id, self.risk.as_str());
        self.with_entries(match self.judgement.status() {
            ApprovalStatus::Approved if self.is_approved() => {
                format!("`{id}` ({risk} risk) is approved")
            }
            ApprovalStatus::Approved => {
                let state = self.state.as_str();
                let fields = match self.judgement.describe_missing_fields() {
                    Some(missing) if self.state.is_past_draft() => format!(" and {missing}"),
                    _ => String::new(),
                };
                format!("`{id}` ({risk} risk) has enough approvals, but is `{state}`{fields}")
            }
            ApprovalStatus::NotRequired => format!("`{id}` ({risk} risk) needs no approval"),
            ApprovalStatus::Unapproved if self.state < State::Approved => {
                format!(
                    "`{id}` ({risk} risk, {}) is not approved yet",
                    self.state.as_str()
                )
            }
            ApprovalStatus::Unapproved => format!("`{id}` ({risk} risk) is not approved"),
            ApprovalStatus::Unknown => {
                format!(
                    "`{id}` ({risk} risk): approval unknown, because only the forge can confirm it"
                )
            }
        })
    }

    /// The same for a branch that may be merged: an emergency bypasses its approval.
    #[must_use]
    pub(crate) fn describe_at_merge(&self) -> String {
        if !self.is_bypassed() {
            let mut described = self.describe();
            let is_unapproved = self.judgement.status() == ApprovalStatus::Unapproved;
            if is_unapproved && self.state < State::Approved {
                described += &format!(
                    "; the state `{}` does not require approval",
                    self.state.as_str()
                );
            }
            return described;
        }
        self.with_entries(format!(
            "`{}` ({} risk) bypasses approval as an emergency",
            self.id,
            self.risk.as_str()
        ))
    }

    fn with_entries(&self, verdict: String) -> String {
        let mut told = verdict;
        let entries: Vec<String> = self
            .judgement
            .entries
            .iter()
            .map(EvaluatedApproval::describe)
            .collect();
        if !entries.is_empty() {
            told.push_str(": ");
            told.push_str(&entries.join("; "));
        }
        told
    }
}

/// The state of a ticket's approvals before it is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The result for each approval.
    pub(crate) judgement: ApprovalResult,
    /// What would be missing even if everybody approved who may.
    pub(crate) unreachable: Option<UnreachableQuorum>,
}

impl Outlook {
    /// Whether nothing more is required: enough people approve, and nobody rejects it.
    #[must_use]
    pub(crate) fn is_enough(&self) -> bool {
        self.judgement.shortfall.is_none() && self.judgement.rejections().next().is_none()
    }

    /// The usual state after the present one of a ticket: the next one that somebody has to write,
    /// or `approved`, which follows from approvals.
    #[must_use]
    pub(crate) fn next_state(&self, ticket: &Ticket) -> Option<State> {
        let next = ticket
            .next_states_from(self.judgement.state())
            .first()
            .copied();
        // `reviewed` is on the way to `approved` and need not be written either.
        next.map(|next| {
            if next == State::Reviewed {
                State::Approved
            } else {
                next
            }
        })
    }

    /// Describes what is still required, and whether anybody is left to give it.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let mut parts: Vec<String> = self
            .judgement
            .rejections()
            .map(|entry| format!("rejected by {}", entry.by))
            .collect();
        match (self.judgement.status(), &self.judgement.shortfall) {
            (ApprovalStatus::NotRequired, _) => parts.push("no approval required".to_owned()),
            (_, None) => parts.push("the ticket has enough approvals".to_owned()),
            (ApprovalStatus::Unknown, Some(lacking)) => {
                parts.push(format!(
                    "{}; approvals on the forge cannot be checked here",
                    lacking.describe()
                ));
            }
            (_, Some(lacking)) => parts.push(lacking.describe()),
        }
        let is_lacking = self.judgement.shortfall.is_some();
        parts.extend(
            self.unreachable
                .iter()
                .filter(|_| is_lacking)
                .map(UnreachableQuorum::describe),
        );
        parts.join("; ")
    }
}

impl ApprovalResult {
    /// Describes the state of the ticket, such as `proposed (approval unknown)`.
    #[must_use]
    pub(crate) fn describe_state(&self) -> String {
        let state = self.state().as_str();
        if self.is_state_unknown() {
            format!("{state} (approval unknown)")
        } else {
            state.to_owned()
        }
    }

    /// Describes the fields without which the ticket is not approved.
    #[must_use]
    pub(crate) fn describe_missing_fields(&self) -> Option<String> {
        let keys = &self.missing_fields;
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        (!keys.is_empty()).then(|| format!("requires {}", join_and(&keys)))
    }
}

impl EvaluatedApproval {
    /// Describes who decided, in which role, and how well it is proven.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let mut told = if self.by.is_empty() {
            "somebody".to_owned()
        } else {
            self.by.clone()
        };
        if let Some(role) = &self.role {
            told.push_str(" as ");
            told.push_str(role);
        }
        let key = self
            .key
            .as_ref()
            .map(|key| format!(" by {}", key.fingerprint()))
            .unwrap_or_default();
        told.push_str(&format!(" ({}{key})", self.evidence.as_str()));
        match self.effect.reason() {
            Some(why) => format!("the approval by {told} is ignored because {why}"),
            None if self.effect == ApprovalEffect::Rejects => format!("{told} rejected it"),
            None if self.effect == ApprovalEffect::DeclaresEmergency => {
                format!("{told} declared the emergency")
            }
            None => told,
        }
    }
}

impl ApprovalEffect {
    /// Why an approval does not count; `None`: it counts as an approval or a rejection.
    #[must_use]
    pub(crate) fn reason(&self) -> Option<String> {
        Some(match self {
            Self::Approves | Self::Rejects | Self::DeclaresEmergency => return None,
            Self::Superseded => "the same person made a later decision".to_owned(),
            Self::Incomplete(key) => format!("it has no `{key}`"),
            Self::Stale => "it approves a different version of the plan".to_owned(),
            Self::InFuture(at) => format!("its date, {at}, is in the future"),
            Self::BadSignature(_) => "its signature is invalid".to_owned(),
            Self::Bot => "a bot made it".to_owned(),
            Self::Unknown => "the approver is not in `[people]`".to_owned(),
            Self::SelfApproval(part) => format!("the approver {}", part.label()),
            Self::TooWeak(needed) => format!("evidence `{}` is required", needed.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, key, signed_entry, signer, typed};
    use super::*;

    #[test]
    fn what_the_forge_knows_is_unknown_without_its_word() {
        let mut case = Case::new(&[]);
        case.policy.low.evidence = Evidence::Forge;
        assert_eq!(told(&case), "`pool-40` (low risk) is not approved");
        case.forge = None;
        assert_eq!(
            told(&case),
            "`pool-40` (low risk): approval unknown, because only the forge can confirm it"
        );
        case.signers = vec![signer("bo@example.com", &key(1))];
        case.approve(|digest| vec![signed_entry("bo@example.com", digest, &key(1))]);
        assert!(
            told(&case).starts_with("`pool-40` (low risk) is approved"),
            "{}",
            told(&case)
        );
    }

    #[test]
    fn quorum_of_zero_is_not_required_not_approved() {
        let mut case = Case::new(&[]);
        case.policy.low.people = 0;
        assert_eq!(told(&case), "`pool-40` (low risk) needs no approval");
    }

    #[test]
    fn bypassed_emergency_is_not_described_as_approved() {
        let mut case = Case::new(&[]);
        case.head =
            "kind = \"emergency\"\nlinks = [{ kind = \"incident\", ref = \"INC-7\" }]\n".into();
        let merged = approvals(&case).describe_at_merge();
        assert_eq!(
            merged,
            "`pool-40` (low risk) bypasses approval as an emergency"
        );
        case.signers = vec![signer("kim@example.com", &key(1))];
        case.policy.low.evidence = Evidence::Signed;
        let bypass = approvals(&case)
            .bypass("2026-11-27".parse().unwrap(), None)
            .unwrap()
            .describe();
        let owed = "`pool-40` requires approval by 2026-11-27 if released today: 1 person, evidence `signed`";
        assert_eq!(bypass, format!("{owed}; eligible: kim@example.com"));
    }

    fn approvals(case: &Case) -> TicketApprovals {
        let judgement = ApprovalResult {
            written_state: State::Approved,
            ..case.judge()
        };
        let (id, path) = ("pool-40".to_owned(), "changes/pool-40.toml".to_owned());
        let quorum = case.policy.quorum(case.risk).clone();
        TicketApprovals {
            id,
            path,
            state: State::Approved,
            risk: case.risk,
            quorum,
            policies: Vec::new(),
            judgement,
            approvers: None,
            contributors: Vec::new(),
            additions: Vec::new(),
        }
    }

    fn told(case: &Case) -> String {
        approvals(case).describe()
    }

    #[test]
    fn signature_of_an_earlier_plan_is_not_called_a_claim() {
        let mut case = Case::new(&[]);
        case.signers = vec![signer("bo@example.com", &key(1))];
        case.approve(|_| vec![signed_entry("bo@example.com", "sha256:0", &key(1))]);
        let told = told(&case);
        assert!(told.contains("bo@example.com (signed by SHA256:"), "{told}");
        assert!(
            told.ends_with("is ignored because it approves a different version of the plan"),
            "{told}"
        );
    }

    #[test]
    fn approvals_are_described_with_their_evidence() {
        let mut case = Case::new(&[]);
        assert_eq!(told(&case), "`pool-40` (low risk) is not approved");
        case.signers = vec![signer("bo@example.com", &key(1))];
        case.approve(|digest| {
            vec![
                signed_entry("bo@example.com", digest, &key(1)),
                typed("renovate[bot]", ""),
            ]
        });
        let told = told(&case);
        assert!(
            told.starts_with("`pool-40` (low risk) is approved: bo@example.com (signed by SHA256:"),
            "{told}"
        );
        assert!(
            told.ends_with(
                "; the approval by renovate[bot] (claimed) is ignored because a bot made it"
            ),
            "{told}"
        );
    }
}
