//! Repositories in which no version tag is recognized, but whose tags or manifests look like
//! releases.

use std::process::Output;

use serde_json::Value;

use crate::sandbox::{Sandbox, fails, stderr, stdout};
use crate::scenario::assert_contains;

/// A repository with a commit, these files and these tags.
fn sandbox(files: &[(&str, &str)], tags: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    files
        .iter()
        .for_each(|(path, text)| sandbox.write(path, text));
    sandbox.commit("feat: first");
    tags.iter().for_each(|tag| drop(sandbox.git(&["tag", tag])));
    sandbox.commit("fix: second");
    sandbox
}

const MANIFEST: (&str, &str) = (
    "package.json",
    "{\"name\": \"x\", \"version\": \"4.2.0\"}\n",
);

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

#[test]
fn next_and_release_refuse_a_version_that_is_unknown() {
    let sandbox = sandbox(&[MANIFEST], &["x@4.2.0"]);
    for arguments in [&["next"][..], &["release"], &["release", "--execute"]] {
        let error = fails(&sandbox, arguments);
        assert!(
            error.starts_with(
                "error: the next version is unknown: 1 tag looks like a version, `x@4.2.0`"
            ),
            "{error}"
        );
        assert_contains(&error, "\n          tag_prefix = \"x@\"\n");
        assert_contains(&error, "\n          initial = \"4.2.0\"\n");
    }
    assert_eq!(sandbox.read("package.json"), MANIFEST.1);
    assert_eq!(sandbox.git(&["tag"]), "x@4.2.0");
}

#[test]
fn what_the_help_names_settles_it() {
    let sandbox = sandbox(&[MANIFEST], &["x@4.2.0"]);
    for (config, expected) in [
        ("tag_prefix = \"x@\"", "4.2.1\n"),
        ("initial = \"4.2.0\"", "4.2.0\n"),
    ] {
        sandbox.write("tollgate.toml", config);
        assert_eq!(stdout(&sandbox.tollgate(&["next"])), expected);
    }
    sandbox.write("tollgate.toml", "");
    assert_eq!(
        stdout(&sandbox.tollgate(&["next", "--set-version", "5.0.0"])),
        "5.0.0\n"
    );
}

#[test]
fn the_git_commands_of_the_help_settle_it() {
    let sandbox = sandbox(&[], &["v2"]);
    let error = fails(&sandbox, &["next"]);
    assert_contains(&error, "git tag v2.0.0 'v2^{}'");
    sandbox.git(&["tag", "v2.0.0", "v2^{}"]);
    assert_eq!(stdout(&sandbox.tollgate(&["next"])), "2.0.1\n");
}

#[test]
fn tagless_clone_gets_the_fetch_command() {
    let origin = sandbox(
        &[(
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"10.5.0\"\n",
        )],
        &["v10.5.0"],
    );
    let clone = Sandbox::new();
    let url = format!("file://{}", origin.path().display());
    clone.git(&["remote", "add", "--no-tags", "origin", &url]);
    clone.git(&["fetch", "--quiet", "origin"]);
    clone.git(&["reset", "--quiet", "--hard", "origin/main"]);
    let error = fails(&clone, &["release"]);
    let help = error.split_once("help: ").unwrap().1;
    assert!(
        help.starts_with(
            "if the remote has version tags, fetch them:\n          git fetch --tags origin\n"
        ),
        "{error}"
    );
    clone.git(&["fetch", "--quiet", "--tags", "origin"]);
    assert_eq!(stdout(&clone.tollgate(&["next"])), "10.5.1\n");
}

