//! Repositories with packages, compared with Git.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tollgate::config::glob_set;

use crate::sandbox::{Sandbox, stderr, stdout, warnings};
use crate::scenario::assert_contains;

const CONFIG: &str = "[[package]]\nname = \"core\"\npaths = [\"core/**\"]\n\n\
                      [[package]]\nname = \"cli\"\npaths = [\"cli/**\"]\ndepends_on = [\"core\"]\n\n\
                      [[package]]\nname = \"docs\"\npaths = [\"**/*.md\"]\ntag_prefix = \"docs/\"\n";

/// Three packages at 1.0.0 and a fix of `core` after it.
fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", CONFIG);
    sandbox.write("core/a", "a");
    sandbox.write("cli/a.md", "a");
    sandbox.commit("feat: begin");
    for tag in ["core-v1.0.0", "cli-v1.0.0", "docs/1.0.0"] {
        sandbox.git(&["tag", tag]);
    }
    sandbox.write("core/b", "b");
    sandbox.commit("fix: second");
    sandbox
}

fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_eq!(
        (output.status.code(), warnings(&output).as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    stdout(&output).to_owned()
}

fn fails(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(2), ""),
        "{arguments:?}"
    );
    stderr(&output).to_owned()
}

#[test]
fn changelogs_of_packages_read_each_tag_once() {
    let sandbox = released();
    for arguments in [&["changelog"][..], &["changelog", "--unreleased"]] {
        let Some((output, calls)) = sandbox.system_calls("openat", arguments) else {
            return;
        };
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let file = "/refs/tags/core-v1.0.0\"";
        assert_eq!(calls.matches(file).count(), 1, "{arguments:?}: {calls}");
    }
}

#[test]
fn each_package_has_a_line() {
    let sandbox = released();
    assert_eq!(
        printed(&sandbox, &["next"]),
        "core 1.0.1\ncli 1.0.1\ndocs 1.0.0\n"
    );
    assert_eq!(
        printed(&sandbox, &["next", "--tag"]),
        "core-v1.0.1\ncli-v1.0.1\ndocs/1.0.0\n"
    );
    assert_eq!(
        printed(&sandbox, &["next", "--pre", "rc"]),
        "core 1.0.1-rc.1\ncli 1.0.1-rc.1\ndocs 1.0.0\n"
    );
    assert_eq!(
        printed(&sandbox, &["current"]),
        "core 1.0.0\ncli 1.0.0\ndocs 1.0.0\n"
    );
    let status = printed(&sandbox, &["status"]);
    assert_eq!(
        status,
        "PACKAGE  CURRENT  NEXT   UNRELEASED\n\
         core     1.0.0    1.0.1  1 commit, which affects the version\n\
         cli      1.0.0    1.0.1  no commits (released with `core`)\n\
         docs     1.0.0    -      no commits\n\nTickets      none\n\
         Release      ready (run `tollgate release` to preview it)\n"
    );
}

#[test]
fn one_package_is_answered_as_a_repository_is() {
    let sandbox = released();
    assert_eq!(printed(&sandbox, &["next", "--package", "cli"]), "1.0.1\n");
    assert_eq!(
        printed(
            &sandbox,
            &["next", "--package", "core", "--bump", "major", "--tag"]
        ),
        "core-v2.0.0\n"
    );
    assert_eq!(
        printed(&sandbox, &["current", "--package", "docs"]),
        "1.0.0\n"
    );
    assert!(fails(&sandbox, &["next", "--package", "clo"]).contains("did you mean `cli`?"));
    assert!(fails(&sandbox, &["next", "--set-version", "3.0.0"]).contains("`--package NAME`"));
    assert!(
        fails(&Sandbox::new(), &["current", "--package", "x"]).contains("there is no package `x`")
    );
}

#[test]
fn release_needs_one_releasable_package() {
    let sandbox = released();
    let code = |arguments: &[&str]| {
        sandbox
            .tollgate(&[&["next", "--require-release"], arguments].concat())
            .status
            .code()
    };
    assert_eq!(
        (
            code(&[]),
            code(&["--package", "cli"]),
            code(&["--package", "docs"])
        ),
        (Some(0), Some(0), Some(1))
    );
    sandbox.git(&["tag", "core-v1.0.1"]);
    assert_eq!(code(&[]), Some(1));
}

#[test]
fn a_package_without_a_version_has_no_line_in_current() {
    let sandbox = released();
    sandbox.git(&["tag", "--delete", "core-v1.0.0"]);
    assert_eq!(printed(&sandbox, &["current"]), "cli 1.0.0\ndocs 1.0.0\n");
    sandbox.git(&["tag", "--delete", "cli-v1.0.0", "docs/1.0.0"]);
    assert_eq!(sandbox.tollgate(&["current"]).status.code(), Some(1));
}

