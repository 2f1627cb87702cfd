//! A ticket with its approvals and everything around it, for the tests of this module.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

use super::approvers::Approvers;
use super::evaluate::{ApprovalEffect, ApprovalInput, ApprovalResult, evaluate};
use super::identity::{Contributor, Identities};
use super::quorum_shortfall::{QuorumShortfall, UnreachableQuorum};
use crate::commit::{Author, Mailmap};
use crate::config::{ApprovalPolicy, Person};
use crate::signature::{AllowedSigners, ApprovalText, NAMESPACE};
use crate::source::Source;
use crate::ticket::{self, Decision, ParsedTicket, RiskLevel};

const AT: &str = "2026-11-20T12:00:00Z";

/// The input of an evaluation.
pub(super) struct Case {
    /// The lines of the ticket above its approvals.
    pub(super) head: String,
    approvals: Vec<String>,
    pub(super) risk: RiskLevel,
    pub(super) makers: Vec<Contributor>,
    pub(super) origins: Vec<Option<Author>>,
    pub(super) forge: Option<Vec<String>>,
    pub(super) declared_by: Vec<Author>,
    pub(super) signers: Vec<String>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) mailmap: Mailmap,
    pub(super) policy: ApprovalPolicy,
}

impl Case {
    /// A ticket of low risk with these approvals and no known contributors.
    pub(super) fn new(approvals: &[String]) -> Self {
        Self {
            head: String::new(),
            approvals: approvals.to_vec(),
            risk: RiskLevel::Low,
            makers: Vec::new(),
            origins: Vec::new(),
            forge: Some(Vec::new()),
            declared_by: Vec::new(),
            signers: Vec::new(),
            people: BTreeMap::new(),
            mailmap: Mailmap::default(),
            policy: ApprovalPolicy::default(),
        }
    }

    /// Adds approvals made from the digest of the ticket.
    pub(super) fn approve(&mut self, approvals: impl Fn(&str) -> Vec<String>) {
        self.approvals = approvals(&ticket::digest(&self.parsed("").document));
    }

    /// One configured person.
    pub(super) fn person(alias: &str, email: &str, roles: &[&str]) -> BTreeMap<String, Person> {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        BTreeMap::from([(
            alias.to_owned(),
            Person {
                email: email.to_owned(),
                roles,
                aliases: Vec::new(),
            },
        )])
    }

    fn parsed(&self, approvals: &str) -> ParsedTicket {
        let text = format!("id = \"pool-40\"\n{}{approvals}", self.head);
        ParsedTicket::parse(&Source::new("changes/pool-40.toml", text)).unwrap()
    }

    /// The effect of each approval, in order.
    pub(super) fn effects(&self) -> Vec<ApprovalEffect> {
        self.judge()
            .entries
            .into_iter()
            .map(|entry| entry.effect)
            .collect()
    }

    pub(super) fn judge(&self) -> ApprovalResult {
        self.with_facts(evaluate)
    }

    pub(super) fn out_of_reach(&self) -> Option<QuorumShortfall> {
        self.unreachable().map(|unreachable| unreachable.shortfall)
    }

    pub(super) fn unreachable(&self) -> Option<UnreachableQuorum> {
        self.with_facts(|facts| facts.unreachable_quorum())
    }

    pub(super) fn approvers(&self) -> Approvers {
        self.with_facts(|facts| facts.approvers(&evaluate(facts).entries))
    }

    fn with_facts<T>(&self, decide: impl FnOnce(&ApprovalInput<'_>) -> T) -> T {
        let digest = ticket::digest(&self.parsed("").document);
        let parsed = self.parsed(&self.approvals.concat().replace("DIGEST", &digest));
        assert_eq!(ticket::digest(&parsed.document), digest);
        let (signers, faults) =
            AllowedSigners::parse(&Source::new("allowed_signers", self.signers.concat()));
        assert_eq!(faults, []);
        decide(&ApprovalInput {
            ticket: &parsed.ticket,
            digest: &digest,
            contributors: &self.makers,
            origins: &self.origins,
            forge: self.forge.as_deref(),
            declared_by: &self.declared_by,
            signers: &signers,
            identities: Identities {
                people: &self.people,
                mailmap: &self.mailmap,
            },
            policy: &self.policy,
            quorum: self.policy.quorum(self.risk),
            now: "2026-11-21T00:00:00Z".parse::<Timestamp>().unwrap(),
        })
    }
}

/// An approval of the present content; `more` may replace the digest.
pub(super) fn typed(by: &str, more: &str) -> String {
    let digest = if more.contains("digest") {
        ""
    } else {
        "digest = \"DIGEST\"\n"
    };
    format!("\n[[approvals]]\nby = \"{by}\"\ndecision = \"approve\"\nat = {AT}\n{digest}{more}\n")
}

pub(super) fn author(name: &str, email: &str) -> Author {
    Author {
        name: name.into(),
        email: email.into(),
    }
}

/// A key generated from this number.
pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// A line of `allowed_signers`.
pub(crate) fn signer(person: &str, key: &PrivateKey) -> String {
    format!(
        "{person} {}\n",
        key.public_key().to_openssh().unwrap().trim()
    )
}

pub(super) fn signed_entry(by: &str, digest: &str, key: &PrivateKey) -> String {
    signed_as(Decision::Approve, by, digest, key)
}

pub(super) fn signed_as(decision: Decision, by: &str, digest: &str, key: &PrivateKey) -> String {
    let signature = signature(by, None, digest, decision, key);
    typed(
        by,
        &format!("digest = \"{digest}\"\nsignature = \"\"\"\n{signature}\"\"\""),
    )
    .replace("\"approve\"", &format!("\"{}\"", decision.as_str()))
}

/// A signed approval in a role.
pub(super) fn signed_in_role(by: &str, role: &str, digest: &str, key: &PrivateKey) -> String {
    let signature = signature(by, Some(role), digest, Decision::Approve, key);
    typed(
        by,
        &format!("role = \"{role}\"\nsignature = \"\"\"\n{signature}\"\"\""),
    )
}

fn signature(
    by: &str,
    role: Option<&str>,
    digest: &str,
    decision: Decision,
    key: &PrivateKey,
) -> String {
    let at = AT.parse().unwrap();
    let text = ApprovalText {
        ticket: "pool-40",
        digest,
        decision,
        by,
        role,
        at,
        reason: None,
    };
    sign(&text, key)
}

/// The signature of an approval.
pub(crate) fn sign(approval: &ApprovalText<'_>, key: &PrivateKey) -> String {
    let text = approval.to_text().unwrap();
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, text.as_bytes());
    signature.unwrap().to_pem(LineEnding::LF).unwrap()
}
