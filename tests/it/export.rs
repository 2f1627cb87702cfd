//! `tollgate export`: rows about releases, for other programs.

use serde_json::Value;

use crate::sandbox::stdout;
use crate::shop::Shop;

fn export(shop: &Shop, arguments: &[&str]) -> String {
    let mut all = vec!["export"];
    all.extend(arguments);
    all.extend(["--now", "2026-11-26T09:00:00Z"]);
    stdout(&shop.tollgate(&all)).to_owned()
}

fn shop() -> Shop {
    let shop = Shop::before_release();
    shop.release_of_november();
    shop
}

#[test]
fn rows_are_those_of_the_bundle() {
    let shop = shop();
    let now = "2026-11-26T09:00:00Z";
    shop.tollgate(&["report", "audit", "..", "--bundle", "audit", "--now", now]);
    for rows in ["tickets", "approvals", "releases"] {
        let exported = export(&shop, &[rows]);
        assert!(exported.lines().count() > 5, "{rows}: {exported}");
        assert_eq!(
            exported,
            shop.0.read(&format!("audit/{rows}.jsonl")),
            "{rows}"
        );
    }
}

#[test]
fn every_row_names_its_repository_and_commit() {
    let text = export(&shop(), &["tickets", "--repository", "acme/shop"]);
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["repository"], "acme/shop");
        assert_eq!(row["commit"].as_str().unwrap().len(), 40);
    }
}

#[test]
fn redacted_rows_have_no_address() {
    let shop = shop();
    for rows in ["tickets", "approvals", "releases"] {
        let text = export(&shop, &[rows, "--redact"]);
        assert!(!text.contains("@shop.example"), "{text}");
    }
    let approvals = export(&shop, &["approvals", "--redact"]);
    assert!(approvals.contains("\"by\":\"person-"), "{approvals}");
}

#[test]
fn csv_is_a_table_with_a_header() {
    let text = export(&shop(), &["tickets", "v4.12.1..v4.13.0", "--format", "csv"]);
    assert!(
        text.starts_with("repository,commit,release,ticket,"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn rows_and_documents_fit_their_schemas() {
    let shop = shop();
    let validator = |name: &str| {
        let schema = serde_json::from_str(stdout(&shop.tollgate(&["schema", name]))).unwrap();
        jsonschema::draft7::new(&schema).unwrap()
    };
    let assert_fits = |name: &str, text: &str| {
        let document: Value = serde_json::from_str(text).unwrap();
        let schema = validator(name);
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    };
    for rows in ["tickets", "approvals", "releases"] {
        let last = export(&shop, &[rows]);
        assert_fits(&format!("export-{rows}"), last.lines().last().unwrap());
    }
    for report in ["checklist", "retrospective"] {
        let output = shop.tollgate(&["report", report, "--json"]);
        assert_fits(&format!("report-{report}"), stdout(&output));
    }
}
