//! Stamps release builds with the commit that they are made from, for `tollgate --version`.
//!
//! A build without `.git`, such as one from a registry, has the bare version. A debug build has no
//! commit: with one, every commit would compile the whole crate again. Nothing is fetched; without
//! the program `git` the commit is left out.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its environment and runs git"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let is_release_build = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let text = match (root.join(".git").exists(), is_release_build) {
        (false, _) => version,
        (true, false) => unreleased(&version),
        (true, true) => with_commit(&version, &root),
    };
    println!("cargo:rustc-env=TOLLGATE_VERSION={text}");
}

/// The version with its commit; one that is not tagged is marked as unreleased.
fn with_commit(version: &str, root: &Path) -> String {
    for file in [
        "HEAD".to_owned(),
        "packed-refs".to_owned(),
        "refs/tags".to_owned(),
    ]
    .into_iter()
    .chain(current_branch(root))
    {
        watch(&file, root);
    }
    let tag = format!("v{version}");
    let is_tagged = git(root, &["tag", "--points-at", "HEAD"])
        .is_some_and(|tags| tags.lines().any(|name| name == tag));
    let version = if is_tagged {
        version.to_owned()
    } else {
        unreleased(version)
    };
    match git(root, &["log", "-1", "--format=%h %cs"]) {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    }
}

/// The version of a build that is not a release.
///
/// A manifest that names a pre-release, such as 0.1.0-dev, says so by itself. Otherwise it names
/// the last release; which version comes next depends on the commits, so that `+dev` says "after
/// that release".
fn unreleased(version: &str) -> String {
    if version.contains('-') {
        version.to_owned()
    } else {
        format!("{version}+dev")
    }
}

/// The branch that HEAD is on, by its full name.
fn current_branch(root: &Path) -> Option<String> {
    git(root, &["symbolic-ref", "--quiet", "HEAD"])
}

/// Runs this script again once a file of the repository changes; one that does not exist would run
/// it every time.
fn watch(file: &str, root: &Path) {
    let path = git(root, &["rev-parse", "--git-path", file]).map(|path| root.join(path));
    if let Some(path) = path.filter(|path| path.exists()) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
