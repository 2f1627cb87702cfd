//! The same findings in every format.

use proptest::prelude::*;
use tollgate::error::{Error, Fault};
use tollgate::finding::{self, Applicability, Checked, Edit, Finding, Fix, Place, Severity};
use tollgate::format::{Format, Look, failure};
use tollgate::source::{Label, Source, Span};

const PLAIN: Look = Look { color: false, unicode: true, width: 80 };

const TICKET: &str = "titel = \"日本 🎉 pool\u{202e}\"\n\n[deployment]\nsteps = []\n";

fn finding(place: &Place, rule: &'static str, label: Label) -> Finding {
    Finding {
        rule,
        severity: Severity::Error,
        message: "the fact".into(),
        help: "write something else".into(),
        place: place.clone(),
        label,
        related: Vec::new(),
        anchor: "anchor".into(),
        fix: None,
    }
}

/// A slip with a fix, a hostile text, something seen in two files, and a commit.
fn checked() -> Checked {
    let (one, two) = (Place::File("changes/one.toml".into()), Place::File("changes/two, with: marks.toml".into()));
    let commit = Place::Commit("0123456789abcdef0123456789abcdef01234567".into());
    let mut slip = finding(&one, "ticket/unknown-key", Label::new(Span::new(0, 5), "did you mean `title`?"));
    slip.message = "unknown key `titel`".into();
    slip.fix = Some(Fix {
        applicability: Applicability::Safe,
        edits: vec![Edit { span: Span::new(0, 5), text: "title".into() }],
    });
    let mut hidden = finding(&one, "ticket/hidden-character", Label::new(Span::new(25, 28), "hidden here"));
    hidden.message = "a hidden \u{1b}[31mcharacter\n::error::x".into();
    hidden.severity = Severity::Warning;
    let mut twin = finding(&two, "ticket/duplicate-id", Label::new(Span::new(0, 9), "used here"));
    twin.related = vec![(one.clone(), Label::new(Span::new(31, 43), "and here"))];
    let mut unparsed = finding(&commit, "commit/unparsed", Label::new(Span::new(0, 3), "not a type"));
    unparsed.severity = Severity::Note;
    unparsed.help.clear();
    let mut findings = vec![unparsed, twin, hidden, slip];
    finding::sort(&mut findings);
    let sources = [(one, TICKET), (two, "id = \"10%\"\n"), (commit, "wip\n\nmore")];
    Checked {
        findings,
        sources: sources.map(|(place, text)| (place.clone(), Source::new(place.name(), text))).into(),
        tickets: 2,
        commits: 1,
    }
}

#[test]
fn the_same_findings_in_every_format() {
    let all = Format::ALL.iter().map(|format| format!("=== {}\n{}", format.as_str(), format.render(&checked(), PLAIN)));
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"));
}

#[test]
fn colour_and_ascii_are_the_caller_s_choice() {
    let coloured = Format::Full.render(&checked(), Look { color: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}[31m"), "{coloured}");
    let ascii = Format::Full.render(&Checked { findings: checked().findings, ..Checked::default() }, PLAIN);
    assert!(!ascii.contains('\u{1b}'), "{ascii}");
    insta::assert_snapshot!(Format::Full.render(&checked(), Look { unicode: false, ..PLAIN }));
}

#[test]
fn a_level_has_ten_annotations_and_the_rest_is_counted() {
    let mut many = checked();
    let error = many.findings[0].clone();
    many.findings.extend(std::iter::repeat_n(error, 20));
    let written = Format::Github.render(&many, PLAIN);
    assert_eq!(written.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(written.ends_with("::12 errors besides: see the summary of this job, or run `tollgate`\n"), "{written}");
}

#[test]
fn what_is_no_file_is_annotated_without_one() {
    let input = Place::File("<stdin>".into());
    let found = finding(&input, "commit/unparsed", Label::new(Span::new(0, 3), ""));
    let sources = [(input, Source::new("<stdin>", "wip"))].into();
    let written = Format::Github.render(&Checked { findings: vec![found], sources, ..Checked::default() }, PLAIN);
    assert_eq!(written, "::error title=commit/unparsed::<stdin>: the fact%0Ahelp: write something else\n");
}

#[test]
fn the_document_fits_its_schema() {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/check.schema.json")).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let document = serde_json::from_str(&Format::Json.render(&checked(), PLAIN)).unwrap();
    jsonschema::validate(&schema, &document).unwrap();
    let empty = serde_json::from_str(&Format::Json.render(&Checked::default(), PLAIN)).unwrap();
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
    let error = Error::text(source, vec![fault(0, "unknown key `tag`"), fault(8, "unknown key `foo`")]);
    insta::assert_snapshot!(failure(&error, PLAIN));
}

#[test]
fn an_error_tells_its_cause_and_keeps_a_command_on_one_line() {
    let help = format!("git fetch --unshallow {}", "origin ".repeat(20));
    let error = Error::history("history is missing", help.clone()).because(std::io::Error::other("it is\nshallow"));
    assert_eq!(
        failure(&error, PLAIN),
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
        found.related = vec![(place.clone(), Label::new(Span::new(length, start), "second"))];
        let sources = [(place, Source::new("x", text))].into();
        let checked = Checked { findings: vec![found], sources, tickets: 1, commits: 0 };
        for format in Format::ALL {
            let written = format.render(&checked, Look { width, ..PLAIN });
            prop_assert!(!written.chars().any(|c| c != '\n' && c != '\t' && c.is_control()), "{written:?}");
            prop_assert!(!written.contains("##["), "{written:?}");
        }
        let document: serde_json::Value = serde_json::from_str(&Format::Json.render(&checked, PLAIN)).unwrap();
        prop_assert_eq!(document["findings"][0]["path"].as_str(), Some(checked.findings[0].place.name()));
    }
}
