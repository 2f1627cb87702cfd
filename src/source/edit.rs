//! Replaces parts of a text and keeps every other byte.

use super::Span;

/// One replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes replaced; empty for an insertion.
    pub span: Span,
    /// The text in their place.
    pub text: String,
}

impl Edit {
    /// The edit that inserts a text at an offset.
    #[must_use]
    pub(crate) const fn insertion(at: usize, text: String) -> Self {
        Self {
            span: Span::new(at, at),
            text,
        }
    }
}

/// The text with edits in any order applied; `None` if two edits overlap, or if one is outside the
/// text or splits a character.
pub(crate) fn splice<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let is_boundary = |at| text.is_char_boundary(at);
    let edits: Vec<&Edit> = edits.into_iter().collect();
    if !edits
        .iter()
        .all(|edit| is_boundary(edit.span.start) && is_boundary(edit.span.end))
    {
        return None;
    }
    String::from_utf8(splice_bytes(text.as_bytes(), edits)?).ok()
}

/// The bytes with edits in any order applied; `None` if two edits overlap, or if one is outside the
/// bytes.
pub(crate) fn splice_bytes<'e>(
    bytes: &[u8],
    edits: impl IntoIterator<Item = &'e Edit>,
) -> Option<Vec<u8>> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut spliced = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for Edit { span, text } in edits {
        spliced.extend_from_slice(bytes.get(at..span.start)?);
        spliced.extend_from_slice(text.as_bytes());
        at = span.end.max(span.start);
    }
    spliced.extend_from_slice(bytes.get(at..)?);
    Some(spliced)
}

/// The added lines with the line ends of a text.
#[must_use]
pub(crate) fn with_line_ends_of(text: &str, added: &str) -> String {
    if text.contains("\r\n") {
        added.replace('\n', "\r\n")
    } else {
        added.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            span: Span::new(start, end),
            text: text.to_owned(),
        }
    }

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [edit(4, 5, "B"), edit(0, 1, "aa"), edit(5, 5, "!")];
        assert_eq!(splice("a - b", &edits).as_deref(), Some("aa - B!"));
        assert_eq!(
            splice_bytes(b"abcdef", &[edit(4, 5, "55"), edit(0, 1, "")]).as_deref(),
            Some(&b"bcd55f"[..])
        );
    }

    #[test]
    fn what_overlaps_or_does_not_fit_is_refused() {
        assert_eq!(splice("abc", &[edit(0, 2, "x"), edit(1, 3, "y")]), None);
        assert_eq!(splice("abc", &[edit(2, 9, "x")]), None);
        assert_eq!(splice("é", &[edit(1, 2, "x")]), None);
        assert_eq!(splice("éü", &[edit(1, 3, "")]), None);
    }
}
