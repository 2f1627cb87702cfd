//! Syntax that only TOML 1.1 allows. Other tools that read a ticket reject the whole file because
//! of it.
//!
//! Found by the tokens of a text that parses. Four novelties of the TOML 1.1 changelog can occur in
//! valid keys: inline tables over several lines or with a trailing comma, `\e`, `\x`, and times
//! without seconds.

use toml_parser::lexer::{Token, TokenKind};

use crate::source::{Edit, Span};

/// One place that needs TOML 1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toml11Syntax {
    /// The syntax that TOML 1.0 does not have, in words.
    pub(crate) what: &'static str,
    /// Where it is.
    pub(crate) span: Span,
    /// The edit that turns it into TOML 1.0; `None` if a comment prevents it.
    pub(crate) toml_1_0: Option<Edit>,
}

/// The places among the tokens of a text that need TOML 1.1, in order.
pub(super) fn toml_1_1_syntax(text: &str, tokens: &[Token]) -> Vec<Toml11Syntax> {
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
                let older = Some(Edit {
                    span: Span::new(span.start, after_space(text, span.end)),
                    text: " ".to_owned(),
                });
                let commented = index > 0 && tokens[index - 1].kind() == TokenKind::Comment;
                let what = "a line break inside an inline table";
                found.push(Toml11Syntax {
                    what,
                    span,
                    toml_1_0: older.filter(|_| !commented),
                });
            }
            TokenKind::Comma if in_inline_table && closes_next(&tokens[index + 1..]) => {
                let what = "a trailing comma in an inline table";
                found.push(Toml11Syntax {
                    what,
                    span,
                    toml_1_0: Some(Edit {
                        span,
                        text: String::new(),
                    }),
                });
            }
            TokenKind::BasicString | TokenKind::MlBasicString => {
                found.extend(escapes(raw, span.start));
            }
            TokenKind::Atom => found.extend(missing_seconds(raw).map(|at| Toml11Syntax {
                what: "a time without seconds",
                span,
                toml_1_0: Some(Edit {
                    span: Span::new(span.start + at, span.start + at),
                    text: ":00".into(),
                }),
            })),
            _ => {}
        }
    }
    found
}

fn closes_next(rest: &[Token]) -> bool {
    rest.iter()
        .map(Token::kind)
        .find(|kind| {
            !matches!(
                kind,
                TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment
            )
        })
        .is_some_and(|kind| kind == TokenKind::RightCurlyBracket)
}

fn escapes(raw: &str, start: usize) -> Vec<Toml11Syntax> {
    let mut found = Vec::new();
    let mut characters = raw.char_indices();
    while let Some((at, character)) = characters.next() {
        if character != '\\' {
            continue;
        }
        let older = match characters.next() {
            Some((_, 'e')) => "\\u001b",
            Some((_, 'x')) => "\\u00",
            _ => continue,
        };
        let span = Span::new(start + at, start + at + 2);
        found.push(Toml11Syntax {
            what: "the escape sequence `\\e` or `\\x`",
            span,
            toml_1_0: Some(Edit {
                span,
                text: older.to_owned(),
            }),
        });
    }
    found
}

/// The offset at which a time lacks its seconds.
fn missing_seconds(raw: &str) -> Option<usize> {
    let start = raw.find(['T', 't']).map_or(0, |at| at + 1);
    let time = raw.as_bytes().get(start..)?;
    let minutes = matches!(time, [a, b, b':', c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()));
    (minutes && time.get(5) != Some(&b':')).then_some(start + 5)
}

fn after_space(text: &str, offset: usize) -> usize {
    text.len() - text[offset..].trim_start_matches([' ', '\t']).len()
}

#[cfg(test)]
mod tests {
    use crate::document::Document;
    use crate::source::{Source, splice};

    fn parse(text: &str) -> Document {
        Document::parse(Source::new("x.toml", text)).0
    }

    fn found(text: &str) -> Vec<(&'static str, usize)> {
        let document = parse(text);
        let found = document.toml_1_1_syntax().iter();
        found.map(|newer| (newer.what, newer.span.start)).collect()
    }

    #[test]
    fn inline_tables_of_one_line_are_old() {
        assert_eq!(found("a = { x = [\n1,\n], y = 2 }\nb = [1,]\n"), []);
        assert_eq!(
            found("a = { x = 1, }"),
            [("a trailing comma in an inline table", 11)]
        );
        assert_eq!(
            found("a = {\nx = 1 }"),
            [("a line break inside an inline table", 5)]
        );
    }

    #[test]
    fn new_escapes_differ_from_escaped_backslashes() {
        assert_eq!(found(r#"a = "\\e \t" # \e"#), []);
        assert_eq!(
            found(r#"a = "\e""#),
            [(r"the escape sequence `\e` or `\x`", 5)]
        );
        assert_eq!(found(r"a = '\x41'"), []);
    }

    #[test]
    fn times_need_their_seconds() {
        assert_eq!(
            found("a = 2026-01-01T12:30:00+01:00\nb = 12:30:00.5\nc = 2026-01-01 12:30:00Z"),
            []
        );
        assert_eq!(found("a = 2026-01-01T12:30+01:00").len(), 1);
        assert_eq!(found("a = 2026-01-01 12:30Z").len(), 1);
    }

    #[test]
    fn everything_new_can_be_written_as_of_old_but_for_a_comment() {
        let older = |text: &str| {
            let document = parse(text);
            let found = document.toml_1_1_syntax().iter();
            splice(text, found.filter_map(|n| n.toml_1_0.as_ref())).unwrap()
        };
        assert_eq!(
            older("a = {\r\n\tx = 1,\r\n\ty = 2,\r\n}\r\n"),
            "a = { x = 1, y = 2 }\r\n"
        );
        assert_eq!(
            older("a = { x = 1, # one\n y = 2 }"),
            "a = { x = 1, # one\n y = 2 }"
        );
        assert_eq!(older(r#"a = "\e\x7f\\e""#), r#"a = "\u001b\u007f\\e""#);
        assert_eq!(
            older("a = 2026-01-01T12:30+01:00\nb = 12:30"),
            "a = 2026-01-01T12:30:00+01:00\nb = 12:30:00"
        );
    }
}
