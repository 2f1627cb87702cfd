//! Updates a changelog that people write in too.
//!
//! What stands under a version already is never touched. What is unreleased is brought up to date line by line, and
//! releases that the file lacks are added above. Running it twice changes nothing.

use std::collections::BTreeSet;

use semver::Version;

use crate::changelog::definitions::{UNRELEASED, define, defines};
use crate::changelog::merge::merge;
use crate::changelog::outline::{Chapter, Literal, Outline, release_title};

/// Brings the text of a changelog up to date with a generated one, `coming` being the version in it that has no tag yet.
///
/// Releases that the text lacks are added where they are newer than all that it has. Line ends and a byte order mark
/// stay as they are.
#[must_use]
pub fn update(existing: &str, fresh: &str, coming: Option<&Version>) -> String {
    let (mark, text) = existing.strip_prefix('\u{feff}').map_or(("", existing), |text| ("\u{feff}", text));
    let windows = text.contains("\r\n");
    let updated = update_lines(&text.replace("\r\n", "\n"), fresh, coming);
    let updated = if windows { updated.replace('\n', "\r\n") } else { updated };
    format!("{mark}{updated}")
}

/// What the text of a changelog says of a version, without the heading; `None` where it says nothing.
#[must_use]
pub fn chapter(text: &str, version: &Version) -> Option<String> {
    said(text, Some(version))
}

/// What the text of a changelog says of what is unreleased, without the heading.
#[must_use]
pub fn unreleased_chapter(text: &str) -> Option<String> {
    said(text, None)
}

fn said(text: &str, version: Option<&Version>) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let outline = Outline::parse(&text);
    Some(outline.find(version)?.body().trim().to_owned())
}

/// The versions that the text of a changelog has, in order: what is not above them need not be generated to update it.
#[must_use]
pub fn versions(text: &str) -> BTreeSet<Version> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    Outline::parse(&text).chapters.into_iter().filter_map(|chapter| chapter.version).collect()
}

fn update_lines(text: &str, fresh: &str, coming: Option<&Version>) -> String {
    let outline = Outline::parse(text);
    let fresh = Outline::parse(fresh);
    let open: Vec<&Chapter<'_>> = outline.chapters.iter().filter(|chapter| chapter.version.is_none()).collect();
    let newest = outline.newest();
    let is_new = |version: &Version| newest.is_none_or(|newest| version > newest);
    let is_missing = |chapter: &&Chapter<'_>| {
        let version = chapter.version.as_ref();
        version != coming && version.is_some_and(is_new)
    };
    let missing: Vec<&Chapter<'_>> = fresh.chapters.iter().filter(is_missing).collect();
    // A coming version that stands there already was written by an earlier run: then nothing is unreleased.
    let is_written = coming.is_some_and(|version| outline.find(Some(version)).is_some());
    let pending = fresh.find(coming).filter(|_| !is_written);

    let mut released: Vec<&Version> = missing.iter().filter_map(|chapter| chapter.version.as_ref()).collect();
    released.extend(pending.and(coming));
    released.sort_unstable();
    let own = if text.trim().is_empty() { fresh.footer } else { outline.footer };
    let footer = define(own, newest, &released).unwrap_or_else(|| own.to_owned());
    let brackets = newest.and_then(|newest| outline.find(Some(newest))).is_some_and(has_brackets);
    let styled = |chapter: &Chapter<'_>| {
        let is_bracketed = brackets || is_defined(chapter, &footer);
        if is_bracketed { bracketed(chapter) } else { chapter.heading().to_owned() }
    };

    let mut parts: Vec<Part<'_>> = Vec::new();
    parts.push(if text.trim().is_empty() {
        Part::Made(fresh.preamble.to_owned())
    } else {
        Part::Kept(outline.preamble)
    });
    if is_written {
        parts.extend(open.iter().map(|chapter| Part::Kept(chapter.text())));
    } else {
        parts.extend(unreleased(&open, pending, &styled));
    }
    parts.extend(missing.iter().map(|chapter| Part::Made(format!("{}\n{}", styled(chapter), chapter.body()))));
    let kept = outline.chapters.iter().filter(|chapter| chapter.version.is_some());
    parts.extend(kept.map(|chapter| Part::Kept(chapter.text())));
    parts.push(if footer == outline.footer { Part::Kept(outline.footer) } else { Part::Made(footer.clone()) });
    join(&parts)
}

