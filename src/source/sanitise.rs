//! Makes text from a repository harmless for terminals, CI logs and documents.
//!
//! Decides what untrusted text looks like in every output: control characters become visible
//! escapes, and the words that a CI log would interpret are broken up. docs/design/threat-model.md
//! lists what must be impossible.

use std::borrow::Cow;

/// Escapes control characters and breaks up log commands, but keeps line feeds and tabs.
///
/// C0, C1, DEL, the Unicode line separators, bidirectional and zero-width control characters become
/// `\u{…}`, except for the joiners of emoji and letters; `##[`, `##vso[`, `##teamcity[` and a `::` at the start of a line are broken up with a
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
            .trim_start_matches(|c: char| c == '\t' || c.is_whitespace() && !is_hostile(c))
            .len();
    let command_line = line[indent..].starts_with("::");
    line.char_indices().map(move |(at, character)| {
        let rest = &line[at..];
        let after = &rest[character.len_utf8()..];
        let piece = if character != '\t' && hides(&line[..at], character, after) {
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

/// Whether a character could steer a terminal or hide text.
#[must_use]
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character between these texts could steer a terminal or hide text: a hostile one does,
/// unless the writing around it needs it. That is so for a joiner between emoji or between letters
/// that are joined, and for the tags of a region's flag.
pub(crate) fn hides(before: &str, character: char, after: &str) -> bool {
    let joins = |fits: fn(char) -> bool| before.ends_with(fits) && after.starts_with(fits);
    let belongs = match character {
        _ if !is_hostile(character) => return false,
        '\u{200d}' => joins(is_emoji) || joins(is_joined_letter),
        '\u{200c}' => joins(is_joined_letter),
        '\u{e0020}'..=END_OF_TAGS => is_in_flag(before, character, after),
        _ => false,
    };
    !belongs
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}' | '\u{fe0f}')
}

/// Arabic and its relatives, the scripts of India, and those around them.
fn is_joined_letter(character: char) -> bool {
    matches!(character, '\u{0600}'..='\u{08ff}' | '\u{0900}'..='\u{0dff}' | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The character after the tags of a flag.
const END_OF_TAGS: char = '\u{e007f}';

/// The maximum number of tags of a flag, such as five for England (`gbeng`).
const MAX_TAGS: usize = 6;

/// Whether a tag is one of the few between a black flag and the end of its tags.
fn is_in_flag(before: &str, character: char, after: &str) -> bool {
    let is_tag = |character: &char| matches!(character, '\u{e0020}'..='\u{e007e}');
    let earlier = before.chars().rev();
    let earlier = earlier.take(MAX_TAGS + 1).take_while(is_tag).count();
    let flag = before.chars().rev().nth(earlier);
    let (later, end) = match character {
        END_OF_TAGS => (0, Some(character)),
        _ => {
            let later = after.chars().take(MAX_TAGS + 1).take_while(is_tag).count();
            (later + 1, after.chars().nth(later))
        }
    };
    let tags = earlier + later;
    flag == Some('\u{1f3f4}') && end == Some(END_OF_TAGS) && (1..=MAX_TAGS).contains(&tags)
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
    fn joiners_stay_where_writing_needs_them() {
        for text in [
            "👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ] {
            assert_eq!(sanitise(text), text);
        }
    }

    #[test]
    fn joiners_that_could_hide_something_become_visible() {
        assert_eq!(sanitise("a\u{200d}b"), "a\\u{200d}b");
        assert_eq!(sanitise("a\u{200c}ب"), "a\\u{200c}ب");
        assert_eq!(sanitise("👩\u{200d}"), "👩\\u{200d}");
        assert_eq!(sanitise("👩\u{200d}\u{200d}💻"), "👩\\u{200d}\\u{200d}💻");
    }

    #[test]
    fn tags_outside_a_flag_become_visible() {
        for text in [
            "a\u{e0068}\u{e0069}\u{e007f}",
            "🏴\u{e0068}\u{e0069}",
            &format!("🏴{}\u{e007f}", "\u{e0068}".repeat(7)),
        ] {
            assert!(!sanitise(text).contains('\u{e0068}'), "{text:?}");
        }
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
