//! `check --fix`: what it writes, what it leaves alone, and what it reports.

use std::fs;

use proptest::prelude::*;
use tollgate::document::Document;
use tollgate::finding::{Applicability, Severity};
use tollgate::rules::{Fixed, apply_fixes, lint_ticket};
use tollgate::source::Source;
use tollgate::ticket::{self, ParsedTicket, State};

use crate::check::code;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;
use crate::ticket_files::{files, settings};

/// Two safe fixes, an unsafe one, and a fault that only a person can fix.
const FAULTY: &str = r#"titel = "Raise the billing-api Postgres pool from 20 to 40 connections" # in the charts
state   = "proposed"
category = "bugfixx"
justification = ""
services = 'billing'
deployment = ["Merge the change and let the pipeline apply `k8s/billing-pool.yaml`"]
rollback = ["Re-apply `k8s/billing-pool-20.yaml`; `/health` returns pool=20"]
validation = ["`GET /health` returns pool=40 on every instance"]
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/a.toml", FAULTY);
    sandbox
}

fn safely_fixed() -> String {
    FAULTY
        .replace("titel", "title")
        .replace("'billing'", "['billing']")
}

fn fixed() -> String {
    safely_fixed().replace("bugfixx", "bugfix")
}

#[test]
fn safe_fixes_are_written_and_what_is_left_is_reported() {
    let sandbox = sandbox();
    let output = sandbox.tollgate(&["check", "--fix", "--format", "concise"]);
    assert_eq!(
        stderr(&output),
        "Fixed 2 findings in 1 ticket; `--unsafe-fixes` would fix 1 more\n"
    );
    let heads: Vec<_> = stdout(&output)
        .lines()
        .map(|line| line.split(']').next().unwrap())
        .collect();
    let left = [
        "changes/a.toml:3:12: error[ticket/invalid-value",
        "changes/a.toml:4:17: error[ticket/blank-field",
    ];
    assert_eq!((code(&output), heads.as_slice()), (1, &left[..]));
    assert_eq!(sandbox.read("changes/a.toml"), safely_fixed());
}

