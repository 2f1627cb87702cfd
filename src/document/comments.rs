//! The comments of a TOML file, found by lexing it, since a `#` within a string does not start one.

use toml_parser::Source as TomlSource;
use toml_parser::lexer::TokenKind;

use crate::source::Span;

/// A comment, from its `#` to the end of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The bytes from the `#` to the end of the line, without the line end.
    pub(crate) span: Span,
    /// The text after the `#`, trimmed.
    pub text: String,
}

pub(super) fn comments(text: &str) -> Vec<Comment> {
    TomlSource::new(text)
        .lex()
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
    use super::*;

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        let found = comments("a = \"# no\" # yes\r\n# whole line\nb = '''\n# no\n'''");
        let texts: Vec<_> = found.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(texts, ["yes", "whole line"]);
        assert_eq!(found[0].span, Span::new(11, 16));
    }
}
