//! Version and changelog on real repositories, odd ones above all, with git beside us.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Sandbox, stderr, stdout};

/// A repository with `v1.0.0` on its first commit and a feature after it.
fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "-a", "v1.0.0", "-m", "release"]);
    sandbox.commit("feat: second");
    sandbox
}

fn next(sandbox: &Sandbox) -> String {
    let output = sandbox.tollgate(&["next"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    stdout(&output).trim_end().to_owned()
}

fn fails(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{}", stderr(&output));
    stderr(&output).to_owned()
}

#[test]
fn annotated_lightweight_and_nested_tags_all_count() {
    let sandbox = released();
    assert_eq!(next(&sandbox), "1.1.0");
    sandbox.git(&["tag", "v1.1.0"]);
    sandbox.commit("fix: third");
    assert_eq!(next(&sandbox), "1.1.1");
    sandbox.git(&["tag", "-a", "inner", "-m", "x"]);
    sandbox.git(&["tag", "-a", "v1.2.0", "-m", "x", "inner"]);
    sandbox.commit("fix: fourth");
    assert_eq!(next(&sandbox), "1.2.1");
}

#[test]
fn packed_tags_count_as_loose_ones_do() {
    let sandbox = released();
    sandbox.git(&["gc", "--quiet"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn a_tag_of_a_file_is_no_version_tag() {
    let sandbox = released();
    sandbox.write("a", "x");
    sandbox.commit("docs: a");
    sandbox.git(&["tag", "v9.0.0", "HEAD:a"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn a_worktree_a_subfolder_and_a_bare_clone_give_the_same_answer() {
    let sandbox = released();
    sandbox.git(&["worktree", "add", "--quiet", "--detach", "../elsewhere"]);
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    sandbox.write("deep/er/file", "x");
    for folder in ["../elsewhere", "../bare.git", "deep/er"] {
        let output = sandbox.tollgate(&["-C", folder, "next"]);
        assert_eq!(stdout(&output), "1.1.0\n", "{folder}: {}", stderr(&output));
    }
}

#[test]
fn a_shallow_clone_refuses_with_the_command_that_mends_it() {
    let sandbox = released();
    sandbox.git(&["clone", "--quiet", "--depth", "1", &format!("file://{}", sandbox.path().display()), "../shallow"]);
    for command in ["next", "current", "changelog", "explain"] {
        let error = fails(&sandbox, &["-C", "../shallow", command]);
        assert!(error.contains("git fetch --unshallow --tags"), "{command}: {error}");
    }
}

#[test]
fn a_shallow_clone_that_reaches_the_base_is_answered() {
    let sandbox = released();
    sandbox.git(&["clone", "--quiet", "--depth", "2", &format!("file://{}", sandbox.path().display()), "../shallow"]);
    sandbox.git(&["-C", "../shallow", "fetch", "--quiet", "--depth", "2", "origin", "tag", "v1.0.0"]);
    assert_eq!(stdout(&sandbox.tollgate(&["-C", "../shallow", "next"])), "1.1.0\n");
}

#[test]
fn a_missing_parent_is_named() {
    let sandbox = Sandbox::new();
    let first = sandbox.commit("feat: first");
    sandbox.commit("feat: second");
    std::fs::remove_file(sandbox.path().join(format!(".git/objects/{}/{}", &first[..2], &first[2..]))).unwrap();
    assert!(fails(&sandbox, &["next"]).contains(&first));
}

#[test]
fn a_message_that_is_not_utf_8_is_never_dropped() {
    let sandbox = released();
    let (tree, parent) = (sandbox.git(&["rev-parse", "HEAD^{tree}"]), sandbox.git(&["rev-parse", "HEAD"]));
    let who = "Ada <ada@example.com> 1767225600 +0000";
    let headers = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n");
    let object = [headers.as_bytes(), b"feat!: caf\xe9\n"].concat();
    sandbox.write("object", object);
    let made = sandbox.git(&["hash-object", "-t", "commit", "-w", "object"]);
    sandbox.git(&["reset", "--quiet", "--hard", &made]);
    let output = sandbox.tollgate(&["next", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["next"], &json["commits"][0]["reason"]), (&Value::from("2.0.0"), &Value::from("undecodable")));
}

#[test]
fn a_message_over_the_limit_is_refused_by_its_size() {
    let sandbox = released();
    sandbox.write("message", format!("feat: x\n\n{}", "x".repeat(2 << 20)));
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--file", "message"]);
    assert!(fails(&sandbox, &["next"]).contains("more than the 1048576"));
}

#[test]
fn replaced_objects_are_ignored() {
    let sandbox = released();
    let honest = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
    let forged = sandbox.commit("feat!: forged");
    sandbox.git(&["replace", &honest, &forged]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    assert_eq!(next(&sandbox), "1.1.0");
}

#[test]
fn an_unborn_branch_is_a_sentence() {
    assert!(fails(&Sandbox::new(), &["next"]).contains("no commit yet"));
}

#[test]
fn no_repository_is_a_sentence() {
    let sandbox = Sandbox::new();
    assert!(fails(&sandbox, &["-C", "/", "next"]).contains("not in a git repository"));
}

#[test]
fn repositories_of_other_formats_are_named() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--object-format=sha256", "../sha256"]);
    assert!(fails(&sandbox, &["-C", "../sha256", "next"]).contains("SHA-256"));
    let reftable =
        sandbox.command("git").args(["init", "--quiet", "--ref-format=reftable", "../reftable"]).status().unwrap();
    assert!(reftable.success(), "this test needs git 2.45 or later");
    assert!(fails(&sandbox, &["-C", "../reftable", "next"]).contains("reftable"));
}

#[test]
fn nothing_to_release_is_the_current_version_and_may_be_asked_to_fail() {
    let sandbox = released();
    sandbox.git(&["tag", "v1.1.0"]);
    assert_eq!(next(&sandbox), "1.1.0");
    assert_eq!(sandbox.tollgate(&["next", "--require-release"]).status.code(), Some(1));
}

#[test]
fn an_old_version_is_explained_from_its_own_commit() {
    let sandbox = released();
    sandbox.git(&["tag", "v1.5.0"]);
    sandbox.commit("feat!: later");
    let output = sandbox.tollgate(&["explain", "v1.5.0"]);
    assert!(stdout(&output).starts_with("Next version: 1.1.0 (minor bump)\nBase: 1.0.0 "), "{}", stdout(&output));
    assert_eq!(stderr(&output), "warning: the tag says 1.5.0, its commits give 1.1.0\n");
    assert!(fails(&sandbox, &["explain", "v9"]).contains("neither a version tag nor a rule"));
}

#[test]
fn no_version_tag_means_no_current_version() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    let output = sandbox.tollgate(&["current"]);
    assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(1), "", ""));
    let json: Value = serde_json::from_slice(&sandbox.tollgate(&["current", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["current"], Value::Null);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = released();
    let tool = env!("CARGO_BIN_EXE_tollgate");
    let output =
        sandbox.command("sh").args(["-c", &format!("{tool} changelog | true; {tool} changelog | head -n 1")]).output();
    let output = output.unwrap();
    assert_eq!((stdout(&output), stderr(&output)), ("# Changelog\n", ""));
}

#[test]
fn looking_changes_no_byte_of_the_repository() {
    let sandbox = released();
    let before = bytes_below(&sandbox.path());
    for command in ["next", "current", "explain", "changelog"] {
        assert!(sandbox.tollgate(&[command]).status.success());
    }
    assert_eq!(bytes_below(&sandbox.path()), before);
}

#[test]
fn the_changelog_is_written_in_place_and_a_second_run_changes_nothing() {
    let sandbox = released();
    sandbox.write("CHANGELOG.md", "# Log\n\n## [Unreleased]\n\nBy hand.\n\n## 1.0.0\n\nFirst.\n");
    assert!(sandbox.tollgate(&["changelog", "--write"]).status.success());
    let once = sandbox.read("CHANGELOG.md");
    assert!(once.starts_with("# Log\n\n## [Unreleased]\n\nBy hand.\n\n### Added\n\n- second ("), "{once}");
    assert!(once.ends_with(")\n\n## 1.0.0\n\nFirst.\n"), "{once}");
    assert!(sandbox.tollgate(&["changelog", "--write"]).status.success());
    assert_eq!(sandbox.read("CHANGELOG.md"), once);
}

#[test]
fn parts_of_the_changelog_can_be_asked_for() {
    let sandbox = released();
    let titles = |arguments: &[&str]| -> Vec<String> {
        let output = sandbox.tollgate(&[&["changelog"], arguments].concat());
        stdout(&output).lines().filter(|line| line.starts_with("## ")).map(str::to_owned).collect()
    };
    assert_eq!(titles(&[]), ["## Unreleased", "## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["--unreleased"]), ["## Unreleased"]);
    assert_eq!(titles(&["--latest"]), ["## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["--release", "1.0.0"]), ["## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["v1.0.0.."]), ["## Unreleased"]);
    assert_eq!(titles(&["..v1.0.0"]), ["## 1.0.0 - 2026-01-01"]);
    let coming = ["--unreleased", "--as", "1.1.0", "--now", "2026-11-20T23:30:00-05:00", "--form", "conventional"];
    assert_eq!(titles(&coming), ["## 1.1.0 (2026-11-21)"]);
}

#[test]
fn parts_that_are_not_there_are_an_error() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    for arguments in [&["--latest"][..], &["--release", "9.9.9"], &["nowhere.."], &["HEAD"]] {
        fails(&sandbox, &[&["changelog"], arguments].concat());
    }
}

#[test]
fn the_range_is_what_git_says_it_is() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "-b", "side", "v1.0.0"]);
    sandbox.commit("fix: side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "-m", "Merge branch 'side'", "side"]);
    let json: Value = serde_json::from_slice(&sandbox.tollgate(&["next", "--format", "json"]).stdout).unwrap();
    let ids: Vec<&str> =
        json["commits"].as_array().unwrap().iter().map(|commit| commit["id"].as_str().unwrap()).collect();
    let git = sandbox.git(&["rev-list", "--topo-order", "v1.0.0..HEAD"]);
    let (mut ours, mut theirs) = (ids.clone(), git.lines().collect::<Vec<_>>());
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}

fn bytes_below(folder: &Path) -> String {
    let listing =
        Command::new("sh").arg("-c").arg("find . -type f -exec sha256sum {} + | sort").current_dir(folder).output();
    String::from_utf8(listing.unwrap().stdout).unwrap()
}
