//! Splits a changelog that people and other tools wrote into releases and the text around them.
//!
//! Headings are recognized in both Markdown notations and in the forms of common tools. Nothing is
//! changed: every byte of the text belongs to exactly one part.

use semver::Version;

use crate::source::{Fence, Fences};

/// A changelog, split at the headings of its releases.
pub(super) struct Outline<'t> {
    /// The text above the first release.
    pub(super) preamble: &'t str,
    /// The releases, in the order of the text.
    pub(super) chapters: Vec<Chapter<'t>>,
    /// Link reference definitions and comments at the end, which belong to no release.
    pub(super) footer: &'t str,
}

/// The text of one release, heading included.
pub(super) struct Chapter<'t> {
    /// What its heading announces.
    pub(super) title: Title,
    /// The level of its heading.
    pub(super) level: usize,
    /// Where it begins.
    pub(super) start: usize,
    text: &'t str,
    heading: &'t str,
    body: &'t str,
}

/// What a heading announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Title {
    /// Unreleased changes.
    Unreleased,
    /// A version that isn't released yet: `2.0.0 (unreleased)`.
    Planned(Version),
    /// A release.
    Released(Version),
    /// A release without a semantic version: `v21`.
    Unknown,
}

struct Start {
    /// Where the section begins: its heading, or an anchor above it.
    at: usize,
    body: usize,
    title: Title,
    level: usize,
    /// Whether the heading links to another place of the same text, as in a table of contents.
    leads_inside: bool,
    /// Whether the heading means unreleased changes only above all releases, as `main` does.
    is_branch: bool,
}

impl<'t> Outline<'t> {
    /// Splits a text.
    pub(super) fn parse(text: &'t str) -> Self {
        let footer = footer_start(text);
        let (told, footer) = text.split_at(footer);
        let starts = starts(told);
        let ends = starts
            .iter()
            .skip(1)
            .map(|start| start.at)
            .chain([told.len()])
            .collect::<Vec<_>>();
        let preamble = &told[..starts.first().map_or(told.len(), |start| start.at)];
        let chapter = |(start, end): (Start, usize)| Chapter {
            title: start.title,
            level: start.level,
            start: start.at,
            text: &told[start.at..end],
            heading: told[start.at..start.body].trim_end_matches(['\n', '\r']),
            body: &told[start.body..end],
        };
        Self {
            preamble,
            chapters: starts.into_iter().zip(ends).map(chapter).collect(),
            footer,
        }
    }

    /// The chapter of a version or, for `None`, of unreleased changes.
    pub(super) fn find(&self, version: Option<&Version>) -> Option<&Chapter<'t>> {
        self.chapters.iter().find(|chapter| match version {
            Some(version) => chapter.version() == Some(version),
            None => chapter.title == Title::Unreleased,
        })
    }

    /// The highest version of the text.
    pub(super) fn newest(&self) -> Option<&Version> {
        self.chapters.iter().filter_map(Chapter::version).max()
    }
}

impl<'t> Chapter<'t> {
    /// The version that is released.
    pub(super) const fn version(&self) -> Option<&Version> {
        match &self.title {
            Title::Released(version) => Some(version),
            Title::Unreleased | Title::Planned(_) | Title::Unknown => None,
        }
    }

    /// The whole text of the release.
    pub(super) const fn text(&self) -> &'t str {
        self.text
    }

    /// The heading (two lines if it is underlined), with the anchors above it.
    pub(super) const fn heading(&self) -> &'t str {
        self.heading
    }

    /// The text below the heading.
    pub(super) const fn body(&self) -> &'t str {
        self.body
    }
}

/// The positions at which the releases of a text begin.
fn starts(text: &str) -> Vec<Start> {
    let mut found: Vec<Start> = Vec::new();
    let mut literal = literal_lines(text).into_iter();
    let (mut offset, mut anchor) = (0, None);
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = offset;
        offset += line.len();
        if literal.next().unwrap_or_default() {
            continue;
        }
        if is_anchor(line) {
            anchor = anchor.or(Some(start));
            continue;
        }
        let underline = lines.peek().copied().filter(|next| is_underline(next));
        let heading = match (atx(line), underline) {
            (Some((level, title)), _) => Some((level, title, offset)),
            (None, Some(under)) if is_paragraph(line) => Some((
                if under.starts_with('=') { 1 } else { 2 },
                line,
                offset + under.len(),
            )),
            _ => None,
        };
        if let Some((level, words, body)) = heading
            && let Some(title) = release_title(words)
        {
            let (leads_inside, is_branch) = (words.contains("](#"), is_branch(words));
            found.push(Start {
                at: anchor.unwrap_or(start),
                body,
                title,
                level,
                leads_inside,
                is_branch,
            });
        }
        // There may be a blank line between an anchor and its heading.
        anchor = anchor.filter(|_| line.trim().is_empty());
    }
    only_releases(found)
}

