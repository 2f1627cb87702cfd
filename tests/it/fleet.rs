//! `examples/fleet`: the questions about the changes of many repositories, in DuckDB.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::stdout;
use crate::shop::Shop;

const FLEET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/fleet");
const DAY: &str = "2026-11-26";

type Answers = BTreeMap<String, Vec<Value>>;

/// The Python with DuckDB, which `.ci/run` installs.
fn python() -> Command {
    let installed = concat!(env!("CARGO_MANIFEST_DIR"), "/target/fleet/bin/python");
    assert!(
        Path::new(installed).exists(),
        "{installed} is missing: run `python3 -m venv target/fleet`, then \
         `target/fleet/bin/pip install -r examples/fleet/requirements.txt`"
    );
    Command::new(installed)
}

fn run(arguments: &[&str]) {
    let output = python().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// The answers to all questions about the rows in a folder.
fn ask(data: &Path) -> Answers {
    let answers = data.join("answers.json");
    let ask = format!("{FLEET}/ask.py");
    let (data, file) = (data.to_str().unwrap(), answers.to_str().unwrap());
    run(&[&ask, "duckdb", data, "--day", DAY, "--json", file]);
    serde_json::from_str(&fs::read_to_string(answers).unwrap()).unwrap()
}

/// The answer to the question that begins like this.
fn answer<'a>(answers: &'a Answers, question: &str) -> &'a [Value] {
    let found = answers.iter().find(|(text, _)| text.starts_with(question));
    found.unwrap_or_else(|| panic!("no question {question}")).1
}

#[test]
#[ignore = "needs DuckDB, which .ci/run installs"]
fn questions_are_answered_from_exported_rows() {
    let shop = Shop::before_release();
    shop.release_of_november();
    let data = shop.0.path().join("data");
    fs::create_dir_all(data.join("shop")).unwrap();
    fs::write(data.join("teams.csv"), "repository,team\nacme/shop,shop\n").unwrap();
    for rows in ["releases", "tickets", "approvals"] {
        let arguments = [
            "export",
            rows,
            "--repository",
            "acme/shop",
            "--now",
            "2026-11-26T09:00:00Z",
        ];
        let text = stdout(&shop.tollgate(&arguments)).to_owned();
        fs::write(data.join(format!("shop/{rows}.jsonl")), text).unwrap();
    }
    let answers = ask(&data);
    let failed = answer(&answers, "How many changes failed in each month");
    let november = failed.iter().find(|row| row[0] == "2026-11").unwrap();
    assert_eq!(november, &serde_json::json!(["2026-11", 5, 1, 0]));
    let late = answer(
        &answers,
        "Which changes were deployed after the end of their window",
    );
    let expected = serde_json::json!([["acme/shop", "2026-11-18-drop-legacy-address", 480]]);
    assert_eq!(Value::from(late.to_vec()), expected);
    let unapproved = answer(
        &answers,
        "Which tickets of high risk were released without approval",
    );
    assert!(unapproved.is_empty(), "{unapproved:?}");
    let emergencies = answer(&answers, "How many emergencies were there");
    assert_eq!(emergencies, [serde_json::json!(["2026-11", 1, 0])]);
}

#[test]
#[ignore = "needs DuckDB, which .ci/run installs"]
fn every_question_finds_something_in_made_up_rows() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    run(&[&format!("{FLEET}/generate.py"), data.to_str().unwrap()]);
    let answers = ask(data);
    assert!((10..=20).contains(&answers.len()));
    for (question, rows) in &answers {
        assert!(!rows.is_empty(), "{question}");
    }
    assert_eq!(answer(&answers, "Which 25 tickets").len(), 25);
    assert_eq!(answers, ask(data), "the answers are the same each time");
}
