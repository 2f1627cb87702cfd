//! Writes multi-line text from commits as indented Markdown blocks: paragraphs, lists, and code.
//!
//! A note may explain how to upgrade, with examples, which would be unreadable on one line. Lines
//! are escaped like all text from commits, code gets new fences, and everything is indented so that
//! it stays inside its entry.

use crate::changelog::markdown::escape;
use crate::source::{Fence, Fences, sanitise_line};

/// Writes text as Markdown blocks with a blank line between them. Lines that aren't blank are
/// indented by `indent` spaces.
///
/// Paragraphs, lists, and code keep their structure; headings become bold paragraphs. Other
/// Markdown and HTML has no effect, and the output never ends inside an open block.
#[must_use]
pub(crate) fn escape_blocks(text: &str, indent: usize) -> String {
    write_blocks(text, indent, "-")
}

/// Like [`escape_blocks`], with this marker for the items of bullet lists.
#[must_use]
pub(super) fn write_blocks(text: &str, indent: usize, bullet: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut was_item = false;
    for block in blocks(&lines) {
        let is_item = matches!(block, Block::Item { .. });
        if !(out.is_empty() || (is_item && was_item)) {
            out.push('\n');
        }
        was_item = is_item;
        block.write(&mut out, indent, bullet);
    }
    out
}

/// The first paragraph of a text as one line, and the rest; `None` if the text begins with
/// something else.
#[must_use]
pub(super) fn first_paragraph(text: &str) -> Option<(String, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(Block::Paragraph(first)) = blocks(&lines).into_iter().next() else {
        return None;
    };
    // Its lines are the first lines of the text.
    let end: usize = text
        .split_inclusive('\n')
        .take(first.len())
        .map(str::len)
        .sum();
    Some((first.join(" "), text[end..].trim_start_matches('\n')))
}

enum Block<'t> {
    Paragraph(Vec<&'t str>),
    /// A heading.
    Title(&'t str),
    /// An item of a list: the indentation of its marker within the enclosing lists, the marker, and
    /// its lines.
    Item {
        indent: usize,
        marker: &'t str,
        lines: Vec<&'t str>,
    },
    Code {
        language: &'t str,
        lines: Vec<&'t str>,
    },
}

impl Block<'_> {
    fn write(&self, out: &mut String, indent: usize, bullet: &str) {
        let margin = " ".repeat(indent);
        match self {
            Self::Paragraph(lines) => write_lines(out, &margin, &margin, lines),
            Self::Title(title) => {
                let title = escape(title);
                out.extend([&margin, "**", &title, "**\n"]);
            }
            Self::Item {
                indent,
                marker,
                lines,
            } => {
                let marker = if *marker == "-" { bullet } else { marker };
                let margin = format!("{margin}{}", " ".repeat(*indent));
                let inside = format!("{margin}{}", " ".repeat(marker.len() + 1));
                write_lines(out, &format!("{margin}{marker} "), &inside, lines);
            }
            Self::Code { language, lines } => {
                let longest = lines
                    .iter()
                    .map(|line| longest_run(line))
                    .max()
                    .unwrap_or_default();
                let fence = "`".repeat(longest.max(2) + 1);
                out.extend([&*margin, &*fence, *language, "\n"]);
                for line in lines {
                    if !line.trim().is_empty() {
                        out.extend([&margin, &*sanitise_line(line.trim_end())]);
                    }
                    out.push('\n');
                }
                out.extend([&margin, &fence, "\n"]);
            }
        }
    }
}

fn write_lines(out: &mut String, first: &str, margin: &str, lines: &[&str]) {
    for (at, line) in lines.iter().enumerate() {
        let line = escape(line);
        // Below another line, a colon begins a definition or the columns of a table.
        let escaped = if line.starts_with(':') { "\\" } else { "" };
        out.extend([if at == 0 { first } else { margin }, escaped, &line, "\n"]);
    }
}

/// The length of the longest run of backticks.
fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

fn blocks<'t>(lines: &[&'t str]) -> Vec<Block<'t>> {
    let fences = Fences::of(lines);
    let mut found: Vec<Block<'t>> = Vec::new();
    // Whether the next line continues the last block, and the open lists.
    let (mut goes_on, mut lists): (bool, Vec<List>) = (false, Vec::new());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let (text, indent) = (line.trim(), line.len() - line.trim_start().len());
        at += 1;
        if text.is_empty() {
            goes_on = false;
        } else if let Some(fence) = fences.opened(at - 1) {
            let (code, end) = fenced(lines, at, fence, indent);
            found.push(Block::Code {
                language: language(text),
                lines: code,
            });
            (at, goes_on) = (end, false);
            lists.clear();
        } else if !goes_on && lists.is_empty() && is_code(line) {
            let (code, end) = indented(lines, at - 1);
            found.push(Block::Code {
                language: "",
                lines: code,
            });
            (at, goes_on) = (end, false);
        } else if let Some((marker, text)) = item(text) {
            let indent = List::open(&mut lists, indent, marker);
            found.push(Block::Item {
                indent,
                marker,
                lines: vec![text],
            });
            goes_on = true;
        } else if let Some(title) = title(text) {
            found.push(Block::Title(title));
            goes_on = false;
            lists.clear();
        } else {
            match found.last_mut() {
                Some(Block::Paragraph(lines) | Block::Item { lines, .. }) if goes_on => {
                    lines.push(text);
                }
                _ => {
                    found.push(Block::Paragraph(vec![text]));
                    lists.clear();
                }
            }
            goes_on = true;
        }
    }
    found
}

