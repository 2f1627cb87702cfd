//! The digest of a ticket: the value that an approval is bound to.
//!
//! It changes with every plan field and every suppression, and with nothing else: neither
//! formatting nor fields outside the plan matter.
#![doc = include_str!("digest.md")]

use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::canonical::canonical;
use super::from_document::{SECTIONS, identity, is_plan};
use super::suppression::Directive;
use crate::document::{DatetimeKind, Document, Node, Table, Value};

/// The Markdown page that explains how a digest is computed.
pub(crate) const DIGEST_PAGE: &str = include_str!("digest.md");

/// The first line of the hashed text.
const VERSION: &str = "tollgate-ticket-v1";

/// The highest integer that every JSON parser represents exactly.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The digest of a ticket: `sha256:` and 64 hexadecimal digits.
///
/// For a text with syntax errors, the digest is meaningless.
#[must_use]
pub fn digest(document: &Document) -> String {
    let hash = Sha256::digest(digest_input(document));
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// The hashed text: two lines, the second without a line ending.
#[must_use]
pub fn digest_input(document: &Document) -> String {
    let whole = json!({
        "id": text(&identity(document).text),
        "plan": plan(document),
        "suppressions": suppressions(document),
    });
    format!("{VERSION}\n{}", canonical(&whole))
}

/// The content of a ticket without its ID: equal for two tickets that differ only in their IDs.
#[must_use]
pub(crate) fn digest_input_without_id(document: &Document) -> String {
    canonical(&json!({ "plan": plan(document), "suppressions": suppressions(document) }))
}

fn plan(document: &Document) -> Map<String, Json> {
    let entries = document
        .root()
        .entries()
        .iter()
        .filter(|entry| is_plan(&entry.key) && entry.key != "id");
    entries
        .map(|entry| (entry.key.clone(), plan_value(&entry.key, &entry.value)))
        .collect()
}

/// A plan field with short forms expanded.
pub(super) fn plan_value(key: &str, node: &Node) -> Json {
    match &node.value {
        Value::Array(nodes) if SECTIONS.contains(&key) => json!({ "steps": steps(nodes) }),
        Value::Table(table) if SECTIONS.contains(&key) => section(table),
        _ => value(node),
    }
}

fn section(table: &Table) -> Json {
    let field = |node: &Node, key: &str| match &node.value {
        Value::Array(nodes) if key == "steps" => steps(nodes),
        _ => value(node),
    };
    table
        .entries()
        .iter()
        .map(|entry| (entry.key.clone(), field(&entry.value, &entry.key)))
        .collect()
}

fn steps(nodes: &[Node]) -> Json {
    let step = |node: &Node| match node.as_str() {
        Some(action) => json!({ "do": text(action) }),
        None => value(node),
    };
    nodes.iter().map(step).collect()
}

/// A value as JSON, in the form in which it is hashed.
pub(crate) fn value(node: &Node) -> Json {
    match &node.value {
        Value::String(string) => text(string),
        Value::Integer(number) if number.unsigned_abs() <= MAX_SAFE_INTEGER => (*number).into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Float(number) if number.is_finite() => (*number).into(),
        Value::Float(number) => number.to_string().into(),
        Value::Boolean(truth) => (*truth).into(),
        Value::Datetime(datetime) => {
            let instant = Some(datetime).filter(|datetime| datetime.kind == DatetimeKind::Instant);
            let in_utc = instant.and_then(|datetime| datetime.text.parse::<jiff::Timestamp>().ok());
            in_utc
                .map_or_else(|| datetime.text.clone(), |instant| instant.to_string())
                .into()
        }
        Value::Array(nodes) => nodes.iter().map(value).collect(),
        Value::Table(table) => table
            .entries()
            .iter()
            .map(|entry| (entry.key.clone(), value(&entry.value)))
            .collect(),
    }
}

fn text(text: &str) -> Json {
    text.replace("\r\n", "\n").into()
}

/// The suppressions, one entry per rule, sorted so that their positions don't matter.
pub(super) fn suppressions(document: &Document) -> Json {
    let mut asked: Vec<(&str, &str, String)> = Vec::new();
    for directive in document.comments().iter().filter_map(Directive::parse) {
        let Directive::Allow(allowance) = directive else {
            continue;
        };
        let reason = allowance
            .reason
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        asked.extend(
            allowance
                .rules
                .iter()
                .map(|rule| (*rule, allowance.scope.as_str(), reason.clone())),
        );
    }
    asked.sort();
    let entry = |(rule, scope, reason)| json!({ "rule": rule, "scope": scope, "reason": reason });
    asked.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Field, Shape};
    use crate::source::Source;
    use crate::ticket::FIELDS;

    fn document(text: &str) -> Document {
        let (document, errors) = Document::parse(Source::new("changes/a.toml", text));
        assert_eq!(errors, [], "{text}");
        document
    }

    fn of(text: &str) -> String {
        digest(&document(text))
    }

    /// The code block of the page after this line.
    fn block(title: &str) -> &'static str {
        let after = DIGEST_PAGE.split_once(title).unwrap().1;
        after
            .split("```")
            .nth(1)
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1
    }

    #[test]
    fn the_example_of_the_page_is_worked_out_right() {
        let example = document(block("This ticket"));
        assert_eq!(
            format!("{}\n", digest_input(&example)),
            block("These two lines are hashed")
        );
        assert_eq!(format!("{}\n", digest(&example)), block("Its digest"));
    }

    /// Approvals are bound to digests: a new field must not change those of tickets without it.
    #[test]
    fn digest_without_new_fields_is_unchanged() {
        let ticket = "title = \"x\"\nstate = \"closed\"\nrisk.mitigations = \"y\"\n\
                      [[deployment.steps]]\ndo = \"a\"\nbackup = true\n\
                      [rollback]\nsteps = [\"b\"]\nwithin = \"5m\"\n\
                      [validation]\nsteps = [\"c\"]\ncleanup = [\"d\"]\n\
                      [tests]\nkinds = [\"unit\"]\n\
                      [communication]\nsummary = \"e\"\n\
                      [[notes]]\ntext = \"f\"\n\
                      [outcome]\nresult = \"successful\"\n";
        assert_eq!(
            of(ticket),
            "sha256:613594993b6d7ab2b8309fde73e796bc68f9189e86442c1c4e6240cf4139bfe5"
        );
    }

    #[test]
    fn short_forms_equal_their_long_forms() {
        let long = of("[rollback]\nsteps = [{ do = \"a\" }]");
        assert_eq!(of("rollback = [\"a\"]"), long);
        assert_eq!(of("[[rollback.steps]]\ndo = \"a\""), long);
        assert_ne!(of("rollback = []"), of(""));
    }

    #[test]
    fn an_instant_counts_by_its_place_in_time() {
        let winter = of("schedule.start = 2026-11-20T18:00:00+01:00");
        assert_eq!(of("schedule.start = 2026-11-20 17:00:00.000z"), winter);
        assert_ne!(of("schedule.start = 2026-11-20T18:00:00Z"), winter);
    }

    #[test]
    fn windows_line_ends_do_not_count() {
        assert_eq!(of("title = '''\r\na\r\nb'''\r\n"), of("title = \"a\\nb\""));
    }

    #[test]
    fn an_id_that_repeats_the_name_of_the_file_changes_nothing() {
        assert_eq!(of("id = \"a\""), of(""));
        assert_ne!(of("id = \"b\""), of(""));
    }

    #[test]
    fn comments_count_only_where_they_silence() {
        let silenced = of("title = \"x\" # tollgate: allow[b/c, a/b]  for   now");
        assert_eq!(of("title = \"x\" # a name"), of("title = \"x\""));
        assert_ne!(silenced, of("title = \"x\""));
        assert_eq!(
            silenced,
            of("# tollgate: allow[a/b] for now\n#  tollgate: allow[b/c] for now\ntitle = 'x'")
        );
        assert_ne!(
            silenced,
            of("title = \"x\" # tollgate: allow-file[b/c, a/b] for now")
        );
        assert_ne!(
            silenced,
            of("title = \"x\" # tollgate: allow[b/c, a/b] for ever")
        );
    }

    #[test]
    fn large_numbers_have_distinct_digests() {
        let rows = |rows: &str| of(&format!("schema_change.rows = {rows}"));
        assert_ne!(rows("9223372036854775807"), rows("9223372036854775806"));
        assert_eq!(rows("1_000"), rows("0x3e8"));
        assert_ne!(rows("nan"), rows("inf"));
    }

    /// Values of a shape, as TOML, with distinct meanings.
    fn samples(shape: &Shape) -> Vec<String> {
        let tables = |fields: &[Field]| -> Vec<String> {
            let field = |field: &Field| -> Vec<String> {
                samples(&field.shape)
                    .into_iter()
                    .map(|value| format!("{{ {} = {value} }}", field.name))
                    .collect()
            };
            fields.iter().flat_map(field).collect()
        };
        let lists = |values: Vec<String>| {
            values
                .into_iter()
                .map(|value| format!("[{value}]"))
                .collect()
        };
        match shape {
            Shape::Text | Shape::AnyText | Shape::OpenChoice(_) | Shape::Person => {
                vec!["\"a\"".into(), "\"b\"".into(), "\" a\"".into()]
            }
            Shape::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect(),
            Shape::Boolean => vec!["true".into(), "false".into()],
            Shape::Integer(least, most) => vec![least.to_string(), most.to_string()],
            Shape::Duration => vec!["\"5m\"".into(), "\"300s\"".into()],
            Shape::Date => vec!["2026-01-01".into(), "2026-01-02".into()],
            Shape::Instant => vec![
                "2026-01-01T00:00:00Z".into(),
                "2026-01-01T00:00:00.1Z".into(),
            ],
            Shape::Url => vec!["\"https://a\"".into()],
            Shape::List(item) | Shape::AnyList(item) => lists(samples(item)),
            Shape::Table(fields) | Shape::Open(fields) | Shape::Section(fields) => tables(fields),
            Shape::Map(item) => samples(item)
                .into_iter()
                .map(|value| format!("{{ key = {value} }}"))
                .collect(),
            Shape::Either(shapes) => shapes.iter().flat_map(samples).collect(),
            Shape::Steps(fields) => lists(tables(fields)),
        }
    }

    #[test]
    fn every_plan_field_changes_the_digest_and_no_other_does() {
        let nothing = of("");
        let mut seen = std::collections::BTreeMap::new();
        for field in FIELDS {
            for value in samples(&field.shape) {
                let text = format!("{} = {value}\n", field.name);
                let digest = of(&text);
                if is_plan(field.name) && text != "id = \"a\"\n" {
                    assert_ne!(digest, nothing, "{text}");
                    assert_eq!(seen.insert(digest, text.clone()), None, "{text}");
                } else {
                    assert_eq!(digest, nothing, "{text}");
                }
            }
        }
        assert!(seen.len() > 150, "{}", seen.len());
    }

    /// How an entry is written: quotes, white space, comments, and the text between lines.
    type Manner = (bool, usize, bool, bool);

    fn written(entries: &[(String, String)], manners: &[Manner]) -> String {
        let mut text = String::new();
        for ((key, value), (literal, blanks, comment, gap)) in entries.iter().zip(manners) {
            let blanks = " ".repeat(*blanks);
            let plain = !value.contains('\'') && !value.chars().any(char::is_control);
            let basic = || serde_json::to_string(value).unwrap();
            let value = if *literal && plain {
                format!("'{value}'")
            } else {
                basic()
            };
            let comment = if *comment { "# why = \"not\"" } else { "" };
            let end = if *gap { "\r\n\n" } else { "\n" };
            text += &format!("{key}{blanks}={blanks}{value}{blanks}{comment}{end}");
        }
        text
    }

    fn manners() -> impl Strategy<Value = Vec<Manner>> {
        prop::collection::vec((any::<bool>(), 0..3_usize, any::<bool>(), any::<bool>()), 6)
    }

    proptest! {
        #[test]
        fn formatting_comments_order_and_quotes_do_not_count(
            values in prop::collection::vec("[^\u{7f}-\u{9f}]{0,12}", 6),
            order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
            one in manners(),
            other in manners(),
        ) {
            let keys = ["title", "\"goal\"", "risk.mitigations", "risk . blast_radius", "rollback.trigger", "unknown"];
            let entries: Vec<(String, String)> =
                keys.iter().zip(&values).map(|(key, value)| ((*key).to_owned(), value.replace('\r', ""))).collect();
            let shuffled: Vec<_> = order.iter().map(|index| entries[*index].clone()).collect();
            prop_assert_eq!(of(&written(&entries, &one)), of(&written(&shuffled, &other)));
        }

        #[test]
        fn non_plan_fields_do_not_count(state in 0..9_usize, person in "[a-z]{1,9}") {
            let text = format!("state = \"{}\"\nassignee = '{person}'\ntitle = 'x'\n[[notes]]\ntext = 'y'\n",
                crate::ticket::State::WORDS[state]);
            prop_assert_eq!(of(&text), of("title = 'x'"));
        }
    }
}
