//! Who may approve a ticket, judged in histories in memory: nobody approves their own work under
//! whatever name, and no way to write history hides whose work it is.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use crate::app::approvals::{ApprovalContext, Approvals, EmergencyUse, TrustedInputs};
use crate::approval::testing::{key, sign, signer};
use crate::approval::{CommitFacts, MergeGroup, Merges, TicketHistories};
use crate::branch::{TicketChange, tickets_to_approve};
use crate::config::Config;
use crate::finding::Severity;
use crate::history::divergence;
use crate::history::testing::TestRepository;
use crate::rules::{RuleSelection, Settings, Stage};
use crate::signature::ApprovalText;
use crate::source::Source;
use crate::ticket::{Decision, NewApproval, ParsedTicket, digest, with_approval};

pub(super) const PATH: &str = "changes/pool.toml";

/// A proposed ticket of low risk without faults.
const TICKET: &str = include_str!("../../../tests/fixtures/pool.toml");

pub(super) const APPROVALS: &str = "[approvals]\n";
const ATTRIBUTED: &str = "[approvals]\nlow = { evidence = \"attributed\" }\n";
const SIGNED: &str = "[approvals]\nallowed_signers = \"keys\"\nlow = { evidence = \"signed\" }\n";
pub(super) const IN_FORGE: &str = "[people.bo]\nemail = \"bo@example.com\"\naliases = [\"bo-berg\"]\n\
                        [people.ada]\nemail = \"ada@example.com\"\n[approvals]\nlow = { evidence = \"forge\" }\n";

pub(super) const NOBODY: [&str; 0] = [];
const QUORUM: &str = "approval/quorum-missing: a low-risk change requires 1 approval, but has none";
const UNCOUNTED: &str = "approval/quorum-missing: a low-risk change requires 1 approval, but none of the approvals is valid";
const OWN_BY_BO: [&str; 2] = [
    UNCOUNTED,
    "approval/self-approval: `bo@example.com` approved their own work",
];
const OWN_BY_KIM: [&str; 2] = [
    UNCOUNTED,
    "approval/self-approval: `kim@example.com` approved their own work",
];

/// The ticket in a state.
pub(super) fn in_state(state: &str) -> String {
    TICKET.replace("\"proposed\"", &format!("\"{state}\""))
}

/// A branch of Ada's with code and a ticket that says it is approved, on a base with this
/// configuration.
pub(super) fn branch(config: &str) -> TestRepository {
    branch_on(config, "")
}

/// Like [`branch`], on a base with these keys.
fn branch_on(config: &str, keys: &str) -> TestRepository {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", config);
    if !keys.is_empty() {
        repository.write("keys", keys);
    }
    repository.commit("feat: begin");
    repository.branch("topic");
    repository.write(PATH, in_state("approved"));
    repository.write("k8s/pool.yaml", "40\n");
    repository.commit("feat: raise the pool");
    repository
}

pub(super) fn new_approval(by: &str) -> NewApproval {
    NewApproval {
        by: by.to_owned(),
        role: None,
        decision: Decision::Approve,
        at: "2026-11-19T12:00:00Z".parse().unwrap(),
        reason: None,
        signature: None,
    }
}

/// Appends an approval of what the ticket says now.
pub(super) fn append(repository: &mut TestRepository, approval: &NewApproval) {
    append_to(repository, PATH, approval);
}

pub(super) fn append_to(repository: &mut TestRepository, path: &str, approval: &NewApproval) {
    let version = ParsedTicket::parse(&Source::new(path, repository.read(path))).unwrap();
    let text = with_approval(&version.document, approval, &digest(&version.document)).unwrap();
    repository.write(path, text);
}

/// Commits this approval as a person.
pub(super) fn commit_as(repository: &mut TestRepository, name: &str, approval: &NewApproval) {
    repository.become_person(name);
    append(repository, approval);
    repository.commit("docs: approve the pool");
    repository.become_person("ada");
}

/// Commits an approval of the current plan by its approver.
pub(super) fn approve_as(repository: &mut TestRepository, name: &str) {
    let approval = new_approval(&format!("{name}@example.com"));
    commit_as(repository, name, &approval);
}

/// What becomes of the approvals if the current branch is merged into `main`; `forge`: who
/// approves it there.
pub(super) fn judge(repository: &TestRepository, forge: Option<&str>) -> Approvals {
    judge_tickets(repository, &[PATH], forge)
}

