//! Typed commands: short forms, aliases, parts of names, and typos; and which output is colored.

use std::path::Path;

use crate::sandbox::{Sandbox, fails, released, stderr, stdout};
use crate::scenario::assert_contains;

const TICKET: &str = "title = \"Raise the billing-api pool from 20 to 40 connections\"\n";

/// What a run prints; exit code 0.
fn printed(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        stderr(&output)
    );
    stdout(&output).to_owned()
}

#[test]
fn dry_run_is_the_default() {
    let sandbox = released();
    assert_eq!(
        printed(&sandbox, &["release", "--dry-run"]),
        printed(&sandbox, &["release"])
    );
    assert!(
        fails(&sandbox, &["release", "--dry-run", "--execute"]).contains("cannot be used with")
    );
}

#[test]
fn json_is_short_for_the_format() {
    let sandbox = released();
    for command in [
        &["next"][..],
        &["status"],
        &["explain"],
        &["release"],
        &["rules"],
        &["changelog"],
        &["ticket", "list"],
    ] {
        let [short, long] =
            [&["--json"][..], &["--format", "json"]].map(|option| [command, option].concat());
        assert_eq!(
            printed(&sandbox, &short),
            printed(&sandbox, &long),
            "{command:?}"
        );
    }
    let [short, long] = [&["check", "--json"][..], &["check", "--format", "json"]]
        .map(|words| sandbox.tollgate(words));
    assert_eq!(
        (stdout(&short), short.status.code()),
        (stdout(&long), long.status.code())
    );
}

#[test]
fn an_alias_runs_the_same_command() {
    let sandbox = released();
    assert_eq!(printed(&sandbox, &["version"]), "1.1.0\n");
    sandbox.write("changes/pool.toml", TICKET);
    assert_eq!(
        printed(&sandbox, &["ticket", "ls"]),
        printed(&sandbox, &["ticket", "list"])
    );
    assert_eq!(
        stdout(&sandbox.tollgate(&["lint"])),
        stdout(&sandbox.tollgate(&["check"]))
    );
}

#[test]
fn output_has_a_short_option() {
    let sandbox = released();
    assert_eq!(printed(&sandbox, &["changelog", "-o", "notes.md"]), "");
    assert!(sandbox.read("notes.md").starts_with("# Changelog\n"));
}

#[test]
fn the_likely_word_is_suggested() {
    let sandbox = released();
    for (arguments, near) in [
        (&["chek"][..], "'check'"),
        (&["relaese"], "'release'"),
        (&["ticket", "lsit"], "'list'"),
        (&["release", "--exeucte"], "'--execute'"),
        (&["next", "--bump", "minr"], "'minor'"),
        (
            &["explain", "trivial-rolback"],
            "`content/trivial-rollback`",
        ),
    ] {
        assert!(
            fails(&sandbox, arguments).contains(near),
            "{arguments:?}: {}",
            fails(&sandbox, arguments)
        );
    }
}

#[test]
fn a_version_is_found_with_and_without_v() {
    let sandbox = released();
    assert_eq!(
        printed(&sandbox, &["explain", "1.0.0"]),
        printed(&sandbox, &["explain", "v1.0.0"])
    );
    let release = |version: &str| printed(&sandbox, &["changelog", "--release", version]);
    assert_eq!(release("1.0.0"), release("v1.0.0"));
    let verified = |tag: &str| stdout(&sandbox.tollgate(&["verify", tag])).to_owned();
    assert_eq!(verified("1.0.0"), verified("v1.0.0"));
}

#[test]
fn a_tag_without_v_is_found_with_it() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "1.0.0"]);
    assert!(printed(&sandbox, &["explain", "v1.0.0"]).starts_with("Version 1.0.0: "));
}

#[test]
fn a_rule_is_named_without_its_group() {
    let sandbox = released();
    let page = printed(&sandbox, &["explain", "content/trivial-rollback"]);
    assert_eq!(printed(&sandbox, &["explain", "trivial-rollback"]), page);
    sandbox.write("changes/pool.toml", TICKET.replace("title", "titel"));
    let found = |rule: &str| {
        stdout(&sandbox.tollgate(&["check", "--select", rule, "--format", "concise"])).to_owned()
    };
    assert_eq!(found("unknown-key"), found("ticket/unknown-key"));
    assert!(found("unknown-key").contains("ticket/unknown-key"));
}

