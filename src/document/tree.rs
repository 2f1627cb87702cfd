//! The tree of a TOML file with the span of every key and value.
//!
//! Decides the order of entries (as written) and how deep a file may nest. The span of a table with
//! a header is its header; the span of a table that only dotted keys or deeper headers imply is the
//! first key that names it.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::syntax::SyntaxError;
use crate::source::Span;

/// The maximum nesting depth of tables and arrays.
pub(crate) const MAX_NESTING: usize = 32;

/// A value and its span.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value; for a table with a header, those of the header.
    pub(crate) span: Span,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, decoded.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both.
    Datetime(Datetime),
    /// A list, or an array of tables.
    Array(Vec<Node>),
    /// A table in any notation.
    Table(Table),
}

/// A date, a time or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datetime {
    /// Which parts it has.
    pub(crate) kind: DatetimeKind,
    /// As RFC 3339 writes it.
    pub(crate) text: String,
}

/// Which parts a [`Datetime`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatetimeKind {
    /// A date alone.
    Date,
    /// A time alone.
    Time,
    /// A date and a time, without an offset.
    Local,
    /// A date and a time with their offset.
    Instant,
}

/// Keys and values, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, decoded.
    pub key: String,
    /// The span of the key, quotes included.
    pub(crate) key_span: Span,
    /// The value.
    pub value: Node,
}

/// The path of a value, such as `deployment.steps[2].run`. It is written only if it is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ValuePath<'a> {
    /// A path that is written already.
    Written(&'a str),
    /// The value of a key in the table at a path.
    Entry(&'a Self, &'a str),
    /// The value at an index in the array at a path.
    Element(&'a Self, usize),
}

impl fmt::Display for ValuePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(path) => f.write_str(path),
            Self::Entry(table, key) => {
                table.fmt(f)?;
                f.write_str(".")?;
                f.write_str(key)
            }
            Self::Element(array, index) => {
                array.fmt(f)?;
                f.write_str("[")?;
                index.fmt(f)?;
                f.write_str("]")
            }
        }
    }
}

