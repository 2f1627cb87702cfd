//! `docs/check-without-tollgate.md`: its commands accept a release, and notice what was changed
//! afterwards.

use std::path::Path;
use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{TICKET, assert_contains, assert_success, in_state};

const CONFIGURATION: &str = "[approvals]\nallowed_signers = \".tollgate/allowed_signers\"\n\
                             low = { evidence = \"signed\" }\n";

/// A signed release of a change by Bo, with a ticket that Ada approved with her key.
fn released() -> Sandbox {
    let sandbox = approved();
    release(&sandbox);
    sandbox
}

/// Releases what is on `main`.
fn release(sandbox: &Sandbox) {
    let output = sandbox.tollgate(&["release", "--execute", "--now", "2026-01-02T12:00:00Z"]);
    assert_success(&output);
}

/// The repository before the release: Ada approved the plan and committed her approval, then Bo
/// changed the pool.
fn approved() -> Sandbox {
    let sandbox = Sandbox::new();
    let public = sign_with_new_key(&sandbox, "ada");
    for (name, value) in [("gpg.format", "ssh"), ("tag.gpgSign", "true")] {
        sandbox.git(&["config", name, value]);
    }
    sandbox.write(
        ".tollgate/allowed_signers",
        format!("ada@example.com {public}"),
    );
    sandbox.write("tollgate.toml", CONFIGURATION);
    sandbox.commit("feat: take orders");
    sandbox.git(&["tag", "v1.2.3", "-m", "v1.2.3"]);
    sandbox.branch("pool");
    author(&sandbox, "Bo", "bo@example.com");
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: plan a larger pool");
    sandbox.write("changes/pool.toml", in_state("approved"));
    approve(&sandbox, "pool");
    sandbox.commit("docs: approve the larger pool");
    author(&sandbox, "Bo", "bo@example.com");
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.commit("feat: raise the pool\n\nChange: pool");
    sandbox.switch("main");
    sandbox.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "pool",
        "--message",
        "Merge branch 'pool'",
    ]);
    sandbox
}

/// Ada approves a ticket with her key, and is the author of the commits that follow.
fn approve(sandbox: &Sandbox, ticket: &str) {
    author(sandbox, "Ada", "ada@example.com");
    let output = sandbox.tollgate(&[
        "ticket",
        "approve",
        ticket,
        "--sign",
        "--now",
        "2026-01-01T12:00:00Z",
    ]);
    assert_success(&output);
}

/// The author of the commits that follow.
fn author(sandbox: &Sandbox, name: &str, email: &str) {
    sandbox.git(&["config", "user.name", name]);
    sandbox.git(&["config", "user.email", email]);
}

/// Makes a key, and signs with it from now on. Returns its public part.
fn sign_with_new_key(sandbox: &Sandbox, name: &str) -> String {
    let key = sandbox.path().join(".git").join(name);
    let mut command = sandbox.command("ssh-keygen");
    command.args(["-q", "-N", "", "-t", "ed25519", "-f"]);
    assert!(command.arg(&key).status().unwrap().success());
    sandbox.git(&["config", "user.signingKey", key.to_str().unwrap()]);
    sandbox.read(&format!(".git/{name}.pub"))
}

/// Runs every shell block of the page, in order, until one command fails.
fn check(sandbox: &Sandbox) -> Output {
    sandbox
        .command("sh")
        .args(["-c", &page()])
        .output()
        .unwrap()
}

/// The shell blocks of the page as one script.
fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check-without-tollgate.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    format!("set -eux\n{}", blocks.collect::<String>())
}

/// Checks a release, which must fail, and gives the command that failed.
fn rejected_by(sandbox: &Sandbox) -> String {
    let output = check(sandbox);
    assert!(!output.status.success(), "{}", stdout(&output));
    let mut commands = stderr(&output)
        .lines()
        .filter(|line| line.starts_with("+ "));
    commands.next_back().unwrap_or_default().to_owned()
}

/// The message of the tag, without its signature.
fn message(sandbox: &Sandbox) -> String {
    let format = "--format=%(contents:subject)%0a%0a%(contents:body)";
    sandbox.git(&["for-each-ref", format, "refs/tags/v1.3.0"])
}

/// The tag with another message, on the commit that it was on.
fn retag(sandbox: &Sandbox, from: &str, to: &str) {
    let message = message(sandbox);
    assert_contains(&message, from);
    let commit = sandbox.git(&["rev-parse", "v1.3.0^{commit}"]);
    replace_tag(sandbox, &message.replace(from, to), &commit);
}

fn replace_tag(sandbox: &Sandbox, message: &str, commit: &str) {
    sandbox.git(&[
        "tag",
        "--force",
        "--cleanup=verbatim",
        "--message",
        message,
        "v1.3.0",
        commit,
    ]);
}

#[test]
fn page_accepts_a_release() {
    let output = check(&released());
    assert!(
        output.status.success(),
        "{}\n{}",
        stdout(&output),
        stderr(&output)
    );
}

