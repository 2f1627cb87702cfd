//! Releases that are killed, or whose system calls fail, at any instant: the next run finishes what has begun.
//!
//! `strace` does the killing, so that what is tested is what is shipped. The sweep over every call takes minutes and is
//! run by `.ci/run`; the one instant that matters most is tested always.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::{Command, Output};
use std::sync::Mutex;

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

/// Those of them that a full disk fails.
const FILLING: [&str; 6] = ["write", "fsync", "link", "rename", "mkdir", "copy_file_range"];

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
    let lock = sandbox.path().canonicalize().unwrap().join(".git/refs/tollgate/pending.lock");
    // The intent is there once its lock is linked to its name; the lock itself goes next.
    let killed = run(&sandbox, &["-P", lock.to_str().unwrap(), "-e", "inject=unlink:signal=KILL"]);
    assert!(!killed.status.success());
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/tollgate", "refs/tags"]),
        "refs/tags/v1.2.0\nrefs/tollgate/pending"
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
    let faults = CALLS.iter().flat_map(|call| ["signal=KILL", "error=EIO"].map(|fault| (*call, fault)));
    let full_disk = FILLING.iter().map(|call| (*call, "error=ENOSPC"));
    let open: Mutex<Vec<_>> = Mutex::new(faults.chain(full_disk).rev().collect());
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((call, fault)) = { open.lock().unwrap().pop() } {
                    let struck =
                        (1..).map_while(|when| release_under(call, &format!("inject={call}:{fault}:when={when}")));
                    outcomes.lock().unwrap().extend(struck.collect::<Vec<_>>());
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap();
    let wrong: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} of {} states are wrong: {wrong:#?}", wrong.len(), outcomes.len());
    say(&format!("{} faults struck, no wrong state", outcomes.len()));
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
    Some(state.map_err(|panic| format!("{inject}: {}", panic.downcast_ref::<String>().map_or("", String::as_str))))
}
