//! Approvals at the gate, in real repositories: which ones count, and that nobody can approve their
//! own work under any name.

use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{TICKET, assert_contains, assert_success, in_state};

const APPROVALS: &str = "[approvals]\n";
const SIGNED: &str = "[approvals]\nallowed_signers = \"keys\"\nlow = { evidence = \"signed\" }\n";

/// A branch of Ada's with code and a ticket that says it is approved, on a base with this
/// configuration and these files.
fn branch(config: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", config);
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.become_person("ada");
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.commit("feat: raise the pool");
    sandbox
}

/// Lets somebody approve what the ticket says now, in a commit of their own.
fn approve_as(sandbox: &Sandbox, name: &str, arguments: &[&str]) {
    sandbox.become_person(name);
    let now = ["ticket", "approve", "pool", "--now", "2026-11-19T12:00:00Z"];
    let output = sandbox.tollgate(&[&now[..], arguments].concat());
    assert_success(&output);
    sandbox.commit("docs: approve the pool");
    sandbox.become_person("ada");
}

fn gate(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let fixed = [
        "gate",
        "--base",
        "main",
        "--format",
        "concise",
        "--now",
        "2026-11-20T12:00:00Z",
    ];
    sandbox.tollgate(&[&fixed[..], arguments].concat())
}

/// The rules that refuse the branch, each with its message.
fn refused(sandbox: &Sandbox) -> Vec<String> {
    let output = gate(sandbox, &[]);
    let found = findings(&output);
    assert_eq!(
        output.status.code(),
        Some(i32::from(!found.is_empty())),
        "{}",
        stderr(&output)
    );
    found
}

fn findings(output: &Output) -> Vec<String> {
    let errors = stdout(output)
        .lines()
        .filter_map(|line| line.split_once("error["));
    errors
        .map(|(_, rest)| rest.replacen("] ", ": ", 1))
        .collect()
}

const NOBODY: [&str; 0] = [];
const QUORUM: &str = "approval/quorum-missing: a low-risk change requires 1 approval, but has none";
const UNCOUNTED: &str = "approval/quorum-missing: a low-risk change requires 1 approval, but none of the approvals is valid";

#[test]
fn another_person_approves() {
    let sandbox = branch(APPROVALS, &[]);
    approve_as(&sandbox, "bo", &[]);
    assert_eq!(refused(&sandbox), NOBODY);
    let told = gate(&sandbox, &[]);
    let expected = "`pool` (low risk) is approved: bo@example.com (attributed).";
    assert_contains(stderr(&told), expected);
}

#[test]
fn own_ticket_cannot_be_approved() {
    let sandbox = branch(APPROVALS, &[]);
    approve_as(&sandbox, "ada", &[]);
    assert_eq!(
        refused(&sandbox),
        [
            UNCOUNTED,
            "approval/self-approval: `ada@example.com` approved their own work"
        ]
    );
}

#[test]
fn two_addresses_are_one_person_by_the_mailmap_of_the_base() {
    let sandbox = branch(
        APPROVALS,
        &[(".mailmap", "<ada@example.com> <ada@home.example>\n")],
    );
    approve_as(&sandbox, "ada", &["--by", "ada@home.example"]);
    assert!(
        refused(&sandbox)[1].starts_with("approval/self-approval"),
        "{:?}",
        refused(&sandbox)
    );
    sandbox.write(".mailmap", "");
    sandbox.commit("chore: forget who is who");
    let found = refused(&sandbox);
    assert!(
        found
            .iter()
            .any(|found| found.starts_with("approval/self-approval")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|found| found.starts_with("gate/policy-weakened")),
        "{found:?}"
    );
}

#[test]
fn weakened_policy_needs_an_approved_ticket() {
    let policy = "[[policy]]\nname = \"rules\"\npaths = [\"tollgate.toml\"]\n";
    let sandbox = branch(
        &format!("{APPROVALS}{policy}[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\n"),
        &[],
    );
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.write("tollgate.toml", format!("{APPROVALS}{policy}"));
    sandbox.commit("chore: ask no ticket for pools");
    let loosens = "gate/policy-weakened: the branch weakens the configuration: the policy `pools` was removed";
    assert_eq!(refused(&sandbox), [loosens]);
    approve_as(&sandbox, "bo", &[]);
    assert_eq!(refused(&sandbox), NOBODY);
}

#[test]
fn tickets_may_lie_below_a_dot() {
    let sandbox = branch(
        &format!("tickets = [\"./changes/**/*.toml\"]\n{APPROVALS}"),
        &[],
    );
    assert_eq!(refused(&sandbox), [QUORUM]);
}

/// What a squash merge makes of a branch whose author wrote trailers into the middle of a message.
#[test]
fn a_trailer_in_the_middle_of_a_squash_names_no_ticket() {
    let policy = "[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\n";
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", policy);
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("k8s/pool.yaml", "400\n");
    sandbox.commit("feat: raise it more (#7)\n\n* feat: raise it more\n\nChange: pool\n\n* fix: a typo\n\nCo-authored-by: Bo <bo@example.com>\n");
    let found = refused(&sandbox);
    assert!(
        found.len() == 1 && found[0].starts_with("gate/missing-ticket"),
        "{found:?}"
    );
}

