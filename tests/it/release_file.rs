//! The file that describes a release as a whole: its check, and what a release does with it.

use crate::check::code;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

const NEXT: &str = "releases/next.toml";

fn sandbox(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox
}

#[test]
fn check_includes_release_files() {
    let sandbox = sandbox(&[
        (NEXT, "decidr = \"lee\"\n"),
        ("releases/1.2.3.toml", "zone = \"Europe/Berlin\"\n"),
    ]);
    let output = sandbox.tollgate(&["check", "--show-files"]);
    let files = "releases/1.2.3.toml\nreleases/next.toml\n";
    assert_eq!((code(&output), stdout(&output)), (0, files));
    let output = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(code(&output), 1);
    assert_contains(
        stdout(&output),
        "releases/next.toml:1:1: error[release/invalid-file] unknown key `decidr`",
    );
    let output = sandbox.tollgate(&["check", "releases/1.2.3.toml"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "1 release file checked, no problems found\n", "")
    );
}

#[test]
fn named_directory_and_standard_input_are_checked() {
    let sandbox = sandbox(&[(NEXT, "decidr = \"lee\"\n")]);
    let output = sandbox.tollgate(&["check", "releases", "--format", "concise"]);
    assert_contains(stdout(&output), "error[release/invalid-file]");
    let output =
        sandbox.tollgate_with_input(&["check", "--stdin-filename", NEXT, "-"], b"items = 1\n");
    assert_contains(stdout(&output), "error[release/invalid-file]");
}
