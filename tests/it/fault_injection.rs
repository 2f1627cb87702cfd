//! Releases that are killed, or whose system calls fail, at any instant: the next run finishes them.
//!
//! `strace` injects the failures, so the shipped program is tested, including the Git processes
//! that it starts. The sweep over every call takes minutes and is run by `.ci/run`; the most
//! important instant is always tested.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use crate::package_releases::{assert_packages_published, published_workspace};
use crate::push::{assert_published, published};
use crate::release::{assert_released, assert_released_with, package, pending_release};
use crate::release_file::package_with_release_file;
use crate::sandbox::Sandbox;
use crate::scenario::{assert_contains, assert_success};
use crate::tag_releases::{assert_tag_published, published_tag_only};

/// The calls by which a release and its children write.
const CALLS: [&str; 19] = [
    "openat",
    "write",
    "fsync",
    "link",
    "rename",
    "renameat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "ftruncate",
    "fchmod",
    "chmod",
    "flock",
    "pwrite64",
    "copy_file_range",
    "utimensat",
    "execve",
];

/// How the disk fails a call: it is broken, full, or mounted so that nothing can be written.
const ERRORS: [&str; 3] = ["error=EIO", "error=ENOSPC", "error=EROFS"];

/// A way to release, and what must be true in the end.
struct Scenario {
    name: &'static str,
    begin: fn() -> (Sandbox, String),
    arguments: &'static [&'static str],
    assert: fn(&Sandbox, &str),
    faults: fn(usize) -> Vec<&'static str>,
}

/// One repository here alone, one that is pushed, packages that are pushed, and a tag that is pushed
/// without a commit.
const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "here",
        begin: || {
            let sandbox = package_with_release_file();
            let base = sandbox.git(&["rev-parse", "HEAD"]);
            (sandbox, base)
        },
        arguments: &[],
        assert: assert_released_with_file,
        faults: |number| vec!["signal=KILL", "signal=INT", ERRORS[number % 3]],
    },
    Scenario {
        name: "pushed",
        begin: published,
        arguments: &["--push"],
        assert: assert_published,
        faults: |_| vec!["signal=KILL", "signal=TERM"],
    },
    Scenario {
        name: "packages, pushed",
        begin: published_workspace,
        arguments: &["--push"],
        assert: assert_packages_published,
        faults: |number| {
            vec![
                "signal=KILL",
                if number % 4 == 0 {
                    "signal=INT"
                } else {
                    ERRORS[number % 3]
                },
            ]
        },
    },
    Scenario {
        name: "tag, pushed",
        begin: published_tag_only,
        arguments: &["--push"],
        assert: assert_tag_published,
        faults: |number| {
            vec![
                "signal=KILL",
                ["signal=TERM", ERRORS[number % 3]][number % 2],
            ]
        },
    },
];

/// A release that also renamed the file of the release.
fn assert_released_with_file(sandbox: &Sandbox, base: &str) {
    let files = [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "releases/1.3.0.toml",
        "releases/next.toml",
    ];
    assert_released_with(sandbox, base, &files);
    assert!(!sandbox.path().join("releases/next.toml").exists());
}

