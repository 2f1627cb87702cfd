//! `tollgate check --commits`: the commits of a range, and the findings about them in every format.

use std::process::Output;

use serde_json::Value;

use crate::check::code;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

fn lint(sandbox: &Sandbox, range: &str, arguments: &[&str]) -> Output {
    sandbox.tollgate(&[&["check", "--commits", range], arguments].concat())
}

/// The heads of what is said, such as `commit …:1:1: warning[commit/unparsed`, ids as the commits
/// are called here.
fn told(sandbox: &Sandbox, range: &str, names: &[(&str, &str)]) -> Vec<String> {
    let output = lint(sandbox, range, &["--format", "concise"]);
    assert_eq!(stderr(&output), "");
    let head = |line: &str| {
        let head = line.split(']').next().unwrap().to_owned();
        names
            .iter()
            .fold(head, |head, (id, name)| head.replace(id, name))
    };
    stdout(&output).lines().map(head).collect()
}

#[test]
fn commits_are_listed_newest_first() {
    let sandbox = Sandbox::new();
    let a = sandbox.commit("wip");
    sandbox.git(&["tag", "v1"]);
    let b = sandbox.commit("fixup! wip");
    let c = sandbox.commit("faet: x\n\nBREAKING CHANGE");
    let names = [(&*a, "a"), (&*b, "b"), (&*c, "c")];
    let since = [
        "commit c:1:1: warning[commit/unknown-type",
        "commit c:3:1: warning[commit/ambiguous-breaking",
        "commit b:1:1: error[commit/unmergeable-fixup",
    ];
    for range in ["v1..", "v1", "v1..main", &format!("{a}..{c}")] {
        assert_eq!(told(&sandbox, range, &names), since, "{range}");
    }
    assert_eq!(told(&sandbox, "v1..HEAD~1", &names), since[2..]);
    assert_eq!(told(&sandbox, "..", &names).len(), 4);
    assert_eq!(told(&sandbox, "main..", &names), [""; 0]);
}

#[test]
fn exit_code_reflects_the_findings() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox.commit("wip");
    let output = lint(&sandbox, "HEAD~1..", &[]);
    assert_eq!(code(&output), 0);
    assert!(
        stdout(&output).ends_with("1 commit checked: 1 warning\n"),
        "{}",
        stdout(&output)
    );
    assert_eq!(
        code(&lint(&sandbox, "HEAD~1..", &["--fail-on", "warning"])),
        1
    );
    assert_eq!(stdout(&lint(&sandbox, "HEAD..", &[])), "nothing to check\n");
    for range in ["nowhere..", "a...b", "nowhere"] {
        let output = lint(&sandbox, range, &[]);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{range}");
    }
}

#[test]
fn merges_are_passed_over() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.commit("feat: side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.commit("feat: main");
    sandbox.merge("side", "bring it in");
    assert_eq!(
        stdout(&lint(&sandbox, "..", &[])),
        "4 commits checked, no problems found\n"
    );
}

#[test]
fn a_finding_on_a_commit_has_its_id_and_a_place_in_the_message() {
    let sandbox = Sandbox::new();
    let id = sandbox.commit("feat: x\n\nBREAKING CHANGE");
    let document: Value =
        serde_json::from_str(stdout(&lint(&sandbox, "..", &["--format", "json"]))).unwrap();
    let finding = &document["findings"][0];
    assert_eq!(
        (&finding["path"], finding["commit"].as_str()),
        (&Value::Null, Some(&*id))
    );
    assert_eq!(
        (&finding["line"], &finding["column"], &finding["offset"]),
        (&3.into(), &1.into(), &9.into())
    );
    assert_eq!(document["summary"]["commits"], 1);
}

#[test]
fn tickets_are_linted_with_commits_if_named() {
    let sandbox = Sandbox::new();
    sandbox.write("changes/a.toml", "titel = 1");
    sandbox.commit("wip");
    assert!(stdout(&lint(&sandbox, "..", &[])).ends_with("\n1 commit checked: 1 warning\n"));
    let both = lint(&sandbox, "..", &["--format", "concise", "."]);
    let lines: Vec<&str> = stdout(&both).lines().collect();
    assert!(
        lines
            .first()
            .is_some_and(|line| line.starts_with("changes/a.toml:1:1: ")),
        "{lines:?}"
    );
    assert!(
        lines.last().is_some_and(|line| line.starts_with("commit ")),
        "{lines:?}"
    );
}

#[test]
fn a_ticket_may_be_closed_in_the_range_that_names_it() {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool.toml", "state = \"deploying\"");
    sandbox.commit("chore: deploy");
    sandbox.commit("fix: x\n\nChange: pool\n");
    sandbox.write("changes/pool.toml", "state = \"closed\"");
    let closing = sandbox.commit("chore: close");
    let late = sandbox.commit("fix: y\n\nChange: pool\n");
    let names = [(&*late, "late")];
    assert_eq!(told(&sandbox, "HEAD~3..HEAD~1", &names), [""; 0]);
    assert_eq!(told(&sandbox, "..", &names), [""; 0]);
    assert_eq!(
        told(&sandbox, &format!("{closing}.."), &names),
        ["commit late:3:9: warning[commit/unknown-ticket"]
    );
}

#[test]
fn a_shallow_clone_that_hides_commits_of_the_range_is_refused() {
    let sandbox = Sandbox::new();
    for message in ["feat: a", "feat: b", "feat: c"] {
        sandbox.commit(message);
    }
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "--quiet", "--depth", "2", &url, "../shallow"]);
    let run = |range: &str| sandbox.tollgate(&["-C", "../shallow", "check", "--commits", range]);
    assert_eq!(
        stdout(&run("HEAD~1..")),
        "1 commit checked, no problems found\n"
    );
    let output = run("..");
    assert_eq!(code(&output), 2);
    assert_contains(stderr(&output), "run `git fetch --unshallow --tags`");
}

