//! The sanitized lines of a diagnostic, with its labels at their new offsets.
//!
//! Sanitizing and cropping shift text, so both are done here line by line, and the labels are
//! shifted too. Offsets in the excerpt are never used as offsets in the file. People see the
//! positions of the file: miette's own source would count the column in the header in bytes, but
//! this one counts code points.

use std::borrow::Cow;
use std::collections::BTreeSet;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthStr as _;

use super::RenderOptions;
use super::table::unbreakable_parts;
use crate::source::{Label, Position, Source, Span, sanitise_line, shown};

/// Labels over more lines are cut, so that a long text isn't repeated in full.
const MAX_LINES: usize = 6;

/// The minimum width of a label, however far to the right it is.
const MIN_LABEL_WIDTH: usize = 24;

/// The columns that line numbers and the frame take, left of the text.
const GUTTER_WIDTH: usize = 12;

/// The lines around the labels of one finding in one text.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    /// The lines shown, each with its line feed.
    text: String,
    lines: Vec<Line>,
    labels: Vec<MappedLabel>,
}

/// The width of a line, and the mark for parts that are left out.
#[derive(Debug, Clone, Copy)]
struct LineLimit {
    columns: usize,
    ellipsis: &'static str,
}

impl LineLimit {
    /// The number of characters around a label that are considered: enough to fill the columns.
    const fn bytes(self) -> usize {
        self.columns * 8
    }
}

/// A line of the excerpt: its position in the excerpt and in the source.
#[derive(Debug)]
struct Line {
    number: usize,
    start: usize,
    /// Pairs of offsets, in the source and in the excerpt, at which the text was shifted.
    offset_map: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct MappedLabel {
    span: Span,
    position: Position,
    label: LabeledSpan,
}

impl Excerpt {
    /// Extracts the lines around `labels` from `source`. The first label is the primary one.
    ///
    /// `name` is the name of the text in the head; lines wider than `options` allow are cropped around
    /// the label.
    pub(super) fn new(
        source: &Source,
        name: &str,
        labels: &[&Label],
        options: RenderOptions,
    ) -> Self {
        let mut excerpt = Self {
            name: sanitise_line(name),
            text: String::new(),
            lines: Vec::new(),
            labels: Vec::new(),
        };
        let spans: Vec<Span> = labels
            .iter()
            .map(|label| truncate_span(source, label.span))
            .collect();
        let room = LineLimit {
            columns: options.width.saturating_sub(GUTTER_WIDTH).max(GUTTER_WIDTH),
            ellipsis: if options.unicode { "…" } else { "..." },
        };
        for number in line_numbers(source, &spans) {
            let line = source.line_span(number);
            let focus = spans
                .iter()
                .find(|span| span.start <= line.end && span.end >= line.start);
            excerpt.push_line(
                source,
                number,
                focus.map_or(line.start, |span| span.start.max(line.start)),
                room,
            );
        }
        for (number, (label, span)) in labels.iter().zip(spans).enumerate() {
            let start = excerpt.map_offset(source, span.start);
            let end = excerpt
                .map_offset(source, span.end)
                .max(excerpt.next_boundary(start));
            let text = Some(excerpt.wrap_label(&label.text, Span::new(start, end), options))
                .filter(|text| !text.is_empty());
            let make = if number == 0 {
                LabeledSpan::new_primary_with_span
            } else {
                LabeledSpan::new_with_span
            };
            excerpt.labels.push(MappedLabel {
                span: Span::new(start, end),
                position: source.position(span.start),
                label: make(text, (start, end - start)),
            });
        }
        excerpt
    }

    /// The labels, in offsets of the excerpt.
    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> + '_ {
        self.labels.iter().map(|marked| marked.label.clone())
    }

