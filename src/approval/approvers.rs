//! Who can still approve a ticket, and why others cannot.
//!
//! Only people whom the base knows can be listed: those of `[people]`, and the holders of keys if an
//! approval has to be signed. Whether anybody else can approve too is a separate answer.

use std::collections::BTreeSet;

use super::conflict::InterestedParty;
use super::evaluate::{ApprovalEffect, ApprovalInput, EvaluatedApproval};
use super::identity::{Involvement, is_program};
use super::quorum_shortfall::UnreachableQuorum;
use crate::config::{Evidence, Roles};
use crate::signature::Key;

/// Who can still approve a ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Approvers {
    /// The people whom the base knows, and the contributors, sorted by name.
    pub(crate) people: Vec<Approver>,
    /// Whether somebody who is not listed can approve too, though in no particular role.
    pub(crate) others: bool,
    /// What would be missing even if everybody approved who can.
    pub(crate) unreachable: Option<UnreachableQuorum>,
}

/// A person, and whether they can still approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Approver {
    /// The name in `[people]`, or else the name that a key, a commit, or the ticket gives them.
    pub(crate) name: String,
    /// The email address, if it is configured.
    pub(crate) email: Option<String>,
    /// The roles in which they can approve.
    pub(crate) roles: Vec<String>,
    /// Why they cannot approve; `None`: they can.
    pub(crate) obstacle: Option<Obstacle>,
}

/// Why somebody cannot approve a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// They already did.
    Approved,
    /// They contributed to the change.
    Contributed(Involvement),
    /// They are a bot.
    Bot,
    /// Approvals have to be signed, and they have no key.
    NoKey,
}

impl Approver {
    /// Whether the person can still approve.
    #[must_use]
    pub(crate) const fn can_approve(&self) -> bool {
        self.obstacle.is_none()
    }

    /// Whether the person can approve in a role.
    #[must_use]
    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.roles
            .iter()
            .any(|own| own.to_lowercase() == role.to_lowercase())
    }
}

impl Obstacle {
    /// The reason in words that follow the person's name.
    #[must_use]
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Approved => "approved it already",
            Self::Contributed(involvement) => involvement.label(),
            Self::Bot => "is a bot",
            Self::NoKey => "has no key in `allowed_signers`",
        }
    }
}

