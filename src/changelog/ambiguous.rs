//! Detects changelogs that can't be updated safely: if it isn't clear where each release begins,
//! entries could be added twice.

use crate::changelog::outline::{
    Chapter, Outline, Title, atx, is_underline, literal_lines, looks_like_version, release_title,
    unclosed,
};

/// Why a changelog can't be updated: it isn't clear where each of its releases begins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AmbiguousChangelog {
    /// The line, counted from 1.
    pub line: usize,
    /// What is ambiguous.
    pub message: String,
    /// What to do.
    pub help: String,
}

const ELSEWHERE: &str = "or write to another file: `tollgate changelog --write FILE`";

/// The first reason not to update a changelog.
pub(super) fn find_ambiguity(text: &str, outline: &Outline<'_>) -> Option<AmbiguousChangelog> {
    not_markdown(text)
        .or_else(|| never_closed(text, outline))
        .or_else(|| unknown_release(text, outline))
        .or_else(|| ascending(text, outline))
        .or_else(|| {
            let is_release = |chapter: &Chapter<'_>| matches!(chapter.title, Title::Released(_));
            if outline.chapters.iter().any(is_release) {
                None
            } else {
                no_release(text, outline)
            }
        })
}

fn not_markdown(text: &str) -> Option<AmbiguousChangelog> {
    let lines: Vec<&str> = text.lines().collect();
    let is_directive =
        |line: &str| line.starts_with(".. ") && (line.contains("::") || line.starts_with(".. _"));
    // A heading with `#` stays a heading even if the update moves a line of `=` below it.
    let has_heading = lines
        .iter()
        .any(|line| atx(line).is_some_and(|(_, title)| !title.trim().is_empty()));
    let is_overlined = |at: usize| {
        let is_line = lines[at].len() > 3 && lines[at].bytes().all(|byte| byte == b'=');
        let underlines_nothing = at == 0 || lines[at - 1].trim().is_empty();
        let is_title =
            |title: &&str| !title.trim().is_empty() && title.chars().count() <= lines[at].len();
        is_line
            && !has_heading
            && underlines_nothing
            && lines.get(at + 1).is_some_and(is_title)
            && lines.get(at + 2).is_some_and(|under| *under == lines[at])
    };
    let at = (0..lines.len().min(40)).find(|at| is_directive(lines[*at]) || is_overlined(*at))?;
    Some(AmbiguousChangelog {
        line: at + 1,
        message: "the file is reStructuredText, but only Markdown changelogs can be updated".to_owned(),
        help: "set `changelog.file` to a Markdown file, or add by hand what `tollgate changelog --unreleased` prints"
            .to_owned(),
    })
}

/// Code or a comment that is never closed, with releases in it.
fn never_closed(text: &str, outline: &Outline<'_>) -> Option<AmbiguousChangelog> {
    let (line, closing) = unclosed(text)?;
    let above: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    outline
        .chapters
        .iter()
        .any(|chapter| chapter.start > above)
        .then(|| AmbiguousChangelog {
            line: line + 1,
            message:
                "this code or comment is never closed, so the headings below it are part of it"
                    .to_owned(),
            help: format!("add the line that closes it, such as {closing}; {ELSEWHERE}"),
        })
}

/// A release without a semantic version above all others, so it is unknown whether the file
/// contains the release of a tag.
fn unknown_release(text: &str, outline: &Outline<'_>) -> Option<AmbiguousChangelog> {
    let first = outline
        .chapters
        .iter()
        .find(|chapter| matches!(chapter.title, Title::Released(_) | Title::Unknown))?;
    if first.title != Title::Unknown {
        return None;
    }
    let (line, heading) = heading_of(text, first);
    Some(AmbiguousChangelog {
        line,
        message: format!(
            "`{heading}` does not name a semantic version, so it is not clear which releases the file has"
        ),
        help: format!("write the version in full, such as `1.2.0`, {ELSEWHERE}"),
    })
}

fn ascending(text: &str, outline: &Outline<'_>) -> Option<AmbiguousChangelog> {
    let released: Vec<&Chapter<'_>> = outline
        .chapters
        .iter()
        .filter(|chapter| chapter.version().is_some())
        .collect();
    if released.len() < 2 || !released.is_sorted_by(|a, b| a.version() < b.version()) {
        return None;
    }
    let (line, heading) = heading_of(text, released[0]);
    Some(AmbiguousChangelog {
        line,
        message: format!(
            "the oldest release, `{heading}`, is the first in the file, and new ones are added at the top"
        ),
        help: format!("put the newest release first, {ELSEWHERE}"),
    })
}

