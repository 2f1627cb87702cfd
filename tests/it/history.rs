//! Versions and changelogs of real repositories, compared with Git.

use std::borrow::Cow;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;
use tollgate::git::Repository;
use tollgate::history::History;

use crate::sandbox::{Sandbox, fails, next, released, stderr, stdout};

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

/// A release whose only other version tags are packed: `v0.8.0`, and `v0.9.0`, whose object is
/// missing.
fn with_missing_object() -> Sandbox {
    let sandbox = released();
    sandbox.git(&["tag", "v0.8.0", "v1.0.0"]);
    sandbox.git(&["pack-refs", "--all"]);
    let packed = sandbox.read(".git/packed-refs");
    let missing = format!("{} refs/tags/v0.9.0\n", "1".repeat(40));
    sandbox.write(".git/packed-refs", packed + &missing);
    sandbox
}

#[test]
fn lower_version_tags_are_not_looked_up() {
    assert_eq!(next(&with_missing_object()), "1.1.0");
}

#[test]
fn changelog_ignores_packed_tags_outside_its_history() {
    let sandbox = with_missing_object();
    for option in ["--unreleased", "--style=github"] {
        let output = sandbox.tollgate(&["changelog", option]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[test]
fn nothing_to_release_prints_the_current_version() {
    let sandbox = released();
    sandbox.git(&["tag", "v1.1.0"]);
    assert_eq!(next(&sandbox), "1.1.0");
    assert_eq!(
        sandbox
            .tollgate(&["next", "--require-release"])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn old_version_is_explained_from_its_commit() {
    let sandbox = released();
    sandbox.git(&["tag", "v1.5.0"]);
    sandbox.commit("feat!: later");
    let output = sandbox.tollgate(&["explain", "v1.5.0"]);
    let expected = "Version 1.5.0: the version computed from its commits is 1.1.0\nBase: 1.0.0 ";
    assert!(stdout(&output).starts_with(expected), "{}", stdout(&output));
    assert!(fails(&sandbox, &["explain", "v9"]).contains("neither a version tag nor a rule"));
}

#[test]
fn no_version_tag_means_no_current_version() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    let output = sandbox.tollgate(&["current"]);
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(1), "", "")
    );
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["current", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["current"], Value::Null);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = released();
    let tool = env!("CARGO_BIN_EXE_tollgate");
    let output = sandbox
        .command("sh")
        .args([
            "-c",
            &format!("{tool} changelog | true; {tool} changelog | head -n 1"),
        ])
        .output();
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
fn changelog_is_updated_idempotently() {
    let sandbox = released();
    sandbox.write(
        "CHANGELOG.md",
        "# Log\n\n## [Unreleased]\n\nBy hand.\n\n## 1.0.0\n\nFirst.\n",
    );
    assert!(sandbox.tollgate(&["changelog", "--write"]).status.success());
    let once = sandbox.read("CHANGELOG.md");
    assert!(
        once.starts_with("# Log\n\n## [Unreleased]\n\nBy hand.\n\n### Added\n\n- second ("),
        "{once}"
    );
    assert!(once.ends_with(")\n\n## 1.0.0\n\nFirst.\n"), "{once}");
    assert!(sandbox.tollgate(&["changelog", "--write"]).status.success());
    assert_eq!(sandbox.read("CHANGELOG.md"), once);
}

#[test]
fn parts_of_the_changelog_can_be_selected() {
    let sandbox = released();
    let titles = |arguments: &[&str]| -> Vec<String> {
        let output = sandbox.tollgate(&[&["changelog"], arguments].concat());
        stdout(&output)
            .lines()
            .filter(|line| line.starts_with("## "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(titles(&[]), ["## Unreleased", "## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["--unreleased"]), ["## Unreleased"]);
    assert_eq!(titles(&["--latest"]), ["## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["--release", "1.0.0"]), ["## 1.0.0 - 2026-01-01"]);
    assert_eq!(titles(&["v1.0.0.."]), ["## Unreleased"]);
    assert_eq!(titles(&["..v1.0.0"]), ["## 1.0.0 - 2026-01-01"]);
    let coming = [
        "--unreleased",
        "--as",
        "1.1.0",
        "--now",
        "2026-11-20T23:30:00-05:00",
        "--style",
        "conventional",
    ];
    assert_eq!(titles(&coming), ["## 1.1.0 (2026-11-21)"]);
}

#[test]
fn parts_that_are_not_there_are_an_error() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    for arguments in [
        &["--latest"][..],
        &["--release", "9.9.9"],
        &["nowhere.."],
        &["HEAD"],
    ] {
        fails(&sandbox, &[&["changelog"], arguments].concat());
    }
}

#[test]
fn range_agrees_with_git() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "-b", "side", "v1.0.0"]);
    sandbox.commit("fix: side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "Merge branch 'side'",
        "side",
    ]);
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["next", "--format", "json"]).stdout).unwrap();
    let ids: Vec<&str> = json["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|commit| commit["id"].as_str().unwrap())
        .collect();
    let git = sandbox.git(&["rev-list", "--topo-order", "v1.0.0..HEAD"]);
    let (mut ours, mut theirs) = (ids.clone(), git.lines().collect::<Vec<_>>());
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tags_are_those_that_git_lists(steps in proptest::collection::vec((0..8_u8, 0..4_u8), 1..16)) {
        let sandbox = released();
        sandbox.git(&["tag", "--annotate", "--message=x", "inner"]);
        for (what, which) in steps {
            let tag = ["v1.0.0", "v1.1.0", "core/v1.0.0", "core/v2.0.0"][usize::from(which)];
            let reference = format!("refs/tags/{tag}");
            match what {
                0 => sandbox.git(&["tag", "--force", tag]),
                1 => sandbox.git(&["tag", "--force", "--annotate", "--message=x", tag]),
                2 => sandbox.git(&["tag", "--force", "--annotate", "--message=x", "outer", "inner"]),
                3 => sandbox.git(&["pack-refs", "--all"]),
                4 => sandbox.git(&["update-ref", "-d", &reference]),
                5 => sandbox.git(&["symbolic-ref", "refs/tags/newest", &reference]),
                6 => sandbox.commit("fix: more"),
                _ => sandbox.git(&["tag", "--force", "v1.0.0", "HEAD~1"]),
            };
            prop_assert_eq!(tags(&sandbox), sandbox.git(&["for-each-ref", FORMAT, "refs/tags"]));
        }
    }
}

/// A tag's name and the commit that it leads to, through all tags between.
const FORMAT: &str = "--format=%(refname:strip=2) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)";

/// The tags as the library reads them, in git's words.
fn tags(sandbox: &Sandbox) -> String {
    let repository = Repository::discover(&sandbox.path()).unwrap();
    let history = repository.history().unwrap();
    let names = history.tag_names().unwrap();
    let line =
        |name: Cow<'_, str>| format!("{name} {}", history.tag_commit(&name).unwrap().unwrap());
    names.map(line).collect::<Vec<_>>().join("\n")
}

fn bytes_below(folder: &Path) -> String {
    let listing = Command::new("sh")
        .arg("-c")
        .arg("find . -type f -exec sha256sum {} + | sort")
        .current_dir(folder)
        .output();
    String::from_utf8(listing.unwrap().stdout).unwrap()
}

#[test]
fn a_bump_below_a_prerelease_is_a_warning() {
    let sandbox = released();
    sandbox.commit("feat!: third");
    sandbox.git(&["tag", "v2.0.0-rc.1"]);
    sandbox.commit("fix: fourth");
    let output = sandbox.tollgate(&["next", "--bump", "minor"]);
    assert_eq!(stdout(&output), "2.0.0\n");
    let warning = "warning: the next version is 2.0.0, higher than `--bump minor` gives\n";
    assert!(stderr(&output).starts_with(warning), "{}", stderr(&output));
}

#[test]
fn a_number_that_cannot_be_increased_is_explained() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v18446744073709551615.0.0"]);
    sandbox.commit("feat!: second");
    let reason = "the major number of 18446744073709551615.0.0 is already the highest possible";
    assert!(
        fails(&sandbox, &["next"])
            .starts_with(&format!("error: the next version is unknown: {reason}\n"))
    );
    let explained = sandbox.tollgate(&["explain"]);
    let expected = format!("Next version: unknown\n  - {reason}\n");
    assert!(
        stdout(&explained).starts_with(&expected),
        "{}",
        stdout(&explained)
    );
}