#[test]
fn closed_ticket_is_not_checked_again() {
    let sandbox = Sandbox::new();
    let closed = TICKET.replace("\"proposed\"", "\"closed\"\nassignee = \"cy@example.com\"");
    let closed = format!("{closed}[outcome]\nresult = \"successful\"\n");
    sandbox.write("tollgate.toml", APPROVALS);
    sandbox.write("changes/pool.toml", &closed);
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    let note = "[[notes]]\nat = 2026-11-19T12:00:00Z\nby = \"ada@example.com\"\ntext = \"it held over the weekend\"\n";
    sandbox.write("changes/pool.toml", format!("{closed}{note}"));
    sandbox.commit("docs: say how it went");
    assert_eq!(refused(&sandbox), NOBODY);
}

/// A file of approvals in the forge by Bo, of this commit.
fn forge_file(sandbox: &Sandbox, commit: &str) {
    let text = format!(
        "{{ \"schema_version\": 1, \"approvals\": [{{ \"by\": \"bo-berg\", \"commit\": \"{commit}\" }}] }}"
    );
    sandbox.write("../reviews.json", text);
}

const IN_FORGE: &str = "[people.bo]\nemail = \"bo@example.com\"\naliases = [\"bo-berg\"]\n\
                        [people.ada]\nemail = \"ada@example.com\"\n[approvals]\nlow = { evidence = \"forge\" }\n";

#[test]
fn forge_approvals_of_head_count() {
    let sandbox = branch(IN_FORGE, &[]);
    forge_file(&sandbox, &sandbox.git(&["rev-parse", "HEAD"]));
    let output = gate(&sandbox, &["--approvals", "../reviews.json"]);
    assert_eq!(findings(&output), NOBODY, "{}", stderr(&output));
    assert_contains(stderr(&output), "bo-berg (forge)");
}

#[test]
fn forge_approval_of_earlier_push_does_not_count() {
    let sandbox = branch(IN_FORGE, &[]);
    forge_file(&sandbox, &sandbox.git(&["rev-parse", "HEAD"]));
    sandbox.write("k8s/pool.yaml", "400\n");
    sandbox.commit("fix: more of it");
    let output = gate(&sandbox, &["--approvals", "../reviews.json"]);
    assert_eq!(findings(&output), [QUORUM]);
    assert_contains(stderr(&output), "`bo-berg` approved commit ");
}

#[test]
fn a_file_of_approvals_that_cannot_be_understood_is_an_error() {
    let sandbox = branch(IN_FORGE, &[]);
    sandbox.write("../reviews.json", "[]");
    for file in ["../reviews.json", "../missing.json"] {
        let output = gate(&sandbox, &["--approvals", file]);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{file}"
        );
    }
}

/// Makes a key, and gives the line that lets a person sign by it.
fn make_key(sandbox: &Sandbox, name: &str) -> String {
    let path = format!("../{name}.key");
    let output = sandbox
        .command("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", &path])
        .output();
    assert!(output.unwrap().status.success());
    sandbox.read(&format!("{path}.pub"))
}

fn sign_as(sandbox: &Sandbox, name: &str, key: &str) {
    sandbox.git(&["config", "gpg.format", "ssh"]);
    let path = sandbox.path().join(format!("../{key}.key"));
    sandbox.git(&["config", "user.signingKey", path.to_str().unwrap()]);
    approve_as(sandbox, name, &["--sign"]);
}

/// A branch on a base that lets Bo and Kim sign with Bo's key and with no other.
fn branch_of_signers(config: &str) -> Sandbox {
    let keys = Sandbox::new();
    let key = make_key(&keys, "bo");
    let sandbox = branch(
        config,
        &[(
            "keys",
            &format!("bo@example.com {key}kim@example.com {key}"),
        )],
    );
    for file in ["bo.key", "bo.key.pub"] {
        std::fs::copy(
            keys.path().join("..").join(file),
            sandbox.path().join("..").join(file),
        )
        .unwrap();
    }
    sandbox
}

#[test]
fn a_signed_approval_survives_a_squash() {
    let sandbox = branch_of_signers(SIGNED);
    sign_as(&sandbox, "bo", "bo");
    assert_eq!(refused(&sandbox), NOBODY);
    sandbox.git(&["reset", "--quiet", "--soft", "main"]);
    sandbox.commit("feat: raise the pool (#7)");
    assert_eq!(refused(&sandbox), NOBODY);
    let told = gate(&sandbox, &[]);
    assert_contains(stderr(&told), "bo@example.com (signed by SHA256:");
}