/// The same for several tickets.
pub(super) fn judge_tickets(
    repository: &TestRepository,
    paths: &[&str],
    forge: Option<&str>,
) -> Approvals {
    let (base, head) = (repository.tip("main"), repository.head());
    let history = &repository.history;
    let text = repository.text_at(base, "tollgate.toml").unwrap();
    let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let settings = Settings::new(&config, &RuleSelection::default(), now).unwrap();
    let version_at = |commit, path: &str| {
        ParsedTicket::parse(&Source::new(path, repository.text_at(commit, path)?)).ok()
    };
    let tickets: Vec<TicketChange> = paths
        .iter()
        .map(|path| TicketChange {
            before: version_at(base, path),
            after: version_at(head, path),
        })
        .collect();
    let renamed = BTreeMap::new();
    let candidates = tickets_to_approve(&tickets, &[], &renamed);
    let commits = divergence(history, &config.version, base, head)
        .unwrap()
        .commits;
    let pending = commits
        .into_iter()
        .map(|classified| CommitFacts::new(classified.commit));
    let context = ApprovalContext {
        histories: &TicketHistories::new(history, history, &config).unwrap(),
        merges: Merges {
            mainline: base,
            pending: MergeGroup(pending.map(Rc::new).collect()),
            pending_tip: Some(head),
            part_tickets: HashSet::new(),
        },
        head,
        forge: forge.map(|login| vec![login.to_owned()]),
        stage: Stage::Merge,
        emergencies: EmergencyUse::default(),
    };
    let trusted = TrustedInputs::from_files(&config, "on the base branch", |path| {
        Ok(repository.text_at(base, path))
    });
    trusted
        .unwrap()
        .unwrap()
        .judge(&candidates, context, &settings)
        .unwrap()
}

/// The errors of the rules about approvals.
fn errors(approvals: &Approvals) -> Vec<String> {
    let errors = approvals
        .checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}

fn refused(repository: &TestRepository) -> Vec<String> {
    errors(&judge(repository, None))
}

/// Why an approval does not count.
fn why_not(repository: &TestRepository) -> String {
    let text = judge(repository, None).tickets[0].describe_at_merge();
    text.rsplit_once("ignored because ").unwrap().1.to_owned()
}

#[test]
fn approved_state_requires_approval() {
    assert_eq!(refused(&branch(APPROVALS)), [QUORUM]);
}

#[test]
fn approval_committed_by_another_is_only_claimed() {
    let mut repository = branch(ATTRIBUTED);
    commit_as(&mut repository, "ada", &new_approval("bo@example.com"));
    let weak = "approval/evidence-too-weak: the approval by `bo@example.com` is only `claimed`";
    assert_eq!(refused(&repository), [UNCOUNTED, weak]);
    approve_as(&mut repository, "kim");
    assert_eq!(refused(&repository), [weak]);
}

#[test]
fn co_author_cannot_approve() {
    let mut repository = branch(APPROVALS);
    repository.write("k8s/pool.yaml", "41\n");
    repository.commit("fix: count from one\n\nCo-authored-by: Bo <bo@example.com>\n");
    approve_as(&mut repository, "bo");
    assert_eq!(refused(&repository), OWN_BY_BO);
}

#[test]
fn a_program_does_not_approve() {
    let mut repository = branch("[approvals]\nbots = [\"ci@example.com\"]\n");
    approve_as(&mut repository, "ci");
    let renovate = new_approval("1+renovate[bot]@users.noreply.github.com");
    commit_as(&mut repository, "bo", &renovate);
    let found = refused(&repository);
    assert_eq!(
        found
            .iter()
            .filter(|found| found.starts_with("approval/bot-approval"))
            .count(),
        2,
        "{found:?}"
    );
}

#[test]
fn an_approval_before_the_last_edit_does_not_count() {
    let mut repository = branch(APPROVALS);
    approve_as(&mut repository, "bo");
    let edited = repository.read(PATH).replace("pool=40 on", "pool=80 on");
    repository.write(PATH, edited);
    repository.commit("docs: expect more");
    let stale = "approval/stale: `validation` changed after `bo@example.com` approved";
    assert_eq!(refused(&repository), [UNCOUNTED, stale]);
    approve_as(&mut repository, "bo");
    assert_eq!(refused(&repository), NOBODY);
}

