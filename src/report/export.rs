//! The rows of releases, tickets, and approvals, for other programs: the same as in the bundle of an
//! audit.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::audit::Audit;
use super::csv::csv_line;
use crate::commit::normalized;
use crate::source::word_enum;

word_enum! {
    /// What is exported.
    pub(crate) enum ExportedRows {
        /// The tickets of releases.
        Tickets = "tickets",
        /// Their approvals and rejections.
        Approvals = "approvals",
        /// The releases.
        Releases = "releases",
    }
}

impl ExportedRows {
    /// The JSON schema of a row.
    const fn schema(self) -> &'static str {
        match self {
            Self::Tickets => include_str!("../../schemas/export-tickets.schema.json"),
            Self::Approvals => include_str!("../../schemas/export-approvals.schema.json"),
            Self::Releases => include_str!("../../schemas/export-releases.schema.json"),
        }
    }

    /// The keys of a row, in their order.
    fn columns(self) -> Vec<String> {
        let schema: Value = serde_json::from_str(self.schema()).unwrap_or_default();
        let properties = schema["properties"].as_object();
        let keys = properties.into_iter().flat_map(Map::keys);
        keys.cloned().collect()
    }
}

/// Rows, each a JSON object with the same keys.
#[derive(Debug)]
pub(crate) struct Export {
    kind: ExportedRows,
    rows: Vec<Map<String, Value>>,
}

impl Export {
    /// No rows yet.
    pub(crate) const fn new(kind: ExportedRows) -> Self {
        let rows = Vec::new();
        Self { kind, rows }
    }

    /// Adds the rows of an audit, as those of this repository.
    pub(crate) fn add(&mut self, audit: &Audit, repository: &str) {
        let rows = match self.kind {
            ExportedRows::Tickets => objects(audit.tickets()),
            ExportedRows::Approvals => objects(audit.approvals()),
            ExportedRows::Releases => objects(audit.releases()),
        };
        for mut row in rows {
            if let Some(name) = row.get_mut("repository") {
                *name = repository.into();
            }
            self.rows.push(row);
        }
    }

    /// Replaces every email address by a pseudonym, which is the same in every repository.
    pub(crate) fn redact(&mut self) {
        self.rows
            .iter_mut()
            .flat_map(Map::values_mut)
            .for_each(redact);
    }

    /// One JSON object per line.
    pub(crate) fn json_lines(&self) -> String {
        let line = |row: &Map<String, Value>| serde_json::to_string(row).map(|line| line + "\n");
        let lines = self.rows.iter().map(line).collect::<Result<_, _>>();
        lines.unwrap_or_default()
    }

    /// A table with a header. Lists are on one line, separated by `; `.
    pub(crate) fn csv(&self) -> String {
        let columns = self.kind.columns();
        let mut text = csv_line(columns.iter().map(String::as_str));
        for row in &self.rows {
            let values = columns.iter().map(|column| row.get(column).map(cell));
            let cells: Vec<String> = values.map(Option::unwrap_or_default).collect();
            text.push_str(&csv_line(cells.iter().map(String::as_str)));
        }
        text
    }
}

fn objects<T: Serialize>(rows: &[T]) -> Vec<Map<String, Value>> {
    let object = |row: &T| match serde_json::to_value(row) {
        Ok(Value::Object(row)) => Some(row),
        _ => None,
    };
    rows.iter().filter_map(object).collect()
}

/// A value as the text of a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_addresses(text),
        Value::Array(values) => values.iter_mut().for_each(redact),
        Value::Object(values) => values.values_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text in which every email address is a pseudonym. What only looks like an address is replaced
/// too, rather than an address shown.
fn without_addresses(text: &str) -> String {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"[^\s<>()\[\]",;:|`'=]+@[^\s<>()\[\]",;:|`'=@]*[\p{L}\p{N}]"#)
            .expect("the pattern is valid")
    });
    let pseudonym = |found: &Captures<'_>| pseudonym(&found[0]);
    ADDRESS.replace_all(text, pseudonym).into_owned()
}

/// `person-` and the start of the SHA-256 of the address.
fn pseudonym(address: &str) -> String {
    const DIGITS: usize = 8;
    let hash = Sha256::digest(format!("tollgate-person-v1\n{}", normalized(address)));
    let digits: String = hash
        .iter()
        .take(DIGITS)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("person-{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(rows: &[Value]) -> Export {
        let object = |row: &Value| row.as_object().unwrap().clone();
        Export {
            kind: ExportedRows::Tickets,
            rows: rows.iter().map(object).collect(),
        }
    }

    #[test]
    fn an_address_has_one_pseudonym_everywhere() {
        let one = without_addresses("Ask Ada <ada@shop.example>, not bo@shop.example.");
        let other = without_addresses("ADA@shop.example");
        assert!(
            !one.contains('@') && one.starts_with("Ask Ada <person-"),
            "{one}"
        );
        assert!(one.contains(&other), "{one} {other}");
        assert_eq!(one.matches("person-").count(), 2);
    }

    #[test]
    fn addresses_in_lists_and_other_scripts_are_redacted() {
        let row = serde_json::json!({ "makers": ["zoë@exämple.de", "Kim"], "n": 1 });
        let mut export = export(&[row]);
        export.redact();
        let text = export.json_lines();
        assert!(!text.contains('@') && text.contains("\"Kim\""), "{text}");
    }

    #[test]
    fn texts_without_an_address_stay() {
        for text in ["@channel", "a @ b", "50% @", ""] {
            assert_eq!(without_addresses(text), text);
        }
    }

    #[test]
    fn csv_has_a_header_and_no_formulas() {
        let row = serde_json::json!({ "ticket": "=1+1", "makers": ["a", "b"], "result": null });
        let text = export(&[row]).csv();
        let (header, rows) = text.split_once("\r\n").unwrap();
        assert!(
            header.starts_with("repository,commit,release,ticket,"),
            "{header}"
        );
        let cells: Vec<&str> = rows.split(',').filter(|it| !it.trim().is_empty()).collect();
        assert_eq!(cells, ["'=1+1", "a; b"]);
        assert_eq!(header.matches(',').count(), rows.matches(',').count());
    }

    #[test]
    fn csv_without_rows_has_a_header() {
        let text = Export::new(ExportedRows::Releases).csv();
        assert!(text.starts_with("repository,commit,tag,version,"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
