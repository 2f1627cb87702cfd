//! Reads JSON with the spans of its strings.
//!
//! The parser is serde_json's. A value that it borrows is part of the text, so its address gives
//! the span. Decides nothing about versions.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::token::{Token, fault};
use crate::error::Result;
use crate::source::{Source, Span, describe_json_error};

/// An object, of which one level is read; the levels below are read on demand.
#[derive(Debug)]
pub(super) struct Object<'s> {
    source: &'s Source,
    members: Members<'s>,
}

/// The root object of a file, which may start with a byte order mark.
pub(super) fn parse(source: &Source) -> Result<Object<'_>> {
    let text = source.text();
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let members = serde_json::from_str(bare).map_err(|error| {
        let line_start = bare
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        let at = text.len() - bare.len() + line_start + error.column().saturating_sub(1);
        let at = (0..=at.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or_default();
        let message = describe_json_error(bare, &error);
        fault(source, Span::new(at, at), &message, "fix the syntax error")
    })?;
    Ok(Object { source, members })
}

impl<'s> Object<'s> {
    /// The string of `key`; `None` if there is none.
    pub(super) fn string(&self, key: &str) -> Result<Option<Token>> {
        Ok(self.value(key)?.and_then(|value| self.token(value)))
    }

    /// The strings in the list of `key`.
    pub(super) fn strings(&self, key: &str) -> Result<Vec<String>> {
        let list = self
            .value(key)?
            .and_then(|value| serde_json::from_str::<Vec<&RawValue>>(value.get()).ok());
        Ok(list
            .unwrap_or_default()
            .into_iter()
            .filter_map(|value| self.token(value))
            .map(|token| token.text)
            .collect())
    }

    /// The object of `key`.
    pub(super) fn object(&self, key: &str) -> Result<Option<Self>> {
        Ok(self.value(key)?.and_then(|value| self.below(value)))
    }

    /// Whether the value of `key` is `true`.
    pub(super) fn is_true(&self, key: &str) -> Result<bool> {
        Ok(self.value(key)?.is_some_and(|value| value.get() == "true"))
    }

    /// The members that are strings, in order.
    pub(super) fn all_strings(&self) -> impl Iterator<Item = (&str, Token)> {
        self.members
            .0
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), self.token(value)?)))
    }

    /// The members that are objects, in order.
    pub(super) fn all_objects(&self) -> impl Iterator<Item = (&str, Self)> {
        self.members
            .0
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), self.below(value)?)))
    }

    /// If a key occurs twice, some readers take the first value and others the last, so it is an
    /// error.
    fn value(&self, key: &str) -> Result<Option<&'s RawValue>> {
        let mut found = self
            .members
            .0
            .iter()
            .filter(|(name, _)| name == key)
            .map(|(_, value)| *value);
        let value = found.next();
        match found.next() {
            None => Ok(value),
            Some(again) => Err(fault(
                self.source,
                self.span(again),
                format!("`{key}` is defined twice"),
                "delete one of them",
            )),
        }
    }

    fn below(&self, value: &'s RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok().map(|members| Self {
            source: self.source,
            members,
        })
    }

    fn token(&self, value: &RawValue) -> Option<Token> {
        let text = serde_json::from_str(value.get()).ok()?;
        let Span { start, end } = self.span(value);
        Some(Token {
            text,
            span: Span::new(start + 1, end - 1),
        })
    }

    /// The span of a value, by its address, since it is part of the text.
    fn span(&self, value: &RawValue) -> Span {
        let start = value.get().as_ptr().addr() - self.source.text().as_ptr().addr();
        Span::new(start, start + value.get().len())
    }
}

/// The members of an object in order, including duplicates.
#[derive(Debug)]
struct Members<'s>(Vec<(String, &'s RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_between_its_quotes() {
        let text = "\u{feff}\r\n{ \"é\": \"ü\",\r\n\"x\": {\"version\": \"0\"}, \"\\u0076ersion\" :\t\"1.2\\u002e0\" }\r\n";
        let source = Source::new("package.json", text);
        let token = parse(&source).unwrap().string("version").unwrap().unwrap();
        assert_eq!(
            (source.slice(token.span), token.text.as_str()),
            ("1.2\\u002e0", "1.2.0")
        );
        let below = parse(&source)
            .unwrap()
            .object("x")
            .unwrap()
            .unwrap()
            .string("version")
            .unwrap()
            .unwrap();
        assert_eq!(source.slice(below.span), "0");
    }

    #[test]
    fn what_is_no_string_is_no_token() {
        let source = Source::new("x", r#"{"version": 1, "list": ["a", 1, "b"], "yes": true}"#);
        let root = parse(&source).unwrap();
        assert_eq!(root.string("version").unwrap(), None);
        assert_eq!(root.strings("list").unwrap(), ["a", "b"]);
        assert_eq!(
            (root.is_true("yes").unwrap(), root.is_true("list").unwrap()),
            (true, false)
        );
    }

    #[test]
    fn a_key_given_twice_is_an_error_where_it_is_looked_for() {
        let source = Source::new("x", r#"{"a": "1", "b": "2", "\u0061": "3"}"#);
        let root = parse(&source).unwrap();
        assert_eq!(root.string("b").unwrap().unwrap().text, "2");
        let error = root.string("a").unwrap_err();
        assert_eq!(error.to_string(), "`x`: `a` is defined twice");
        assert_eq!(
            source.slice(error.faults().unwrap().1[0].label.span),
            "\"3\""
        );
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        for (text, at) in [
            ("\u{feff}{\n\"é\": ]}", 11),
            ("[]", 0),
            ("", 0),
            ("{} x", 3),
            ("{\"é", 2),
        ] {
            let error = parse(&Source::new("x", text)).unwrap_err();
            assert_eq!(
                error.faults().unwrap().1[0].label.span.start,
                at,
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn depth_is_an_error_and_no_crash() {
        let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
        assert!(parse(&Source::new("x", deep)).is_err());
    }
}
