//! Versions in version files that differ from the tags, at a release and in `status`.

use serde_json::Value;

use crate::release::run;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

/// A repository released as `v1.3.0` with a fix after it, and with these files.
fn released(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    files
        .iter()
        .for_each(|(path, text)| sandbox.write(path, text));
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.3.0"]);
    sandbox.commit("fix: second");
    sandbox
}

#[test]
fn a_manifest_is_never_downgraded() {
    let manifest = "{\n  \"version\": \"4.2.0\"\n}\n";
    let sandbox = released(&[("package.json", manifest)]);
    let (code, out, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 1, "{told}");
    assert_contains(&out, "error[release/version-goes-back]");
    assert_contains(
        &out,
        "the release would lower the version from 4.2.0 to 1.3.1",
    );
    assert_contains(&out, "tollgate release --set-version 4.2.0");
    assert_eq!(
        (
            sandbox.read("package.json").as_str(),
            sandbox.git(&["tag"]).as_str()
        ),
        (manifest, "v1.3.0")
    );
}

#[test]
fn the_version_that_the_help_names_is_released() {
    let sandbox = released(&[("package.json", "{\"version\": \"4.2.0\"}")]);
    let (code, _, told) = run(&sandbox, &["--execute", "--set-version", "4.2.0"]);
    assert_eq!(
        (code, sandbox.git(&["tag"]).as_str()),
        (0, "v1.3.0\nv4.2.0"),
        "{told}"
    );
}

#[test]
fn a_lock_file_is_never_downgraded() {
    let sandbox = released(&[
        ("package.json", "{\"version\": \"1.3.0\"}"),
        (
            "package-lock.json",
            "{\"version\": \"9.0.0\", \"lockfileVersion\": 1}",
        ),
    ]);
    let (code, out, _) = run(&sandbox, &[]);
    assert_eq!(code, 1);
    assert!(
        out.contains("[release/version-goes-back]") && out.contains("package-lock.json"),
        "{out}"
    );
}

#[test]
fn a_spelling_of_python_is_never_downgraded() {
    let sandbox = released(&[("pyproject.toml", "[project]\nversion = \"2rc1\"\n")]);
    let (code, out, _) = run(&sandbox, &[]);
    assert_eq!(code, 1);
    assert_contains(
        &out,
        "the release would lower the version from 2rc1 to 1.3.1",
    );
}

#[test]
fn a_version_found_by_a_pattern_is_never_downgraded() {
    let config =
        "[release]\nversion_files = [{ file = \"a.md\", pattern = 'x@(?<version>\\S+)' }]\n";
    let sandbox = released(&[("tollgate.toml", config), ("a.md", "x@1.4.0\n")]);
    let (code, out, _) = run(&sandbox, &[]);
    assert_eq!(code, 1);
    assert_contains(
        &out,
        "the release would lower the version from 1.4.0 to 1.3.1",
    );
}

#[test]
fn a_version_without_its_tag_is_a_warning() {
    let sandbox = released(&[(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"1.4.0\"\n",
    )]);
    let (code, out, _) = run(&sandbox, &["--bump", "major"]);
    assert_eq!(code, 0, "{out}");
    assert_contains(&out, "warning[release/version-mismatch]");
    assert_contains(
        &out,
        "`Cargo.toml` has version 1.4.0, but the last release is 1.3.0",
    );
}

#[test]
fn a_version_raised_by_hand_is_no_warning() {
    let sandbox = released(&[(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"1.3.1\"\n",
    )]);
    let (code, out, _) = run(&sandbox, &[]);
    assert!(code == 0 && !out.contains("version-mismatch"), "{out}");
}

/// A Cargo workspace whose root has no version.
const WORKSPACE: &[(&str, &str)] = &[
    ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
    (
        "crates/a/Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    ),
];

#[test]
fn a_workspace_without_a_version_is_released() {
    let sandbox = released(WORKSPACE);
    let (code, out, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 0, "{out}{told}");
    assert_contains(&told, "`Cargo.toml` has no version to publish");
    assert_contains(&told, "version_files = [\"crates/a/Cargo.toml\"]");
    assert_eq!(
        sandbox.git(&["show", "--name-only", "--format=", "HEAD"]),
        "CHANGELOG.md"
    );
}

#[test]
fn help_for_workspace_shows_valid_configuration() {
    let sandbox = released(WORKSPACE);
    sandbox.write(
        "tollgate.toml",
        "[release]\nversion_files = [\"crates/a/Cargo.toml\"]\n",
    );
    sandbox.commit("fix: list the manifest");
    let (code, out, told) = run(&sandbox, &["--execute"]);
    assert_eq!(
        (code, told.contains("has no version")),
        (0, false),
        "{out}{told}"
    );
    assert!(
        sandbox
            .read("crates/a/Cargo.toml")
            .contains("version = \"1.3.1\"")
    );
}

#[test]
fn a_workspace_without_a_version_has_a_status() {
    let output = released(WORKSPACE).tollgate(&["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_contains(
        stdout(&output),
        "\nRelease      ready (run `tollgate release` to preview it)\n",
    );
    assert_contains(stderr(&output), "`Cargo.toml` has no version to publish");
}

#[test]
fn status_survives_a_manifest_that_cannot_be_read() {
    let sandbox = released(&[("package.json", "{\n")]);
    let output = sandbox.tollgate(&["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with("Current      1.3.0 (tag `v1.3.0`)\nNext         1.3.1 (patch bump)\n"),
        "{text}"
    );
    assert_contains(
        &text,
        "Release      blocked: `package.json`: the file ends in the middle of",
    );
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["status", "--format", "json"]).stdout).unwrap();
    assert!(
        json["plan_error"]
            .as_str()
            .unwrap()
            .starts_with("`package.json`: the file ends"),
        "{json}"
    );
}
