//! Escapes text from commits, so that it stays text in Markdown.
//!
//! No subject becomes a link, an image, a heading, a list, HTML, a mention or a formula. Code spans that are closed stay:
//! what they hold is literal anyway.

use crate::source::sanitise_line;

/// Escapes one line of text for the middle of a Markdown line, without the white space around it.
#[must_use]
pub fn escape(text: &str) -> String {
    let text = sanitise_line(text);
    let text = text.trim(); // a mark after white space at the start would begin a block all the same
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(span) = code_span(rest) {
            out.push_str(span);
            rest = &rest[span.len()..];
            continue;
        }
        if character == '`' {
            let run = rest.len() - rest.trim_start_matches('`').len();
            out.push_str(&"\\`".repeat(run));
            rest = &rest[run..];
            continue;
        }
        if let Some(name) = mention(text, rest) {
            out.push_str(&format!("`{name}`"));
            rest = &rest[name.len()..];
            continue;
        }
        let at_start = text.len() == rest.len();
        if needs_escape(character, &text[..text.len() - rest.len()], &rest[character.len_utf8()..])
            || at_start && starts_block(text)
        {
            out.push('\\');
        }
        out.push(character);
        rest = &rest[character.len_utf8()..];
    }
    escape_ordinal(out, text)
}

/// The code span at the start of `text`, with its backticks.
fn code_span(text: &str) -> Option<&str> {
    let fence = text.len() - text.trim_start_matches('`').len();
    if fence == 0 {
        return None;
    }
    let mut at = fence;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        if run == fence {
            return Some(&text[..start + run]);
        }
        at = start + run;
    }
    None
}

/// A mention such as `@ada` or `@org/team` at the start of `rest`, unless it is part of an address.
fn mention<'a>(text: &str, rest: &'a str) -> Option<&'a str> {
    let before = text[..text.len() - rest.len()].chars().next_back();
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    let name = rest.strip_prefix('@')?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    let end = name.find(|c| !allowed(c)).unwrap_or(name.len());
    (end > 0).then(|| &rest[..=end])
}

fn needs_escape(character: char, before: &str, after: &str) -> bool {
    match character {
        '\\' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$' => true,
        '_' => !(before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)),
        ':' => after.starts_with("//"),
        '.' => before.to_ascii_lowercase().ends_with("www"),
        '@' => true,
        _ => false,
    }
}

/// Whether the first character of a text would begin a heading, a list or a rule.
fn starts_block(text: &str) -> bool {
    text.starts_with(['#', '+', '-', '='])
}

/// Breaks an ordered list's number at the start: `1.` and `1)`.
fn escape_ordinal(out: String, text: &str) -> String {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &out[..digits], &out[digits..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_subjects_stay_as_they_are() {
        for text in [
            "add a thing (#12)",
            "use `code` in snake_case",
            "日本語 – 50% faster: yes!",
            "v1.2.3, really",
            "`<b>` is code",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn links_images_and_html_become_text() {
        assert_eq!(escape("![x](y)"), "!\\[x\\](y)");
        assert_eq!(escape("<img onerror=x>"), "\\<img onerror=x\\>");
        assert_eq!(
            escape("see https://example.org and www.example.org"),
            "see https\\://example.org and www\\.example.org"
        );
        assert_eq!(escape("a &lt; b"), "a \\&lt; b");
    }

    #[test]
    fn emphasis_becomes_text() {
        assert_eq!(escape("*a* _b_ ~~c~~ __init__"), "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\_\\_init\\_\\_");
    }

    #[test]
    fn blocks_cannot_begin() {
        assert_eq!(escape("# x"), "\\# x");
        assert_eq!(escape("- x"), "\\- x");
        assert_eq!(escape("1. x"), "1\\. x");
        assert_eq!(escape("  # x"), "\\# x");
    }

    #[test]
    fn nobody_is_mentioned() {
        assert_eq!(escape("thanks @everyone and a@example.org"), "thanks `@everyone` and a\\@example.org");
    }

    #[test]
    fn a_backtick_that_opens_nothing_is_escaped() {
        assert_eq!(escape("a ` b"), "a \\` b");
        assert_eq!(escape("``a` <b>"), "\\`\\`a\\` \\<b\\>");
    }

    #[test]
    fn line_ends_and_controls_cannot_break_out() {
        assert_eq!(escape("a\n# b\u{1b}"), "a # b\\\\u{1b}");
    }

    /// What a reader sees of a list entry with this text, and whether it is text and code alone.
    fn read(text: &str) -> (String, bool) {
        use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
        let entry = format!("- **x:** {}\n- {}\n", escape(text), escape(text));
        let (mut shown, mut plain) = (String::new(), true);
        for event in Parser::new_ext(
            &entry,
            Options::ENABLE_GFM
                | Options::ENABLE_TABLES
                | Options::ENABLE_FOOTNOTES
                | Options::ENABLE_STRIKETHROUGH
                | Options::ENABLE_TASKLISTS
                | Options::ENABLE_MATH,
        ) {
            match event {
                Event::Text(text) | Event::Code(text) => shown.push_str(&text),
                Event::Start(Tag::List(None) | Tag::Item | Tag::Strong | Tag::Paragraph)
                | Event::End(TagEnd::List(false) | TagEnd::Item | TagEnd::Strong | TagEnd::Paragraph) => {}
                _ => plain = false,
            }
        }
        (shown, plain)
    }

    proptest::proptest! {
        #[test]
        fn no_text_becomes_anything_but_text_and_code(text in "[-a-z0-9 !-/:-@\\[-`{-~]{0,12}") {
            proptest::prop_assert!(read(&text).1, "{}", escape(&text));
        }

        #[test]
        fn words_are_read_as_they_were_written(text in "[a-z0-9 ()<>*_\\[\\]!&|~$-]{0,12}") {
            let text = text.trim();
            let words: String = text.split_whitespace().collect::<Vec<_>>().join("");
            let shown: String = read(text).0.split_whitespace().collect();
            proptest::prop_assert_eq!(shown, format!("x:{words}{words}"));
        }
    }
}
