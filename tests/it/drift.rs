//! Sections of the changelog that were changed after their release.

use crate::sandbox::{Sandbox, stdout};
use crate::scenario::assert_success;

fn release(sandbox: &Sandbox) {
    let output = sandbox.tollgate(&["release", "--execute", "--now", "2026-02-03T04:05:06Z"]);
    assert_success(&output);
}

/// 0.1.0, and a fix after it.
fn followed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: raise the pool");
    release(&sandbox);
    sandbox.commit("fix: raise it by one");
    sandbox
}

/// What a release would be told: rule, file, message.
fn findings(sandbox: &Sandbox) -> Vec<String> {
    let output = sandbox.tollgate(&[
        "release",
        "--format",
        "json",
        "--now",
        "2026-02-04T04:05:06Z",
    ]);
    let document: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    let of = |finding: &serde_json::Value, key: &str| {
        finding[key].as_str().unwrap_or_default().to_owned()
    };
    let findings = document["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| of(finding, "rule").starts_with("release/"));
    findings
        .map(|finding| {
            format!(
                "{} {}: {}",
                of(finding, "rule"),
                of(finding, "path"),
                of(finding, "message")
            )
        })
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn section_changed_after_release_is_reported() {
    let sandbox = followed();
    let text = sandbox.read("CHANGELOG.md");
    sandbox.write(
        "CHANGELOG.md",
        text.replace("# Changelog", "# All changes")
            .replace("\n", "\r\n"),
    );
    sandbox.commit("docs: say it otherwise around the section");
    assert_eq!(findings(&sandbox), NOTHING);
    sandbox.write(
        "CHANGELOG.md",
        text.replace("raise the pool", "raise the pool a little"),
    );
    sandbox.commit("docs: belittle it");
    let drift = "release/changelog-drift CHANGELOG.md: the changelog section of `v0.1.0` changed after the release";
    assert_eq!(findings(&sandbox), [drift]);
    release(&sandbox);
}

#[test]
fn hand_written_notes_belong_to_the_release() {
    let sandbox = followed();
    sandbox.tollgate(&["changelog", "--write"]);
    let text = sandbox.read("CHANGELOG.md").replace(
        "raise it by one",
        "raise it to 41, at the request of billing",
    );
    sandbox.write("CHANGELOG.md", text);
    sandbox.commit("docs: say it better");
    release(&sandbox);
    sandbox.commit("fix: go on");
    assert_eq!(findings(&sandbox), NOTHING);
}

#[test]
fn hand_made_tags_record_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n- by hand\n");
    sandbox.commit("feat: begin\n\nChange: nothing");
    sandbox.git(&[
        "tag",
        "-a",
        "v0.1.0",
        "-m",
        "v0.1.0\n\nChangelog: sha256:0\nTicket: x -",
    ]);
    sandbox.commit("fix: go on");
    assert_eq!(findings(&sandbox), NOTHING);
}
