//! Characters that hide text, turn it around or steer a terminal: what is approved is not what is
//! read.
//!
//! Looked for in the file as it is and in the texts as they are decoded, where an escape may bring
//! them in.

use crate::config::Level;
use crate::document::{Document, ValuePath};
use crate::finding::{Applicability, Finding, Fix, Place};
use crate::rules::rule::{Check, Rule, replacement};
use crate::source::{Span, hides};

pub(super) const RULE: Rule = Rule::new(
    "ticket/hidden-character",
    Level::Error,
    "invisible or control character",
    include_str!("hidden_character.md"),
    &[Check::Document(check)],
);

/// Maximum number reported for one file.
const MAX_REPORTED: usize = 20;

fn check(document: &Document, findings: &mut Vec<Finding>) {
    let text = document.source().text();
    let written: Vec<(usize, char)> = hidden(text).into_iter().take(MAX_REPORTED).collect();
    for (at, character) in &written {
        let span = Span::new(*at, at + character.len_utf8());
        let name = code_point(*character);
        let fix = Fix {
            applicability: Applicability::Unsafe,
            edits: replacement(span, ""),
        };
        let finding = RULE
            .finding(Place::file(document.source()), span, &name)
            .message(format!(
                "the file contains an invisible or control character ({name})"
            ))
            .help("remove the character, or retype the text")
            .anchor(name)
            .fix(Some(fix));
        findings.push(finding);
    }
    // Only an escape brings in what isn't written.
    if !text.contains('\\') {
        return;
    }
    for entry in document.root().entries() {
        let path = ValuePath::Written(&entry.key);
        entry.value.strings(path, &mut |path, node| {
            let decoded = hidden(node.as_str().unwrap_or_default());
            let seen = || hidden(document.source().slice(node.span)).len();
            if let Some((_, character)) = decoded.first().filter(|_| decoded.len() > seen()) {
                let name = code_point(*character);
                let finding = RULE
                    .finding(
                        Place::file(document.source()),
                        node.span,
                        format!("contains {name}"),
                    )
                    .message(format!(
                        "`{path}` contains an invisible or control character ({name})"
                    ))
                    .help("remove the escape sequence, or describe the character in words")
                    .anchor(path.to_string());
                findings.push(finding);
            }
        });
    }
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// The characters that hide something, with their offsets.
fn hidden(text: &str) -> Vec<(usize, char)> {
    let mut found = Vec::new();
    if text.bytes().all(|byte| is_plain(char::from(byte))) {
        return found;
    }
    for (at, character) in text.char_indices() {
        if is_plain(character) {
            continue;
        }
        let (before, after) = (&text[..at], &text[at + character.len_utf8()..]);
        let line_end = character == '\r' && after.starts_with('\n');
        let mark = character == '\u{feff}' && at == 0;
        if !line_end && !mark && hides(before, character, after) {
            found.push((at, character));
        }
    }
    found
}

/// Whether a character is that of a plain text in ASCII, which hides nothing.
const fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~' | '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{fixed, ticket};

    fn count(text: &str) -> usize {
        hidden(text).len()
    }

    #[test]
    fn bidi_and_hidden_characters_are_found() {
        assert_eq!(hidden("a\u{202e}b"), [(1, '\u{202e}')]);
        for text in [
            "a\u{200b}b",
            "a\u{1b}[31m",
            "a\u{feff}b",
            "a\u{85}",
            "a\rb",
            "\u{2066}x\u{2069}",
        ] {
            assert!(count(text) > 0, "{text:?}");
        }
    }

    #[test]
    fn joiners_pass_where_writing_needs_them() {
        for text in [
            "👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
        ] {
            assert_eq!(count(text), 0, "{text}");
        }
        assert_eq!(count("a\u{200d}b"), 1);
    }

    #[test]
    fn line_ends_tabs_and_the_mark_at_the_start_pass() {
        assert_eq!(count("\u{feff}a\tb\r\nc\n日本 é"), 0);
    }

    #[test]
    fn hidden_characters_are_removed_unsafely() {
        let clean = ticket("goal = \"abc\"\n");
        let text = clean.replace("abc", &format!("a\u{200b}b{}c", "\u{202e}".repeat(50)));
        assert_eq!(fixed(&text, Applicability::Safe), None);
        assert_eq!(fixed(&text, Applicability::Unsafe), Some(clean));
    }

    #[test]
    fn escaped_hidden_character_is_found() {
        let found = crate::rules::testing::findings("goal = \"a\\u202Eb\"");
        assert_eq!(
            (found[0].rule, found[0].anchor.as_str()),
            ("ticket/hidden-character", "goal")
        );
    }
}