#[test]
fn a_second_run_changes_nothing() {
    let sandbox = sandbox();
    sandbox.tollgate(&["check", "--fix", "--unsafe-fixes"]);
    let once = sandbox.read("changes/a.toml");
    let output = sandbox.tollgate(&["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(
        (sandbox.read("changes/a.toml"), stderr(&output)),
        (once, "")
    );
}

#[test]
fn unsafe_fixes_are_written_if_requested() {
    let sandbox = sandbox();
    let output = sandbox.tollgate(&["check", "--fix", "--unsafe-fixes", "--format", "json"]);
    assert_eq!(stderr(&output), "Fixed 3 findings in 1 ticket\n");
    let left: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(
        (&left["summary"]["errors"], &left["findings"][0]["rule"]),
        (&1.into(), &"ticket/blank-field".into())
    );
    assert_eq!(sandbox.read("changes/a.toml"), fixed());
}

#[test]
fn nothing_is_written_without_fix_option() {
    let sandbox = sandbox();
    for arguments in [
        &["check"][..],
        &["check", "--unsafe-fixes"],
        &["check", "--diff"],
        &["check", "--fix", "--diff"],
    ] {
        assert_eq!(code(&sandbox.tollgate(arguments)), 1, "{arguments:?}");
        assert_eq!(sandbox.read("changes/a.toml"), FAULTY, "{arguments:?}");
    }
    let offered = sandbox.tollgate(&["check", "--unsafe-fixes"]);
    assert_eq!(
        stderr(&offered),
        "`--fix` would fix 3 findings in 1 ticket\n"
    );
}

#[test]
fn a_diff_shows_what_a_fix_would_write() {
    let sandbox = sandbox();
    let output = sandbox.tollgate(&["check", "--diff", "--unsafe-fixes"]);
    assert_eq!(stderr(&output), "Would fix 3 findings in 1 ticket\n");
    assert!(
        stdout(&output)
            .starts_with("--- a/changes/a.toml\n+++ b/changes/a.toml\n@@ -1,8 +1,8 @@\n-titel = ")
    );
    sandbox.write("a.patch", stdout(&output));
    sandbox.git(&["apply", "a.patch"]);
    assert_eq!(sandbox.read("changes/a.toml"), fixed());
    let output = sandbox.tollgate(&["check", "--diff", "--unsafe-fixes"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "", "")
    );
}

#[test]
fn fixing_alone_reports_nothing_and_passes() {
    let sandbox = sandbox();
    let output = sandbox.tollgate(&["check", "--fix-only", "-q"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "", "")
    );
    assert_eq!(sandbox.read("changes/a.toml"), safely_fixed());
    for other in ["--format=json", "--statistics", "--show-files"] {
        assert_eq!(
            code(&sandbox.tollgate(&["check", "--fix-only", other])),
            2,
            "{other}"
        );
        assert_eq!(
            code(&sandbox.tollgate(&["check", "--diff", other])),
            2,
            "{other}"
        );
    }
}

#[test]
fn fixed_standard_input_is_printed_not_written() {
    let sandbox = sandbox();
    let arguments = [
        "check",
        "--fix",
        "--format",
        "concise",
        "--stdin-filename",
        "changes/a.toml",
        "-",
    ];
    let output = sandbox.tollgate_with_input(&arguments, FAULTY.as_bytes());
    assert_eq!(
        (code(&output), stdout(&output)),
        (1, safely_fixed().as_str())
    );
    assert_contains(
        stderr(&output),
        "\nchanges/a.toml:3:12: error[ticket/invalid-value]",
    );
    assert_eq!(sandbox.read("changes/a.toml"), FAULTY);
    let untouched = sandbox.tollgate_with_input(&["check", "--fix-only", "-"], b"title = [\r\n");
    assert_eq!(
        (code(&untouched), stdout(&untouched), stderr(&untouched)),
        (0, "title = [\r\n", "")
    );
}

#[test]
fn standard_input_that_is_cut_is_not_printed() {
    let sandbox = sandbox();
    sandbox.write("tollgate.toml", "limits.ticket_bytes = 20");
    let output = sandbox.tollgate_with_input(&["check", "--fix", "-"], FAULTY.as_bytes());
    assert_eq!((code(&output), stdout(&output)), (2, ""));
}

#[test]
fn only_what_is_named_is_written() {
    let sandbox = sandbox();
    sandbox.write("changes/b.toml", FAULTY);
    sandbox.write("draft.txt", FAULTY);
    sandbox.tollgate(&["-C", "changes", "check", "--fix", "../draft.txt", "b.toml"]);
    let texts = ["changes/a.toml", "changes/b.toml", "draft.txt"].map(|path| sandbox.read(path));
    assert_eq!(texts, [FAULTY.to_owned(), safely_fixed(), safely_fixed()]);
}

#[test]
fn a_ticket_outside_the_repository_is_written_where_it_is() {
    let (sandbox, other) = (sandbox(), sandbox());
    let named = other.path().join("changes/a.toml");
    sandbox.tollgate(&["check", "--fix", named.to_str().unwrap()]);
    assert_eq!(
        (sandbox.read("changes/a.toml"), other.read("changes/a.toml")),
        (FAULTY.to_owned(), safely_fixed())
    );
}

#[test]
fn plan_of_approved_ticket_is_not_fixed() {
    let sandbox = sandbox();
    let approved = FAULTY.replace("proposed", "approved");
    sandbox.write("changes/a.toml", &approved);
    let output = sandbox.tollgate(&["check", "--fix", "--unsafe-fixes"]);
    let why = "the plan of a ticket in the `approved` state is not changed";
    let note = format!("`changes/a.toml`: 3 fixes not applied: {why}\n");
    assert_eq!((code(&output), stderr(&output)), (1, &*note));
    assert_eq!(sandbox.read("changes/a.toml"), approved);
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_a_read_only_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = sandbox();
    let path = sandbox.path().join("changes/a.toml");
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    set(0o444);
    let output = sandbox.tollgate(&["check", "--fix"]);
    assert_eq!(
        (
            code(&output),
            stdout(&output),
            sandbox.read("changes/a.toml").as_str()
        ),
        (2, "", FAULTY)
    );
    set(0o640);
    sandbox.tollgate(&["check", "--fix"]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(
        fs::read_dir(sandbox.path().join("changes"))
            .unwrap()
            .count(),
        1
    );
}

/// What people do to a ticket by a slip of the hand.
#[derive(Debug, Clone)]
enum Slip {
    Key(String),
    Quotes,
    Lonely,
    Moved(usize),
}

fn slips() -> impl Strategy<Value = Vec<(usize, Slip)>> {
    let slip = prop_oneof![
        "[a-z_]{1,9}".prop_map(Slip::Key),
        Just(Slip::Key("titel".into())),
        Just(Slip::Key("backout_plan".into())),
        Just(Slip::Key("servcies".into())),
        Just(Slip::Quotes),
        Just(Slip::Lonely),
        (0..40_usize).prop_map(Slip::Moved),
    ];
    prop::collection::vec((0..40_usize, slip), 1..5)
}

fn make(lines: &mut Vec<String>, at: usize, slip: &Slip) {
    let at = at % lines.len();
    let line = lines[at].clone();
    let Some((key, value)) = line.split_once(" = ") else {
        return;
    };
    match slip {
        Slip::Key(other) => lines[at] = format!("{other} = {value}"),
        Slip::Quotes => lines[at] = format!("{key} = '{}'", value.trim_matches('"')),
        Slip::Lonely => lines[at] = line.replace(['[', ']'], ""),
        Slip::Moved(to) => {
            lines.remove(at);
            lines.insert(to % lines.len().max(1), line);
        }
    }
}

fn comments(source: &Source) -> Vec<String> {
    let mut texts: Vec<String> = Document::parse(source.clone())
        .0
        .comments()
        .iter()
        .map(|comment| comment.text.clone())
        .collect();
    texts.sort();
    texts
}

proptest! {
    #[test]
    fn mending_is_done_at_once_keeps_comments_and_makes_nothing_worse(
        file in 0..24_usize, slips in slips(), windows in any::<bool>(), mark in any::<bool>(),
    ) {
        let mut all = files("examples/tickets");
        all.extend(files("tests/fixtures/tickets/bad"));
        let text = fs::read_to_string(&all[file % all.len()]).unwrap();
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line} # {}", line.len())).collect();
        if Document::parse(Source::new("x", lines.join("\n"))).1.is_empty() {
            slips.iter().for_each(|(at, slip)| make(&mut lines, *at, slip));
        } else {
            // A text over several lines bears no comment.
            lines = text.lines().map(str::to_owned).collect();
            slips.iter().for_each(|(at, slip)| make(&mut lines, *at, slip));
        }
        let text = lines.join(if windows { "\r\n" } else { "\n" });
        let source = Source::new("changes/x.toml", format!("{}{text}", if mark { "\u{feff}" } else { "" }));
        let errors = |source: &Source| lint_ticket(source, &settings()).count(Severity::Error);
        for allowed in [Applicability::Safe, Applicability::Unsafe] {
            let Some(Fixed { source: after, .. }) = apply_fixes(&source, allowed, &settings()) else { continue };
            prop_assert!(errors(&after) <= errors(&source));
            prop_assert!(Document::parse(after.clone()).1.is_empty());
            prop_assert_eq!(comments(&after), comments(&source));
            prop_assert_eq!(after.text().starts_with('\u{feff}'), mark);
            prop_assert!(!windows || !after.text().replace("\r\n", "").contains('\n'), "{:?}", after.text());
            prop_assert!(apply_fixes(&after, allowed, &settings()).is_none());
        }
    }

    #[test]
    fn an_approved_plan_keeps_its_digest(file in 0..12_usize, slips in slips()) {
        let text = fs::read_to_string(&files("examples/tickets")[file]).unwrap();
        let mut lines: Vec<String> = text.replace("\"proposed\"", "\"approved\"").lines().map(str::to_owned).collect();
        slips.iter().for_each(|(at, slip)| make(&mut lines, *at, slip));
        let source = Source::new("changes/x.toml", lines.join("\n"));
        let (parsed, _) = ParsedTicket::parse_partially(&source);
        prop_assume!(parsed.ticket.state == State::Approved);
if let Some(fixed) = apply_fixes(&source, Applicability::Unsafe, &settings()) {             let (after, _) = ParsedTicket::parse_partially(&fixed.source);
            prop_assert_eq!(ticket::digest_input(&after.document), ticket::digest_input(&parsed.document));
        }
    }
}