/// An open list.
struct List {
    /// The indentation of its markers in the input.
    read: usize,
    /// Their indentation in the output.
    written: usize,
    /// The indentation of its last item's text in the input.
    inside: usize,
}

impl List {
    /// Finds the list of an item, or opens a nested one if the item is indented further. Returns
    /// the indentation in the output.
    fn open(lists: &mut Vec<Self>, read: usize, marker: &str) -> usize {
        while lists.pop_if(|list| list.read > read).is_some() {}
        match lists.last_mut() {
            // A difference of one space is a typo, not a nested list.
            Some(list) if read < list.read + 2 || lists_are_deep(list) => {
                list.inside = list.written + marker.len() + 1;
                list.written
            }
            last => {
                let written = last.map_or(0, |list| list.inside);
                lists.push(Self {
                    read,
                    written,
                    inside: written + marker.len() + 1,
                });
                written
            }
        }
    }
}

/// Whether a list is nested so deeply that another level would look like code.
const fn lists_are_deep(list: &List) -> bool {
    list.written > 12
}

/// The lines of a fenced block whose opening fence was just read, without the fence's indentation,
/// and the position after the block.
fn fenced<'t>(
    lines: &[&'t str],
    start: usize,
    fence: Fence,
    indent: usize,
) -> (Vec<&'t str>, usize) {
    let end = (start..lines.len())
        .find(|at| fence.is_closed_by(lines[*at]))
        .unwrap_or(lines.len());
    (
        lines[start..end]
            .iter()
            .map(|line| outdented(line, indent))
            .collect(),
        end + 1,
    )
}

/// The lines of an indented code block, and the position after it.
fn indented<'t>(lines: &[&'t str], start: usize) -> (Vec<&'t str>, usize) {
    let is_inside = |line: &&&str| line.trim().is_empty() || is_code(line);
    let mut code: Vec<&str> = lines[start..]
        .iter()
        .take_while(is_inside)
        .map(|line| outdented(line, 4))
        .collect();
    while code.pop_if(|line| line.trim().is_empty()).is_some() {}
    let end = start + code.len();
    (code, end)
}

fn is_code(line: &str) -> bool {
    !line.trim().is_empty() && (line.starts_with("    ") || line.starts_with('\t'))
}

/// A line without its first `most` columns of indentation.
fn outdented(line: &str, most: usize) -> &str {
    let rest = line.strip_prefix('\t').filter(|_| most >= 4);
    rest.unwrap_or_else(|| {
        &line[line
            .bytes()
            .take(most)
            .take_while(|byte| *byte == b' ')
            .count()..]
    })
}

/// The marker and the text of an item of a list.
fn item(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let (marker, rest) = match text.as_bytes().get(digits)? {
        b'-' | b'*' | b'+' if digits == 0 => ("-", &text[1..]),
        b'.' | b')' if (1..4).contains(&digits) => text.split_at(digits + 1),
        _ => ("-", text.strip_prefix('•')?),
    };
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    (!rest.is_empty()).then_some((marker, rest))
}

/// The text of a heading.
fn title(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let title = rest.trim().trim_end_matches('#').trim_end();
    ((1..=6).contains(&level) && rest.starts_with(' ') && !title.is_empty()).then_some(title)
}

/// The language of a fenced block; empty for languages that a forge renders, such as `mermaid`.
fn language(opening: &str) -> &str {
    let info = opening.trim_start_matches(['`', '~']).trim();
    LANGUAGES
        .iter()
        .copied()
        .find(|known| known.eq_ignore_ascii_case(info))
        .unwrap_or_default()
}

