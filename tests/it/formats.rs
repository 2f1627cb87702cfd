//! The same findings in every format.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tollgate::finding::{
    self, Applicability, Checked, Finding, Fix, Place, RelatedPlace, Severity,
};
use tollgate::format::{Format, RenderOptions, render_error};
use tollgate::rules::lint_tickets;
use tollgate::source::{Edit, Label, Source, Span};
use tollgate::{Error, Fault};

use crate::scenario::assert_contains;
use crate::ticket_files::{files, settings};

/// Unicode without color.
pub(crate) fn plain(width: usize) -> RenderOptions {
    let mut options = RenderOptions::default();
    (options.unicode, options.width) = (true, width);
    options
}

const TICKET: &str = "titel = \"日本 🎉 pool\u{202e}\"\n\n[deployment]\nsteps = []\n";

fn finding(place: &Place, rule: &'static str, label: Label) -> Finding {
    let mut finding = Finding::new(rule, place.clone(), label);
    finding.message = "the fact".into();
    finding.help = "write something else".into();
    finding.anchor = "anchor".into();
    finding
}

fn checked_of(findings: Vec<Finding>, sources: BTreeMap<Place, Source>) -> Checked {
    let mut checked = Checked::default();
    (checked.findings, checked.sources, checked.tickets) = (findings, sources, 1);
    checked
}

/// A slip with a fix, a hostile text, something seen in two files, and a commit.
fn checked() -> Checked {
    let (one, two) = (
        Place::File("changes/one.toml".into()),
        Place::File("changes/two, with: marks.toml".into()),
    );
    let commit = Place::Commit("0123456789abcdef0123456789abcdef01234567".into());
    let mut slip = finding(
        &one,
        "ticket/unknown-key",
        Label::new(Span::new(0, 5), "did you mean `title`?"),
    );
    slip.message = "unknown key `titel`".into();
    slip.fix = Some(Fix {
        applicability: Applicability::Safe,
        edits: vec![Edit {
            span: Span::new(0, 5),
            text: "title".into(),
        }],
    });
    let mut hidden = finding(
        &one,
        "ticket/hidden-character",
        Label::new(Span::new(25, 28), "hidden here"),
    );
    hidden.message = "a hidden \u{1b}[31mcharacter\n::error::x".into();
    hidden.severity = Severity::Warning;
    let mut twin = finding(
        &two,
        "ticket/duplicate-id",
        Label::new(Span::new(0, 9), "used here"),
    );
    twin.related = vec![RelatedPlace {
        place: one.clone(),
        label: Label::new(Span::new(31, 43), "and here"),
    }];
    let mut unparsed = finding(
        &commit,
        "commit/unparsed",
        Label::new(Span::new(0, 3), "not a type"),
    );
    unparsed.severity = Severity::Note;
    unparsed.help.clear();
    let mut findings = vec![unparsed, twin, hidden, slip];
    finding::sort(&mut findings);
    let sources = [
        (one, TICKET),
        (two, "id = \"10%\"\n"),
        (commit, "wip\n\nmore"),
    ];
    let sources = sources.map(|(place, text)| (place.clone(), Source::new(place.name(), text)));
    let mut checked = checked_of(findings, sources.into());
    (checked.tickets, checked.commits) = (2, 1);
    checked
}

/// What is found in tickets of real life.
fn real() -> Checked {
    let read = |path| std::fs::read_to_string(path).unwrap();
    let sources = files("tests/fixtures/tickets/bad")
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let sources: Vec<Source> = sources
        .map(|path| {
            Source::new(
                path.file_name().unwrap().to_string_lossy(),
                read(path.clone()),
            )
        })
        .collect();
    lint_tickets(&sources, &[], &settings())
}

/// A text without what changes for other reasons: the pages of rules, and the version.
fn lasting(text: &str) -> String {
    let line = |line: &str| match line
        .split_once("\"markdown\": ")
        .or_else(|| line.split_once("\"semanticVersion\": "))
    {
        Some((before, _)) => format!("{before}…"),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn json(format: Format, checked: &Checked) -> serde_json::Value {
    serde_json::from_str(&format.render(checked, plain(80))).unwrap()
}

fn junit(checked: &Checked) -> quick_junit::Report {
    quick_junit::Report::deserialize_from_str(&Format::Junit.render(checked, plain(80))).unwrap()
}

#[test]
fn the_same_findings_in_every_format() {
    let rendered = |format: &Format| lasting(&format.render(&checked(), plain(80)));
    let all = Format::ALL
        .iter()
        .map(|format| format!("=== {}\n{}\n", format.as_str(), rendered(format)));
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_sarif_log_fits_the_official_schema() {
    // Two patterns of the schema have a bracket too many, which the validator takes for no regular
    // expression.
    let schema = include_str!("../fixtures/sarif-2.1.0.schema.json").replace("{2}]?$", "{2}$");
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    for checked in [checked(), real(), Checked::default()] {
        let log = json(Format::Sarif, &checked);
        let errors: Vec<_> = validator
            .iter_errors(&log)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
}

#[test]
fn every_sarif_result_has_location_and_fingerprint() {
    let mut all = checked();
    all.merge(real());
    let log = json(Format::Sarif, &all);
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(
            !place["artifactLocation"]["uri"]
                .as_str()
                .unwrap()
                .is_empty(),
            "{result}"
        );
        for end in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][end].as_u64().unwrap() > 0, "{result}");
        }
        assert!(
            result["partialFingerprints"]["primaryLocationLineHash"].is_string(),
            "{result}"
        );
        let rule = &log["runs"][0]["tool"]["driver"]["rules"]
            [result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            rule["help"]["markdown"].as_str().unwrap().starts_with("# "),
            "{rule}"
        );
    }
}

