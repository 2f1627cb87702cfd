//! The judgement of a ticket's approvals, one by one and together.

use jiff::Timestamp;

use super::lacking::Lacking;
use super::person::{Maker, Part, Who, is_program};
use crate::commit::Author;
use crate::config::{ApprovalPolicy, Evidence};
use crate::signature::{AllowedSigners, ApprovalText, Key, Refusal, verify};
use crate::ticket::{Approval, Decision, RiskLevel, Ticket};

/// What is known of a ticket and of those who approve it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// The digest of what it says now.
    pub digest: &'a str,
    /// Its risk.
    pub risk: RiskLevel,
    /// Who has a hand in the change, besides the requester whom the ticket names.
    pub makers: &'a [Maker],
    /// For each approval of the ticket the author of the commit that added it, where that is known.
    pub origins: &'a [Option<Author>],
    /// The addresses of those who approve in the forge what is judged.
    pub forge: &'a [String],
    /// Whose keys may sign.
    pub signers: &'a AllowedSigners,
    /// Who is who.
    pub who: Who<'a>,
    /// What is asked for.
    pub policy: &'a ApprovalPolicy,
    /// Now.
    pub now: Timestamp,
}

/// What became of a ticket's approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Those of the ticket, in order, then those of the forge.
    pub entries: Vec<Entry>,
    /// What is lacking; `None`: the quorum is there.
    pub lacking: Option<Lacking>,
}

/// An approval, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its index in the ticket; `None`: it is the forge's.
    pub index: Option<usize>,
    /// Who decided, as written.
    pub by: String,
    /// The role in which they did, where it is theirs.
    pub role: Option<String>,
    /// How well that is proven.
    pub evidence: Evidence,
    /// The key that signed it.
    pub key: Option<Key>,
    /// What it is worth.
    pub verdict: Verdict,
}

/// What an approval is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Approves,
    /// It stands in the way.
    Rejects,
    /// The same person decided otherwise later.
    Superseded,
    /// The key of this name is missing or blank.
    Incomplete(&'static str),
    /// Something else was approved: the digest is another.
    Stale,
    /// It is dated later than now.
    InFuture(Timestamp),
    /// It is signed, and the signature does not count.
    BadSignature(Refusal),
    /// A program says so.
    Bot,
    /// By somebody who has a hand in the change.
    SelfApproval(Part),
    /// It is less proven than this.
    TooWeak(Evidence),
}

/// Judges the approvals of a ticket.
#[must_use]
pub fn judge(facts: &Facts<'_>) -> Judgement {
    let of_ticket = facts.ticket.approvals.iter().enumerate().map(|(index, approval)| facts.entry(index, approval));
    let mut entries: Vec<Entry> = of_ticket.chain(facts.forge.iter().map(|by| facts.forge_entry(by))).collect();
    facts.supersede(&mut entries);
    let lacking = facts.lacking(&entries);
    Judgement { entries, lacking }
}

impl Judgement {
    /// Whether the ticket is approved: the quorum is there, and nobody rejects it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.lacking.is_none() && self.rejections().next().is_none()
    }

    /// Those who reject what the ticket says now.
    pub fn rejections(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.verdict == Verdict::Rejects)
    }
}

