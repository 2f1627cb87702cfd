//! `ticket approve`: what it writes, and that `ssh-keygen` accepts the same signatures as Tollgate.

use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{TICKET, assert_contains, assert_success, in_state, with_input};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool.toml", TICKET);
    sandbox
}

fn approve(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox.tollgate(
        &[
            &["ticket", "approve", "pool", "--now", "2026-11-20T12:00:00Z"],
            arguments,
        ]
        .concat(),
    )
}

/// The digest that the tool prints for the ticket.
fn digest(sandbox: &Sandbox) -> String {
    stdout(&sandbox.tollgate(&["ticket", "digest", "pool"]))
        .trim()
        .to_owned()
}

#[test]
fn approval_is_appended_to_the_unchanged_ticket() {
    let sandbox = sandbox();
    let before = digest(&sandbox);
    let output = approve(&sandbox, &["--role", "dba"]);
    assert_eq!(
        stdout(&output),
        "changes/pool.toml: approved by ada@example.com\n",
        "{}",
        stderr(&output)
    );
    let expected = format!(
        "{TICKET}\n[[approvals]]\nby = \"ada@example.com\"\nrole = \"dba\"\ndecision = \"approve\"\n\
         at = 2026-11-20T12:00:00Z\ndigest = \"{before}\"\n"
    );
    assert_eq!(sandbox.read("changes/pool.toml"), expected);
    assert_eq!(digest(&sandbox), before);
}

