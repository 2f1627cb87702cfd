//! `tollgate status` in real repositories.

use serde_json::Value;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

fn told_of() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/a.toml", "title = \"Update\"\n");
    sandbox.write("changes/b.toml", "state = \"proposed\"\n");
    sandbox.write("changes/c.toml", "state = [\n");
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.commit("fix: second");
    sandbox
}

#[test]
fn status_reads_each_tag_once() {
    let sandbox = told_of();
    sandbox.git(&["tag", "--annotate", "--message=x", "v0.9.0", "v1.0.0"]);
    let Some((_, calls)) = sandbox.system_calls("openat", &["status"]) else {
        return;
    };
    for tag in ["v0.9.0", "v1.0.0"] {
        let file = format!("/refs/tags/{tag}\"");
        assert_eq!(calls.matches(&file).count(), 1, "{tag}: {calls}");
    }
}

#[test]
fn status_lists_versions_tickets_and_blockers() {
    let sandbox = told_of();
    sandbox.write(
        "changes/b.toml",
        "state = \"proposed\"\ntitle = \"Pool to 40\"\n",
    );
    sandbox.commit("docs: third");
    let output = sandbox.tollgate(&["status"]);
    let text = stdout(&output);
    assert!(
        text.starts_with(
            "Current      1.0.0 (tag `v1.0.0`)\nNext         1.0.1 (patch bump)\nUnreleased   2 commits, 1 affects the version\n\
             Tickets      1 draft, 1 proposed, 1 invalid\nRelease      blocked by "
        ),
        "{text}{}",
        stderr(&output)
    );
    assert_contains(
        &text,
        "  changes/b.toml: `justification` is missing [ticket/missing-field]\n",
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn json_has_the_same_content() {
    let sandbox = told_of();
    let json: Value =
        serde_json::from_slice(&sandbox.tollgate(&["status", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        (&json["next"], &json["unreleased"]["affecting_version"]),
        (&Value::from("1.0.1"), &Value::from(1))
    );
    assert_eq!(json["tickets"].as_array().unwrap().len(), 3);
}

#[test]
fn only_a_prerelease_is_not_the_initial_version() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.2.3-rc.1"]);
    sandbox.commit("fix: second");
    let status = sandbox.tollgate(&["status"]);
    let expected = "Current      none; latest pre-release `v1.2.3-rc.1`\n\
                    Next         1.2.3 (from the pre-release `v1.2.3-rc.1`)\n";
    assert!(stdout(&status).starts_with(expected), "{}", stdout(&status));
    let explained = sandbox.tollgate(&["explain"]);
    let expected = "Next version: 1.2.3 (from the pre-release `v1.2.3-rc.1`)\nBase: none (no stable version tag";
    assert!(
        stdout(&explained).starts_with(expected),
        "{}",
        stdout(&explained)
    );
}

#[test]
fn status_works_without_tickets() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    let output = sandbox.tollgate(&["status"]);
    assert!(
        stdout(&output).contains("Tickets      none\n"),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
}
