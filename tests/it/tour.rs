//! The tour: it succeeds anywhere, shows the main commands, and leaves nothing behind.

use std::fs;

use crate::sandbox::{Sandbox, stderr, stdout};

#[test]
fn tour_shows_the_main_commands_and_succeeds() {
    let output = Sandbox::new().tollgate(&["tour"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""));
    for shown in [
        "content/trivial-rollback",
        "Next version: 1.3.0",
        "### Added",
        "$ tollgate gate",
    ] {
        assert!(
            stdout(&output).contains(shown),
            "{shown}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn tour_is_the_same_every_time() {
    let sandbox = Sandbox::new();
    assert_eq!(
        stdout(&sandbox.tollgate(&["tour"])),
        stdout(&sandbox.tollgate(&["tour"]))
    );
}

#[test]
fn tour_leaves_nothing_behind() {
    let (sandbox, temporary) = (Sandbox::new(), tempfile::tempdir().unwrap());
    let status = sandbox.git(&["status", "--porcelain"]);
    let output = sandbox
        .command(env!("CARGO_BIN_EXE_tollgate"))
        .arg("tour")
        .env("TMPDIR", temporary.path())
        .output();
    assert_eq!(output.unwrap().status.code(), Some(0));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), status);
}

#[test]
fn tour_needs_no_repository_and_no_git_settings() {
    let (sandbox, elsewhere) = (Sandbox::new(), tempfile::tempdir().unwrap());
    fs::write(
        elsewhere.path().join("gitconfig"),
        "[init]\n\tdefaultBranch = trunk\n[commit]\n\tgpgSign = true\n",
    )
    .unwrap();
    let mut tour = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    tour.arg("tour")
        .current_dir(&elsewhere)
        .env("GIT_CONFIG_GLOBAL", elsewhere.path().join("gitconfig"));
    assert_eq!(tour.output().unwrap().status.code(), Some(0));
}
