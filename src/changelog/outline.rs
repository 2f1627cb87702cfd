//! Reads a changelog that people and other tools wrote: where each release begins, and what belongs to none.
//!
//! Headings are known in both of Markdown's notations and in the ways of the usual tools. Nothing is changed here: every
//! byte of the text belongs to exactly one part.

use semver::Version;

/// A changelog cut at the headings of its releases.
pub(super) struct Outline<'t> {
    /// What stands above the first release.
    pub(super) preamble: &'t str,
    /// The releases, in the order of the text.
    pub(super) chapters: Vec<Chapter<'t>>,
    /// Link reference definitions and comments at the end, which belong to no release.
    pub(super) footer: &'t str,
}

/// The text of one release, heading included.
pub(super) struct Chapter<'t> {
    /// `None`: unreleased.
    pub(super) version: Option<Version>,
    text: &'t str,
    heading: &'t str,
    body: &'t str,
}

struct Start {
    /// Where the chapter begins: its heading, or an anchor above it.
    at: usize,
    body: usize,
    version: Option<Version>,
}

impl<'t> Outline<'t> {
    /// Cuts a text whose lines end with a line feed alone.
    pub(super) fn parse(text: &'t str) -> Self {
        let footer = footer_start(text);
        let (told, footer) = text.split_at(footer);
        let starts = starts(told);
        let ends = starts.iter().skip(1).map(|start| start.at).chain([told.len()]).collect::<Vec<_>>();
        let preamble = &told[..starts.first().map_or(told.len(), |start| start.at)];
        let chapter = |(start, end): (Start, usize)| Chapter {
            version: start.version,
            text: &told[start.at..end],
            heading: told[start.at..start.body].trim_end_matches('\n'),
            body: &told[start.body..end],
        };
        Self { preamble, chapters: starts.into_iter().zip(ends).map(chapter).collect(), footer }
    }

    /// The release of a version; `None`: what is unreleased.
    pub(super) fn find(&self, version: Option<&Version>) -> Option<&Chapter<'t>> {
        self.chapters.iter().find(|chapter| chapter.version.as_ref() == version)
    }

    /// The greatest version of the text.
    pub(super) fn newest(&self) -> Option<&Version> {
        self.chapters.iter().filter_map(|chapter| chapter.version.as_ref()).max()
    }
}

impl<'t> Chapter<'t> {
    /// All of it.
    pub(super) const fn text(&self) -> &'t str {
        self.text
    }

    /// The heading, of two lines where it is underlined, with the anchors above it.
    pub(super) const fn heading(&self) -> &'t str {
        self.heading
    }

    /// What follows the heading.
    pub(super) const fn body(&self) -> &'t str {
        self.body
    }
}

/// Where the releases of a text begin.
fn starts(text: &str) -> Vec<Start> {
    let mut found: Vec<Start> = Vec::new();
    // Headings in code that is never closed are headings after all: else each run would add them again.
    let mut literal_found = Vec::new();
    let mut literal = Literal::default();
    let (mut offset, mut anchor) = (0, None);
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = offset;
        offset += line.len();
        let is_literal = literal.covers(line);
        if !is_literal {
            literal_found.clear();
        }
        if is_anchor(line) {
            anchor = anchor.or(Some(start));
            continue;
        }
        let underline = lines.peek().copied().filter(|next| is_underline(next));
        let version = match (atx(line), underline) {
            (Some(title), _) => release_title(title).map(|version| (version, offset)),
            (None, Some(under)) if is_paragraph(line) => {
                release_title(line).map(|version| (version, offset + under.len()))
            }
            _ => None,
        };
        if let Some((version, body)) = version {
            let kept = if is_literal { &mut literal_found } else { &mut found };
            kept.push(Start { at: anchor.unwrap_or(start), body, version });
        }
        anchor = None;
    }
    if literal.end().is_some() {
        found.extend(literal_found);
    }
    found
}

/// The text of a heading of the first to third level; `None` for any other line.
fn atx(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=3).contains(&level) && text.starts_with([' ', '\t'])).then_some(text)
}

/// A line of `=` or `-` alone, which makes a heading of the line above.
pub(super) fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    line.len() > 1 && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}

fn is_paragraph(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with(['-', '*', '+', '>', ' ', '\t', '|', '#'])
}

/// `<a name="1.2.3"></a>` on a line of its own, as older tools write it above a heading.
fn is_anchor(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("<a ") && line.ends_with("</a>")
}

/// What a heading's text says: `Some(None)` for "Unreleased"; `None` where it is no release's.
pub(super) fn release_title(text: &str) -> Option<Option<Version>> {
    let mut words = title_words(text);
    let first = words.next()?;
    if first.eq_ignore_ascii_case("unreleased") {
        return Some(None);
    }
    let named = ["version", "release"].iter().any(|word| first.eq_ignore_ascii_case(word));
    let word = if named { words.next()? } else { first };
    let digits = word.find(|c: char| c.is_ascii_digit())?;
    let (prefix, version) = word.split_at(digits);
    let is_prefix = prefix.is_empty() || prefix.ends_with(['v', 'V', '-', '@', '/']);
    Version::parse(version).ok().filter(|_| is_prefix).map(Some)
}

