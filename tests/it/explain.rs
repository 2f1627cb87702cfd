//! `tollgate explain` and the overrides that it shows, on real repositories.

use serde_json::Value;

use crate::sandbox::{Sandbox, stderr, stdout, warnings};
use crate::scenario::assert_contains;

/// A repository with `v1.0.0` on its first commit.
fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox
}

fn explained(sandbox: &Sandbox) -> String {
    let output = sandbox.tollgate(&["explain"]);
    assert_eq!(
        (output.status.code(), warnings(&output).as_str()),
        (Some(0), "")
    );
    stdout(&output).to_owned()
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let output = sandbox.tollgate(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)))
}

#[test]
fn every_setting_that_decides_is_shown_with_its_line() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v0.1.0"]);
    sandbox.commit("deps(api)!: drop the old client");
    sandbox.commit("Deps: bump x");
    sandbox.commit("fix: y");
    sandbox.write(
        "tollgate.toml",
        "zero_breaking = \"minor\"\n\n[bumps]\ndeps = \"patch\"\n",
    );
    let text = explained(&sandbox);
    let rules = text.split("Settings:\n").nth(1).unwrap();
    assert_eq!(
        rules,
        "  breaking change  major  default\n  \
           \u{20} below 1.0.0    minor  tollgate.toml:1  zero_breaking = \"minor\"\n  \
           deps             patch  tollgate.toml:4  [bumps] deps = \"patch\"\n  \
           fix              patch  default\n"
    );
    assert!(
        text.starts_with(
            "Next version: 0.2.0 (minor bump; below 1.0.0, the rules for 0.x apply)\n"
        ),
        "{text}"
    );
    let rule = &json(&sandbox, &["explain"])["commits"][1]["setting"];
    assert_eq!(
        *rule,
        serde_json::json!({ "key": "bumps.deps", "file": "tollgate.toml", "line": 4 })
    );
}

#[test]
fn reverts_are_explained_from_both_sides() {
    let sandbox = released();
    let feature = sandbox.commit("feat: a");
    let revert = sandbox.commit(&format!(
        "Revert \"feat: a\"\n\nThis reverts commit {feature}.\n"
    ));
    let text = explained(&sandbox);
    assert_contains(&text, format!("feat: a  [reverted by {}]\n", &revert[..10]));
    assert_contains(&text, format!("[reverts {}]\n", &feature[..10]));
    let commits = &json(&sandbox, &["explain"])["commits"];
    assert_eq!(
        (&commits[0]["reverts"][0], &commits[1]["reverted_by"][0]),
        (&feature.into(), &revert.into())
    );
}

#[test]
fn overrides_apply_to_version_and_changelog() {
    let sandbox = released();
    let (vague, wrong) = (
        sandbox.commit("wip"),
        sandbox.commit("feat!: an experiment"),
    );
    let config = format!(
        "[[override]]\ncommit = \"{}\"\nmessage = \"feat: keep carts\"\n\n[[override]]\ncommit = \"{}\"\nskip = \"never ran\"\n\n\
         [[override]]\ncommit = \"0000000\"\nbump = \"none\"\n",
        &vague[..7],
        &wrong[..12]
    );
    sandbox.write("tollgate.toml", config);
    let text = explained(&sandbox);
    assert!(
        text.starts_with("Next version: 1.1.0 (minor bump)\n"),
        "{text}"
    );
    assert_contains(
        &text,
        "minor  feat: keep carts  [override tollgate.toml:2, reworded]\n",
    );
    assert_contains(
        &text,
        "none   feat!: an experiment  [override tollgate.toml:6, skipped: never ran]\n",
    );
    assert!(
        text.ends_with("\nOverrides that match no commit in this range: 0000000\n"),
        "{text}"
    );
    let commits = &json(&sandbox, &["explain"])["commits"];
    assert_eq!(
        (&commits[0]["reason"], &commits[1]["reason"]),
        (&"override".into(), &"override".into())
    );
    assert_eq!(
        (
            &commits[0]["override"]["skip"],
            &commits[1]["override"]["line"]
        ),
        (&"never ran".into(), &2.into())
    );
    let changelog = sandbox.tollgate(&["changelog", "--unreleased"]);
    let expected = format!(
        "## Unreleased\n\n### Added\n\n- keep carts ({})\n",
        &vague[..10]
    );
    assert_eq!(stdout(&changelog), expected);
}

