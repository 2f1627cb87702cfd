//! The approvals of a ticket together: whose last decision counts, and whether they are enough.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::conflict::InterestedParty;
use super::evaluate::{ApprovalEffect, ApprovalInput, EvaluatedApproval};
use super::quorum_shortfall::{QuorumShortfall, UnreachableQuorum};
use crate::config::{Evidence, Person};

impl ApprovalInput<'_> {
    /// Makes only the last decision of each person count: the last by date, and for equal dates by
    /// position.
    ///
    /// The position alone proves nothing, since anybody can put an older approval below a
    /// rejection. A rejection revokes every earlier approval that may be by the same person; an
    /// approval revokes only rejections that are certainly by the same person and not proven
    /// better: otherwise anybody who can edit the file could lift a signed rejection.
    pub(super) fn resolve_superseded(&self, entries: &mut [EvaluatedApproval]) {
        let names: Vec<BTreeSet<String>> =
            entries.iter().map(|entry| self.names_of(entry)).collect();
        // The forge is asked for the commit that is checked, so its approvals come after all those
        // in tickets.
        let mut by_date: Vec<usize> = (0..entries.len()).collect();
        by_date.sort_by_key(|at| (entries[*at].at.unwrap_or(Timestamp::MAX), *at));
        for (place, later) in by_date.iter().enumerate() {
            for earlier in &by_date[..place] {
                let (entry, last) = (&entries[*earlier], &entries[*later]);
                let is_taken_back = match (&entry.effect, &last.effect) {
                    (ApprovalEffect::Approves, ApprovalEffect::Rejects) => {
                        !names[*earlier].is_disjoint(&names[*later])
                    }
                    (ApprovalEffect::Rejects, ApprovalEffect::Approves) => {
                        last.evidence >= entry.evidence && self.are_by_same_person(entry, last)
                    }
                    _ => false,
                };
                if is_taken_back {
                    entries[*earlier].effect = ApprovalEffect::Superseded;
                }
            }
        }
    }

    /// Whether two approvals are by one person: by their names, or by one key under two names.
    fn are_by_same_person(&self, one: &EvaluatedApproval, other: &EvaluatedApproval) -> bool {
        let same_key = one.key.is_some() && one.key == other.key;
        same_key || self.identities.is_same_person(&one.by, &other.by)
    }

    /// The roles in which somebody decided: in a forge, which has no roles, all of their roles.
    fn roles_of<'e>(&'e self, entry: &'e EvaluatedApproval) -> Vec<&'e str> {
        match entry.index {
            Some(_) => entry.role.as_deref().into_iter().collect(),
            None => self.identities.roles(&entry.by),
        }
    }

    /// What would still be missing if everybody approved who may; `None` if the quorum can be met.
    ///
    /// Only configured people are known. If there are none, and neither a role nor the forge has to
    /// know them, somebody else can always approve.
    #[must_use]
    pub(crate) fn unreachable_quorum(&self) -> Option<UnreachableQuorum> {
        if self.identities.people.is_empty() {
            return None;
        }
        let quorum = self.quorum;
        let parties = InterestedParty::all(self);
        let involvement = |person: &Person| {
            let entry = EvaluatedApproval {
                index: Some(usize::MAX),
                by: person.email.clone(),
                role: None,
                evidence: quorum.evidence,
                key: None,
                signed_text: None,
                at: None,
                effect: ApprovalEffect::Approves,
            };
            self.involvement_of(&entry, &parties)
        };
        let (left, excluded): (Vec<&Person>, Vec<&Person>) = self
            .identities
            .people
            .values()
            .partition(|person| involvement(person).is_none());
        let people = if quorum.evidence == Evidence::Forge {
            left.len()
        } else {
            quorum.people
        };
        let roles: Vec<&str> = left
            .iter()
            .flat_map(|person| &person.roles)
            .map(String::as_str)
            .collect();
        let shortfall = QuorumShortfall::of(quorum, people, &roles)?;
        let is_missed = |person: &&&Person| {
            let mut own = person.roles.iter().map(|role| role.to_lowercase());
            shortfall.people.is_some()
                || shortfall.any_role
                || own.any(|own| {
                    shortfall
                        .roles
                        .iter()
                        .any(|role| role.to_lowercase() == own)
                })
        };
        let excluded = excluded.iter().filter(is_missed).filter_map(|person| {
            Some(format!("{} {}", person.email, involvement(person)?.label()))
        });
        Some(UnreachableQuorum {
            excluded: excluded.collect(),
            shortfall,
        })
    }

    /// What is missing if these approvals count.
    pub(super) fn shortfall(&self, entries: &[EvaluatedApproval]) -> Option<QuorumShortfall> {
        let counting: Vec<&EvaluatedApproval> = entries
            .iter()
            .filter(|entry| entry.effect == ApprovalEffect::Approves)
            .collect();
        let mut people: Vec<BTreeSet<String>> = Vec::new();
        for entry in &counting {
            let names = self.names_of(entry);
            if people.iter().all(|known| known.is_disjoint(&names)) {
                people.push(names);
            }
        }
        let roles: Vec<&str> = counting
            .iter()
            .flat_map(|entry| self.roles_of(entry))
            .collect();
        QuorumShortfall::of(self.quorum, people.len(), &roles)
    }
}