#[test]
fn rejection_blocks_approval() {
    let mut repository = branch(APPROVALS);
    approve_as(&mut repository, "bo");
    let rejection = NewApproval {
        decision: Decision::Reject,
        reason: Some("the undo was not tried".to_owned()),
        ..new_approval("kim@example.com")
    };
    commit_as(&mut repository, "kim", &rejection);
    let found = refused(&repository);
    assert!(
        found.len() == 1 && found[0].starts_with("approval/rejected"),
        "{found:?}"
    );
}

#[test]
fn approval_commit_does_not_make_an_author() {
    let mut repository = branch(ATTRIBUTED);
    repository.become_person("bo");
    append(&mut repository, &new_approval("bo@example.com"));
    repository.commit("docs: approve the pool\n\nChange: pool\n");
    assert_eq!(refused(&repository), NOBODY);
}

#[test]
fn declared_low_risk_does_not_lower_quorum() {
    let mut repository = branch(APPROVALS);
    let risk = "risk = { level = \"low\", reversible = \"no\", downtime = \"1h\" }\n";
    repository.write(PATH, format!("{risk}{}", in_state("approved")));
    repository.commit("docs: say what is at stake");
    approve_as(&mut repository, "bo");
    let quorum = "approval/quorum-missing: a high-risk change requires 2 approvals, but has 1";
    let found = refused(&repository);
    assert!(
        found.iter().any(|found| found.starts_with(quorum)),
        "{found:?}"
    );
}

#[test]
fn closing_a_draft_requires_approval() {
    let mut repository = branch(APPROVALS);
    let closed = in_state("closed\"\nassignee = \"cy@example.com");
    repository.write(
        PATH,
        format!("{closed}[outcome]\nresult = \"successful\"\n"),
    );
    repository.commit("docs: it is done");
    assert_eq!(refused(&repository), [QUORUM]);
}

#[test]
fn editor_survives_rename_of_ticket() {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", APPROVALS);
    repository.become_person("bo");
    let draft = format!("id = \"pool\"\n{}", in_state("draft"));
    repository.write("changes/draft.toml", draft);
    repository.commit("docs: plan the pool");
    repository.branch("topic");
    repository.become_person("ada");
    repository.rename("changes/draft.toml", PATH);
    repository.commit("docs: rename the ticket");
    let proposed = repository.read(PATH).replace("\"draft\"", "\"approved\"");
    repository.write(PATH, proposed);
    repository.commit("docs: propose the pool");
    approve_as(&mut repository, "bo");
    assert_eq!(refused(&repository), OWN_BY_BO);
    assert_eq!(why_not(&repository), "the approver edited the plan");
}

/// A base onto which Bo's code for a proposed ticket was merged, and a branch of Ada's that says it
/// is approved. `planned`: the message of the commit that brings the ticket together with the code;
/// `None`: the base has it before.
fn merged_before(message: &str, planned: Option<&str>) -> TestRepository {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", APPROVALS);
    if planned.is_none() {
        repository.write(PATH, in_state("proposed"));
    }
    repository.commit("feat: begin");
    repository.branch("earlier");
    if let Some(planned) = planned {
        repository.write(PATH, in_state("proposed"));
        repository.commit(planned);
    }
    repository.become_person("bo");
    repository.write("k8s/pool.yaml", "40\n");
    repository.commit(message);
    repository.become_person("ada");
    repository.switch("main");
    repository.merge("earlier");
    repository.branch("topic");
    repository.write(PATH, in_state("approved"));
    repository.commit("docs: the pool is approved");
    approve_as(&mut repository, "bo");
    repository
}

#[test]
fn earlier_merged_authors_cannot_approve() {
    let named = merged_before("feat: raise the pool\n\nChange: pool\n", None);
    assert_eq!(refused(&named), OWN_BY_BO);
    assert_eq!(why_not(&named), "the approver is an author");
    let planned = merged_before("feat: raise the pool", Some("docs: plan the pool"));
    assert_eq!(refused(&planned), OWN_BY_BO);
    assert_eq!(
        refused(&merged_before("feat: something else", None)),
        NOBODY
    );
}