/// The words of a heading without emoji, tags, brackets and emphasis.
fn title_words(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim();
    let words = text.split(|c: char| c.is_whitespace() || "[]()<>*`,".contains(c));
    let is_shortcode = |word: &str| word.len() > 2 && word.starts_with(':') && word.ends_with(':');
    words
        .filter(move |word| word.contains(|c: char| c.is_ascii_alphanumeric()) && !is_shortcode(word))
        .map(|word| word.trim_matches(['_', ':']))
}

/// Where the definitions and comments begin that end a text, after a blank line.
fn footer_start(text: &str) -> usize {
    let (mut start, mut at, mut first) = (text.len(), text.len(), text.len());
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        let told = line.trim();
        let is_comment = told.starts_with("<!--") && told.ends_with("-->");
        if told.is_empty() {
            start = first;
        } else if definition(line).is_some() || is_comment {
            first = at;
        } else {
            break;
        }
    }
    start
}

/// Label and destination of a link reference definition: `[1.0.0]: https://…`.
pub(super) fn definition(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.trim_end().strip_prefix('[')?.split_once("]:")?;
    let destination = rest.trim();
    let is_one = !label.is_empty() && !label.contains(['[', ']']) && !destination.is_empty();
    is_one.then_some((label, destination))
}

/// Whether a line stands inside a fenced code block or an HTML comment, where a heading is none.
#[derive(Default)]
pub(super) struct Literal {
    fence: Option<&'static str>,
    comment: bool,
}

impl Literal {
    /// What closes it, where it is open.
    pub(super) fn end(&self) -> Option<&'static str> {
        self.fence.or_else(|| self.comment.then_some("-->"))
    }

    /// Takes the next line; tells whether it stands inside.
    pub(super) fn covers(&mut self, line: &str) -> bool {
        let inside = self.end().is_some();
        let start = line.trim_start();
        match self.fence {
            Some(fence) if start.starts_with(fence) => self.fence = None,
            Some(_) => {}
            None if !self.comment => self.fence = ["```", "~~~"].into_iter().find(|fence| start.starts_with(fence)),
            None => {}
        }
        if self.fence.is_none() && line.contains("--") {
            let (open, close) = (line.rfind("<!--"), line.rfind("-->"));
            self.comment = match (open, close) {
                (Some(open), Some(close)) => open > close,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => self.comment,
            };
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_other_tools_are_known() {
        for title in [
            " [1.2.0](https://x) (2020-01-01)",
            " 1.2.1 (2020)",
            " v1.2.0",
            " [core-v1.2.0]",
            " pkg@1.2.0",
            " my_pkg@1.2.0",
            " 🎉 1.2.0",
            " :tada: **1.2.0**",
            " Version 1.2.0",
            " Release v1.2.0 (2020-01-01)",
            " [0.0.5] - 2014-08-08 [YANKED]",
            "1.0.0 / 2020-01-01",
        ] {
            assert!(matches!(release_title(title), Some(Some(_))), "{title}");
        }
        for title in [" [Unreleased]", " unreleased", " [Unreleased] - yyyy-mm-dd", " 🚧 Unreleased", " __Unreleased__"]
        {
            assert_eq!(release_title(title), Some(None), "{title}");
        }
        for title in [" Added", " 1.2", " Since 1.2.3", " 2020-01-01", " Versioning", ""] {
            assert_eq!(release_title(title), None, "{title}");
        }
        for line in ["#1.2.3", "#### 1.2.3", "text 1.2.3"] {
            assert_eq!(atx(line).and_then(release_title), None, "{line}");
        }
    }

    #[test]
    fn every_byte_belongs_to_one_part() {
        let text = "# Log\n\n<a name=\"1.1.0\"></a>\n## 1.1.0\nx\n\n1.0.0 / 2020-01-01\n==================\n\n- y\n---\n\n[1.0.0]: https://x\n<!-- by a tool -->\n";
        let outline = Outline::parse(text);
        let parts: String = outline.chapters.iter().map(Chapter::text).collect();
        assert_eq!(format!("{}{parts}{}", outline.preamble, outline.footer), text);
        assert_eq!(outline.chapters.len(), 2);
        assert_eq!(outline.chapters[0].heading(), "<a name=\"1.1.0\"></a>\n## 1.1.0");
        assert_eq!(outline.chapters[1].body(), "\n- y\n---\n\n");
        assert_eq!(outline.footer, "[1.0.0]: https://x\n<!-- by a tool -->\n");
    }

    #[test]
    fn headings_in_code_and_comments_are_none() {
        let text = "# Log\n\n```\n## 9.0.0\n```\n<!--\n## 8.0.0\n-->\n\n## 1.0.0\n";
        assert_eq!(Outline::parse(text).newest(), Some(&Version::new(1, 0, 0)));
    }

    #[test]
    fn a_definition_has_a_label_and_a_destination() {
        assert_eq!(definition("[1.0.0]: https://x\n"), Some(("1.0.0", "https://x")));
        for line in ["[1.0.0] https://x", "[1.0.0]:", "[]: x", "[a](b): c", "- [a]: b"] {
            assert_eq!(definition(line), None, "{line}");
        }
    }
}