#[test]
fn page_accepts_an_approval_with_a_key_that_expired_since() {
    let sandbox = approved();
    let public = sandbox.read(".git/ada.pub");
    let other = sign_with_new_key(&sandbox, "cy");
    let keys =
        format!("ada@example.com valid-before=\"20260101120001Z\" {public}cy@example.com {other}");
    sandbox.write(".tollgate/allowed_signers", keys);
    author(&sandbox, "Cy", "cy@example.com");
    sandbox.commit("chore: expire the key of Ada");
    release(&sandbox);
    let output = check(&sandbox);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn page_rejects_a_changed_record_or_another_commit() {
    for (from, to) in [
        ("Commits: sha256:", "Commits: sha256:0"),
        ("Ticket: pool sha256:", "Ticket: pool sha256:0"),
    ] {
        let sandbox = released();
        retag(&sandbox, from, to);
        assert!(!check(&sandbox).status.success(), "{from}");
    }
    let sandbox = released();
    sandbox.git(&[
        "tag",
        "--force",
        "--message",
        "v1.3.0",
        "v1.3.0",
        "v1.3.0~1",
    ]);
    assert!(!check(&sandbox).status.success());
}

#[test]
fn page_rejects_a_plan_edited_after_approval() {
    let sandbox = released();
    let (commit, parent) = (
        sandbox.git(&["rev-parse", "v1.3.0"]),
        sandbox.git(&["rev-parse", "v1.3.0~1"]),
    );
    assert_ne!(commit, parent);
    // The release is made once more on top of an edited ticket, with the digest that was approved.
    sandbox.git(&["reset", "--quiet", "--hard", &parent]);
    let ticket = sandbox.read("changes/pool.toml");
    sandbox.write(
        "changes/pool.toml",
        ticket.replace("to 40 connections", "to 400 connections"),
    );
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit", "--all"]);
    sandbox.git(&["cherry-pick", &commit]);
    let list = sandbox.git(&["rev-list", "v1.2.3..HEAD~1"]);
    let mut ids: Vec<&str> = list.lines().collect();
    ids.sort_unstable();
    let commits = sha256(&sandbox, &(ids.join("\n") + "\n"));
    let message = message(&sandbox);
    let line = message
        .lines()
        .find(|line| line.starts_with("Commits: "))
        .unwrap();
    let message = message.replace(line, &format!("Commits: sha256:{commits}"));
    replace_tag(&sandbox, &message, "HEAD");
    let command = rejected_by(&sandbox);
    assert!(command.starts_with("+ test sha256:"), "{command}");
    let recorded = message
        .lines()
        .find_map(|line| line.strip_prefix("Ticket: pool "))
        .unwrap();
    let (digest, risk) = recorded.split_once(' ').unwrap();
    assert_eq!(risk, "low");
    assert!(command.ends_with(&format!(" = {digest}")), "{command}");
}

/// The SHA-256 of a text, as the page computes it.
fn sha256(sandbox: &Sandbox, text: &str) -> String {
    sandbox.write(".git/text", text);
    let output = sandbox
        .command("sha256sum")
        .arg(".git/text")
        .output()
        .unwrap();
    stdout(&output).split(' ').next().unwrap().to_owned()
}

#[test]
fn page_rejects_an_edited_changelog() {
    let sandbox = released();
    retag(&sandbox, "raise the pool", "raise the roof");
    let command = rejected_by(&sandbox);
    assert!(command.starts_with("+ test sha256:"), "{command}");
    let sandbox = released();
    let message = message(&sandbox);
    let text = sandbox.read("CHANGELOG.md");
    assert_contains(&text, "raise the pool");
    sandbox.write(
        "CHANGELOG.md",
        text.replace("raise the pool", "raise the roof"),
    );
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit", "--all"]);
    replace_tag(&sandbox, &message, "HEAD");
    let command = rejected_by(&sandbox);
    assert_eq!(command, "+ test ### Added");
}

#[test]
fn page_rejects_a_tag_under_another_name() {
    let sandbox = released();
    let object = sandbox.git(&["rev-parse", "refs/tags/v1.3.0"]);
    sandbox.git(&["update-ref", "refs/tags/v1.4.0", &object]);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    let script = page().replace("tag=v1.3.0", "tag=v1.4.0");
    let output = sandbox
        .command("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        stderr(&output).ends_with("+ test v1.3.0 = v1.4.0\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn page_rejects_an_approver_who_wrote_the_change() {
    let sandbox = approved();
    author(&sandbox, "Ada", "ada@example.com");
    sandbox.write("other.txt", "x\n");
    sandbox.commit("chore: tidy up");
    release(&sandbox);
    let command = rejected_by(&sandbox);
    assert_eq!(command, "+ exit 1");
}

#[test]
fn page_checks_every_ticket() {
    let sandbox = approved();
    let ticket = TICKET
        .replace("billing-api", "orders-api")
        .replace("proposed", "approved");
    sandbox.write("changes/orders.toml", &ticket);
    sandbox.write("k8s/orders.yaml", "40\n");
    sandbox.commit("feat: raise the pool of orders\n\nChange: orders");
    approve(&sandbox, "orders");
    sandbox.commit("docs: approve the pool of orders");
    release(&sandbox);
    let output = check(&sandbox);
    assert!(
        output.status.success(),
        "{}\n{}",
        stdout(&output),
        stderr(&output)
    );
    for ticket in ["orders", "pool"] {
        let copy = sandbox.copy();
        retag(
            &copy,
            &format!("Ticket: {ticket} sha256:"),
            &format!("Ticket: {ticket} sha256:0"),
        );
        let command = rejected_by(&copy);
        assert!(
            command.starts_with("+ test sha256:") && command.contains(" = sha256:0"),
            "{command}"
        );
    }
}

#[test]
fn page_rejects_an_unsigned_tag() {
    let sandbox = released();
    sandbox.git(&["config", "tag.gpgSign", "false"]);
    retag(&sandbox, "v1.3.0", "v1.3.0");
    assert!(!check(&sandbox).status.success());
}
