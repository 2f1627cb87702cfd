//! Evaluates a ticket's approvals, one by one and together.

use jiff::Timestamp;

use super::conflict::InterestedParty;
use super::emergency::EmergencyStatus;
use super::identity::{Contributor, Identities, Involvement, is_program};
use super::quorum_shortfall::{QuorumShortfall, UnreachableQuorum};
use crate::commit::{Author, normalized};
use crate::config::{ApprovalPolicy, Evidence, Quorum};
use crate::signature::{AllowedSigners, ApprovalText, Key, SignatureError, verify_as};
use crate::ticket::{Approval, Decision, State, Ticket};

/// Everything that the evaluation of a ticket's approvals depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApprovalInput<'a> {
    /// The ticket.
    pub(crate) ticket: &'a Ticket,
    /// The digest of its current plan.
    pub(crate) digest: &'a str,
    /// The people who have a hand in the change, besides the requester in the ticket.
    pub(crate) contributors: &'a [Contributor],
    /// The author of the commit that added each approval, if known.
    pub(crate) origins: &'a [Option<Author>],
    /// The people who approved this commit in the forge; `None`: the state of the forge is unknown.
    pub(crate) forge: Option<&'a [String]>,
    /// The authors of the commits that made the ticket an emergency.
    pub(crate) declared_by: &'a [Author],
    /// The keys that may sign.
    pub(crate) signers: &'a AllowedSigners,
    /// People and their names.
    pub(crate) identities: Identities<'a>,
    /// The settings for approvals.
    pub(crate) policy: &'a ApprovalPolicy,
    /// The required approvals: those of the risk, and those of the policies that apply.
    pub(crate) quorum: &'a Quorum,
    /// The current time.
    pub(crate) now: Timestamp,
}

/// The result for a ticket's approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalResult {
    /// The approvals of the ticket, in order, then those of the forge.
    pub(crate) entries: Vec<EvaluatedApproval>,
    /// What is missing; `None`: the quorum is met.
    pub(crate) shortfall: Option<QuorumShortfall>,
    /// What would still be missing after everyone approved who may, if the quorum isn't met.
    pub(crate) unreachable: Option<UnreachableQuorum>,
    /// The minimum evidence for each approval.
    pub(crate) evidence: Evidence,
    /// Whether the missing approvals may exist in a forge whose state is unknown.
    pub(crate) needs_forge: bool,
    /// Whether the change may precede its approval; `None`: it is not an emergency.
    pub(crate) deferral: Option<EmergencyStatus>,
    /// The state in the ticket's file.
    pub(crate) written_state: State,
    /// The fields that the ticket must have before it is approved, and doesn't have.
    pub(crate) missing_fields: Vec<&'static str>,
}

/// Whether a ticket is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalStatus {
    /// It is approved by as many people as the policy requires.
    Approved,
    /// It has no approvals, and the policy requires none.
    NotRequired,
    /// It is not approved.
    Unapproved,
    /// Unknown: only the forge could tell, and its state isn't available.
    Unknown,
}

/// An approval with its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EvaluatedApproval {
    /// Its index in the ticket; `None`: it comes from the forge.
    pub(crate) index: Option<usize>,
    /// The person who decided, as written.
    pub(crate) by: String,
    /// The role in which they decided, if they have it.
    pub(crate) role: Option<String>,
    /// How well the approval is proven.
    pub(crate) evidence: Evidence,
    /// The key that signed it.
    pub(crate) key: Option<Key>,
    /// The text with a valid signature.
    pub(crate) signed_text: Option<String>,
    /// When they decided; `None`: unknown, or an approval of the forge, which is bound to the
    /// commit.
    pub(crate) at: Option<Timestamp>,
    /// Its effect.
    pub(crate) effect: ApprovalEffect,
}