#[cfg(test)]
mod tests {
    use super::super::identity::{Contributor, Involvement};
    use super::super::testing::{Case, author, key, signed_as, signed_entry, signer, typed};
    use super::*;
    use crate::commit::Mailmap;
    use crate::config::{Quorum, Roles};
    use crate::ticket::{Decision, RiskLevel};

    const BO: &str = "bo@example.com";
    const KIM: &str = "kim@example.com";

    /// The same approval, a minute earlier.
    fn earlier(approval: &str) -> String {
        approval.replace("at = 2026-11-20T12:00:00Z", "at = 2026-11-20T11:59:00Z")
    }

    #[test]
    fn only_holder_of_a_role_who_made_the_change_is_named() {
        let mut case = Case::new(&[]);
        case.people = Case::person("kim", KIM, &["dba"]);
        case.policy.low.roles = Roles::Each(vec!["DBA".into()]);
        assert_eq!(case.unreachable(), None);
        case.head = format!("requester = \"{KIM}\"\n");
        let fact = "no one is left who can approve in the role `DBA`, because kim@example.com is the requester";
        assert_eq!(case.unreachable().unwrap().describe(), fact);
    }

    /// The same as a rejection.
    fn reject(approval: &str) -> String {
        approval.replace("approve", "reject")
    }

