//! Escapes text from commits, so that it stays plain text in Markdown and in embedded HTML.
//!
//! No text becomes a link, an image, a heading, a list, a table cell, HTML, a formula, or a
//! mention. Closed code spans stay, since their content is literal anyway. Text that renderers link
//! on their own after parsing the Markdown (`@name`, addresses, `https://…`, `org/repository#1`)
//! becomes a code span, since a backslash doesn't prevent the link. References within the
//! repository (`#12`, `!12`, object names) stay, and so do emoji such as `:tada:`.

use std::collections::HashMap;

use crate::source::sanitise_line;

/// Trims one line of text and escapes it for the middle of a Markdown line.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let text = sanitise_line(text);
    Escaper::new(text.trim()).run() // a mark after white space at the start would begin a block all the same
}

/// The same, with references within the repository as code too: nothing in the text links to an
/// issue or a request, or notifies anybody there.
#[must_use]
pub(crate) fn escape_references(text: &str) -> String {
    let text = sanitise_line(text);
    let escaper = Escaper {
        references: References::Code,
        ..Escaper::new(text.trim())
    };
    escaper.run()
}

/// Escapes text for HTML, inside elements and inside attributes.
#[must_use]
pub(crate) fn escape_html(text: &str) -> String {
    let text = sanitise_line(text);
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            _ => out.push(character),
        }
    }
    out
}

/// What becomes of references within the repository, such as `#12`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum References {
    Kept,
    Code,
}

struct Escaper<'t> {
    text: &'t str,
    references: References,
    out: String,
    /// The end of the last code span in the output.
    code_end: Option<usize>,
}