/// The effect of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApprovalEffect {
    /// It counts as an approval.
    Approves,
    /// It blocks the change.
    Rejects,
    /// The same person changed their decision later.
    Superseded,
    /// The key of this name is missing or blank.
    Incomplete(&'static str),
    /// A different plan was approved: the digest differs.
    Stale,
    /// Its date is in the future.
    InFuture(Timestamp),
    /// Its signature does not count.
    BadSignature(SignatureError),
    /// It was given by a bot.
    Bot,
    /// It was given in the forge, under a name that is not configured.
    Unknown,
    /// It was given by somebody who has a hand in the change.
    SelfApproval(Involvement),
    /// It was given by somebody who has a hand in the change and may declare an emergency, so it
    /// only declares one.
    DeclaresEmergency,
    /// Its evidence is weaker than this.
    TooWeak(Evidence),
}

/// Evaluates the approvals of a ticket.
#[must_use]
pub(crate) fn evaluate(facts: &ApprovalInput<'_>) -> ApprovalResult {
    let parties = InterestedParty::all(facts);
    let of_ticket = facts.ticket.approvals.iter().enumerate();
    let of_ticket = of_ticket.map(|(index, approval)| facts.entry(index, approval, &parties));
    let of_forge = facts
        .forge
        .unwrap_or_default()
        .iter()
        .map(|by| facts.forge_entry(by, &parties));
    let mut entries: Vec<EvaluatedApproval> = of_ticket.chain(of_forge).collect();
    facts.resolve_superseded(&mut entries);
    let lacking = facts.shortfall(&entries);
    let evidence = facts.quorum.evidence;
    let needs_forge = facts.forge.is_none() && evidence == Evidence::Forge;
    let deferral = facts.deferral(&entries, &parties);
    ApprovalResult {
        entries,
        unreachable: lacking.as_ref().and_then(|_| facts.unreachable_quorum()),
        shortfall: lacking,
        evidence,
        needs_forge,
        deferral,
        written_state: facts.ticket.state,
        missing_fields: facts
            .ticket
            .missing_fields(State::Approved)
            .iter()
            .map(|missing| missing.key)
            .collect(),
    }
}

impl ApprovalResult {
    /// Whether the ticket is approved.
    #[must_use]
    pub(crate) fn status(&self) -> ApprovalStatus {
        let is_rejected = self.rejections().next().is_some();
        let approves = |entry: &EvaluatedApproval| entry.effect == ApprovalEffect::Approves;
        match self.shortfall {
            _ if is_rejected => ApprovalStatus::Unapproved,
            None if self.entries.iter().any(approves) => ApprovalStatus::Approved,
            None => ApprovalStatus::NotRequired,
            Some(_) if self.needs_forge => ApprovalStatus::Unknown,
            Some(_) => ApprovalStatus::Unapproved,
        }
    }

    /// Whether the policy is met: the quorum is complete, and nobody rejects the ticket.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        matches!(
            self.status(),
            ApprovalStatus::Approved | ApprovalStatus::NotRequired
        )
    }

    /// The state of the ticket. `approved` need not be written: it follows from enough approvals, if
    /// the ticket is past draft and has the required fields.
    #[must_use]
    pub(crate) fn state(&self) -> State {
        if self.awaits_approval() && self.is_approved() {
            State::Approved
        } else {
            self.written_state
        }
    }

    /// Whether only the forge can confirm that the ticket is approved.
    #[must_use]
    pub(crate) fn is_state_unknown(&self) -> bool {
        self.awaits_approval() && self.status() == ApprovalStatus::Unknown
    }

    /// Whether only people's approvals are missing until the ticket is approved.
    fn awaits_approval(&self) -> bool {
        self.missing_fields.is_empty()
            && matches!(self.written_state, State::Proposed | State::Reviewed)
    }

    /// The rejections of the current plan.
    pub(crate) fn rejections(&self) -> impl Iterator<Item = &EvaluatedApproval> {
        self.entries
            .iter()
            .filter(|entry| entry.effect == ApprovalEffect::Rejects)
    }
}