#[test]
fn status_works_without_a_version() {
    let output = sandbox(&[], &["hatch-v1.9.0"]).tollgate(&["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert_contains(
        &text,
        "\nNext         unknown\nUnreleased   2 commits, 2 affect the version\n",
    );
    assert_contains(
        &text,
        "the next version is unknown: 1 tag looks like a version, `hatch-v1.9.0`",
    );
    assert_contains(&text, "tag_prefix = \"hatch-v\"");
    let document = json(&sandbox(&[], &["hatch-v1.9.0"]).tollgate(&["status", "--format", "json"]));
    assert_eq!(
        (&document["next"], &document["releasable"]),
        (&Value::Null, &Value::from(false))
    );
    assert!(
        document["unknown_reason"]
            .as_str()
            .unwrap()
            .starts_with("1 tag looks like"),
        "{document}"
    );
}

#[test]
fn explain_works_without_a_version() {
    let output = sandbox(&[], &["hatch-v1.9.0"]).tollgate(&["explain"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    let text = stdout(&output);
    assert!(
        text.starts_with("Next version: unknown\n  - 1 tag looks like a version, `hatch-v1.9.0`"),
        "{text}"
    );
    assert_contains(&text, "    tag_prefix = \"hatch-v\"\n");
    assert_contains(&text, "fix: second");
}

#[test]
fn explain_lists_ignored_tags_with_their_reasons() {
    let sandbox = sandbox(
        &[],
        &[
            "v1.0.0",
            "v2",
            "v99999999999999999999.0.0",
            "x-1.0.0",
            "latest",
        ],
    );
    let text = stdout(&sandbox.tollgate(&["explain"])).to_owned();
    let expected = "Ignored: 4 tags\n      `v99999999999999999999.0.0`: a number above 18446744073709551615\n      \
                    `v2`: not a semantic version such as 1.2.3\n      \
                    `x-1.0.0`: another prefix\n      `latest`: does not look like a version\n";
    assert_contains(&text, expected);
    let document = json(&sandbox.tollgate(&["explain", "--format", "json"]));
    assert_eq!(
        document["ignored_tags"][0],
        serde_json::json!({ "tag": "v99999999999999999999.0.0", "reason": "too-large" })
    );
}

#[test]
fn many_ignored_tags_are_counted() {
    let names: Vec<String> = ('a'..='o')
        .map(|prefix| format!("{prefix}-1.0.0"))
        .collect();
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .chain(["v1.0.0", "a-1.1.0"])
        .collect();
    let text = stdout(&sandbox(&[], &names).tollgate(&["explain"])).to_owned();
    assert_contains(
        &text,
        "Ignored: 16 tags\n      2 like `a-1.0.0`: another prefix\n",
    );
    assert_contains(&text, "      and 3 more tags\n");
}

#[test]
fn tags_of_two_schemes_are_a_warning_that_names_both() {
    let sandbox = sandbox(&[], &["v1.2.3", "1.5.0"]);
    for command in ["next", "status", "release"] {
        let output = sandbox.tollgate(&[command]);
        let warning = "warning: tag `1.5.0` is higher than `v1.2.3`, but ignored because its prefix differs\n";
        assert!(
            stderr(&output).contains(warning),
            "{command}: {}",
            stderr(&output)
        );
    }
    assert_eq!(stdout(&sandbox.tollgate(&["next"])), "1.2.4\n");
}

#[test]
fn lower_tags_of_an_older_scheme_are_no_warning() {
    let output = sandbox(&[], &["v1.2.3", "1.0.0"]).tollgate(&["next"]);
    assert_eq!((stdout(&output), stderr(&output)), ("1.2.4\n", ""));
}

#[test]
fn gate_and_explain_show_how_to_fetch_tags() {
    let sandbox = sandbox(&[], &[]);
    sandbox.git(&["remote", "add", "origin", "https://example.com/x.git"]);
    let note = "so versions start at 0.1.0\n  help: to fetch the version tags of `origin`: git fetch --tags origin\n";
    let explained = sandbox.tollgate(&["explain"]);
    assert_eq!(
        stderr(&explained),
        format!("note: no version tag is reachable from HEAD, {note}")
    );
    let judged = sandbox.tollgate(&["gate", "--base", "HEAD~1"]);
    let head = sandbox.git(&["rev-parse", "--short=10", "HEAD"]);
    let expected = format!("note: no version tag is reachable from commit {head}, {note}");
    assert_contains(stderr(&judged), &expected);
}

#[test]
fn a_first_release_is_noted_in_one_line() {
    let sandbox = sandbox(&[], &[]);
    for command in ["next", "status", "release"] {
        let output = sandbox.tollgate(&[command]);
        let note = "note: no version tag is reachable from HEAD, so versions start at 0.1.0\n";
        assert_eq!(
            (output.status.code(), stderr(&output)),
            (Some(0), note),
            "{command}"
        );
    }
    sandbox.git(&["remote", "add", "origin", "https://example.com/x.git"]);
    let note = "so versions start at 0.1.0\n  help: to fetch the version tags of `origin`: git fetch --tags origin\n";
    assert!(stderr(&sandbox.tollgate(&["next"])).ends_with(note));
}

#[test]
fn gate_works_without_a_version() {
    let sandbox = sandbox(&[], &["hatch-v1.9.0"]);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.commit("fix: third");
    let output = sandbox.tollgate(&["gate", "--base", &base]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let line = "Next version: unknown (1 tag looks like a version, `hatch-v1.9.0`";
    assert_contains(stderr(&output), line);
}

#[test]
fn changelog_works_without_a_version() {
    let output = sandbox(&[], &["hatch-v1.9.0"]).tollgate(&["changelog"]);
    assert_eq!(output.status.code(), Some(0));
    assert_contains(stdout(&output), "## Unreleased");
    let line = "warning: next version: unknown (1 tag looks like a version, `hatch-v1.9.0`";
    assert!(stderr(&output).starts_with(line), "{}", stderr(&output));
}

#[test]
fn packages_are_unknown_one_by_one() {
    let config = "[[package]]\nname = \"core\"\npaths = [\"core/**\"]\n[[package]]\nname = \"cli\"\npaths = [\"cli/**\"]\n";
    let files = [
        ("tollgate.toml", config),
        (
            "core/package.json",
            "{\"name\": \"core\", \"version\": \"4.2.0\"}",
        ),
        (
            "cli/package.json",
            "{\"name\": \"cli\", \"version\": \"1.0.0\"}",
        ),
    ];
    let sandbox = sandbox(&files, &["cli-v1.0.0"]);
    sandbox.write("cli/a", "a");
    sandbox.commit("fix: third");
    let error = fails(&sandbox, &["next"]);
    assert!(
        error.starts_with(
            "error: package `core`: the next version is unknown: `core/package.json` has"
        ),
        "{error}"
    );
    assert_contains(
        &error,
        "tollgate release --package core --set-version 4.2.0",
    );
    assert_eq!(
        stdout(&sandbox.tollgate(&["next", "--package", "cli"])),
        "1.0.1\n"
    );
    let set = sandbox.tollgate(&["next", "--package", "core", "--set-version", "4.2.0"]);
    assert_eq!(stdout(&set), "4.2.0\n");
    let status = sandbox.tollgate(&["status"]);
    assert!(
        stdout(&status).contains("core     -        unknown  "),
        "{}{}",
        stdout(&status),
        stderr(&status)
    );
}

#[test]
fn members_of_a_workspace_are_signs() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
        (
            "crates/a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"4.2.0\"\n",
        ),
    ];
    let error = fails(&sandbox(&files, &[]), &["next"]);
    assert_contains(&error, "`crates/a/Cargo.toml` has version 4.2.0");
}

#[test]
fn private_manifest_is_not_evidence() {
    let private = (
        "package.json",
        "{\"version\": \"4.2.0\", \"private\": true}",
    );
    assert_eq!(
        stdout(&sandbox(&[private], &[]).tollgate(&["next"])),
        "0.1.0\n"
    );
}

#[test]
fn a_changelog_with_releases_makes_the_version_unknown() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "CHANGELOG.md",
        "# Changelog\n\n## [2.3.0] - 2026-01-01\n\n- old\n",
    );
    sandbox.commit("feat: first");
    let output = sandbox.tollgate(&["next"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert_contains(
        &told,
        "`CHANGELOG.md` has a section for 2.3.0, but no version tag is reachable from HEAD",
    );
    assert!(
        told.contains("git tag v2.3.0 COMMIT") && told.contains("initial = \"2.3.0\""),
        "{told}"
    );
}

#[test]
fn tags_of_another_prefix_since_the_base_are_reported() {
    let sandbox = sandbox(&[], &["v29.0.0"]);
    sandbox.git(&["tag", "app@2.0.0"]);
    sandbox.commit("fix: third");
    for command in [&["next"][..], &["status"], &["release"]] {
        let hints = stderr(&sandbox.tollgate(command)).to_owned();
        let warning = "warning: the version is computed from `v29.0.0`; a tag since then has another prefix and is ignored: \
                       `app@2.0.0`\n";
        assert!(hints.contains(warning), "{command:?}: {hints}");
    }
    sandbox.write("tollgate.toml", "tag_prefix = \"v\"\n");
    sandbox.commit("chore: decide on a prefix");
    assert_eq!(stderr(&sandbox.tollgate(&["next"])), "");
}

#[test]
fn uncommitted_prefix_does_not_hide_the_warning_of_a_release() {
    let sandbox = sandbox(&[], &["v29.0.0"]);
    sandbox.git(&["tag", "app@2.0.0"]);
    sandbox.write("tollgate.toml", "tag_prefix = \"v\"\n");
    assert!(
        stderr(&sandbox.tollgate(&["release"]))
            .contains("another prefix and is ignored: `app@2.0.0`")
    );
    assert!(!stderr(&sandbox.tollgate(&["next"])).contains("another prefix"));
}

#[test]
fn tags_of_another_prefix_before_the_base_are_not_reported() {
    let sandbox = sandbox(&[], &["app@2.0.0", "v3.0.0"]);
    assert_eq!(stderr(&sandbox.tollgate(&["next"])), "");
}
