//! A ticket with approvals as a gate would judge it: Ada wrote the change, and Kim has a key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

use super::{ApprovalRuleInput, EmergencyOption, Stage, run_approval_rules};
use crate::approval::{
    ApprovalInput, ApprovalPolicy, Contributor, Evidence, Identities, Involvement, evaluate,
};
use crate::commit::{Author, Mailmap};
use crate::config::Quorum;
use crate::finding::{Checked, Finding};
use crate::rules::testing::settings;
use crate::signature::{AllowedSigners, ApprovalText, NAMESPACE};
use crate::source::Source;
use crate::ticket::{self, Decision, ParsedTicket};

const AT: &str = "2026-11-19T12:00:00Z";
const KIM: &str = "kim@example.com";

/// An approval of what the ticket says, which stands for `DIGEST`.
pub(in crate::rules) fn approval(by: &str) -> String {
    format!(
        "\n[[approvals]]\nby = \"{by}\"\ndecision = \"approve\"\nat = {AT}\ndigest = \"DIGEST\"\n"
    )
}

pub(super) fn rejection(by: &str) -> String {
    format!(
        "{}reason = \"no window\"\n",
        approval(by).replace("\"approve\"", "\"reject\"")
    )
}

/// An approval that Kim signs, whatever else it says.
pub(in crate::rules) fn signed(by: &str) -> String {
    let ticket = parsed("state = \"approved\"\n");
    let digest = ticket::digest(&ticket.document);
    format!(
        "{}signature = \"\"\"\n{}\"\"\"\n",
        approval(by),
        signature(ticket.id(), &digest)
    )
}

/// What Kim's key makes of an approval of hers.
pub(super) fn signature(ticket: &str, digest: &str) -> String {
    let at = AT.parse().unwrap();
    let text = ApprovalText {
        ticket,
        digest,
        decision: Decision::Approve,
        by: KIM,
        role: None,
        at,
        reason: None,
    };
    let signature = kims_key()
        .sign(
            NAMESPACE,
            HashAlg::Sha512,
            text.to_text().unwrap().as_bytes(),
        )
        .unwrap();
    signature.to_pem(LineEnding::LF).unwrap()
}

fn kims_key() -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]))
}

fn parsed(text: &str) -> ParsedTicket {
    ParsedTicket::parse(&Source::new("changes/0.toml", text)).unwrap()
}

fn check(text: &str, policy: &ApprovalPolicy, changed: &BTreeMap<usize, Vec<String>>) -> Checked {
    check_since(0, text, policy, changed)
}

/// What is judged besides the text: for what, whether the forge was asked, and how many approvals
/// were there before.
#[derive(Clone, Copy)]
struct TestSetup {
    stage: Stage,
    is_forge_known: bool,
    settled: usize,
    is_frozen: bool,
    emergency: EmergencyOption<'static>,
}

const AT_MERGE: TestSetup = TestSetup {
    stage: Stage::Merge,
    is_forge_known: true,
    settled: 0,
    is_frozen: false,
    emergency: EmergencyOption::Available,
};

/// The same where so many approvals were there before.
fn check_since(
    settled: usize,
    text: &str,
    policy: &ApprovalPolicy,
    changed: &BTreeMap<usize, Vec<String>>,
) -> Checked {
    check_in(
        TestSetup {
            settled,
            ..AT_MERGE
        },
        text,
        policy,
        changed,
    )
}

fn check_in(
    setup: TestSetup,
    text: &str,
    policy: &ApprovalPolicy,
    changed: &BTreeMap<usize, Vec<String>>,
) -> Checked {
    let TestSetup {
        stage,
        is_forge_known,
        settled,
        is_frozen,
        emergency,
    } = setup;
    let digest = ticket::digest(&parsed(text).document);
    let ticket = parsed(&text.replace("DIGEST", &digest)).ticket;
    let settings = settings();
    let risk = settings.stricter_risk_of(&ticket);
    let author = Author {
        name: "Ada".into(),
        email: "ada@example.com".into(),
    };
    let signers = format!(
        "{KIM} {}\n",
        kims_key().public_key().to_openssh().unwrap().trim()
    );
    let facts = ApprovalInput {
        ticket: &ticket,
        digest: &digest,
        contributors: &[Contributor::of(author, Involvement::Author)],
        origins: &[],
        forge: is_forge_known.then_some(&[]),
        declared_by: &[],
        signers: &AllowedSigners::parse(&Source::new("allowed_signers", signers)).0,
        identities: Identities {
            people: &BTreeMap::new(),
            mailmap: &Mailmap::default(),
        },
        policy,
        quorum: policy.quorum(risk),
        now: "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap(),
    };
    let judgement = evaluate(&facts);
    run_approval_rules(
        &ApprovalRuleInput {
            ticket: &ticket,
            risk,
            result: &judgement,
            existing_approvals: settled,
            is_frozen,
            replaced_plan: None,
            policies: &[],
            changed,
            stage,
            emergency,
        },
        &settings,
    )
}

