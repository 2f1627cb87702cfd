//! Tickets compared with the tree that they belong to: the migrations that they name, and the
//! templates of the repository.

use std::process::Output;

use crate::sandbox::{Sandbox, stdout};
use crate::scenario::{TICKET, with_input};

const MIGRATION: &str = "db/migrations/42.sql";

/// A ticket that names a migration.
fn ticket() -> String {
    format!("{TICKET}[schema_change]\nmigrations = [\"{MIGRATION}\"]\nphase = \"expand\"\n")
}

/// A repository with another migration, on a branch that was just cut.
fn branch() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("db/migrations/41.sql", "-- 41\n");
    sandbox.commit("feat: begin");
    sandbox.tag("v1.0.0");
    sandbox.branch("topic");
    sandbox
}

/// The findings of a command, each with its severity, rule, and message.
fn findings(output: &Output) -> Vec<String> {
    let is_finding = |line: &&str| line.contains("error[") || line.contains("warning[");
    let lines = stdout(output).lines().filter(is_finding);
    lines
        .map(|line| line.splitn(2, ": ").last().unwrap_or_default().to_owned())
        .collect()
}

fn check(sandbox: &Sandbox) -> Vec<String> {
    findings(&sandbox.tollgate(&["check", "--format", "concise"]))
}

fn gate(sandbox: &Sandbox) -> Vec<String> {
    findings(&sandbox.tollgate(&["gate", "--base", "main", "--format", "concise", "--quiet"]))
}

const UNKNOWN: &str =
    "[plan/unknown-migration] the migration `db/migrations/42.sql` is not in the repository";

fn warning() -> Vec<String> {
    vec![format!("warning{UNKNOWN}")]
}

fn error() -> Vec<String> {
    vec![format!("error{UNKNOWN}")]
}

const NOTHING: [&str; 0] = [];

#[test]
fn check_warns_about_unknown_migration() {
    let sandbox = branch();
    sandbox.write("changes/pool.toml", ticket());
    assert_eq!(check(&sandbox), warning());
    sandbox.write(MIGRATION, "-- 42\n");
    assert_eq!(check(&sandbox), NOTHING);
}

#[test]
fn standard_input_has_no_tree() {
    let sandbox = branch();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command.args([
        "check",
        "--format",
        "concise",
        "-",
        "--stdin-filename",
        "changes/pool.toml",
    ]);
    assert_eq!(findings(&with_input(command, ticket())), NOTHING);
}

#[test]
fn ticket_outside_the_repository_has_no_tree() {
    let sandbox = branch();
    sandbox.write("../other/pool.toml", ticket());
    let output = sandbox.tollgate(&["check", "--format", "concise", "../other/pool.toml"]);
    assert_eq!(findings(&output), NOTHING);
}

#[test]
fn check_accepts_migration_outside_a_sparse_work_tree() {
    let sandbox = branch();
    sandbox.write(MIGRATION, "-- 42\n");
    sandbox.write("changes/pool.toml", ticket());
    sandbox.commit("feat: add a column");
    sandbox.git(&["sparse-checkout", "set", "changes"]);
    sandbox.write("db/README.md", "x\n");
    assert_eq!(check(&sandbox), NOTHING);
}

#[cfg(unix)]
#[test]
fn migration_below_a_link_is_accepted() {
    let sandbox = branch();
    std::os::unix::fs::symlink("../elsewhere", sandbox.path().join("db/linked")).unwrap();
    let text = ticket().replace("db/migrations", "db/linked");
    sandbox.write("changes/pool.toml", text);
    assert_eq!(check(&sandbox), NOTHING);
    sandbox.commit("feat: add a column");
    assert_eq!(gate(&sandbox), NOTHING);
}

#[test]
fn check_finds_glob_matches() {
    let sandbox = branch();
    let with = |glob: &str| {
        sandbox.write("changes/pool.toml", ticket().replace(MIGRATION, glob));
        check(&sandbox).len()
    };
    assert_eq!((with("db/**/4*.sql"), with("db/migrations/5*.sql")), (0, 1));
}

