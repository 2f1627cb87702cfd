//! `tollgate commit-msg` as a hook meets it: files, standard input, exit codes.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::sandbox::{Sandbox, stderr, stdout};

fn lint(sandbox: &Sandbox, message: &[u8], arguments: &[&str]) -> Output {
    sandbox.write("message", message);
    sandbox.tollgate(&[&["commit-msg"], arguments, &["message"]].concat())
}

#[test]
fn a_conventional_message_passes_in_silence() {
    let output = lint(&Sandbox::new(), b"feat: a\n", &["--fail-on", "warning", "--format", "concise"]);
    assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(0), "", ""));
}

#[test]
fn a_message_that_fails_is_not_lost() {
    let output = lint(&Sandbox::new(), b"update\n", &["--fail-on", "warning", "--format", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).starts_with("message:1:7: warning[commit/unparsed] "), "{}", stdout(&output));
    assert!(stderr(&output).contains("git commit --edit --file message"), "{}", stderr(&output));
}

#[test]
fn the_comment_character_of_the_repository_counts() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.commentChar", ";"]);
    let output = lint(&sandbox, b"; not a header\nfeat: a\n", &["--fail-on", "warning"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn standard_input_is_a_message_too() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let child = child.args(["commit-msg", "--format", "concise", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"faet: a\r\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).contains("<stdin>:1:1: warning[commit/unknown-type]"), "{}", stdout(&output));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.tollgate(&["commit-msg", "nowhere"]).status.code(), Some(2));
    assert_eq!(lint(&sandbox, b"feat: \xff\n", &[]).status.code(), Some(2));
}