#[test]
fn rejection_has_a_reason() {
    let sandbox = sandbox();
    approve(
        &sandbox,
        &[
            "--reject",
            "--reason",
            "the undo was not tried",
            "--by",
            "bo@example.com",
        ],
    );
    let text = sandbox.read("changes/pool.toml");
    assert_contains(&text, "by = \"bo@example.com\"\ndecision = \"reject\"");
    assert!(
        text.ends_with("reason = \"the undo was not tried\"\n"),
        "{text}"
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = sandbox();
    let output = approve(&sandbox, &["--dry-run"]);
    assert_contains(stdout(&output), "+[[approvals]]");
    assert_eq!(sandbox.read("changes/pool.toml"), TICKET);
}

#[test]
fn without_an_ssh_key_nothing_is_signed_and_nothing_written() {
    let sandbox = sandbox();
    let output = approve(&sandbox, &["--sign"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "git config gpg.format ssh");
    assert_eq!(sandbox.read("changes/pool.toml"), TICKET);
}

#[test]
fn a_signature_holds_for_ssh_keygen() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let sandbox = sandbox();
        let key = sandbox.path().join(".git/key");
        let made = sandbox
            .command("ssh-keygen")
            .args(["-q", "-N", "", "-t", kind, "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        sandbox.git(&["config", "gpg.format", "ssh"]);
        sandbox.git(&["config", "user.signingKey", key.to_str().unwrap()]);
        let digest = digest(&sandbox);
        let output = approve(&sandbox, &["--sign"]);
        assert_success(&output);
        let text = sandbox.read("changes/pool.toml");
        let (_, signature) = text.split_once("signature = \"\"\"\n").unwrap();
        sandbox.write(
            ".git/approval.sig",
            signature.trim_end().trim_end_matches("\"\"\""),
        );
        let public = sandbox.read(".git/key.pub");
        sandbox.write(".git/signers", format!("ada@example.com {public}"));
        let signed = format!(
            "tollgate-approval-v2\nticket pool\ndigest {digest}\ndecision approve\nby ada@example.com\nrole -\n\
             at 2026-11-20T12:00:00Z\nreason \"\"\n"
        );
        let mut command = sandbox.command("ssh-keygen");
        command.args([
            "-Y",
            "verify",
            "-f",
            ".git/signers",
            "-I",
            "ada@example.com",
            "-n",
            "tollgate-approval",
        ]);
        command.args(["-s", ".git/approval.sig"]);
        assert!(with_input(command, signed).status.success(), "{kind}");
    }
}

#[test]
fn second_approval_of_the_same_plan_is_refused() {
    let sandbox = sandbox();
    approve(&sandbox, &[]);
    let once = sandbox.read("changes/pool.toml");
    for by in ["ada@example.com", "Ada@Example.com"] {
        let output = approve(&sandbox, &["--by", by]);
        let said = format!(
            "error: `{by}` already approved this plan of `changes/pool.toml`\n  \
             help: pass `--role` or `--sign` to add a role or a signature\n"
        );
        assert_eq!(
            (output.status.code(), stdout(&output), stderr(&output)),
            (Some(2), "", said.as_str())
        );
    }
    assert_eq!(sandbox.read("changes/pool.toml"), once);
    approve(
        &sandbox,
        &["--reject", "--reason", "the undo was not tried"],
    );
    approve(&sandbox, &[]);
    assert_eq!(
        sandbox
            .read("changes/pool.toml")
            .matches("[[approvals]]")
            .count(),
        3
    );
    sandbox.write(
        "changes/pool.toml",
        once.replace("40 connections", "50 connections"),
    );
    approve(&sandbox, &[]);
    assert_eq!(
        sandbox
            .read("changes/pool.toml")
            .matches("[[approvals]]")
            .count(),
        2
    );
}

#[test]
fn rejection_without_a_reason_is_refused() {
    let sandbox = sandbox();
    let output = approve(&sandbox, &["--reject"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(
        stderr(&output).starts_with("error: a rejection needs a reason\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(sandbox.read("changes/pool.toml"), TICKET);
}

#[test]
fn blank_values_are_refused() {
    let sandbox = sandbox();
    for arguments in [
        &["--reject", "--reason", " "][..],
        &["--by", ""],
        &["--role", "-"],
    ] {
        let output = approve(&sandbox, arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
        assert_contains(stderr(&output), "it needs a letter or a digit");
    }
    sandbox.git(&["config", "user.email", " "]);
    let output = approve(&sandbox, &[]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_eq!(sandbox.read("changes/pool.toml"), TICKET);
}

#[test]
fn approval_prints_its_effect_and_next_steps() {
    let sandbox = sandbox();
    let moved = "the ticket is still `proposed`; next: `tollgate ticket move pool reviewed`\n";
    assert_eq!(stderr(&approve(&sandbox, &[])), moved);
    let next = "next: commit the ticket\n";
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.write("tollgate.toml", "[approvals]\nlow = { quorum = 2 }\n");
    sandbox.commit("docs: plan the pool");
    let output = approve(&sandbox, &["--by", "bo@example.com"]);
    assert_eq!(
        stderr(&output),
        format!("1 more approval is required\n{next}")
    );
    let output = approve(&sandbox, &["--by", "ada@example.com"]);
    let own = "warning: this approval does not count because the approver edited the plan\n";
    assert_eq!(
        stderr(&output),
        format!("{own}1 more approval is required\n{next}")
    );
    sandbox.tollgate(&["ticket", "move", "pool", "reviewed"]);
    let output = approve(&sandbox, &["--by", "kim@example.com"]);
    assert_eq!(
        stderr(&output),
        "the ticket has enough approvals\nthe ticket is approved; next: commit the ticket\n"
    );
    assert_eq!(
        stderr(&approve(&sandbox, &["--by", "cy@example.com", "--quiet"])),
        ""
    );
}

#[test]
fn state_approved_without_a_quorum_is_not_called_approved() {
    let sandbox = sandbox();
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.write("tollgate.toml", "[approvals]\nlow = { quorum = 2 }\n");
    sandbox.commit("docs: plan the pool");
    let output = approve(&sandbox, &["--by", "bo@example.com"]);
    let incomplete = "the state is already `approved`, but the ticket does not have enough approvals; next: commit the ticket\n";
    assert_eq!(
        stderr(&output),
        format!("1 more approval is required\n{incomplete}")
    );
    let output = approve(&sandbox, &["--by", "kim@example.com"]);
    assert_eq!(
        stderr(&output),
        "the ticket has enough approvals\nnext: commit the ticket\n"
    );
    let output = approve(&sandbox, &["--by", "ada@example.com"]);
    assert_eq!(
        stderr(&output),
        "warning: this approval does not count because the approver edited the plan\nthe ticket has enough approvals\n"
    );
}

#[test]
fn approval_of_a_ticket_with_errors_is_warned_of() {
    let sandbox = sandbox();
    sandbox.write("changes/pool.toml", TICKET.replace("title = ", "titel = "));
    let output = approve(&sandbox, &[]);
    let warning = "warning: `check` reports 1 error; fixing it will change the plan and make this approval stale\n";
    assert!(stderr(&output).starts_with(warning), "{}", stderr(&output));
}

#[test]
fn missing_approvals_are_shown() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "tollgate.toml",
        "[approvals]\nlow = { evidence = \"claimed\" }\n",
    );
    sandbox.write("changes/pool.toml", in_state("reviewed"));
    sandbox.commit("docs: plan the pool");
    let next = || {
        let output = sandbox.tollgate(&["ticket", "show", "pool"]);
        stdout(&output)
            .lines()
            .find(|line| line.starts_with("Next"))
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(next(), "Next         approved: 1 more approval is required");
    let output = sandbox.tollgate(&["ticket", "move", "pool", "approved"]);
    let told = stderr(&output);
    assert_contains(
        &told,
        "the ticket is not approved yet: 1 more approval is required",
    );
    assert_contains(&told, "`tollgate ticket approve changes/pool.toml`");
    assert!(
        next().ends_with("1 more approval is required"),
        "{}",
        next()
    );
    approve(&sandbox, &["--by", "bo@example.com"]);
    assert!(!next().contains("required"), "{}", next());
}
