//! Whether an emergency may be merged and released before its approval, who declared it, and who
//! can still approve it.
//!
//! An emergency without its quorum is unapproved like any other change. This module only decides
//! whether it may bypass the approval, and each bypass is recorded. A typed name alone never
//! declares an emergency.

use std::collections::BTreeSet;

use super::conflict::InterestedParty;
use super::evaluate::{ApprovalEffect, ApprovalInput, EvaluatedApproval};
use super::quorum_shortfall::QuorumShortfall;
use crate::config::{EmergencyApproval, Evidence, Person};
use crate::ticket::{INCIDENT_LINK, Kind, Link, State};

/// The size limit of a compiled pattern; the configuration applied the same.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Whether an emergency may precede its approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EmergencyStatus {
    /// It may. These known people can still approve it.
    Allowed(Vec<String>),
    /// The configuration does not allow it.
    Never,
    /// It names no incident.
    NoIncident,
    /// No incident of the ticket matches this pattern.
    OtherIncident(String),
    /// Nobody with one of these roles declared it.
    NotDeclared(Vec<String>),
    /// It is in a state that requires the approval.
    TooLate(State),
}

impl EmergencyStatus {
    /// Why it may not precede its approval; `None`: it may.
    #[must_use]
    pub(crate) fn reason(&self) -> Option<String> {
        Some(match self {
            Self::Allowed(_) => return None,
            Self::Never => {
                "`emergency = \"never\"` in `[approvals]` requires approval first".to_owned()
            }
            Self::NoIncident => "the ticket has no link of kind `incident`".to_owned(),
            Self::OtherIncident(pattern) => {
                format!("none of the ticket's incidents matches `{pattern}`")
            }
            Self::NotDeclared(roles) => {
                format!(
                    "no one with the role `{}` has verifiably declared it",
                    roles.join("` or `")
                )
            }
            Self::TooLate(state) => format!(
                "the ticket is `{}`, a state that requires approval",
                state.as_str()
            ),
        })
    }
}

