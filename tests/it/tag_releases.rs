//! Releases without a commit (`release.via = "tag"`): the tags are on the released commit, and
//! nothing else changes, here or at the remote.

use serde_json::Value;

use crate::emergencies::released;
use crate::package_releases::workspace;
use crate::push::{hook, published};
use crate::release::{assert_clean, package, restart_release, run};
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

const VIA_TAG: &str = "[release]\nvia = \"tag\"\n";

/// The output of the hook by which a remote refuses every push to `main`, as GitHub does.
const PROTECTED: &str = "[ \"$1\" = refs/heads/main ] || exit 0
echo 'error: GH013: Repository rule violations found for refs/heads/main.' >&2
echo '- Changes must be made through a pull request.' >&2
exit 1";

/// The package of the releases' tests, which releases by tags alone.
fn tag_only(sandbox: Sandbox) -> Sandbox {
    let config = sandbox.path().join("tollgate.toml");
    let config = std::fs::read_to_string(config).unwrap_or_default();
    sandbox.write("tollgate.toml", config + VIA_TAG);
    sandbox.commit("ci: release by tags alone");
    sandbox
}

/// The same with a bare remote that protects `main` and has all of it; gives the base too.
pub(crate) fn published_tag_only() -> (Sandbox, String) {
    let (sandbox, _) = published();
    let sandbox = tag_only(sandbox);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    hook(&sandbox, "../remote.git/hooks/update", PROTECTED);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    (sandbox, base)
}

/// Asserts that 1.3.0 is released as a tag on `base`, here alone, and that nothing else changed.
fn assert_tagged(sandbox: &Sandbox, base: &str) {
    assert_clean(sandbox);
    let refs = sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/tags"]);
    assert_eq!(refs, "refs/tags/v1.2.0\nrefs/tags/v1.3.0");
    assert_eq!(sandbox.git(&["cat-file", "-t", "refs/tags/v1.3.0"]), "tag");
    for name in ["main", "v1.3.0^{commit}"] {
        assert_eq!(sandbox.git(&["rev-parse", name]), base, "{name}");
    }
    assert!(!sandbox.path().join("CHANGELOG.md").exists());
    assert_contains(&sandbox.read("Cargo.toml"), "version = \"1.2.0\"");
}

/// The same, with the remote.
pub(crate) fn assert_tag_published(sandbox: &Sandbox, base: &str) {
    assert_tagged(sandbox, base);
    sandbox.assert_remote_is_equal();
}

/// Releases with these arguments, and gives the output.
fn release(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (code, out, told) = run(sandbox, &[&["--execute"], arguments].concat());
    assert_eq!(code, 0, "{out}{told}");
    out
}

fn assert_verified(sandbox: &Sandbox, tag: &str) {
    let output = sandbox.tollgate(&["verify", tag]);
    assert_success(&output);
    assert_contains(
        stdout(&output),
        "target            the released commit itself, ",
    );
}