#[test]
fn explain_lists_packages_and_dependencies() {
    let sandbox = released();
    sandbox.write("core/c.md", "c");
    let both = sandbox.commit("feat: third");
    sandbox.write("x", "x");
    sandbox.commit("fix: of no package");
    let text = printed(&sandbox, &["explain"]);
    let cli = text.split("\n\nPackage ").nth(1).unwrap();
    assert!(
        cli.contains("`cli`\nNext version: 1.0.1 (patch bump)\n"),
        "{text}"
    );
    assert!(
        cli.contains("\nReleased with `core`, which it depends on (at least a patch)\n"),
        "{text}"
    );
    assert_contains(
        &text,
        format!("> {} minor  feat: third  [also in `docs`]\n", &both[..10]),
    );
    assert!(
        text.ends_with("\n1 commit since the last releases belongs to no package\n"),
        "{text}"
    );
    let json: Value =
        serde_json::from_str(&printed(&sandbox, &["explain", "--format", "json"])).unwrap();
    assert_eq!(
        json["packages"][0]["commits"][0]["packages"],
        serde_json::json!(["core", "docs"])
    );
    assert_eq!(
        (
            &json["packages"][1]["bumped_by"][0],
            &json["unassigned_commits"]
        ),
        (&"core".into(), &1.into())
    );
}

#[test]
fn an_old_version_of_a_package_is_found_by_its_tag() {
    let sandbox = released();
    sandbox.git(&["tag", "core-v1.0.1"]);
    sandbox.git(&["tag", "cli-v1.0.1"]);
    sandbox.write("core/c", "c");
    sandbox.commit("feat!: later");
    let text = printed(&sandbox, &["explain", "cli-v1.0.1"]);
    assert!(
        text.starts_with(
            "Package `cli`\nVersion 1.0.1 matches its commits (patch bump)\nBase: 1.0.0 "
        ),
        "{text}"
    );
    assert_contains(&text, "Released with `core`");
    assert!(
        printed(&sandbox, &["explain", "--package", "core", "1.0.1"])
            .starts_with("Package `core`\nVersion 1.0.1 matches its commits")
    );
    assert!(
        fails(&sandbox, &["explain", "core-v9.0.0"]).contains("neither a version tag nor a rule")
    );
    for command in ["explain", "verify"] {
        assert_contains(
            &fails(&sandbox, &[command, "1.0.1"]),
            "pass the tag `core-v1.0.1` or `cli-v1.0.1`",
        );
    }
}

#[test]
fn package_json_matches_its_schema() {
    let sandbox = released();
    let commands = [
        ("next", "next"),
        ("explain", "next"),
        ("current", "current"),
        ("status", "status"),
        ("changelog", "changelog"),
        ("changelog --unreleased", "changelog"),
        ("changelog --package core", "changelog"),
        ("next --package core", "next"),
        ("explain --package core", "next"),
        ("explain core-v1.0.0", "next"),
        ("current --package core", "current"),
    ];
    for (command, of) in commands {
        let arguments: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let document: Value = serde_json::from_slice(&sandbox.tollgate(&arguments).stdout).unwrap();
        let schema = serde_json::from_str(&printed(&sandbox, &["schema", of])).unwrap();
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{command}");
    }
}

