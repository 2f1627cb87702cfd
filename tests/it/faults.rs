//! Releases that are killed, or whose system calls fail, at any instant: the next run finishes what has begun.
//!
//! `strace` does the killing, so that what is tested is what is shipped. The sweep over every call takes minutes and is
//! run by `.ci/run`; the one instant that matters most is tested always.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::{Command, Output};

use crate::release::{assert_released, package};
use crate::sandbox::Sandbox;

/// The calls by which a release writes.
const CALLS: [&str; 14] = [
    "openat",
    "write",
    "fsync",
    "link",
    "rename",
    "unlink",
    "mkdir",
    "rmdir",
    "ftruncate",
    "fchmod",
    "flock",
    "pwrite64",
    "copy_file_range",
    "utimensat",
];

/// Runs a release, under `strace` with these options where there are any.
fn run(sandbox: &Sandbox, strace: &[&str]) -> Output {
    let program = if strace.is_empty() { env!("CARGO_BIN_EXE_tollgate") } else { "strace" };
    let mut command = sandbox.command(program);
    if !strace.is_empty() {
        command.args(["-f", "-qq", "-o", "../log"]).args(strace).arg(env!("CARGO_BIN_EXE_tollgate"));
    }
    command.args(["release", "--execute", "--now", "2026-02-03T04:05:06Z"]).output().unwrap()
}

/// Says something past the harness, which shows nothing of tests that pass.
fn say(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

fn has_strace() -> bool {
    Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success())
}

#[test]
fn a_release_killed_right_after_the_intent_is_finished_by_the_next_run() {
    if !has_strace() {
        say("NOT TESTED: killing a release needs `strace` and the right to trace; `apt-get install strace`");
        return;
    }
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let lock = sandbox.path().canonicalize().unwrap().join(".git/refs/tollgate/pending/v1.3.0.lock");
    // The intent is there once its lock is linked to its name; the lock itself goes next.
    let killed = run(&sandbox, &["-P", lock.to_str().unwrap(), "-e", "inject=unlink:signal=KILL"]);
    assert!(!killed.status.success());
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/tollgate", "refs/tags"]),
        "refs/tags/v1.2.0\nrefs/tollgate/pending/v1.3.0"
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
    assert!(lock.exists());
    let next = run(&sandbox, &[]);
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    assert_released(&sandbox, &base);
}

#[test]
#[ignore = "takes minutes: every write of a release, killed and failed; run by `.ci/run`"]
fn a_release_killed_or_failed_at_any_call_is_finished_by_the_next_run() {
    assert!(has_strace(), "needs `strace` and the right to trace");
    let (mut hits, mut wrong) = (0, Vec::new());
    for call in CALLS {
        for fault in ["signal=KILL", "error=EIO", "error=ENOSPC"] {
            for when in 1.. {
                let inject = format!("inject={call}:{fault}:when={when}");
                match release_under(call, &inject) {
                    None => break,
                    Some(Ok(())) => hits += 1,
                    Some(Err(state)) => wrong.push(format!("{inject}: {state}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{hits} right, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    say(&format!("{hits} faults struck, no wrong state"));
}

/// Releases with a fault and then again without; `None` where the fault never struck, else whether the state is right.
fn release_under(call: &str, inject: &str) -> Option<Result<(), String>> {
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let first = run(&sandbox, &["-e", &format!("trace={call}"), "-e", inject]);
    let log = std::fs::read_to_string(sandbox.path().join("../log")).unwrap();
    if first.status.success() && !log.contains("INJECTED") {
        return None;
    }
    let again = run(&sandbox, &[]);
    let state = std::panic::catch_unwind(AssertUnwindSafe(|| {
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        assert_released(&sandbox, &base);
    }));
    Some(state.map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default()))
}