#[test]
fn programs_agree_on_how_many_findings_there_are() {
    for checked in [checked(), real()] {
        let count = checked.findings.len();
        assert_eq!(
            json(Format::Json, &checked)["findings"]
                .as_array()
                .unwrap()
                .len(),
            count
        );
        assert_eq!(
            json(Format::Sarif, &checked)["runs"][0]["results"]
                .as_array()
                .unwrap()
                .len(),
            count
        );
        assert_eq!(
            json(Format::Gitlab, &checked).as_array().unwrap().len(),
            count
        );
        let report = junit(&checked);
        assert_eq!((report.tests, report.failures), (count, count));
        assert_eq!(
            report
                .test_suites
                .iter()
                .map(|suite| suite.test_cases.len())
                .sum::<usize>(),
            count
        );
    }
}

#[test]
fn a_report_of_nothing_has_one_test_that_passes() {
    let mut checked = Checked::default();
    checked.tickets = 3;
    let report = junit(&checked);
    assert_eq!((report.tests, report.failures), (1, 0));
    assert_eq!(
        report.test_suites[0].test_cases[0].name.as_str(),
        "3 tickets checked, no problems found"
    );
}

#[test]
fn hostile_text_is_harmless_in_every_format() {
    let hostile = "\u{1b}[31m\n::set-output name=a::b\n##[error] ]]> <img src=x onerror=y> @everyone a|b [x](//e) `a|b`";
    let place = Place::File(hostile.into());
    let mut found = finding(
        &place,
        "ticket/unknown-key",
        Label::new(Span::new(0, 5), hostile),
    );
    (found.message, found.help) = (hostile.into(), hostile.into());
    found.related = vec![RelatedPlace {
        place: place.clone(),
        label: Label::new(Span::new(0, 5), hostile),
    }];
    let sources = [(place, Source::new(hostile, hostile))].into();
    let checked = checked_of(vec![found], sources);
    for format in Format::ALL {
        let rendered = format.render(&checked, plain(80));
        assert!(
            !rendered.contains(['\u{1b}', '\r']) && !rendered.contains("##["),
            "{rendered}"
        );
        assert!(
            rendered
                .lines()
                .all(|line| !line.trim_start().starts_with("::set-output")),
            "{rendered}"
        );
    }
    let markdown = Format::Markdown.render(&checked, plain(80));
    assert_eq!(
        markdown.matches("\\<img").count(),
        markdown.matches("<img").count()
    );
    assert_eq!(
        markdown.matches("`@everyone`").count(),
        markdown.matches("@everyone").count()
    );
    assert_eq!(
        markdown.matches("\\](").count(),
        markdown.matches("](").count()
    );
    let xml = Format::Junit.render(&checked, plain(80));
    assert!(!xml.contains("]]>") && !xml.contains("<img"), "{xml}");
    assert_eq!(junit(&checked).failures, 1);
    let message = &json(Format::Sarif, &checked)["runs"][0]["results"][0]["message"]["text"];
    let links: Vec<_> = message.as_str().unwrap().matches("](").collect();
    assert_eq!(
        links.len(),
        2,
        "the place that is related, and in its words an escaped one: {message}"
    );
}

#[test]
fn truncated_summary_reports_omitted_findings() {
    let mut many = checked();
    let error = many.findings[0].clone();
    many.findings.extend(std::iter::repeat_n(error, 20_000));
    let rendered = Format::Markdown.render(&many, plain(80));
    assert!(
        rendered.len() <= 900 * 1024 && rendered.len() > 899 * 1024,
        "{}",
        rendered.len()
    );
    let (shown, left) = (
        rendered.matches("\n- **").count(),
        rendered.lines().last().unwrap(),
    );
    let rest = 20_004 - shown;
    assert_eq!(
        left,
        format!("{rest} more findings are not shown: run `tollgate` to see all of them.")
    );
}

