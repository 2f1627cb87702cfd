//! The items of the checklist, and how it is known that each is done.

use jiff::civil::date;

use super::*;
use crate::approval::{
    ApprovalEffect, ApprovalResult, EvaluatedApproval, Evidence, QuorumShortfall, TicketApprovals,
};
use crate::config::Quorum;
use crate::report::facts::ReportedSignOff;
use crate::report::testing::{commit_of, earlier_release, facts_of, release_file};
use crate::ticket::{RiskLevel, State};

fn facts(tickets: &[(&str, &str)], file: &str) -> ChecklistFacts {
    let mut release = facts_of(tickets);
    release.file = release_file(file);
    ChecklistFacts {
        release,
        lock_files: Vec::new(),
        migrations: Vec::new(),
        previous: Vec::new(),
        emergencies: Vec::new(),
        regressions: Vec::new(),
    }
}

fn text(facts: &ChecklistFacts) -> String {
    Checklist::new(facts).markdown()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|own| own == line)
}

#[test]
fn a_draft_is_to_triage() {
    let text = text(&facts(
        &[("a", "state = \"draft\""), ("b", "state = \"approved\"")],
        "",
    ));
    let line = "- [ ] ○ Tickets to triage: 1 of 2 not past the state proposed: `a`";
    assert!(has(&text, line), "{text}");
}

#[test]
fn a_ticked_item_is_said_by_a_person() {
    let file = "[[items]]\nstage = \"plan\"\ntext = \"Read the guide\"\nowner = \"kim\"\ndone = 2026-11-16";
    let text = text(&facts(&[], file));
    assert!(
        has(&text, "- [x] ◐ Read the guide, kim, done Mon 16 Nov 2026"),
        "{text}"
    );
}

#[test]
fn overdue_items_come_first() {
    let file =
        "[[items]]\nstage = \"prepare\"\ntext = \"Ask Jo\"\nowner = \"bo\"\ndue = 2026-11-20";
    let text = text(&facts(&[], file));
    let line = "- **Ask Jo**, bo, due Fri 20 Nov 2026, **3 days overdue**";
    assert!(has(&text, line), "{text}");
    assert!(text.find("## Overdue") < text.find("## 1. Plan"), "{text}");
    assert!(text.contains("**1 of them overdue**"), "{text}");
}

#[test]
fn an_item_is_not_overdue_on_its_day() {
    let file = "[[items]]\nstage = \"plan\"\ntext = \"x\"\ndue = 2026-11-23";
    assert!(!text(&facts(&[], file)).contains("verdue"));
}

#[test]
fn an_item_that_was_done_late_is_not_overdue() {
    let file = "[[items]]\nstage = \"plan\"\ntext = \"x\"\ndue = 2026-11-20\ndone = true";
    assert!(!text(&facts(&[], file)).contains("verdue"));
}

#[test]
fn a_risky_rollback_without_rehearsal_is_open() {
    let tickets = [
        ("a", "risk = { level = \"medium\" }"),
        ("b", "risk = { level = \"low\" }"),
        (
            "c",
            "risk = { level = \"medium\" }\ndeployment.strategy = \"feature-flag\"",
        ),
        (
            "d",
            "risk = { level = \"high\" }\nrollback.rehearsed_on = 2026-11-19",
        ),
    ];
    let text = text(&facts(&tickets, ""));
    let line = "- [ ] ○ Rollbacks of medium risk or higher without a rehearsal: `a`";
    assert!(has(&text, line), "{text}");
    let line = "- [x] ◐ Rollback rehearsed: 1 of 4 tickets (d on Thu 19 Nov 2026)";
    assert!(has(&text, line), "{text}");
}

#[test]
fn results_of_tests_are_open_at_medium_risk() {
    let tickets = [
        ("a", "assignee = \"ada\"\nrisk = { level = \"medium\" }"),
        ("b", ""),
        (
            "c",
            "[tests]\nkinds = [\"load\"]\nevidence = [\"https://ci.example/1\"]",
        ),
    ];
    let text = text(&facts(&tickets, ""));
    assert!(has(&text, "- [ ] ○ Results of tests: `a`, ada"), "{text}");
    let line = "- [x] ◐ Tested (load): `c` ([ci.example/1](<https://ci.example/1>))";
    assert!(has(&text, line), "{text}");
}

#[test]
fn a_migration_that_the_commit_lacks_is_open() {
    let mut facts = facts(&[("a", "")], "");
    let migration = |path: &str, exists| NamedMigration {
        ticket: "a".into(),
        path: path.into(),
        exists,
        commit: None,
    };
    facts.migrations = vec![migration("up.sql", true), migration("down.sql", false)];
    let text = text(&facts);
    let line = "- [ ] ○ Migrations that the ticket names and the commit lacks: `down.sql` for `a`";
    assert!(has(&text, line), "{text}");
}