#[test]
fn a_greater_version_elsewhere_is_warned_of_package_by_package() {
    let sandbox = released();
    sandbox.git(&["checkout", "--quiet", "-b", "next"]);
    sandbox.write("core/x", "x");
    sandbox.commit("feat!: x");
    sandbox.git(&["tag", "core-v2.0.0"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    let output = sandbox.tollgate(&["next"]);
    assert_eq!(stdout(&output), "core 1.0.1\ncli 1.0.1\ndocs 1.0.0\n");
    assert!(
        stderr(&output).starts_with("warning: tag `core-v2.0.0` is higher"),
        "{}",
        stderr(&output)
    );
    sandbox.git(&["tag", "core-v1.0.1", "next"]);
    assert!(
        fails(&sandbox, &["next"])
            .contains("package `core`: version `1.0.1` already exists: tag `core-v1.0.1`")
    );
}

#[test]
fn treeless_clone_is_refused_only_with_packages() {
    let sandbox = released();
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let origin = format!("file://{}", sandbox.path().display());
    sandbox.git(&[
        "clone",
        "--quiet",
        "--no-checkout",
        "--filter=tree:0",
        &origin,
        "../partial",
    ]);
    let config = sandbox.path().join("tollgate.toml");
    let with_packages = [
        "-C",
        "../partial",
        "--config",
        config.to_str().unwrap(),
        "next",
    ];
    let error = fails(&sandbox, &with_packages);
    let mends = "git fetch --refetch --filter=blob:none";
    assert!(error.contains("tree `") && error.contains(mends), "{error}");
    assert_eq!(printed(&sandbox, &["-C", "../partial", "next"]), "1.0.0\n");
    let arguments: Vec<&str> = mends.split(' ').skip(1).collect();
    sandbox.git(&[&["-C", "../partial"], &arguments[..], &["--quiet"]].concat());
    assert_eq!(
        printed(&sandbox, &with_packages),
        "core 1.0.1\ncli 1.0.1\ndocs 1.0.0\n"
    );
}

#[test]
fn each_package_has_a_changelog() {
    let sandbox = released();
    sandbox.write("cli/b", "b");
    let cli = sandbox.commit("feat: of cli");
    let changelog = printed(&sandbox, &["changelog", "--package", "cli", "--unreleased"]);
    assert_eq!(
        changelog,
        format!("## Unreleased\n\n### Added\n\n- of cli ({})\n", &cli[..10])
    );
    let core = printed(&sandbox, &["changelog", "--package", "core"]);
    let titles: Vec<&str> = core
        .lines()
        .filter(|line| line.starts_with('#') || line.starts_with("- "))
        .collect();
    assert!(
        titles[..3] == ["# Changelog", "## Unreleased", "### Fixed"]
            && titles[4] == "## 1.0.0 - 2026-01-01",
        "{core}"
    );
    assert!(
        fails(&sandbox, &["changelog", "--package", "cli", "--write"])
            .contains("has no `changelog`")
    );
    sandbox.write(
        "tollgate.toml",
        CONFIG.replace("\"cli\"\n", "\"cli\"\nchangelog = \"cli/NEWS.md\"\n"),
    );
    assert!(
        sandbox
            .tollgate(&["changelog", "--package", "cli", "--write"])
            .status
            .success()
    );
    assert!(sandbox.read("cli/NEWS.md").contains("- of cli"));
}

#[test]
fn the_changelog_of_each_package_is_printed() {
    let sandbox = released();
    sandbox.write("x", "x");
    sandbox.commit("feat: of no package");
    let output = sandbox.tollgate(&["changelog", "--unreleased"]);
    let second = sandbox.git(&["rev-parse", "HEAD~1"]);
    let expected = format!(
        "# core\n\n## Unreleased\n\n### Fixed\n\n- second ({})\n",
        &second[..10]
    );
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(0), &*expected)
    );
    let hint = "1 commit since the last releases belongs to no package and is in no changelog\n";
    assert_eq!(stderr(&output), hint);
    let whole = sandbox.tollgate(&["changelog"]);
    let titles: Vec<&str> = stdout(&whole)
        .lines()
        .filter(|line| line.starts_with("# "))
        .collect();
    assert_eq!(titles, ["# core", "# cli", "# docs"]);
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["changelog", "--format", "json"]).stdout)
            .unwrap();
    assert_eq!(
        (&json["packages"][0]["name"], &json["unassigned_commits"]),
        (&"core".into(), &1.into())
    );
    assert_eq!(
        json["packages"][0]["releases"][0]["commits"],
        serde_json::json!([second])
    );
}

#[test]
fn what_is_of_one_package_needs_its_name() {
    let sandbox = released();
    for arguments in [
        &["changelog", "--as", "2.0.0"][..],
        &["changelog", "--write", "NEWS.md"],
        &["changelog", "--style", "template"],
    ] {
        assert!(
            fails(&sandbox, arguments).contains("choose one with `--package NAME`"),
            "{arguments:?}"
        );
    }
    assert!(
        fails(&sandbox, &["changelog", "--release", "9.0.0"]).contains("there is no release 9.0.0")
    );
    assert!(!sandbox.path().join("NEWS.md").exists());
}

#[test]
fn the_changelog_of_each_package_is_written() {
    let sandbox = released();
    assert!(
        fails(&sandbox, &["changelog", "--write"])
            .contains("no package has a `changelog` in the configuration")
    );
    let named = |config: &str, package: &str| {
        config.replace(
            &format!("name = \"{package}\"\n"),
            &format!("name = \"{package}\"\nchangelog = \"{package}/NEWS.md\"\n"),
        )
    };
    sandbox.write("tollgate.toml", named(&named(CONFIG, "core"), "cli"));
    sandbox.write("cli/NEWS.md", "# News\n\nv1.0.0 - a day\n");
    assert!(fails(&sandbox, &["changelog", "--write"]).contains("looks like a release"));
    assert!(
        !sandbox.path().join("core/NEWS.md").exists(),
        "one refused file must leave all as they are"
    );
    sandbox.write("cli/NEWS.md", "# News\n\n## 1.0.0\n");
    let output = sandbox.tollgate(&["changelog", "--write"]);
    assert_eq!(
        stderr(&output),
        "Created core/NEWS.md\ncli/NEWS.md is already up to date\n\
         Skipped (no `changelog` in the configuration): `docs`\n"
    );
    assert!(
        sandbox
            .read("core/NEWS.md")
            .contains("## Unreleased\n\n### Fixed\n\n- second (")
    );
    assert!(!sandbox.path().join("CHANGELOG.md").exists());
}

