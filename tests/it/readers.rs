//! What a configuration names is read from the files of the repository: never from `.git`, never
//! from outside.

use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, stderr, stdout};

const SECRET: &str = "c2VjcmV0";

/// A repository whose `.git/config` has a token, as a checkout leaves it there, and a file outside
/// that has it too.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[
        "config",
        "http.https://github.com/.extraheader",
        &format!("AUTHORIZATION: basic {SECRET}"),
    ]);
    let outside = sandbox.path().parent().unwrap().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(
        outside.join("a.toml"),
        format!("title = \"{SECRET}\"\n{SECRET}"),
    )
    .unwrap();
    sandbox.commit("feat: a");
    sandbox
}

/// Asserts that a command neither reads nor prints the secret; it ends with this exit code.
fn assert_silent(sandbox: &Sandbox, arguments: &[&str], code: i32) {
    let output = sandbox.tollgate(arguments);
    let printed = format!("{arguments:?}: {}{}", stdout(&output), stderr(&output));
    assert!(
        !printed.contains(SECRET) && !printed.contains("AUTHORIZATION"),
        "{printed}"
    );
    assert_eq!(output.status.code(), Some(code), "{printed}");
}

#[test]
fn a_template_is_not_read_from_the_git_folder() {
    let sandbox = sandbox();
    symlink(".git/config", sandbox.path().join("link")).unwrap();
    symlink(".git", sandbox.path().join("folder")).unwrap();
    symlink("../outside/a.toml", sandbox.path().join("out")).unwrap();
    for template in [
        ".git/config",
        ".Git/config",
        "git~1/config",
        "x/../.git/config",
        "link",
        "folder/config",
        "out",
    ] {
        sandbox.write(
            "tollgate.toml",
            format!("[changelog]\nstyle = \"template\"\ntemplate = '{template}'\n"),
        );
        assert_silent(&sandbox, &["changelog"], 2);
    }
}

#[test]
fn a_template_may_be_a_link_inside_the_repository() {
    let sandbox = sandbox();
    sandbox.write("docs/template.jinja", "it works");
    symlink("docs/template.jinja", sandbox.path().join("link")).unwrap();
    sandbox.write(
        "tollgate.toml",
        "[changelog]\nstyle = \"template\"\ntemplate = \"link\"\n",
    );
    assert_eq!(stdout(&sandbox.tollgate(&["changelog"])), "it works\n");
}

#[test]
fn tickets_are_not_read_from_the_git_folder() {
    for glob in [".git/con*", ".git/**", "./.GIT/con*", "a/../.git/con*"] {
        let sandbox = sandbox();
        sandbox.write("tollgate.toml", format!("tickets = ['{glob}']\n"));
        for arguments in [&["check"][..], &["ticket", "list"], &["status"]] {
            assert_silent(&sandbox, arguments, 2);
        }
    }
}

#[test]
fn a_glob_of_everything_does_not_enter_the_git_folder() {
    let sandbox = sandbox();
    sandbox.write(
        "tollgate.toml",
        "tickets = [\"**/con*\", \"*git/con*\", \"?git/*fig\", \"[.]git/config\"]\n",
    );
    assert!(stdout(&sandbox.tollgate(&["check"])).contains("ticket/none-found"));
    assert_silent(&sandbox, &["check"], 0);
}

#[test]
fn a_ticket_that_is_a_link_is_not_read() {
    for target in ["../.git/config", "../../outside/a.toml"] {
        let sandbox = sandbox();
        sandbox.write("changes/b.toml", "title = \"x\"");
        symlink(target, sandbox.path().join("changes/a.toml")).unwrap();
        assert_silent(&sandbox, &["check"], 2);
        assert_silent(&sandbox, &["check", "changes"], 2);
        assert_silent(&sandbox, &["check", "changes/a.toml"], 2);
    }
}

#[test]
fn a_ticket_named_in_the_git_folder_is_refused() {
    let sandbox = sandbox();
    for command in [&["check"][..], &["ticket", "show"], &["ticket", "digest"]] {
        assert_silent(&sandbox, &[command, &[".git/config"]].concat(), 2);
    }
}

#[test]
fn config_link_into_git_folder_is_not_read() {
    for name in ["tollgate.toml", ".tollgate.toml", ".config", "Cargo.toml"] {
        for target in [".git/config", "../outside/a.toml"] {
            let sandbox = sandbox();
            let (name, target) = if name == ".config" {
                (name, ".git")
            } else {
                (name, target)
            };
            symlink(target, sandbox.path().join(name)).unwrap();
            std::fs::write(sandbox.path().join(".git/tollgate.toml"), SECRET).unwrap();
            assert_silent(&sandbox, &["config", "show"], 2);
        }
    }
}

#[test]
fn configured_files_in_git_folder_are_not_read() {
    let pattern = "pattern = '(?<version>.+)'";
    for config in [
        format!("[release]\nversion_files = [{{ file = '.git/config', {pattern} }}]\n"),
        "[approvals]\nallowed_signers = '.git/config'\n".to_owned(),
        "[changelog]\nfile = '.git/config'\n".to_owned(),
    ] {
        let sandbox = sandbox();
        sandbox.write("tollgate.toml", config);
        sandbox.commit("feat: b");
        for arguments in [
            &["release"][..],
            &["changelog", "--write"],
            &["check"],
            &["gate", "--base", "HEAD~1"],
        ] {
            // The gate takes the configuration of the base, which is a good one.
            let code = if arguments[0] == "gate" { 1 } else { 2 };
            assert_silent(&sandbox, arguments, code);
        }
    }
}
