//! What only TOML 1.1 allows: other tools that read a ticket refuse the whole file for it.
//!
//! Judged by the tokens of a text that parses; the four novelties are those of the TOML 1.1 changelog that an existing
//! key can show: inline tables over several lines and with a last comma, `\e` and `\x`, times without seconds.

use toml_parser::Source as TomlSource;
use toml_parser::lexer::{Token, TokenKind};

use crate::source::Span;

/// One place that needs TOML 1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// What TOML 1.0 does not know, in words.
    pub what: &'static str,
    /// Where it is.
    pub span: Span,
}

pub(super) fn newer_syntax(text: &str) -> Vec<Newer> {
    let tokens: Vec<Token> = TomlSource::new(text).lex().collect();
    let mut found = Vec::new();
    let mut open: Vec<TokenKind> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let span = Span::new(token.span().start(), token.span().end());
        let raw = text.get(span.start..span.end).unwrap_or_default();
        let in_inline_table = open.last() == Some(&TokenKind::LeftCurlyBracket);
        match token.kind() {
            kind @ (TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket) => open.push(kind),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => drop(open.pop()),
            TokenKind::Newline if in_inline_table => {
                found.push(Newer { what: "a line end within an inline table", span });
            }
            TokenKind::Comma if in_inline_table && closes_next(&tokens[index + 1..]) => {
                found.push(Newer { what: "a comma after the last key of an inline table", span });
            }
            TokenKind::BasicString | TokenKind::MlBasicString => found.extend(escapes(raw, span.start)),
            TokenKind::Atom if lacks_seconds(raw) => found.push(Newer { what: "a time without seconds", span }),
            _ => {}
        }
    }
    found
}

fn closes_next(rest: &[Token]) -> bool {
    rest.iter()
        .map(Token::kind)
        .find(|kind| !matches!(kind, TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment))
        .is_some_and(|kind| kind == TokenKind::RightCurlyBracket)
}

fn escapes(raw: &str, start: usize) -> Vec<Newer> {
    let mut found = Vec::new();
    let mut characters = raw.char_indices();
    while let Some((at, character)) = characters.next() {
        if character != '\\' {
            continue;
        }
        if let Some((_, 'e' | 'x')) = characters.next() {
            let span = Span::new(start + at, start + at + 2);
            found.push(Newer { what: "an escape `\\e` or `\\x`", span });
        }
    }
    found
}

fn lacks_seconds(raw: &str) -> bool {
    let time = raw.split_once(['T', 't']).map_or(raw, |(_, time)| time).as_bytes();
    let minutes = matches!(time, [a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()));
    minutes && time.get(5) != Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        newer_syntax(text).into_iter().map(|newer| (newer.what, newer.span.start)).collect()
    }

    #[test]
    fn inline_tables_of_one_line_are_old() {
        assert_eq!(found("a = { x = [\n1,\n], y = 2 }\nb = [1,]\n"), []);
        assert_eq!(found("a = { x = 1, }"), [("a comma after the last key of an inline table", 11)]);
        assert_eq!(found("a = {\nx = 1 }"), [("a line end within an inline table", 5)]);
    }

    #[test]
    fn new_escapes_are_told_from_escaped_backslashes() {
        assert_eq!(found(r#"a = "\\e \t" # \e"#), []);
        assert_eq!(found(r#"a = "\e""#), [(r"an escape `\e` or `\x`", 5)]);
        assert_eq!(found(r"a = '\x41'"), []);
    }

    #[test]
    fn times_need_their_seconds() {
        assert_eq!(found("a = 2026-01-01T12:30:00+01:00\nb = 12:30:00.5\nc = 2026-01-01 12:30:00Z"), []);
        assert_eq!(found("a = 2026-01-01T12:30+01:00").len(), 1);
        assert_eq!(found("a = 2026-01-01 12:30Z").len(), 1);
    }
}
