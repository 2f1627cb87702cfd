//! What the retrospective says about a release.

use super::*;
use crate::report::facts::ReleaseTag;
use crate::report::testing::{commit_of, earlier_release, facts_of, release_file};

/// A release that was made on 24 November at 08:00 in Berlin.
fn facts(tickets: &[(&str, &str)], file: &str) -> RetrospectiveFacts {
    let mut release = facts_of(tickets);
    release.file = release_file(file);
    release.tag = Some(ReleaseTag {
        name: "v4.13.0".into(),
        at: "2026-11-24T07:00:00Z".parse().ok(),
        by: Some("lee".into()),
    });
    RetrospectiveFacts {
        release,
        opened: std::collections::BTreeMap::new(),
        emergencies: Vec::new(),
        caused: Vec::new(),
        metrics: None,
    }
}

fn text(facts: &RetrospectiveFacts) -> String {
    Retrospective::new(facts).markdown()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|own| own == line)
}

const WINDOW: &str = "[schedule]\nstart = 2026-11-24T08:30:00Z\nend = 2026-11-24T09:30:00Z\n";

#[test]
fn actions_of_the_release_before_come_first() {
    let mut facts = facts(&[], "");
    facts.release.previous = Some(crate::report::PreviousRelease {
        version: "4.12.1".parse().unwrap(),
        tag: "v4.12.1".into(),
        commit: facts.release.tip,
    });
    let actions = "[[actions]]\ntext = \"Add an alert\"\nowner = \"ada\"\ndone = 2026-11-12\n\
                   [[actions]]\ntext = \"Test the contract\"\nowner = \"bo\"\ndue = 2026-11-20";
    facts.release.previous_file = Some(release_file(actions));
    let text = text(&facts);
    let open = "- [ ] **Test the contract, bo, due Fri 20 Nov 2026, 3 days overdue.** Do it, give it \
                a new day, or drop it: (replace)";
    assert!(has(&text, open), "{text}");
    assert!(
        has(&text, "- [x] Add an alert, ada, done Thu 12 Nov 2026"),
        "{text}"
    );
    assert!(
        text.find("## First") < text.find("## What happened"),
        "{text}"
    );
}

#[test]
fn everyone_with_a_hand_in_the_release_is_invited_once() {
    let ticket = "requester = \"ria\"\nassignee = \"ada\"\nvalidator = \"kim\"";
    let mut facts = facts(&[("a", ticket)], "decider = \"lee\"");
    facts.release.commits = vec![
        commit_of(1, "ada", "feat: x", &["a"]),
        commit_of(2, "ada", "feat: y", &["a"]),
        commit_of(3, "dependabot[bot]", "chore: z", &[]),
    ];
    let text = text(&facts);
    assert!(
        has(&text, "- ada: author of commits and assignee"),
        "{text}"
    );
    assert!(
        has(&text, "- lee: decider of the release and maker of the tag"),
        "{text}"
    );
    assert!(!text.contains("dependabot\\[bot\\]: "), "{text}");
    assert!(text.contains("Leads: **lee**"), "{text}");
}

#[test]
fn a_deployment_after_its_window_stands_out() {
    let ticket = format!(
        "{WINDOW}rollback.within = \"30m\"\n[outcome]\nstarted_at = 2026-11-24T08:30:00Z\n\
         deployed_at = 2026-11-24T09:38:00Z\nresult = \"successful\""
    );
    let ticket = ticket.replace("rollback.within = \"30m\"\n", "");
    let ticket = format!("rollback.within = \"30m\"\n{ticket}");
    let text = text(&facts(&[("a", &ticket)], ""));
    let row = "| Change a (`a`) | Tue 24 Nov 2026, 09:30–10:30 | Tue 24 Nov 2026, 09:30–10:38 | 8 minutes over |";
    assert!(has(&text, row), "{text}");
    let finding = "- `a`: was deployed 8 minutes after the end of its window; a rollback no \
                   longer fitted the window from 10:00 on, before the deployment ended.";
    assert!(has(&text, finding), "{text}");
}

#[test]
fn a_step_that_took_longer_than_planned_stands_out() {
    let ticket = "[[deployment.steps]]\ndo = \"Copy\"\ntakes = \"15m\"\n\
                  [[deployment.steps]]\ndo = \"Look\"\ntakes = \"5m\"\n\
                  [[notes]]\nsection = \"deployment\"\nstep = 1\nat = 2026-11-24T08:54:00Z\n\
                  [[notes]]\nsection = \"deployment\"\nstep = 2\nat = 2026-11-24T08:56:00Z\n\
                  [outcome]\nstarted_at = 2026-11-24T08:30:00Z";
    let text = text(&facts(&[("a", ticket)], ""));
    assert!(
        has(
            &text,
            "- `a`: Step 1 took 24 minutes, planned 15 minutes: Copy."
        ),
        "{text}"
    );
    assert!(!text.contains("Step 2"), "{text}");
}

#[test]
fn a_step_with_a_hold_is_not_called_slow() {
    let ticket = "[[deployment.steps]]\ndo = \"Drop\"\ntakes = \"1m\"\nhold = true\n\
                  [[notes]]\nsection = \"deployment\"\nstep = 1\nat = 2026-11-24T08:54:00Z\n\
                  [outcome]\nstarted_at = 2026-11-24T08:30:00Z";
    assert!(!text(&facts(&[("a", ticket)], "")).contains("Step 1"));
}