impl Facts<'_> {
    fn entry(&self, index: usize, approval: &Approval) -> Entry {
        let by = approval.by.as_ref().map_or("", |by| by.text.trim());
        let role = approval.role.as_ref().map(|role| role.text.trim()).filter(|role| !role.is_empty());
        let mut entry = Entry {
            index: Some(index),
            by: by.to_owned(),
            role: role.filter(|role| self.who.has_role(by, role)).map(str::to_owned),
            evidence: Evidence::Claimed,
            key: None,
            verdict: Verdict::Incomplete("by"),
        };
        if !by.is_empty() {
            entry.verdict = self.verdict(approval, role, &mut entry);
        }
        entry
    }

    /// What an approval is worth by itself; its evidence and key are noted in its entry.
    fn verdict(&self, approval: &Approval, role: Option<&str>, entry: &mut Entry) -> Verdict {
        let Some(decision) = approval.decision else { return Verdict::Incomplete("decision") };
        let Some(at) = approval.at.map(|at| at.timestamp) else { return Verdict::Incomplete("at") };
        let Some(digest) = approval.digest.as_ref().map(|digest| digest.text.as_str()) else {
            return Verdict::Incomplete("digest");
        };
        if digest != self.digest {
            return Verdict::Stale;
        }
        if at > self.now {
            return Verdict::InFuture(at);
        }
        let origin = entry.index.and_then(|index| self.origins.get(index)?.as_ref());
        if origin.is_some_and(|author| self.who.is_author(author, &entry.by)) {
            entry.evidence = Evidence::Attributed;
        }
        if let Some(signature) = &approval.signature {
            let ticket = &self.ticket.identity.text;
            let signed = ApprovalText { ticket, digest, decision, by: &entry.by, role, at };
            match verify(&signed, &signature.text, self.signers) {
                Err(refusal) => return Verdict::BadSignature(refusal),
                Ok(verified) => {
                    entry.evidence = Evidence::Signed;
                    entry.key = Some(verified.signer.key.clone());
                }
            }
        }
        match decision {
            Decision::Reject => Verdict::Rejects,
            Decision::Approve => self.worth(entry),
        }
    }

    fn forge_entry(&self, by: &str) -> Entry {
        let mut entry = Entry {
            index: None,
            by: by.to_owned(),
            role: None,
            evidence: Evidence::Forge,
            key: None,
            verdict: Verdict::Approves,
        };
        entry.verdict = self.worth(&entry);
        entry
    }

    /// What the approval of this person is worth, by this evidence.
    fn worth(&self, entry: &Entry) -> Verdict {
        if is_program(&entry.by, &self.policy.bots) {
            return Verdict::Bot;
        }
        if let Some(part) = self.part_of(entry) {
            return Verdict::SelfApproval(part);
        }
        let needed = self.policy.quorum(self.risk).evidence;
        if entry.evidence < needed { Verdict::TooWeak(needed) } else { Verdict::Approves }
    }

    /// What the person, or whoever else has their key, has to do with the change.
    fn part_of(&self, entry: &Entry) -> Option<Part> {
        let requester = self.ticket.requester.as_ref().map(|requester| requester.text.as_str());
        let has_key = |name: &str| entry.key.as_ref().is_some_and(|key| self.signers.has_key(name, key));
        if requester.is_some_and(|requester| self.who.is_one(requester, &entry.by) || has_key(requester)) {
            return Some(Part::Requester);
        }
        let is_maker = |maker: &&Maker| self.who.is_author(&maker.author, &entry.by) || has_key(&maker.author.email);
        self.makers.iter().find(is_maker).map(|maker| maker.part)
    }

    /// Lets the last word of each person count.
    ///
    /// A rejection takes back every approval before it, an approval only rejections that are no better proven: else
    /// whoever can type could lift what another signed.
    fn supersede(&self, entries: &mut [Entry]) {
        for later in 1..entries.len() {
            let (before, rest) = entries.split_at_mut(later);
            let last = &rest[0];
            for entry in before.iter_mut().filter(|entry| self.is_one(entry, last)) {
                let is_taken_back = match (&entry.verdict, &last.verdict) {
                    (Verdict::Approves, Verdict::Rejects) => true,
                    (Verdict::Rejects, Verdict::Approves) => last.evidence >= entry.evidence,
                    _ => false,
                };
                if is_taken_back {
                    entry.verdict = Verdict::Superseded;
                }
            }
        }
    }

    /// Whether two approvals are by one person: by their names, or by one key under two.
    fn is_one(&self, one: &Entry, other: &Entry) -> bool {
        let same_key = one.key.is_some() && one.key == other.key;
        same_key || self.who.is_one(&one.by, &other.by)
    }

    /// The roles in which somebody decided: in a forge, which knows none, in all that are theirs.
    fn roles_of<'e>(&'e self, entry: &'e Entry) -> Vec<&'e str> {
        match entry.index {
            Some(_) => entry.role.as_deref().into_iter().collect(),
            None => self.who.roles(&entry.by),
        }
    }

    fn lacking(&self, entries: &[Entry]) -> Option<Lacking> {
        let counting: Vec<&Entry> = entries.iter().filter(|entry| entry.verdict == Verdict::Approves).collect();
        let is_new = |(at, entry): &(usize, &&Entry)| !counting[..*at].iter().any(|other| self.is_one(other, entry));
        let people = counting.iter().enumerate().filter(is_new).count();
        let roles: Vec<&str> = counting.iter().flat_map(|entry| self.roles_of(entry)).collect();
        Lacking::of(self.policy.quorum(self.risk), people, &roles)
    }
}

