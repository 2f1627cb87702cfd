//! The file that describes a release as a whole: its check, and what a release does with it.

use crate::check::code;
use crate::release::{assert_clean, package};
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

const NEXT: &str = "releases/next.toml";

fn sandbox(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox
}

#[test]
fn check_includes_release_files() {
    let sandbox = sandbox(&[
        (NEXT, "decidr = \"lee\"\n"),
        ("releases/1.2.3.toml", "zone = \"Europe/Berlin\"\n"),
    ]);
    let output = sandbox.tollgate(&["check", "--show-files"]);
    let files = "releases/1.2.3.toml\nreleases/next.toml\n";
    assert_eq!((code(&output), stdout(&output)), (0, files));
    let output = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(code(&output), 1);
    assert_contains(
        stdout(&output),
        "releases/next.toml:1:1: error[release/invalid-file] unknown key `decidr`",
    );
    let output = sandbox.tollgate(&["check", "releases/1.2.3.toml"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "1 release file checked, no problems found\n", "")
    );
}

#[test]
fn named_directory_and_standard_input_are_checked() {
    let sandbox = sandbox(&[(NEXT, "decidr = \"lee\"\n")]);
    let output = sandbox.tollgate(&["check", "releases", "--format", "concise"]);
    assert_contains(stdout(&output), "error[release/invalid-file]");
    let output =
        sandbox.tollgate_with_input(&["check", "--stdin-filename", NEXT, "-"], b"items = 1\n");
    assert_contains(stdout(&output), "error[release/invalid-file]");
}

/// A package with a change to release, and the file of its coming release.
pub(crate) fn package_with_release_file() -> Sandbox {
    let sandbox = package();
    sandbox.write(NEXT, "decider = \"lee\"\n");
    sandbox.commit("chore: plan the release");
    sandbox
}

fn execute(sandbox: &Sandbox) {
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn dry_run_shows_the_rename() {
    let sandbox = package_with_release_file();
    let output = sandbox.tollgate(&["release"]);
    assert_contains(
        stdout(&output),
        "  renamed  releases/next.toml → releases/1.3.0.toml\n",
    );
    let output = sandbox.tollgate(&["release", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    let files = document["plan"]["files"].as_array().unwrap();
    let renamed = files.iter().find(|file| file["change"] == "renamed");
    assert_eq!(
        renamed.unwrap(),
        &serde_json::json!({
            "path": "releases/1.3.0.toml",
            "change": "renamed",
            "renamed_from": NEXT,
            "replacements": [],
        })
    );
    assert!(sandbox.path().join(NEXT).exists());
}

#[test]
fn release_renames_the_file_and_verify_agrees() {
    let sandbox = package_with_release_file();
    execute(&sandbox);
    assert_clean(&sandbox);
    assert!(!sandbox.path().join(NEXT).exists());
    assert_eq!(sandbox.read("releases/1.3.0.toml"), "decider = \"lee\"\n");
    let changed = sandbox.git(&["diff-tree", "--name-status", "-r", "HEAD~", "HEAD"]);
    assert_eq!(
        changed,
        "A\tCHANGELOG.md\nM\tCargo.lock\nM\tCargo.toml\nA\treleases/1.3.0.toml\nD\treleases/next.toml"
    );
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn verify_reports_a_release_file_that_was_kept() {
    let sandbox = package_with_release_file();
    execute(&sandbox);
    let message = sandbox.git(&["cat-file", "tag", "v1.3.0"]);
    let (_, message) = message.split_once("\n\n").unwrap();
    sandbox.write(NEXT, "decider = \"lee\"\n");
    sandbox.git(&["add", NEXT]);
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["tag", "--annotate", "--message", message, "v1.3.0"]);
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 1);
    assert_contains(
        stdout(&output),
        "the release renames this file, but the commit keeps it",
    );
}

#[test]
fn pre_release_keeps_the_file() {
    let sandbox = package_with_release_file();
    let output = sandbox.tollgate(&["release", "--execute", "--pre", "rc"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(sandbox.path().join(NEXT).exists());
    execute(&sandbox);
    assert!(!sandbox.path().join(NEXT).exists());
    assert_eq!(code(&sandbox.tollgate(&["verify", "v1.3.0-rc.1"])), 0);
}

#[test]
fn existing_file_of_the_version_blocks_the_release() {
    let sandbox = package_with_release_file();
    sandbox.write("releases/1.3.0.toml", "");
    sandbox.commit("chore: plan it twice");
    let output = sandbox.tollgate(&["release"]);
    assert_eq!(code(&output), 1);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_contains(&text, "release/file-exists");
    assert_contains(&text, "git rm releases/1.3.0.toml");
}

#[test]
fn invalid_release_file_blocks_the_release() {
    let sandbox = package();
    sandbox.write(NEXT, "decidr = \"lee\"\n");
    sandbox.commit("chore: plan the release");
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(code(&output), 1);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_contains(&text, "unknown key `decidr`");
}

#[test]
fn file_or_link_named_releases_is_left_alone() {
    let sandbox = package();
    sandbox.write("releases", "not a directory");
    sandbox.commit("docs: list the releases");
    execute(&sandbox);
    assert_clean(&sandbox);
}

#[test]
fn released_packages_rename_their_own_files() {
    let sandbox = Sandbox::new();
    let package = |name| format!("[[package]]\nname = \"{name}\"\npaths = [\"{name}/**\"]\n");
    let config = ["core", "cart"].map(package).concat();
    sandbox.write("tollgate.toml", config);
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "core-v1.0.0"]);
    sandbox.git(&["tag", "cart-v1.0.0"]);
    sandbox.write("releases/core/next.toml", "");
    sandbox.write("releases/cart/next.toml", "");
    sandbox.write("core/a", "");
    sandbox.commit("feat: add a");
    execute(&sandbox);
    assert_clean(&sandbox);
    let files = sandbox.git(&["ls-files", "releases"]);
    assert_eq!(files, "releases/cart/next.toml\nreleases/core/1.1.0.toml");
    assert_eq!(code(&sandbox.tollgate(&["verify", "core-v1.1.0"])), 0);
}