impl Node {
    /// Parses a single value; `None` if the text is anything else.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const KEY: &str = "value = ";
        let mut errors = Vec::new();
        let whole = format!("{KEY}{text}");
        let (table, faults) = DeTable::parse_recoverable(&whole);
        let table = Table::convert(table.into_inner(), &mut errors);
        let node = table
            .get("value")
            .filter(|_| faults.is_empty() && errors.is_empty())?;
        (node.span == Span::new(KEY.len(), whole.len())).then(|| node.clone())
    }

    /// The text; `None` for other types.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer; `None` for other types.
    #[must_use]
    pub(crate) const fn as_integer(&self) -> Option<i64> {
        match &self.value {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The Boolean; `None` for other types.
    #[must_use]
    pub(crate) const fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The date or date-time of this kind; `None` for other values.
    ///
    /// A string that is written like one counts too: people quote dates as in YAML and JSON.
    #[must_use]
    pub(crate) fn datetime(&self, kind: DatetimeKind) -> Option<Datetime> {
        let found = match &self.value {
            Value::Datetime(datetime) => datetime.clone(),
            Value::String(text) if is_datetime(text) => match Self::parse(text)?.value {
                Value::Datetime(datetime) => datetime,
                _ => return None,
            },
            _ => return None,
        };
        (found.kind == kind).then_some(found)
    }

    /// The elements of an array; `None` for other types.
    #[must_use]
    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The table; `None` for other types.
    #[must_use]
    pub(crate) const fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Calls `visit` with every string below this value, each with its path.
    pub(crate) fn strings<'a>(
        &'a self,
        path: ValuePath<'_>,
        visit: &mut impl FnMut(ValuePath<'_>, &'a Self),
    ) {
        match &self.value {
            Value::String(_) => visit(path, self),
            Value::Array(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    node.strings(ValuePath::Element(&path, index), visit);
                }
            }
            Value::Table(table) => {
                for entry in table.entries() {
                    entry
                        .value
                        .strings(ValuePath::Entry(&path, &entry.key), visit);
                }
            }
            _ => {}
        }
    }

    /// The start of the last value in this one at or before an offset.
    fn last_start(&self, offset: usize) -> Option<usize> {
        let inner = match &self.value {
            Value::Array(nodes) => nodes
                .iter()
                .filter_map(|node| node.last_start(offset))
                .max(),
            Value::Table(table) => {
                let entries = table.entries.iter();
                entries.filter_map(|entry| entry.last_start(offset)).max()
            }
            _ => None,
        };
        Some(self.span.start)
            .filter(|start| *start <= offset)
            .max(inner)
    }

    /// The name of this type for people, with its article.
    #[must_use]
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.value {
            Value::String(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(datetime) => match datetime.kind {
                DatetimeKind::Date => "a date",
                DatetimeKind::Time => "a time",
                DatetimeKind::Local => "a local date-time",
                DatetimeKind::Instant => "a date-time",
            },
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// Whether a text has only characters of dates and times.
fn is_datetime(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"Tt Zz:+-.".contains(&byte))
}

impl Entry {
    /// The start of the last key or value in this entry at or before an offset.
    fn last_start(&self, offset: usize) -> Option<usize> {
        let key = Some(self.key_span.start).filter(|start| *start <= offset);
        key.max(self.value.last_start(offset))
    }
}

impl Table {
    /// The entries, in the order in which they are written.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that key.
    #[must_use]
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value at a path of keys.
    #[must_use]
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        let (last, tables) = path.split_last()?;
        tables
            .iter()
            .try_fold(self, |table, key| table.get(key)?.as_table())?
            .get(last)
    }

    /// The key of this table that an offset in the text belongs to, wherever the tables below the
    /// key are written: the one with the last start at or before the offset.
    #[must_use]
    pub(crate) fn key_at(&self, offset: usize) -> Option<&str> {
        let starts = self.entries.iter();
        let starts = starts.filter_map(|entry| Some((entry.last_start(offset)?, entry)));
        let (_, entry) = starts.max_by_key(|(start, _)| *start)?;
        Some(&entry.key)
    }

    /// The text of that key; `None` if it is absent or not text.
    #[must_use]
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(super) fn convert(table: DeTable<'_>, errors: &mut Vec<SyntaxError>) -> Self {
        Self::convert_at(table, 1, errors)
    }

    fn convert_at(table: DeTable<'_>, level: usize, errors: &mut Vec<SyntaxError>) -> Self {
        let mut entries: Vec<Entry> = table
            .into_iter()
            .map(|(key, value)| Entry {
                key_span: key.span().into(),
                key: key.into_inner().into_owned(),
                value: Node::convert(value, level, errors),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span);
        Self { entries }
    }
}

impl Node {
    fn convert(value: Spanned<DeValue<'_>>, level: usize, errors: &mut Vec<SyntaxError>) -> Self {
        let span = Span::from(value.span());
        let mut refuse = |message: String| errors.push(SyntaxError::new(message, span));
        let value = match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(truth) => Value::Boolean(truth),
            DeValue::Datetime(datetime) => {
                let kind = match (datetime.date, datetime.time, datetime.offset) {
                    (None, ..) => DatetimeKind::Time,
                    (_, None, _) => DatetimeKind::Date,
                    (_, _, None) => DatetimeKind::Local,
                    (_, _, Some(_)) => DatetimeKind::Instant,
                };
                Value::Datetime(Datetime {
                    kind,
                    text: datetime.to_string(),
                })
            }
            DeValue::Integer(number) => Value::Integer(
                i64::from_str_radix(number.as_str(), number.radix())
                    .inspect_err(|_| refuse("integer does not fit in 64 bits".into()))
                    .unwrap_or_default(),
            ),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Array(_) | DeValue::Table(_) if level >= MAX_NESTING => {
                refuse(format!("nested more than {MAX_NESTING} levels deep"));
                Value::Table(Table::default())
            }
            DeValue::Array(array) => Value::Array(
                array
                    .into_iter()
                    .map(|node| Self::convert(node, level + 1, errors))
                    .collect(),
            ),
            DeValue::Table(table) => Value::Table(Table::convert_at(table, level + 1, errors)),
        };
        Self { span, value }
    }
}
