//! A JUnit report, which most CI systems show with the tests.
//!
//! Each file or commit with findings is a suite, and each finding is a failed test; its severity is
//! the type of the failure. Some services reject a report without tests, so if there are no
//! findings, the report has one passing test.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::{positions, summary_line};
use crate::finding::{Checked, Finding, Place};
use crate::source::{sanitise, sanitise_line};

/// Writes the report of a run.
pub(super) fn junit(checked: &Checked) -> String {
    let mut report = Report::new("tollgate");
    for findings in checked.findings.chunk_by(|a, b| a.place == b.place) {
        let mut suite = TestSuite::new(xml(&sanitise_line(findings[0].place.name())));
        suite.add_test_cases(findings.iter().map(|finding| case(checked, finding)));
        report.add_test_suite(suite);
    }
    if checked.findings.is_empty() {
        let mut suite = TestSuite::new("tollgate");
        suite.add_test_case(TestCase::new(
            summary_line(checked).trim_end(),
            TestCaseStatus::success(),
        ));
        report.add_test_suite(suite);
    }
    report.to_string().expect("a string takes any text")
}

fn case(checked: &Checked, finding: &Finding) -> TestCase {
    let place = xml(&sanitise_line(finding.place.name()));
    let at = positions(checked, &finding.place, finding.label.span).map(|(start, _)| start);
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status
        .set_type(finding.severity.as_str())
        .set_message(xml(&sanitise_line(&finding.message)));
    if !finding.help.is_empty() {
        status.set_description(xml(&format!("help: {}", sanitise(&finding.help))));
    }
    // Services identify tests by name and class, so the name contains the position.
    let name = at.map_or_else(
        || finding.rule.to_owned(),
        |at| format!("{}:{}:{}", finding.rule, at.line, at.column),
    );
    let mut case = TestCase::new(name, status);
    case.set_classname(place.clone());
    if let Place::File(_) = finding.place {
        case.extra.insert("file".into(), place);
        if let Some(at) = at {
            case.extra.insert("line".into(), at.line.to_string().into());
        }
    }
    case
}

/// Text without the two characters that XML can't represent and that the library doesn't remove.
fn xml(text: &str) -> XmlString {
    XmlString::new(text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}