/// Text other than the introduction of a changelog that has no releases yet.
fn no_release(text: &str, outline: &Outline<'_>) -> Option<AmbiguousChangelog> {
    let is_open = outline
        .chapters
        .iter()
        .any(|chapter| chapter.title != Title::Unknown);
    let lines = text
        .lines()
        .zip(literal_lines(text))
        .enumerate()
        .filter(|(_, (_, is_literal))| !is_literal);
    for (at, (line, _)) in lines {
        if names_release(line) {
            return Some(AmbiguousChangelog {
                line: at + 1,
                message: format!(
                    "`{}` looks like a release, but is not a heading",
                    line.trim()
                ),
                help: format!("turn each release into a heading, such as `## 1.2.0`, {ELSEWHERE}"),
            });
        }
        let is_title = atx(line).is_some_and(|(level, _)| level == 1);
        let is_content =
            !is_title && (line.starts_with('#') || line.starts_with(['|', '*', '-', '+']));
        if is_content && !is_open && !is_underline(line) {
            return Some(AmbiguousChangelog {
                line: at + 1,
                message: "no heading of the file names a release, so it is not clear where new entries belong"
                    .to_owned(),
                help: format!("add a heading `## Unreleased` there, {ELSEWHERE}"),
            });
        }
    }
    None
}

/// Whether a line that is not a heading begins with a version, in bold, as an HTML heading or as
/// plain text.
fn names_release(line: &str) -> bool {
    if atx(line).is_some()
        || line.starts_with([' ', '\t', '|', '['])
        || line.starts_with("- ")
        || line.starts_with("* ")
    {
        return false;
    }
    let words = line.trim_start_matches(['=', '*', '_', '#', ' ']);
    let is_released = matches!(release_title(words), Some(Title::Released(_)));
    let first = words.split_whitespace().next().unwrap_or_default();
    is_released
        || (first.contains('.') && looks_like_version(first.trim_end_matches([':', ',', '*', '='])))
}

/// The line of a chapter's heading, and its text.
fn heading_of<'t>(text: &str, chapter: &Chapter<'t>) -> (usize, &'t str) {
    let above = text[..chapter.start].lines().count();
    let is_heading = |(_, line): &(usize, &str)| {
        !(line.trim().is_empty() || line.trim_start().starts_with("<a "))
    };
    let found = chapter.heading().lines().enumerate().find(is_heading);
    found.map_or((above + 1, ""), |(at, line)| (above + at + 1, line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Option<usize> {
        find_ambiguity(text, &Outline::parse(text)).map(|ambiguous| ambiguous.line)
    }

    #[test]
    fn a_release_without_a_semantic_version_on_top_is_refused() {
        assert_eq!(line("# Log\n\n## v21 (2026-01-01)\n\n- a\n"), Some(3));
        assert_eq!(
            line("# Log\n\n<a name=\"x\"></a>\n\n## Release (2026-01-01)\n\n## 1.0.0\n"),
            Some(5)
        );
        assert_eq!(line("## Unreleased\n\n## 2.x\n\n### 2.0.1\n"), Some(3));
        assert_eq!(line("# Log\n\n## 1.0.0\n\n## 0.9\n"), None);
    }

    #[test]
    fn releases_that_are_no_headings_are_refused() {
        for release in [
            "v1.2.0 - January 1, 2026",
            "**1.2.0**",
            "<h2>1.2.0</h2>",
            "= 1.2.0 =",
            "1.2 / 2026-01-01",
        ] {
            assert_eq!(
                line(&format!("# Log\n\n{release}\n\n* a\n")),
                Some(3),
                "{release}"
            );
            assert_eq!(
                line(&format!("# Log\n\n## Unreleased\n\n{release}\n")),
                Some(5),
                "{release}"
            );
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        assert_eq!(line("# Logs\n\n| Package | Log |\n|---|---|\n"), Some(3));
        assert_eq!(line("# Log\n\nText.\n\n## Older changes\n"), Some(5));
        assert_eq!(line("# Log\n\n- a\n"), Some(3));
    }

    #[test]
    fn an_introduction_is_the_begin_of_a_changelog() {
        for text in [
            "",
            "# Changelog\n\nAll changes, as [Keep a Changelog](https://keepachangelog.com/en/1.1.0/)\nsays.\n",
            "Changelog\n=========\n\nText.\n",
            "---\ntitle: Changelog\n---\n\n# Changelog\n",
            "# Log\n\n## Unreleased\n\n- a\n",
            "<!-- by hand -->\n",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn the_oldest_release_on_top_is_refused() {
        assert_eq!(line("# Log\n\n## 1.0.0\n\n## 1.1.0\n"), Some(3));
        assert_eq!(line("## 1.0.1\n\n## 2.0.0\n\n## 1.0.0\n"), None);
    }

    #[test]
    fn restructured_text_is_refused() {
        assert_eq!(line(".. _changes:\n\n1.0.0\n-----\n"), Some(1));
        assert_eq!(line("=======\nChanges\n=======\n\n1.0.0\n-----\n"), Some(1));
    }

    #[test]
    fn releases_below_code_that_is_never_closed_are_refused() {
        assert_eq!(line("# Log\n\n```\na\n\n## 1.0.0\n"), Some(3));
        assert_eq!(line("# Log\n\n## 1.0.0\n\n<!-- a\n\n## 0.9.0\n"), Some(5));
        assert_eq!(line("# Log\n\n## 1.0.0\n\n```\na\n"), None);
    }
}
