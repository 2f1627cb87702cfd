//! Cuts a stranger's text to what a sentence can quote.

use std::borrow::Cow;

/// How many characters of a text are quoted.
const MOST_QUOTED: usize = 60;

/// The text, or its beginning and an ellipsis where it is longer than a sentence can bear or has several lines.
#[must_use]
pub fn shorten(text: &str) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or_default();
    let end = line.char_indices().nth(MOST_QUOTED).map_or(line.len(), |(at, _)| at);
    if end == text.len() { Cow::Borrowed(text) } else { Cow::Owned(format!("{}…", &line[..end])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_a_sentence_is_kept() {
        assert_eq!(shorten("日本"), "日本");
        assert_eq!(shorten(""), "");
    }

    #[test]
    fn long_texts_and_further_lines_are_cut() {
        assert_eq!(shorten("a\nb"), "a…");
        assert_eq!(shorten(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
        assert_eq!(shorten(&"é".repeat(60)), "é".repeat(60));
    }
}
