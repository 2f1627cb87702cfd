//! TOML syntax errors, reported once for each cause.
//!
//! The parser recovers and goes on, so one unclosed bracket or string produces a series of further
//! errors. This module decides which of them are reported (by position, one a line, none after an
//! opening that is never closed), how many, and which opening is to blame.

use std::borrow::Cow;

use toml::de::{DeTable, Error as TomlError};
use toml_parser::decoder::Encoding;
use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Raw, Source as TomlSource, Span as TomlSpan};

use crate::source::{Source, Span};

/// Maximum number of syntax errors reported for one file.
pub(crate) const MAX_ERRORS: usize = 10;

/// A syntax error at one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The message, in lower case, without a full stop.
    pub message: String,
    /// What to do.
    pub(crate) help: &'static str,
    /// The place; empty if something is missing there.
    pub(crate) span: Span,
}

impl SyntaxError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        let help = "fix the syntax error first; the rest of the file is checked once it parses";
        Self {
            message: message.into(),
            help,
            span,
        }
    }

    /// TOML is UTF-8, so text in another encoding cannot be interpreted.
    pub(super) fn not_utf8(span: Span) -> Self {
        Self {
            help: "save the file as UTF-8",
            ..Self::new("the file is not valid UTF-8", span)
        }
    }
}

impl From<TomlError> for SyntaxError {
    fn from(error: TomlError) -> Self {
        let span = error.span().map(Span::from).unwrap_or_default();
        Self::new(reword(error.message(), span), span)
    }
}

impl From<ParseError> for SyntaxError {
    fn from(error: ParseError) -> Self {
        let span = error
            .unexpected()
            .map(|span| Span::new(span.start(), span.end()))
            .unwrap_or_default();
        let expected: Vec<String> = error
            .expected()
            .unwrap_or_default()
            .iter()
            .filter_map(|expected| match expected {
                Expected::Literal(literal) => Some(format!("`{literal}`")),
                Expected::Description(words) => Some((*words).to_owned()),
                _ => None,
            })
            .collect();
        let message = match expected.as_slice() {
            [] => error.description().to_owned(),
            expected => format!("{}, expected {}", error.description(), expected.join(", ")),
        };
        Self::new(reword(&message, span), span)
    }
}

/// Sorts and limits the errors: at most [`MAX_ERRORS`], and one more that counts those that are not
/// shown.
pub(super) fn condense(source: &Source, mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    if errors.is_empty() {
        return errors;
    }
    errors.extend(undecodable(source.text()));
    if let Some(opening) = unclosed(source.text()) {
        errors.retain(|error| error.span.start < opening.span.start);
        errors.push(opening);
    }
    errors.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    errors.dedup_by_key(|error| source.line_at(error.span.start));
    if errors.len() > MAX_ERRORS + 1 {
        let more = errors.len() - MAX_ERRORS;
        errors.truncate(MAX_ERRORS + 1);
        errors[MAX_ERRORS].message = format!("{more} more syntax errors from here on");
    }
    errors
}

/// Replaces the errors of a file that seems to be in another format with a single one at its first
/// character.
///
/// Applies only to files without a line of TOML.
pub(super) fn replace_errors_of_another_format(source: &Source, errors: &mut Vec<SyntaxError>) {
    let text = source.text();
    let start = text.len()
        - text
            .trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace())
            .len();
    if let [first, others @ ..] = errors.as_slice()
        && first.span.start == start
        && (!others.is_empty() || text[start..].starts_with('{'))
        && !text.lines().any(is_toml)
    {
        let help =
            "write the file in TOML, such as `key = \"value\"`; JSON and YAML are not supported";
        *errors = vec![SyntaxError {
            help,
            ..SyntaxError::new("the file is not TOML", first.span)
        }];
    }
}

/// Whether a line by itself is a key with its value or a table header.
fn is_toml(line: &str) -> bool {
    DeTable::parse(line).is_ok_and(|table| !table.get_ref().is_empty())
}

/// The keys and values that cannot be decoded. After some errors the tree ends early and does not
/// contain all of them.
fn undecodable(text: &str) -> Vec<SyntaxError> {
    let source = TomlSource::new(text);
    let tokens: Vec<Token> = source.lex().collect();
    let mut decoder = Decoder {
        text,
        errors: Vec::new(),
    };
    let mut guard = RecursionGuard::new(&mut decoder, MAX_DEPTH);
    parse_document(&tokens, &mut guard, &mut |_: ParseError| {});
    decoder.errors
}

/// The depth limit of the second pass; beyond it, the first pass has already reported an error.
const MAX_DEPTH: u32 = 80;

struct Decoder<'a> {
    text: &'a str,
    errors: Vec<SyntaxError>,
}