impl ApprovalInput<'_> {
    /// Who can still approve, if these are the approvals so far.
    #[must_use]
    pub(crate) fn approvers(&self, entries: &[EvaluatedApproval]) -> Approvers {
        let parties = InterestedParty::all(self);
        let mut people = self.known_approvers(entries, &parties);
        people.extend(self.unknown_contributors());
        people.sort_by(|one, other| one.name.cmp(&other.name));
        Approvers {
            people,
            others: self.others_can_approve(),
            unreachable: self.unreachable_quorum(),
        }
    }

    /// The configured people, or else the holders of keys if approvals have to be signed.
    pub(super) fn known_approvers(
        &self,
        entries: &[EvaluatedApproval],
        parties: &[InterestedParty<'_>],
    ) -> Vec<Approver> {
        let approving = entries
            .iter()
            .filter(|entry| entry.effect == ApprovalEffect::Approves);
        let approving: Vec<BTreeSet<String>> =
            approving.map(|entry| self.names_of(entry)).collect();
        let people = self
            .identities
            .people
            .iter()
            .map(|(alias, person)| Approver {
                name: alias.clone(),
                email: Some(person.email.clone()),
                roles: person.roles.clone(),
                obstacle: self.obstacle(&person.email, &approving, parties),
            });
        let is_name = |name: &&str| !name.contains(['*', '?', '!']);
        let of_keys = self
            .signers
            .iter()
            .flat_map(|signer| signer.principals().split(','))
            .filter(is_name)
            .filter(|_| self.needs_key() && self.identities.people.is_empty());
        let of_keys = of_keys.map(|name| Approver {
            name: name.to_owned(),
            email: None,
            roles: Vec::new(),
            obstacle: self.obstacle(name, &approving, parties),
        });
        people.chain(of_keys).collect()
    }

    /// Why the person of this name cannot approve; `approving` has the names of each person who
    /// does already.
    fn obstacle(
        &self,
        name: &str,
        approving: &[BTreeSet<String>],
        parties: &[InterestedParty<'_>],
    ) -> Option<Obstacle> {
        let names = self.identities.possible_names(name);
        let own_keys: Vec<&Key> = self
            .signers
            .iter()
            .map(|signer| &signer.key)
            .filter(|key| self.signers.has_key(&names, key))
            .collect();
        let is_same = |taken: &BTreeSet<String>| {
            !names.is_disjoint(taken) || own_keys.iter().any(|key| self.signers.has_key(taken, key))
        };
        if approving.iter().any(is_same) {
            return Some(Obstacle::Approved);
        }
        if let Some(party) = parties.iter().find(|party| is_same(party.names())) {
            return Some(Obstacle::Contributed(party.involvement()));
        }
        if is_program(name, &self.policy.bots) {
            return Some(Obstacle::Bot);
        }
        (self.needs_key() && own_keys.is_empty()).then_some(Obstacle::NoKey)
    }

    /// The contributors who are not configured.
    fn unknown_contributors(&self) -> impl Iterator<Item = Approver> {
        let requester = self.ticket.requester.iter();
        let requester =
            requester.map(|name| (name.text.clone(), name.text.clone(), Involvement::Requester));
        let makers = self.contributors.iter().map(|contributor| {
            let author = &contributor.author;
            (
                author.name.to_string(),
                author.email.to_string(),
                contributor.involvement,
            )
        });
        let is_unknown = |(name, email, _): &(String, String, Involvement)| {
            !self.identities.knows(name) && !self.identities.knows(email)
        };
        let mut listed = BTreeSet::new();
        makers
            .chain(requester)
            .filter(is_unknown)
            .filter(move |(name, _, _)| listed.insert(name.clone()))
            .map(|(name, _, involvement)| Approver {
                name,
                email: None,
                roles: Vec::new(),
                obstacle: Some(Obstacle::Contributed(involvement)),
            })
    }

    /// Whether people who are not configured can approve: in the forge only those who are, and with
    /// a signature only those who have a key.
    fn others_can_approve(&self) -> bool {
        let nobody_is_configured = self.identities.people.is_empty();
        match self.quorum.evidence {
            Evidence::Signed => false,
            Evidence::Forge => nobody_is_configured,
            Evidence::Claimed | Evidence::Attributed => true,
        }
    }

    fn needs_key(&self) -> bool {
        self.quorum.evidence == Evidence::Signed
    }

    /// The required roles that a person has.
    pub(super) fn required_roles_of(&self, approver: &Approver) -> Vec<String> {
        let Roles::Each(wanted) = &self.quorum.roles else {
            return Vec::new();
        };
        let has = |role: &&String| approver.has_role(role);
        wanted.iter().filter(has).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::Contributor;
    use super::super::testing::{Case, author, key, signer, typed};
    use super::*;
    use crate::config::Quorum;

    const BO: &str = "bo@example.com";
    const KIM: &str = "kim@example.com";

    /// Each person with the reason why they cannot approve, or nothing.
    fn people(case: &Case) -> Vec<(String, &'static str)> {
        let people = case.approvers().people.into_iter();
        people
            .map(|person| (person.name, person.obstacle.map_or("", Obstacle::label)))
            .collect()
    }

    fn is(name: &str, obstacle: &'static str) -> (String, &'static str) {
        (name.to_owned(), obstacle)
    }

    #[test]
    fn contributors_and_approvers_cannot_approve() {
        let mut case = Case::new(&[typed(KIM, "")]);
        case.head = "requester = \"lee\"\n".into();
        for (alias, email) in [
            ("bo", BO),
            ("kim", KIM),
            ("lee", "lee@example.com"),
            ("mo", "mo@example.com"),
        ] {
            case.people.extend(Case::person(alias, email, &[]));
        }
        case.makers = vec![
            Contributor::of(author("Bo", BO), Involvement::Author),
            Contributor::of(author("Eve", "eve@example.com"), Involvement::Editor),
        ];
        assert_eq!(
            people(&case),
            [
                is("Eve", "edited the plan"),
                is("bo", "is an author"),
                is("kim", "approved it already"),
                is("lee", "is the requester"),
                is("mo", ""),
            ]
        );
    }

    #[test]
    fn signature_requires_a_key() {
        let mut case = Case::new(&[]);
        case.policy.low.evidence = Evidence::Signed;
        case.people = Case::person("bo", BO, &[]);
        case.people.extend(Case::person("kim", KIM, &[]));
        case.signers = vec![signer(BO, &key(1))];
        assert_eq!(
            people(&case),
            [is("bo", ""), is("kim", "has no key in `allowed_signers`")]
        );
        assert!(!case.approvers().others);
    }

    #[test]
    fn others_can_approve_unless_they_must_be_known() {
        let mut case = Case::new(&[]);
        assert!(case.approvers().others);
        case.policy.low = Quorum {
            evidence: Evidence::Forge,
            ..Quorum::of(1)
        };
        assert!(case.approvers().others);
        case.people = Case::person("bo", BO, &[]);
        assert!(!case.approvers().others);
    }
}