/// A random number below `most`, the same in every run.
fn random(state: &mut u64, most: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % most
}

/// Sixty commits that write, move, remove and chmod files, on two branches that merge now and then.
fn random_history(sandbox: &Sandbox) {
    let state = &mut 7;
    for number in 0..60 {
        let folders = ["core", "core/deep", "cli", "cli/x", "docs", "."];
        for _ in 0..=random(state, 3) {
            let folder = folders[usize::try_from(random(state, 6)).unwrap()];
            let path = format!(
                "{folder}/{}{}",
                random(state, 5),
                [".md", "", ".rs"][usize::try_from(random(state, 3)).unwrap()]
            );
            let is_there = sandbox.path().join(&path).is_file();
            match random(state, 5) {
                0 if is_there => drop(sandbox.git(&["rm", "--quiet", "--force", &path])),
                1 if is_there => {
                    let target = format!(
                        "{}/moved{number}",
                        folders[usize::try_from(random(state, 6)).unwrap()]
                    );
                    let content = sandbox.read(&path);
                    sandbox.write(&target, content);
                    sandbox.git(&["rm", "--quiet", "--force", &path]);
                }
                2 if is_there => {
                    sandbox.git(&["add", "--all"]);
                    sandbox.git(&["update-index", "--chmod=+x", &path]);
                    sandbox.git(&["checkout-index", "--force", &path]);
                }
                _ => sandbox.write(&path, number.to_string()),
            }
        }
        sandbox.commit("fix: x");
        if number % 7 == 3 {
            sandbox.git(&["checkout", "--quiet", "-B", "side", "HEAD~2"]);
            sandbox.write(&format!("core/side{number}"), "x");
            sandbox.commit("feat: side");
            sandbox.git(&["checkout", "--quiet", "main"]);
            sandbox.git(&[
                "merge",
                "--quiet",
                "--no-ff",
                "-m",
                "Merge branch 'side'",
                "-X",
                "ours",
                "side",
            ]);
        }
    }
}

/// The packages of each commit by what git lists.
fn by_git(sandbox: &Sandbox, options: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let globs = [("core", "core/**"), ("cli", "cli/**"), ("docs", "**/*.md")];
    let log = sandbox.git(
        &[
            &["log", "--format=:%H", "--name-only", "--no-renames"],
            options,
        ]
        .concat(),
    );
    let mut commits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for commit in log.split(':').skip(1) {
        let mut lines = commit.lines().filter(|line| !line.is_empty());
        let packages = commits.entry(lines.next().unwrap().to_owned()).or_default();
        for path in lines {
            let owners = globs
                .iter()
                .filter(|(_, glob)| glob_set(&[glob]).unwrap().is_match(path));
            packages.extend(owners.map(|(name, _)| (*name).to_owned()));
        }
    }
    commits.retain(|_, packages| !packages.is_empty());
    commits
}

/// The packages of each commit by what the tool explains.
fn by_us(sandbox: &Sandbox) -> BTreeMap<String, BTreeSet<String>> {
    let json: Value =
        serde_json::from_str(&printed(sandbox, &["explain", "--format", "json"])).unwrap();
    let mut commits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in json["packages"].as_array().unwrap() {
        for commit in package["commits"].as_array().unwrap() {
            let packages = commits
                .entry(commit["id"].as_str().unwrap().to_owned())
                .or_default();
            packages.insert(package["name"].as_str().unwrap().to_owned());
        }
    }
    commits
}

#[test]
fn package_commits_agree_with_git() {
    let sandbox = Sandbox::new();
    random_history(&sandbox);
    sandbox.write("tollgate.toml", CONFIG);
    let ours = by_us(&sandbox);
    assert!(ours.len() > 40, "{}", ours.len());
    assert_eq!(ours, by_git(&sandbox, &["--no-merges"]));
    sandbox.write("tollgate.toml", format!("first_parent = true\n{CONFIG}"));
    assert_eq!(
        by_us(&sandbox),
        by_git(&sandbox, &["--first-parent", "--diff-merges=first-parent"])
    );
}