    #[test]
    fn one_person_counts_once_by_name_and_by_key() {
        let mut case = Case::new(&[typed(BO, ""), typed("Bo@example.com", "")]);
        case.policy.low = Quorum::of(2);
        assert_eq!(case.judge().shortfall.unwrap().people, Some((1, 2)));
        case.approve(|digest| {
            vec![
                signed_entry(BO, digest, &key(1)),
                signed_entry(KIM, digest, &key(1)),
            ]
        });
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(1))];
        assert_eq!(case.judge().shortfall.unwrap().people, Some((1, 2)));
        case.approve(|digest| {
            vec![
                signed_entry(BO, digest, &key(1)),
                signed_entry(KIM, digest, &key(2)),
            ]
        });
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(2))];
        assert_eq!(case.judge().shortfall, None);
    }

    #[test]
    fn rejection_lasts_until_the_same_person_approves() {
        let reject = reject(&typed(BO, ""));
        let case = Case::new(&[typed(KIM, ""), reject.clone()]);
        assert!(!case.judge().is_approved());
        assert_eq!(case.judge().rejections().count(), 1);
        let case = Case::new(&[reject.clone(), typed(BO, "")]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Superseded, ApprovalEffect::Approves]
        );
        let case = Case::new(&[typed(BO, ""), reject]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Superseded, ApprovalEffect::Rejects]
        );
    }

    #[test]
    fn what_is_typed_does_not_lift_what_was_signed() {
        let mut case = Case::new(&[]);
        case.signers = vec![signer(BO, &key(1))];
        case.approve(|digest| {
            let reject = signed_as(Decision::Reject, BO, digest, &key(1));
            vec![reject, typed(BO, "")]
        });
        assert_eq!(case.effects()[0], ApprovalEffect::Rejects);
        assert!(!case.judge().is_approved());
    }

    #[test]
    fn an_older_approval_below_a_rejection_does_not_lift_it() {
        let reject = reject(&typed(BO, ""));
        let case = Case::new(&[reject.clone(), earlier(&typed(BO, ""))]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Rejects, ApprovalEffect::Superseded]
        );
        let case = Case::new(&[typed(BO, ""), earlier(&reject)]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Approves, ApprovalEffect::Superseded]
        );
        let case = Case::new(&[typed(BO, ""), reject, earlier(&typed(BO, ""))]);
        assert_eq!(
            case.effects(),
            [
                ApprovalEffect::Superseded,
                ApprovalEffect::Rejects,
                ApprovalEffect::Superseded
            ]
        );
    }

    #[test]
    fn forge_approvals_come_after_ticket_approvals() {
        let reject = reject(&typed(BO, ""));
        let mut case = Case::new(&[reject]);
        case.forge = Some(vec![BO.into()]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Superseded, ApprovalEffect::Approves]
        );
    }

    #[test]
    fn shared_address_does_not_lift_a_rejection() {
        let reject = reject(&typed(KIM, ""));
        let mut case = Case::new(&[reject.clone(), typed("team@example.com", "")]);
        case.mailmap = Mailmap::parse("<kim@example.com> Kim <team@example.com>\n");
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Rejects, ApprovalEffect::Approves]
        );
        case.approve(|_| vec![typed("team@example.com", ""), reject.clone()]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Superseded, ApprovalEffect::Rejects]
        );
    }

    #[test]
    fn a_role_counts_where_it_is_theirs() {
        let mut case = Case::new(&[typed(BO, "role = \"dba\""), typed(KIM, "")]);
        case.policy.low = Quorum {
            roles: Roles::Each(vec!["dba".into()]),
            ..Quorum::of(2)
        };
        assert_eq!(case.judge().shortfall, None);
        case.people = Case::person("kim", KIM, &["dba"]);
        assert_eq!(case.judge().shortfall.unwrap().roles, ["dba"]);
        case.people = Case::person("bo", BO, &["dba"]);
        assert_eq!(case.judge().shortfall, None);
    }

    #[test]
    fn forge_approval_counts_for_all_roles() {
        let mut case = Case::new(&[]);
        case.policy.low = Quorum {
            roles: Roles::Each(vec!["dba".into()]),
            ..Quorum::of(1)
        };
        case.forge = Some(vec!["bo".into()]);
        assert_eq!(case.judge().shortfall.unwrap().roles, ["dba"]);
        case.people = Case::person("bo", BO, &["sre", "dba"]);
        assert_eq!(case.judge().shortfall, None);
    }

    #[test]
    fn quorum_is_unreachable_if_all_role_holders_contributed() {
        let mut case = Case::new(&[]);
        case.policy.low = Quorum {
            roles: Roles::Each(vec!["dba".into()]),
            ..Quorum::of(1)
        };
        assert_eq!(case.out_of_reach(), None);
        case.people = Case::person("bo", BO, &["dba"]);
        case.people.extend(Case::person("kim", KIM, &["sre"]));
        assert_eq!(case.out_of_reach(), None);
        case.makers = vec![Contributor::of(author("Bo", BO), Involvement::Author)];
        let lacking = case.out_of_reach().unwrap();
        assert_eq!(
            lacking.describe_unreachable(),
            "no one is left who can approve in the role `dba`"
        );
        case.policy.low = Quorum::of(2);
        assert_eq!(
            case.out_of_reach(),
            None,
            "somebody who is not configured may approve"
        );
        case.policy.low.evidence = Evidence::Forge;
        let lacking = case.out_of_reach().unwrap();
        assert_eq!(
            lacking.describe_unreachable(),
            "2 approvals are required, but only 1 person is left who can approve"
        );
    }

    #[test]
    fn risk_decides_the_number_of_approvals() {
        let mut case = Case::new(&[typed(BO, "role = \"dba\"")]);
        case.risk = RiskLevel::High;
        assert_eq!(case.judge().shortfall.unwrap().people, Some((1, 2)));
    }
}
