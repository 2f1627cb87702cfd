//! Tickets as people write them, in `tests/fixtures/tickets` and `examples/tickets`: the good ones
//! have no findings, and the broken ones have the expected ones.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tollgate::config::Config;
use tollgate::finding::{Applicability, Checked, Finding};
use tollgate::rules::{RuleSelection, Settings, apply_fixes, lint_ticket, lint_tickets};
use tollgate::source::Source;

use crate::schemas::assert_fits;

pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn good() -> Vec<Source> {
    let source = |file: &PathBuf| {
        Source::new(
            file.display().to_string(),
            fs::read_to_string(file).unwrap(),
        )
    };
    files("examples/tickets").iter().map(source).collect()
}

pub(crate) fn settings() -> Settings {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    Settings::new(&Config::default(), &RuleSelection::default(), now).unwrap()
}

fn lint(name: &str, text: &str) -> Checked {
    lint_ticket(&Source::new(name, text), &settings())
}

fn concise(checked: &Checked) -> Vec<String> {
    let line = |finding: &Finding| {
        let position = checked.sources[&finding.place].position(finding.label.span.start);
        format!(
            "{}:{} {} {}",
            position.line, position.column, finding.rule, finding.message
        )
    };
    checked.findings.iter().map(line).collect()
}

#[test]
fn good_drafts_and_proposals_have_no_findings() {
    for file in files("examples/tickets") {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("state = \"proposed\""), "{}", file.display());
        for state in ["draft", "proposed"] {
            let text = text.replace("state = \"proposed\"", &format!("state = \"{state}\""));
            let checked = lint("changes/x.toml", &text);
            assert_eq!(
                concise(&checked),
                Vec::<String>::new(),
                "{} as {state}",
                file.display()
            );
        }
    }
}

#[test]
fn good_tickets_fit_the_schema() {
    for file in files("examples/tickets") {
        assert_fits(
            &tollgate::ticket::schema(),
            &fs::read_to_string(&file).unwrap(),
        );
    }
}

#[test]
fn good_tickets_have_no_cross_ticket_findings() {
    assert_eq!(
        concise(&lint_tickets(&good(), &[], &settings())),
        Vec::<String>::new()
    );
}

/// The tickets of a folder that are not told for what their first line names, in order, each with
/// what is told.
fn told_wrongly(folder: &str, others: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files(folder) {
        let text = fs::read_to_string(&file).unwrap();
        let expected: Vec<&str> = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# expect: "))
            .unwrap()
            .split(", ")
            .collect();
        let checked = lint_tickets(
            &[Source::new("changes/x.toml", text.as_str())],
            others,
            &settings(),
        );
        let found: Vec<&str> = checked
            .findings
            .iter()
            .map(|finding| finding.rule)
            .collect();
        if found != expected {
            wrong.push(format!(
                "{}\n{}",
                file.display(),
                concise(&checked).join("\n")
            ));
        }
    }
    wrong
}