/// A part of the text that is put together.
enum Part<'t> {
    /// As it stood there.
    Kept(&'t str),
    /// New, or changed.
    Made(String),
}

impl Part<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Kept(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// The chapter of what is unreleased: what is there, brought up to date, or a new one where there are entries.
///
/// Several chapters, as tools that stack them leave behind, become one.
fn unreleased<'t>(
    open: &[&Chapter<'t>],
    pending: Option<&Chapter<'_>>,
    styled: &dyn Fn(&Chapter<'_>) -> String,
) -> Option<Part<'t>> {
    let Some(first) = open.first() else {
        let pending = pending?;
        let worth_a_heading = pending.version.is_some() || !pending.body().trim().is_empty();
        return worth_a_heading.then(|| Part::Made(format!("{}\n{}", styled(pending), pending.body())));
    };
    let title = match pending {
        Some(pending) if pending.version.is_some() => styled(pending),
        _ => first.heading().to_owned(),
    };
    let bodies: Vec<&str> = open.iter().map(|chapter| chapter.body()).collect();
    let body = merge(&bodies.join("\n"), pending.map_or("", |pending| pending.body()));
    let is_same = open.len() == 1 && title == first.heading() && body.trim() == first.body().trim();
    Some(if is_same { Part::Kept(first.text()) } else { Part::Made(format!("{title}\n{body}")) })
}

/// Whether a footer says where the heading of a chapter leads to, once it is in brackets.
fn is_defined(chapter: &Chapter<'_>, footer: &str) -> bool {
    let version = chapter.version.as_ref().map(ToString::to_string);
    defines(footer, version.as_deref().unwrap_or(UNRELEASED))
}

/// Whether the version stands in brackets that are no link of their own: `## [1.0.0] - 2026-11-20`.
fn has_brackets(chapter: &Chapter<'_>) -> bool {
    let bracketed = chapter.version.as_ref().map(|version| format!("[{version}]"));
    let after = bracketed.and_then(|version| chapter.heading().split_once(&version)).map(|(_, after)| after);
    after.is_some_and(|after| !after.starts_with('('))
}

/// A generated heading with the version in brackets, without a link of its own.
fn bracketed(chapter: &Chapter<'_>) -> String {
    let heading = chapter.heading();
    let shown = chapter.version.as_ref().map_or_else(|| "Unreleased".to_owned(), ToString::to_string);
    let Some(at) = heading.find(&shown) else { return heading.to_owned() };
    let (before, after) = (heading[..at].trim_end_matches('['), &heading[at + shown.len()..]);
    let after = after.strip_prefix(']').unwrap_or(after);
    let after = after.strip_prefix('(').and_then(|link| link.split_once(')')).map_or(after, |(_, rest)| rest);
    let bracketed = format!("{before}[{shown}]{after}");
    if release_title(bracketed.trim_start_matches('#')).is_some() { bracketed } else { heading.to_owned() }
}

/// Puts parts one below the other, those that are new with a blank line around them; what they hold stays as it is.
///
/// Code or a comment that is left open above a new part is closed, or it would swallow it.
fn join(parts: &[Part<'_>]) -> String {
    let mut out = String::new();
    let mut is_new = false;
    let mut parts = parts.iter().filter(|part| !part.text().is_empty()).peekable();
    while let Some(part) = parts.next() {
        let was_new = std::mem::replace(&mut is_new, matches!(part, Part::Made(_)));
        if (was_new || is_new) && !out.is_empty() && !out.ends_with("\n\n") {
            out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
        }
        // What was the end of the file, without a line end, may have moved up.
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(part.text());
        let mut literal = Literal::default();
        part.text().lines().for_each(|line| _ = literal.covers(line));
        let borders_on_new = is_new || matches!(parts.peek(), Some(Part::Made(_)));
        if let Some(end) = literal.end().filter(|_| borders_on_new) {
            out.push_str(if out.ends_with('\n') { "" } else { "\n" });
            out.push_str(end);
            out.push('\n');
        }
    }
    if is_new {
        let end = out.trim_end_matches('\n').len();
        out.truncate(end);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::forms::Style;
    use crate::changelog::notes::tests::judged;
    use crate::changelog::notes::{Notes, notes};
    use crate::config::{ChangelogSettings, Form};
    use crate::history::{Judged, Release};

    fn made(version: Option<&str>, commits: Vec<Judged>) -> Notes {
        made_as(&ChangelogSettings::default(), version, commits)
    }

    fn made_as(settings: &ChangelogSettings, version: Option<&str>, commits: Vec<Judged>) -> Notes {
        let version = version.map(|version| Version::parse(version).unwrap());
        let tag = version.as_ref().map(|version| format!("v{version}"));
        let release = Release { version, tag, time: None, commits };
        notes(vec![release], settings, "x", None).remove(0)
    }

    fn preamble() -> &'static str {
        Style::new(&ChangelogSettings::default(), None).preamble()
    }

    fn updated(text: &str, notes: &[Notes]) -> String {
        updated_as(&ChangelogSettings::default(), text, notes)
    }

    fn updated_as(settings: &ChangelogSettings, text: &str, notes: &[Notes]) -> String {
        let fresh = Style::new(settings, None).render_whole(notes);
        let coming = notes.iter().find(|notes| notes.title.tag().is_none());
        update(text, &fresh, coming.and_then(|notes| notes.title.version()))
    }

    fn unreleased_with(commits: &[(char, &str)]) -> Vec<Notes> {
        vec![made(None, commits.iter().map(|(digit, message)| judged(*digit, message)).collect())]
    }

    fn is_stable_under_a_second_run(text: &str, notes: &[Notes]) -> String {
        let once = updated(text, notes);
        assert_eq!(updated(&once, notes), once);
        once
    }

    #[test]
    fn an_empty_file_becomes_a_changelog() {
        let notes = [made(None, vec![judged('a', "feat: a")]), made(Some("1.0.0"), vec![judged('b', "fix: b")])];
        let text = is_stable_under_a_second_run("", &notes);
        let body = text.strip_prefix(preamble()).unwrap();
        assert_eq!(
            body,
            "\n## Unreleased\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## 1.0.0\n\n### Fixed\n\n- b (bbbbbbbbbb)\n"
        );
    }

    #[test]
    fn what_is_released_is_never_touched() {
        let text = "# Log\n\n## [1.0.0] - 2020-01-01\n\nBy hand,  with   odd spacing.\n";
        assert_eq!(is_stable_under_a_second_run(text, &[made(Some("1.0.0"), vec![judged('b', "fix: b")])]), text);
    }

    #[test]
    fn a_new_release_stands_above_the_older_ones() {
        let text = "# Log\n\n## v1.0.0\n\nold\n";
        let notes =
            [made(Some("1.1.0"), vec![judged('a', "feat: a")]), made(Some("0.9.0"), vec![judged('b', "fix: b")])];
        let updated = is_stable_under_a_second_run(text, &notes);
        assert_eq!(updated, "# Log\n\n## 1.1.0\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## v1.0.0\n\nold\n");
    }

    #[test]
    fn what_is_said_of_a_version_is_found_without_its_heading() {
        let text = "\u{feff}# Log\r\n\r\n## [1.1.0] - 2020-01-01\r\n\r\nA\r\nB\r\n\r\n## 1.0.0\r\n";
        assert_eq!(chapter(text, &Version::new(1, 1, 0)).as_deref(), Some("A\nB"));
        assert_eq!(chapter(text, &Version::new(1, 0, 0)).as_deref(), Some(""));
        assert_eq!(chapter(text, &Version::new(2, 0, 0)), None);
    }

    #[test]
    fn hand_written_text_and_reworded_entries_stay() {
        let text = "# Log\n\n## [Unreleased]\n\nThanks to all!\n\n### Added\n\n- A thing, in better words (aaaaaaaaaa)\n- by hand\n";
        let notes = unreleased_with(&[('c', "fix: c"), ('b', "feat: b"), ('a', "feat: a")]);
        assert_eq!(
            is_stable_under_a_second_run(text, &notes),
            "# Log\n\n## [Unreleased]\n\nThanks to all!\n\n### Added\n\n- b (bbbbbbbbbb)\n- A thing, in better words (aaaaaaaaaa)\n- by hand\n\n### Fixed\n\n- c (cccccccccc)\n"
        );
    }

    #[test]
    fn entries_that_were_taken_back_go_with_the_titles_they_leave_empty() {
        let text = "# Log\n\n## Unreleased\n\n### Added\n\n- a (aaaaaaaaaa)\n\n### Fixed\n\n- b (bbbbbbbbbb)\n";
        let updated = is_stable_under_a_second_run(text, &unreleased_with(&[('b', "fix: b")]));
        assert_eq!(updated, "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n");
    }

    const BREAKING: &str = "feat!: a\n\nBREAKING CHANGE: Use b.\n\n- c\n\n```\n# d\n\n## 9.0.0\n```";

    #[test]
    fn notes_are_written_once() {
        let conventional = ChangelogSettings { form: Form::Conventional, ..ChangelogSettings::default() };
        for settings in [ChangelogSettings::default(), conventional] {
            let release = |commits: &[(char, &str)]| {
                [made_as(&settings, None, commits.iter().map(|(digit, message)| judged(*digit, message)).collect())]
            };
            let once = updated_as(&settings, "# Log\n\n## 1.0.0\n", &release(&[('a', BREAKING)]));
            assert_eq!(once.matches("Use b.").count(), 1, "{once}");
            assert_eq!(updated_as(&settings, &once, &release(&[('a', BREAKING)])), once);
            let more = updated_as(&settings, &once, &release(&[('b', "feat!: z"), ('a', BREAKING)]));
            assert_eq!(updated_as(&settings, &more, &release(&[('b', "feat!: z"), ('a', BREAKING)])), more);
            assert_eq!(more.matches("Use b.").count(), 1, "{more}");
        }
    }

    #[test]
    fn a_note_goes_with_the_entry_that_was_taken_back() {
        for message in [BREAKING, "feat!: a\n\nBREAKING CHANGE:\n\n- c\n\nUse b."] {
            let once = updated("# Log\n\n## 1.0.0\n", &unreleased_with(&[('b', "fix: b"), ('a', message)]));
            let updated = is_stable_under_a_second_run(&once, &unreleased_with(&[('b', "fix: b")]));
            assert_eq!(updated, "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n\n## 1.0.0\n");
        }
    }

    #[test]
    fn a_reworded_note_stays() {
        let once = updated("# Log\n", &unreleased_with(&[('a', BREAKING)])).replace("Use b.", "Use b instead.");
        assert_eq!(is_stable_under_a_second_run(&once, &unreleased_with(&[('a', BREAKING)])), once);
    }

    #[test]
    fn the_coming_version_takes_the_place_of_unreleased() {
        let text = "# Log\n\n## Unreleased\n\nBy hand.\n\n## 1.0.0\n\nold\n";
        let date = jiff::civil::date(2026, 11, 20);
        let notes = unreleased_with(&[('a', "feat: a")]).remove(0).coming_as(Version::new(1, 1, 0), date);
        assert_eq!(
            is_stable_under_a_second_run(text, &[notes]),
            "# Log\n\n## 1.1.0 - 2026-11-20\n\nBy hand.\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## 1.0.0\n\nold\n"
        );
    }

    #[test]
    fn a_version_that_stands_there_already_is_not_written_again() {
        let text = "# Log\n\n## Unreleased\n\nBy hand.\n\n## 1.1.0\n\nold\n";
        let notes = unreleased_with(&[('a', "feat: a")]).remove(0);
        let notes = notes.coming_as(Version::new(1, 1, 0), jiff::civil::date(2026, 11, 20));
        assert_eq!(is_stable_under_a_second_run(text, &[notes]), text);
    }

    #[test]
    fn unreleased_never_stands_twice() {
        let text = "# Log\n\n## [Unreleased]\n\n## [1.0.0]\n";
        let updated = is_stable_under_a_second_run(text, &unreleased_with(&[('a', "feat: a")]));
        assert_eq!(updated.matches("nreleased").count(), 1, "{updated}");
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_stay() {
        let text = "\u{feff}# Log\r\n\r\n## 1.0.0\r\n";
        let updated = is_stable_under_a_second_run(text, &unreleased_with(&[('a', "feat: a")]));
        assert!(updated.starts_with("\u{feff}# Log\r\n\r\n## Unreleased\r\n\r\n### Added\r\n"), "{updated:?}");
        assert_eq!(updated.matches('\n').count(), updated.matches("\r\n").count());
    }

    #[test]
    fn an_entry_with_a_link_is_the_one_without() {
        let link = format!("([aaaaaaaaaa](https://github.com/o/r/commit/{}))", "a".repeat(40));
        let text = format!("# Log\n\n## Unreleased\n\n### Added\n\n- A thing, in better words {link}\n");
        assert_eq!(is_stable_under_a_second_run(&text, &unreleased_with(&[('a', "feat: a")])), text);
    }

    #[test]
    fn entries_of_other_tools_are_not_added_again() {
        for line in [
            "- *(api)* [**breaking**] Add a thing",
            "* **api:** add a thing ([aaaaaaa](https://x/commit/aaaaaaa)), closes [#1](https://x/1)",
            "- **api**: ✨ add a thing",
            "- add it all [`aaaaaaa`](https://x)",
        ] {
            let text = format!("# Log\n\n## [unreleased]\n\n### 🚀 Features\n\n{line}\n");
            assert_eq!(is_stable_under_a_second_run(&text, &unreleased_with(&[('a', "feat(api): add a thing")])), text);
        }
    }

    #[test]
    fn new_entries_go_under_the_heading_that_says_the_same() {
        let text = "# Log\n\n## [unreleased]\n\n### <!-- 0 -->🚀 Added\n\n- by hand\n";
        let updated = is_stable_under_a_second_run(text, &unreleased_with(&[('a', "feat: a")]));
        assert!(updated.contains("🚀 Added\n\n- a (aaaaaaaaaa)\n- by hand\n"), "{updated}");
    }

    #[test]
    fn a_new_group_stands_where_the_form_has_it() {
        let text = "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n";
        let updated = is_stable_under_a_second_run(text, &unreleased_with(&[('a', "feat: a"), ('b', "fix: b")]));
        assert!(updated.contains("### Added\n\n- a (aaaaaaaaaa)\n\n### Fixed\n\n- b (bbbbbbbbbb)\n"), "{updated}");
    }

    #[test]
    fn link_definitions_at_the_end_are_kept_true() {
        let text = "# Log\n\n## [Unreleased]\n\n### Added\n\n- by hand\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n\
                    [unreleased]: https://x/compare/v1.0.0...HEAD\n[1.0.0]: https://x/tag/v1.0.0\n";
        let date = jiff::civil::date(2026, 11, 20);
        let notes = unreleased_with(&[('a', "feat: a")]).remove(0).coming_as(Version::new(1, 1, 0), date);
        assert_eq!(
            is_stable_under_a_second_run(text, &[notes]),
            "# Log\n\n## [1.1.0] - 2026-11-20\n\n### Added\n\n- a (aaaaaaaaaa)\n- by hand\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n\
             [unreleased]: https://x/compare/v1.1.0...HEAD\n[1.1.0]: https://x/compare/v1.0.0...v1.1.0\n[1.0.0]: https://x/tag/v1.0.0\n"
        );
        let open = is_stable_under_a_second_run(
            &text.replace("## [Unreleased]\n\n### Added\n\n- by hand\n\n", ""),
            &unreleased_with(&[('a', "feat: a")]),
        );
        assert!(open.contains("## [Unreleased]\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## [1.0.0]"), "{open}");
    }

    #[test]
    fn underlined_headings_and_anchors_are_kept_whole() {
        let text = "Log\n===\n\n<a name=\"1.0.0\"></a>\n1.0.0 / 2020-01-01\n------------------\n\n- old\n";
        let updated = is_stable_under_a_second_run(text, &[made(Some("1.1.0"), vec![judged('a', "feat: a")])]);
        assert_eq!(
            updated,
            "Log\n===\n\n## 1.1.0\n\n### Added\n\n- a (aaaaaaaaaa)\n\n<a name=\"1.0.0\"></a>\n1.0.0 / 2020-01-01\n------------------\n\n- old\n"
        );
    }

    #[test]
    fn a_chapter_that_moves_up_from_the_end_of_the_file_runs_into_no_other() {
        let text = "## 1.0.0 - 2026-01-01\n## [Unreleased]\n- a (aaaaaaaaaa)";
        let updated = is_stable_under_a_second_run(text, &[made(None, vec![judged('a', "feat: a")])]);
        assert_eq!(updated, "## [Unreleased]\n- a (aaaaaaaaaa)\n## 1.0.0 - 2026-01-01\n");
    }

    /// Lines as people and tools write them, headings of all kinds among them.
    const LINES: [&str; 24] = [
        "",
        "<a name=\"1.0.0\"></a>",
        "Unreleased",
        "1.0.0 / 2026-01-01",
        "==========",
        "---",
        "[unreleased]: https://x/compare/v1.0.0...HEAD",
        "[1.0.0]: https://x/tag/v1.0.0",
        "<!-- by a tool -->",
        "### 🚀 Added",
        "* **x:** a ([ccccccc](https://x))",
        "# Changelog",
        "## [Unreleased]",
        "## Unreleased",
        "## 1.0.0 - 2026-01-01",
        "## [0.9.0]",
        "### Added",
        "### Fixed",
        "- a (aaaaaaaaaa)",
        "- reworded (bbbbbbbbbb)",
        "- stale (dddddddddd)",
        "By hand.",
        "```",
        "  - nested",
    ];

    proptest::proptest! {
        #[test]
        fn a_second_run_changes_nothing_and_no_line_by_hand_is_lost(
            lines in proptest::collection::vec(0..LINES.len(), 0..20),
            released in 0_u64..3,
            form in proptest::sample::select(vec![Form::KeepAChangelog, Form::Conventional, Form::GitHub]),
        ) {
            let lines: Vec<&str> = lines.into_iter().map(|at| LINES[at]).collect();
            let text = lines.join("\n");
            let settings = ChangelogSettings { form, ..ChangelogSettings::default() };
            let notes = [
                made_as(&settings, None, vec![judged('a', BREAKING), judged('b', "fix: b")]),
                made_as(&settings, Some(&format!("1.{released}.0")), vec![judged('c', "fix: c")]),
            ];
            let once = updated_as(&settings, &text, &notes);
            proptest::prop_assert_eq!(&updated_as(&settings, &once, &notes), &once);
            for line in ["By hand.", "  - nested", "<!-- by a tool -->", "[1.0.0]: https://x/tag/v1.0.0", "* **x:** a ([ccccccc](https://x))"] {
                let count = |text: &str| text.lines().filter(|told| *told == line).count();
                proptest::prop_assert_eq!(count(&once), count(&text), "{} in\n{}", line, once);
            }
        }
    }
}