/// A base with a ticket in this state, planned by Bo, and a branch of Kim's.
fn branch_of_kim(state: &str) -> TestRepository {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", APPROVALS);
    repository.become_person("bo");
    repository.write(PATH, in_state(state));
    repository.commit("docs: plan the pool");
    repository.branch("topic");
    repository.become_person("kim");
    repository
}

#[test]
fn branch_author_cannot_approve_named_ticket() {
    let mut repository = branch_of_kim("approved");
    repository.switch("main");
    approve_as(&mut repository, "kim");
    repository.branch("topic");
    repository.become_person("kim");
    repository.write("k8s/pool.yaml", "40\n");
    repository.commit("feat: raise the pool\n\nChange: pool\n");
    assert_eq!(refused(&repository), OWN_BY_KIM);
}

#[test]
fn leaving_draft_with_code_makes_an_author() {
    let mut repository = branch_of_kim("draft");
    repository.write(PATH, in_state("approved"));
    repository.write("k8s/pool.yaml", "40\n");
    repository.commit("feat: raise the pool");
    approve_as(&mut repository, "kim");
    assert_eq!(refused(&repository), OWN_BY_KIM);
}

#[test]
fn mention_counts_for_whole_merge() {
    let mut repository = branch_of_kim("approved");
    repository.switch("main");
    approve_as(&mut repository, "kim");
    repository.switch("topic");
    repository.merge("main");
    repository.become_person("kim");
    repository.write("k8s/pool.yaml", "40\n");
    repository.commit("feat: raise the pool");
    repository.become_person("eve");
    repository.commit("chore: say what it is for\n\nChange: pool\n");
    assert_eq!(refused(&repository), OWN_BY_KIM);
}

/// Lets Eve bring the ticket that Kim planned into the branch in this way, and Kim approve it.
fn planned_by_kim_and_brought_by_eve(bring: impl Fn(&mut TestRepository)) -> TestRepository {
    let mut repository = TestRepository::new();
    repository.write("tollgate.toml", APPROVALS);
    repository.commit("feat: begin");
    repository.branch("before");
    repository.switch("main");
    repository.become_person("kim");
    repository.write(PATH, in_state("draft"));
    repository.commit("docs: plan the pool");
    repository.branch("topic");
    repository.become_person("eve");
    bring(&mut repository);
    repository.write(PATH, in_state("approved"));
    repository.commit("docs: propose the pool");
    approve_as(&mut repository, "kim");
    repository
}

#[test]
fn editor_survives_temporary_deletion() {
    let deleted = planned_by_kim_and_brought_by_eve(|repository| {
        repository.remove(PATH);
        repository.commit("chore: tidy up");
    });
    assert_eq!(refused(&deleted), OWN_BY_KIM);
    let moved_out = planned_by_kim_and_brought_by_eve(|repository| {
        repository.rename(PATH, "pool.toml");
        repository.commit("chore: move it away");
        repository.remove("pool.toml");
    });
    assert_eq!(refused(&moved_out), OWN_BY_KIM);
}

#[test]
fn editor_survives_merge_of_other_side() {
    let repository = planned_by_kim_and_brought_by_eve(|repository| {
        let draft = repository.read(PATH);
        repository.switch("before");
        repository.branch("aside");
        repository.write(PATH, draft);
        repository.commit("docs: plan the same");
        repository.merge("topic");
        repository.branch("topic");
    });
    assert_eq!(refused(&repository), OWN_BY_KIM);
}

#[test]
fn an_approval_that_another_puts_back_is_only_claimed() {
    let mut repository = branch(ATTRIBUTED);
    approve_as(&mut repository, "bo");
    let approved = repository.read(PATH);
    repository.write(PATH, in_state("approved"));
    repository.commit("docs: Bo thought better of it");
    repository.write(PATH, approved);
    repository.commit("docs: did he");
    let weak = "approval/evidence-too-weak: the approval by `bo@example.com` is only `claimed`";
    assert_eq!(refused(&repository), [UNCOUNTED, weak]);
}

