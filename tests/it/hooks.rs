//! The commands before and after a release (`release.before`, `release.after`): their environment,
//! what they may do, and that none can block a release.

use std::process::Output;
use std::time::{Duration, Instant};

use crate::release::{assert_released, package, restart_release};
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

/// A package whose configuration has these commands.
fn with_hooks(hooks: &str) -> (Sandbox, String) {
    let sandbox = package();
    sandbox.write("tollgate.toml", format!("[release]\n{hooks}\n"));
    let base = sandbox.commit("chore: configure");
    (sandbox, base)
}

fn release(sandbox: &Sandbox) -> Output {
    sandbox.tollgate(&["release", "--execute", "--now", "2026-02-03T04:05:06Z"])
}

/// What is said where a command before the release keeps it from being made.
fn refusal(sandbox: &Sandbox) -> String {
    let before = sandbox.git(&["for-each-ref"]);
    let output = release(sandbox);
    assert_eq!(
        (output.status.code(), stdout(&output)),
        (Some(2), ""),
        "{}",
        stderr(&output)
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    stderr(&output).to_owned()
}

#[test]
fn commands_get_the_release_in_environment() {
    let tell = "echo $TOLLGATE_HOOK $TOLLGATE_VERSION $TOLLGATE_TAG $TOLLGATE_BRANCH $TOLLGATE_BASE $TOLLGATE_COMMIT";
    let hooks = format!(
        "before = ['{tell} >.git/before; cat \"$TOLLGATE_NOTES\" >>.git/before']\n\
         after = ['{tell} >.git/after; cat \"$TOLLGATE_NOTES\" >>.git/after']"
    );
    let (sandbox, base) = with_hooks(&hooks);
    let output = release(&sandbox);
    assert_success(&output);
    let notes = format!(
        "### Added\n\n- add ports ({})\n",
        &sandbox.git(&["rev-parse", "main~2"])[..10]
    );
    assert_eq!(
        sandbox.read(".git/before"),
        format!("before 1.3.0 v1.3.0 main {base}\n{notes}")
    );
    let commit = sandbox.git(&["rev-parse", "main"]);
    assert_eq!(
        sandbox.read(".git/after"),
        format!("after 1.3.0 v1.3.0 main {base} {commit}\n{notes}")
    );
    assert_released(&sandbox, &base);
}

#[test]
fn command_output_is_shown_sanitized() {
    let (sandbox, _) = with_hooks("before = ['printf \"one\\033[2J\\n\"; echo ::error::two >&2']");
    let output = release(&sandbox);
    let told = stderr(&output);
    assert!(
        told.contains("Running `printf") && told.contains("  one\\u{1b}[2J\n"),
        "{told}"
    );
    assert_contains(&told, ": :error::two");
    assert!(!stdout(&output).contains("one\\u"), "{}", stdout(&output));
}

#[test]
fn a_plan_shows_the_commands_and_runs_none() {
    let (sandbox, _) =
        with_hooks("before = [\"touch ran\"]\nafter = [{ run = \"touch ran\", within = \"1h\" }]");
    let output = sandbox.tollgate(&["release"]);
    assert_contains(
        stdout(&output),
        "Before: `touch ran`\nAfter:  `touch ran`\n",
    );
    for arguments in [
        &["release", "--format", "json"][..],
        &["status"],
        &["next"],
        &["changelog"],
        &["verify", "v1.2.0"],
    ] {
        sandbox.tollgate(arguments);
    }
    assert!(!sandbox.path().join("ran").exists());
}

#[test]
fn the_commands_are_those_of_the_commit() {
    let (sandbox, base) = with_hooks("after = [\"touch .git/right\"]");
    sandbox.write(".git/info/exclude", ".config/");
    sandbox.write(
        ".config/tollgate.toml",
        "release.after = [\"touch .git/wrong\"]\n",
    );
    let output = release(&sandbox);
    assert_success(&output);
    assert!(
        sandbox.path().join(".git/right").exists() && !sandbox.path().join(".git/wrong").exists()
    );
    assert_eq!(sandbox.git(&["rev-parse", "main~"]), base);
}

#[test]
fn commands_before_run_only_if_the_remote_takes_the_release() {
    let (sandbox, _) = with_hooks("before = [\"touch .git/ran\"]");
    let push = || {
        sandbox.tollgate(&[
            "release",
            "--execute",
            "--push",
            "--now",
            "2026-02-03T04:05:06Z",
        ])
    };
    sandbox.git(&["init", "--quiet", "--bare", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    assert!(stderr(&push()).contains("`origin` has no branch `main`"));
    sandbox.git(&["push", "--quiet", "origin", "main", "v1.2.0"]);
    sandbox.git(&["config", "remote.origin.receivepack", "false"]);
    assert!(stderr(&push()).contains("`origin` would reject the release"));
    sandbox.git(&["config", "--unset", "remote.origin.receivepack"]);
    sandbox.git(&["config", "--unset", "user.email"]);
    assert!(
        stderr(&push()).contains("`user.name` or `user.email` is not set in Git's configuration")
    );
    assert!(!sandbox.path().join(".git/ran").exists());
    sandbox.git(&["config", "user.email", "ada@example.com"]);
    assert!(push().status.success());
    assert!(sandbox.path().join(".git/ran").exists());
}

#[test]
fn the_remote_is_checked_again_after_the_commands() {
    let (sandbox, _) = with_hooks("before = [\"git -C ../remote.git tag v2.0.0 main\"]");
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    let before = sandbox.git(&["for-each-ref"]);
    let output = sandbox.tollgate(&[
        "release",
        "--execute",
        "--push",
        "--now",
        "2026-02-03T04:05:06Z",
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_contains(stderr(&output), "that this clone lacks: `v2.0.0`");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}

#[test]
fn a_command_that_fails_before_leaves_nothing_behind() {
    let (sandbox, _) =
        with_hooks("before = [\"true\", \"echo tests fail; exit 7\", \"touch .git/later\"]");
    let told = refusal(&sandbox);
    assert_contains(
        &told,
        "the `before` command `echo tests fail; exit 7` exited with status 7",
    );
    assert!(
        told.contains("output: tests fail") && told.contains("nothing was released"),
        "{told}"
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert!(!sandbox.path().join(".git/later").exists());
}

#[test]
fn command_that_changes_a_tracked_file_is_refused() {
    let (sandbox, _) = with_hooks("before = [\"echo >>src/lib.rs\"]");
    assert!(refusal(&sandbox).contains("` changed `src/lib.rs`"));
    let (sandbox, _) =
        with_hooks("before = [\"git commit --quiet --allow-empty -m 'fix: sneak in'\"]");
    let output = release(&sandbox);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(
        stderr(&output),
        "`refs/heads/main` has moved since the release was planned",
    );
    let (sandbox, _) = with_hooks("before = [\"echo built >artefact\"]");
    assert!(release(&sandbox).status.success());
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "?? artefact");
}

#[test]
fn a_command_that_changes_the_version_tags_is_refused() {
    for (command, now) in [
        ("git tag v1.5.0 v1.2.0^{}", "now it would be `v1.6.0`"),
        ("git tag v1.5.0", "now there is nothing to release"),
        (
            "git tag v1.2.1 v1.2.0^{}",
            "the plan for `v1.3.0` has changed",
        ),
    ] {
        let (sandbox, base) = with_hooks(&format!("before = ['{command}']"));
        let output = release(&sandbox);
        let told = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{command}: {told}"
        );
        assert!(
            told.contains("the version tags changed while the `before` commands ran"),
            "{command}: {told}"
        );
        assert!(
            told.contains(now) && told.contains("run the command again"),
            "{command}: {told}"
        );
        assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
        assert_eq!(sandbox.git(&["tag", "--list", "v1.3.0", "v1.6.0"]), "");
    }
    let (sandbox, base) = with_hooks("before = ['git tag nightly']");
    assert!(release(&sandbox).status.success());
    assert_released(&sandbox, &base);
}

#[test]
fn failed_after_command_is_reported() {
    let (sandbox, base) = with_hooks("after = [\"exit 3\", \"touch .git/later\"]");
    let output = release(&sandbox);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).starts_with("Released `v1.3.0`"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("` exited with status 3; the release is complete"));
    assert!(!sandbox.path().join(".git/later").exists());
    assert_released(&sandbox, &base);
    let again = release(&sandbox);
    assert!(
        stdout(&again).starts_with("Nothing to release"),
        "{}",
        stdout(&again)
    );
}

/// Runs the lines below `by hand in a shell` in an error's help, as a person would who pastes them.
fn run_by_hand(sandbox: &Sandbox, error: &str) {
    let (_, lines) = error.split_once("by hand in a shell:\n").expect(error);
    let lines: Vec<&str> = lines
        .lines()
        .map_while(|line| line.strip_prefix("        "))
        .collect();
    let status = sandbox
        .command("sh")
        .args(["-c", &lines.join("\n")])
        .status()
        .unwrap();
    assert!(status.success(), "{error}");
}

#[test]
fn failed_after_commands_can_be_run_by_hand() {
    let tell = "echo \"it's $TOLLGATE_TAG\" $TOLLGATE_VERSION $TOLLGATE_BRANCH $TOLLGATE_BASE $TOLLGATE_COMMIT \
                $TOLLGATE_HOOK $(cat $TOLLGATE_NOTES)";
    let (sandbox, base) = with_hooks(&format!(
        "after = [\"true\", \"test -e .git/fixed\", \"\"\"{tell} >.git/after\"\"\"]"
    ));
    let output = release(&sandbox);
    let told = stderr(&output);
    assert_contains(
        &told,
        "this command and the `after` command that was not started will not run again",
    );
    sandbox.write(".git/fixed", "");
    run_by_hand(&sandbox, told);
    let commit = sandbox.git(&["rev-parse", "main"]);
    let notes = format!(
        "### Added - add ports ({})",
        &sandbox.git(&["rev-parse", "main~2"])[..10]
    );
    assert_eq!(
        sandbox.read(".git/after"),
        format!("it's v1.3.0 1.3.0 main {base} {commit} after {notes}\n")
    );
}

#[test]
fn an_interrupted_after_command_can_be_run_by_hand() {
    let (sandbox, _) = with_hooks(
        "after = [\"test -e .git/again && touch .git/ran || { kill -INT $PPID; sleep 30; }\"]",
    );
    let output = release(&sandbox);
    let told = stderr(&output);
    assert_contains(&told, "interrupted in the `after` command");
    assert_contains(
        &told,
        "  help: this command will not run again; to run it by hand in a shell:\n",
    );
    sandbox.write(".git/again", "");
    run_by_hand(&sandbox, told);
    assert!(sandbox.path().join(".git/ran").exists());
}

#[test]
fn a_release_that_was_interrupted_runs_what_comes_after_it() {
    let (sandbox, base) = with_hooks("after = [\"echo $TOLLGATE_TAG >>.git/after\"]");
    assert!(release(&sandbox).status.success());
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    assert!(release(&sandbox).status.success());
    assert_eq!(sandbox.read(".git/after"), "v1.3.0\nv1.3.0\n");
}

#[test]
fn command_timeout_kills_its_process_group() {
    let slow = "sleep 30 & echo $! >.git/child; trap \"\" TERM; sleep 30; sleep 30";
    let (sandbox, _) = with_hooks(&format!("before = [{{ run = '{slow}', within = \"1s\" }}]"));
    let started = Instant::now();
    assert!(refusal(&sandbox).contains("took longer than 1s and was stopped"));
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    let child = sandbox.read(".git/child");
    let state = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}

#[test]
fn background_process_does_not_block_release() {
    let (sandbox, base) = with_hooks("before = [\"sleep 30 & echo $! >.git/child\"]");
    let started = Instant::now();
    let output = release(&sandbox);
    let child = sandbox.read(".git/child");
    let _ = sandbox.command("kill").arg(child.trim()).status();
    assert_success(&output);
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert_released(&sandbox, &base);
}

#[test]
fn flooded_or_closed_output_is_handled() {
    let (sandbox, base) = with_hooks(
        "before = [\"yes | head -n 20000\", \"exec >&- 2>&-; sleep 0.3; touch .git/done\"]",
    );
    let output = sandbox.tollgate(&[
        "release",
        "--execute",
        "--quiet",
        "--now",
        "2026-02-03T04:05:06Z",
    ]);
    assert_success(&output);
    assert!(sandbox.path().join(".git/done").exists());
    assert_released(&sandbox, &base);
}

#[test]
fn ctrl_c_ends_the_command_and_nothing_is_released() {
    let (sandbox, base) = with_hooks("before = [\"kill -INT $PPID; sleep 30\"]");
    let started = Instant::now();
    let output = release(&sandbox);
    assert!(!output.status.success());
    assert_contains(stderr(&output), "interrupted in the `before` command");
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
}

#[test]
fn a_command_cannot_make_a_release_of_its_own() {
    let tool = env!("CARGO_BIN_EXE_tollgate");
    let (sandbox, _) = with_hooks(&format!("before = ['{tool} release --execute']"));
    assert!(refusal(&sandbox).contains("a release hook cannot make a release"));
}
