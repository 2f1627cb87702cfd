//! Named texts, which findings point into, and how text is written safely: quoted, shortened,
//! sanitized, as a shell command, as a list in a sentence, or as JSON.
//!
//! Converts byte offsets to positions for people: lines and columns are 1-based, columns count code
//! points, and a leading byte order mark is not counted. Reads no files and does not know what a text
//! means.

mod edit;
mod fence;
mod fold;
mod json;
mod lists;
mod named;
mod quote;
mod sanitise;
mod shell;
mod shorten;
mod suggest;
mod word_enum;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use line_index::{LineIndex, TextSize};

pub use edit::Edit;
pub(crate) use edit::{splice, splice_bytes, with_line_ends_of};
pub(crate) use fence::{Fence, Fences};
pub(crate) use fold::fold_case;
pub(crate) use json::{describe_json_error, json_document};
pub(crate) use lists::{any_of, join_and, join_or};
pub(crate) use named::entries_named;
pub(crate) use quote::{quoted_and, quoted_list};
pub(crate) use sanitise::{hides, sanitise, sanitise_line, shown};
pub(crate) use shell::{
    ShellArgument, ShellWords, count_placeholders, shell_command, shell_word, single_end_of_options,
};
pub(crate) use shorten::{shorten, shorten_path};
pub(crate) use suggest::{closest, closest_typo};
pub(crate) use word_enum::{WordEnum, word_enum};

// For the tests of this package.
#[doc(hidden)]
pub use sanitise::is_hostile;

/// A half-open range of byte offsets in a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The offset of the first byte.
    pub start: usize,
    /// The offset after the last byte.
    pub end: usize,
}

/// A label on a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The bytes that the label points at.
    pub span: Span,
    /// A few words to show beside the span; may be empty.
    pub text: String,
}

/// A position as people count it: 1-based line, 1-based column in code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in code points, from 1.
    pub column: usize,
}

/// A named text, cheap to clone.
#[derive(Debug, Clone)]
pub struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    /// Computed when a position is asked for: most texts have no findings.
    lines: OnceLock<LineIndex>,
    undecodable: Option<Span>,
}

impl Span {
    /// The span from `start` up to `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The number of bytes covered.
    #[must_use]
    pub(crate) const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether no byte is covered.
    #[must_use]
    pub(crate) const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The smallest span that covers both.
    #[must_use]
    pub(crate) fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }
}

impl Label {
    /// Puts `text` on `span`.
    #[must_use]
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
        }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

impl Source {
    /// Names `text`. The name is a path with `/`, or a commit, as findings show it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::build(name.into(), text.into(), None)
    }

    /// Names the bytes of a file. If they are not UTF-8, each invalid byte is replaced with `?`, so
    /// that offsets are those of the file, and `undecodable` gives the
    /// position of the first one.
    #[must_use]
    pub fn decode(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Self::new(name, text),
            Err(error) => error,
        };
        let start = error.utf8_error().valid_up_to();
        let mut text = String::with_capacity(error.as_bytes().len());
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
        Self::build(name.into(), text, Some(Span::new(start, start + 1)))
    }

    /// The same text under another name.
    #[must_use]
    pub(crate) fn renamed(&self, name: impl Into<String>) -> Self {
        Self::build(name.into(), self.text().to_owned(), self.undecodable())
    }

    fn build(name: String, text: String, undecodable: Option<Span>) -> Self {
        Self(Arc::new(Inner {
            name,
            text,
            lines: OnceLock::new(),
            undecodable,
        }))
    }

    /// The first byte that is not UTF-8. If there is one, the text is not what the file contains.
    #[must_use]
    pub(crate) fn undecodable(&self) -> Option<Span> {
        self.0.undecodable
    }

    /// The name that findings show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The text of `span`; empty if the span is not within the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.0.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The position of a byte offset. An offset inside a character or past the end is moved back to
    /// the nearest position.
    ///
    /// # Panics
    ///
    /// Panics if the text is larger than 4 GiB.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let text = &self.0.text;
        let offset = floor_char_boundary(text, offset);
        let size = TextSize::try_from(offset).expect("texts are limited to far below 4 GiB");
        let place = self.lines().line_col(size);
        let start = offset - place.col as usize;
        let line = text[start..offset]
            .strip_prefix('\u{feff}')
            .unwrap_or(&text[start..offset]);
        Position {
            line: place.line as usize + 1,
            column: line.chars().count() + 1,
        }
    }

    /// The 1-based line of a byte offset, without the column, which is slow to compute in long
    /// lines.
    #[must_use]
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        let offset = floor_char_boundary(&self.0.text, offset);
        let size = TextSize::try_from(offset).expect("texts are limited to far below 4 GiB");
        self.lines().line_col(size).line as usize + 1
    }

    fn lines(&self) -> &LineIndex {
        self.0.lines.get_or_init(|| LineIndex::new(&self.0.text))
    }

    /// The bytes of a 1-based line without its line end; empty, at the end of the text, if there is
    /// no such line.
    #[must_use]
    pub(crate) fn line_span(&self, line: usize) -> Span {
        let text = &self.0.text;
        let index = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
        let range = self
            .lines()
            .line(index)
            .map_or(text.len()..text.len(), |range| range.into());
        let start = range.start;
        Span::new(
            start,
            start + text[range].trim_end_matches(['\n', '\r']).len(),
        )
    }

    /// The text of a 1-based line without its line end; empty if there is no such line.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        self.slice(self.line_span(line))
    }

    /// The largest span within `span` that is inside the text and splits no character.
    #[must_use]
    pub(crate) fn clamp(&self, span: Span) -> Span {
        let start = floor_char_boundary(&self.0.text, span.start);
        Span::new(
            start,
            floor_char_boundary(&self.0.text, span.end).max(start),
        )
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf_8_keep_offsets() {
        let source = Source::decode("x", b"a\xc3\xa9\xff\xc3b".to_vec());
        assert_eq!(
            (source.text(), source.undecodable()),
            ("a\u{e9}??b", Some(Span::new(3, 4)))
        );
        assert_eq!(source.renamed("y").undecodable(), Some(Span::new(3, 4)));
        assert_eq!(Source::decode("x", b"a".to_vec()).undecodable(), None);
    }

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let position = Source::new("x", text).position(offset);
        (position.line, position.column)
    }

    #[test]
    fn columns_count_code_points() {
        assert_eq!(at("\t日本🎉x", 11), (1, 5));
    }

    #[test]
    fn a_byte_order_mark_is_not_a_column() {
        assert_eq!(at("\u{feff}title", 3), (1, 1));
    }

    #[test]
    fn windows_line_ends_stay_on_their_line() {
        assert_eq!(at("a\r\nb", 3), (2, 1));
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        assert_eq!(at("ab\n", 99), (2, 1));
    }

    #[test]
    fn an_offset_inside_a_character_is_its_start() {
        assert_eq!(at("é!", 1), (1, 1));
    }

    #[test]
    fn a_line_is_that_of_the_position() {
        let source = Source::new("x", "a\r\r\né\n\nb");
        for offset in 0..source.text().len() + 2 {
            assert_eq!(
                source.line_at(offset),
                source.position(offset).line,
                "{offset}"
            );
        }
    }

    #[test]
    fn line_excludes_its_line_ending() {
        assert_eq!(Source::new("x", "a\r\nbc\n").line(2), "bc");
        assert_eq!(Source::new("x", "a\r\nbc\n").line(9), "");
    }
}