#[test]
fn an_item_that_was_due_before_the_tag_stands_out() {
    let item = |text: &str, rest: &str| {
        format!("[[items]]\nstage = \"test\"\ntext = \"{text}\"\n{rest}\n")
    };
    let file = [
        item("Never done", "owner = \"bo\"\ndue = 2026-11-20"),
        item("Done late", "due = 2026-11-20\ndone = 2026-11-25"),
        item("Done in time", "due = 2026-11-20\ndone = true"),
        item("Due later", "due = 2026-11-24"),
    ];
    let text = text(&facts(&[], &file.concat()));
    let lines =
        "- Released although items were due and not done.\n  - Never done (bo)\n  - Done late\n";
    assert!(text.contains(lines), "{text}");
    assert!(
        !text.contains("Done in time") && !text.contains("Due later"),
        "{text}"
    );
}

#[test]
fn what_is_not_measured_is_not_recorded() {
    let tickets = [
        (
            "a",
            "justification = \"fewer than 2%\"\noutcome.measured = \"0.1%\"",
        ),
        ("b", "justification = \"faster\""),
    ];
    let text = text(&facts(&tickets, ""));
    assert!(has(&text, "| `a` | fewer than 2% | 0.1% |"), "{text}");
    let row = "| `b` | faster | not recorded; measure it, or look again on (replace) |";
    assert!(has(&text, row), "{text}");
}

#[test]
fn a_missing_result_is_not_called_successful() {
    let text = text(&facts(&[("a", "")], ""));
    assert!(has(&text, "- `a`: has no recorded result."), "{text}");
    assert!(
        text.contains("| not recorded | no result is recorded |"),
        "{text}"
    );
}

#[test]
fn downtime_beyond_the_declared_one_stands_out() {
    let ticket = "risk.downtime = \"5m\"\noutcome.downtime = \"12m\"";
    let text = text(&facts(&[("a", ticket)], ""));
    let line = "- `a`: users were without service for 12 minutes, declared: 5 minutes.";
    assert!(has(&text, line), "{text}");
}

#[test]
fn commits_without_a_ticket_are_listed() {
    let mut facts = facts(&[], "");
    facts.release.commits = vec![commit_of(1, "Bo", "fix(prices): round half up", &[])];
    let text = text(&facts);
    let lines = "- 1 commit went out without a ticket. No policy requires one.\n  - 0101010101 \
                 fix(prices): round half up (Bo)\n";
    assert!(text.contains(lines), "{text}");
}

#[test]
fn range_has_the_tags_people_and_actions_of_each_release() {
    let file = "decider = \"kim\"\n\
                [[items]]\ntext = \"Load test\"\nowner = \"bo\"\ndue = 2026-11-09\n\
                [[actions]]\ntext = \"Add an alert\"\nowner = \"ada\"\n";
    let mut facts = facts(&[], "");
    facts.release.earlier = vec![earlier_release("4.12.1", file)];
    let text = text(&facts);
    for line in [
        "- [ ] Add an alert, promised after 4.12.1, ada",
        "- kim: decider of the release",
        "- ria: maker of the tag",
        "| Tag v4.12.1 |  | Tue 10 Nov 2026, 10:00 |  |",
        "| Tag v4.13.0 |  | Tue 24 Nov 2026, 08:00 |  |",
        "- 4.12.1 was released although items were due and not done.",
        "- No release candidate was tagged for 4.12.1 and 4.13.0.",
    ] {
        assert!(has(&text, line), "{line}: {text}");
    }
}

#[test]
fn bypassed_rules_and_caused_tickets_stand_out() {
    let mut facts = facts(&[("a", "")], "");
    facts.emergencies.push(BypassedRules {
        ticket: "a".into(),
        rules: vec!["approval/quorum-missing".into()],
    });
    facts.caused.push(CausedTicket {
        ticket: "fix".into(),
        caused_by: "a".into(),
    });
    let text = text(&facts);
    let line = "- `a`: was released as an emergency and bypassed approval/quorum-missing.";
    assert!(has(&text, line), "{text}");
    assert!(has(&text, "- `fix`: was caused by a."), "{text}");
}

#[test]
fn notes_are_voices_in_the_order_of_time() {
    let ticket = "[[notes]]\nby = \"sam\"\nat = 2026-11-24T15:00:00Z\ntext = \"3 calls\"\n\
                  [[notes]]\nby = \"ada\"\nat = 2026-11-24T09:00:00Z\ntext = \"<b>slow</b>\"\n\
                  [[notes]]\nsection = \"deployment\"\nstep = 1\ntext = \"ok\"";
    let text = text(&facts(&[("a", ticket)], ""));
    let (first, second) = (
        text.find("- ada, "),
        text.find("- sam, Tue 24 Nov 2026, 16:00, `a`: “3 calls”"),
    );
    assert!(first.is_some() && first < second, "{text}");
    assert!(!text.contains("<b>") && !text.contains("“ok”"), "{text}");
}

#[test]
fn actions_that_were_decided_on_replace_the_empty_table() {
    let empty = text(&facts(&[], ""));
    assert!(
        empty.contains("| (replace) | (replace) | (replace) | (replace) |"),
        "{empty}"
    );
    let file = "[[actions]]\ntext = \"Measure the copy\"\nowner = \"bo\"";
    let text = text(&facts(&[], file));
    assert!(has(&text, "- [ ] Measure the copy, bo"), "{text}");
}