#[cfg(test)]
mod tests {
    use crate::commit::Mailmap;

    use super::super::testing::{Case, author, key, signed_as, signed_entry, signer, typed};
    use super::*;
    use crate::config::{Quorum, Roles};

    const BO: &str = "bo@example.com";
    const KIM: &str = "kim@example.com";

    fn verdicts(case: &Case) -> Vec<Verdict> {
        case.judge().entries.into_iter().map(|entry| entry.verdict).collect()
    }

    #[test]
    fn who_types_an_approval_claims_it() {
        let judgement = Case::new(&[typed(BO, "")]).judge();
        assert_eq!((judgement.entries[0].evidence, judgement.is_approved()), (Evidence::Claimed, true));
        assert_eq!(Case::new(&[]).judge().lacking.unwrap().people, Some((0, 1)));
    }

    #[test]
    fn whose_commit_adds_it_is_attributed() {
        let mut case = Case::new(&[typed(BO, ""), typed(KIM, "")]);
        case.origins = vec![Some(author("B", "BO@example.com")), Some(author("Eve", "eve@example.com"))];
        let evidence: Vec<Evidence> = case.judge().entries.iter().map(|entry| entry.evidence).collect();
        assert_eq!(evidence, [Evidence::Attributed, Evidence::Claimed]);
    }

