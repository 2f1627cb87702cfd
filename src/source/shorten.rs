//! Cuts untrusted text to a length that a sentence can quote.

use std::borrow::Cow;

/// The maximum number of characters of a text that are quoted.
const MAX_QUOTED_CHARS: usize = 60;

/// The text, or its beginning and an ellipsis if it is too long for a sentence or has several
/// lines.
#[must_use]
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or_default();
    let end = line
        .char_indices()
        .nth(MAX_QUOTED_CHARS)
        .map_or(line.len(), |(at, _)| at);
    if end == text.len() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{}…", &line[..end]))
    }
}

/// The maximum number of characters of a path in a message.
const MAX_PATH: usize = 120;

/// A path for a message. If the path is too long, the middle is left out and the file name is kept.
#[must_use]
pub(crate) fn shorten_path(path: &str) -> Cow<'_, str> {
    let length = path.chars().count();
    if length <= MAX_PATH {
        return Cow::Borrowed(path);
    }
    let name = path.rsplit('/').next().unwrap_or(path).chars().count();
    let tail = (name + 1).clamp(MAX_PATH / 2, MAX_PATH - 1);
    let head: String = path.chars().take(MAX_PATH - 1 - tail).collect();
    let tail: String = path.chars().skip(length - tail).collect();
    Cow::Owned(format!("{head}…{tail}"))
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
    fn long_path_keeps_its_file_name() {
        let name = format!("{}.toml", "n".repeat(80));
        let whole = format!("changes/{name}");
        assert_eq!(shorten_path(&whole), whole);
        let long = shorten_path(&format!("changes/{}/{name}", "d".repeat(200))).into_owned();
        assert!(
            long.starts_with("changes/d") && long.ends_with(&format!("…/{name}")),
            "{long}"
        );
        assert_eq!(long.chars().count(), MAX_PATH);
        let huge = shorten_path(&"é".repeat(500)).into_owned();
        assert_eq!(huge.chars().count(), MAX_PATH);
    }

    #[test]
    fn long_texts_and_further_lines_are_cut() {
        assert_eq!(shorten("a\nb"), "a…");
        assert_eq!(shorten(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
        assert_eq!(shorten(&"é".repeat(60)), "é".repeat(60));
    }
}