impl ApprovalInput<'_> {
    fn entry(
        &self,
        index: usize,
        approval: &Approval,
        parties: &[InterestedParty<'_>],
    ) -> EvaluatedApproval {
        let by = approval.by.as_ref().map_or("", |by| by.text.trim());
        let role = approval
            .role
            .as_ref()
            .map(|role| role.text.trim())
            .filter(|role| !role.is_empty());
        let mut entry = EvaluatedApproval {
            index: Some(index),
            by: by.to_owned(),
            role: role
                .filter(|role| self.identities.has_role(by, role))
                .map(str::to_owned),
            evidence: Evidence::Claimed,
            key: None,
            signed_text: None,
            at: approval.at.map(|at| at.timestamp),
            effect: ApprovalEffect::Incomplete("by"),
        };
        if !normalized(by).is_empty() {
            entry.effect = match self.decision(approval, role, &mut entry) {
                Err(effect) => effect,
                Ok(Decision::Reject) => ApprovalEffect::Rejects,
                Ok(Decision::Approve) => self.effect(&entry, parties),
            };
        }
        entry
    }

    /// The decision on the current plan, or why it doesn't count; evidence and key are recorded in
    /// the entry.
    fn decision(
        &self,
        approval: &Approval,
        role: Option<&str>,
        entry: &mut EvaluatedApproval,
    ) -> Result<Decision, ApprovalEffect> {
        let decision = approval
            .decision
            .ok_or(ApprovalEffect::Incomplete("decision"))?;
        let at = entry.at.ok_or(ApprovalEffect::Incomplete("at"))?;
        let digest = approval
            .digest
            .as_ref()
            .ok_or(ApprovalEffect::Incomplete("digest"))?
            .text
            .as_str();
        let signature = approval.signature.as_ref().map(|signature| {
            let ticket = &self.ticket.identity.text;
            let signed = ApprovalText {
                ticket,
                digest,
                decision,
                by: &entry.by,
                role,
                at,
                reason: approval.reason.as_ref().map(|reason| reason.text.as_str()),
            };
            verify_as(
                &self.identities.names_surely_of(&entry.by),
                &signed,
                &signature.text,
                self.signers,
            )
        });
        if let Some(Ok(approval)) = &signature {
            entry.evidence = Evidence::Signed;
            entry.key = Some(approval.verified.signer.key.clone());
            entry.signed_text = Some(approval.text.clone());
        }
        if digest != self.digest {
            return Err(ApprovalEffect::Stale);
        }
        if at > self.now {
            return Err(ApprovalEffect::InFuture(at));
        }
        let origin = entry
            .index
            .and_then(|index| self.origins.get(index)?.as_ref());
        if origin.is_some_and(|author| self.identities.proves(author, &entry.by)) {
            entry.evidence = entry.evidence.max(Evidence::Attributed);
        }
        match signature {
            Some(Err(refusal)) => Err(ApprovalEffect::BadSignature(refusal)),
            Some(Ok(_)) | None => Ok(decision),
        }
    }

    fn forge_entry(&self, by: &str, parties: &[InterestedParty<'_>]) -> EvaluatedApproval {
        let mut entry = EvaluatedApproval {
            index: None,
            by: by.to_owned(),
            role: None,
            evidence: Evidence::Forge,
            key: None,
            signed_text: None,
            at: None,
            effect: ApprovalEffect::Approves,
        };
        entry.effect = self.effect(&entry, parties);
        entry
    }

    /// The effect of the approval of this person, with this evidence.
    fn effect(&self, entry: &EvaluatedApproval, parties: &[InterestedParty<'_>]) -> ApprovalEffect {
        if is_program(&entry.by, &self.policy.bots) {
            return ApprovalEffect::Bot;
        }
        if let Some(part) = self.involvement_of(entry, parties) {
            return if self.declares(entry) {
                ApprovalEffect::DeclaresEmergency
            } else {
                ApprovalEffect::SelfApproval(part)
            };
        }
        // Anybody on the internet can have a name in the forge, including the authors of the
        // change, who may have a second one.
        if entry.index.is_none()
            && !self.identities.people.is_empty()
            && !self.identities.knows(&entry.by)
        {
            return ApprovalEffect::Unknown;
        }
        let needed = self.quorum.evidence;
        if entry.evidence < needed {
            ApprovalEffect::TooWeak(needed)
        } else {
            ApprovalEffect::Approves
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::commit::Mailmap;

    use super::super::testing::{Case, author, key, signed_entry, signer, typed};
    use super::*;

    const BO: &str = "bo@example.com";
    const KIM: &str = "kim@example.com";

    #[test]
    fn who_types_an_approval_claims_it() {
        let judgement = Case::new(&[typed(BO, "")]).judge();
        assert_eq!(
            (judgement.entries[0].evidence, judgement.is_approved()),
            (Evidence::Claimed, true)
        );
        assert_eq!(
            Case::new(&[]).judge().shortfall.unwrap().people,
            Some((0, 1))
        );
    }

    #[test]
    fn whose_commit_adds_it_is_attributed() {
        let mut case = Case::new(&[typed(BO, ""), typed(KIM, "")]);
        case.origins = vec![
            Some(author("B", "BO@example.com")),
            Some(author("Eve", "eve@example.com")),
        ];
        let evidence: Vec<Evidence> = case
            .judge()
            .entries
            .iter()
            .map(|entry| entry.evidence)
            .collect();
        assert_eq!(evidence, [Evidence::Attributed, Evidence::Claimed]);
    }

    #[test]
    fn bad_signature_voids_approval() {
        let mut case = Case::new(&[]);
        case.approve(|digest| {
            vec![
                signed_entry(BO, digest, &key(1)),
                signed_entry(KIM, digest, &key(1)),
            ]
        });
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(2))];
        let entries = case.judge().entries;
        assert_eq!(
            (entries[0].evidence, &entries[0].effect),
            (Evidence::Signed, &ApprovalEffect::Approves)
        );
        assert!(
            matches!(
                entries[1].effect,
                ApprovalEffect::BadSignature(SignatureError::OtherPerson(_))
            ),
            "{:?}",
            entries[1]
        );
    }

    #[test]
    fn the_forge_proves_more_than_a_commit_and_less_than_a_key() {
        let mut case = Case::new(&[typed(BO, "")]);
        case.policy.low.evidence = Evidence::Forge;
        case.forge = Some(vec![KIM.into()]);
        assert_eq!(
            case.effects(),
            [
                ApprovalEffect::TooWeak(Evidence::Forge),
                ApprovalEffect::Approves
            ]
        );
        assert!(case.judge().is_approved());
        case.policy.low.evidence = Evidence::Signed;
        assert_eq!(
            case.effects(),
            [
                ApprovalEffect::TooWeak(Evidence::Signed),
                ApprovalEffect::TooWeak(Evidence::Signed)
            ]
        );
    }

    #[test]
    fn an_approval_of_something_else_is_stale() {
        let mut case = Case::new(&[]);
        case.approve(|_| vec![typed(BO, "digest = \"sha256:0\"")]);
        assert_eq!(case.effects(), [ApprovalEffect::Stale]);
        assert!(!case.judge().is_approved());
    }

    #[test]
    fn signed_approval_of_an_earlier_plan_is_signed() {
        let mut case = Case::new(&[]);
        case.signers = vec![signer(BO, &key(1))];
        case.approve(|_| {
            vec![
                signed_entry(BO, "sha256:0", &key(1)),
                signed_entry(KIM, "sha256:0", &key(1)),
            ]
        });
        let entries = case.judge().entries;
        assert_eq!(
            (entries[0].evidence, &entries[0].effect),
            (Evidence::Signed, &ApprovalEffect::Stale)
        );
        assert_eq!(
            (entries[1].evidence, &entries[1].effect),
            (Evidence::Claimed, &ApprovalEffect::Stale)
        );
    }

    #[test]
    fn key_of_a_person_signs_under_each_of_their_names() {
        let mut case = Case::new(&[]);
        case.people = Case::person("bo", BO, &[]);
        case.people.get_mut("bo").unwrap().aliases = vec!["bo.berg@example.com".into()];
        case.mailmap = Mailmap::parse("<bo@example.com> <bo@old.example>\n");
        case.signers = vec![signer(BO, &key(1))];
        for by in [
            "bo.berg@example.com",
            "BO@example.com",
            "bo",
            "bo@old.example",
        ] {
            case.approve(|digest| vec![signed_entry(by, digest, &key(1))]);
            assert_eq!(case.effects(), [ApprovalEffect::Approves], "{by}");
        }
        case.approve(|digest| vec![signed_entry(KIM, digest, &key(1))]);
        assert!(matches!(
            case.effects()[..],
            [ApprovalEffect::BadSignature(SignatureError::OtherPerson(_))]
        ));
    }

    #[test]
    fn incomplete_or_future_approval_is_ignored() {
        let later = typed(BO, "").replace("at = 2026-11-20T12:00:00Z", "at = 2027-01-01T00:00:00Z");
        let timeless = typed(BO, "").replace("at = 2026-11-20T12:00:00Z", "");
        let nobody = typed(BO, "").replace(BO, " . ");
        let undecided = typed(BO, "").replace("decision = \"approve\"", "");
        let case = Case::new(&[later, timeless, nobody, undecided]);
        let expected = [
            ApprovalEffect::InFuture("2027-01-01T00:00:00Z".parse().unwrap()),
            ApprovalEffect::Incomplete("at"),
            ApprovalEffect::Incomplete("by"),
            ApprovalEffect::Incomplete("decision"),
        ];
        assert_eq!(case.effects(), expected);
    }

    #[test]
    fn self_approval_under_any_name_is_ignored() {
        for (email, part) in [
            (BO, Involvement::Author),
            ("BO@example.com", Involvement::CoAuthor),
            ("bo@old.example", Involvement::Editor),
        ] {
            let mut case = Case::new(&[typed(BO, ""), typed(KIM, "")]);
            case.mailmap = Mailmap::parse("<bo@example.com> <bo@old.example>\n");
            case.makers = vec![Contributor::of(author("B", email), part)];
            assert_eq!(
                case.effects(),
                [ApprovalEffect::SelfApproval(part), ApprovalEffect::Approves],
                "{email}"
            );
        }
        let mut case = Case::new(&[typed("bo", "")]);
        case.head = "requester = \"bo@example.com\"\n".into();
        case.people = Case::person("bo", BO, &[]);
        case.approve(|_| vec![typed("bo", "")]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::SelfApproval(Involvement::Requester)]
        );
    }

    #[test]
    fn a_key_of_an_author_does_not_approve_under_another_name() {
        let mut case = Case::new(&[]);
        case.approve(|digest| vec![signed_entry(KIM, digest, &key(1))]);
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(1))];
        case.makers = vec![Contributor::of(author("Bo", BO), Involvement::Author)];
        assert_eq!(
            case.effects(),
            [ApprovalEffect::SelfApproval(Involvement::Author)]
        );
    }

    #[test]
    fn programs_author_and_never_approve() {
        let mut case = Case::new(&[typed("renovate[bot]", ""), typed("merge@example.com", "")]);
        case.policy.bots = vec!["merge@example.com".into()];
        assert_eq!(case.effects(), [ApprovalEffect::Bot, ApprovalEffect::Bot]);
    }

    #[test]
    fn unknown_forge_user_is_ignored_with_people() {
        let mut case = Case::new(&[]);
        case.people = Case::person("bo", BO, &[]);
        case.forge = Some(vec!["sock-puppet".into(), "BO".into()]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::Unknown, ApprovalEffect::Approves]
        );
        case.mailmap = Mailmap::parse("<bo@example.com> <bo@old.example>\n");
        case.forge = Some(vec!["bo@old.example".into()]);
        assert_eq!(case.effects(), [ApprovalEffect::Approves]);
        case.people.clear();
        case.forge = Some(vec!["sock-puppet".into()]);
        assert_eq!(case.effects(), [ApprovalEffect::Approves]);
    }

    #[test]
    fn a_name_that_the_author_wrote_for_themselves_proves_nothing() {
        let mut case = Case::new(&[typed("Kim Lee", "")]);
        case.people = Case::person("kim", KIM, &[]);
        case.people.get_mut("kim").unwrap().aliases = vec!["Kim Lee".into()];
        case.origins = vec![Some(author("Kim Lee", "eve@example.com"))];
        assert_eq!(case.judge().entries[0].evidence, Evidence::Claimed);
        case.origins = vec![Some(author("x", KIM))];
        assert_eq!(case.judge().entries[0].evidence, Evidence::Attributed);
    }

    #[test]
    fn key_of_an_author_never_approves() {
        let mut case = Case::new(&[]);
        case.approve(|digest| vec![signed_entry(KIM, digest, &key(1))]);
        case.mailmap = Mailmap::parse("<bo@example.com> <bo@laptop>\n");
        case.people = Case::person("berg", "berg@example.com", &[]);
        case.people.get_mut("berg").unwrap().aliases = vec![BO.into()];
        for holder in [
            BO,
            "berg@example.com",
            "Berg",
            "bo@laptop",
            "b*@Example.com",
        ] {
            case.signers = vec![signer(holder, &key(1)), signer(KIM, &key(1))];
            for email in ["BO@example.com", "bo@laptop", "Berg@Example.com"] {
                case.makers = vec![Contributor::of(author("x", email), Involvement::Author)];
                assert_eq!(
                    case.effects(),
                    [ApprovalEffect::SelfApproval(Involvement::Author)],
                    "{holder} {email}"
                );
            }
            case.makers = vec![Contributor::of(
                author("x", "eve@example.org"),
                Involvement::Author,
            )];
            assert_eq!(case.effects(), [ApprovalEffect::Approves], "{holder}");
        }
    }

    #[test]
    fn a_key_of_the_requester_does_not_approve_under_another_name() {
        let mut case = Case::new(&[]);
        case.head = "requester = \"BO@example.com\"\n".into();
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(1))];
        case.approve(|digest| vec![signed_entry(KIM, digest, &key(1))]);
        assert_eq!(
            case.effects(),
            [ApprovalEffect::SelfApproval(Involvement::Requester)]
        );
    }

    #[test]
    fn an_address_that_may_be_an_authors_does_not_approve() {
        let mut case = Case::new(&[typed("kim@old.example", "")]);
        case.mailmap = Mailmap::parse("Kim <kim@example.com> Kim Lee <kim@old.example>\n");
        case.makers = vec![Contributor::of(author("Kim", KIM), Involvement::Author)];
        assert_eq!(
            case.effects(),
            [ApprovalEffect::SelfApproval(Involvement::Author)]
        );
    }

    #[test]
    fn signed_approval_in_a_squash_is_not_authorship() {
        let mut case = Case::new(&[]);
        case.approve(|digest| vec![signed_entry(BO, digest, &key(1)), typed(BO, "")]);
        case.signers = vec![signer(BO, &key(1))];
        let squashed = Contributor {
            co_committed_approvals: vec![0, 1],
            ..Contributor::of(author("Bo", BO), Involvement::CoAuthor)
        };
        case.makers = vec![squashed.clone()];
        assert_eq!(
            case.effects(),
            [
                ApprovalEffect::Approves,
                ApprovalEffect::SelfApproval(Involvement::CoAuthor)
            ]
        );
        case.makers = vec![
            squashed,
            Contributor::of(author("Bo", BO), Involvement::Author),
        ];
        assert_eq!(
            case.effects()[0],
            ApprovalEffect::SelfApproval(Involvement::Author)
        );
    }
}