    fn push_line(&mut self, source: &Source, number: usize, focus: usize, room: LineLimit) {
        let span = source.line_span(number);
        let near = source.clamp(Span::new(
            focus.saturating_sub(room.bytes()).max(span.start),
            focus.saturating_add(room.bytes()).min(span.end),
        ));
        let pieces: Vec<Piece<'_>> = shown(source.slice(near))
            .map(|(at, text)| Piece {
                at: near.start + at,
                text,
            })
            .filter(|piece| piece.at > 0 || !source.text().starts_with('\u{feff}'))
            .collect();
        let (from, to) = window(&pieces, focus, room.columns);
        let start = self.text.len();
        let mut offset_map = Vec::with_capacity(to - from + 1);
        if from > 0 || near.start > span.start {
            offset_map.push((span.start, self.text.len()));
            self.text += room.ellipsis;
        }
        for piece in &pieces[from..to] {
            offset_map.push((piece.at, self.text.len()));
            self.text += &piece.text;
        }
        if to < pieces.len() || near.end < span.end {
            offset_map.push((
                pieces.get(to).map_or(near.end, |piece| piece.at),
                self.text.len(),
            ));
            self.text += room.ellipsis;
        }
        offset_map.push((span.end, self.text.len()));
        self.text.push('\n');
        self.lines.push(Line {
            number,
            start,
            offset_map,
        });
    }

    /// A label's text, wrapped to fit to the right of the middle of its span.
    fn wrap_label(&self, text: &str, span: Span, options: RenderOptions) -> String {
        let start = self
            .lines
            .get(self.line_at(span.start))
            .map_or(0, |line| line.start);
        let column =
            self.text[start..span.start].width() + self.text[span.start..span.end].width() / 2;
        let room = options
            .width
            .saturating_sub(GUTTER_WIDTH + column)
            .max(MIN_LABEL_WIDTH);
        let mut lines = vec![String::new()];
        let text = sanitise_line(text);
        for part in unbreakable_parts(&text) {
            let word = part.strip_suffix(' ').unwrap_or(part);
            let line = lines.last_mut().expect("never empty");
            if line.is_empty() {
                line.push_str(word);
            } else if line.width() + 1 + word.width() <= room {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
        lines.join("\n")
    }

    /// Maps an offset of the source to the excerpt.
    fn map_offset(&self, source: &Source, offset: usize) -> usize {
        let number = source.position(offset).line;
        let index = self.lines.partition_point(|line| line.number < number);
        let offset_map = self
            .lines
            .get(index)
            .map_or(&[][..], |line| &line.offset_map);
        let index = offset_map
            .partition_point(|(from, _)| *from <= offset)
            .saturating_sub(1);
        offset_map.get(index).map_or(0, |(_, to)| *to)
    }

    /// The offset after the character at `offset`.
    fn next_boundary(&self, offset: usize) -> usize {
        offset + self.text[offset..].chars().next().map_or(0, char::len_utf8)
    }

    /// The index of the line that holds an offset of the excerpt.
    fn line_at(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let last_byte = span.offset() + span.len().saturating_sub(1);
        if last_byte >= self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let head = self.line_at(span.offset());
        let first = head.saturating_sub(before);
        let last = (self.line_at(last_byte) + after).min(self.lines.len() - 1);
        let start = self.lines[first].start;
        let end = self
            .lines
            .get(last + 1)
            .map_or(self.text.len(), |line| line.start);
        // For the header, miette requests the position of a label without context: it is the
        // position in the file.
        let marked = self
            .labels
            .iter()
            .find(|marked| before == 0 && marked.span.start == span.offset());
        let position = marked.map_or(
            Position {
                line: self.lines[first].number,
                column: 1,
            },
            |marked| marked.position,
        );
        let contents = MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[start..end],
            (start, end - start).into(),
            position.line - 1,
            position.column - 1,
            last - first + 1,
        );
        Ok(Box::new(contents))
    }
}

/// A span inside the text, of a few lines at most and without the last line ending.
fn truncate_span(source: &Source, span: Span) -> Span {
    let span = source.clamp(span);
    let span = Span::new(
        span.start,
        span.start + source.slice(span).trim_end_matches(['\n', '\r']).len(),
    );
    let last = source.position(span.start).line + MAX_LINES - 1;
    if source.position(span.end).line <= last {
        return span;
    }
    Span::new(span.start, source.line_span(last).end)
}

/// The numbers of the lines under the spans and of one line around each.
fn line_numbers(source: &Source, spans: &[Span]) -> BTreeSet<usize> {
    let text = source.text();
    let last = source
        .position(text.strip_suffix('\n').unwrap_or(text).len())
        .line;
    let around = |span: &Span| {
        let (first, end) = (
            source.position(span.start).line,
            source.position(span.end).line,
        );
        first.saturating_sub(1).max(1)..=(end + 1).min(last).max(end)
    };
    spans.iter().flat_map(around).collect()
}

/// A displayed character of a source.
struct Piece<'t> {
    /// Its offset in the source.
    at: usize,
    text: Cow<'t, str>,
}

