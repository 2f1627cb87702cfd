//! `check` and related commands as programs: flags, streams, and exit codes.

use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

/// Nothing to find.
const GOOD: &str = r#"
title = "Raise the billing-api Postgres pool from 20 to 40 connections"
state = "proposed"
justification = "Checkout times out at the 18:00 peak: about 2% of orders fail until this ships."
deployment = ["Merge the change and let the pipeline apply `k8s/billing-pool.yaml`"]
rollback = ["Re-apply `k8s/billing-pool-20.yaml`; `/health` returns pool=20"]
validation = ["`GET /health` returns pool=40 on every instance"]
"#;

/// Six faults, each of another kind.
const FAULTY: &str = r#"titel = "Raise the billing-api Postgres pool from 20 to 40 connections"
kind = "normale"
justification = 7
deployment = ["Merge the change", { do = "Drain eu-1" }]
rollback = []
validation = ["`GET /health` returns pool=40 on every instance"]
"#;

fn sandbox(tickets: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in tickets {
        sandbox.write(path, text);
    }
    sandbox
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn a_repository_without_fault_passes() {
    let output = sandbox(&[("changes/a.toml", GOOD)]).tollgate(&["check"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "1 ticket checked, no problems found\n", "")
    );
}

#[test]
fn selection_that_checks_no_ticket_is_reported() {
    let sandbox = sandbox(&[("changes/a.toml", GOOD)]);
    let output = sandbox.tollgate(&["check", "--select", "commit/*"]);
    assert_contains(
        stderr(&output),
        "none of the selected rules is about tickets, so they are not checked",
    );
    let output = sandbox.tollgate(&["check", "--select", "content/*"]);
    assert_eq!(stderr(&output), "");
}

#[test]
fn every_fault_is_a_finding_at_its_place_in_one_run() {
    let output = sandbox(&[("changes/a.toml", FAULTY)]).tollgate(&["check", "--format", "concise"]);
    assert_eq!((code(&output), stderr(&output)), (1, ""));
    let heads: Vec<_> = stdout(&output)
        .lines()
        .map(|line| line.split(']').next().unwrap())
        .collect();
    assert_eq!(
        heads,
        [
            "changes/a.toml:1:1: error[ticket/unknown-key",
            "changes/a.toml:2:8: error[ticket/invalid-value",
            "changes/a.toml:3:17: error[ticket/wrong-type",
            "changes/a.toml:4:35: error[ticket/mixed-steps",
            "changes/a.toml:5:12: error[ticket/blank-field",
        ]
    );
}

#[test]
fn an_unknown_key_of_the_configuration_is_two_with_its_place() {
    let output = sandbox(&[("tollgate.toml", "tikets = []\n")]).tollgate(&["check"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert_contains(stderr(&output), "tollgate.toml:1:1");
    assert_contains(stderr(&output), "did you mean `tickets`?");
}

#[test]
fn a_format_goes_to_the_file_that_is_named() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    let output = sandbox.tollgate(&[
        "check",
        "--format",
        "concise",
        "--format",
        "json=findings.json",
    ]);
    assert!(stdout(&output).starts_with("changes/a.toml:1:1: "));
    let written: serde_json::Value = serde_json::from_str(&sandbox.read("findings.json")).unwrap();
    assert_eq!(written["summary"]["errors"], 5);
    assert_eq!(written["findings"][1]["offset"], 79);
}

#[test]
fn two_formats_cannot_share_standard_output() {
    let output = sandbox(&[]).tollgate(&["check", "--format", "json", "--format", "concise"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
}

#[test]
fn standard_input_is_a_ticket_of_the_name_it_is_given() {
    let sandbox = sandbox(&[("changes/a.toml", GOOD)]);
    let arguments = [
        "check",
        "--format",
        "concise",
        "--stdin-filename",
        "changes/a.toml",
        "-",
    ];
    let output = sandbox.tollgate_with_input(&arguments, b"title = 1");
    assert_eq!(code(&output), 1);
    assert!(
        stdout(&output)
            .lines()
            .all(|line| line.starts_with("changes/a.toml:1:")),
        "{}",
        stdout(&output)
    );
    assert!(
        !stdout(&output).contains("duplicate-id"),
        "{}",
        stdout(&output)
    );
    assert_eq!(
        code(&sandbox.tollgate_with_input(&["check", "-"], b"\xff")),
        1
    );
    assert_eq!(
        code(&sandbox.tollgate(&["check", "--stdin-filename", "x.toml"])),
        2
    );
}

#[test]
fn a_ticket_above_the_limit_is_one_finding() {
    let sandbox = sandbox(&[
        ("tollgate.toml", "limits.ticket_bytes = 20"),
        ("changes/a.toml", FAULTY),
    ]);
    let output = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(stdout(&output).lines().count(), 1);
    assert_contains(stdout(&output), "error[ticket/too-large]");
}

#[test]
fn more_findings_than_anyone_reads_are_an_error() {
    let many = format!("deployment = [{}]", "'', ".repeat(11_000));
    let output = sandbox(&[("changes/a.toml", &many)]).tollgate(&["check"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert_contains(
        stderr(&output),
        "more than 10000; most are in `changes/a.toml`",
    );
}

#[test]
fn the_severity_that_fails_is_a_matter_of_choice() {
    let sandbox = sandbox(&[]);
    assert_eq!(code(&sandbox.tollgate(&["check"])), 0);
    assert_eq!(
        code(&sandbox.tollgate(&["check", "--fail-on", "warning"])),
        1
    );
}

#[test]
fn rules_are_selected_and_ignored() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    let count = |arguments: &[&str]| {
        let all = [&["check", "--format", "concise"], arguments].concat();
        stdout(&sandbox.tollgate(&all)).lines().count()
    };
    assert_eq!(count(&["--select", "ticket/unknown-key"]), 1);
    assert_eq!(
        count(&["--ignore", "ticket/unknown-key,ticket/missing-field"]),
        4
    );
    assert_eq!(
        code(&sandbox.tollgate(&["check", "--select", "ticket/unknown"])),
        2
    );
}

#[test]
fn findings_are_counted_by_rule() {
    let sandbox = sandbox(&[
        ("changes/a.toml", FAULTY),
        ("changes/b.toml", "titel = 1\nkinde = 2\n"),
    ]);
    let output = sandbox.tollgate(&[
        "check",
        "--statistics",
        "--select",
        "ticket/unknown-key,ticket/mixed-steps",
    ]);
    assert_eq!(code(&output), 1);
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert!(
        lines[0].starts_with("3  ticket/unknown-key  ") && lines[0].ends_with(" with a fix)"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("1  ticket/mixed-steps  "), "{lines:?}");
    assert_eq!(lines[2..], ["", "2 tickets checked: 4 errors"]);
}

#[test]
fn more_findings_than_anyone_reads_can_be_counted() {
    let many = format!("deployment = [{}]", "'', ".repeat(11_000));
    let sandbox = sandbox(&[("changes/a.toml", &many)]);
    let output = sandbox.tollgate(&[
        "check",
        "--statistics",
        "--select",
        "ticket/blank-field",
        "--format",
        "json",
    ]);
    let document: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(document["statistics"][0]["count"], 11_000);
}

#[test]
fn files_are_shown_and_not_looked_at() {
    let sandbox = sandbox(&[
        ("changes/a.toml", FAULTY),
        ("changes/b/c.toml", "["),
        ("x.toml", ""),
    ]);
    let output = sandbox.tollgate(&["-C", "changes", "check", "--show-files"]);
    assert_eq!((code(&output), stdout(&output)), (0, "a.toml\nb/c.toml\n"));
    let output = sandbox.tollgate(&[
        "check",
        "--show-files",
        "x.toml",
        "changes/b",
        "--format",
        "json",
    ]);
    let document: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        document["files"],
        serde_json::json!(["changes/b/c.toml", "x.toml"])
    );
}

#[test]
fn what_shows_findings_alone_shows_no_overview() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    let output = sandbox.tollgate(&[
        "check",
        "--statistics",
        "--format",
        "json=x.json",
        "--format",
        "sarif",
    ]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(
        stderr(&output).starts_with("error: format `sarif` cannot show statistics"),
        "{}",
        stderr(&output)
    );
    assert!(!sandbox.path().join("x.json").exists());
}

#[test]
fn a_named_ticket_is_seen_among_the_others() {
    let twin = format!("id = \"a\"\n{GOOD}");
    let output = sandbox(&[("changes/a.toml", GOOD), ("elsewhere/b.toml", &twin)]).tollgate(&[
        "check",
        "--format",
        "concise",
        "elsewhere/b.toml",
    ]);
    assert!(
        stdout(&output).starts_with("elsewhere/b.toml:1:"),
        "{}",
        stdout(&output)
    );
    assert_contains(stdout(&output), "duplicate-id");
}

#[test]
fn text_paths_are_relative_to_cwd_and_json_to_root() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY), ("src/x", "")]);
    let people = sandbox.tollgate(&["-C", "src", "check", "--format", "concise"]);
    assert!(
        stdout(&people).starts_with("../changes/a.toml:1:1"),
        "{}",
        stdout(&people)
    );
    let programs = sandbox.tollgate(&["-C", "changes", "check", "--format", "github", "a.toml"]);
    assert!(
        stdout(&programs).starts_with("::error file=changes/a.toml,line=1,"),
        "{}",
        stdout(&programs)
    );
}

#[test]
fn no_repository_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("changes")).unwrap();
    std::fs::write(folder.path().join("changes/a.toml"), FAULTY).unwrap();
    let output = sandbox(&[]).tollgate(&["-C", folder.path().to_str().unwrap(), "check"]);
    assert_eq!((code(&output), stderr(&output)), (1, ""));
}

