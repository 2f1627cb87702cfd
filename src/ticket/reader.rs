//! Reads typed values from a table of a ticket or a release file. A value that is missing or has another type is
//! absent here; the check of the document reports it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

use crate::document::{DatetimeKind, Document, Node, Table, parse_duration};
use crate::source::{Span, WordEnum};

/// A text of a ticket, with the position and the path of its value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text {
    /// The text, decoded.
    pub(crate) text: String,
    /// The span of its value.
    pub(crate) span: Span,
    /// The path of its key, such as `deployment.steps[2].run`.
    pub(crate) path: String,
}

impl Text {
    /// Where the text is, as a message says it: "step 1 of the rollback", or the key in backticks.
    pub(crate) fn location(&self) -> String {
        let place = self.path.split_once(".steps[").and_then(|(section, rest)| {
            let (index, key) = rest.split_once(']')?;
            let step = format!("step {} of the {section}", index.parse::<usize>().ok()? + 1);
            Some(match key {
                "" | ".do" => step,
                key => format!("`{}` in {step}", key.trim_start_matches('.')),
            })
        });
        place.unwrap_or_else(|| format!("`{}`", self.path))
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// A point in time, with the offset in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// The point in time.
    pub(crate) timestamp: Timestamp,
    /// The offset in which it was written.
    pub(crate) offset: Offset,
    /// The span of the value.
    pub(crate) span: Span,
}

/// A table, its path, and its position.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    pub(super) table: &'a Table,
    pub(crate) path: String,
    pub(crate) span: Span,
}

impl<'a> Reader<'a> {
    /// The reader of the outermost table; what is missing there is reported at its first key.
    pub(crate) fn top(document: &'a Document) -> Self {
        let root = document.root();
        let first = root
            .entries()
            .first()
            .map(|entry| entry.key_span)
            .unwrap_or_default();
        Self {
            table: root,
            path: String::new(),
            span: first,
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<Text> {
        self.node(key)
            .and_then(|node| text(node, self.path_of(key)))
    }

    pub(super) fn texts(&self, key: &str) -> Vec<Text> {
        let nodes = self.node(key).and_then(Node::as_array).unwrap_or_default();
        let path = self.path_of(key);
        nodes
            .iter()
            .enumerate()
            .filter_map(|(index, node)| text(node, format!("{path}[{index}]")))
            .collect()
    }

    pub(crate) fn word<W: WordEnum>(&self, key: &str) -> Option<W> {
        self.node(key).and_then(Node::as_str).and_then(W::parse)
    }

    pub(crate) fn truth(&self, key: &str) -> Option<bool> {
        self.node(key).and_then(Node::as_bool)
    }

    pub(super) fn integer(&self, key: &str) -> Option<i64> {
        self.node(key).and_then(Node::as_integer)
    }

    pub(super) fn duration(&self, key: &str) -> Option<Duration> {
        self.node(key)
            .and_then(Node::as_str)
            .and_then(parse_duration)
    }

    pub(crate) fn date(&self, key: &str) -> Option<Date> {
        let date = self.node(key)?.datetime(DatetimeKind::Date)?;
        date.text.parse().ok()
    }

    pub(crate) fn instant(&self, key: &str) -> Option<Instant> {
        let node = self.node(key)?;
        let datetime = node.datetime(DatetimeKind::Instant)?;
        let offset = Pieces::parse(&datetime.text).ok()?.to_numeric_offset()?;
        Some(Instant {
            timestamp: datetime.text.parse().ok()?,
            offset,
            span: node.span,
        })
    }

    pub(crate) fn table(&self, key: &str) -> Option<Reader<'a>> {
        let node = self.node(key)?;
        Some(Reader {
            table: node.as_table()?,
            path: self.path_of(key),
            span: node.span,
        })
    }

    pub(crate) fn tables(&self, key: &str) -> Vec<Reader<'a>> {
        let nodes = self.node(key).and_then(Node::as_array).unwrap_or_default();
        let path = self.path_of(key);
        let table = |(index, node): (usize, &'a Node)| {
            Some(Reader {
                table: node.as_table()?,
                path: format!("{path}[{index}]"),
                span: node.span,
            })
        };
        nodes.iter().enumerate().filter_map(table).collect()
    }
}

pub(super) fn text(node: &Node, path: String) -> Option<Text> {
    Some(Text {
        text: node.as_str()?.to_owned(),
        span: node.span,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(path: &str) -> String {
        let text = Text {
            text: String::new(),
            span: Span::default(),
            path: path.to_owned(),
        };
        text.location()
    }

    #[test]
    fn steps_count_from_one() {
        assert_eq!(location("rollback.steps[0]"), "step 1 of the rollback");
        assert_eq!(
            location("deployment.steps[2].do"),
            "step 3 of the deployment"
        );
        assert_eq!(
            location("deployment.steps[1].undo"),
            "`undo` in step 2 of the deployment"
        );
    }

    #[test]
    fn other_texts_are_located_by_their_key() {
        assert_eq!(location("schema_change.locks"), "`schema_change.locks`");
        assert_eq!(location("notes[1].text"), "`notes[1].text`");
    }
}
