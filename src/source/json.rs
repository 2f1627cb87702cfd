//! Writes JSON documents that are harmless in terminals and CI logs, and words the errors of those
//! that are read.
//!
//! Escapes only what the sanitizer would escape in a text; the wire structs decide what a document
//! contains.

use std::fmt::Write as _;

use serde::Serialize;

use super::shown;

/// Writes any value as an indented JSON document that is harmless in terminals and logs.
///
/// Characters and log commands that the sanitizer would escape in a text become `\u` escapes, so
/// that a parser gets the original text.
///
/// # Panics
///
/// Panics if the value cannot be written as JSON; wire structs have text keys and no failing
/// serializers.
#[must_use]
pub(crate) fn json_document(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("wire structs are plain data");
    let mut clean = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        for (at, piece) in shown(line) {
            let character = line[at..]
                .chars()
                .next()
                .expect("a piece begins at a character");
            if piece.chars().eq([character]) {
                clean.push(character);
            } else {
                push_escape(&mut clean, character);
            }
        }
        clean.push('\n');
    }
    clean
}

/// What is wrong with a JSON text, in words that do not assume knowledge of the parser, without the
/// place.
#[must_use]
pub(crate) fn describe_json_error(text: &str, error: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "the file is empty".to_owned();
    }
    let full = error.to_string();
    let fact = full.split(" at line ").next().unwrap_or(&full);
    if let Some(what) = fact.strip_prefix("EOF while parsing ") {
        return format!("the file ends in the middle of {}", plain_type(what));
    }
    let mismatch = fact
        .strip_prefix("invalid type: ")
        .or_else(|| fact.strip_prefix("invalid value: "));
    if let Some((found, expected)) = mismatch.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!(
            "expected {}, not {}",
            plain_type(expected),
            plain_value(found)
        );
    }
    if let Some(field) = fact.strip_prefix("missing field ") {
        return format!("{field} is missing");
    }
    match fact {
        "expected value" => "expected a value".to_owned(),
        "key must be a string" => "a key must be a quoted string".to_owned(),
        "trailing characters" => "unexpected text after the end of the JSON document".to_owned(),
        "trailing comma" => "unexpected comma before a closing bracket".to_owned(),
        _ => fact.to_owned(),
    }
}

/// A type by its name in JSON.
fn plain_type(name: &str) -> &str {
    match name {
        "a sequence" => "a list",
        "a map" => "an object",
        "a borrowed string" => "a string",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "an integer",
        _ if name.starts_with("struct ") => "an object",
        _ => name,
    }
}

/// A value without the name of its type if it is written out, as "integer `3`" is.
fn plain_value(found: &str) -> &str {
    match found {
        "map" => "an object",
        "sequence" => "a list",
        _ => ["integer ", "floating point ", "boolean ", "string "]
            .iter()
            .find_map(|kind| found.strip_prefix(kind))
            .unwrap_or(found),
    }
}

fn push_escape(clean: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        write!(clean, "\\u{unit:04x}").expect("a string takes any text");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parser_errors_have_plain_words() {
        fn message<'t, T: serde::Deserialize<'t>>(text: &'t str) -> String {
            let error = serde_json::from_str::<T>(text).err().unwrap();
            describe_json_error(text, &error)
        }
        assert_eq!(message::<Vec<u8>>(" \n"), "the file is empty");
        assert_eq!(message::<Vec<u8>>("3"), "expected a list, not `3`");
        assert_eq!(message::<u8>("{}"), "expected an integer, not an object");
        assert_eq!(message::<String>("[]"), "expected a string, not a list");
        assert_eq!(message::<u8>("\"x\""), "expected an integer, not \"x\"");
        assert_eq!(
            message::<Vec<u8>>("[1,"),
            "the file ends in the middle of a value"
        );
        assert_eq!(message::<Vec<u8>>("x"), "expected a value");
    }

    #[test]
    fn control_characters_are_escaped_and_roundtrip() {
        let text = "\u{1b}[31m\u{202e}##vso[task]\u{e0041}";
        let written = json_document(&text);
        assert_eq!(
            written,
            "\"\\u001b[31m\\u202e\\u0023#vso[task]\\udb40\\udc41\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