/// Removes headings that only look like those of releases.
fn only_releases(found: Vec<Start>) -> Vec<Start> {
    let is_release =
        |start: &Start| matches!(start.title, Title::Released(_)) && !start.leads_inside;
    let first = found.iter().position(is_release);
    let level = first.map_or(6, |first| found[first].level);
    let has_unreleased = found
        .iter()
        .any(|start| start.title == Title::Unreleased && !start.is_branch);
    let again: Vec<Title> = found
        .iter()
        .filter(|start| !start.leads_inside)
        .map(|start| start.title.clone())
        .collect();
    let is_one = |(at, start): &(usize, Start)| {
        let is_contents = start.leads_inside && again.contains(&start.title);
        let is_inside = start.title == Title::Unknown && start.level > level;
        let is_below =
            start.is_branch && (has_unreleased || first.is_some_and(|first| first < *at));
        !(is_contents || is_inside || is_below)
    };
    found
        .into_iter()
        .enumerate()
        .filter(is_one)
        .map(|(_, start)| start)
        .collect()
}

/// The level, down to the fourth, and the text of a heading; `None` for any other line.
pub(super) fn atx(line: &str) -> Option<(usize, &str)> {
    let indented = line.trim_start_matches(' ');
    let text = indented.trim_start_matches('#');
    let level = indented.len() - text.len();
    let is_heading = line.len() - indented.len() < 4
        && (1..=4).contains(&level)
        && text.starts_with([' ', '\t']);
    is_heading.then_some((level, text))
}

/// A line of `=` or `-` alone, which makes a heading of the line above.
pub(super) fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    line.len() > 1
        && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}

fn is_paragraph(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with(['-', '*', '+', '>', ' ', '\t', '|', '#'])
}

/// `<a name="1.2.3"></a>` on its own line, as older tools write it above a heading.
fn is_anchor(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("<a ") && line.ends_with("</a>")
}

/// What a heading announces; `None` if it isn't the heading of a release.
pub(super) fn release_title(text: &str) -> Option<Title> {
    let text = without_tags(text);
    let words: Vec<&str> = title_words(&text).collect();
    let is =
        |word: &str, known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(word));
    let is_open = words
        .iter()
        .any(|word| is(word, &["unreleased", "tbd", "upcoming"]));
    let first = *words.first()?;
    let is_named = is(first, &["version", "release"]);
    let Some(word) = words.get(usize::from(is_named)) else {
        return is_named.then_some(Title::Unknown);
    };
    match version_of(word) {
        Some(version) if is_open => Some(Title::Planned(version)),
        Some(version) => Some(Title::Released(version)),
        None if is_branch(&text) || words.iter().any(|word| is(word, &["unreleased"])) => {
            Some(Title::Unreleased)
        }
        None if looks_like_version(word) || (is_named && looks_like_date(word)) => {
            Some(Title::Unknown)
        }
        None => None,
    }
}

/// Whether a heading is the name of a branch or says "next version". Above all releases, it means
/// unreleased changes.
fn is_branch(text: &str) -> bool {
    let text = without_tags(text);
    let words: Vec<String> = title_words(&text).map(str::to_lowercase).collect();
    BRANCHES.contains(&words.join(" ").as_str())
}

const BRANCHES: [&str; 16] = [
    "main",
    "master",
    "trunk",
    "head",
    "dev",
    "develop",
    "development",
    "in development",
    "next",
    "next release",
    "next version",
    "upcoming",
    "upcoming release",
    "upcoming changes",
    "tbd",
    "vnext",
];

/// The version in a word, after a prefix such as `v` or `core-v`.
fn version_of(word: &str) -> Option<Version> {
    let (prefix, version) = word.split_at(word.find(|c: char| c.is_ascii_digit())?);
    let is_prefix = prefix.is_empty() || prefix.ends_with(['v', 'V', '-', '@', '/']);
    Version::parse(version).ok().filter(|_| is_prefix)
}

/// Whether a word is a version but not a semantic one: `1.2`, `v21`, `2.x`, `1.0.0.4`.
pub(super) fn looks_like_version(word: &str) -> bool {
    let (is_prefixed, number) = word
        .strip_prefix(['v', 'V'])
        .map_or((false, word), |number| (true, number));
    let mut parts = number.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let starts = parts.next().is_some_and(is_number);
    let next = parts.next();
    let goes_on = next.map(|part| part.starts_with(|c: char| c.is_ascii_digit() || c == 'x'));
    starts && goes_on.unwrap_or(is_prefixed)
}

