//! What the base changed since the branch left it: tickets and configuration are judged as they will be once merged.

use crate::gate::{MIGRATIONS, PASSES, TICKET, branch_of_ticket, branch_with, fails, migration_that_says, rules};
use crate::sandbox::{Sandbox, stderr};

const APPROVALS: &str = "[approvals]\n";
const POOL: &str = "changes/pool.toml";

/// Makes a commit on `main`, after `topic` was cut.
fn meanwhile(sandbox: &Sandbox, change: impl FnOnce(&Sandbox)) {
    sandbox.git(&["switch", "--quiet", "main"]);
    change(sandbox);
    sandbox.commit("docs: meanwhile");
    sandbox.git(&["switch", "--quiet", "topic"]);
}

/// Makes a commit on the branch.
fn edit(sandbox: &Sandbox, ticket: &str) {
    sandbox.write(POOL, ticket);
    sandbox.commit("docs: go on");
}

fn naming_the_pool() -> Sandbox {
    migration_that_says("feat: add a column\n\nChange: pool\n")
}

fn with_note(ticket: &str, text: &str) -> String {
    format!("{ticket}\n[[notes]]\nat = 2026-11-20T09:30:00Z\nby = \"bo\"\ntext = \"{text}\"\n")
}

#[test]
fn a_ticket_that_the_base_cancelled_since_covers_nothing() {
    let sandbox = naming_the_pool();
    meanwhile(&sandbox, |main| main.write(POOL, TICKET.replace("proposed", "cancelled")));
    let (rules, code) = rules(&sandbox);
    assert!(rules.contains(&"gate/missing-ticket".into()) && code == 1, "{rules:?}");
}

#[test]
fn a_ticket_that_the_base_took_away_since_is_not_there() {
    let sandbox = naming_the_pool();
    meanwhile(&sandbox, |main| drop(main.git(&["rm", "--quiet", POOL])));
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket", "commit/unknown-ticket"]));
}

