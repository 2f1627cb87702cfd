//! Writes JSON documents that are harmless in terminals and CI logs.
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

fn push_escape(clean: &mut String, character: char) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        write!(clean, "\\u{unit:04x}").expect("a string takes any text");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
