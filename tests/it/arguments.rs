//! Invalid arguments, including hostile ones that a script passes on.

use crate::sandbox::{fails, released, stderr};
use crate::scenario::assert_contains;

/// What is said of arguments on a terminal with colors; exit code 2.
fn colored_error(arguments: &[&str]) -> String {
    let sandbox = released();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let output = command
        .env("CLICOLOR_FORCE", "1")
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    stderr(&output).to_owned()
}

#[test]
fn an_argument_in_an_error_cannot_steer_a_terminal() {
    let hostile = "x\u{1b}[31m\u{202e}\n::error::y";
    for arguments in [
        &[hostile][..],
        &["next", hostile],
        &[&format!("--{hostile}")],
        &["next", &format!("--{hostile}")],
        &["changelog", "--style", hostile],
        &["next", "--now", hostile],
        &["next", "--set-version", hostile],
        &["next", "--build", hostile],
        &["explain", "v1.0.0", hostile],
        &["ticket", hostile],
    ] {
        let error = colored_error(arguments);
        assert!(
            !error.contains(['\u{1b}', '\u{202e}']),
            "{arguments:?}: {error:?}"
        );
        assert!(
            !error
                .lines()
                .any(|line| line.trim_start().starts_with("::")),
            "{arguments:?}: {error:?}"
        );
        assert!(error.starts_with("error: "), "{arguments:?}: {error:?}");
    }
}

#[test]
fn an_argument_in_an_error_is_shown_on_one_line() {
    let error = colored_error(&["changelog", "--style", "x\u{1b}[31m\n::error::y"]);
    assert!(
        error.starts_with("error: invalid value 'x\\u{1b}[31m ::error::y' for '--style <STYLE>'\n"),
        "{error}"
    );
}

#[test]
fn an_error_without_hostile_arguments_keeps_its_colors() {
    assert!(colored_error(&["nxet"]).contains("\u{1b}["));
}

#[test]
fn a_time_before_1970_is_refused() {
    let sandbox = released();
    let error = fails(&sandbox, &["next", "--now", "1969-12-31T23:59:59Z"]);
    assert!(
        error.starts_with("error: `--now` is 1969-12-31T23:59:59Z, which is before 1970\n"),
        "{error}"
    );
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let output = command
        .env("SOURCE_DATE_EPOCH", "-1")
        .arg("next")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_contains(
        stderr(&output),
        "`SOURCE_DATE_EPOCH` is 1969-12-31T23:59:59Z",
    );
}