#[test]
fn malformed_override_is_shown_at_its_place() {
    let sandbox = released();
    sandbox.write(
        "tollgate.toml",
        "[[override]]\ncommit = \"xyz\"\nbump = \"none\"\n",
    );
    let output = sandbox.tollgate(&["next"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_contains(stderr(&output), "`xyz` is not a valid commit ID");
}

/// Three releases, the second of them a patch although it brings a feature.
fn three_releases() -> Sandbox {
    let sandbox = released();
    sandbox.commit("feat: second");
    sandbox.git(&["tag", "v1.0.1"]);
    sandbox.commit("fix: third");
    sandbox.git(&["tag", "v1.1.0"]);
    sandbox
}

#[test]
fn an_old_version_is_recomputed_as_of_its_tag() {
    let sandbox = three_releases();
    let output = sandbox.tollgate(&["explain", "v1.0.1"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    let text = stdout(&output);
    assert!(
        text.starts_with(
            "Version 1.0.1: the version computed from its commits is 1.1.0\nBase: 1.0.0 "
        ),
        "{text}"
    );
    assert!(!text.contains("descend"), "{text}");
    let json = json(&sandbox, &["explain", "v1.0.1"]);
    assert_eq!(
        (&json["next"], &json["explained_tag"]["version"]),
        (&"1.1.0".into(), &"1.0.1".into())
    );
}

#[test]
fn old_version_confirmed_by_its_commits() {
    let text = stdout(&three_releases().tollgate(&["explain", "1.1.0"])).to_owned();
    assert!(
        text.starts_with("Version 1.1.0: the version computed from its commits is 1.0.2\n"),
        "{text}"
    );
    let first = stdout(&released().tollgate(&["explain", "v1.0.0"])).to_owned();
    let expected = "Version 1.0.0: there is no earlier version to compute it from\n\
                    Base: none (no earlier stable version tag with prefix `v` is reachable from `v1.0.0`)\n";
    assert!(first.starts_with(expected), "{first}");
}

#[test]
fn candidates_are_refused_with_their_commits() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "-b", "next"]);
    let elsewhere = sandbox.commit("feat!: second");
    sandbox.git(&["tag", "v2.0.0"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.commit("fix: third");
    let output = sandbox.tollgate(&["explain"]);
    let refused = format!(
        "      not `v2.0.0` on {}: not reachable from HEAD\n",
        &elsewhere[..10]
    );
    assert_contains(stdout(&output), &refused);
}

#[test]
fn lines_that_do_not_count_are_listed() {
    let sandbox = released();
    let squash = sandbox.commit(
        "fix: the pool (#12)\n\n* feat: add ports\n\n* fix: close files\n\nRelease-As: 3.0.0\n",
    );
    let text = explained(&sandbox);
    let short = &squash[..10];
    assert!(
        text.starts_with("Next version: 1.0.1 (patch bump)\n"),
        "{text}"
    );
    let body =
        format!("  {short} `feat: add ports`: in the body: only the header of a commit counts\n");
    let footer = format!(
        "  {short} `Release-As: 3.0.0`: this footer is ignored; `--set-version` chooses a version\n"
    );
    assert_contains(
        &text,
        format!("Not counted:\n{body}{footer}To count what a body says"),
    );
    let ignored = &json(&sandbox, &["explain"])["ignored_lines"];
    assert_eq!(
        (&ignored[0]["kind"], &ignored[1]["text"]),
        (&"header-in-body".into(), &"3.0.0".into())
    );
}