#[test]
fn colors_are_a_matter_of_choice() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    assert!(!stdout(&sandbox.tollgate(&["check"])).contains('\u{1b}'));
    assert!(stdout(&sandbox.tollgate(&["check", "--color", "always"])).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_silence() {
    let sandbox = sandbox(&[]);
    for number in 0..200 {
        sandbox.write(&format!("changes/{number}.toml"), FAULTY);
    }
    let script = format!("'{}' check | head -n 1", env!("CARGO_BIN_EXE_tollgate"));
    let output = sandbox
        .command("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(
        (stdout(&output), stderr(&output)),
        ("error[ticket/unknown-key]\n", "")
    );
}

#[test]
fn checking_writes_nothing() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    sandbox.commit("feat: x");
    let before = sandbox.git(&["status", "--porcelain", "--ignored"]);
    sandbox.tollgate(&["check"]);
    assert_eq!(
        (
            before.as_str(),
            sandbox
                .git(&["status", "--porcelain", "--ignored"])
                .as_str()
        ),
        ("", "")
    );
}

#[test]
fn a_new_ticket_fails_until_its_prompts_are_answered() {
    let sandbox = sandbox(&[]);
    let arguments = [
        "--now",
        "2026-11-20T12:00:00Z",
        "ticket",
        "new",
        "Raise the pool from 20 to 40",
    ];
    let output = sandbox.tollgate(&arguments);
    assert_eq!(
        (code(&output), stdout(&output)),
        (0, "changes/2026-11-20-raise-the-pool-from-20-to-40.toml\n")
    );
    let found = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(code(&found), 1);
    assert!(
        stdout(&found)
            .lines()
            .all(|line| line.contains("error[content/template-residue]")),
        "{}",
        stdout(&found)
    );
    let again = sandbox.tollgate(&arguments);
    assert_eq!((code(&again), stdout(&again)), (2, ""));
    assert_eq!(code(&sandbox.tollgate(&["ticket", "new"])), 2);
}