fn looks_like_date(word: &str) -> bool {
    word.len() == 10
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// A heading without HTML tags, such as `<small>`.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            out.push('<');
            rest = tag;
            continue;
        }
        let Some((_, after)) = tag.split_once('>') else {
            // No tag ends below, and looking for the end of each one would take quadratic time.
            out.push('<');
            rest = tag;
            break;
        };
        out.push(' ');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The words of a heading without emoji, addresses, brackets and emphasis.
fn title_words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || "[]()<>*`,\"".contains(c));
    let is_shortcode = |word: &str| word.len() > 2 && word.starts_with(':') && word.ends_with(':');
    words
        .filter(move |word| {
            word.contains(|c: char| c.is_ascii_alphanumeric()) && !is_shortcode(word)
        })
        .filter(|word| !word.contains("://"))
        .map(|word| word.trim_matches(['_', ':']))
}

/// Where the definitions and comments at the end of a text begin, after a blank line.
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

/// Which lines of a text are inside a fenced code block, an HTML comment or raw HTML, where no
/// heading begins.
///
/// Anything that is never closed is text; otherwise, each run would add the headings below it
/// again.
pub(super) fn literal_lines(text: &str) -> Vec<bool> {
    let lines: Vec<&str> = text.lines().collect();
    let fences = Fences::of(&lines);
    let last_ends = RAW_HTML.map(|(_, end)| lines.iter().rposition(|line| contains(line, end)));
    let is_ended = |end: &End, at: usize| {
        let tags = RAW_HTML.iter().zip(last_ends);
        tags.into_iter()
            .any(|((_, tag), last)| matches!(end, End::Tag(end) if end == tag) && last > Some(at))
    };
    let mut open: Option<End> = None;
    let mut literal = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        literal.push(open.is_some());
        open = match open {
            Some(end) => Some(end).filter(|end| !end.is_at(line)),
            None => {
                let html = || raw_html(line).filter(|end| is_ended(end, at));
                fences.opened(at).map(End::Fence).or_else(html)
            }
        };
    }
    literal
}

/// The text that would close a fenced code block, an HTML comment, or raw HTML that is still open
/// at the end.
pub(super) fn left_open(text: &str) -> Option<String> {
    unclosed(text).map(|(_, closing)| closing)
}

/// The line, counted from 0, of a block that is still open at the end of a text, and what would
/// close it.
pub(super) fn unclosed(text: &str) -> Option<(usize, String)> {
    let mut open: Option<(usize, End)> = None;
    for (at, line) in text.lines().enumerate() {
        open = match open {
            Some((start, end)) => Some((start, end)).filter(|_| !end.is_at(line)),
            None => Fence::opened_by(line)
                .map(End::Fence)
                .or_else(|| raw_html(line))
                .map(|end| (at, end)),
        };
    }
    open.map(|(start, end)| match end {
        End::Fence(fence) => (start, fence.closing()),
        End::Tag(tag) => (start, tag.to_owned()),
    })
}

