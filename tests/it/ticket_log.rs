//! `ticket done` and `ticket close`: what they write, and what they refuse.

use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{TICKET, assert_contains};

/// A ticket that is being deployed, with Windows line ends and a comment at its end.
fn deploying() -> String {
    let head = TICKET.replace("\"proposed\"", "\"deploying\" # since 8");
    let steps = "assignee = \"ada@example.com\"\n[deployment]\n\
                 steps = [\"Copy the table\", \"Drop the table\", \"Merge `k8s/pool.yaml`\"]\n# end\n";
    let head: String = head
        .lines()
        .filter(|line| !line.starts_with("deployment"))
        .map(|line| format!("{line}\n"))
        .collect();
    format!("{head}{steps}").replace('\n', "\r\n")
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool.toml", deploying());
    sandbox
}

fn ticket(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox.tollgate(&[&["ticket"], arguments, &["--now=2026-11-24T12:00:00Z"]].concat())
}

#[track_caller]
fn assert_refused(sandbox: &Sandbox, arguments: &[&str], code: i32, message: &str) {
    let before = sandbox.read("changes/pool.toml");
    let output = ticket(sandbox, arguments);
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    let shown = format!("{}{}", stdout(&output), stderr(&output));
    assert_contains(&shown, message);
    assert_eq!(sandbox.read("changes/pool.toml"), before);
}

#[test]
fn done_appends_a_note_and_names_the_next_step() {
    let sandbox = sandbox();
    let output = ticket(
        &sandbox,
        &["done", "pool", "copy", "--at=2026-11-24T09:05:00+01:00"],
    );
    assert_eq!(
        stdout(&output),
        "changes/pool.toml: deployment step 1 of 3 done by ada@example.com\n",
        "{}",
        stderr(&output)
    );
    assert_contains(stderr(&output), "next: step 2: Drop the table");
    let note = "\n[[notes]]\nat = 2026-11-24T08:05:00Z\nby = \"ada@example.com\"\n\
                text = \"Done: Copy the table\"\nsection = \"deployment\"\nstep = 1\n";
    let expected = format!("{}{}", deploying(), note.replace('\n', "\r\n"));
    assert_eq!(sandbox.read("changes/pool.toml"), expected);
    assert_refused(&sandbox, &["done", "pool", "1"], 0, "already recorded");
}

#[test]
fn last_step_leads_to_the_next_command() {
    let sandbox = sandbox();
    let output = ticket(
        &sandbox,
        &[
            "done",
            "pool",
            "1",
            "--in=validation",
            "--by=kim@example.com",
        ],
    );
    assert_contains(
        stderr(&output),
        "`tollgate ticket close pool --result successful`",
    );
}

#[test]
fn unclear_steps_are_refused() {
    let sandbox = sandbox();
    assert_refused(
        &sandbox,
        &["done", "pool", "table"],
        2,
        "1 (Copy the table) or 2 (Drop the table)",
    );
    assert_refused(
        &sandbox,
        &["done", "pool", "4"],
        2,
        "tollgate ticket show pool",
    );
    let other = ["done", "pool", "re-apply"];
    assert_refused(&sandbox, &other, 2, "add `--in rollback`");
}

#[test]
fn note_with_a_secret_is_refused() {
    let sandbox = sandbox();
    let note = "--note=AKIAIOSFODNN7EXAMPLF";
    assert_refused(&sandbox, &["done", "pool", "1", note], 1, "ticket/secret");
}

#[test]
fn times_in_the_future_are_refused() {
    let sandbox = sandbox();
    let at = "--at=2026-11-24T12:00:01Z";
    assert_refused(&sandbox, &["done", "pool", "1", at], 2, "is in the future");
    let at = "--finished-at=2026-11-24T12:00:01Z";
    let close = ["close", "pool", "--result=failed", at];
    assert_refused(&sandbox, &close, 2, "is in the future");
}

#[test]
fn close_writes_the_outcome_and_the_state() {
    let sandbox = sandbox();
    let close = [
        "close",
        "pool",
        "--result=with-issues",
        "--note=3 calls",
        "--started-at=2026-11-24T08:02:00Z",
        "--downtime=5m",
    ];
    let output = ticket(&sandbox, &[&close[..], &["--dry-run"]].concat());
    assert_contains(stdout(&output), "+result = \"with-issues\"");
    assert_eq!(sandbox.read("changes/pool.toml"), deploying());
    let output = ticket(&sandbox, &close);
    assert_eq!(
        stdout(&output),
        "changes/pool.toml: deploying → closed (with-issues)\n",
        "{}",
        stderr(&output)
    );
    let added = "\n[outcome]\nresult = \"with-issues\"\nstarted_at = 2026-11-24T08:02:00Z\n\
                 downtime = \"5m\"\n\n[[notes]]\nat = 2026-11-24T12:00:00Z\n\
                 by = \"ada@example.com\"\ntext = \"3 calls\"\n";
    let expected = format!("{}{}", deploying(), added.replace('\n', "\r\n"));
    assert_eq!(
        sandbox.read("changes/pool.toml"),
        expected.replace("\"deploying\" # since 8", "\"closed\" # since 8")
    );
    assert_refused(&sandbox, &close, 2, "is already closed");
}

#[test]
fn close_with_missing_fields_or_impossible_times_is_refused() {
    let sandbox = sandbox();
    let times = [
        "close",
        "pool",
        "--result=successful",
        "--started-at=2026-11-24T08:02:00Z",
        "--finished-at=2026-11-24T08:01:00Z",
    ];
    assert_refused(&sandbox, &times, 1, "ticket/outcome-impossible");
    let risky = format!("{}[risk]\r\nlevel = \"medium\"\r\n", deploying());
    sandbox.write("changes/pool.toml", risky);
    let close = ["close", "pool", "--result=successful"];
    assert_refused(&sandbox, &close, 1, "requires `validator`");
}