#[test]
fn an_identity_must_match_before_a_ticket_is_written() {
    let sandbox = sandbox(&[("tollgate.toml", "id_pattern = '^CHG-[0-9]{4}$'")]);
    assert_eq!(
        code(&sandbox.tollgate(&["ticket", "new", "Raise the pool"])),
        2
    );
    assert_eq!(
        code(&sandbox.tollgate(&["ticket", "new", "Raise the pool", "--id", "CHG-0001"])),
        0
    );
}

#[test]
fn the_configuration_that_holds_is_shown_with_its_file() {
    let sandbox = sandbox(&[("tollgate.toml", "initial = \"2.0.0\"")]);
    let output = sandbox.tollgate(&["config", "show"]);
    assert!(
        stdout(&output).starts_with("# from tollgate.toml, including defaults\ntickets = "),
        "{}",
        stdout(&output)
    );
    assert!(stdout(&output).contains("initial = \"2.0.0\""));
}

#[test]
fn a_bare_repository_is_configured_by_its_head() {
    let sandbox = sandbox(&[("tollgate.toml", "initial = \"2.0.0\"")]);
    sandbox.commit("feat: x");
    sandbox.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    let output = sandbox.tollgate(&["-C", "bare.git", "config", "show"]);
    assert!(
        stdout(&output).contains("initial = \"2.0.0\""),
        "{}",
        stderr(&output)
    );
    assert_eq!(code(&sandbox.tollgate(&["-C", "bare.git", "check"])), 2);
}