/// A scenario with its repository, and the faults to be struck in it: the call, its number, and
/// what happens to it.
struct Sweep {
    scenario: &'static Scenario,
    template: Sandbox,
    base: String,
    faults: Vec<(String, usize, &'static str)>,
}

/// Runs a release, under `strace` with these options where there are any.
fn run(sandbox: &Sandbox, arguments: &[&str], strace: &[&str]) -> Output {
    let program = if strace.is_empty() {
        env!("CARGO_BIN_EXE_tollgate")
    } else {
        "timeout"
    };
    let mut command = sandbox.command(program);
    if !strace.is_empty() {
        // What hangs is killed, and found to be wrong.
        command
            .args(["120", "strace", "-f", "-qq", "-o", "../log"])
            .args(strace)
            .arg(env!("CARGO_BIN_EXE_tollgate"));
    }
    command
        .args(["release", "--execute", "--now", "2026-02-03T04:05:06Z"])
        .args(arguments)
        .output()
        .unwrap()
}

/// Says something past the harness, which shows nothing of tests that pass.
pub(crate) fn say(text: &str) {
    std::io::stderr()
        .write_all(format!("{text}\n").as_bytes())
        .unwrap();
}

/// Whether a test can use `strace`; if not, says that the test of `action` is skipped.
pub(crate) fn can_trace(action: &str) -> bool {
    let can = has_strace();
    if !can {
        say(&format!(
            "NOT TESTED: {action} needs `strace` and the right to trace; `apt-get install strace`"
        ));
    }
    can
}

pub(crate) fn has_strace() -> bool {
    Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn release_killed_after_pending_ref_is_finished() {
    if !can_trace("killing a release") {
        return;
    }
    let sandbox = package_with_release_file();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let lock = in_git_folder(&sandbox, "refs/tollgate/pending.lock");
    // The intent is there once its lock is linked to its name; the lock itself goes next.
    let killed = run(
        &sandbox,
        &[],
        &[
            "-P",
            lock.to_str().unwrap(),
            "-e",
            "inject=unlink:signal=KILL",
        ],
    );
    assert!(!killed.status.success());
    assert_eq!(
        sandbox.git(&[
            "for-each-ref",
            "--format=%(refname)",
            "refs/tollgate",
            "refs/tags"
        ]),
        "refs/tags/v1.2.0\nrefs/tollgate/pending"
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
    assert!(lock.exists());
    let next = run(&sandbox, &[], &[]);
    assert_success(&next);
    assert_released_with_file(&sandbox, &base);
}

/// The path of a file below `.git`, as system calls name it.
fn in_git_folder(sandbox: &Sandbox, name: &str) -> PathBuf {
    let root = sandbox.path().canonicalize().unwrap();
    root.join(".git").join(name)
}

/// Kills a resumed release, whose intent is packed, at a call to a file of `.git`, which is named by
/// its path or relative to the opened folder.
fn killed_while_packed(call: &str, name: &str) -> (Sandbox, String) {
    let (sandbox, base) = pending_release();
    sandbox.git(&["pack-refs", "--all"]);
    let path = in_git_folder(&sandbox, name);
    let killed = run(
        &sandbox,
        &[],
        &[
            "-P",
            path.to_str().unwrap(),
            "-P",
            name,
            "-e",
            &format!("inject={call}:signal=KILL"),
        ],
    );
    assert!(!killed.status.success());
    (sandbox, base)
}

#[test]
fn stale_packed_refs_lock_is_removed() {
    if !can_trace("killing a release") {
        return;
    }
    for (call, path) in [
        ("renameat", ".packed-refs.tollgate"),
        ("unlink", "packed-refs.lock"),
    ] {
        let (sandbox, base) = killed_while_packed(call, path);
        let lock = sandbox.path().join(".git/packed-refs.lock");
        assert!(lock.exists(), "{path}");
        let next = run(&sandbox, &[], &[]);
        assert_success(&next);
        assert!(!lock.exists());
        assert_released(&sandbox, &base);
    }
}

#[test]
fn unremovable_lock_is_reported_until_removed() {
    if !can_trace("failing a call") {
        return;
    }
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let lock = in_git_folder(&sandbox, "refs/tollgate/pending.lock");
    let strike = |when: &str| {
        let inject = format!("inject=unlink:error=EACCES:when={when}");
        let output = run(
            &sandbox,
            &[],
            &["-P", lock.to_str().unwrap(), "-e", &inject],
        );
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    // The first lock of this name is that of the intent's creation.
    let (code, told) = strike("2");
    assert_eq!(code, Some(0), "{told}");
    let named = format!(
        "the release lock `{}`, created 0 seconds ago, cannot be removed",
        lock.display()
    );
    assert!(
        told.contains(&format!("warning: {named}")) && lock.exists(),
        "{told}"
    );
    assert_released(&sandbox, &base);
    let (code, told) = strike("1+");
    assert_eq!(code, Some(2), "{told}");
    assert_contains(
        &told,
        format!("error: {}", named.split_once("0 seconds").unwrap().0),
    );
    let next = run(&sandbox, &[], &[]);
    assert!(
        next.status.success() && !lock.exists(),
        "{}",
        String::from_utf8_lossy(&next.stderr)
    );
}

#[test]
fn interrupt_before_release_changes_nothing() {
    if !can_trace("interrupting a release") {
        return;
    }
    let sandbox = package();
    let before = sandbox.git(&["for-each-ref"]);
    let mut command = sandbox.command("strace");
    command.args([
        "-f",
        "-qq",
        "-o",
        "../log",
        "-e",
        "inject=flock:signal=INT:when=1",
    ]);
    let output = command
        .args([env!("CARGO_BIN_EXE_tollgate"), "release", "--execute"])
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert_contains(
        &told,
        "error: interrupted before the release started; nothing was changed",
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}

#[test]
#[ignore = "takes minutes: every write of a release, killed and failed; run by `.ci/run`"]
fn release_killed_at_any_call_is_finished() {
    assert!(has_strace(), "needs `strace` and the right to trace");
    let sweeps: Vec<Sweep> = SCENARIOS.iter().map(sweep).collect();
    let open: Mutex<Vec<_>> = Mutex::new(
        sweeps
            .iter()
            .flat_map(|sweep| sweep.faults.iter().map(move |fault| (sweep, fault)))
            .collect(),
    );
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((sweep, (call, number, fault))) = { open.lock().unwrap().pop() } {
                    let outcome = sweep.strike(call, fault, *number);
                    outcomes
                        .lock()
                        .unwrap()
                        .extend(outcome.map(|outcome| (sweep.scenario.name, outcome)));
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap();
    let wrong: Vec<_> = outcomes
        .iter()
        .filter_map(|(name, outcome)| Some((name, outcome.as_ref().err()?)))
        .collect();
    for scenario in &SCENARIOS {
        let struck = outcomes
            .iter()
            .filter(|(name, _)| *name == scenario.name)
            .count();
        say(&format!("{}: {struck} faults struck", scenario.name));
    }
    assert!(
        wrong.is_empty(),
        "{} of {} states are wrong: {wrong:#?}",
        wrong.len(),
        outcomes.len()
    );
    say(&format!("{} faults struck, no wrong state", outcomes.len()));
}

/// Prepares a scenario: one run without a fault shows which calls there are to be struck.
fn sweep(scenario: &'static Scenario) -> Sweep {
    let (template, base) = (scenario.begin)();
    let sandbox = template.copy();
    let traced = run(
        &sandbox,
        scenario.arguments,
        &["-e", &format!("trace={}", CALLS.join(","))],
    );
    assert_success(&traced);
    (scenario.assert)(&sandbox, &base);
    let calls = writes(&fs::read_to_string(sandbox.path().join("../log")).unwrap());
    let strike = |(at, (call, number)): (usize, (String, usize))| {
        (scenario.faults)(at)
            .into_iter()
            .map(move |fault| (call.clone(), number, fault))
    };
    let faults = calls.into_iter().enumerate().flat_map(strike).collect();
    Sweep {
        scenario,
        template,
        base,
        faults,
    }
}

/// The calls of a log that may write, by their number among those of the same name in one process.
fn writes(log: &str) -> BTreeSet<(String, usize)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in log.lines() {
        let Some((process, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((call, arguments)) = rest.trim_start().split_once('(') else {
            continue;
        };
        if !CALLS.contains(&call) {
            continue;
        }
        let number = counts.entry((process, call)).or_default();
        *number += 1;
        if call != "openat"
            || ["O_CREAT", "O_WRONLY", "O_RDWR"]
                .iter()
                .any(|flag| arguments.contains(flag))
        {
            found.insert((call.to_owned(), *number));
        }
    }
    found
}

impl Sweep {
    /// Releases with a fault and then again without; `None` where the fault never struck, else
    /// whether the state is right.
    fn strike(&self, call: &str, fault: &str, number: usize) -> Option<Result<(), String>> {
        let sandbox = self.template.copy();
        let (trace, inject) = (
            format!("trace={call}"),
            format!("inject={call}:{fault}:when={number}"),
        );
        let mut options = vec!["-e", &*trace, "-e", &*inject];
        if fault.starts_with("error") {
            // Much faster, and signals do not arrive that way.
            options.push("--seccomp-bpf");
        }
        let first = run(&sandbox, self.scenario.arguments, &options);
        let log = fs::read_to_string(sandbox.path().join("../log")).unwrap();
        let marks = ["INJECTED", "killed by", "--- SIGINT", "--- SIGTERM"];
        if first.status.success() && !marks.iter().any(|mark| log.contains(mark)) {
            return None;
        }
        remove_locks(&sandbox.path().join("../remote.git"));
        let again = run(&sandbox, self.scenario.arguments, &[]);
        let state = std::panic::catch_unwind(AssertUnwindSafe(|| {
            assert_ne!(first.status.code(), Some(124), "it hangs");
            assert_success(&again);
            (self.scenario.assert)(&sandbox, &self.base);
        }));
        let told = |panic: &(dyn std::any::Any + Send)| {
            panic.downcast_ref::<String>().cloned().unwrap_or_default()
        };
        Some(state.map_err(|panic| {
            let first = String::from_utf8_lossy(&first.stderr).into_owned();
            format!("{inject}: {}\nfirst run: {first}", told(&*panic))
        }))
    }
}

/// Removes the locks that killed processes have left at the remote, as whoever keeps a server does.
fn remove_locks(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_locks(&path);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "lock")
        {
            fs::remove_file(path).unwrap();
        }
    }
}
