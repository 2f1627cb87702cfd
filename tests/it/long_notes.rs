//! Releases whose notes, or whose commits, are longer than a tag can hold.

use std::fmt::Write as _;

use crate::sandbox::{Sandbox, next, released, stderr, stdout};
use crate::scenario::{assert_contains, assert_success, with_input};

/// A repository of so many commits, each with a subject of so many bytes.
fn history(commits: usize, subject: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut stream = String::new();
    for number in 0..commits {
        let message = format!("fix: {number:0width$}", width = subject - 5);
        let who = format!("Ada <ada@example.com> {} +0000", 1_767_225_600 + number);
        writeln!(
            stream,
            "commit refs/heads/main\ncommitter {who}\ndata {}\n{message}",
            message.len()
        )
        .unwrap();
    }
    let mut import = sandbox.command("git");
    import.args(["fast-import", "--quiet"]);
    assert!(with_input(import, stream).status.success());
    sandbox.git(&["reset", "--quiet", "--hard"]);
    sandbox
}

fn release(sandbox: &Sandbox) {
    let output = sandbox.tollgate(&[
        "release",
        "--execute",
        "--quiet",
        "--now",
        "2026-02-03T04:05:06Z",
    ]);
    assert_success(&output);
}

#[test]
fn long_notes_are_shortened_in_the_tag_and_verify() {
    let sandbox = history(2_000, 600);
    release(&sandbox);
    let tag = sandbox.git(&["cat-file", "tag", "v0.1.0"]);
    assert!(tag.len() < 130_000, "{}", tag.len());
    assert_eq!(next(&sandbox), "0.1.0");
    let kept = tag.lines().filter(|line| line.starts_with("- ")).count();
    let left = format!(
        "\n\n{} entries are left out here; `CHANGELOG.md` has all of them.\n\nBranch: main\n",
        2_000 - kept
    );
    assert!(tag.contains(&left), "{left}: {}", &tag[tag.len() - 600..]);
    assert_eq!(
        sandbox
            .read("CHANGELOG.md")
            .lines()
            .filter(|line| line.starts_with("- "))
            .count(),
        2_000
    );
    let output = sandbox.tollgate(&["verify", "v0.1.0"]);
    assert!(output.status.success(), "{}", stdout(&output));
}

#[test]
fn shortened_notes_that_were_changed_differ() {
    let sandbox = history(300, 600);
    release(&sandbox);
    let tag = sandbox.git(&["cat-file", "tag", "v0.1.0"]) + "\n";
    let entry = tag.lines().find(|line| line.starts_with("- ")).unwrap();
    let count = tag
        .lines()
        .find(|line| line.contains("left out here"))
        .unwrap();
    let fewer = count.replace(count.split(' ').next().unwrap(), "1");
    for changed in [
        tag.replacen(&format!("{entry}\n"), "", 1),
        tag.replace(count, &fewer),
        tag.replace(count, ""),
    ] {
        sandbox.write(".git/changed", &changed);
        let id = sandbox.git(&["hash-object", "-t", "tag", "-w", ".git/changed"]);
        sandbox.git(&["update-ref", "refs/tags/v0.1.0", &id]);
        let output = sandbox.tollgate(&["verify", "v0.1.0"]);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert_contains(
            stdout(&output),
            "the notes in the tag do not match the release's commits",
        );
    }
}

#[test]
fn a_first_line_beyond_the_limit_stops_the_gate() {
    let sandbox = released();
    sandbox.branch("topic");
    sandbox.commit(&format!("fix: {}", "*".repeat(70_000)));
    let output = sandbox.tollgate(&["gate", "--base", "main", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("commit/malformed"),
        "{}",
        &stdout(&output)[..400]
    );
}

#[test]
fn release_with_a_long_first_line_can_be_read() {
    for way in [
        "[rules]\n\"commit/malformed\" = \"warning\"\n",
        "[[override]]\ncommit = \"ID\"\nmessage = \"fix: x\"\n",
    ] {
        let sandbox = released();
        sandbox.commit_with_long_message(&format!("fix: {}", "*".repeat(600_000)));
        let output = sandbox.tollgate(&["release", "--execute", "--format", "json"]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stdout(&output).contains("commit/malformed"));
        sandbox.write(
            "tollgate.toml",
            way.replace("ID", &sandbox.git(&["rev-parse", "HEAD"])),
        );
        sandbox.commit("chore: configure");
        release(&sandbox);
        assert!(sandbox.git(&["cat-file", "tag", "v1.1.0"]).len() < 10_000);
        assert_eq!(next(&sandbox), "1.1.0");
        let output = sandbox.tollgate(&["verify"]);
        assert!(output.status.success(), "{}", stdout(&output));
    }
}