/// The range of pieces that fits into `room` columns and shows the one at `focus`.
fn window(pieces: &[Piece<'_>], focus: usize, room: usize) -> (usize, usize) {
    let fits = |from: usize, room: usize| {
        let mut left = room;
        pieces[from..]
            .iter()
            .take_while(|Piece { text, .. }| {
                let width = text.width().max(usize::from(text == "\t") * 4);
                left.checked_sub(width).map(|rest| left = rest).is_some()
            })
            .count()
            + from
    };
    if fits(0, room) == pieces.len() {
        return (0, pieces.len());
    }
    let focus = pieces.partition_point(|piece| piece.at < focus);
    let from = if focus < fits(0, room * 2 / 3) {
        0
    } else {
        focus.saturating_sub(room / 3)
    };
    (from, fits(from, room.saturating_sub(6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: RenderOptions = RenderOptions {
        color: false,
        unicode: true,
        width: 80,
    };

    /// The text of the excerpt, what its one label covers there, and the reported position.
    fn excerpt(text: &str, span: (usize, usize)) -> (String, String, (usize, usize)) {
        let label = Label::new(Span::new(span.0, span.1), "");
        let excerpt = Excerpt::new(&Source::new("x", text), "x", &[&label], LOOK);
        let marked = &excerpt.labels[0];
        let covered = excerpt.text[marked.span.start..marked.span.end].to_owned();
        (
            excerpt.text.clone(),
            covered,
            (marked.position.line, marked.position.column),
        )
    }

    #[test]
    fn a_label_stays_on_its_text_when_escapes_before_it_grow() {
        let (text, covered, position) = excerpt("\u{1b}\u{202e}##[x] title", (10, 15));
        assert_eq!(text, "\\u{1b}\\u{202e}#\\#[x] title\n");
        assert_eq!((covered.as_str(), position), ("title", (1, 9)));
    }

    #[test]
    fn the_lines_around_are_shown_and_no_others() {
        assert_eq!(excerpt("a\nb\nc\nd\ne", (4, 5)).0, "b\nc\nd\n");
    }

    #[test]
    fn an_empty_text_has_a_place_to_point_at() {
        assert_eq!(excerpt("", (0, 0)), ("\n".into(), "\n".into(), (1, 1)));
    }

    #[test]
    fn a_label_past_the_end_points_at_the_end() {
        assert_eq!(excerpt("ab", (7, 9)), ("ab\n".into(), "\n".into(), (1, 3)));
    }

    #[test]
    fn a_label_of_a_whole_line_leaves_its_end_out() {
        assert_eq!(excerpt("ab\r\nc", (0, 4)).1, "ab");
    }

    #[test]
    fn a_byte_order_mark_is_not_shown() {
        assert_eq!(
            excerpt("\u{feff}title", (3, 8)),
            ("title\n".into(), "title".into(), (1, 1))
        );
    }

    #[test]
    fn a_long_line_is_cropped_around_what_is_pointed_at() {
        let line = format!("{}日本{}", "a".repeat(500), "b".repeat(500));
        let (text, covered, position) = excerpt(&line, (500, 506));
        assert!(text.starts_with("…a") && text.ends_with("b…\n"), "{text}");
        assert!(text.width() <= 70, "{text}");
        assert_eq!((covered.as_str(), position), ("日本", (1, 501)));
    }

    #[test]
    fn a_long_label_is_broken_between_words() {
        let label = Label::new(
            Span::new(50, 51),
            "expected a duration: digits and units in falling order",
        );
        let excerpt = Excerpt::new(&Source::new("x", "a".repeat(60)), "x", &[&label], LOOK);
        let shown = excerpt.labels().next().unwrap();
        assert_eq!(
            shown.label(),
            Some("expected a duration:\ndigits and units in\nfalling order")
        );
    }

    #[test]
    fn a_label_of_many_lines_is_cut() {
        assert_eq!(excerpt(&"a\n".repeat(99), (0, 198)).0.lines().count(), 7);
    }
}