fn text(approvals: &[&str], head: &str) -> String {
    let state = if head.contains("state = ") {
        ""
    } else {
        "state = \"approved\"\n"
    };
    format!("{state}{head}{}", approvals.concat())
}

/// What a page's example raises; the policy of the page on evidence asks for signatures.
pub(in crate::rules) fn lint_example(rule: &str, text: &str) -> Checked {
    let evidence = if rule == "approval/evidence-too-weak" {
        Evidence::Signed
    } else {
        Evidence::Claimed
    };
    check(text, &requiring(evidence), &BTreeMap::new())
}

/// A policy that requires one approval, proven like this.
fn requiring(evidence: Evidence) -> ApprovalPolicy {
    ApprovalPolicy {
        low: Quorum {
            evidence,
            ..Quorum::of(1)
        },
        ..ApprovalPolicy::default()
    }
}

/// The findings for a ticket without approvals.
pub(super) fn findings_at(stage: Stage, head: &str) -> Vec<Finding> {
    let setup = TestSetup { stage, ..AT_MERGE };
    check_in(
        setup,
        &text(&[], head),
        &ApprovalPolicy::default(),
        &BTreeMap::new(),
    )
    .findings
}

/// The findings at a release for an emergency without approvals.
pub(super) fn findings_of_emergency(
    emergency: EmergencyOption<'static>,
    head: &str,
) -> Vec<Finding> {
    let setup = TestSetup {
        stage: Stage::Release,
        emergency,
        ..AT_MERGE
    };
    let text = text(&[], head);
    check_in(setup, &text, &ApprovalPolicy::default(), &BTreeMap::new()).findings
}

/// The findings where the forge has to know the approvals, and was not asked.
pub(in crate::rules) fn findings_without_forge(stage: Stage, approvals: &[&str]) -> Vec<Finding> {
    let setup = TestSetup {
        stage,
        is_forge_known: false,
        settled: approvals.len(),
        ..AT_MERGE
    };
    check_in(
        setup,
        &text(approvals, ""),
        &requiring(Evidence::Forge),
        &BTreeMap::new(),
    )
    .findings
}

/// The findings after an edit to the plan of an approved ticket.
pub(super) fn findings_of_frozen(approvals: &[&str], head: &str) -> Vec<Finding> {
    let setup = TestSetup {
        is_frozen: true,
        ..AT_MERGE
    };
    let text = text(approvals, head);
    check_in(setup, &text, &ApprovalPolicy::default(), &BTreeMap::new()).findings
}

pub(super) fn findings(approvals: &[&str], head: &str) -> Vec<Finding> {
    check(
        &text(approvals, head),
        &ApprovalPolicy::default(),
        &BTreeMap::new(),
    )
    .findings
}

pub(super) fn findings_with(evidence: Evidence, approval: &str) -> Vec<Finding> {
    check(
        &text(&[approval], ""),
        &requiring(evidence),
        &BTreeMap::new(),
    )
    .findings
}

/// The messages where these fields changed since the first approval.
pub(super) fn changed_since_first(approvals: &[&str], fields: &[&str]) -> Vec<String> {
    let changed = BTreeMap::from([(0, fields.iter().map(|field| (*field).to_owned()).collect())]);
    let checked = check(&text(approvals, ""), &ApprovalPolicy::default(), &changed);
    checked
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

/// The rules with findings if all approvals existed before.
pub(super) fn rules_with_existing(approvals: &[&str]) -> Vec<&'static str> {
    let checked = check_since(
        approvals.len(),
        &text(approvals, ""),
        &ApprovalPolicy::default(),
        &BTreeMap::new(),
    );
    checked
        .findings
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

pub(super) fn rules_of(approvals: &[&str], head: &str) -> Vec<&'static str> {
    findings(approvals, head)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

pub(super) fn reported(approvals: &[&str], head: &str) -> Vec<String> {
    findings(approvals, head)
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}
