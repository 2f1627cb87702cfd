//! Finds the generated entries that are missing from a section of the changelog that was written
//! before the release of its version.

use semver::Version;

use crate::changelog::merge_entries::{ReleasedEntries, entries};
use crate::changelog::outline::Outline;
use crate::source::Span;

/// A section that exists before the release of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreparedSection {
    /// The line of its heading.
    pub(crate) heading: Span,
    /// The first lines of the generated entries that are in no section.
    pub(crate) missing: Vec<String>,
}

/// Compares the section of a version with the generated entries; `None` if the changelog has no
/// such section.
#[must_use]
pub(crate) fn prepared_section(
    text: &str,
    version: &Version,
    generated: &str,
) -> Option<PreparedSection> {
    let mark = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let outline = Outline::parse(&text[mark..]);
    let section = outline.find(Some(version))?;
    let mut known = ReleasedEntries::default();
    for chapter in &outline.chapters {
        if let Some(other) = chapter.version() {
            known.add(chapter.body(), other != version);
        }
    }
    let start = mark + section.start;
    let heading = Span::new(start, start + section.heading().len());
    Some(PreparedSection {
        heading,
        missing: entries(generated)
            .filter(|entry| !known.has_line(entry))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERATED: &str = "### Added\n\n- **api:** Add ports (0123456789)\n\n  A note.\n\n### Fixed\n\n\
                             - Close files (#7) (aaaaaaaaaa)\n";

    fn missing(section: &str) -> Vec<String> {
        let text = format!("# Changelog\n\n## 1.1.0\n\n{section}\n\n## 1.0.0\n\n- Init\n");
        prepared_section(&text, &Version::new(1, 1, 0), GENERATED)
            .unwrap()
            .missing
    }

    #[test]
    fn a_section_that_leaves_out_changes_is_found() {
        let both = [
            "- **api:** Add ports (0123456789)".to_owned(),
            "- Close files (#7) (aaaaaaaaaa)".to_owned(),
        ];
        assert_eq!(missing("- something else"), both);
        assert_eq!(missing(""), both);
    }

    #[test]
    fn words_commits_and_requests_are_recognised() {
        assert_eq!(missing("- add ports\n- Close files (#7)."), [""; 0]);
        assert_eq!(
            missing("- Ports ([0123456](x))\n- No more leaks, #7"),
            [""; 0]
        );
        assert_eq!(missing(GENERATED), [""; 0]);
    }

    #[test]
    fn entries_without_commits_are_known_by_their_words() {
        let text = "## 1.1.0\n\n* Add ports\n";
        let found =
            prepared_section(text, &Version::new(1, 1, 0), "* Add ports\n* Close files\n").unwrap();
        assert_eq!(found.missing, ["* Close files"]);
    }

    #[test]
    fn the_heading_is_located_below_a_mark() {
        let text = "\u{feff}# Changelog\r\n\r\n## 1.1.0\r\n\r\n- x\r\n";
        let Span { start, end } = prepared_section(text, &Version::new(1, 1, 0), "")
            .unwrap()
            .heading;
        assert_eq!(&text[start..end], "## 1.1.0");
    }

    #[test]
    fn without_a_section_nothing_is_prepared() {
        assert_eq!(
            prepared_section("## 1.0.0\n", &Version::new(1, 1, 0), GENERATED),
            None
        );
    }
}
