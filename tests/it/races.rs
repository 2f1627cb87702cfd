//! Concurrent releases: two clones of one remote, a server that dies, and a hundred releases in a
//! row.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::fault_injection::{can_trace, say};
use crate::package_releases::workspace;
use crate::push::{assert_published, hook, published};
use crate::release::run;
use crate::sandbox::{Sandbox, stderr};
use crate::scenario::assert_contains;

/// Lets two clones of one remote release at the same time, so many times: one wins each round, and
/// the other is as it was and is told.
fn race(rounds: usize) {
    let (sandbox, _) = published();
    for clone in ["../a", "../b"] {
        sandbox.git(&["clone", "--quiet", "../remote.git", clone]);
        for (key, value) in [("user.name", clone), ("user.email", "x@example.com")] {
            sandbox.git(&["-C", clone, "config", key, value]);
        }
    }
    let mut wins = [0, 0];
    for round in 0..rounds {
        sandbox.git(&[
            "-C",
            "../a",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "fix: more",
        ]);
        sandbox.git(&["-C", "../a", "push", "--quiet"]);
        sandbox.git(&["-C", "../b", "pull", "--quiet", "--ff-only", "--tags"]);
        let before = ["../a", "../b"].map(|clone| sandbox.git(&["-C", clone, "for-each-ref"]));
        let outputs = both(&sandbox);
        let codes = outputs.each_ref().map(|output| output.status.code());
        let winner = codes.iter().position(|code| *code == Some(0)).unwrap();
        let (loser, told) = (1 - winner, stderr(&outputs[1 - winner]));
        assert_eq!(codes[loser], Some(2), "round {round}: {told}");
        assert!(told.contains("origin`"), "round {round}: {told}");
        let (winner_at, loser_at) = (["../a", "../b"][winner], ["../a", "../b"][loser]);
        assert_eq!(
            sandbox.git(&["-C", loser_at, "for-each-ref"]),
            before[loser],
            "round {round}: {told}"
        );
        assert_eq!(sandbox.git(&["-C", loser_at, "status", "--porcelain"]), "");
        let there = sandbox.git(&["-C", "../remote.git", "rev-parse", "main"]);
        assert_eq!(
            sandbox.git(&["-C", winner_at, "rev-parse", "main"]),
            there,
            "round {round}"
        );
        assert_eq!(
            sandbox
                .git(&["-C", "../remote.git", "tag", "--points-at", "main"])
                .lines()
                .count(),
            1
        );
        sandbox.git(&["-C", loser_at, "pull", "--quiet", "--ff-only", "--tags"]);
        wins[winner] += 1;
    }
    assert_eq!(
        sandbox.git(&["-C", "../remote.git", "tag"]).lines().count(),
        1 + rounds
    );
    assert_eq!(
        sandbox.git(&["-C", "../remote.git", "fsck", "--strict", "--no-dangling"]),
        ""
    );
    say(&format!("{rounds} rounds: {} and {} won", wins[0], wins[1]));
}

/// Releases in both clones at once, at different times of the clock, so that no two releases are
/// the same objects.
fn both(sandbox: &Sandbox) -> [Output; 2] {
    let children = [
        ("../a", "2026-02-03T04:05:06Z"),
        ("../b", "2026-02-03T04:05:07Z"),
    ]
    .map(|(clone, now)| {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
        command.args(["-C", clone, "release", "--execute", "--push", "--now", now]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    children.map(|child| child.wait_with_output().unwrap())
}

#[test]
fn one_of_two_concurrent_releases_wins() {
    race(4);
}

#[test]
#[ignore = "takes a minute: two hundred rounds; run by `.ci/run`"]
fn one_of_two_concurrent_releases_wins_repeatedly() {
    race(200);
}

#[test]
fn server_killed_before_reply_has_published() {
    let (sandbox, base) = published();
    hook(
        &sandbox,
        "../remote.git/hooks/post-receive",
        "kill -KILL $PPID; sleep 1",
    );
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 0, "{told}");
    assert_published(&sandbox, &base);
}

#[test]
fn server_killed_between_branch_and_tag_is_recovered() {
    if !can_trace("killing a server") {
        return;
    }
    let (sandbox, base) = published();
    let remote = sandbox.path().join("../remote.git").canonicalize().unwrap();
    let lock = remote.join("refs/tags/v1.3.0.lock");
    // The path is as git spells it there.
    let strace = "strace -qq -f -o ../log -e inject=rename:signal=KILL";
    let killed = format!(
        "{strace} -P {}/./refs/tags/v1.3.0.lock git-receive-pack",
        remote.display()
    );
    sandbox.git(&["config", "remote.origin.receivepack", &killed]);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert!(lock.exists());
    assert_eq!(code, 3, "{told}");
    assert_contains(&told, "part of the release is public");
    let there = sandbox.git(&["-C", "../remote.git", "rev-parse", "main"]);
    assert_eq!(
        (
            sandbox.git(&["rev-parse", "main"]),
            sandbox.git(&["-C", "../remote.git", "tag"])
        ),
        (base.clone(), "v1.2.0".into())
    );
    // Whoever keeps the server removes what its death has left behind.
    fs::remove_file(lock).unwrap();
    sandbox.git(&["config", "--unset", "remote.origin.receivepack"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_eq!(sandbox.git(&["rev-parse", "main"]), there);
    assert_published(&sandbox, &base);
}

#[test]
#[ignore = "takes half a minute: a hundred releases; run by `.ci/run`"]
fn hundred_releases_verify() {
    let sandbox = workspace();
    for round in 0..100 {
        let (folder, package) =
            [("orders", "orders"), ("docs", "docs"), ("cart", "cart")][round % 3];
        sandbox.write(&format!("{folder}/file"), format!("{round}"));
        sandbox.commit(["fix: mend it", "feat: add to it", "feat!: break it"][round % 7 % 3]);
        let mut wish = vec!["--now", "2026-02-03T04:05:06Z"];
        if round % 4 == 1 {
            wish.extend(["--pre", "rc"]);
        }
        if round % 5 == 2 {
            wish.extend(["--package", package]);
        }
        let before = sandbox
            .git(&["rev-list", "--count", "HEAD"])
            .parse::<usize>()
            .unwrap();
        let output = sandbox.tollgate(&[&["release", "--execute"][..], &wish].concat());
        assert!(
            output.status.success(),
            "round {round}: {}",
            stderr(&output)
        );
        let after = sandbox
            .git(&["rev-list", "--count", "HEAD"])
            .parse::<usize>()
            .unwrap();
        assert_eq!(after, before + 1, "round {round}: {}", stderr(&output));
        let output = sandbox.tollgate(&[&["release"][..], &wish].concat());
        let plan = String::from_utf8(output.stdout).unwrap();
        assert!(
            plan.starts_with("Nothing to release"),
            "round {round}: {plan}"
        );
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "", "round {round}");
        for tag in sandbox.git(&["tag", "--points-at", "HEAD"]).lines() {
            let output = sandbox.tollgate(&["verify", tag]);
            assert!(
                output.status.success(),
                "round {round}: {}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
    }
    assert_eq!(sandbox.git(&["fsck", "--strict", "--no-dangling"]), "");
    assert!(!Path::new(&sandbox.path().join(".git/refs/tollgate/pending")).exists());
}