#[test]
fn broken_tickets_have_expected_findings() {
    let wrong = told_wrongly("tests/fixtures/tickets/bad", &[]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn broken_tickets_have_same_findings_among_others() {
    let wrong = told_wrongly("tests/fixtures/tickets/among_good", &good());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn five_faults_are_five_findings_at_their_places_in_one_run() {
    let text = "titel = \"日本 🎉\"\nstate = \"propsed\"\njustification = \"\"\nservices = \"billing\"\n\
                deployment = [\"Merge #12\"]\nrollback = [\"Apply `pool-20.yaml`; `/health` answers\"]\n\n\
                [validation]\ndashboards = [\"billing/pool\"]\n";
    assert_eq!(
        concise(&lint("changes/x.toml", text)),
        [
            "1:1 ticket/unknown-key unknown key `titel`",
            "2:9 ticket/invalid-value `propsed` is not a valid value for `state`",
            "3:17 ticket/blank-field `justification` is blank",
            "4:12 ticket/wrong-type `services` must be a list of strings, not a string",
            "8:1 ticket/missing-field `validation.steps` is missing",
        ]
    );
}

#[test]
fn windows_line_ends_and_a_mark_at_the_start_change_nothing() {
    for file in files("examples/tickets") {
        let text = fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
        assert_eq!(
            concise(&lint("changes/x.toml", &format!("\u{feff}{text}"))),
            Vec::<String>::new()
        );
    }
}

#[test]
fn empty_file_misses_every_required_key() {
    for text in ["", "\u{feff}", "# nothing\r\n# here"] {
        let checked = lint("changes/x.toml", text);
        assert_eq!(checked.findings.len(), 5);
        assert!(
            checked
                .findings
                .iter()
                .all(|finding| finding.rule == "ticket/missing-field")
        );
    }
}

#[test]
fn hostile_files_are_handled_in_linear_time() {
    let keys: String = (0..200_000)
        .map(|number| format!("k{number}=1\n"))
        .collect();
    let most_keys: String = (0..20_000)
        .map(|number| format!("key{number}=1\n"))
        .collect();
    for (text, rule) in [
        (keys.as_str(), "ticket/too-large"),
        (&most_keys, "ticket/unknown-key"),
        (&"[".repeat(100_000), "toml/syntax"),
        (&format!("a = {}", "[".repeat(100_000)), "toml/syntax"),
        (&"a.".repeat(100_000), "toml/syntax"),
        (&"[[a]]\n".repeat(40_000), "ticket/unknown-key"),
        (
            &format!("title = \"{}\"", "`".repeat(200_000)),
            "ticket/missing-field",
        ),
        (
            &format!("title = \"{}\"", "<a".repeat(100_000)),
            "ticket/missing-field",
        ),
        (
            &format!("title = \"{}\"", "<a> ".repeat(50_000)),
            "content/placeholder",
        ),
        (
            &format!("services = [{}]", "\"\",".repeat(60_000)),
            "ticket/blank-field",
        ),
        (
            &format!(
                "deployment = [{}]",
                "{do=\"x\",strategy=\"rolling\"},".repeat(7_000)
            ),
            "ticket/misplaced-key",
        ),
        (
            &"# tollgate: allow[x] y\n".repeat(10_000),
            "suppress/unknown-rule",
        ),
    ] {
        let checked = lint("changes/x.toml", text);
        assert!(
            checked.findings.iter().any(|finding| finding.rule == rule),
            "{rule}"
        );
    }
}

/// What breaks a TOML file or a tokeniser, put where it hurts.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\[\\]{}\"'`=.,#\n\r\t \\\\<>@:/-]{1,6}",
        "[a-z_]{1,8} = ",
        "\\PC{1,4}",
        Just("\"\"\"".to_owned()),
        Just("# tollgate: allow[content/placeholder] x\n".to_owned()),
        Just("2026-02-30T99:99:99".to_owned()),
        Just("\u{202e}\u{0}\u{1b}".to_owned()),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_linter_panic(text in "\\PC{0,200}|(\\PC|\\n|[\\[\\]=\"'#{}]){0,120}") {
        let checked = lint("changes/x.toml", &text);
        prop_assert!(checked.findings.iter().all(|finding| finding.label.span.end <= text.len()));
    }

    #[test]
    fn no_words_of_a_ticket_make_the_linter_panic(texts in prop::collection::vec("\\PC{0,60}|[a-zA-Z`\"<>.!? ]{0,60}", 6)) {
        let quoted: Vec<String> = texts.iter().map(|text| toml_edit::Value::from(text.as_str()).to_string()).collect();
        let [title, justification, step, back, look, run] = quoted.as_slice() else { unreachable!() };
        let text = format!(
            "title = {title}\njustification = {justification}\nrollback = [{back}]\nvalidation = [{look}]\n\
             [[deployment.steps]]\ndo = {step}\nrun = {run}\n[risk]\nlevel = \"high\"\n"
        );
        let checked = lint("changes/x.toml", &text);
        prop_assert!(checked.findings.iter().all(|finding| finding.label.span.end <= text.len()));
    }

    #[test]
    fn mutated_tickets_never_panic(
        file in 0..12_usize,
        cuts in prop::collection::vec((0.0..1.0_f64, 0..40_usize, fragment()), 1..5),
    ) {
        let files = files("examples/tickets");
        let mut text = fs::read_to_string(&files[file % files.len()]).unwrap();
        for (at, length, inserted) in cuts {
            let start = text.floor_char_boundary((text.len() as f64 * at) as usize);
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end.max(start), &inserted);
        }
        let checked = lint("changes/x.toml", &text);
        prop_assert!(checked.findings.iter().all(|finding| finding.label.span.end <= text.len()));
        if let Some(mended) = apply_fixes(&Source::new("changes/x.toml", text), Applicability::Unsafe, &settings()) {
            prop_assert!(apply_fixes(&mended.source, Applicability::Unsafe, &settings()).is_none());
        }
    }
}
