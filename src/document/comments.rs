//! The comments of a TOML file, found by lexing it, since a `#` within a string does not start one.

use toml_parser::lexer::{Token, TokenKind};

use crate::source::Span;

/// A comment, from its `#` to the end of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The bytes from the `#` to the end of the line, without the line end.
    pub(crate) span: Span,
    /// The text after the `#`, trimmed.
    pub text: String,
}

/// The comments among the tokens of a text.
pub(super) fn comments(text: &str, tokens: &[Token]) -> Vec<Comment> {
    tokens
        .iter()
        .filter(|token| token.kind() == TokenKind::Comment)
        .map(|token| {
            let span = Span::new(token.span().start(), token.span().end());
            let raw = text.get(span.start..span.end).unwrap_or_default();
            Comment {
                span,
                text: raw.trim_start_matches('#').trim().to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::document::Document;
    use crate::source::{Source, Span};

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        let text = "a = \"# no\" # yes\r\n# whole line\nb = '''\n# no\n'''";
        let (document, _) = Document::parse(Source::new("x.toml", text));
        let found = document.comments();
        let texts: Vec<_> = found.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(texts, ["yes", "whole line"]);
        assert_eq!(found[0].span, Span::new(11, 16));
    }
}