#[test]
fn an_item_that_names_the_ticket_answers_for_its_training() {
    let ticket = [("a-1", "communication.training = \"Ten minutes\"")];
    let open = text(&facts(&ticket, ""));
    assert!(has(&open, "- [ ] ○ Training: Ten minutes: `a-1`"), "{open}");
    let file = "[[items]]\nstage = \"prepare\"\ntext = \"Support is trained (a-1)\"\ndone = true";
    assert!(!text(&facts(&ticket, file)).contains("Training"));
}

#[test]
fn an_announcement_is_overdue_after_its_time() {
    let plan = "[communication]\naudiences = [\"users\"]\nsender = \"sam\"\nsend_at = 2026-11-22T08:00:00Z";
    let text = text(&facts(&[("a", plan)], ""));
    let line = "- [ ] ○ **Inform users**: `a`, sam, due Sun 22 Nov 2026, 09:00, **1 day overdue**";
    assert!(has(&text, line), "{text}");
}

#[test]
fn open_actions_of_the_release_before_are_open_items() {
    let mut facts = facts(&[], "");
    let actions = "[[actions]]\ntext = \"Add an alert\"\nowner = \"ada\"\ndone = 2026-11-12\n\
                   [[actions]]\ntext = \"Test the contract\"\ndue = 2026-11-20";
    facts.release.previous = Some(crate::report::PreviousRelease {
        version: "4.12.1".parse().unwrap(),
        tag: "v4.12.1".into(),
        commit: facts.release.tip,
    });
    facts.release.previous_file = Some(release_file(actions));
    let text = text(&facts);
    let open = text.find("- [ ] ○ **Test the contract, promised after 4.12.1**");
    let done = text.find("- [x] ◐ Add an alert, promised after 4.12.1, ada, done");
    assert!(open.is_some() && open < text.find("## 4. "), "{text}");
    assert!(done > text.find("## 5. "), "{text}");
}

#[test]
fn an_open_regression_is_named() {
    let mut facts = facts(&[], "");
    facts.regressions.push(Regression {
        ticket: "fix".into(),
        caused_by: "old".into(),
    });
    let text = text(&facts);
    assert!(
        has(&text, "- [ ] ○ Open regressions (fix was caused by old)"),
        "{text}"
    );
}

#[test]
fn the_follow_up_of_an_emergency_has_a_due_day() {
    let mut facts = facts(&[], "");
    facts.emergencies.push(PreviousEmergency {
        version: "4.12.1".parse().unwrap(),
        ticket: "hotfix".into(),
        owed: vec!["close the ticket".into()],
        due: date(2026, 11, 21),
    });
    let text = text(&facts);
    let line = "- [ ] ○ **Follow-up of the emergency of 4.12.1**: `hotfix` (close the ticket), due \
                Sat 21 Nov 2026, **2 days overdue**";
    assert!(has(&text, line), "{text}");
}

#[test]
fn range_has_what_people_wrote_for_each_release() {
    let file = "[[items]]\nstage = \"test\"\ntext = \"Load test\"\nowner = \"bo\"\n\
                [[known_issues]]\ntext = \"Slow\"\n\
                [[actions]]\ntext = \"Add an alert\"\nowner = \"ada\"\n";
    let mut facts = facts(&[], "[[items]]\nstage = \"test\"\ntext = \"Smoke test\"\n");
    facts.release.earlier = vec![earlier_release("4.12.1", file)];
    let text = text(&facts);
    for line in [
        "- [ ] ○ Load test, for 4.12.1, bo",
        "- [ ] ○ Smoke test",
        "- [ ] ○ Known issue: Slow, for 4.12.1 (nothing is decided)",
        "- [ ] ○ Add an alert, promised after 4.12.1, ada",
    ] {
        assert!(has(&text, line), "{line}: {text}");
    }
}

#[test]
fn an_issue_without_a_decision_is_open() {
    let file = "[[known_issues]]\ntext = \"Slow\"\n\
                [[known_issues]]\ntext = \"Ugly\"\ndecision = \"accept\"\nreason = \"rare\"\nby = \"lee\"";
    let text = text(&facts(&[], file));
    assert!(
        has(&text, "- [ ] ○ Known issue: Slow (nothing is decided)"),
        "{text}"
    );
    assert!(
        has(&text, "- [x] ◐ Known issue: Ugly (accepted: rare), lee"),
        "{text}"
    );
}

