//! A TOML text as a tree with the span of everything in it, and the tables of fields that check it.
//!
//! Serves tickets and configuration: [`Document`] is the tree, `Field` declares what a table may
//! contain, `check` finds every structural fault of a file in one pass, and `schema` turns the
//! same declaration into a JSON schema. What the values mean is left to the callers.

mod check;
mod comments;
mod duration;
mod fault;
mod field;
mod field_schema;
mod quote;
mod set_keys;
mod syntax;
mod time_zone;
mod toml_1_1;
mod tree;
mod url;

pub(crate) use check::check;
pub use comments::Comment;
pub(crate) use duration::{format_duration, parse_duration};
pub(crate) use fault::{FaultKind, StructureFault, Suggestion};
#[cfg(test)]
pub(crate) use field::Requirement;
pub(crate) use field::{Field, Shape};
pub(crate) use field_schema::{schema, table_schema};
pub(crate) use quote::{quoted, quoted_key};
pub(crate) use set_keys::{KeyValue, joined, set_keys};
pub use syntax::SyntaxError;
pub(crate) use time_zone::{ZONE_HELP, time_zone};
pub(crate) use toml_1_1::Toml11Syntax;
pub use tree::{Datetime, Entry, Node, Table, Value};
pub(crate) use tree::{DatetimeKind, ValuePath};
pub(crate) use url::is_url;

use toml::de::DeTable;

use crate::source::Source;

/// A parsed TOML text.
#[derive(Debug, Clone)]
pub struct Document {
    source: Source,
    root: Table,
    comments: Vec<Comment>,
    toml_1_1_syntax: Vec<Toml11Syntax>,
}

impl Document {
    /// Parses a text. If there are errors, the tree contains what could be read.
    ///
    /// The caller limits the size of the text; the depth is limited to [`MAX_NESTING`].
    #[must_use]
    pub fn parse(source: Source) -> (Self, Vec<SyntaxError>) {
        if let Some(span) = source.undecodable() {
            let empty = Self {
                source,
                root: Table::default(),
                comments: Vec::new(),
                toml_1_1_syntax: Vec::new(),
            };
            return (empty, vec![SyntaxError::not_utf8(span)]);
        }
        let (table, errors) = DeTable::parse_recoverable(source.text());
        let mut errors: Vec<SyntaxError> = errors.into_iter().map(SyntaxError::from).collect();
        let root = Table::convert(table.into_inner(), &mut errors);
        let mut errors = syntax::condense(&source, errors);
        syntax::replace_errors_of_another_format(&source, &mut errors);
        let tokens = toml_parser::Source::new(source.text()).lex().into_vec();
        let comments = comments::comments(source.text(), &tokens);
        let toml_1_1_syntax = toml_1_1::toml_1_1_syntax(source.text(), &tokens);
        let document = Self {
            source,
            root,
            comments,
            toml_1_1_syntax,
        };
        (document, errors)
    }

    /// The text that was parsed.
    #[must_use]
    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    /// The root table.
    #[must_use]
    pub const fn root(&self) -> &Table {
        &self.root
    }

    /// The comments, in order.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The places that need TOML 1.1, in order.
    #[must_use]
    pub(crate) fn toml_1_1_syntax(&self) -> &[Toml11Syntax] {
        &self.toml_1_1_syntax
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn parse(text: &str) -> Document {
        let (document, errors) = Document::parse(Source::new("x.toml", text));
        assert_eq!(errors, []);
        document
    }

    #[test]
    fn entries_keep_the_order_in_which_they_are_written() {
        let document = parse("z = 1\na = 2\n[m]\n[b]\n");
        let keys: Vec<_> = document
            .root()
            .entries()
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        assert_eq!(keys, ["z", "a", "m", "b"]);
    }

    #[test]
    fn table_span_is_header_and_value_span_is_value() {
        let text = "\u{feff}[t]\r\n\"k\" = 'v'\r\n";
        let document = parse(text);
        let table = document.root().get("t").unwrap();
        assert_eq!(&text[table.span.start..table.span.end], "[t]");
        let entry = table.as_table().unwrap().entry("k").unwrap();
        assert_eq!(&text[entry.key_span.start..entry.key_span.end], "\"k\"");
        assert_eq!(&text[entry.value.span.start..entry.value.span.end], "'v'");
    }

    #[test]
    fn array_tables_have_their_own_header_spans() {
        let document = parse("[[a]]\nx = 1\n[[a]]\nx = 2\n");
        let spans: Vec<_> = document
            .root()
            .get("a")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.span)
            .collect();
        assert_eq!(spans, [Span::new(0, 5), Span::new(12, 17)]);
    }

    #[test]
    fn an_empty_text_and_one_of_comments_alone_are_empty_tables() {
        assert!(parse("").root().entries().is_empty());
        let document = parse("# only\n# this");
        assert!(document.root().entries().is_empty());
        assert_eq!(document.comments().len(), 2);
    }

    #[test]
    fn a_path_leads_to_a_value() {
        let document = parse("a.b.c = 1");
        assert_eq!(
            document
                .root()
                .at(&["a", "b", "c"])
                .and_then(Node::as_integer),
            Some(1)
        );
        assert_eq!(document.root().at(&["a", "x", "c"]), None);
    }

    #[test]
    fn a_value_alone_is_all_of_its_text() {
        assert_eq!(
            Node::parse("[1, 2]").and_then(|node| Some(node.as_array()?.len())),
            Some(2)
        );
        for text in ["", "1 # one", "1\nb = 2", " 1", "1,", "x"] {
            assert_eq!(Node::parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_utf_8_has_one_error_and_no_keys() {
        let (document, errors) = Document::parse(Source::decode(
            "x.toml",
            b"a = 1\nb = \"\xff\"\nc = ".to_vec(),
        ));
        assert_eq!(errors, [SyntaxError::not_utf8(Span::new(11, 12))]);
        assert!(document.root().entries().is_empty());
    }

    #[test]
    fn two_hundred_thousand_keys_are_read() {
        let text: String = (0..200_000).map(|n| format!("k{n}=1\n")).collect();
        assert_eq!(parse(&text).root().entries().len(), 200_000);
    }
}