#[test]
fn a_bare_repository_has_commits_too() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", "rules.\"commit/unparsed\" = \"error\"");
    sandbox.commit("wip\n\nChange: nothing\n");
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare"]);
    let output = sandbox.tollgate(&[
        "-C",
        "../bare",
        "check",
        "--commits",
        "..",
        "--format",
        "concise",
    ]);
    assert_eq!(
        (code(&output), stdout(&output).lines().count()),
        (1, 1),
        "{}",
        stderr(&output)
    );
}

#[test]
fn ambiguously_readable_commit_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: a");
    let object = sandbox.git(&["cat-file", "commit", "HEAD"]);
    let object = object.replacen(
        "\nauthor ",
        "\nauthor Eve <eve@example.com> 1 +0000\nauthor ",
        1,
    );
    sandbox.write("object", format!("{object}\n"));
    let id = sandbox.git(&["hash-object", "-t", "commit", "-w", "--literally", "object"]);
    assert_eq!(
        told(&sandbox, &format!("..{id}"), &[(&id, "x")]),
        ["commit x:1:1: error[commit/malformed"]
    );
}

/// The findings of a JSON document, each as rule, severity and commit.
fn findings(output: &Output) -> Vec<(String, String, String)> {
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            (
                text(finding, "rule"),
                text(finding, "severity"),
                text(finding, "commit"),
            )
        })
        .collect()
}

/// A repository at v1.0.0 with one commit after it.
fn released_then(message: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    let id = sandbox.commit(message);
    (sandbox, id)
}

#[test]
fn release_and_status_report_what_check_does() {
    let (sandbox, id) = released_then("fix: x\n\nBREAKING CHANGES: y is gone");
    let warning = (
        "commit/ambiguous-breaking".to_owned(),
        "warning".to_owned(),
        id,
    );
    assert_eq!(
        findings(&lint(&sandbox, "v1.0.0..", &["--format", "json"])),
        std::slice::from_ref(&warning)
    );
    assert_eq!(
        findings(&sandbox.tollgate(&["release", "--format", "json"])),
        [warning]
    );
    let status = sandbox.tollgate(&["status"]);
    let line = "Release      ready, with 1 warning (run `tollgate release` for details)\n";
    assert!(stdout(&status).ends_with(line), "{}", stdout(&status));
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["status", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        (&json["warnings"], &json["blockers"]),
        (&Value::from(1), &Value::from(Vec::<Value>::new()))
    );
}

#[test]
fn commits_are_linted_without_a_release() {
    let (sandbox, _) = released_then("faet: x");
    let output = sandbox.tollgate(&["release"]);
    let text = stdout(&output);
    assert!(
        text.starts_with(
            "Nothing to release: the version stays 1.0.0\n\nwarning[commit/unknown-type]"
        ),
        "{text}"
    );
    assert!(text.ends_with("1 commit checked: 1 warning\n"), "{text}");
    let status = sandbox.tollgate(&["status"]);
    assert!(
        stdout(&status).ends_with("Release      1 warning (run `tollgate release` for details)\n"),
        "{}",
        stdout(&status)
    );
}

#[test]
fn commit_error_blocks_until_an_override_answers() {
    let (sandbox, _) = released_then("feat: x\n\nChange: CHG-9");
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(
        (code(&output), sandbox.git(&["tag"]).as_str()),
        (1, "v1.0.0")
    );
    assert_contains(stdout(&output), "error[commit/unknown-ticket]");
    let (_, help) = stdout(&output)
        .split_once("add this to the configuration:\n")
        .unwrap();
    sandbox.write("tollgate.toml", help);
    sandbox.commit("fix: y");
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(
        (code(&output), sandbox.git(&["tag"]).as_str()),
        (0, "v1.0.0\nv1.0.1"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn first_release_is_not_blocked_by_old_messages() {
    let sandbox = Sandbox::new();
    let id = sandbox.commit("fixup! feat: x");
    sandbox.commit("feat: x");
    let warning = (
        "commit/unmergeable-fixup".to_owned(),
        "warning".to_owned(),
        id,
    );
    let output = sandbox.tollgate(&["release", "--format", "json"]);
    assert_eq!((code(&output), findings(&output)), (0, vec![warning]));
}

#[test]
fn release_reports_its_findings() {
    let (sandbox, id) = released_then("fix: x\n\nBREAKING CHANGES: y is gone");
    let output = sandbox.tollgate(&["release", "--execute"]);
    let line = format!("commit {id}:3:1: warning[commit/ambiguous-breaking] ");
    assert_eq!(code(&output), 0);
    assert!(
        stderr(&output).contains(&line)
            && stderr(&output).contains("1 commit checked: 1 warning\n")
    );
    assert_eq!(
        stderr(&sandbox.tollgate(&["release", "--execute", "--quiet"])),
        ""
    );
}

#[test]
fn ticket_closed_since_the_last_release_may_be_named() {
    let sandbox = Sandbox::new();
    let ticket = |state: &str| format!("title = \"Raise the pool to 40\"\nstate = \"{state}\"\n");
    sandbox.write("changes/pool.toml", ticket("draft"));
    sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.write("changes/pool.toml", ticket("cancelled"));
    sandbox.commit("feat: x\n\nChange: pool");
    let found = findings(&sandbox.tollgate(&["release", "--format", "json"]));
    assert!(
        found.iter().all(|(rule, ..)| !rule.starts_with("commit/")),
        "{found:?}"
    );
}
