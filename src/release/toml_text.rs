//! Reads TOML with the spans of its strings.
//!
//! Decides nothing about versions.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::token::{Token, fault};
use crate::error::Result;
use crate::source::{Source, Span};

/// The root table.
pub(super) fn parse(source: &Source) -> Result<DeTable<'_>> {
    DeTable::parse(source.text())
        .map(Spanned::into_inner)
        .map_err(|error| {
            fault(
                source,
                error.span().map(Span::from).unwrap_or_default(),
                error.message(),
                "fix the syntax error",
            )
        })
}

/// The table of `key`; `None` if there is none.
pub(super) fn table<'a, 'i>(parent: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    parent.get(key).and_then(|value| value.get_ref().as_table())
}

/// The string of `key`; `None` if there is none.
pub(super) fn string(source: &Source, parent: &DeTable<'_>, key: &str) -> Option<Token> {
    parent.get(key).and_then(|value| token(source, value))
}

/// The strings in the list of `key`.
pub(super) fn strings(source: &Source, parent: &DeTable<'_>, key: &str) -> Vec<Token> {
    let list = parent.get(key).and_then(|value| value.get_ref().as_array());
    list.into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|value| token(source, value))
        .collect()
}

fn token(source: &Source, value: &Spanned<DeValue<'_>>) -> Option<Token> {
    let text = value.get_ref().as_str()?.to_owned();
    let span = Span::from(value.span());
    let raw = source.slice(span);
    let quotes = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quotes| raw.starts_with(quotes))?
        .len();
    Some(Token {
        text,
        span: Span::new(span.start + quotes, span.end - quotes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_between_any_quotes() {
        for text in [
            "\u{feff}k = \"1.2.0\"",
            "k = '1.2.0'",
            "k = \"\"\"1.2.0\"\"\"",
            "k='''1.2.0'''",
        ] {
            let source = Source::new("x", text);
            let token = string(&source, &parse(&source).unwrap(), "k").unwrap();
            assert_eq!(
                (source.slice(token.span), token.text.as_str()),
                ("1.2.0", "1.2.0"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let error = parse(&Source::new("Cargo.toml", "a = 1\nb = ")).unwrap_err();
        assert_eq!(error.faults().unwrap().1[0].label.span.start, 10);
    }
}
