//! Sets keys of a table in the text of a document and keeps every other byte.

use super::tree::Node;
use crate::source::{Edit, Source, with_line_ends_of};

/// A key, and its value as TOML.
#[derive(Debug, Clone)]
pub(crate) struct KeyValue {
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// The edits that replace the values of keys that a table has, and add the others after its last
/// key, in the notation that the table has. `path` is the name of the table in dotted keys.
///
/// `None` if the node is not a table. The caller checks what the edited text means.
pub(crate) fn set_keys(
    source: &Source,
    node: &Node,
    path: &str,
    keys: &[KeyValue],
) -> Option<Vec<Edit>> {
    let table = node.as_table()?;
    let mut edits = Vec::new();
    let mut missing = Vec::new();
    for new in keys {
        match table.get(new.key) {
            Some(known) => edits.push(Edit {
                span: known.span,
                text: with_line_ends_of(source.text(), &new.value),
            }),
            None => missing.push(new.clone()),
        }
    }
    if !missing.is_empty() {
        edits.push(addition(source, node, path, &missing)?);
    }
    Some(edits)
}

/// The edit that adds keys after the last one of a table.
fn addition(source: &Source, node: &Node, path: &str, keys: &[KeyValue]) -> Option<Edit> {
    let text = source.text();
    let entries = node.as_table()?.entries().iter();
    let last = entries.map(|entry| entry.value.span.end).max();
    let written = source.slice(node.span);
    if written.starts_with('{') {
        let keys = joined(keys, "", ", ");
        return Some(match last {
            Some(end) => Edit::insertion(end, format!(", {keys}")),
            None => Edit::insertion(node.span.start + 1, format!(" {keys} ")),
        });
    }
    let has_header = written.starts_with('[');
    let prefix = if has_header {
        String::new()
    } else {
        format!("{path}.")
    };
    let lines = joined(keys, &prefix, "\n");
    let end = last.unwrap_or(node.span.end);
    let (at, added) = match text[end..].find('\n') {
        Some(rest) => (end + rest + 1, format!("{lines}\n")),
        None => (text.len(), format!("\n{lines}\n")),
    };
    Some(Edit::insertion(at, with_line_ends_of(text, &added)))
}

/// The keys with their values, with this before each and between them.
pub(crate) fn joined(keys: &[KeyValue], prefix: &str, separator: &str) -> String {
    let keys = keys.iter();
    keys.map(|KeyValue { key, value }| format!("{prefix}{key} = {value}"))
        .collect::<Vec<_>>()
        .join(separator)
}