impl<'t> Escaper<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            references: References::Kept,
            out: String::with_capacity(text.len() + 16),
            code_end: None,
        }
    }

    fn run(mut self) -> String {
        let spans = code_spans(self.text);
        let (mut done, mut at) = (0, 0);
        while let Some(found) = self.text[at..].find(MARKS) {
            let mark = at + found;
            if self.text[mark..].starts_with('`') {
                self.push(done, mark);
                done = self.backticks(mark, &spans);
                at = done;
            } else if let Some((start, end)) = self.token(mark, done) {
                self.push(done, start);
                self.push_code(&["`", &self.text[start..end], "`"]);
                (done, at) = (end, end);
            } else {
                at = mark + 1;
            }
        }
        self.push(done, self.text.len());
        self.out
    }

    /// Keeps the code span that begins here, or escapes the backticks. Returns the position after
    /// them.
    ///
    /// A span that contains `|` doesn't count, since it would end a table cell.
    fn backticks(&mut self, start: usize, spans: &HashMap<usize, usize>) -> usize {
        let rest = &self.text[start..];
        let run = rest.len() - rest.trim_start_matches('`').len();
        let span = spans
            .get(&start)
            .map(|end| &self.text[start..*end])
            .filter(|span| !span.contains('|'));
        let Some(span) = span else {
            self.out.extend(std::iter::repeat_n("\\`", run));
            return start + run;
        };
        self.push_code(&[span]);
        start + span.len()
    }

    /// The bounds of the word at the mark that a renderer would turn into a link or a mention; they
    /// begin at `from` or later.
    fn token(&self, mark: usize, from: usize) -> Option<(usize, usize)> {
        let (character, after) = (self.text.as_bytes()[mark], &self.text[mark + 1..]);
        let next = after.chars().next().unwrap_or(' ');
        let named = || {
            let before = &self.text[from..mark];
            mark - (before.len() - before.trim_end_matches(is_name).len())
        };
        let start = match character {
            b'@' if is_word(next) => named(),
            // A host name may begin with a hyphen, a user name may not.
            _ if self.is_reference(mark, from) => named(),
            b'@' if next == '-' => Some(named()).filter(|start| *start < mark)?,
            b':' if after.starts_with("//") => named(),
            b'#' | b'!' if next.is_ascii_digit() => Some(named()).filter(|start| *start < mark)?,
            b'~' | b'%' | b'$' | b'&' | b'^' if is_word(next) => {
                Some(named()).filter(|start| self.text[*start..mark].contains('/'))?
            }
            b'.' => mark
                .checked_sub(3)
                .filter(|start| *start >= from && self.is_www(*start, mark))?,
            _ => return None,
        };
        let end = match character {
            b':' | b'.' => after.find(|c: char| c.is_whitespace() || "\"`|<>".contains(c)),
            _ => after.find(|c| !is_name(c) && c != '@'),
        };
        let inside = after[..end.unwrap_or(after.len())]
            .trim_end_matches(|c: char| ".,;:!?)]}'\"*_".contains(c));
        Some((start, mark + 1 + inside.len()))
    }

    /// Whether a reference within the repository is at the mark, if those become code.
    fn is_reference(&self, mark: usize, from: usize) -> bool {
        if self.references == References::Kept {
            return false;
        }
        let (before, after) = (&self.text[from..mark], &self.text[mark + 1..]);
        let next_is_digit = after.starts_with(|c: char| c.is_ascii_digit());
        match self.text.as_bytes()[mark] {
            b'#' | b'!' | b'&' | b'%' | b'$' | b'^' => next_is_digit,
            b'~' => after.starts_with(is_word),
            b'-' => {
                let word = before.len() - before.trim_end_matches(is_name).len();
                let word = &before[before.len() - word..];
                next_is_digit && word.to_ascii_lowercase().ends_with("gh")
            }
            _ => false,
        }
    }

    fn is_www(&self, start: usize, mark: usize) -> bool {
        self.text
            .get(start..mark)
            .is_some_and(|word| word.eq_ignore_ascii_case("www"))
    }

    /// Writes a code span, with a space before it if it would otherwise merge with another one.
    fn push_code(&mut self, parts: &[&str]) {
        if self.code_end == Some(self.out.len()) {
            self.out.push(' ');
        }
        self.out.extend(parts.iter().copied());
        self.code_end = Some(self.out.len());
    }

    /// Writes a part of the text, with a backslash before each special character of Markdown.
    fn push(&mut self, start: usize, end: usize) {
        for (offset, character) in self.text[start..end].char_indices() {
            let at = start + offset;
            let (before, after) = (&self.text[..at], &self.text[at + character.len_utf8()..]);
            match character {
                '<' => self.out.push_str("&lt;"), // a backslash would not hold where HTML is open
                '&' if after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '#') => {
                    self.out.push_str("&amp;");
                }
                _ if needs_backslash(character, before, after) => {
                    self.out.extend(['\\', character]);
                }
                _ => self.out.push(character),
            }
        }
    }
}

/// Characters at which something may begin that is handled as a whole.
const MARKS: [char; 12] = ['`', '@', ':', '#', '!', '~', '%', '$', '&', '^', '.', '-'];

/// Characters in the names of people, repositories, and hosts.
const fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '+')
}

const fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The ends of the code spans of a text, by the starts of the runs of backticks that open them.
fn code_spans(text: &str) -> HashMap<usize, usize> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        at = start + (text[start..].len() - text[start..].trim_start_matches('`').len());
        runs.push((start, at));
    }
    let mut closing: HashMap<usize, usize> = HashMap::new();
    let mut spans = HashMap::new();
    for (start, end) in runs.into_iter().rev() {
        if let Some(closed) = closing.insert(end - start, end) {
            spans.insert(start, closed);
        }
    }
    spans
}

