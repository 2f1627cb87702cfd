//! Replaces parts of a text and keeps every other byte.

use crate::source::Span;

/// The text with each span replaced; `None` if two spans overlap or one is outside the text.
#[must_use]
pub(crate) fn splice(text: &str, edits: &[(Span, &str)]) -> Option<String> {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(span, _)| *span);
    let mut spliced = String::with_capacity(text.len());
    let mut at = 0;
    for (span, replacement) in edits {
        spliced.push_str(text.get(at..span.start)?);
        spliced.push_str(replacement);
        at = span.end.max(span.start);
    }
    spliced.push_str(text.get(at..)?);
    Some(spliced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [
            (Span::new(4, 5), "B"),
            (Span::new(0, 1), "aa"),
            (Span::new(5, 5), "!"),
        ];
        assert_eq!(splice("a - b", &edits).as_deref(), Some("aa - B!"));
    }

    #[test]
    fn what_overlaps_or_does_not_fit_is_refused() {
        assert_eq!(
            splice("abc", &[(Span::new(0, 2), "x"), (Span::new(1, 3), "y")]),
            None
        );
        assert_eq!(splice("abc", &[(Span::new(2, 9), "x")]), None);
        assert_eq!(splice("é", &[(Span::new(1, 2), "x")]), None);
    }
}