/// What ends literal text.
#[derive(Clone, Copy)]
enum End {
    Fence(Fence),
    Tag(&'static str),
}

impl End {
    fn is_at(&self, line: &str) -> bool {
        match self {
            Self::Fence(fence) => fence.is_closed_by(line),
            Self::Tag(tag) => contains(line, tag),
        }
    }
}

/// What ends the raw HTML that a line opens without closing.
fn raw_html(line: &str) -> Option<End> {
    let start = line.trim_start();
    let (_, end) = RAW_HTML.iter().find(|(begin, _)| {
        start
            .get(..begin.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(begin))
            && (*begin == "<!--" || start[begin.len()..].starts_with([' ', '>', '\n', '\r']))
    })?;
    (!contains(start, end)).then_some(End::Tag(end))
}

const RAW_HTML: [(&str, &str); 5] = [
    ("<!--", "-->"),
    ("<pre", "</pre>"),
    ("<script", "</script>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
];

fn contains(line: &str, tag: &str) -> bool {
    line.as_bytes()
        .windows(tag.len())
        .any(|window| window.eq_ignore_ascii_case(tag.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclosed_tags_take_linear_time() {
        // A million of them took minutes when each looked for its end.
        for line in ["<", "<a", "</", "< >"] {
            let text = line.repeat(1_000_000);
            assert_eq!(without_tags(&text).len(), text.len());
        }
        assert_eq!(without_tags("a <b>c</b> < d <e"), "a  c  < d <e");
    }

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
            " <small>[1.2.1](https://x/compare/v1.2.0...v1.2.1) (2020-01-01)</small>",
            " <small>1.2.1 (2020-01-01)</small>",
            " 1.2.0-next.4 \"hydrogen-horse\" (2020-01-01)",
        ] {
            assert!(
                matches!(release_title(title), Some(Title::Released(_))),
                "{title}"
            );
        }
        for title in [
            " [Unreleased]",
            " unreleased",
            " [Unreleased] - yyyy-mm-dd",
            " 🚧 Unreleased",
            " __Unreleased__",
            " Unreleased Changes",
            " [Master (Unreleased)](https://x/compare/1.0.0...master)",
            " main",
            "TBD",
        ] {
            assert_eq!(release_title(title), Some(Title::Unreleased), "{title}");
        }
        for title in [
            " 1.2.0 (unreleased)",
            " [1.2.0] - Unreleased",
            " v1.2.0 - TBD",
        ] {
            assert!(
                matches!(release_title(title), Some(Title::Planned(_))),
                "{title}"
            );
        }
        for title in [
            " 1.2",
            " v21 (2020-01-01)",
            " 2.x",
            " 1.2.3.4",
            " Release (2020-01-01)",
            " 2024.01.1",
        ] {
            assert_eq!(release_title(title), Some(Title::Unknown), "{title}");
        }
        for title in [
            " Added",
            " Since 1.2.3",
            " 2020-01-01",
            " Versioning",
            " Next steps",
            " 3 fixes",
            " e.g. this",
            "",
        ] {
            assert_eq!(release_title(title), None, "{title}");
        }
        for line in ["#1.2.3", "##### 1.2.3", "text 1.2.3", "    # 1.2.3"] {
            assert_eq!(
                atx(line).and_then(|(_, text)| release_title(text)),
                None,
                "{line}"
            );
        }
    }

    #[test]
    fn every_byte_belongs_to_one_part() {
        let text = "# Log\n\n<a name=\"1.1.0\"></a>\n## 1.1.0\nx\n\n1.0.0 / 2020-01-01\n==================\n\n- y\n---\n\n[1.0.0]: https://x\n<!-- by a tool -->\n";
        let outline = Outline::parse(text);
        let parts: String = outline.chapters.iter().map(Chapter::text).collect();
        assert_eq!(
            format!("{}{parts}{}", outline.preamble, outline.footer),
            text
        );
        assert_eq!(outline.chapters.len(), 2);
        assert_eq!(
            outline.chapters[0].heading(),
            "<a name=\"1.1.0\"></a>\n## 1.1.0"
        );
        assert_eq!(outline.chapters[1].body(), "\n- y\n---\n\n");
        assert_eq!(outline.footer, "[1.0.0]: https://x\n<!-- by a tool -->\n");
    }

    #[test]
    fn headings_in_code_and_comments_are_none() {
        let text = "# Log\n\n```\n## 9.0.0\n```\n<!--\n## 8.0.0\n-->\n\n## 1.0.0\n";
        assert_eq!(Outline::parse(text).newest(), Some(&Version::new(1, 0, 0)));
    }

    #[test]
    fn code_ends_where_its_fence_is_closed() {
        for literal in [
            "````\n```\n## 9.0.0\n````\n",
            "- a\n\n  ```md\n## 9.0.0\n  ```\n",
            "<pre>\n## 9.0.0\n</pre>\n",
            "<!-- a\n## 9.0.0\n--> \n",
            "see `<!--`\n\n```\n## 9.0.0\n```\n-->\n",
        ] {
            let text = format!("{literal}\n## 1.0.0\n");
            assert_eq!(
                Outline::parse(&text).newest(),
                Some(&Version::new(1, 0, 0)),
                "{literal}"
            );
        }
    }

    #[test]
    fn a_table_of_contents_has_no_releases() {
        let text = "# Log\n\n## [1.1.0](#110)\n## [1.0.0](#100)\n\n## 1.1.0\n\n- a\n\n## 1.0.0\n";
        let outline = Outline::parse(text);
        assert_eq!(
            (outline.chapters.len(), outline.chapters[0].body()),
            (2, "\n- a\n\n")
        );
        assert_eq!(Outline::parse("## [1.0.0](#100)\n").chapters.len(), 1);
    }

    #[test]
    fn branches_are_unreleased_only_above_releases() {
        let titles = |text: &str| {
            Outline::parse(text)
                .chapters
                .into_iter()
                .map(|chapter| chapter.title)
                .collect::<Vec<_>>()
        };
        let released = Title::Released(Version::new(1, 0, 0));
        assert_eq!(
            titles("# main\n\n# 1.0.0\n\n## next\n"),
            [Title::Unreleased, released.clone()]
        );
        assert_eq!(titles("# 1.0.0\n\n### 1.2\n"), [released]);
    }

    #[test]
    fn a_definition_has_a_label_and_a_destination() {
        assert_eq!(
            definition("[1.0.0]: https://x\n"),
            Some(("1.0.0", "https://x"))
        );
        for line in [
            "[1.0.0] https://x",
            "[1.0.0]:",
            "[]: x",
            "[a](b): c",
            "- [a]: b",
        ] {
            assert_eq!(definition(line), None, "{line}");
        }
    }
}