impl ApprovalInput<'_> {
    /// Whether the ticket may precede its approval; `None`: it is not an emergency.
    pub(super) fn deferral(
        &self,
        entries: &[EvaluatedApproval],
        parties: &[InterestedParty<'_>],
    ) -> Option<EmergencyStatus> {
        if self.ticket.kind != Kind::Emergency {
            return None;
        }
        let incidents: Vec<&Link> = self
            .ticket
            .links
            .iter()
            .filter(|link| is_incident(link))
            .collect();
        let state = self.ticket.state;
        Some(if incidents.is_empty() {
            EmergencyStatus::NoIncident
        } else if let Some(pattern) = self
            .policy
            .incident_pattern
            .as_ref()
            .filter(|it| !match_any(it, &incidents))
        {
            EmergencyStatus::OtherIncident(pattern.clone())
        } else if !self.is_declared(entries) {
            EmergencyStatus::NotDeclared(self.policy.emergency_roles.clone())
        } else if self.policy.emergency == EmergencyApproval::Never {
            EmergencyStatus::Never
        } else if state >= State::Validating && state != State::RollingBack {
            EmergencyStatus::TooLate(state)
        } else {
            EmergencyStatus::Allowed(self.eligible(entries, parties))
        })
    }

    /// Whether an approval by somebody who has a hand in the change declares an emergency.
    pub(super) fn declares(&self, entry: &EvaluatedApproval) -> bool {
        let role = entry.role.as_deref().unwrap_or_default();
        self.ticket.kind == Kind::Emergency
            && self.may_declare_as(role)
            && self.has_role(&entry.by, role)
            && entry.evidence >= self.declaring_evidence()
    }

    /// Whether an authorized person declared the emergency, proven at least by a commit of theirs.
    ///
    /// If approvals have to be signed, an address in a commit is not sufficient.
    fn is_declared(&self, entries: &[EvaluatedApproval]) -> bool {
        let roles = &self.policy.emergency_roles;
        let needed = self.declaring_evidence();
        let is_proven = |entry: &EvaluatedApproval| {
            matches!(
                entry.effect,
                ApprovalEffect::Approves | ApprovalEffect::DeclaresEmergency
            ) && entry.evidence >= needed
                && roles.iter().any(|role| self.has_role(&entry.by, role))
        };
        let may_declare =
            |person: &Person| person.roles.iter().any(|role| self.may_declare_as(role));
        let by_commits = || {
            let is_by_one = |author| {
                self.identities.people.iter().any(|(alias, person)| {
                    may_declare(person) && self.identities.proves(author, alias)
                })
            };
            needed <= Evidence::Attributed
                && !self.declared_by.is_empty()
                && self.declared_by.iter().all(is_by_one)
        };
        roles.is_empty() || entries.iter().any(is_proven) || by_commits()
    }

    fn declaring_evidence(&self) -> Evidence {
        match self.quorum.evidence {
            Evidence::Signed => Evidence::Signed,
            Evidence::Claimed | Evidence::Attributed | Evidence::Forge => Evidence::Attributed,
        }
    }

    fn may_declare_as(&self, role: &str) -> bool {
        self.policy
            .emergency_roles
            .iter()
            .any(|own| own.to_lowercase() == role.to_lowercase())
    }

    /// Whether the configuration gives a person a role; if no people are configured, nobody has
    /// one.
    fn has_role(&self, by: &str, role: &str) -> bool {
        self.identities
            .roles(by)
            .iter()
            .any(|own| own.to_lowercase() == role.to_lowercase())
    }

    /// The known people who can still approve, sorted, each with their required roles.
    fn eligible(
        &self,
        entries: &[EvaluatedApproval],
        parties: &[InterestedParty<'_>],
    ) -> Vec<String> {
        let known = self.known_approvers(entries, parties);
        let free = known.iter().filter(|approver| approver.can_approve());
        let free = free.map(|approver| {
            let name = approver.email.as_ref().unwrap_or(&approver.name);
            match self.required_roles_of(approver).as_slice() {
                [] => name.clone(),
                roles => format!("{name} ({})", roles.join(", ")),
            }
        });
        free.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

impl QuorumShortfall {
    /// What still has to happen, in sentences without full stops.
    #[must_use]
    pub(crate) fn needed(&self) -> Vec<String> {
        let people = self.people.map(|(have, need)| match need - have {
            1 => "1 person".to_owned(),
            more => format!("{more} people"),
        });
        let roles = self
            .roles
            .iter()
            .map(|role| format!("someone in the role `{role}`"));
        let any = self.any_role.then(|| "someone with a role".to_owned());
        people.into_iter().chain(roles).chain(any).collect()
    }
}

fn is_incident(link: &Link) -> bool {
    let is_one = link
        .kind
        .as_ref()
        .is_some_and(|kind| kind.text.trim().eq_ignore_ascii_case(INCIDENT_LINK));
    let says_something = |text: &str| text.contains(char::is_alphanumeric);
    is_one && targets(link).any(says_something)
}

fn targets(link: &Link) -> impl Iterator<Item = &str> {
    link.reference
        .iter()
        .chain(&link.url)
        .map(|text| text.text.trim())
}

/// Whether one of some incidents matches a pattern; an invalid pattern matches nothing.
fn match_any(pattern: &str, incidents: &[&Link]) -> bool {
    let pattern = regex::RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN_BYTES)
        .build();
    pattern.is_ok_and(|pattern| {
        incidents
            .iter()
            .any(|link| targets(link).any(|text| pattern.is_match(text)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::identity::Involvement;
    use super::super::testing::{Case, author, key, signed_in_role, signer, typed};
    use super::super::{ApprovalStatus, Contributor};
    use super::*;
    use crate::commit::Mailmap;
    use crate::config::Roles;

    const BO: &str = "bo@example.com";
    const KIM: &str = "kim@example.com";

    /// An emergency whose author is Bo and which nobody approved.
    fn emergency(head: &str) -> Case {
        let mut case = Case::new(&[]);
        case.head = format!("kind = \"emergency\"\nstate = \"deploying\"\n{head}\n");
        case.makers = vec![Contributor::of(author("Bo", BO), Involvement::Author)];
        case.declared_by = vec![author("Bo", BO)];
        case
    }

    const INCIDENT: &str = "links = [{ kind = \"incident\", ref = \"INC-7\" }]";

    fn deferral(case: &Case) -> EmergencyStatus {
        case.judge().deferral.unwrap()
    }

    #[test]
    fn an_emergency_without_its_quorum_is_unapproved() {
        let judgement = emergency(INCIDENT).judge();
        assert_eq!(
            (judgement.status(), judgement.is_approved()),
            (ApprovalStatus::Unapproved, false)
        );
        assert_eq!(judgement.deferral, Some(EmergencyStatus::Allowed(vec![])));
        assert_eq!(Case::new(&[]).judge().deferral, None);
    }

    #[test]
    fn an_emergency_names_its_incident() {
        assert_eq!(deferral(&emergency("")), EmergencyStatus::NoIncident);
        assert_eq!(
            deferral(&emergency(&INCIDENT.replace("INC-7", "-"))),
            EmergencyStatus::NoIncident
        );
        let mut case = emergency(INCIDENT);
        case.policy.incident_pattern = Some("^PAGE-".into());
        assert_eq!(
            deferral(&case),
            EmergencyStatus::OtherIncident("^PAGE-".into())
        );
        case.policy.incident_pattern = Some("^INC-[0-9]+$".into());
        assert_eq!(deferral(&case).reason(), None);
    }

    #[test]
    fn an_emergency_may_be_refused_altogether() {
        let mut case = emergency(INCIDENT);
        case.policy.emergency = EmergencyApproval::Never;
        assert_eq!(deferral(&case), EmergencyStatus::Never);
    }

    #[test]
    fn from_validation_on_an_emergency_needs_its_approval() {
        let of = |state: &str| {
            let mut case = emergency(INCIDENT);
            case.head = case.head.replace("deploying", state);
            deferral(&case).reason().is_none()
        };
        assert_eq!(["proposed", "deploying", "rolling-back"].map(of), [true; 3]);
        assert_eq!(["validating", "closed"].map(of), [false; 2]);
    }

    /// The same if only people on call may declare an emergency.
    fn declared_by(alias: &str, email: &str) -> Case {
        let mut case = emergency(INCIDENT);
        case.policy.emergency_roles = vec!["on-call".into()];
        case.people = Case::person(alias, email, &["on-call"]);
        case
    }

    #[test]
    fn the_author_of_the_declaring_commit_needs_the_role() {
        assert_eq!(deferral(&declared_by("bo", BO)).reason(), None);
        assert_eq!(
            deferral(&declared_by("kim", KIM)),
            EmergencyStatus::NotDeclared(vec!["on-call".into()])
        );
        let mut case = declared_by("bo", BO);
        case.declared_by.push(author("Eve", "eve@example.com"));
        assert!(deferral(&case).reason().is_some());
        case.declared_by.clear();
        assert!(deferral(&case).reason().is_some());
    }

    #[test]
    fn a_typed_name_declares_nothing() {
        let mut case = declared_by("kim", KIM);
        case.head = format!("requester = \"kim\"\n{}", case.head);
        case.approve(|_| vec![typed("kim", "role = \"on-call\"")]);
        case.declared_by = vec![author("kim", "eve@example.com")];
        assert!(deferral(&case).reason().is_some());
        case.people.clear();
        assert!(deferral(&case).reason().is_some());
    }

    #[test]
    fn a_commit_declares_nothing_where_approvals_are_signed() {
        let mut case = declared_by("bo", BO);
        case.policy.low.evidence = Evidence::Signed;
        assert!(deferral(&case).reason().is_some());
        case.signers = vec![signer(BO, &key(1))];
        case.approve(|digest| vec![signed_in_role(BO, "on-call", digest, &key(1))]);
        assert_eq!(deferral(&case).reason(), None);
    }

    #[test]
    fn declaring_an_emergency_is_not_self_approval() {
        let mut case = declared_by("bo", BO);
        case.origins = vec![Some(author("Bo", BO))];
        case.approve(|_| vec![typed("bo", "role = \"on-call\"")]);
        assert_eq!(case.effects(), [ApprovalEffect::DeclaresEmergency]);
        assert_eq!(case.judge().status(), ApprovalStatus::Unapproved);
        case.approve(|_| vec![typed("bo", "")]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::SelfApproval(Involvement::Author)]
        );
    }

    fn eligible(case: &Case) -> Vec<String> {
        match deferral(case) {
            EmergencyStatus::Allowed(people) => people,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_people_who_can_still_approve_are_named() {
        let mut case = emergency(INCIDENT);
        case.policy.low.evidence = Evidence::Signed;
        case.signers = vec![
            signer(BO, &key(1)),
            signer(KIM, &key(2)),
            signer("cy@example.com", &key(1)),
        ];
        assert_eq!(eligible(&case), [KIM]);
        case.mailmap = Mailmap::parse("<kim@example.com> <bo@example.com>\n");
        assert_eq!(eligible(&case), [""; 0]);
        case.mailmap = Mailmap::default();
        case.people = Case::person("kim", KIM, &["dba"]);
        case.policy.low.roles = Roles::Each(vec!["dba".into()]);
        assert_eq!(eligible(&case), ["kim@example.com (dba)"]);
        case.signers.clear();
        assert_eq!(eligible(&case), [""; 0]);
    }
}