const LANGUAGES: [&str; 44] = [
    "bash",
    "c",
    "c++",
    "cpp",
    "cs",
    "csharp",
    "css",
    "diff",
    "go",
    "graphql",
    "html",
    "ini",
    "java",
    "javascript",
    "js",
    "json",
    "json5",
    "jsx",
    "kotlin",
    "less",
    "php",
    "proto",
    "python",
    "py",
    "rb",
    "rs",
    "ruby",
    "rust",
    "scala",
    "scss",
    "sh",
    "shell",
    "sql",
    "svelte",
    "swift",
    "text",
    "toml",
    "ts",
    "tsx",
    "typescript",
    "vue",
    "xml",
    "yaml",
    "yml",
];

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;
    use crate::changelog::markdown::tests::links_by_itself;

    fn written(text: &str) -> String {
        escape_blocks(text, 2)
    }

    #[test]
    fn paragraphs_keep_their_lines() {
        assert_eq!(written("a\nb *c*\n\n\nd"), "  a\n  b \\*c\\*\n\n  d\n");
    }

    #[test]
    fn lists_keep_their_items() {
        assert_eq!(
            written("Do:\n* a\n  b\n  - c\n* d\n\n1. e\n2) f\n\ng"),
            "  Do:\n\n  - a\n    b\n    - c\n  - d\n  1. e\n  2) f\n\n  g\n"
        );
    }

    #[test]
    fn fenced_code_gets_a_new_fence() {
        assert_eq!(
            written("a:\n````js\n```\nb\n\n  c\n````\nd"),
            "  a:\n\n  ````js\n  ```\n  b\n\n    c\n  ````\n\n  d\n"
        );
        assert_eq!(written("~~~ruby\na\n~~~"), "  ```ruby\n  a\n  ```\n");
        assert_eq!(
            written("- a\n\n  ```\n  b\n  ```"),
            "  - a\n\n  ```\n  b\n  ```\n"
        );
    }

    #[test]
    fn a_language_that_forges_draw_is_left_out() {
        for info in ["mermaid", "math", "geojson", "js {onclick=x}"] {
            assert_eq!(
                written(&format!("```{info}\na\n```")),
                "  ```\n  a\n  ```\n",
                "{info}"
            );
        }
    }

    #[test]
    fn indented_code_is_fenced() {
        assert_eq!(
            written("a\n\n    b()\n\n      c()\n\nd"),
            "  a\n\n  ```\n  b()\n\n    c()\n  ```\n\n  d\n"
        );
    }

    #[test]
    fn headings_become_bold() {
        assert_eq!(written("# a *b*\nc"), "  **a \\*b\\***\n\n  c\n");
        assert_eq!(written("a\n==="), "  a\n  \\===\n");
    }

    #[test]
    fn code_that_is_never_closed_is_text() {
        assert_eq!(written("```\n<b>"), "  \\`\\`\\`\n  &lt;b\\>\n");
    }

    #[test]
    fn the_first_paragraph_is_one_line() {
        assert_eq!(first_paragraph("a\nb\n\nc"), Some(("a b".to_owned(), "c")));
        assert_eq!(first_paragraph("a:\n- b"), Some(("a:".to_owned(), "- b")));
        assert_eq!(first_paragraph("a"), Some(("a".to_owned(), "")));
        for text in ["- a", "```\na\n```", "# a", ""] {
            assert_eq!(first_paragraph(text), None, "{text}");
        }
    }

    /// Whether the rendered output has only text, lists, and code, all inside their entry.
    fn stays_inside(text: &str) -> bool {
        let entry = format!("- **x:** y\n\n{}- next\n", written(text));
        let (mut shown, mut plain, mut depth, mut in_code) = (String::new(), true, 0, false);
        let options =
            Options::all() - Options::ENABLE_SUPERSCRIPT - Options::ENABLE_SMART_PUNCTUATION;
        for event in Parser::new_ext(&entry, options) {
            match event {
                Event::Text(text) => {
                    plain &= in_code || !links_by_itself(&text);
                    shown.push_str(&text);
                }
                Event::Code(text) => shown.push_str(&text),
                Event::Start(Tag::List(_)) => depth += 1,
                Event::End(TagEnd::List(_)) => depth -= 1,
                Event::Start(Tag::CodeBlock(_)) => (in_code, plain) = (true, plain && depth > 0),
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Start(Tag::Item | Tag::Strong) => {}
                Event::Start(Tag::Paragraph) => plain &= depth > 0,
                Event::SoftBreak
                | Event::End(TagEnd::Item | TagEnd::Strong | TagEnd::Paragraph) => {}
                _ => plain = false,
            }
        }
        plain && shown.ends_with("next")
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(512))]

        #[test]
        fn no_text_leaves_its_entry(text in "[-a-z0-9 !-/:-@\\[-`{-~\\n]{0,24}") {
            proptest::prop_assert!(stays_inside(&text), "{}", written(&text));
        }

        #[test]
        fn no_block_of_another_kind_begins(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "\n", "\n", "\n\n", "    ", "  ", "\t", "- ", "* ", "1. ", "10) ", "> ", "# ", "```", "````", "~~~", "```js",
                    "===", "---", ":-", ": x", "| a | b |", "|---|---|", "<details>", "</details>", "<!--", "-->", "<script>",
                    "[x](y)", "![x](y)", "[^1]: x", "[x]: y", "@ada", "www.x.y", "https://x.y", "org/repo#1", "`", "$$", "a", "b c",
                    "é", "\u{202e}", "\u{2028}", "\u{c}", "\r\n", "\r", "**", "~~", "- [ ] ", ":::", "{#id}", "***", "•  ",
                ]),
                0..14,
            ),
        ) {
            let text = pieces.concat();
            proptest::prop_assert!(stays_inside(&text), "{:?}\n{}", text, written(&text));
        }
    }
}