#[test]
fn a_pre_release_of_the_version_is_a_candidate() {
    let mut facts = facts(&[], "");
    assert!(text(&facts).contains("○ Release candidate (no pre-release of 4.13.0 is tagged)"));
    facts.release.prereleases = vec!["v4.13.0-rc.1".into()];
    assert!(text(&facts).contains("● Release candidate tagged: `v4.13.0-rc.1`"));
}

#[test]
fn a_release_with_an_open_item_is_not_ready() {
    let checklist = text(&facts(&[], ""));
    assert!(checklist.contains("**Not ready**: 1 item is open before the release."));
}

#[test]
fn a_missing_release_file_is_named() {
    let mut facts = facts(&[], "");
    facts.release.file.contents = None;
    assert!(text(&facts).contains("There is no readable `releases/next.toml`"));
}

#[test]
fn texts_of_people_stay_text() {
    let file = "[[items]]\nstage = \"plan\"\ntext = \"<img src=x> [a](javascript:x)\\n# b\"";
    let text = text(&facts(&[], file));
    assert!(
        !text.contains("<img") && !text.contains("[a](") && !text.contains("\n# b"),
        "{text}"
    );
}

#[test]
fn a_lock_file_changed_without_a_ticket_is_to_review() {
    let mut facts = facts(&[("a", "")], "");
    facts.release.commits = vec![
        commit_of(1, "Bo", "chore: update", &[]),
        commit_of(2, "Ada", "chore: update", &["a"]),
    ];
    facts.lock_files = (0..2)
        .map(|commit| ChangedLockFile {
            path: "Cargo.lock".into(),
            commit,
        })
        .collect();
    let text = text(&facts);
    let line = "- [ ] ○ Dependencies to review: `Cargo.lock` in `0101010101` and `0202020202` for \
                `a` (changed by Bo and Ada)";
    assert!(has(&text, line), "{text}");
}

/// The result for one approval by Lee.
fn result(effect: ApprovalEffect, evidence: Evidence) -> ApprovalResult {
    let is_enough = effect == ApprovalEffect::Approves;
    ApprovalResult {
        entries: vec![EvaluatedApproval {
            index: Some(0),
            by: "lee".into(),
            role: Some("dba".into()),
            evidence,
            key: None,
            signed_text: None,
            at: None,
            effect,
        }],
        shortfall: (!is_enough).then(|| QuorumShortfall {
            people: Some((0, 1)),
            roles: Vec::new(),
            any_role: false,
        }),
        evidence,
        needs_forge: false,
        unreachable: None,
        deferral: None,
        written_state: State::Approved,
        missing_fields: Vec::new(),
    }
}

fn sign_off(effect: ApprovalEffect, evidence: Evidence) -> String {
    let mut facts = facts(&[], "decider = \"lee\"");
    facts.release.sign_off = Some(ReportedSignOff {
        is_required: true,
        result: result(effect, evidence),
    });
    text(&facts)
}

#[test]
fn a_signed_go_is_proven_by_git() {
    let text = sign_off(ApprovalEffect::Approves, Evidence::Signed);
    assert!(has(&text, "- [x] ● Final go, lee"), "{text}");
}

#[test]
fn a_claimed_go_is_only_said() {
    let text = sign_off(ApprovalEffect::Approves, Evidence::Claimed);
    assert!(has(&text, "- [x] ◐ Final go, lee"), "{text}");
}

#[test]
fn a_go_for_other_commits_is_open() {
    let text = sign_off(ApprovalEffect::Stale, Evidence::Signed);
    let line = "- [ ] ○ Final go (the release changed after it was signed off; \
                `tollgate release --sign-off`), lee";
    assert!(has(&text, line), "{text}");
}

#[test]
fn claimed_approvals_are_not_proven_by_git() {
    let mut facts = facts(&[("a", "")], "");
    facts.release.tickets[0].approvals = Some(TicketApprovals {
        contributors: Vec::new(),
        additions: Vec::new(),
        id: "a".into(),
        path: "changes/a.toml".into(),
        state: State::Approved,
        risk: RiskLevel::Low,
        quorum: Quorum::of(1),
        policies: Vec::new(),
        approvers: None,
        judgement: result(ApprovalEffect::Approves, Evidence::Claimed),
    });
    let text = text(&facts);
    assert!(
        text.contains("◐ Approved by people who did not work on it: 1 of 1 ticket"),
        "{text}"
    );
    assert!(
        has(&text, "- [x] ◐ Approved in the role dba: `a`, lee"),
        "{text}"
    );
}
