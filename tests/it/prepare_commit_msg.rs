//! `tollgate prepare-commit-msg`: which commits get the trailer of a ticket.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{Sandbox, stderr};
use crate::scenario::{assert_contains, assert_success};

const POOL: &str = "title = \"Raise the billing-api pool from 20 to 40 connections\"\nstate = \"proposed\"\njustification = \"Checkout times out at the peak: about 2% of orders fail\"\nassignee = \"ada@example.com\"\ndeployment = [\"Apply `k8s/pool.yaml`\"]\nrollback = [\"Apply `k8s/pool-20.yaml`\"]\nvalidation = [\"`GET /health` returns pool=40\"]\n";

/// A repository with a ticket, on a branch named after it.
fn on_branch_of_ticket() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/CHG-7.toml", POOL);
    sandbox.commit("feat: begin");
    sandbox.branch("feature/chg-7-pool");
    sandbox
}

/// The message that the command leaves.
fn prepared(sandbox: &Sandbox, message: &str, source: &[&str]) -> String {
    sandbox.write("message", message);
    let output = sandbox.tollgate(&[&["prepare-commit-msg", "message"], source].concat());
    assert_success(&output);
    sandbox.read("message")
}

#[test]
fn branch_name_gives_the_trailer() {
    let sandbox = on_branch_of_ticket();
    let expected = "feat: a\n\nChange: CHG-7\n";
    assert_eq!(prepared(&sandbox, "feat: a\n", &["message"]), expected);
    assert_eq!(prepared(&sandbox, expected, &["commit", "HEAD"]), expected);
    sandbox.git(&["checkout", "-q", "-b", "CHG-8"]);
    assert_eq!(prepared(&sandbox, "feat: a\n", &[]), "feat: a\n");
}

#[test]
fn staged_ticket_gives_the_trailer() {
    let sandbox = on_branch_of_ticket();
    sandbox.git(&["checkout", "-q", "-b", "other"]);
    sandbox.write("changes/CHG-7.toml", format!("{POOL}# more\n"));
    assert_eq!(prepared(&sandbox, "feat: a\n", &[]), "feat: a\n");
    sandbox.git(&["add", "changes"]);
    assert_contains(&prepared(&sandbox, "feat: a\n", &[]), "Change: CHG-7\n");
}

#[test]
fn merges_squashes_and_fixups_are_left_alone() {
    let sandbox = on_branch_of_ticket();
    for source in ["merge", "squash"] {
        assert_eq!(prepared(&sandbox, "a\n", &[source]), "a\n");
    }
    for message in ["fixup! feat: a\n", "squash! feat: a\n", "amend! feat: a\n"] {
        assert_eq!(prepared(&sandbox, message, &["message"]), message);
    }
}

#[test]
fn finished_ticket_gives_no_trailer() {
    let sandbox = on_branch_of_ticket();
    let closed = POOL.replace("proposed", "cancelled");
    sandbox.write("changes/CHG-7.toml", closed);
    assert_eq!(prepared(&sandbox, "feat: a\n", &[]), "feat: a\n");
}

#[test]
fn git_runs_the_hook_and_keeps_the_trailer() {
    let sandbox = on_branch_of_ticket();
    sandbox.git(&["config", "core.commentChar", ";"]);
    sandbox.git(&["config", "commit.verbose", "true"]);
    let hook = format!(
        "#!/bin/sh\nexec {} prepare-commit-msg \"$@\"\n",
        env!("CARGO_BIN_EXE_tollgate")
    );
    sandbox.write(".git/hooks/prepare-commit-msg", hook);
    let path = sandbox.path().join(".git/hooks/prepare-commit-msg");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.write("a.txt", "a\n");
    sandbox.git(&["add", "a.txt"]);
    let unchanged = sandbox
        .command("git")
        .args(["-c", "core.editor=true", "commit", "-q"])
        .output();
    assert_contains(&stderr(&unchanged.unwrap()), "empty commit message");
    let editor = "core.editor=sed -i -e '1s/.*/feat: add a\\n/' -e 's/^; Change:/Change:/'";
    sandbox.git(&["-c", editor, "commit", "-q"]);
    let message = || sandbox.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message().trim(), "feat: add a\n\nChange: CHG-7");
    sandbox.git(&["-c", editor, "commit", "-q", "--amend"]);
    assert_eq!(message().trim(), "feat: add a\n\nChange: CHG-7");
}
