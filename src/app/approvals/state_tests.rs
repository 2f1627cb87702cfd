//! Which state follows from approvals, and what is reported before a ticket is approved, judged in
//! histories in memory.

use super::tests::{
    APPROVALS, IN_FORGE, NOBODY, PATH, approve_as, branch, commit_as, judge, new_approval,
};
use crate::finding::Severity;
use crate::history::testing::TestRepository;
use crate::ticket::{Decision, NewApproval};

/// A branch of Ada's whose ticket says this instead of `state = "approved"`.
fn branch_in_state(config: &str, state: &str) -> TestRepository {
    let mut repository = branch(config);
    let text = repository.read(PATH);
    repository.write(PATH, text.replace("state = \"approved\"", state));
    repository.commit("docs: choose the state");
    repository
}

fn state(repository: &TestRepository, forge: Option<&str>) -> String {
    judge(repository, forge).tickets[0]
        .judgement
        .describe_state()
}

#[test]
fn approved_state_follows_from_approvals() {
    for written in ["proposed", "reviewed"] {
        let mut repository = branch_in_state(APPROVALS, &format!("state = \"{written}\""));
        assert_eq!(state(&repository, None), written);
        assert_eq!(judge(&repository, None).approved(), NOBODY);
        approve_as(&mut repository, "bo");
        assert_eq!(state(&repository, None), "approved");
        assert_eq!(judge(&repository, None).approved(), ["pool"]);
    }
}

#[test]
fn draft_and_cancelled_ticket_stay_what_they_are() {
    for written in ["draft", "cancelled"] {
        let mut repository = branch_in_state(APPROVALS, &format!("state = \"{written}\""));
        approve_as(&mut repository, "bo");
        assert_eq!(state(&repository, None), written);
        assert_eq!(judge(&repository, None).approved(), NOBODY);
        let described = judge(&repository, None).tickets[0].describe_at_merge();
        let fact = format!("`pool` (low risk) has enough approvals, but is `{written}`: bo@");
        assert!(described.starts_with(&fact), "{described}");
    }
}

#[test]
fn ticket_without_required_fields_is_not_approved() {
    let state_and_risk = "state = \"proposed\"\nrisk.level = \"medium\"";
    let mut repository = branch_in_state(APPROVALS, state_and_risk);
    approve_as(&mut repository, "bo");
    assert_eq!(state(&repository, None), "proposed");
    let described = judge(&repository, None).tickets[0].describe_at_merge();
    let fact = "`pool` (medium risk) has enough approvals, but is `proposed` and requires \
                `review.impact`: bo@";
    assert!(described.starts_with(fact), "{described}");
}

#[test]
fn rejected_ticket_is_not_approved_by_evidence() {
    let mut repository = branch_in_state(APPROVALS, "state = \"proposed\"");
    approve_as(&mut repository, "bo");
    let rejection = NewApproval {
        decision: Decision::Reject,
        reason: Some("the undo was not tried".to_owned()),
        ..new_approval("kim@example.com")
    };
    commit_as(&mut repository, "kim", &rejection);
    assert_eq!(state(&repository, None), "proposed");
}

#[test]
fn approval_that_only_the_forge_knows_is_unknown() {
    let repository = branch_in_state(IN_FORGE, "state = \"proposed\"");
    assert_eq!(state(&repository, None), "proposed (approval unknown)");
    assert_eq!(state(&repository, Some("bo-berg")), "approved");
    assert_eq!(state(&repository, Some("eve")), "proposed");
    let draft = branch_in_state(IN_FORGE, "state = \"draft\"");
    assert_eq!(state(&draft, None), "draft");
}

#[test]
fn edit_that_withdraws_an_approval_is_a_warning() {
    let mut repository = branch_in_state(APPROVALS, "state = \"proposed\"");
    approve_as(&mut repository, "bo");
    repository.switch("main");
    repository.merge("topic");
    repository.branch("later");
    let edit = |repository: &mut TestRepository, from: &str, to: &str| {
        let edited = repository.read(PATH).replace(from, to);
        repository.write(PATH, edited);
        repository.commit("docs: expect more");
    };
    edit(&mut repository, "pool=40 on", "pool=80 on");
    assert_eq!(state(&repository, None), "proposed");
    let warnings = |repository: &TestRepository| {
        let found = judge(repository, None).checked.findings.into_iter();
        found
            .map(|it| (it.severity, it.message))
            .collect::<Vec<_>>()
    };
    let withdrawn = "`validation` changed after `bo@example.com` approved".to_owned();
    assert_eq!(warnings(&repository), [(Severity::Warning, withdrawn)]);
    edit(&mut repository, "\"proposed\"", "\"draft\"");
    assert_eq!(warnings(&repository), []);
    edit(&mut repository, "\"draft\"", "\"proposed\"");
    approve_as(&mut repository, "bo");
    assert_eq!(warnings(&repository), []);
    assert_eq!(state(&repository, None), "approved");
}

#[test]
fn quorum_that_no_one_can_meet_is_reported_at_once() {
    let config = "[people.ada]\nemail = \"ada@example.com\"\nroles = [\"dba\"]\n\
                  [people.bo]\nemail = \"bo@example.com\"\n\
                  [approvals]\nlow = { roles = [\"dba\"] }\n";
    let fact = "no one is left who can approve in the role `dba`, because ada@example.com is the requester";
    for (state, severity) in [
        ("draft", Severity::Warning),
        ("proposed", Severity::Warning),
        ("approved", Severity::Error),
    ] {
        let lines = format!("state = \"{state}\"\nrequester = \"ada@example.com\"");
        let found = judge(&branch_in_state(config, &lines), None)
            .checked
            .findings;
        let [finding] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            (finding.rule, finding.severity),
            ("approval/quorum-missing", severity)
        );
        assert!(finding.message.ends_with(fact), "{}", finding.message);
    }
    let config = config.replace(
        "bo@example.com\"\n",
        "bo@example.com\"\nroles = [\"dba\"]\n",
    );
    let lines = "state = \"proposed\"\nrequester = \"ada@example.com\"";
    let branch = branch_in_state(&config, lines);
    assert_eq!(judge(&branch, None).checked.findings, []);
}