#[test]
fn columns_are_correct_after_wide_characters() {
    let text = "\t\"日本🎉é\" = x\n";
    let at = text.find('x').unwrap();
    let place = Place::File("a.toml".into());
    let found = finding(
        &place,
        "ticket/unknown-key",
        Label::new(Span::new(at, at + 1), "here"),
    );
    let sources = [(place, Source::new("a.toml", text))].into();
    let checked = checked_of(vec![found], sources);
    let full = Format::Full.render(&checked, plain(80));
    assert_contains(&full, "[a.toml:1:11]");
    assert!(
        Format::Concise
            .render(&checked, plain(80))
            .starts_with("a.toml:1:11: ")
    );
    assert!(
        Format::Github
            .render(&checked, plain(80))
            .contains("col=11,endColumn=12")
    );
    assert!(
        Format::Markdown
            .render(&checked, plain(80))
            .contains(" 1:11 ")
    );
    assert_eq!(json(Format::Json, &checked)["findings"][0]["column"], 11);
    let log = json(Format::Sarif, &checked);
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startColumn"], &region["endColumn"]),
        (&11.into(), &12.into())
    );
}

#[test]
fn colour_and_ascii_are_the_caller_s_choice() {
    let mut options = plain(80);
    options.color = true;
    let coloured = Format::Full.render(&checked(), options);
    assert_contains(&coloured, "\u{1b}[31m");
    let ascii = Format::Full.render(&checked_of(checked().findings, BTreeMap::new()), plain(80));
    assert!(!ascii.contains('\u{1b}'), "{ascii}");
    let mut options = plain(80);
    options.unicode = false;
    insta::assert_snapshot!(Format::Full.render(&checked(), options));
}

#[test]
fn a_level_has_ten_annotations_and_the_rest_is_counted() {
    let mut many = checked();
    let error = many.findings[0].clone();
    many.findings.extend(std::iter::repeat_n(error, 20));
    let rendered = Format::Github.render(&many, plain(80));
    assert_eq!(
        rendered
            .lines()
            .filter(|line| line.starts_with("::error "))
            .count(),
        10
    );
    assert!(
        rendered.ends_with("::12 more errors: see the job summary, or run `tollgate`\n"),
        "{rendered}"
    );
}

#[test]
fn what_is_no_file_is_annotated_without_one() {
    let input = Place::File("<stdin>".into());
    let found = finding(&input, "commit/unparsed", Label::new(Span::new(0, 3), ""));
    let sources = [(input, Source::new("<stdin>", "wip"))].into();
    let rendered = Format::Github.render(&checked_of(vec![found], sources), plain(80));
    assert_eq!(
        rendered,
        "::error title=commit/unparsed::<stdin>: the fact%0Ahelp: write something else\n"
    );
}

#[test]
fn the_document_fits_its_schema() {
    let schema = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/check.schema.json"
    ))
    .unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let document = serde_json::from_str(&Format::Json.render(&checked(), plain(80))).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    let empty = serde_json::from_str(&Format::Json.render(&Checked::default(), plain(80))).unwrap();
    jsonschema::validate(&schema, &empty).unwrap();
}

#[test]
fn every_fault_of_a_configuration_is_drawn() {
    let fault = |start, message: &str| Fault {
        message: message.into(),
        help: "write another".into(),
        label: Label::new(Span::new(start, start + 3), "here"),
    };
    let source = Source::new("tollgate.toml", "tag = 1\nfoo = 2\n");
    let error = Error::text(
        source,
        vec![fault(0, "unknown key `tag`"), fault(8, "unknown key `foo`")],
    );
    insta::assert_snapshot!(render_error(&error, plain(80)));
}

#[test]
fn error_prints_cause_and_unwrapped_command() {
    let help = format!("git fetch --unshallow {}", "origin ".repeat(20));
    let error = Error::history("history is missing", help.clone())
        .with_source(std::io::Error::other("it is\nshallow"));
    assert_eq!(
        render_error(&error, plain(80)),
        format!("error: history is missing\n  because: it is shallow\n  help: {help}\n")
    );
}

proptest! {
    #[test]
    fn any_text_and_any_span_are_drawn_without_a_control(
        text in "(\\PC|[\u{0}-\u{1f}\u{7f}\u{85}\u{202e}\u{feff}#\\[:\n日🎉]){0,60}",
        start in 0_usize..80, length in 0_usize..80, width in 0_usize..120,
    ) {
        let place = Place::File(text.clone());
        let mut found = finding(&place, "ticket/x", Label::new(Span::new(start, start + length), text.clone()));
        found.message.clone_from(&text);
        found.related = vec![RelatedPlace { place: place.clone(), label: Label::new(Span::new(length, start), "second") }];
        let sources = [(place, Source::new("x", text))].into();
        let checked = checked_of(vec![found], sources);
        for format in Format::ALL {
            let rendered = format.render(&checked, plain(width));
            prop_assert!(!rendered.chars().any(|c| c != '\n' && c != '\t' && c.is_control()), "{rendered:?}");
            prop_assert!(!rendered.contains("##["), "{rendered:?}");
        }
        let document = json(Format::Json, &checked);
        prop_assert_eq!(document["findings"][0]["path"].as_str(), Some(checked.findings[0].place.name()));
        prop_assert_eq!(json(Format::Sarif, &checked)["runs"][0]["results"].as_array().map(Vec::len), Some(1));
        prop_assert_eq!(json(Format::Gitlab, &checked).as_array().map(Vec::len), Some(1));
        prop_assert_eq!(junit(&checked).failures, 1);
    }
}
