//! `docs/check-without-tollgate.md`: its commands accept a release, and notice what was changed afterwards.

use std::path::Path;
use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};

const CONFIGURATION: &str = "[approvals]\nallowed_signers = \".tollgate/allowed_signers\"\n\
                             low = { evidence = \"signed\" }\n";

const TICKET: &str = r#"title = "Raise the billing-api pool to 40 connections"
state = "proposed"
justification = "Checkout times out at the peak: 2% of orders fail until this ships"
deployment = ["Merge the change and let the pipeline apply `k8s/pool.yaml`"]
rollback = ["Re-apply `k8s/pool-20.yaml`; `/health` answers pool=20"]
validation = ["`GET /health` answers pool=40 on every instance"]
"#;

/// A signed release of a change by Bo, with a ticket that Ada approved with her key.
fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    let key = sandbox.path().join(".git/ada");
    let made = sandbox.command("ssh-keygen").args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    for (name, value) in [
        ("gpg.format", "ssh"),
        ("user.signingKey", key.to_str().unwrap()),
        ("tag.gpgSign", "true"),
        ("gpg.ssh.allowedSignersFile", ".tollgate/allowed_signers"),
    ] {
        sandbox.git(&["config", name, value]);
    }
    let public = sandbox.read(".git/ada.pub");
    sandbox.write(".tollgate/allowed_signers", format!("ada@example.com {public}"));
    sandbox.write("tollgate.toml", CONFIGURATION);
    sandbox.commit("feat: take orders");
    sandbox.git(&["tag", "v1.2.3", "-m", "v1.2.3"]);
    sandbox.git(&["switch", "--quiet", "--create", "pool"]);
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.write("changes/pool.toml", TICKET.replace("proposed", "approved"));
    let approved = sandbox.tollgate(&["ticket", "approve", "pool", "--sign", "--now", "2026-01-01T12:00:00Z"]);
    assert!(approved.status.success(), "{}", stderr(&approved));
    sandbox.git(&["config", "user.name", "Bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    sandbox.commit("feat: raise the pool\n\nChange: pool");
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "pool", "--message", "Merge branch 'pool'"]);
    let output = sandbox.tollgate(&["release", "--execute", "--now", "2026-01-02T12:00:00Z"]);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    sandbox
}

/// Runs every shell block of the page, in order, until one command fails.
fn check(sandbox: &Sandbox) -> Output {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check-without-tollgate.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let script = format!("set -eu\n{}", blocks.collect::<String>());
    sandbox.command("sh").args(["-c", &script]).output().unwrap()
}

/// The tag with another message, on the commit that it was on.
fn retag(sandbox: &Sandbox, from: &str, to: &str) {
    let message = sandbox.git(&["for-each-ref", "--format=%(contents)", "refs/tags/v1.3.0"]);
    assert!(message.contains(from), "{message}");
    let commit = sandbox.git(&["rev-parse", "v1.3.0^{commit}"]);
    sandbox.git(&["tag", "--force", "--message", &message.replace(from, to), "v1.3.0", &commit]);
}

#[test]
fn page_accepts_a_release() {
    let output = check(&released());
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
}

#[test]
fn page_rejects_a_changed_record_or_another_commit() {
    for (from, to) in [("Commits: sha256:", "Commits: sha256:0"), ("Ticket: pool sha256:", "Ticket: pool sha256:0")] {
        let sandbox = released();
        retag(&sandbox, from, to);
        assert!(!check(&sandbox).status.success(), "{from}");
    }
    let sandbox = released();
    sandbox.git(&["tag", "--force", "--message", "v1.3.0", "v1.3.0", "v1.3.0~1"]);
    assert!(!check(&sandbox).status.success());
}

#[test]
fn page_rejects_an_unsigned_tag() {
    let sandbox = released();
    sandbox.git(&["config", "tag.gpgSign", "false"]);
    retag(&sandbox, "-----BEGIN SSH SIGNATURE-----", "");
    assert!(!check(&sandbox).status.success());
}
