//! `verify`: what it compares a release with, and what it reports for each kind of tampering.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::package_releases::workspace;
use crate::release::package;
use crate::sandbox::{Sandbox, fails, stderr, stdout};
use crate::scenario::{assert_contains, assert_success, in_state};
use crate::signed_releases::{Keyring, ssh_key};

/// Releases what there is to be released.
fn release(sandbox: &Sandbox, arguments: &[&str]) {
    let base = ["release", "--execute", "--now", "2026-02-03T04:05:06Z"];
    let output = sandbox.tollgate(&[&base[..], arguments].concat());
    assert_success(&output);
}

/// A repository with a ticket, released as 1.3.0.
fn released() -> Sandbox {
    let sandbox = package();
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.commit("feat: raise the pool\n\nChange: pool");
    release(&sandbox, &[]);
    sandbox
}

/// What the tool finds of a tag: the exit code, and the checks that are not as they should be.
fn verify(sandbox: &Sandbox, arguments: &[&str]) -> (i32, Vec<String>) {
    let output = sandbox.tollgate(&[&["verify", "--format", "json"], arguments].concat());
    let document: Value =
        serde_json::from_str(stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let told = |check: &Value| {
        let of = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        let item = check["item"]
            .as_str()
            .map(|item| format!(" {item}"))
            .unwrap_or_default();
        let is_wrong = !["same", "absent"].contains(&of("outcome").as_str());
        is_wrong.then(|| format!("{} {}{item}: {}", of("outcome"), of("kind"), of("message")))
    };
    (
        output.status.code().unwrap(),
        document["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(told)
            .collect(),
    )
}

fn holds(sandbox: &Sandbox, tag: &str) {
    assert_eq!(verify(sandbox, &[tag]), (0, vec![]), "{tag}");
}

/// What differs, of which there must be one thing.
fn differs(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let (code, mut told) = verify(sandbox, arguments);
    assert_eq!((code, told.len()), (1, 1), "{told:?}");
    told.remove(0)
}

/// Changes files of the release commit and lets the tag lead to what came of it.
fn tamper(sandbox: &Sandbox, change: impl Fn(&Sandbox)) {
    let before = sandbox.git(&["rev-parse", "main"]);
    change(sandbox);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    let after = sandbox.git(&["rev-parse", "main"]);
    sandbox.retag("v1.3.0", |tag| tag.replace(&before, &after));
}

#[test]
fn release_matches_its_commits() {
    let sandbox = released();
    holds(&sandbox, "v1.3.0");
    holds(&sandbox, "1.3.0");
    holds(&sandbox, "refs/tags/v1.3.0");
    sandbox.commit("feat!: go on");
    sandbox.git(&["tag", "v9.0.0"]);
    holds(&sandbox, "v1.3.0");
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    let text = stdout(&output);
    assert!(
        text.starts_with("`v1.3.0` on commit ") && !text.contains("this is tollgate"),
        "{text}"
    );
    assert!(
        text.ends_with("\n`v1.3.0` matches its commits.\n"),
        "{text}"
    );
}

#[test]
fn highest_version_is_verified_by_default() {
    let sandbox = released();
    let output = sandbox.tollgate(&["verify"]);
    assert!(stdout(&output).starts_with("`v1.3.0`") && output.status.success());
    assert!(fails(&sandbox, &["verify", "v7.0.0"]).contains("tag `v7.0.0` does not exist"));
    assert!(fails(&sandbox, &["verify", "-C", "..", "x"]).contains("not in a Git repository"));
}

#[test]
fn recorded_options_are_used_again() {
    for (arguments, tag) in [
        (&["--pre", "rc"][..], "v1.3.0-rc.1"),
        (&["--bump", "major"], "v2.0.0"),
        (&["--set-version", "4.5.6"], "v4.5.6"),
        (&["--build", "77"], "v1.3.0+77"),
        (&["--pre", "rc", "--build", "77"], "v1.3.0-rc.1+77"),
    ] {
        let sandbox = package();
        release(&sandbox, arguments);
        holds(&sandbox, tag);
        let text = stdout(&sandbox.tollgate(&["verify", tag])).to_owned();
        assert_contains(&text, format!("(requested with `{}`)", arguments.join(" ")));
        sandbox.commit("fix: go on");
        release(&sandbox, &[]);
        holds(&sandbox, tag);
        assert_eq!(verify(&sandbox, &[]).0, 0, "what follows {tag}");
    }
}

#[test]
fn options_of_earlier_tags_are_read() {
    let sandbox = package();
    release(&sandbox, &["--pre", "rc"]);
    let tag = "v1.3.0-rc.1";
    let object = sandbox.git(&["cat-file", "tag", tag]);
    assert_contains(&object, "\nOptions: --pre rc\n");
    sandbox.retag(tag, |object| object.replace("\nOptions: ", "\nAsked: "));
    holds(&sandbox, tag);
    assert!(stdout(&sandbox.tollgate(&["verify", tag])).contains("(requested with `--pre rc`)"));
    sandbox.retag(tag, |object| {
        object.replace("\nAsked: ", "\nOptions: --pre rc\nAsked: ")
    });
    assert!(differs(&sandbox, &[tag]).starts_with("differs message: "));
}

#[test]
fn a_first_release_and_a_configuration_of_its_own_are_derived() {
    let sandbox = Sandbox::new();
    let config = "tag_prefix = \"release/\"\n[changelog]\nfile = \"docs/NEWS.md\"\n[release]\ncommit_message = \"ship: {version}\"\n";
    sandbox.write("tollgate.toml", config);
    sandbox.commit("feat: begin");
    release(&sandbox, &[]);
    holds(&sandbox, "release/0.1.0");
    sandbox.write("tollgate.toml", "tag_prefix = \"other\"\n");
    sandbox.commit("fix: configure");
    holds(&sandbox, "release/0.1.0");
}

#[test]
fn named_configuration_is_used_again() {
    let sandbox = package();
    sandbox.write(".git/other.toml", "initial = \"7.0.0\"\n");
    release(&sandbox, &["--config", ".git/other.toml"]);
    assert!(differs(&sandbox, &["v1.3.0"]).starts_with("differs configuration: "));
    assert_eq!(
        verify(&sandbox, &["v1.3.0", "--config", ".git/other.toml"]),
        (0, vec![])
    );
}

#[test]
fn other_tool_version_is_no_difference() {
    let sandbox = released();
    sandbox.retag("v1.3.0", |tag| {
        tag.replace("Tool: tollgate ", "Tool: tollgate 99.")
    });
    holds(&sandbox, "v1.3.0");
    assert!(stdout(&sandbox.tollgate(&["verify"])).contains(", by tollgate 99."));
}

#[test]
fn packages_that_were_released_together_are_derived_together() {
    let sandbox = workspace();
    release(&sandbox, &[]);
    holds(&sandbox, "orders-v1.0.1");
    holds(&sandbox, "cart-v1.0.1");
    let before = sandbox.git(&["rev-parse", "main"]);
    sandbox.write("docs/a", "a");
    sandbox.write("orders/src/lib.rs", "// more");
    sandbox.commit("feat: explain");
    release(&sandbox, &["--package", "docs"]);
    holds(&sandbox, "docs/v1.1.0");
    release(&sandbox, &["--package", "orders", "--bump", "major"]);
    holds(&sandbox, "orders-v2.0.0");
    holds(&sandbox, "orders-v1.0.1");
    assert!(fails(&sandbox, &["verify"]).contains("this repository has several packages"));
    sandbox.git(&["reset", "--quiet", "--hard", &before]);
    sandbox.write("cart/Cargo.toml", "evil");
    sandbox.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let after = sandbox.git(&["rev-parse", "main"]);
    for tag in ["orders-v1.0.1", "cart-v1.0.1"] {
        sandbox.retag(tag, |object| object.replace(&before, &after));
        assert_eq!(
            differs(&sandbox, &[tag]),
            "differs file cart/Cargo.toml: it does not match the release's commits"
        );
    }
    sandbox.retag("cart-v1.0.1", |object| {
        object.replace("Package: cart", "Package: orders")
    });
    assert_eq!(
        verify(&sandbox, &["cart-v1.0.1"]).1[0],
        "differs package: the tag records `orders`, but the value computed from its commits is `cart`"
    );
}

#[test]
fn the_approvals_of_its_tickets_are_judged_again() {
    let sandbox = package();
    sandbox.write("tollgate.toml", "[approvals]\n");
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.commit("feat: raise the pool");
    let approve = [
        "ticket",
        "approve",
        "pool",
        "--by",
        "bo@example.com",
        "--now",
        "2026-01-19T12:00:00Z",
    ];
    assert!(sandbox.tollgate(&approve).status.success());
    sandbox.commit("docs: Bo approves it");
    release(&sandbox, &[]);
    holds(&sandbox, "v1.3.0");
    sandbox.write(".git/strict.toml", "[approvals]\nlow = { quorum = 2 }\n");
    let (_, told) = verify(&sandbox, &["--config", ".git/strict.toml"]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("differs configuration: "), "{told:?}");
    let quorum = "approval/quorum-missing: a low-risk change requires 2 approvals, but has 1";
    assert_eq!(
        told[1],
        format!("differs approvals changes/pool.toml: {quorum}")
    );
}

/// A release of a ticket that declares a low risk, but whose computed risk is high, with two
/// approvals.
fn released_at_high_risk() -> Sandbox {
    let sandbox = package();
    let config = "[approvals]\nmedium = { quorum = 3 }\nhigh = { quorum = 2, roles = [] }\n\
                  [risk]\nmedium = 0\nhigh = 0\n[rules]\n\"plan/risk-understated\" = \"off\"\n";
    sandbox.write("tollgate.toml", config);
    sandbox.write(
        "changes/pool.toml",
        in_state("approved") + "[risk]\nlevel = \"low\"\n",
    );
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.commit("feat: raise the pool");
    for by in ["bo@example.com", "cy@example.com"] {
        let now = "2026-01-19T12:00:00Z";
        let approve = ["ticket", "approve", "pool", "--by", by, "--now", now];
        let output = sandbox.tollgate(&approve);
        assert_success(&output);
        sandbox.commit("docs: approve it");
    }
    release(&sandbox, &[]);
    sandbox
}

/// Replaces the recorded risk and the version of the tool in the tag, and verifies it.
fn with_recorded_risk(sandbox: &Sandbox, risk: &str, tool: &str) -> Vec<String> {
    let forged = sandbox.copy();
    forged.retag("v1.3.0", |tag| {
        assert_contains(tag, " high\n");
        tag.replace(" high\n", &format!("{risk}\n"))
            .replace("Tool: tollgate ", tool)
    });
    verify(&forged, &["v1.3.0"]).1
}

#[test]
fn recorded_risk_decides_the_approvals() {
    let sandbox = released_at_high_risk();
    let digest = stdout(&sandbox.tollgate(&["ticket", "digest", "pool"])).to_owned();
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.3.0"]);
    assert_contains(&message, format!("Ticket: pool {} high\n", digest.trim()));
    holds(&sandbox, "v1.3.0");
    let (this, other) = ("Tool: tollgate ", "Tool: tollgate 99.");
    assert_eq!(with_recorded_risk(&sandbox, "", this), [""; 0]);
    assert_eq!(with_recorded_risk(&sandbox, " low", other), [""; 0]);
    let quorum = "approval/quorum-missing: a medium-risk change requires 3 approvals, but has 2";
    assert_eq!(
        with_recorded_risk(&sandbox, " medium", other),
        [format!("differs approvals changes/pool.toml: {quorum}")]
    );
    let fact = "the tag records `low`, but the risk computed from the ticket is `high`";
    assert_eq!(
        with_recorded_risk(&sandbox, " low", this),
        [format!("differs risk pool: {fact}")]
    );
}

#[test]
fn hand_made_tag_is_reported() {
    let sandbox = package();
    assert_eq!(
        verify(&sandbox, &["v1.2.0"]).1.join("; "),
        "not-checked record: the tag is lightweight: it was not created by Tollgate and has no record to compare with; \
         not-checked version: there is no earlier release to compute it from"
    );
    sandbox.git(&["tag", "--annotate", "--message", "v1.3.0", "v1.3.0"]);
    assert_eq!(
        differs(&sandbox, &[]),
        "not-checked record: the tag was not created by Tollgate: it has no record to compare with"
    );
}

#[test]
fn hand_made_tag_does_not_differ() {
    let sandbox = package();
    sandbox.git(&["tag", "--annotate", "--message", "v1.3.0", "v1.3.0"]);
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    let told = stdout(&output);
    assert_contains(&told, "same         version           1.3.0\n");
    assert!(
        told.ends_with(
            "`v1.3.0` was not created by Tollgate, so it is unknown whether the rest matches its commits.\n"
        ),
        "{told}"
    );
    assert_eq!(output.status.code(), Some(1));
    sandbox.git(&["tag", "v1.3.1", "v1.3.0^{}"]);
    sandbox.git(&["tag", "-d", "v1.3.0"]);
    let told = verify(&sandbox, &["v1.3.1"]).1.join("; ");
    assert!(
        told.ends_with("differs version: the tag is `v1.3.1`, but the version computed from its commits is 1.3.0"),
        "{told}"
    );
    let output = sandbox.tollgate(&["verify", "v1.3.1"]);
    assert!(
        stdout(&output).ends_with(
            "`v1.3.1` was not created by Tollgate; the version computed from its commits is 1.3.0.\n"
        ),
        "{}",
        stdout(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn renamed_tag_object_is_reported() {
    let sandbox = released();
    sandbox.git(&["update-ref", "refs/tags/v9.9.9", "refs/tags/v1.3.0"]);
    assert_eq!(
        differs(&sandbox, &["v9.9.9"]),
        "differs name: the tag object is named `v1.3.0`, but the reference is named `v9.9.9`"
    );
    holds(&sandbox, "v1.3.0");
}

#[test]
fn version_mismatch_is_reported() {
    let sandbox = released();
    let object = sandbox.git(&["cat-file", "tag", "v1.3.0"]);
    sandbox.git(&["tag", "--annotate", "--message", "x", "v2.0.0"]);
    sandbox.retag("v2.0.0", |_| {
        format!("{}\n", object.replace("v1.3.0", "v2.0.0"))
    });
    let (code, told) = verify(&sandbox, &["v2.0.0"]);
    assert_eq!(code, 1);
    assert_eq!(
        told[0],
        "differs version: the tag is `v2.0.0`, but the tag computed from its commits is `v1.3.0`"
    );
    assert!(
        told.iter()
            .any(|told| told.starts_with("differs file Cargo.toml")),
        "{told:?}"
    );
}

#[test]
fn edited_changelog_section_is_reported() {
    let sandbox = released();
    tamper(&sandbox, |sandbox| {
        let text = sandbox
            .read("CHANGELOG.md")
            .replace("raise the pool", "raise the pool\n- and give Eve the keys");
        sandbox.write("CHANGELOG.md", text);
    });
    let fact =
        "differs changelog CHANGELOG.md: the section of the release does not match its commits";
    assert_eq!(differs(&sandbox, &[]), fact);
    let text = stdout(&sandbox.tollgate(&["verify"])).to_owned();
    assert_contains(&text, "+- and give Eve the keys");
    assert!(
        text.ends_with("`v1.3.0` does not match its commits.\n"),
        "{text}"
    );
}

#[test]
fn changed_files_are_reported() {
    let sandbox = released();
    tamper(&sandbox, |sandbox| {
        sandbox.write(
            "Cargo.toml",
            sandbox.read("Cargo.toml") + "[dependencies]\nevil = \"1\"\n",
        );
        sandbox.write("src/lib.rs", "pub fn evil() {}\n");
        sandbox.write("build.rs", "fn main() {}\n");
        sandbox.git(&["rm", "--quiet", "Cargo.lock"]);
    });
    let (_, told) = verify(&sandbox, &[]);
    assert_eq!(
        told,
        [
            "differs file Cargo.lock: the release writes this file, but the commit has no regular file there",
            "differs file Cargo.toml: it does not match the release's commits",
            "differs file build.rs: the commit changes this file, but the release does not",
            "differs file src/lib.rs: the commit changes this file, but the release does not",
        ]
    );
}

#[test]
fn forged_trailers_are_reported() {
    let forged = |edit: &dyn Fn(&str) -> String| {
        let sandbox = released();
        sandbox.retag("v1.3.0", edit);
        differs(&sandbox, &[])
    };
    let zeros = format!("sha256:{}", "0".repeat(64));
    let digest = |key: &'static str| {
        let zeros = zeros.clone();
        move |tag: &str| {
            let line = |line: &str| {
                if line.starts_with(key) {
                    format!("{key}{zeros}\n")
                } else {
                    format!("{line}\n")
                }
            };
            tag.lines().map(line).collect::<String>()
        }
    };
    assert!(
        forged(&digest("Commits: ")).starts_with("differs commits: the tag records `sha256:000")
    );
    assert!(forged(&digest("Changelog: ")).starts_with("differs changelog: the recorded digest"));
    let ticket = forged(&digest("Ticket: pool "));
    assert_eq!(
        ticket,
        "differs ticket pool: the ticket differs from the version recorded in the tag"
    );
    assert!(
        forged(&|tag| tag.replace("Base: v1.2.0 ", "Base: v1.1.0 ")).starts_with("differs base: ")
    );
    assert!(
        forged(&|tag| tag.replace("\nTool:", "\nBranch: x\nTool:"))
            .starts_with("differs message: ")
    );
    assert!(
        forged(&|tag| tag.replace("\nTool:", "\nOptions: --force x\nTool:"))
            .contains("cannot be parsed")
    );
}

#[test]
fn retargeted_tag_is_reported() {
    let sandbox = released();
    let (commit, tree) = (
        sandbox.git(&["rev-parse", "main"]),
        sandbox.git(&["rev-parse", "main^{tree}"]),
    );
    sandbox.retag("v1.3.0", |tag| {
        tag.replace(&commit, &tree)
            .replace("type commit", "type tree")
    });
    assert_eq!(
        differs(&sandbox, &["v1.3.0"]),
        "differs target: the tag does not point to a commit"
    );
    let root = sandbox.git(&["rev-list", "--max-parents=0", "main"]);
    sandbox.retag("v1.3.0", |tag| {
        tag.replace(&tree, &root)
            .replace("type tree", "type commit")
    });
    assert!(
        differs(&sandbox, &["v1.3.0"])
            .starts_with("differs target: the tag does not point to a release commit")
    );
}

/// A release signed by an SSH key whose list of signers git knows, and the path of that list.
fn signed() -> (Sandbox, PathBuf) {
    let sandbox = package();
    let key = ssh_key(&sandbox, "ed25519");
    sandbox.git(&["config", "user.signingKey", &key]);
    sandbox.git(&["config", "tag.gpgSign", "true"]);
    release(&sandbox, &[]);
    let signers = sandbox.path().join(".git/signers");
    (sandbox, signers)
}

#[test]
fn ssh_signature_is_checked_by_allowed_signers() {
    let (sandbox, signers) = signed();
    assert_eq!(verify(&sandbox, &["--require-signature"]), (0, vec![]));
    let text = stdout(&sandbox.tollgate(&["verify"])).to_owned();
    assert_contains(&text, "by `ada@example.com`, SHA256:");
    sandbox.git(&["config", "--unset", "gpg.ssh.allowedSignersFile"]);
    let told = differs(&sandbox, &[]);
    assert!(
        told.starts_with("not-checked tag-signature: it was made with the key `SHA256:"),
        "{told}"
    );
    assert_eq!(
        verify(&sandbox, &["--allowed-signers", signers.to_str().unwrap()]).0,
        0
    );
    assert!(
        fails(&sandbox, &["verify", "--allowed-signers", "nowhere"])
            .contains("`nowhere` cannot be read")
    );
}

#[test]
fn untrusted_signature_is_reported() {
    let (sandbox, signers) = signed();
    let list = std::fs::read_to_string(&signers).unwrap();
    let told = |list: &str| {
        std::fs::write(&signers, list).unwrap();
        differs(&sandbox, &[])
    };
    assert!(told("").contains("is not in the allowed-signers file"));
    assert!(told("broken\n").contains("(invalid lines: 1)"));
    assert!(
        told(&list.replace("\"git\"", "\"file\""))
            .contains("is not allowed to sign for this purpose")
    );
    let expired = list.replace("namespaces=\"git\"", "valid-before=\"20260101Z\"");
    assert!(told(&expired).contains("the key expired at 2026-01-01T00:00:00Z"));
    std::fs::write(&signers, list).unwrap();
    sandbox.retag("v1.3.0", |tag| tag.replace("tagger Ada", "tagger Eve"));
    assert!(differs(&sandbox, &[]).ends_with("the signature does not match the signed text"));
    sandbox.retag("v1.3.0", |tag| {
        tag.split("-----BEGIN")
            .next()
            .unwrap()
            .replace("tagger Eve", "tagger Ada")
    });
    holds(&sandbox, "v1.3.0");
    let told = differs(&sandbox, &["--require-signature"]);
    assert_eq!(
        told,
        "missing tag-signature: not signed, but a signature is required"
    );
}

fn tollgate_with(sandbox: &Sandbox, keyring: &Keyring, arguments: &[&str]) -> Output {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command
        .args(arguments)
        .env("GNUPGHOME", keyring.path())
        .output()
        .unwrap()
}

#[test]
fn an_openpgp_signature_is_not_checked_unless_gpg_may_run() {
    let (sandbox, keyring) = (package(), Keyring::with_key());
    sandbox.git(&["config", "tag.gpgSign", "true"]);
    let made = tollgate_with(
        &sandbox,
        &keyring,
        &["release", "--execute", "--now", "2026-02-03T04:05:06Z"],
    );
    assert_success(&made);
    let told = differs(&sandbox, &[]);
    assert_eq!(
        told,
        "not-checked tag-signature: only GnuPG can check OpenPGP signatures; pass `--run-gpg` to run it"
    );
    let checked = tollgate_with(&sandbox, &keyring, &["verify", "--run-gpg"]);
    assert!(
        checked.status.success() && stdout(&checked).contains("by `Ada <ada@example.com>`, "),
        "{}",
        stdout(&checked)
    );
    for (level, code) in [("ultimate", 0), ("perhaps", 2)] {
        sandbox.git(&["config", "gpg.minTrustLevel", level]);
        assert_eq!(
            tollgate_with(&sandbox, &keyring, &["verify", "--run-gpg"])
                .status
                .code(),
            Some(code),
            "{level}"
        );
    }
    sandbox.git(&["config", "--unset", "gpg.minTrustLevel"]);
    let stranger = tollgate_with(&sandbox, &Keyring::with_key(), &["verify", "--run-gpg"]);
    assert_eq!(stranger.status.code(), Some(1));
    assert_contains(stdout(&stranger), "the signature cannot be checked");
}

#[test]
fn tag_text_is_sanitized() {
    let sandbox = released();
    sandbox.retag("v1.3.0", |tag| {
        tag.replace("Ticket: pool ", "Ticket: \u{1b}[2J::error:: ")
    });
    let output = sandbox.tollgate(&["verify"]);
    assert!(
        !stdout(&output).contains('\u{1b}') && stdout(&output).contains("\\u{1b}"),
        "{}",
        stdout(&output)
    );
}

/// Every file below a folder with its bytes.
fn snapshot(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            snapshot(&path, files);
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    files.sort();
}

#[test]
fn verify_has_no_side_effects() {
    let (sandbox, _) = signed();
    let files = || {
        let mut files = Vec::new();
        snapshot(&sandbox.path(), &mut files);
        files
    };
    let before = files();
    let log = sandbox.path().with_file_name("strace.log");
    let mut command = sandbox.command("strace");
    command
        .args(["-f", "-e", "trace=execve,connect", "-o"])
        .arg(&log);
    let Ok(output) = command
        .arg(env!("CARGO_BIN_EXE_tollgate"))
        .arg("verify")
        .output()
    else {
        std::io::stderr()
            .write_all(b"NOT TESTED: watching `verify` needs `strace`\n")
            .unwrap();
        return;
    };
    assert_success(&output);
    let calls = std::fs::read_to_string(&log).unwrap();
    let calls: Vec<&str> = calls
        .lines()
        .filter(|line| line.contains("execve(") || line.contains("connect("))
        .collect();
    assert_eq!(calls.len(), 1, "{calls:?}"); // the tool itself
    assert_eq!(files(), before);
}
