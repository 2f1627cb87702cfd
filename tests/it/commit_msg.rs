//! `tollgate commit-msg` as a hook: files, standard input, exit codes, and what Git does with a
//! message.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use tollgate::commit::{Cleanup, CleanupMode};

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

const LINT: [&str; 4] = ["--fail-on", "warning", "--format", "concise"];

fn lint(sandbox: &Sandbox, message: &[u8], arguments: &[&str]) -> Output {
    sandbox.write("message", message);
    sandbox.tollgate(&[&["commit-msg"], arguments, &["message"]].concat())
}

/// The rules that speak of a message.
fn rules(sandbox: &Sandbox, message: &[u8]) -> Vec<String> {
    let output = lint(sandbox, message, &LINT);
    let rule = |line: &str| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    stdout(&output).lines().filter_map(rule).collect()
}

fn script(sandbox: &Sandbox, path: &str, text: &str) -> String {
    sandbox.write(path, format!("#!/bin/sh\n{text}\n"));
    let path = sandbox.path().join(path);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A repository whose commits run the tool as their hook.
fn hooked() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    let hook = format!(
        "exec {} commit-msg --fail-on warning --format concise \"$1\"",
        env!("CARGO_BIN_EXE_tollgate")
    );
    script(&sandbox, ".git/hooks/commit-msg", &hook);
    sandbox
}

#[test]
fn a_conventional_message_passes_in_silence() {
    let output = lint(&Sandbox::new(), b"feat: a\n", &LINT);
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(0), "", "")
    );
}

#[test]
fn empty_message_is_left_to_git() {
    for message in ["", "\n# only a comment\n"] {
        let output = lint(&Sandbox::new(), message.as_bytes(), &[]);
        let hint =
            "the message is empty; Git aborts the commit unless you use `--allow-empty-message`\n";
        assert_eq!(
            (output.status.code(), stdout(&output), stderr(&output)),
            (Some(0), "", hint)
        );
    }
}

#[test]
fn a_message_that_fails_is_not_lost() {
    let output = lint(&Sandbox::new(), b"update\n", &LINT);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("message:1:1: warning[commit/unparsed] "),
        "{}",
        stdout(&output)
    );
    assert_contains(stderr(&output), "`git commit --edit --file=message`");
}

#[test]
fn the_help_comes_below_the_finding() {
    let sandbox = Sandbox::new();
    sandbox.write("message", "update\n");
    let line = format!(
        "{} commit-msg --fail-on warning message 2>&1",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let output = sandbox.command("sh").args(["-c", &line]).output().unwrap();
    let both = stdout(&output);
    let (finding, help) = (
        both.find("commit/unparsed").unwrap(),
        both.find("your message was saved").unwrap(),
    );
    assert!(finding < help, "{both}");
}

#[test]
fn the_command_that_is_shown_brings_the_message_back() {
    for folder in ["", "a b"] {
        let sandbox = hooked();
        sandbox.write("a b/file", "x");
        sandbox.git(&["add", "--all"]);
        let commit = |arguments: &[&str]| {
            let mut git = sandbox.command("git");
            git.current_dir(sandbox.path().join(folder))
                .arg("commit")
                .args(arguments)
                .output()
                .unwrap()
        };
        let refused = commit(&["--quiet", "--message", "it's mended"]);
        assert_eq!(refused.status.code(), Some(1));
        let shown = stderr(&refused).split('`').nth(1).unwrap().to_owned();
        let editor = script(
            &sandbox,
            ".git/editor",
            "sed -i \"s/^it's mended/fix: mend it/\" \"$1\"",
        );
        let mut shell = sandbox.command("sh");
        let shell = shell
            .current_dir(sandbox.path().join(folder))
            .args(["-c", &shown])
            .env("GIT_EDITOR", editor);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{shown}: {}", stderr(&output));
        assert_eq!(
            sandbox.git(&["show", "--no-patch", "--format=%s"]),
            "fix: mend it"
        );
    }
}

#[test]
fn it_finds_the_message_in_a_work_tree_of_its_own() {
    let sandbox = hooked();
    sandbox.git(&["worktree", "add", "--quiet", "../other"]);
    let mut git = sandbox.command("git");
    let git = git.current_dir(sandbox.path().join("../other")).args([
        "commit",
        "--allow-empty",
        "--message",
        "wip",
    ]);
    let output = git.output().unwrap();
    assert_contains(stderr(&output), "/.git/worktrees/other/COMMIT_EDITMSG`\n");
}

#[test]
fn the_comment_character_of_the_repository_counts() {
    let sandbox = Sandbox::new();
    for (key, value, comment) in [
        ("core.commentChar", ";", ";"),
        ("core.commentString", "//", "//"),
        ("core.commentChar", "auto", "#"),
    ] {
        sandbox.git(&["config", key, value]);
        let message = format!("{comment} not a header\nfeat: a\n{comment} the end\n");
        assert_eq!(rules(&sandbox, message.as_bytes()), [""; 0], "{value}");
        sandbox.git(&["config", "--unset", key]);
    }
}

#[test]
fn automatic_comment_character_is_detected() {
    let sandbox = hooked();
    sandbox.git(&["config", "core.commentChar", "auto"]);
    let editor = script(&sandbox, ".git/editor", "grep -q '^; Please enter' \"$1\"");
    let commit = |message: &str| {
        let mut git = sandbox.command("git");
        let git = git.args([
            "commit",
            "--quiet",
            "--allow-empty",
            "--edit",
            "--message",
            message,
        ]);
        git.env("GIT_EDITOR", &editor).output().unwrap()
    };
    let output = commit("feat: x\n\n#1 is mended");
    assert_success(&output);
    assert_eq!(
        sandbox.git(&["show", "--no-patch", "--format=%B"]),
        "feat: x\n\n#1 is mended"
    );
    let output = commit("#1 is no header");
    // Git hands the standard output of hooks on as its standard error.
    assert_contains(
        stderr(&output),
        "COMMIT_EDITMSG:1:1: warning[commit/unparsed]",
    );
}

#[test]
fn without_an_editor_a_number_sign_begins_no_comment() {
    let sandbox = hooked();
    let mut git = sandbox.command("git");
    let output = git
        .args([
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            "#12: mend it",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_contains(stderr(&output), "warning[commit/unparsed]");
}

#[test]
fn what_git_writes_itself_passes() {
    let sandbox = hooked();
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("a", "1");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "feat: side"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "feat: main",
    ]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "--no-edit", "side"]);
    sandbox.git(&["revert", "--no-edit", "--mainline", "1", "HEAD"]);
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    for kind in ["fixup", "squash"] {
        sandbox.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--no-edit",
            &format!("--{kind}=HEAD"),
        ]);
    }
    sandbox.git(&["checkout", "--quiet", "-b", "third", "HEAD~6"]);
    sandbox.git(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "feat: third",
    ]);
    sandbox.git(&["merge", "--quiet", "--message", "bring the side in", "side"]);
    assert_eq!(
        sandbox
            .git(&["show", "--no-patch", "--format=%s %p"])
            .split(' ')
            .count(),
        6
    );
}