fn needs_backslash(character: char, before: &str, after: &str) -> bool {
    match character {
        '\\' | '*' | '[' | ']' | '>' | '~' | '|' | '$' => true,
        '_' => {
            !(before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric))
        }
        '#' | '+' | '-' | '=' if before.is_empty() => true,
        '.' | ')' => {
            let is_ordinal =
                (1..10).contains(&before.len()) && before.bytes().all(|byte| byte.is_ascii_digit());
            is_ordinal && (after.is_empty() || after.starts_with([' ', '\t']))
        }
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use regex::RegexSet;

    use super::*;

    #[test]
    fn ordinary_subjects_stay_as_they_are() {
        for text in [
            "add a thing (#12)",
            "use `code` in snake_case",
            "日本語 – 50% faster: yes!",
            "v1.2.3, really",
            "1.2.3 is out",
            "`<b>` is code",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn links_images_and_html_become_text() {
        assert_eq!(escape("![x](y)"), "!\\[x\\](y)");
        assert_eq!(escape("<img onerror=x>"), "&lt;img onerror=x\\>");
        assert_eq!(escape("a &lt; b & c"), "a &amp;lt; b & c");
    }

    #[test]
    fn what_renderers_make_links_of_by_themselves_becomes_code() {
        for (text, escaped) in [
            (
                "see https://example.org/x?y=1.",
                "see `https://example.org/x?y=1`.",
            ),
            ("(www.example.org)", "(`www.example.org`)"),
            ("see www.", "see `www.`"),
            ("mail a.b+c@example.org now", "mail `a.b+c@example.org` now"),
            ("mailto:a@example.org", "mailto:`a@example.org`"),
            ("from org/repository#12", "from `org/repository#12`"),
            ("see org/repository@0123abc", "see `org/repository@0123abc`"),
            (
                "see group/project!3, group/project~bug",
                "see `group/project!3`, `group/project~bug`",
            ),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn what_leads_into_the_same_repository_stays() {
        for text in [
            "fix #12, !3 and GH-4 (#5)",
            "undo 0123456789abcdef",
            "ship it :tada:",
            "C# and F#",
        ] {
            assert_eq!(escape(text), text);
        }
    }

    #[test]
    fn references_become_code_on_request() {
        assert_eq!(
            escape_references("fix #12, !3 and GH-4 (#5), a-1 & b, 50%"),
            "fix `#12`, `!3` and `GH-4` (`#5`), a-1 & b, 50%"
        );
    }

    #[test]
    fn emphasis_becomes_text() {
        assert_eq!(
            escape("*a* _b_ ~~c~~ __init__"),
            "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\_\\_init\\_\\_"
        );
    }

    #[test]
    fn blocks_cannot_begin() {
        assert_eq!(escape("# x"), "\\# x");
        assert_eq!(escape("- x"), "\\- x");
        assert_eq!(escape("1. x"), "1\\. x");
        assert_eq!(escape("  # x"), "\\# x");
    }

    #[test]
    fn mentions_are_escaped() {
        assert_eq!(
            escape("thanks @everyone and é@org/team"),
            "thanks `@everyone` and é`@org/team`"
        );
    }

    #[test]
    fn a_backtick_that_opens_nothing_is_escaped() {
        assert_eq!(escape("a ` b"), "a \\` b");
        assert_eq!(escape("``a` <b>"), "\\`\\`a\\` &lt;b\\>");
    }

    #[test]
    fn two_code_spans_never_run_together() {
        assert_eq!(escape("`a\\`@b"), "`a\\` `@b`");
    }

    #[test]
    fn a_code_span_cannot_end_a_cell() {
        assert_eq!(escape("`a|b`"), "\\`a\\|b\\`");
    }

    #[test]
    fn line_ends_and_controls_cannot_break_out() {
        assert_eq!(escape("a\n# b\u{1b}"), "a # b\\\\u{1b}");
    }

    #[test]
    fn html_is_escaped_in_attributes() {
        assert_eq!(
            escape_html("\"><img src='x'>&`"),
            "&quot;&gt;&lt;img src=&#39;x&#39;&gt;&amp;&#96;"
        );
    }

    #[test]
    fn a_megabyte_of_marks_is_escaped_in_a_moment() {
        for piece in [
            "`a``b```c",
            "a@",
            "1.",
            "#",
            "www.",
            "a/b~",
            "://",
            "_",
            "<",
        ] {
            assert!(
                escape(&piece.repeat((1 << 20) / piece.len())).len() > 1 << 19,
                "{piece}"
            );
        }
    }

    /// The rendered text of entries with this text, and whether it has only text and code.
    fn read(text: &str) -> (String, bool) {
        use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
        let entry = format!("- **x:** {}\n- {}\n", escape(text), escape(text));
        let (mut shown, mut plain) = (String::new(), true);
        for event in Parser::new_ext(
            &entry,
            Options::all() - Options::ENABLE_SUPERSCRIPT - Options::ENABLE_SMART_PUNCTUATION,
        ) {
            match event {
                Event::Text(text) => {
                    plain &= !links_by_itself(&text);
                    shown.push_str(&text);
                }
                Event::Code(text) => shown.push_str(&text),
                Event::Start(Tag::List(None) | Tag::Item | Tag::Strong | Tag::Paragraph)
                | Event::End(
                    TagEnd::List(false) | TagEnd::Item | TagEnd::Strong | TagEnd::Paragraph,
                ) => {}
                _ => plain = false,
            }
        }
        (shown, plain)
    }

    /// Whether GitHub or GitLab would make a link of some of this text, or a mention, once the
    /// Markdown is read.
    ///
    /// Follows GFM's extended autolinks and GitHub's list of references. It shares no code with the
    /// escape that it checks.
    pub(crate) fn links_by_itself(text: &str) -> bool {
        static LINKS: LazyLock<RegexSet> = LazyLock::new(|| {
            RegexSet::new([
                r"(?i)\bwww\.",
                r"[A-Za-z][A-Za-z0-9+.-]*://\S",
                r"[A-Za-z0-9._+-]+@[A-Za-z0-9_-]+\.[A-Za-z0-9]",
                r"(?:^|[^A-Za-z0-9_])@[A-Za-z0-9_]",
                r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+[#!][0-9]",
                r"[A-Za-z0-9-]+#[0-9]",
                r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+@[0-9a-f]{7}",
            ])
            .unwrap()
        });
        LINKS.is_match(text)
    }

    #[test]
    fn the_reader_of_these_tests_sees_links() {
        for text in [
            "see www.x.y",
            "https://x",
            "a@b.c",
            "(@x",
            "a/b#1",
            "a#1",
            "a/b@0123456",
        ] {
            assert!(links_by_itself(text), "{text}");
        }
    }

    #[test]
    fn an_address_whose_host_begins_with_a_hyphen_becomes_no_link() {
        assert_eq!(escape("a@-.0, @-x"), "`a@-.0`, @-x");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(512))]

        #[test]
        fn no_text_becomes_anything_but_text_and_code(text in "[-a-z0-9 !-/:-@\\[-`{-~]{0,12}") {
            proptest::prop_assert!(read(&text).1, "{}", escape(&text));
        }

        #[test]
        fn no_word_that_means_something_elsewhere_means_it_here(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<details>", "</details>", "<!--", "-->", "[x](y)", "![x](y)", "[^1]", "[^1]: x", "@ada", "a@b.c", "www.x.y",
                    "https://x.y", "org/repo#1", "GH-1", "#1", "org/repo@0123456", "`", "``", "|", "- [ ]", "> ", "$x$", "$$",
                    "~~x~~", "\\", "\n", "\r\n", "\u{202e}", "\u{2028}", "&lt;", ":tada:", "***", "===", "1.", "```", " ", "a", "é", "\t",
                ]),
                0..8,
            ),
        ) {
            let text = words.concat();
            proptest::prop_assert!(read(&text).1, "{}", escape(&text));
        }

        #[test]
        fn words_are_read_as_they_were_written(text in "[a-z0-9 ()<>*_\\[\\]!&|~$@#./:-]{0,12}") {
            let text = text.trim();
            let shown_text = sanitise_line(text);
            let words: String = shown_text.split_whitespace().collect();
            let shown: String = read(text).0.split_whitespace().collect();
            proptest::prop_assert_eq!(shown, format!("x:{words}{words}"));
        }

        #[test]
        fn table_cell_round_trips(text in "[-a-z0-9 !-/:-@\\[-`{-~]{0,12}") {
            let table = format!("| a | b |\n|---|---|\n| {} | c |\n", escape(&text));
            let parser = pulldown_cmark::Parser::new_ext(&table, pulldown_cmark::Options::ENABLE_TABLES);
            let starts = |event: &pulldown_cmark::Event<'_>| matches!(event, pulldown_cmark::Event::Start(pulldown_cmark::Tag::TableCell));
            proptest::prop_assert_eq!(parser.filter(starts).count(), 4);
        }
    }
}