#[test]
fn a_key_that_only_the_branch_trusts_does_not_count() {
    let sandbox = branch_of_signers(SIGNED);
    let key = make_key(&sandbox, "cy");
    sandbox.write("keys", format!("cy@example.com {key}"));
    sandbox.commit("chore: let Cy sign");
    sign_as(&sandbox, "cy", "cy");
    let found = refused(&sandbox);
    for rule in [
        "approval/bad-signature",
        "approval/quorum-missing",
        "gate/policy-weakened",
    ] {
        assert!(
            found.iter().any(|found| found.starts_with(rule)),
            "{rule}: {found:?}"
        );
    }
}

#[test]
fn shallow_clone_is_told_what_to_fetch() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", APPROVALS);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("feat: begin");
    for message in ["feat: go on", "feat: and on", "feat: and further"] {
        sandbox.commit(message);
    }
    sandbox.branch("topic");
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.commit("docs: the pool is approved");
    approve_as(&sandbox, "bo", &[]);
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&[
        "clone",
        "--quiet",
        "--depth",
        "3",
        "--no-single-branch",
        &url,
        "../shallow",
    ]);
    let arguments = [
        "-C",
        "../shallow",
        "gate",
        "--base",
        "origin/main",
        "--head",
        "origin/topic",
    ];
    let output = sandbox.tollgate(&arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_contains(stderr(&output), "run `git fetch --unshallow --tags`");
}

#[test]
fn policy_requires_roles_for_its_paths() {
    let person = |name: &str, roles: &str| {
        format!("[people.{name}]\nemail = \"{name}@example.com\"\nroles = [{roles}]\n")
    };
    let people = [
        person("ada", ""),
        person("bo", ""),
        person("kim", "\"dba\""),
    ]
    .concat();
    let policy = "[approvals]\n[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\n\
                  approvals = { quorum = 2, roles = [\"dba\"] }\n";
    let sandbox = branch(&format!("{people}{policy}"), &[]);
    approve_as(&sandbox, "bo", &[]);
    let role = "approval/quorum-missing: a low-risk change under the policy `pools` requires \
                2 approvals, but has 1; an approval in the role `dba` is missing";
    assert_eq!(refused(&sandbox), [role]);
    let shown = sandbox.tollgate(&["ticket", "show", "pool"]);
    let needed = "1 more approval and an approval in the role `dba` are required";
    assert_contains(stdout(&shown), needed);
    sandbox.switch("main").merge("topic", "Merge the pool");
    let blocked = sandbox.tollgate(&["release"]);
    assert_contains(
        stdout(&blocked),
        "under the policy `pools` requires 2 approvals, but has 1",
    );
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    sandbox.switch("topic");
    approve_as(&sandbox, "kim", &["--role", "dba"]);
    assert_eq!(refused(&sandbox), NOBODY);
}

const OWN_BY_KIM: [&str; 2] = [
    UNCOUNTED,
    "approval/self-approval: `kim@example.com` approved their own work",
];

#[test]
fn a_merge_that_takes_an_old_side_has_an_author() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", APPROVALS);
    sandbox.write("k8s/pool.yaml", "20\n");
    sandbox.become_person("bo");
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.commit("feat: begin");
    sandbox.git(&["branch", "old"]);
    sandbox.write("k8s/pool.yaml", "40\n");
    sandbox.commit("feat: raise the pool");
    approve_as(&sandbox, "kim", &[]);
    sandbox.switch("old");
    sandbox.become_person("eve");
    sandbox.commit("chore: nothing");
    sandbox.git(&["switch", "--quiet", "--create", "topic", "main"]);
    sandbox.become_person("kim");
    sandbox.git(&["merge", "--quiet", "--no-commit", "old"]);
    sandbox.git(&["checkout", "--quiet", "old", "--", "k8s/pool.yaml"]);
    sandbox.commit("Merge branch 'old'\n\nChange: pool\n");
    assert_eq!(refused(&sandbox), OWN_BY_KIM);
}

#[test]
fn in_a_merge_queue_the_forge_approved_what_is_merged() {
    let sandbox = branch(IN_FORGE, &[]);
    forge_file(&sandbox, &sandbox.git(&["rev-parse", "topic"]));
    let base = sandbox.git(&["rev-parse", "main"]);
    sandbox.git(&["switch", "--quiet", "--detach", "main"]);
    sandbox.merge("topic", "Merge pull request #7");
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let event =
        format!("{{ \"merge_group\": {{ \"base_sha\": \"{base}\", \"head_sha\": \"{head}\" }} }}");
    sandbox.write("../event.json", event);
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command.args([
        "gate",
        "--format",
        "concise",
        "--now",
        "2026-11-20T12:00:00Z",
        "--approvals",
        "../reviews.json",
    ]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_NAME", "merge_group");
    command
        .env("GITHUB_EVENT_PATH", sandbox.path().join("../event.json"))
        .env("GITHUB_SHA", &head);
    let output = command.output().unwrap();
    assert_eq!(findings(&output), NOBODY, "{}", stderr(&output));
}
