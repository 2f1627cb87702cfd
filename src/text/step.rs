//! Splits the texts of steps into prose and code.

use super::bare_command;
use super::prose::{PieceKind, pieces};
use crate::source::{Source, Span};
use crate::ticket::{Step, Text};

/// A stretch of a ticket's text that is prose or code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'t> {
    /// The stretch, without the marks around code.
    pub(crate) text: &'t str,
    /// The text that it is a part of.
    pub(crate) origin: &'t Text,
    /// Whether it is code.
    pub(crate) is_code: bool,
}

/// What a step does: its action and its command.
pub(crate) fn stretches(step: &Step) -> Vec<Stretch<'_>> {
    let mut all = prose_and_code(&step.action);
    all.extend(step.run.as_ref().map(command_text));
    all
}

/// What a step does, as one text.
pub(crate) fn whole_text(step: &Step) -> String {
    let texts: Vec<&str> = stretches(step).iter().map(|stretch| stretch.text).collect();
    texts.join(" ")
}

/// The observation that shows that a step worked.
pub(crate) fn expected(step: &Step) -> Vec<Stretch<'_>> {
    step.expect.as_ref().map(prose_and_code).unwrap_or_default()
}

/// A text as prose and code, in order: code spans, or else commands without marks around them.
pub(crate) fn prose_and_code(text: &Text) -> Vec<Stretch<'_>> {
    let stretch = |is_code, part| Stretch {
        text: part,
        origin: text,
        is_code,
    };
    let prose = |part| {
        pieces(part)
            .into_iter()
            .map(move |(kind, piece)| stretch(kind == PieceKind::Code, piece))
    };
    if text.text.contains('`') {
        return prose(&text.text).collect();
    }
    let mut all = Vec::new();
    for (is_command, part) in bare_command::split(&text.text) {
        if is_command {
            all.push(stretch(true, part));
        } else {
            all.extend(prose(part));
        }
    }
    all
}

/// A text that is code as a whole.
const fn command_text(text: &Text) -> Stretch<'_> {
    Stretch {
        text: text.text.as_str(),
        origin: text,
        is_code: true,
    }
}

/// The span of a part of a text in the file; the span of the whole value if it is written with
/// escapes.
pub(crate) fn locate(source: &Source, text: &Text, part: &str) -> Span {
    let raw = source.slice(text.span);
    raw.find(part).map_or(text.span, |at| {
        Span::new(text.span.start + at, text.span.start + at + part.len())
    })
}

/// The maximum length of a part of a text before and after a position, in bytes. Without it, a text
/// without punctuation would be read as a whole for each position.
const MAX_PART: usize = 1000;

/// The part of a sentence around a byte offset, up to the next comma, semicolon, or full stop.
pub(crate) fn clause(text: &str, at: usize) -> &str {
    part_around(text, at, b",;.\n")
}

/// The sentence around a byte offset, up to the next semicolon or full stop.
pub(crate) fn sentence(text: &str, at: usize) -> &str {
    part_around(text, at, b";.\n")
}

/// The part of a text between two of these characters that are followed by a space, up to the
/// maximum length in each direction.
fn part_around<'t>(text: &'t str, at: usize, ends: &[u8]) -> &'t str {
    let bytes = text.as_bytes();
    let is_end = |index: &usize| {
        ends.contains(&bytes[*index]) && bytes.get(index + 1).is_none_or(u8::is_ascii_whitespace)
    };
    let at = at.min(bytes.len());
    let first = text.ceil_char_boundary(at.saturating_sub(MAX_PART));
    let last = text.floor_char_boundary(at.saturating_add(MAX_PART));
    let start = (first..at).rev().find(is_end);
    let start = start.map_or(first, |index| index + 1);
    let end = (at..last).find(is_end).unwrap_or(last);
    text[start..end].trim()
}

/// Maximum length of the words before a value or a date that are read with it, in bytes.
const MAX_LEAD: usize = 200;

/// The end of a text, long enough for a few words: a search for what a text ends in begins at its
/// start.
pub(crate) fn end_of(text: &str) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(MAX_LEAD))..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clause_ends_at_punctuation_before_a_space() {
        let text = "Set 2,000 in a.toml, wait; then 日本 ends. Next";
        assert_eq!(clause(text, 5), "Set 2,000 in a.toml");
        assert_eq!(clause(text, 24), "wait");
        assert_eq!(sentence(text, 24), "Set 2,000 in a.toml, wait");
        assert_eq!(clause(text, text.len()), "Next");
        assert_eq!(clause("", 0), "");
    }

    #[test]
    fn sentence_without_end_is_cut_off() {
        let text = "é".repeat(5000);
        assert_eq!(sentence(&text, 5000).len(), 2 * MAX_PART);
        assert_eq!(clause(&text, 0).len(), MAX_PART);
    }
}