#[test]
fn what_the_hook_sees_is_what_git_stores() {
    let texts = [
        "feat: x\n\nbody  \n# comment\n\n\n\nmore\t\n\n",
        "\n\n#\n# a\nfeat: x\r\n\r\nbody\r\n",
        "  feat: x\n #kept\n#gone\nlast",
        "feat: x\n# ------------------------ >8 ------------------------\ndiff --git a b\n",
        "feat: x\n\n# ------------------------ >8 -----\nkept\n",
    ];
    let modes = [
        ("strip", CleanupMode::Strip),
        ("whitespace", CleanupMode::Whitespace),
        ("verbatim", CleanupMode::Verbatim),
        ("scissors", CleanupMode::Whitespace),
    ];
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    let editor = script(&sandbox, ".git/editor", "cp .git/text \"$1\"");
    for text in texts {
        for (word, mode) in modes {
            sandbox.write(".git/text", text);
            let mut git = sandbox.command("git");
            let git = git.args([
                "commit",
                "--quiet",
                "--allow-empty",
                "--verbose",
                &format!("--cleanup={word}"),
            ]);
            assert!(
                git.env("GIT_EDITOR", &editor)
                    .output()
                    .unwrap()
                    .status
                    .success()
            );
            let object = sandbox.git(&["cat-file", "commit", "HEAD"]);
            let stored = object.split_once("\n\n").unwrap().1;
            let cleanup = Cleanup {
                mode,
                comment: "#".into(),
            };
            let ours: Vec<&str> = cleanup
                .lines(text)
                .into_iter()
                .map(|line| line.text)
                .collect();
            assert_eq!(ours.join("\n").trim_end(), stored, "{word}: {text:?}");
        }
    }
}

#[test]
fn a_ticket_that_is_named_must_be_there() {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool-40.toml", "state = \"closed\"");
    let message = b"fix: x\n\nChange: pool-40\nChange: pool-4\n";
    assert_eq!(rules(&sandbox, message), ["commit/unknown-ticket"]);
    sandbox.commit("chore: close");
    assert_eq!(
        rules(&sandbox, message),
        ["commit/unknown-ticket", "commit/unknown-ticket"]
    );
}

#[test]
fn standard_input_is_a_message_too() {
    let output = Sandbox::new().tollgate_with_input(
        &["commit-msg", "--format", "concise", "-"],
        b"\xef\xbb\xbffaet: a\r\n",
    );
    assert_contains(stdout(&output), "<stdin>:1:1: warning[commit/unknown-type]");
}

#[test]
fn message_encoding_is_respected_or_reported() {
    let sandbox = Sandbox::new();
    assert_eq!(rules(&sandbox, b"feat: caf\xe9\n"), ["commit/malformed"]);
    sandbox.git(&["config", "i18n.commitEncoding", "ISO-8859-1"]);
    assert_eq!(rules(&sandbox, b"feat: caf\xe9\n"), [""; 0]);
}

#[test]
fn an_empty_message_is_gits_business() {
    assert_eq!(rules(&Sandbox::new(), b""), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.tollgate(&["commit-msg", "nowhere"]).status.code(),
        Some(2)
    );
    let output = lint(&sandbox, &vec![b'x'; 100 << 20], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "`message` has more than 1048576 bytes");
}

#[test]
fn selection_that_checks_no_message_is_reported() {
    let sandbox = Sandbox::new();
    let output = lint(&sandbox, b"bad\n", &["--select", "content/*"]);
    assert_contains(
        stderr(&output),
        "none of the selected rules is about commit messages",
    );
    let output = lint(&sandbox, b"feat: x\n", &["--select", "commit/*"]);
    assert_eq!(stderr(&output), "");
}