#[test]
fn rules_and_their_pages_are_shown() {
    let sandbox = sandbox(&[]);
    assert!(
        stdout(&sandbox.tollgate(&["rules"]))
            .lines()
            .any(|line| line.starts_with("ticket/missing-field "))
    );
    let listed: serde_json::Value =
        serde_json::from_str(stdout(&sandbox.tollgate(&["rules", "--format", "json"]))).unwrap();
    assert_eq!(listed["schema_version"], 1);
    let page = sandbox.tollgate(&["explain", "ticket/missing-field"]);
    assert!(
        stdout(&page).starts_with("# ticket/missing-field\n\nLevel: error."),
        "{}",
        stdout(&page)
    );
    let slip = sandbox.tollgate(&["explain", "ticket/missing-feld"]);
    assert!(code(&slip) == 2 && stderr(&slip).contains("did you mean `ticket/missing-field`?"));
}

#[test]
fn every_schema_is_printed() {
    for of in [
        "ticket",
        "config",
        "check",
        "next",
        "current",
        "changelog",
        "release",
        "rules",
        "status",
    ] {
        let output = sandbox(&[]).tollgate(&["schema", of]);
        let schema: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
        jsonschema::draft7::new(&schema).unwrap();
    }
}

#[test]
fn file_that_is_not_utf_8_hides_no_other_finding() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY)]);
    sandbox.write("changes/b.toml", b"title = \"\xff\"\n");
    for paths in [&[][..], &["changes/a.toml", "changes/b.toml"]] {
        let output = sandbox.tollgate(&[&["check", "--format", "concise"], paths].concat());
        assert_eq!(
            (code(&output), stdout(&output).lines().count()),
            (1, 6),
            "{}",
            stderr(&output)
        );
        let last = "changes/b.toml:1:10: error[toml/syntax] the file is not valid UTF-8\n";
        assert!(stdout(&output).ends_with(last), "{}", stdout(&output));
    }
}

#[test]
fn file_that_cannot_be_read_hides_no_finding() {
    let sandbox = sandbox(&[("changes/a.toml", FAULTY), ("changes/b.toml/note.md", "")]);
    let output = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!((code(&output), stdout(&output).lines().count()), (2, 5));
    assert!(
        stderr(&output)
            .starts_with("error: `changes/b.toml` matches `tickets`, but is a directory\n")
    );
    sandbox.commit("feat: x");
    let status = sandbox.tollgate(&["status"]);
    assert!(
        stdout(&status).contains("Tickets      1 draft, 1 invalid\n"),
        "{}",
        stderr(&status)
    );
}

#[test]
fn standard_input_that_is_not_utf_8_is_never_printed_otherwise() {
    let sandbox = sandbox(&[]);
    let output = sandbox.tollgate_with_input(&["check", "--fix", "-"], b"title = \"\xff\"\n");
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    let output = sandbox.tollgate_with_input(
        &["check", "--format", "concise", "-"],
        b"title = \"\xff\"\n",
    );
    assert_eq!(
        stdout(&output),
        "<stdin>:1:10: error[toml/syntax] the file is not valid UTF-8\n"
    );
}

#[test]
fn named_folder_is_checked_if_no_glob_matches_it() {
    let sandbox = sandbox(&[
        ("tickets/a.toml", FAULTY),
        ("tickets/b.toml", GOOD),
        ("tickets/Cargo.toml", "[package]"),
    ]);
    let output = sandbox.tollgate(&["check", "tickets", "--format", "concise"]);
    assert_eq!(
        (code(&output), stdout(&output).lines().count()),
        (1, 5),
        "{}",
        stdout(&output)
    );
    assert_eq!(
        stderr(&output),
        "warning: `tickets/a.toml` and 1 more file are not covered by `tickets` (`changes/**/*.toml`), so `gate` and \
         `release` ignore them\n"
    );
    assert_eq!(
        stderr(&sandbox.tollgate(&["check", "tickets", "--quiet"])),
        ""
    );
}

#[test]
fn named_path_without_tickets_is_an_error() {
    let sandbox = sandbox(&[("src/notes.md", "")]);
    let output = sandbox.tollgate(&["check", "src", "--format", "concise"]);
    let finding = "src:1:1: error[ticket/none-found] no tickets found in `src`\n";
    assert_eq!((code(&output), stdout(&output)), (1, finding));
    assert_eq!(code(&sandbox.tollgate(&["check"])), 0);
    assert_eq!(
        code(&sandbox.tollgate(&["check", "src", "--ignore", "ticket/none-found"])),
        0
    );
}

#[test]
fn check_without_tickets_reports_it_once() {
    let sandbox = sandbox(&[]);
    let output = sandbox.tollgate(&["check"]);
    assert_contains(stdout(&output), "no tickets found in `changes/**/*.toml`");
    assert_eq!(stderr(&output), "");
}