#[test]
fn a_part_of_an_id_names_a_ticket_and_is_reported() {
    let sandbox = released();
    sandbox.write("changes/2026-05-pool.toml", TICKET);
    let output = sandbox.tollgate(&["ticket", "show", "pool"]);
    assert!(
        stdout(&output).starts_with("Ticket       2026-05-pool\n"),
        "{}",
        stderr(&output)
    );
    let approved = sandbox.tollgate(&["ticket", "approve", "pool"]);
    assert_eq!(
        stdout(&approved),
        "changes/2026-05-pool.toml: approved by ada@example.com\n"
    );
    assert!(
        stderr(&approved).starts_with("note: `pool` is ticket `2026-05-pool`\n"),
        "{}",
        stderr(&approved)
    );
}

#[test]
fn an_ambiguous_part_changes_nothing() {
    let sandbox = released();
    sandbox.write("changes/2026-05-pool.toml", TICKET);
    sandbox.write("changes/2026-06-pool.toml", TICKET);
    let error = fails(&sandbox, &["ticket", "approve", "pool"]);
    assert_eq!(
        error,
        "error: `pool` matches 2 tickets\n  help: use `2026-05-pool` or `2026-06-pool`\n"
    );
    assert_eq!(sandbox.read("changes/2026-05-pool.toml"), TICKET);
}

#[test]
fn an_editor_is_opened_on_a_terminal_only() {
    let sandbox = released();
    sandbox.write("changes/pool.toml", TICKET);
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let output = command
        .args(["ticket", "edit", "pool"])
        .env("EDITOR", "touch edited")
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), sandbox.path().join("edited").exists()),
        (Some(2), false)
    );
    assert!(
        stderr(&output).starts_with("error: `tollgate ticket edit` needs a terminal\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn many_commits_without_effect_are_counted() {
    let sandbox = released();
    (0..11).for_each(|number| drop(sandbox.commit(&format!("docs: explain {number}"))));
    let text = printed(&sandbox, &["explain"]);
    assert_contains(
        &text,
        "feat: second\n  and 11 commits that don't affect the version (`--all` lists them)\n",
    );
    assert!(!text.contains("docs: explain 7"), "{text}");
    assert!(printed(&sandbox, &["explain", "--all"]).contains("docs: explain 7"));
}

/// Whether `status` writes escape sequences into a pipe.
fn is_colored(arguments: &[&str], environment: &[(&str, &str)]) -> bool {
    let sandbox = released();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let output = command
        .arg("status")
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    stdout(&output).contains('\u{1b}')
}

#[test]
fn the_environment_decides_on_color_unless_the_option_does() {
    assert!(!is_colored(&[], &[]));
    assert!(is_colored(&[], &[("FORCE_COLOR", "1")]));
    assert!(is_colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!is_colored(
        &[],
        &[("FORCE_COLOR", "0"), ("CLICOLOR_FORCE", "1")]
    ));
    assert!(!is_colored(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(is_colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!is_colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn help_is_colored_like_everything_else() {
    let sandbox = released();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let forced = command
        .args(["next", "--help"])
        .env("FORCE_COLOR", "1")
        .output()
        .unwrap();
    assert!(stdout(&forced).contains('\u{1b}'));
    assert!(!printed(&sandbox, &["next", "--help"]).contains('\u{1b}'));
    assert!(printed(&sandbox, &["next", "--color=always", "--help"]).contains('\u{1b}'));
}

#[test]
fn a_build_that_is_not_released_says_so() {
    let version = printed(&Sandbox::new(), &["--version"]);
    // A package has no history, and a release build may be that of a tag.
    let is_known =
        cfg!(debug_assertions) && Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists();
    assert!(!is_known || version.contains("dev"), "{version}");
    assert!(
        version.starts_with(concat!("tollgate ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
}
