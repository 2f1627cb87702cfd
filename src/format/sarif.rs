//! A SARIF 2.1.0 log for services that collect findings, mainly GitHub code scanning.
//!
//! The structs are the part of SARIF that is used, under its own names. Beyond the schema GitHub
//! requires texts of each rule, all four ends of a region, a hash of the line, and a file for every
//! result: it refuses a log with one result that has none
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).
//! So findings on a commit are reported in a file `commit/<id>` that does not exist.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::line_hash::line_hashes;
use super::{document, file_name, positions};
use crate::config::Level;
use crate::finding::{self, Applicability, Checked, Finding, Place, RelatedPlace};
use crate::rules::{self, Rule};
use crate::source::{Edit, Label, Position, Span, sanitise, sanitise_line, shell_command};

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: Vec<&'static str>,
    /// GitHub sorts by it if there is no security severity.
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
}

/// What SARIF calls a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    primary_location_line_hash: String,
    #[serde(rename = "tollgate/v1")]
    tollgate: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
    properties: FixProperties,
}

#[derive(Serialize)]
struct FixProperties {
    applicability: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

/// Writes the log of a run, with the texts of the reported rules.
pub(super) fn sarif(checked: &Checked) -> String {
    let reported: BTreeSet<&str> = checked
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect();
    let rules: Vec<&Rule> = reported.into_iter().filter_map(rules::rule).collect();
    let driver = Driver {
        name: "tollgate",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: rules.iter().copied().map(descriptor).collect(),
    };
    document(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            column_kind: "unicodeCodePoints",
            results: results(checked, &rules),
        }],
    })
}

fn descriptor(rule: &Rule) -> Descriptor {
    let first_paragraph = rule.page.split("\n\n").nth(1).unwrap_or(rule.summary);
    let (level, problem_severity) = match rule.level {
        Level::Off => ("none", "recommendation"),
        Level::Note => ("note", "recommendation"),
        Level::Warning => ("warning", "warning"),
        Level::Error => ("error", "error"),
    };
    Descriptor {
        id: rule.name,
        short_description: text(rule.summary),
        full_description: text(first_paragraph),
        help: Help {
            text: format!(
                "`{}` shows the page of this rule.",
                shell_command!("tollgate explain {rule}", rule = rule.name)
            ),
            markdown: rule.page,
        },
        default_configuration: Configuration {
            enabled: rule.level != Level::Off,
            level,
        },
        properties: RuleProperties {
            tags: rule.name.split('/').take(1).collect(),
            problem_severity,
        },
    }
}

fn results(checked: &Checked, rules: &[&Rule]) -> Vec<SarifResult> {
    let mut hashes: HashMap<&Place, Vec<String>> = HashMap::new();
    let mut results = Vec::with_capacity(checked.findings.len());
    for (finding, fingerprint) in checked
        .findings
        .iter()
        .zip(finding::fingerprints(&checked.findings))
    {
        let of_file = hashes
            .entry(&finding.place)
            .or_insert_with(|| hashes_of(checked, &finding.place));
        let region = region(checked, &finding.place, finding.label.span);
        let line_hash = of_file
            .get(region.start_line - 1)
            .unwrap_or(&fingerprint)
            .clone();
        results.push(SarifResult {
            rule_id: finding.rule,
            rule_index: rules.iter().position(|rule| rule.name == finding.rule),
            level: finding.severity.as_str(),
            message: text(&message(finding)),
            locations: [Location {
                id: None,
                physical_location: physical_location(&finding.place, region),
                message: label_text(&finding.label),
            }],
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: line_hash,
                tollgate: fingerprint,
            },
            related_locations: related(checked, finding),
            fixes: finding
                .fix
                .iter()
                .map(|fix| wire_fix(checked, finding, fix))
                .collect(),
        });
    }
    results
}

/// The hashes of a file's lines. Findings on commits have none, since a commit isn't a file of the
/// checkout.
fn hashes_of(checked: &Checked, place: &Place) -> Vec<String> {
    match (place, checked.sources.get(place)) {
        (Place::File(_), Some(source)) => line_hashes(source.text()),
        _ => Vec::new(),
    }
}

/// The message, related places, and the help. GitHub shows only places that the message links to.
fn message(finding: &Finding) -> String {
    let mut message = escape_links(&sanitise_line(&finding.message));
    for (index, RelatedPlace { place, label }) in finding.related.iter().enumerate() {
        let words = if label.text.is_empty() {
            place.name()
        } else {
            &label.text
        };
        let words = sanitise_line(words)
            .replace('\\', "\\\\")
            .replace('[', "\\[")
            .replace(']', "\\]");
        message += &format!("\nsee also [{words}]({})", index + 1);
    }
    if !finding.help.is_empty() {
        message += &format!("\nhelp: {}", escape_links(&sanitise(&finding.help)));
    }
    message
}

/// Text without links: SARIF treats `[text](address)` as a link.
fn escape_links(text: &str) -> String {
    text.replace("](", "] (")
}

fn related(checked: &Checked, finding: &Finding) -> Vec<Location> {
    let places = finding.related.iter().enumerate();
    places
        .map(|(index, RelatedPlace { place, label })| Location {
            id: Some(index + 1),
            physical_location: physical_location(place, region(checked, place, label.span)),
            message: label_text(label),
        })
        .collect()
}

fn label_text(label: &Label) -> Option<Text> {
    (!label.text.is_empty()).then(|| text(&escape_links(&sanitise_line(&label.text))))
}

fn wire_fix(checked: &Checked, finding: &Finding, fix: &finding::Fix) -> Fix {
    let replacement = |edit: &Edit| Replacement {
        deleted_region: region(checked, &finding.place, edit.span),
        inserted_content: text(&edit.text),
    };
    let applicability = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
    };
    Fix {
        description: text(&escape_links(&sanitise(&finding.help))),
        artifact_changes: [ArtifactChange {
            artifact_location: ArtifactLocation {
                uri: uri(&finding.place),
            },
            replacements: fix.edits.iter().map(replacement).collect(),
        }],
        properties: FixProperties { applicability },
    }
}

fn physical_location(place: &Place, region: Region) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri(place) },
        region,
    }
}

fn region(checked: &Checked, place: &Place, span: Span) -> Region {
    let begin = Position { line: 1, column: 1 };
    let (start, end) = positions(checked, place, span).unwrap_or((begin, begin));
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// The name of a file as a URI reference relative to the root, with all characters escaped except
/// those that RFC 3986 leaves unreserved.
fn uri(place: &Place) -> String {
    let name = file_name(place);
    let escaped = name.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
        uri
    });
    if escaped.starts_with('/') {
        format!("file://{escaped}")
    } else {
        escaped
    }
}

fn text(text: &str) -> Text {
    Text {
        text: text.to_owned(),
    }
}
