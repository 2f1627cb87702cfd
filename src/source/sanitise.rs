//! Makes text from a repository harmless for terminals, CI logs and documents.
//!
//! Decides what untrusted text looks like in every output: control characters become visible
//! escapes, and the words that a CI log would interpret are broken up. docs/design/threat-model.md
//! lists what must be impossible.

use std::borrow::Cow;

/// Escapes control characters and breaks up log commands, but keeps line feeds and tabs.
///
/// C0, C1, DEL, the Unicode line separators, bidirectional and zero-width control characters become
/// `\u{…}`; `##[`, `##vso[`, `##teamcity[` and a `::` at the start of a line are broken up with a
/// backslash or a space.
#[must_use]
pub(crate) fn sanitise(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            clean.push('\n');
        }
        push_line(&mut clean, line.strip_suffix('\r').unwrap_or(line));
    }
    clean
}

/// Sanitises text that must stay on one line: line ends become spaces.
#[must_use]
pub(crate) fn sanitise_line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let joined: Vec<&str> = text.lines().collect();
    push_line(&mut clean, &joined.join(" "));
    clean
}

fn push_line(clean: &mut String, line: &str) {
    if is_plain(line) {
        clean.push_str(line);
    } else {
        clean.extend(shown(line).map(|(_, piece)| piece));
    }
}

/// Whether a line needs no escapes, as nearly every line of a changelog.
fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !line.contains("##")
        && !line.trim_start().starts_with("::")
}

/// How each character of a line is shown, with its offset in the line: as it is, as an escape, or
/// with the character that breaks up a log command.
///
/// [`sanitise`] joins these pieces. A caller that draws marks below a line needs them one by one.
pub(crate) fn shown(line: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let indent = line.len()
        - line
            .trim_start_matches(|c: char| c.is_whitespace() && passes(c))
            .len();
    let command_line = line[indent..].starts_with("::");
    line.char_indices().map(move |(at, character)| {
        let rest = &line[at..];
        let piece = if !passes(character) {
            character.escape_unicode().to_string().into()
        } else if command_line && at == indent {
            ": ".into()
        } else if ["##[", "##vso[", "##teamcity["]
            .iter()
            .any(|command| rest.starts_with(command))
        {
            "#\\".into()
        } else {
            rest[..character.len_utf8()].into()
        };
        (at, piece)
    })
}

/// Whether a character is shown as it is.
fn passes(character: char) -> bool {
    character == '\t' || !is_hostile(character)
}

/// Whether a character could steer a terminal or hide text.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(sanitise("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }

    #[test]
    fn bidirectional_and_zero_width_controls_become_visible() {
        assert_eq!(sanitise("\u{202e}x\u{200b}"), "\\u{202e}x\\u{200b}");
    }

    #[test]
    fn log_commands_are_broken() {
        assert_eq!(
            sanitise("x\n::set-output name=a::b"),
            "x\n: :set-output name=a::b"
        );
        assert_eq!(
            sanitise("##[error]x ##vso[task]"),
            "#\\#[error]x #\\#vso[task]"
        );
    }

    #[test]
    fn tabs_line_feeds_and_other_scripts_pass() {
        assert_eq!(sanitise("a\tb\n日本 é 🎉"), "a\tb\n日本 é 🎉");
    }

    #[test]
    fn windows_line_ends_become_line_feeds() {
        assert_eq!(sanitise("a\r\nb\r"), "a\nb");
    }

    proptest::proptest! {
        #[test]
        fn a_plain_line_is_shown_as_it_is(line in "[ -~\\t]{0,3}[#:a ]{0,4}[ -~é]{0,6}") {
            let shown: String = shown(&line).map(|(_, piece)| piece).collect();
            proptest::prop_assert!(!is_plain(&line) || shown == line);
        }
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(sanitise_line("a\r\nb\n::c"), "a b ::c");
    }
}