/// The checks of `verify` that differ.
fn differences(sandbox: &Sandbox, tag: &str) -> Vec<String> {
    let output = sandbox.tollgate(&["verify", tag, "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let document: Value = serde_json::from_str(stdout(&output)).unwrap();
    let checks = document["checks"].as_array().unwrap().iter();
    checks
        .filter(|check| check["outcome"] == "differs")
        .map(|check| check["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn release_is_an_annotated_tag_on_the_commit() {
    let sandbox = tag_only(package());
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let short = &base[..10];
    let (code, plan, told) = run(&sandbox, &[]);
    assert_eq!((code, told.as_str()), (0, ""));
    let tag =
        format!("\n\nTag:    `v1.3.0`, annotated, on {short} of `main`\n\nNotes:\n  ### Added\n");
    assert_contains(&plan, tag);
    let out = release(&sandbox, &[]);
    assert_eq!(
        out.lines().next(),
        Some(&*format!("Released `v1.3.0`, on commit {short} of `main`"))
    );
    assert_tagged(&sandbox, &base);
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.3.0"]);
    assert_contains(&message, "- add ports");
    assert_contains(&message, "\nBranch: main\nVia: tag\nBase: v1.2.0 ");
    assert_verified(&sandbox, "v1.3.0");
    assert!(release(&sandbox, &[]).starts_with("Nothing to release"));
    sandbox.undo(&out);
    assert_eq!(sandbox.git(&["tag"]), "v1.2.0");
}

#[test]
fn tag_is_pushed_past_a_protected_branch() {
    let (sandbox, base) = published_tag_only();
    let plan = run(&sandbox, &["--push"]).1;
    assert_contains(&plan, "Push:   only tags, to `origin`\n");
    let out = release(&sandbox, &["--push"]);
    assert_contains(&out, "Pushed to `origin`. The release is public");
    assert_tag_published(&sandbox, &base);
    assert_verified(&sandbox, "v1.3.0");
}

#[test]
fn protected_branch_is_reported_with_the_way_out() {
    let (sandbox, base) = published();
    hook(&sandbox, "../remote.git/hooks/update", PROTECTED);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 2, "{told}");
    assert_contains(
        &told,
        "error: `origin` rejected the release commit: the branch `main` is protected\n",
    );
    assert_contains(&told, "set `release.via = \"tag\"`");
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), base);
}

#[test]
fn tag_that_was_not_pushed_is_reported() {
    let (sandbox, base) = published_tag_only();
    release(&sandbox, &[]);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 1);
    assert_contains(&told, "publish it: git push --atomic origin v1.3.0\n");
    sandbox.git(&["push", "--quiet", "--atomic", "origin", "v1.3.0"]);
    assert_tag_published(&sandbox, &base);
}

#[test]
fn commits_that_are_not_pushed_are_not_released() {
    let (sandbox, _) = published_tag_only();
    sandbox.commit("fix: go further");
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 2);
    assert_contains(&told, "but the release is based on");
    assert_eq!(sandbox.git(&["tag"]), "v1.2.0");
}

/// A repository as a killed run leaves it whose release was started, but has no tag yet.
fn pending_tag() -> (Sandbox, String) {
    let sandbox = tag_only(package());
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    release(&sandbox, &[]);
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    (sandbox, base)
}

#[test]
fn interrupted_release_is_finished_on_its_commit() {
    let (sandbox, base) = pending_tag();
    sandbox.commit("fix: come in between");
    let out = release(&sandbox, &[]);
    assert!(out.starts_with("Released `v1.3.0`, on commit "), "{out}");
    assert_eq!(sandbox.git(&["rev-parse", "v1.3.0^{commit}"]), base);
    assert_clean(&sandbox);
    assert_verified(&sandbox, "v1.3.0");
}

#[test]
fn interrupted_release_is_discarded_until_its_tag_exists() {
    let (sandbox, _) = pending_tag();
    let (code, out, _) = run(&sandbox, &["--abort"]);
    assert_eq!(code, 0);
    assert_contains(&out, "Discarded the interrupted release of `v1.3.0`.");
    assert_eq!(sandbox.git(&["tag"]), "v1.2.0");
    let (sandbox, base) = pending_tag();
    release(&sandbox, &[]);
    restart_release(&sandbox);
    let (code, _, told) = run(&sandbox, &["--abort"]);
    assert_eq!(code, 3);
    assert_contains(&told, "is already visible and cannot be discarded");
    release(&sandbox, &[]);
    assert_tagged(&sandbox, &base);
}

#[test]
fn release_file_needs_a_release_commit() {
    let sandbox = tag_only(package());
    sandbox.write("releases/next.toml", "decider = \"lee\"\n");
    sandbox.commit("docs: describe the release");
    for arguments in [&[][..], &["--execute"], &["--sign-off"]] {
        let (code, _, told) = run(&sandbox, arguments);
        assert_eq!(code, 2, "{told}");
        assert_contains(&told, "`release.via = \"tag\"`: there is no release commit");
    }
    assert_eq!(sandbox.git(&["tag"]), "v1.2.0");
}

#[test]
fn prerelease_and_release_on_one_commit_are_verified() {
    let sandbox = tag_only(package());
    for options in [&["--pre", "rc"][..], &[]] {
        release(&sandbox, options);
    }
    assert_eq!(
        sandbox.git(&["tag", "--points-at", "main"]),
        "v1.3.0\nv1.3.0-rc.1"
    );
    assert_verified(&sandbox, "v1.3.0-rc.1");
    assert_verified(&sandbox, "v1.3.0");
}

