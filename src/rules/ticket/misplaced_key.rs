//! A key of another table, such as one of the file that is written after a header and so falls into
//! that table.

use crate::config::Level;
use crate::document::{Document, Entry, FaultKind, StructureFault, Table, Value};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Edit, Span};

pub(super) const RULE: Rule = Rule::new(
    "ticket/misplaced-key",
    Level::Error,
    "key in the wrong table",
    include_str!("misplaced_key.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    let FaultKind::MisplacedKey {
        key,
        expected_tables: homes,
        ..
    } = &fault.kind
    else {
        return None;
    };
    let fix = match homes.as_slice() {
        [home] if !is_taken(ctx.document, home, key) => moved(ctx.document, fault.span, home),
        _ => None,
    };
    Some(RULE.fault(fault, ctx).fix(fix))
}

fn is_taken(document: &Document, home: &str, key: &str) -> bool {
    let path: Vec<&str> = home
        .split('.')
        .filter(|part| !part.is_empty())
        .chain([key])
        .collect();
    document.root().at(&path).is_some()
}

/// The edit that moves the lines of a key to its table; `None` where the key shares its line or its
/// table is absent.
fn moved(document: &Document, key: Span, home: &str) -> Option<Fix> {
    let text = document.source().text();
    let value = value_of(document.root(), key)?;
    let start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let end = after_line(text, value.end);
    let rest = text[value.end..end].trim();
    let alone =
        text[start..key.start].trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
    let target = if home.is_empty() {
        top(document)
    } else {
        below_header(document, home)?
    };
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let unfinished = target > 0 && target == text.len() && !text.ends_with('\n');
    let lines = format!(
        "{}{}{line_end}",
        if unfinished { line_end } else { "" },
        text[start..end].trim_end()
    );
    let mut edits = vec![
        Edit {
            span: Span::new(target, target),
            text: lines,
        },
        Edit {
            span: Span::new(start, end),
            text: String::new(),
        },
    ];
    edits.sort_by_key(|edit| edit.span);
    (alone && !(start..end).contains(&target)).then_some(Fix {
        applicability: Applicability::Unsafe,
        edits,
    })
}

/// The value of the key that stands at a span, where key and value are written together.
fn value_of(table: &Table, key: Span) -> Option<Span> {
    let inner = |entry: &Entry| match &entry.value.value {
        Value::Table(table) => value_of(table, key),
        Value::Array(nodes) => nodes
            .iter()
            .find_map(|node| value_of(node.as_table()?, key)),
        _ => None,
    };
    table.entries().iter().find_map(|entry| {
        let own = entry.key_span == key && entry.value.span.start > key.end;
        if own {
            Some(entry.value.span)
        } else {
            inner(entry)
        }
    })
}

/// Where a key of the file may be inserted: after the line of the last one, or at the start.
fn top(document: &Document) -> usize {
    let text = document.source().text();
    let entries = document.root().entries().iter();
    let plain = entries
        .filter(|entry| entry.value.span.start > entry.key_span.end && before_headers(text, entry));
    let start = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    plain
        .map(|entry| entry.value.span.end)
        .max()
        .map_or(start, |end| after_line(text, end))
}

fn before_headers(text: &str, entry: &Entry) -> bool {
    let line = text[..entry.key_span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    !text[line..].trim_start().starts_with('[')
}

fn below_header(document: &Document, home: &str) -> Option<usize> {
    let path: Vec<&str> = home.split('.').collect();
    let node = document.root().at(&path)?;
    let text = document.source().text();
    let is_header =
        node.as_table().is_some() && document.source().slice(node.span).starts_with('[');
    is_header.then(|| after_line(text, node.span.end))
}

/// The start of the next line; the end of a text that ends without one.
fn after_line(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at + 1)
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::testing::{applied, findings};

    #[test]
    fn a_key_of_the_file_moves_above_the_headers() {
        let found =
            findings("[validation]\nsteps = [\"`/health` returns 200\"]\nkind = \"normal\"\n");
        let finding = found
            .iter()
            .find(|f| f.rule == "ticket/misplaced-key")
            .unwrap();
        assert_eq!(
            finding.fix.as_ref().unwrap().applicability,
            Applicability::Unsafe
        );
    }

    #[test]
    fn a_key_moves_below_the_header_of_its_table_with_its_comment() {
        let text = "title = \"x\"\nabort_when = \"5xx\" # soon\n[deployment]\nsteps = [\"y\"]\n";
        assert_eq!(
            applied(text, "ticket/misplaced-key").as_deref(),
            Some("title = \"x\"\n[deployment]\nabort_when = \"5xx\" # soon\nsteps = [\"y\"]\n")
        );
    }

    #[test]
    fn line_endings_are_preserved() {
        let text = "strategy = \"rolling\"\r\n[deployment]";
        let expected = "[deployment]\r\nstrategy = \"rolling\"\r\n";
        assert_eq!(
            applied(text, "ticket/misplaced-key").as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn a_key_that_is_there_already_is_not_moved() {
        assert_eq!(
            applied(
                "title = \"x\"\n[risk]\ntitle = \"y\"\n",
                "ticket/misplaced-key"
            ),
            None
        );
    }

    #[test]
    fn a_key_that_several_tables_have_is_not_moved() {
        let found = findings("steps = [\"x\"]\n");
        let finding = found
            .iter()
            .find(|f| f.rule == "ticket/misplaced-key")
            .unwrap();
        assert_eq!(finding.fix, None);
    }
}
