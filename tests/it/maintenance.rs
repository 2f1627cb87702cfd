//! Releases during `git gc` and similar commands, which pack, rewrite, and lock what a release
//! reads and writes.

use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fault_injection::say;
use crate::push::published;
use crate::sandbox::{Sandbox, stderr};

/// The commands that run beside the releases: each group in a loop of its own.
///
/// Git loses objects, also those that it wrote itself, if two processes repack at once.
const MAINTENANCE: [&[&[&str]]; 2] = [
    &[
        &["gc", "--quiet"],
        &["repack", "-a", "-d", "--quiet"],
        &["maintenance", "run", "--quiet"],
    ],
    &[&["pack-refs", "--all"]],
];

/// How often a release may be refused because another process holds a lock, before it counts as
/// wrong.
const MAX_ATTEMPTS: usize = 5;

/// How releases ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Outcomes {
    /// At the first attempt.
    at_once: usize,
    /// After a refusal that changed nothing: exit code 2.
    refused_first: usize,
    /// After a run that left the release to the next one: exit code 3.
    unfinished_first: usize,
}

/// Makes releases while git maintains the repository; every third is undone again, unless it is
/// pushed.
fn release_during_maintenance(rounds: usize, push: &[&str]) -> Outcomes {
    let (sandbox, _) = published();
    let (stop, mut outcomes) = (AtomicBool::new(false), Outcomes::default());
    std::thread::scope(|scope| {
        for commands in MAINTENANCE {
            let (sandbox, stop) = (&sandbox, &stop);
            scope.spawn(move || {
                for arguments in commands
                    .iter()
                    .cycle()
                    .take_while(|_| !stop.load(Ordering::Relaxed))
                {
                    // They may refuse each other.
                    sandbox.command("git").args(*arguments).output().unwrap();
                }
            });
        }
        // A failure must end the threads too.
        let _stop = StopAtEnd(&stop);
        for round in 0..rounds {
            git(
                &sandbox,
                &["commit", "--quiet", "--allow-empty", "--message=fix: more"],
            );
            let base = sandbox.git(&["rev-parse", "HEAD"]);
            if !push.is_empty() {
                git(&sandbox, &["push", "--quiet", "origin", "main"]);
            }
            release(&sandbox, &base, push, &mut outcomes);
            if push.is_empty() && round % 3 == 0 {
                git(
                    &sandbox,
                    &[
                        "tag",
                        "--delete",
                        &sandbox.git(&["describe", "--exact-match"]),
                    ],
                );
                git(&sandbox, &["reset", "--quiet", "--keep", &base]);
            }
        }
    });
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    // Without the commit-graph: it lists what was reachable once, such as the intent of a finished
    // release, and Git repacks without those objects.
    let fsck = [
        "-c",
        "core.commitGraph=false",
        "fsck",
        "--strict",
        "--no-dangling",
    ];
    assert_eq!(sandbox.git(&fsck), "");
    outcomes
}

/// Runs git, which may fail itself while the repository is maintained.
fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let run = || sandbox.command("git").args(arguments).output().unwrap();
    assert!(
        (0..MAX_ATTEMPTS).any(|_| run().status.success()),
        "git {arguments:?}"
    );
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes one release of `base`, in a few attempts if need be, and asserts that each attempt left
/// what it said.
fn release(sandbox: &Sandbox, base: &str, push: &[&str], outcomes: &mut Outcomes) {
    let tags = sandbox.git(&["tag"]).lines().count();
    let mut worst = 0;
    for _ in 0..MAX_ATTEMPTS {
        let arguments = [
            &["release", "--execute", "--now", "2026-02-03T04:05:06Z"],
            push,
        ]
        .concat();
        let output: Output = sandbox.tollgate(&arguments);
        let (code, told) = (output.status.code(), stderr(&output));
        let pending = sandbox.git(&["for-each-ref", "refs/tollgate"]);
        match code {
            Some(0) => {
                assert_eq!(pending, "", "{told}");
                assert_eq!(
                    sandbox
                        .git(&["rev-list", "--parents", "-1", "main"])
                        .split(' ')
                        .nth(1),
                    Some(base),
                    "{told}"
                );
                assert_eq!(sandbox.git(&["tag"]).lines().count(), tags + 1, "{told}");
                assert_eq!(
                    sandbox.git(&["tag", "--points-at", "main"]).lines().count(),
                    1,
                    "{told}"
                );
                assert!(
                    worst == 3 || !told.contains("Finished what had begun before"),
                    "{told}"
                );
                match worst {
                    0 => outcomes.at_once += 1,
                    2 => outcomes.refused_first += 1,
                    _ => outcomes.unfinished_first += 1,
                }
                return;
            }
            Some(2) => {
                assert_eq!(
                    (
                        pending.as_str(),
                        sandbox.git(&["rev-parse", "main"]).as_str()
                    ),
                    ("", base),
                    "{told}"
                );
                worst = worst.max(2);
            }
            Some(3) => {
                assert!(
                    pending.ends_with("\trefs/tollgate/pending"),
                    "{pending}: {told}"
                );
                worst = 3;
            }
            _ => panic!("{code:?}: {told}"),
        }
        say(&format!(
            "another attempt after exit code {}: {told}",
            code.unwrap()
        ));
    }
    panic!("no release in {MAX_ATTEMPTS} attempts");
}

#[test]
#[ignore = "takes a minute: a hundred releases beside `git gc`; run by `.ci/run`"]
fn releases_during_maintenance_leave_no_leftovers() {
    let rounds =
        std::env::var("TOLLGATE_TEST_RELEASES").map_or(100, |rounds| rounds.parse().unwrap());
    let pushed = rounds / 5;
    let local = release_during_maintenance(rounds - pushed, &[]);
    say(&format!(
        "{} releases beside maintenance: {local:?}",
        rounds - pushed
    ));
    let pushed_outcomes = release_during_maintenance(pushed, &["--push"]);
    say(&format!(
        "{pushed} pushed releases beside maintenance: {pushed_outcomes:?}"
    ));
}