#[test]
fn tag_that_is_no_version_does_not_date_a_release() {
    let sandbox = tag_only(package());
    let made = sandbox
        .command("git")
        .args(["tag", "--annotate", "--message", "a milestone", "future"])
        .env("GIT_COMMITTER_DATE", "2030-01-01T00:00:00Z")
        .status();
    assert!(made.unwrap().success());
    release(&sandbox, &[]);
    let date = [
        "for-each-ref",
        "--format=%(taggerdate:short)",
        "refs/tags/v1.3.0",
    ];
    assert_ne!(sandbox.git(&date)[..4], *"2030");
    assert_verified(&sandbox, "v1.3.0");
}

#[test]
fn packages_on_one_commit_are_verified() {
    let together = tag_only(workspace());
    release(&together, &[]);
    let apart = tag_only(workspace());
    for package in ["cart", "orders"] {
        release(&apart, &["--package", package]);
    }
    for sandbox in [together, apart] {
        let tags = sandbox.git(&["tag", "--points-at", "HEAD"]);
        assert_eq!(tags, "cart-v1.0.1\norders-v1.0.1");
        assert_clean(&sandbox);
        assert_verified(&sandbox, "cart-v1.0.1");
        assert_verified(&sandbox, "orders-v1.0.1");
    }
}

#[test]
fn release_after_a_tagged_one_counts_from_its_commit() {
    let sandbox = tag_only(package());
    release(&sandbox, &[]);
    sandbox.write(
        "CHANGELOG.md",
        "# Changelog\n\n## 1.3.0\n\n- In other words\n",
    );
    sandbox.commit("fix: close the port");
    let (code, plan, told) = run(&sandbox, &[]);
    assert_eq!((code, told.as_str()), (0, ""));
    assert_contains(&plan, "Commits:      1 commit since `v1.3.0`\n");
    assert_contains(&plan, "1 commit checked, no problems found\n");
    release(&sandbox, &[]);
    assert_verified(&sandbox, "v1.3.1");
    let explained = sandbox.tollgate(&["explain", "v1.3.1"]);
    assert_success(&explained);
    assert_contains(stdout(&explained), "1.3.1");
}

#[test]
fn moved_tag_differs() {
    let sandbox = tag_only(package());
    release(&sandbox, &[]);
    let old = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.commit("feat: another");
    let new = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.retag("v1.3.0", |object| object.replace(&old, &new));
    let found = differences(&sandbox, "v1.3.0");
    assert_eq!(found, ["commits", "changelog"]);
}

#[test]
fn other_way_than_configured_differs() {
    let sandbox = tag_only(package());
    sandbox.commit("fix: close the port");
    release(&sandbox, &[]);
    sandbox.retag("v1.3.0", |object| object.replace("Via: tag\n", ""));
    assert!(differences(&sandbox, "v1.3.0").contains(&"via".to_owned()));
    let sandbox = package();
    release(&sandbox, &[]);
    sandbox.retag("v1.3.0", |object| {
        object.replace("Branch: main\n", "Branch: main\nVia: tag\n")
    });
    assert!(differences(&sandbox, "v1.3.0").contains(&"via".to_owned()));
}

#[test]
fn emergency_by_tag_is_followed_up() {
    let config = format!(
        "{VIA_TAG}\n[approvals]\nallowed_signers = \"keys\"\nlow = {{ evidence = \"signed\" }}\n"
    );
    let sandbox = released(&config);
    let verified = sandbox.tollgate(&["verify", "v1.0.1"]);
    assert_success(&verified);
    assert_contains(stdout(&verified), "the released commit itself, ");
    let status = sandbox.tollgate(&["status", "--now", "2026-11-20T12:00:00Z"]);
    assert_contains(stdout(&status), "bypassed");
    sandbox.write("src/checkout", "twice\n");
    sandbox.commit("fix: charge the right card");
    let arguments = ["release", "--execute", "--now", "2026-11-21T12:00:00Z"];
    sandbox.tollgate(&arguments);
    let tag = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.0.2"]);
    assert_contains(&tag, "Previous-emergency: v1.0.1\n");
}
