//! Texts of a branch in a comment, escaped.

use crate::changelog::escape_references;
use crate::report::markdown::code;

/// The maximum number of characters of one text of a branch.
const MAX_TEXT_CHARS: usize = 400;

/// A text of a branch, on one line.
pub(super) fn text(text: &str) -> String {
    escape_references(&clipped(text))
}

/// A text of a branch as a code span.
pub(super) fn code_text(text: &str) -> String {
    code(&clipped(text))
}

/// The same in a cell of a table, where a bar would begin the next cell.
pub(super) fn code_cell(text: &str) -> String {
    code_text(text).replace('|', "\\|")
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

pub(super) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten();
    first.chain(characters).collect()
}
