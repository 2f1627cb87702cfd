//! Strings and keys as TOML.

use std::fmt::Write as _;

use crate::source::shown;

/// A TOML string in which everything that a terminal or a log would interpret is escaped.
#[must_use]
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for (at, piece) in shown(text) {
        let character = text[at..]
            .chars()
            .next()
            .expect("a piece begins at a character");
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if piece.chars().eq([character]) => out.push(character),
            _ => write!(out, "\\U{:08X}", u32::from(character)).expect("a string takes any text"),
        }
    }
    out.push('"');
    out
}

/// A key as TOML: bare if possible, otherwise quoted.
#[must_use]
pub(crate) fn quoted_key(text: &str) -> String {
    let is_bare = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_bare {
        text.to_owned()
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_would_obey_is_escaped() {
        assert_eq!(
            quoted("a\"b\\c\u{1b}\n##[x] 日"),
            r##""a\"b\\c\U0000001B\U0000000A\U00000023#[x] 日""##
        );
        assert_eq!(quoted_key("feat"), "feat");
        assert_eq!(quoted_key("content/*"), "\"content/*\"");
    }
}