    #[test]
    fn what_is_signed_is_so_and_a_signature_that_does_not_fit_voids_it() {
        let mut case = Case::new(&[]);
        case.approve(|digest| vec![signed_entry(BO, digest, &key(1)), signed_entry(KIM, digest, &key(1))]);
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(2))];
        let entries = case.judge().entries;
        assert_eq!((entries[0].evidence, &entries[0].verdict), (Evidence::Signed, &Verdict::Approves));
        assert!(matches!(entries[1].verdict, Verdict::BadSignature(Refusal::OtherPerson(_))), "{:?}", entries[1]);
    }

    #[test]
    fn the_forge_proves_more_than_a_commit_and_less_than_a_key() {
        let mut case = Case::new(&[typed(BO, "")]);
        case.policy.low.evidence = Evidence::Forge;
        case.forge = vec![KIM.into()];
        assert_eq!(verdicts(&case), [Verdict::TooWeak(Evidence::Forge), Verdict::Approves]);
        assert!(case.judge().is_approved());
        case.policy.low.evidence = Evidence::Signed;
        assert_eq!(verdicts(&case), [Verdict::TooWeak(Evidence::Signed), Verdict::TooWeak(Evidence::Signed)]);
    }

    #[test]
    fn an_approval_of_something_else_is_stale() {
        let mut case = Case::new(&[]);
        case.approve(|_| vec![typed(BO, "digest = \"sha256:0\"")]);
        assert_eq!(verdicts(&case), [Verdict::Stale]);
        assert!(!case.judge().is_approved());
    }

    #[test]
    fn what_is_lacking_or_comes_from_the_future_does_not_count() {
        let later = typed(BO, "").replace("at = 2026-11-20T12:00:00Z", "at = 2027-01-01T00:00:00Z");
        let timeless = typed(BO, "").replace("at = 2026-11-20T12:00:00Z", "");
        let nobody = typed(BO, "").replace(BO, " ");
        let undecided = typed(BO, "").replace("decision = \"approve\"", "");
        let case = Case::new(&[later, timeless, nobody, undecided]);
        let expected = [
            Verdict::InFuture("2027-01-01T00:00:00Z".parse().unwrap()),
            Verdict::Incomplete("at"),
            Verdict::Incomplete("by"),
            Verdict::Incomplete("decision"),
        ];
        assert_eq!(verdicts(&case), expected);
    }

    #[test]
    fn nobody_approves_their_own_work_under_whatever_name() {
        for (email, part) in [(BO, Part::Author), ("BO@example.com", Part::CoAuthor), ("bo@old.example", Part::Editor)]
        {
            let mut case = Case::new(&[typed(BO, ""), typed(KIM, "")]);
            case.mailmap = Mailmap::parse("<bo@example.com> <bo@old.example>\n");
            case.makers = vec![Maker { author: author("B", email), part }];
            assert_eq!(verdicts(&case), [Verdict::SelfApproval(part), Verdict::Approves], "{email}");
        }
        let mut case = Case::new(&[typed("bo", "")]);
        case.head = "requester = \"bo@example.com\"\n".into();
        case.people = Case::person("bo", BO, &[]);
        case.approve(|_| vec![typed("bo", "")]);
        assert_eq!(verdicts(&case), [Verdict::SelfApproval(Part::Requester)]);
    }

    #[test]
    fn a_key_of_an_author_does_not_approve_under_another_name() {
        let mut case = Case::new(&[]);
        case.approve(|digest| vec![signed_entry(KIM, digest, &key(1))]);
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(1))];
        case.makers = vec![Maker { author: author("Bo", BO), part: Part::Author }];
        assert_eq!(verdicts(&case), [Verdict::SelfApproval(Part::Author)]);
    }

    #[test]
    fn one_person_counts_once_by_name_and_by_key() {
        let mut case = Case::new(&[typed(BO, ""), typed("Bo@example.com", "")]);
        case.policy.low = Quorum::of(2);
        assert_eq!(case.judge().lacking.unwrap().people, Some((1, 2)));
        case.approve(|digest| vec![signed_entry(BO, digest, &key(1)), signed_entry(KIM, digest, &key(1))]);
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(1))];
        assert_eq!(case.judge().lacking.unwrap().people, Some((1, 2)));
        case.approve(|digest| vec![signed_entry(BO, digest, &key(1)), signed_entry(KIM, digest, &key(2))]);
        case.signers = vec![signer(BO, &key(1)), signer(KIM, &key(2))];
        assert_eq!(case.judge().lacking, None);
    }

    #[test]
    fn programs_author_and_never_approve() {
        let mut case = Case::new(&[typed("renovate[bot]", ""), typed("merge@example.com", "")]);
        case.policy.bots = vec!["merge@example.com".into()];
        assert_eq!(verdicts(&case), [Verdict::Bot, Verdict::Bot]);
    }

    #[test]
    fn a_rejection_stands_until_the_same_person_approves() {
        let reject = typed(BO, "").replace("approve", "reject");
        let case = Case::new(&[typed(KIM, ""), reject.clone()]);
        assert!(!case.judge().is_approved());
        assert_eq!(case.judge().rejections().count(), 1);
        let case = Case::new(&[reject.clone(), typed(BO, "")]);
        assert_eq!(verdicts(&case), [Verdict::Superseded, Verdict::Approves]);
        let case = Case::new(&[typed(BO, ""), reject]);
        assert_eq!(verdicts(&case), [Verdict::Superseded, Verdict::Rejects]);
    }

    #[test]
    fn what_is_typed_does_not_lift_what_was_signed() {
        let mut case = Case::new(&[]);
        case.signers = vec![signer(BO, &key(1))];
        case.approve(|digest| {
            let reject = signed_as(Decision::Reject, BO, digest, &key(1));
            vec![reject, typed(BO, "")]
        });
        assert_eq!(verdicts(&case)[0], Verdict::Rejects);
        assert!(!case.judge().is_approved());
    }

    #[test]
    fn a_role_counts_where_it_is_theirs() {
        let mut case = Case::new(&[typed(BO, "role = \"dba\""), typed(KIM, "")]);
        case.policy.low = Quorum { roles: Roles::Each(vec!["dba".into()]), ..Quorum::of(2) };
        assert_eq!(case.judge().lacking, None);
        case.people = Case::person("kim", KIM, &["dba"]);
        assert_eq!(case.judge().lacking.unwrap().roles, ["dba"]);
        case.people = Case::person("bo", BO, &["dba"]);
        assert_eq!(case.judge().lacking, None);
    }

    #[test]
    fn who_approves_in_the_forge_does_so_in_all_roles_that_are_theirs() {
        let mut case = Case::new(&[]);
        case.policy.low = Quorum { roles: Roles::Each(vec!["dba".into()]), ..Quorum::of(1) };
        case.forge = vec!["bo".into()];
        assert_eq!(case.judge().lacking.unwrap().roles, ["dba"]);
        case.people = Case::person("bo", BO, &["sre", "dba"]);
        assert_eq!(case.judge().lacking, None);
    }

    #[test]
    fn the_risk_says_how_many() {
        let mut case = Case::new(&[typed(BO, "role = \"dba\"")]);
        case.risk = RiskLevel::High;
        assert_eq!(case.judge().lacking.unwrap().people, Some((1, 2)));
    }
}