#[test]
fn unmapped_forge_login_counts_only_without_people() {
    let (_, policy) = IN_FORGE.split_once("[approvals]").unwrap();
    let unmapped = IN_FORGE.replace("aliases = [\"bo-berg\"]", "");
    let approvals = judge(&branch(&unmapped), Some("bo-berg"));
    assert_eq!(errors(&approvals), [UNCOUNTED]);
    assert!(
        approvals.tickets[0]
            .describe_at_merge()
            .contains("bo-berg (forge) is ignored because the approver is not in `[people]`")
    );
    let approvals = judge(&branch(&format!("[approvals]{policy}")), Some("bo-berg"));
    assert_eq!(errors(&approvals), NOBODY);
    let remarks = approvals.remarks.concat();
    let assumed = "because `[people]` does not map forge logins to people";
    assert!(remarks.contains(assumed), "{remarks}");
}

#[test]
fn branch_author_cannot_approve_in_forge() {
    let config = IN_FORGE
        .replace("aliases = [\"bo-berg\"]", "")
        .replace("[people.ada]\n", "[people.ada]\naliases = [\"bo-berg\"]\n");
    let found = errors(&judge(&branch(&config), Some("bo-berg")));
    assert!(
        found
            .iter()
            .any(|found| found.starts_with("approval/self-approval: `bo-berg`")),
        "{found:?}"
    );
}

#[test]
fn weaker_evidence_at_a_higher_risk_is_reported() {
    let is_reported = |config: &str| {
        let remarks = judge(&branch(config), None).remarks;
        remarks.iter().any(|remark| {
            remark.contains("`medium`, `high`, and `critical` require weaker evidence than a lower risk level; set `evidence` for each")
        })
    };
    assert!(is_reported(
        "[approvals]\nlow = { evidence = \"signed\" }\n"
    ));
    assert!(!is_reported(
        "[approvals]\nhigh = { evidence = \"signed\" }\n"
    ));
}

#[test]
fn missing_or_unreadable_keys_are_reported() {
    let remarks = judge(&branch(SIGNED), None).remarks;
    assert_eq!(
        remarks[0],
        "`keys` does not exist on the base branch, so no signature counts"
    );
    let keys = "# who may sign\nbo@example.com ssh-ed25519 AAAA\n";
    let remarks = judge(&branch_on(SIGNED, keys), None).remarks;
    assert!(remarks[0].starts_with("keys:2: "), "{remarks:?}");
}

/// Commits an approval of the current plan, signed with the key of this number.
fn sign_as(repository: &mut TestRepository, name: &str, seed: u8) {
    let version = ParsedTicket::parse(&Source::new(PATH, repository.read(PATH))).unwrap();
    let approval = new_approval(&format!("{name}@example.com"));
    let text = ApprovalText {
        ticket: "pool",
        digest: &digest(&version.document),
        decision: approval.decision,
        by: &approval.by,
        role: None,
        at: approval.at,
        reason: None,
    };
    let signature = Some(sign(&text, &key(seed)));
    commit_as(
        repository,
        name,
        &NewApproval {
            signature,
            ..approval
        },
    );
}

/// A branch on a base that lets Bo and Kim sign with the same key.
fn branch_of_signers(config: &str) -> TestRepository {
    let keys = signer("bo@example.com", &key(1)) + &signer("kim@example.com", &key(1));
    branch_on(config, &keys)
}

/// GitHub names everybody who has a commit in a branch as a co-author of what it squashes.
#[test]
fn signed_approval_survives_squash_with_co_author() {
    const SQUASH: &str = "feat: raise the pool (#7)\n\nCo-authored-by: bo <bo@example.com>\n";
    let mut repository = branch_of_signers(SIGNED);
    sign_as(&mut repository, "bo", 1);
    repository.squash_onto("main", SQUASH);
    assert_eq!(refused(&repository), NOBODY);
    repository.write("k8s/pool.yaml", "400\n");
    repository.commit("fix: more of it\n\nChange: pool\nCo-authored-by: bo <bo@example.com>\n");
    assert_eq!(refused(&repository), OWN_BY_BO);
    let mut typed = branch(APPROVALS);
    approve_as(&mut typed, "bo");
    typed.squash_onto("main", SQUASH);
    assert_eq!(refused(&typed), OWN_BY_BO);
}

#[test]
fn one_key_under_two_names_is_one_person() {
    let mut repository = branch_of_signers(&SIGNED.replace("low = {", "low = { quorum = 2,"));
    sign_as(&mut repository, "bo", 1);
    sign_as(&mut repository, "kim", 1);
    assert_eq!(
        refused(&repository),
        ["approval/quorum-missing: a low-risk change requires 2 approvals, but has 1"]
    );
}