impl<'a> Decoder<'a> {
    fn raw(&self, span: TomlSpan, encoding: Option<Encoding>) -> Raw<'a> {
        Raw::new_unchecked(
            self.text.get(span.start()..span.end()).unwrap_or_default(),
            encoding,
            span,
        )
    }
}

impl EventReceiver for Decoder<'_> {
    fn simple_key(&mut self, span: TomlSpan, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let raw = self.raw(span, encoding);
        raw.decode_key(&mut Cow::Borrowed(""), &mut |error: ParseError| {
            self.errors.push(error.into());
        });
    }

    fn scalar(&mut self, span: TomlSpan, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let raw = self.raw(span, encoding);
        let _kind = raw.decode_scalar(&mut Cow::Borrowed(""), &mut |error: ParseError| {
            self.errors.push(error.into());
        });
    }
}

/// Rewords messages of the parser that are hard to understand for people who rarely write TOML.
fn reword(message: &str, span: Span) -> String {
    let head = message.split(", expected").next().unwrap_or(message);
    match head {
        "string values must be quoted" if span.is_empty() => "expected a value after `=`",
        "string values must be quoted" | "invalid float" => "strings must be quoted",
        "invalid boolean" => "invalid value; booleans are `true` and `false`",
        "invalid basic string" | "invalid literal string" if span.is_empty() => {
            "unclosed string: the line ends before the closing quote"
        }
        "missing escaped value" | "too few unicode value digits" => {
            "invalid escape sequence: write `\\\\` for a backslash, or use single quotes"
        }
        "unexpected key or value" => "unexpected text after the value",
        "invalid key-value pair" => "expected a key, such as `title = \"…\"`",
        "key with no value" => "a key needs `=` and a value",
        "unquoted keys cannot be empty" => "missing key",
        "cannot recurse further; max recursion depth met" | "recursion limit" => {
            "nested too deeply"
        }
        _ => message,
    }
    .to_owned()
}

/// The opening bracket or quotation mark that is never closed, judged by the lines after it.
///
/// A line that looks like `key =` or `[table]` inside an array shows that the array should have
/// ended before it.
fn unclosed(text: &str) -> Option<SyntaxError> {
    let tokens: Vec<Token> = TomlSource::new(text).lex().collect();
    let mut open: Vec<Token> = Vec::new();
    let mut in_value = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind() {
            TokenKind::Equals => in_value = true,
            TokenKind::Newline if open.is_empty() => in_value = false,
            TokenKind::Newline if starts_new_entry(text, &tokens[index + 1..], &open) => break,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket if in_value => {
                open.push(*token);
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => drop(open.pop()),
            TokenKind::MlBasicString if !is_closed(text, token, "\"\"\"") => {
                return Some(open_string(token));
            }
            TokenKind::MlLiteralString if !is_closed(text, token, "'''") => {
                return Some(open_string(token));
            }
            _ => {}
        }
    }
    let token = open.last()?;
    let what = if token.kind() == TokenKind::LeftSquareBracket {
        "list"
    } else {
        "inline table"
    };
    let span = Span::new(token.span().start(), token.span().end());
    Some(SyntaxError::new(format!("unclosed {what}"), span))
}

fn is_closed(text: &str, token: &Token, mark: &str) -> bool {
    let raw = text
        .get(token.span().start()..token.span().end())
        .unwrap_or_default();
    raw.len() >= 2 * mark.len() && raw.ends_with(mark)
}

fn open_string(token: &Token) -> SyntaxError {
    let start = token.span().start();
    SyntaxError::new("unclosed string", Span::new(start, start + 3))
}