#[test]
fn a_ticket_that_the_base_renamed_or_added_since_is_there() {
    let sandbox = migration_that_says("feat: add a column\n\nChange: pond\n");
    meanwhile(&sandbox, |main| drop(main.git(&["mv", POOL, "changes/pond.toml"])));
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_ticket_that_the_base_left_alone_is_as_it_was() {
    let sandbox = naming_the_pool();
    meanwhile(&sandbox, |main| main.write("src/a.rs", ""));
    assert_eq!(rules(&sandbox), PASSES);
}

/// Lets Bo decide what the ticket says now, in a commit of their own.
fn decide(sandbox: &Sandbox, arguments: &[&str]) {
    sandbox.git(&["config", "user.name", "bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    let fixed = ["ticket", "approve", "pool", "--now", "2026-11-19T12:00:00Z"];
    let output = sandbox.tollgate(&[&fixed[..], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    sandbox.commit("docs: decide on the pool");
}

#[test]
fn a_rejection_on_the_base_since_counts() {
    let sandbox = naming_the_pool();
    meanwhile(&sandbox, |main| {
        main.write("tollgate.toml", format!("{MIGRATIONS}{APPROVALS}"));
        decide(main, &["--reject", "--reason", "the pool is large enough"]);
    });
    assert_eq!(rules(&sandbox), fails(&["approval/rejected"]));
}

/// The ticket with so much space between its parts that git merges edits of each.
fn wide(state: &str) -> String {
    let lines = TICKET.replace("proposed", state).replace("rollback =", "# a\n# b\n# c\n# d\nrollback =");
    lines.replace("validation =", "# a\n# b\n# c\n# d\nvalidation =")
}

#[test]
fn a_plan_that_the_base_changed_since_is_not_what_the_branch_approves() {
    let sandbox = branch_of_ticket(&wide("approved"));
    decide(&sandbox, &[]);
    meanwhile(&sandbox, |main| {
        main.write("tollgate.toml", APPROVALS);
        main.write(POOL, wide("approved").replace("pool=20", "pool=21"));
    });
    assert_eq!(rules(&sandbox), fails(&["approval/quorum-missing", "approval/stale"]));
}

#[test]
fn whoever_changed_the_plan_on_the_base_approves_their_own_work_on_the_branch() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    meanwhile(&sandbox, |main| {
        main.git(&["config", "user.name", "bo"]);
        main.git(&["config", "user.email", "bo@example.com"]);
        main.write("tollgate.toml", APPROVALS);
        main.write(POOL, wide("proposed").replace("pool=20", "pool=21"));
    });
    sandbox.git(&["config", "user.name", "bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    sandbox.write(POOL, wide("approved").replace("pool=20", "pool=21"));
    let output = sandbox.tollgate(&["ticket", "approve", "pool", "--now", "2026-11-19T12:00:00Z"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let approved = sandbox.read(POOL).replace("pool=21", "pool=20");
    edit(&sandbox, &approved);
    let (rules, code) = rules(&sandbox);
    assert!(rules.contains(&"approval/self-approval".into()) && code == 1, "{rules:?}");
}

#[test]
fn a_branch_that_is_only_behind_passes() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("proposed").replace("pool=40", "pool=41"));
    meanwhile(&sandbox, |main| main.write(POOL, wide("reviewed")));
    assert_eq!(rules(&sandbox), PASSES);
    meanwhile(&sandbox, |main| main.write(POOL, wide("reviewed").replace("services", "# a note\nservices")));
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_note_on_the_base_since_is_not_taken_for_rewritten() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("reviewed"));
    meanwhile(&sandbox, |main| main.write(POOL, with_note(&wide("proposed"), "looks fine")));
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_plan_is_frozen_by_what_the_base_approved_since() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("proposed").replace("pool=40", "pool=41"));
    meanwhile(&sandbox, |main| main.write(POOL, wide("approved")));
    assert_eq!(rules(&sandbox), fails(&["gate/frozen-edit"]));
}

#[test]
fn a_ticket_that_the_base_moved_on_is_not_moved_back() {
    let sandbox = branch_of_ticket(&TICKET.replace("proposed", "reviewed"));
    edit(&sandbox, &TICKET.replace("proposed", "draft"));
    meanwhile(&sandbox, |main| main.write(POOL, TICKET.replace("proposed", "approved")));
    assert_eq!(rules(&sandbox), fails(&["gate/conflicting-edit"]));
}

#[test]
fn a_ticket_that_one_side_took_away_and_the_other_changed_is_to_be_settled_first() {
    let sandbox = branch_of_ticket(TICKET);
    edit(&sandbox, &TICKET.replace("2%", "3%"));
    meanwhile(&sandbox, |main| drop(main.git(&["rm", "--quiet", POOL])));
    assert_eq!(rules(&sandbox), fails(&["gate/conflicting-edit"]));
}

#[test]
fn what_both_sides_changed_alike_is_no_conflict() {
    let sandbox = branch_of_ticket(TICKET);
    edit(&sandbox, &TICKET.replace("2%", "3%"));
    meanwhile(&sandbox, |main| main.write(POOL, TICKET.replace("2%", "3%")));
    assert_eq!(rules(&sandbox), PASSES);
}

const CONFIG: &str = "tollgate.toml";

/// A branch that says `theirs` of the configuration, on a base that says `ours` since.
fn configured(old: &str, theirs: &str, ours: &str) -> Sandbox {
    let sandbox = branch_with(old);
    sandbox.write(CONFIG, theirs);
    sandbox.write("src/a.rs", "");
    sandbox.commit("chore: on the branch");
    meanwhile(&sandbox, |main| main.write(CONFIG, ours));
    sandbox
}

/// Levels for all of a group, with space between them and what follows.
fn levels(all: &str, rest: &str) -> String {
    format!("[rules]\n\"content/*\" = \"{all}\"\n# a\n# b\n# c\n# d\n{rest}")
}

const OFF: &str = "\"content/placeholder\" = \"off\"\n";

#[test]
fn a_loosening_does_not_hide_behind_what_the_base_tightened_since() {
    let sandbox = configured(&levels("warning", ""), &levels("warning", OFF), &levels("error", ""));
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn what_loosens_only_once_it_is_merged_is_seen() {
    let glob = "\"content/placehold*\" = \"off\"\n";
    let sandbox = configured(&levels("off", ""), &levels("off", glob), &levels("error", ""));
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn a_branch_loosens_nothing_by_being_behind() {
    let sandbox = configured(&levels("warning", ""), &levels("warning", ""), &levels("error", ""));
    assert_eq!(rules(&sandbox), PASSES);
    let strict = "\"content/placeholder\" = \"error\"\n";
    let sandbox = configured(&levels("warning", ""), &levels("warning", strict), &levels("error", ""));
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_configuration_that_git_cannot_merge_is_not_taken_for_strict() {
    let sandbox = configured(&levels("warning", ""), &levels("off", ""), &levels("error", ""));
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn a_configuration_that_the_base_moved_since_is_still_the_bases() {
    let sandbox = branch_with(&levels("error", ""));
    sandbox.write("src/a.rs", "");
    sandbox.commit("chore: on the branch");
    meanwhile(&sandbox, |main| drop(main.git(&["mv", CONFIG, ".tollgate.toml"])));
    assert_eq!(rules(&sandbox), PASSES);
}