#[test]
fn gate_blocks_unknown_migration() {
    let sandbox = branch();
    sandbox.write("changes/pool.toml", ticket());
    sandbox.write("src/orders.rs", "// status\n");
    sandbox.commit("feat: add a column");
    assert_eq!(gate(&sandbox), error());
    sandbox.write(MIGRATION, "-- 42\n");
    sandbox.commit("feat: add the migration");
    assert_eq!(gate(&sandbox), NOTHING);
}

#[test]
fn gate_accepts_a_plan_before_its_migration() {
    let sandbox = branch();
    sandbox.write("changes/pool.toml", ticket());
    sandbox.commit("docs: plan a column");
    assert_eq!(gate(&sandbox), NOTHING);
}

#[test]
fn gate_sees_the_migrations_of_both_sides() {
    let sandbox = branch();
    sandbox.write("changes/pool.toml", ticket());
    sandbox.write("src/orders.rs", "// status\n");
    sandbox.commit("feat: add a column");
    sandbox.switch("main");
    sandbox.write(MIGRATION, "-- 42\n");
    sandbox.commit("feat: add the migration");
    sandbox.switch("topic");
    assert_eq!(gate(&sandbox), NOTHING);
}

#[test]
fn gate_blocks_a_migration_that_the_branch_deletes() {
    let sandbox = branch();
    let text = ticket().replace("42", "41");
    sandbox.write("changes/pool.toml", text);
    sandbox.git(&["rm", "--quiet", "db/migrations/41.sql"]);
    sandbox.write("db/README.md", "x\n");
    sandbox.commit("feat: add a column");
    assert_eq!(gate(&sandbox).len(), 1);
}

#[test]
fn release_blocks_unknown_migration() {
    let sandbox = branch();
    sandbox.write(
        "changes/pool.toml",
        ticket().replace("proposed", "approved"),
    );
    sandbox.write("src/orders.rs", "// status\n");
    sandbox.commit("feat: add a column");
    let is_blocked = || {
        let output = sandbox.tollgate(&["status", "--format", "json"]);
        stdout(&output).contains("plan/unknown-migration")
    };
    assert!(is_blocked());
    sandbox.write(MIGRATION, "-- 42\n");
    sandbox.commit("feat: add the migration");
    assert!(!is_blocked());
}

const TEMPLATE: &str = ".github/pull_request_template.md";

/// A branch whose base has a template, with a ticket that has a line of it.
fn branch_with_template() -> Sandbox {
    let sandbox = branch();
    sandbox.switch("main");
    sandbox.write(TEMPLATE, "## What does this change do?\n");
    sandbox.commit("docs: ask for a description");
    sandbox.switch("topic");
    sandbox.git(&["rebase", "--quiet", "main"]);
    let text = format!("description = \"What does this change do?\"\n{TICKET}");
    sandbox.write("changes/pool.toml", text);
    sandbox
}

const RESIDUE: &str = "error[content/template-residue] `description` is a line of the template `.github/pull_request_template.md`";

#[test]
fn check_reports_line_of_a_template() {
    assert_eq!(check(&branch_with_template()), [RESIDUE]);
}

#[test]
fn gate_reads_the_templates_of_the_base() {
    let sandbox = branch_with_template();
    sandbox.write(TEMPLATE, "\n");
    sandbox.commit("docs: plan a change");
    assert_eq!(check(&sandbox), NOTHING);
    assert_eq!(gate(&sandbox), [RESIDUE]);
}

#[cfg(unix)]
#[test]
fn linked_template_is_not_read() {
    let sandbox = branch();
    sandbox.write("../other/bug.md", "What does this change do?\n");
    sandbox.write("docs/x.md", "\n");
    for (target, link) in [
        ("../../other/bug.md", "docs/pull_request_template.md"),
        ("../other", "issue_template"),
        ("../other", ".github"),
    ] {
        std::os::unix::fs::symlink(target, sandbox.path().join(link)).unwrap();
    }
    let text = format!("description = \"What does this change do?\"\n{TICKET}");
    sandbox.write("changes/pool.toml", text);
    assert_eq!(check(&sandbox), NOTHING);
}