fn starts_new_entry(text: &str, rest: &[Token], open: &[Token]) -> bool {
    let in_list = open
        .last()
        .is_some_and(|token| token.kind() == TokenKind::LeftSquareBracket);
    let line: Vec<&Token> = rest
        .iter()
        .take_while(|token| {
            !matches!(
                token.kind(),
                TokenKind::Newline | TokenKind::Comment | TokenKind::Eof
            )
        })
        .filter(|token| token.kind() != TokenKind::Whitespace)
        .take(8)
        .collect();
    let word = |token: &Token| {
        let raw = text
            .get(token.span().start()..token.span().end())
            .unwrap_or_default();
        token.kind() == TokenKind::Atom
            && raw.starts_with(|c: char| c.is_ascii_alphabetic())
            && !["true", "false", "inf", "nan"].contains(&raw)
    };
    match line.as_slice() {
        [first, second, ..] if in_list && word(first) => second.kind() == TokenKind::Equals,
        [first, second, third, ..] if first.kind() == TokenKind::LeftSquareBracket => {
            word(second) && matches!(third.kind(), TokenKind::RightSquareBracket | TokenKind::Dot)
                || second.kind() == TokenKind::LeftSquareBracket && word(third)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn errors(text: &str) -> Vec<(usize, String)> {
        let source = Source::new("x.toml", text);
        let (_, errors) = Document::parse(source.clone());
        errors
            .into_iter()
            .map(|e| (source.position(e.span.start).line, e.message))
            .collect()
    }

    #[test]
    fn every_broken_line_is_reported_in_order() {
        let found = errors("a =\nb = 1\nc\n= 3\nd = hello\n");
        assert_eq!(
            found.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [1, 3, 4, 5]
        );
        assert_eq!(found[0].1, "expected a value after `=`");
    }

    #[test]
    fn file_in_another_format_is_one_error() {
        let not_toml = |line| [(line, "the file is not TOML".to_owned())];
        assert_eq!(
            errors("{\n  \"name\": \"x\",\n  \"private\": true\n}\n"),
            not_toml(1)
        );
        assert_eq!(errors("\u{feff}\n<a>\n<b>\n"), not_toml(2));
    }

    #[test]
    fn toml_with_a_bad_start_keeps_its_errors() {
        assert_eq!(errors("<a>\nb = 1\nc\n").len(), 2);
        assert_ne!(errors("<a>\n")[0].1, "the file is not TOML");
    }

    #[test]
    fn an_unclosed_list_is_blamed_at_its_bracket_and_draws_no_train() {
        let found =
            errors("t = 1\n[deployment]\nsteps = [\n \"one\",\n\n[rollback]\nsteps = [\"x\"]\n");
        assert_eq!(found, [(3, "unclosed list".into())]);
    }

    #[test]
    fn a_list_left_open_before_a_key_is_blamed_too() {
        assert_eq!(
            errors("a = [1, 2\nb = 1\nc = 2\n"),
            [(1, "unclosed list".into())]
        );
    }

    #[test]
    fn errors_before_an_unclosed_list_are_reported() {
        assert_eq!(errors("a = x\nb = [\n").len(), 2);
    }

    #[test]
    fn an_unclosed_string_of_many_lines_is_blamed_at_its_quotes() {
        assert_eq!(
            errors("a = 1\nb = \"\"\"x\nc = = 2\n"),
            [(2, "unclosed string".into())]
        );
    }

    #[test]
    fn an_unclosed_string_ends_with_its_line() {
        assert_eq!(errors("a = \"x\nb = 1\n").len(), 1);
    }

    #[test]
    fn lists_of_lists_are_closed() {
        assert_eq!(
            errors("a = [\n [1],\n [2]\n]\nb = x"),
            [(5, "strings must be quoted".into())]
        );
    }

    #[test]
    fn common_toml_mistakes_have_plain_messages() {
        let first = |text| errors(text).remove(0).1;
        assert_eq!(
            first("a = True"),
            "invalid value; booleans are `true` and `false`"
        );
        assert_eq!(first("a = nil"), "strings must be quoted");
        assert_eq!(first("a = 'it's late'"), "unexpected text after the value");
        assert_eq!(
            first("a = \"b"),
            "unclosed string: the line ends before the closing quote"
        );
        assert!(first("a = \"C:\\users\"").starts_with("invalid escape sequence"));
        assert_eq!(first("just text"), "a key needs `=` and a value");
        let key = "expected a key, such as `title = \"…\"`";
        assert_eq!(first("a = 1\n{}"), key);
        assert_eq!(first("{\"title\": 1}"), "the file is not TOML");
    }

    #[test]
    fn eleventh_error_is_reported() {
        assert_eq!(
            errors(&"a\n".repeat(11))[10].1,
            "a key needs `=` and a value"
        );
    }

    #[test]
    fn at_most_ten_errors_are_reported() {
        let found = errors(&"a\n".repeat(40));
        assert_eq!(found.len(), MAX_ERRORS + 1);
        assert_eq!(found[10].1, "30 more syntax errors from here on");
    }

    #[test]
    fn an_integer_too_large_is_an_error() {
        assert_eq!(
            errors("a = 99999999999999999999"),
            [(1, "integer does not fit in 64 bits".into())]
        );
    }

    #[test]
    fn a_hundred_thousand_brackets_are_one_error() {
        assert_eq!(errors(&format!("a = {}", "[".repeat(100_000))).len(), 1);
        assert_eq!(errors(&"[".repeat(100_000)).len(), 1);
        assert_eq!(errors(&"a={".repeat(30_000)).len(), 1);
    }

    #[test]
    fn thirty_three_levels_are_one_too_many() {
        let nested = |levels: usize| format!("a = {}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(errors(&nested(31)), []);
        assert_eq!(
            errors(&nested(32)),
            [(1, "nested more than 32 levels deep".into())]
        );
    }
}
