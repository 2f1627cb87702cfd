//! Updates a changelog that people also edit by hand.
//!
//! Existing sections of released versions are never changed. The unreleased section is updated line
//! by line, and missing releases are added above the existing ones. A second run changes nothing.

use std::collections::BTreeSet;

use semver::Version;

use crate::changelog::ambiguous::{AmbiguousChangelog, find_ambiguity};
use crate::changelog::definitions::{UNRELEASED, define, defines};
use crate::changelog::heading_levels::with_levels_of;
use crate::changelog::merge_entries::{ReleasedEntries, merge, without_released};
use crate::changelog::notes::Notes;
use crate::changelog::outline::{Chapter, Outline, Title, left_open, release_title};

/// A generated changelog from which a file is updated.
#[derive(Debug, Clone, Copy)]
pub struct Generated<'a> {
    text: &'a str,
    /// The version in the text that has no tag yet.
    planned: Option<&'a Version>,
    /// The highest version with a tag, whether or not it is in the text.
    released: Option<&'a Version>,
}

impl<'a> Generated<'a> {
    /// The changelog of all `notes`, whose `text` has at least the releases that the file lacks.
    #[must_use]
    pub fn new(text: &'a str, notes: &'a [Notes]) -> Self {
        let (released, pending): (Vec<&Notes>, Vec<&Notes>) =
            notes.iter().partition(|notes| notes.title.tag().is_some());
        Self {
            text,
            planned: pending.iter().find_map(|notes| notes.title.version()),
            released: released
                .iter()
                .filter_map(|notes| notes.title.version())
                .max(),
        }
    }
}

/// Updates the text of a changelog from a generated one.
///
/// Releases that are newer than all in the text are added. Headings use the levels of the text.
/// Line endings and a byte order mark are preserved.
///
/// # Errors
///
/// Fails if the releases of the text can't be distinguished.
pub fn update(existing: &str, generated: Generated<'_>) -> Result<String, AmbiguousChangelog> {
    let (mark, text) = existing
        .strip_prefix('\u{feff}')
        .map_or(("", existing), |text| ("\u{feff}", text));
    let windows = text.matches("\r\n").count() * 2 > text.matches('\n').count();
    let outline = Outline::parse(text);
    if let Some(ambiguous) = find_ambiguity(text, &outline) {
        return Err(ambiguous);
    }
    let update = Update::new(text, outline, generated);
    let end = if windows { "\r\n" } else { "\n" };
    Ok(format!("{mark}{}", join(&update.run(), end)))
}

/// The section of a version in a changelog, without the heading; `None` if it has no content.
#[must_use]
pub(crate) fn chapter(text: &str, version: &Version) -> Option<String> {
    chapter_body(text, Some(version))
}

/// The unreleased section of a changelog, without the heading.
#[must_use]
pub(crate) fn unreleased_chapter(text: &str) -> Option<String> {
    chapter_body(text, None)
}

fn chapter_body(text: &str, version: Option<&Version>) -> Option<String> {
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n");
    let outline = Outline::parse(&text);
    Some(outline.find(version)?.body().trim().to_owned())
}

/// The versions in a changelog, in order. Only releases above them have to be generated for an
/// update.
#[must_use]
pub fn versions(text: &str) -> BTreeSet<Version> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Outline::parse(text)
        .chapters
        .iter()
        .filter_map(|chapter| chapter.version().cloned())
        .collect()
}

/// A text, and the generated changelog from which it is updated.
struct Update<'t> {
    outline: Outline<'t>,
    generated: String,
    planned: Option<&'t Version>,
    released_entries: ReleasedEntries,
    is_blank: bool,
}

impl<'t> Update<'t> {
    fn new(text: &'t str, mut outline: Outline<'t>, generated: Generated<'t>) -> Self {
        let Generated {
            text: fresh,
            planned: coming,
            released,
        } = generated;
        let fresh = with_levels_of(&outline, fresh);
        let generated = Outline::parse(&fresh);
        // A version that the file calls unreleased may have been released since.
        for chapter in &mut outline.chapters {
            if let Title::Planned(version) = &chapter.title
                && coming != Some(version)
                && generated.find(Some(version)).is_some()
            {
                chapter.title = Title::Released(version.clone());
            }
        }
        drop(generated);
        // Entries that a release of the file already has, such as a pre-release, aren't repeated.
        let stable = outline
            .chapters
            .iter()
            .filter_map(Chapter::version)
            .filter(|version| version.pre.is_empty())
            .max();
        let is_over = |version: &Version| {
            released.is_some_and(|released| version <= released)
                && (version.pre.is_empty() || Some(version) < stable)
        };
        let mut released_entries = ReleasedEntries::default();
        for chapter in &outline.chapters {
            if let Some(version) = chapter.version() {
                released_entries.add(chapter.body(), is_over(version));
            }
        }
        Self {
            outline,
            generated: fresh,
            planned: coming,
            released_entries,
            is_blank: text.trim().is_empty(),
        }
    }

    /// The parts of the updated text.
    fn run(&self) -> Vec<Part<'_>> {
        let (outline, coming) = (&self.outline, self.planned);
        let fresh = Outline::parse(&self.generated);
        let newest = outline.newest();
        let is_new = |version: &Version| newest.is_none_or(|newest| version > newest);
        let is_missing = |chapter: &&Chapter<'_>| {
            chapter.version() != coming && chapter.version().is_some_and(is_new)
        };
        let missing: Vec<&Chapter<'_>> = fresh.chapters.iter().filter(is_missing).collect();
        // An existing section of the upcoming version was written by an earlier run, so nothing is
        // unreleased.
        let is_written = coming.is_some_and(|version| outline.find(Some(version)).is_some());
        let pending = fresh.find(coming).filter(|_| !is_written);

        let mut released: Vec<&Version> = missing
            .iter()
            .filter_map(|chapter| chapter.version())
            .collect();
        released.extend(pending.and(coming));
        released.sort_unstable();
        let own = if self.is_blank {
            fresh.footer
        } else {
            outline.footer
        };
        let footer = define(own, newest, &released).unwrap_or_else(|| own.to_owned());
        let brackets = newest
            .and_then(|newest| outline.find(Some(newest)))
            .is_some_and(has_brackets);
        let styled = |chapter: &Chapter<'_>| {
            let is_bracketed = brackets || is_defined(chapter, &footer);
            if is_bracketed {
                bracketed(chapter)
            } else {
                chapter.heading().to_owned()
            }
        };
        let new = |chapter: &Chapter<'_>| NewChapter {
            is_version: chapter.version().is_some(),
            heading: styled(chapter),
            body: without_released(chapter.body(), &self.released_entries),
        };

        let (open, place) = if is_written {
            (Vec::new(), self.first_release())
        } else {
            self.open()
        };
        let chapters: Vec<&Chapter<'t>> = open.iter().map(|at| &outline.chapters[*at]).collect();
        let mut added: Vec<Part<'_>> = Vec::new();
        if !is_written {
            let part = unreleased(&chapters, pending.map(new));
            let moves_up = open.first().is_some_and(|at| *at > place);
            added.extend(part.map(|part| if moves_up { part.closed() } else { part }));
        }
        added.extend(missing.iter().map(|chapter| new(chapter).into_part()));
        let preamble = if self.is_blank {
            Part::Generated(fresh.preamble.to_owned())
        } else {
            Part::Kept(outline.preamble)
        };
        let mut parts: Vec<Part<'_>> = vec![preamble];
        for (at, chapter) in outline.chapters.iter().enumerate() {
            if at == place {
                parts.append(&mut added);
            }
            if !open.contains(&at) {
                parts.push(Part::Kept(chapter.text()));
            }
        }
        parts.append(&mut added);
        parts.push(if footer == outline.footer {
            Part::Kept(outline.footer)
        } else {
            Part::Generated(footer)
        });
        parts
    }

    /// The position of the first release.
    fn first_release(&self) -> usize {
        let is_release =
            |chapter: &Chapter<'_>| matches!(chapter.title, Title::Released(_) | Title::Unknown);
        self.outline
            .chapters
            .iter()
            .position(is_release)
            .unwrap_or(self.outline.chapters.len())
    }

    /// The unreleased sections, and their position: above all releases.
    fn open(&self) -> (Vec<usize>, usize) {
        let chapters = &self.outline.chapters;
        let first = self.first_release();
        let of = |is_one: &dyn Fn(&Title) -> bool| {
            let is_one = |(_, chapter): &(usize, &Chapter<'_>)| is_one(&chapter.title);
            chapters
                .iter()
                .enumerate()
                .filter(is_one)
                .map(|(at, _)| at)
                .collect::<Vec<usize>>()
        };
        let is_coming = |title: &Title| matches!(title, Title::Planned(version) if Some(version) == self.planned);
        let mut open = of(&|title| *title == Title::Unreleased || is_coming(title));
        if open.is_empty() {
            // The section of the next planned version collects unreleased changes.
            open = of(&|title| matches!(title, Title::Planned(_)));
            open.retain(|at| *at < first);
            open.truncate(1);
        }
        let place = open.first().copied().unwrap_or(first).min(first);
        (open, place)
    }
}

/// A part of the updated text.
enum Part<'t> {
    /// Unchanged.
    Kept(&'t str),
    /// New, or changed.
    Generated(String),
}

impl Part<'_> {
    /// The part with any open code block closed.
    fn closed(self) -> Self {
        match left_open(self.text()) {
            Some(closing) => Self::Generated(format!("{}\n{closing}\n", self.text().trim_end())),
            None => self,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Kept(text) => text,
            Self::Generated(text) => text,
        }
    }
}

/// A generated section, as it is added to the text.
struct NewChapter {
    /// Whether it is the section of a version rather than the unreleased one.
    is_version: bool,
    heading: String,
    body: String,
}

impl NewChapter {
    fn into_part<'t>(self) -> Part<'t> {
        Part::Generated(format!("{}\n{}", self.heading, self.body))
    }
}

/// The unreleased section: the existing one, updated, or a new one if there are entries.
///
/// Several unreleased sections, as some tools leave behind, are merged into one.
fn unreleased<'t>(open: &[&Chapter<'t>], pending: Option<NewChapter>) -> Option<Part<'t>> {
    let Some(first) = open.first() else {
        let chapter = pending?;
        let worth_a_heading = chapter.is_version || !chapter.body.trim().is_empty();
        return worth_a_heading.then(|| chapter.into_part());
    };
    let (title, fresh) = match pending {
        Some(chapter) if chapter.is_version => (chapter.heading, chapter.body),
        Some(chapter) => (first.heading().to_owned(), chapter.body),
        None => (first.heading().to_owned(), String::new()),
    };
    let bodies: Vec<&str> = open.iter().map(|chapter| chapter.body()).collect();
    let mut own = bodies.join("\n");
    let is_same = |body: &str| {
        open.len() == 1 && title == first.heading() && body.trim().lines().eq(own.trim().lines())
    };
    let body = merge(&own, &fresh);
    if is_same(&body) {
        return Some(Part::Kept(first.text()));
    }
    // Below an open code block, new entries would become code.
    let body = match left_open(&own) {
        Some(closing) => {
            own.truncate(own.trim_end().len());
            own.push_str(&format!("\n{closing}\n"));
            merge(&own, &fresh)
        }
        None => body,
    };
    Some(Part::Generated(format!("{title}\n{body}")))
}

/// Whether a footer has a link definition for the heading of a section, once it is in brackets.
fn is_defined(chapter: &Chapter<'_>, footer: &str) -> bool {
    let version = chapter.version().map(ToString::to_string);
    defines(footer, version.as_deref().unwrap_or(UNRELEASED))
}

/// Whether the version is in brackets that aren't an inline link: `## [1.0.0] - 2026-11-20`.
fn has_brackets(chapter: &Chapter<'_>) -> bool {
    let bracketed = chapter.version().map(|version| format!("[{version}]"));
    let after = bracketed
        .and_then(|version| chapter.heading().split_once(&version))
        .map(|(_, after)| after);
    after.is_some_and(|after| !after.starts_with('('))
}

/// A generated heading with the version in brackets and without an inline link.
fn bracketed(chapter: &Chapter<'_>) -> String {
    let heading = chapter.heading();
    let shown = chapter
        .version()
        .map_or_else(|| "Unreleased".to_owned(), ToString::to_string);
    let Some(at) = heading.find(&shown) else {
        return heading.to_owned();
    };
    let (before, after) = (
        heading[..at].trim_end_matches('['),
        &heading[at + shown.len()..],
    );
    let after = after.strip_prefix(']').unwrap_or(after);
    let after = after
        .strip_prefix('(')
        .and_then(|link| link.split_once(')'))
        .map_or(after, |(_, rest)| rest);
    let bracketed = format!("{before}[{shown}]{after}");
    if release_title(bracketed.trim_start_matches('#')).is_some() {
        bracketed
    } else {
        heading.to_owned()
    }
}

/// Joins parts. New ones get blank lines around them and these line endings; existing ones are
/// unchanged.
///
/// An open code block or comment above a new part is closed; otherwise, it would contain the part.
fn join(parts: &[Part<'_>], end: &str) -> String {
    let mut out = String::new();
    let mut is_new = false;
    let mut parts = parts
        .iter()
        .filter(|part| !part.text().is_empty())
        .peekable();
    while let Some(part) = parts.next() {
        let was_new = std::mem::replace(&mut is_new, matches!(part, Part::Generated(_)));
        // The former end of the file, without a line ending, may no longer be at the end.
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(end);
        }
        if (was_new || is_new) && !out.is_empty() && !ends_with_blank_line(&out) {
            out.push_str(end);
        }
        match part {
            Part::Kept(text) => out.push_str(text),
            Part::Generated(text) => out.push_str(&text.replace("\r\n", "\n").replace('\n', end)),
        }
        let borders_on_new = is_new || matches!(parts.peek(), Some(Part::Generated(_)));
        if let Some(closing) = left_open(part.text()).filter(|_| borders_on_new) {
            out.push_str(if out.ends_with('\n') { "" } else { end });
            out.push_str(&closing);
            out.push_str(end);
        }
    }
    if is_new {
        let length = out.trim_end_matches(['\n', '\r']).len();
        out.truncate(length);
        out.push_str(end);
    }
    out
}

fn ends_with_blank_line(text: &str) -> bool {
    let before = text
        .strip_suffix('\n')
        .map(|text| text.strip_suffix('\r').unwrap_or(text));
    before.is_some_and(|text| text.is_empty() || text.ends_with('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::notes::tests::judged;
    use crate::changelog::notes::{Notes, notes};
    use crate::changelog::styles::ChangelogRenderer;
    use crate::config::{ChangelogSettings, ChangelogStyle};
    use crate::history::{ClassifiedCommit, Release};

    fn made(version: Option<&str>, commits: Vec<ClassifiedCommit>) -> Notes {
        made_as(&ChangelogSettings::default(), version, commits)
    }

    fn made_as(
        settings: &ChangelogSettings,
        version: Option<&str>,
        commits: Vec<ClassifiedCommit>,
    ) -> Notes {
        let version = version.map(|version| Version::parse(version).unwrap());
        let tag = version.as_ref().map(|version| format!("v{version}"));
        let release = Release {
            version,
            tag,
            time: None,
            commits,
        };
        notes(vec![release], settings, "x").remove(0)
    }

    fn preamble() -> &'static str {
        ChangelogRenderer::new(&ChangelogSettings::default(), None).preamble()
    }

    fn updated(text: &str, notes: &[Notes]) -> String {
        updated_as(&ChangelogSettings::default(), text, notes)
    }

    fn updated_as(settings: &ChangelogSettings, text: &str, notes: &[Notes]) -> String {
        try_update_as(settings, text, notes).unwrap()
    }

    fn try_update_as(
        settings: &ChangelogSettings,
        text: &str,
        notes: &[Notes],
    ) -> Result<String, AmbiguousChangelog> {
        let fresh = ChangelogRenderer::new(settings, None).render_file(notes);
        update(text, Generated::new(&fresh, notes))
    }

    fn unreleased_with(commits: &[(char, &str)]) -> Vec<Notes> {
        vec![made(
            None,
            commits
                .iter()
                .map(|(digit, message)| judged(*digit, message))
                .collect(),
        )]
    }

    /// A changelog after an update, which a second run doesn't change.
    fn updated_twice(text: &str, notes: &[Notes]) -> String {
        let once = updated(text, notes);
        assert_eq!(updated(&once, notes), once);
        once
    }

    /// A changelog after an update with an unreleased feature, as in [`updated_twice`].
    fn with_feature(text: &str) -> String {
        updated_twice(text, &unreleased_with(&[('a', "feat: a")]))
    }

    #[test]
    fn an_empty_file_becomes_a_changelog() {
        let notes = [
            made(None, vec![judged('a', "feat: a")]),
            made(Some("1.0.0"), vec![judged('b', "fix: b")]),
        ];
        let text = updated_twice("", &notes);
        let body = text.strip_prefix(preamble()).unwrap();
        assert_eq!(
            body,
            "\n## Unreleased\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## 1.0.0\n\n### Fixed\n\n- b (bbbbbbbbbb)\n"
        );
    }

    #[test]
    fn what_is_released_is_never_touched() {
        let text = "# Log\n\n## [1.0.0] - 2020-01-01\n\nBy hand,  with   odd spacing.\n";
        assert_eq!(
            updated_twice(text, &[made(Some("1.0.0"), vec![judged('b', "fix: b")])]),
            text
        );
    }

    #[test]
    fn new_release_is_inserted_above_older_ones() {
        let text = "# Log\n\n## v1.0.0\n\nold\n";
        let notes = [
            made(Some("1.1.0"), vec![judged('a', "feat: a")]),
            made(Some("0.9.0"), vec![judged('b', "fix: b")]),
        ];
        let updated = updated_twice(text, &notes);
        assert_eq!(
            updated,
            "# Log\n\n## 1.1.0\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## v1.0.0\n\nold\n"
        );
    }

    #[test]
    fn chapter_is_found_without_its_heading() {
        let text = "\u{feff}# Log\r\n\r\n## [1.1.0] - 2020-01-01\r\n\r\nA\r\nB\r\n\r\n## 1.0.0\r\n";
        assert_eq!(
            chapter(text, &Version::new(1, 1, 0)).as_deref(),
            Some("A\nB")
        );
        assert_eq!(chapter(text, &Version::new(1, 0, 0)).as_deref(), Some(""));
        assert_eq!(chapter(text, &Version::new(2, 0, 0)), None);
    }

    #[test]
    fn hand_written_text_and_reworded_entries_stay() {
        let text = "# Log\n\n## [Unreleased]\n\nThanks to all!\n\n### Added\n\n- A thing, in better words (aaaaaaaaaa)\n- by hand\n";
        let notes = unreleased_with(&[('c', "fix: c"), ('b', "feat: b"), ('a', "feat: a")]);
        assert_eq!(
            updated_twice(text, &notes),
            "# Log\n\n## [Unreleased]\n\nThanks to all!\n\n### Added\n\n- b (bbbbbbbbbb)\n- A thing, in better words (aaaaaaaaaa)\n- by hand\n\n### Fixed\n\n- c (cccccccccc)\n"
        );
    }

    #[test]
    fn reverted_entries_and_empty_titles_are_removed() {
        let text = "# Log\n\n## Unreleased\n\n### Added\n\n- a (aaaaaaaaaa)\n\n### Fixed\n\n- b (bbbbbbbbbb)\n";
        let updated = updated_twice(text, &unreleased_with(&[('b', "fix: b")]));
        assert_eq!(
            updated,
            "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n"
        );
    }

    const BREAKING: &str =
        "feat!: a\n\nBREAKING CHANGE: Use b.\n\n- c\n\n```\n# d\n\n## 9.0.0\n```";

    #[test]
    fn notes_are_written_once() {
        let conventional = ChangelogSettings {
            style: ChangelogStyle::Conventional,
            ..ChangelogSettings::default()
        };
        for settings in [ChangelogSettings::default(), conventional] {
            let release = |commits: &[(char, &str)]| {
                [made_as(
                    &settings,
                    None,
                    commits
                        .iter()
                        .map(|(digit, message)| judged(*digit, message))
                        .collect(),
                )]
            };
            let once = updated_as(
                &settings,
                "# Log\n\n## 1.0.0\n",
                &release(&[('a', BREAKING)]),
            );
            assert_eq!(once.matches("Use b.").count(), 1, "{once}");
            assert_eq!(
                updated_as(&settings, &once, &release(&[('a', BREAKING)])),
                once
            );
            let more = updated_as(
                &settings,
                &once,
                &release(&[('b', "feat!: z"), ('a', BREAKING)]),
            );
            assert_eq!(
                updated_as(
                    &settings,
                    &more,
                    &release(&[('b', "feat!: z"), ('a', BREAKING)])
                ),
                more
            );
            assert_eq!(more.matches("Use b.").count(), 1, "{more}");
        }
    }

    #[test]
    fn note_is_removed_with_its_reverted_entry() {
        for message in [BREAKING, "feat!: a\n\nBREAKING CHANGE:\n\n- c\n\nUse b."] {
            let once = updated(
                "# Log\n\n## 1.0.0\n",
                &unreleased_with(&[('b', "fix: b"), ('a', message)]),
            );
            let updated = updated_twice(&once, &unreleased_with(&[('b', "fix: b")]));
            assert_eq!(
                updated,
                "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n\n## 1.0.0\n"
            );
        }
    }

    #[test]
    fn a_reworded_note_stays() {
        let once = updated("# Log\n", &unreleased_with(&[('a', BREAKING)]))
            .replace("Use b.", "Use b instead.");
        assert_eq!(
            updated_twice(&once, &unreleased_with(&[('a', BREAKING)])),
            once
        );
    }

    #[test]
    fn planned_version_replaces_unreleased() {
        let text = "# Log\n\n## Unreleased\n\nBy hand.\n\n## 1.0.0\n\nold\n";
        let date = jiff::civil::date(2026, 11, 20);
        let notes = unreleased_with(&[('a', "feat: a")])
            .remove(0)
            .planned_as(Version::new(1, 1, 0), date);
        assert_eq!(
            updated_twice(text, &[notes]),
            "# Log\n\n## 1.1.0 - 2026-11-20\n\nBy hand.\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## 1.0.0\n\nold\n"
        );
    }

    #[test]
    fn existing_version_is_not_written_again() {
        let text = "# Log\n\n## Unreleased\n\nBy hand.\n\n## 1.1.0\n\nold\n";
        let notes = unreleased_with(&[('a', "feat: a")]).remove(0);
        let notes = notes.planned_as(Version::new(1, 1, 0), jiff::civil::date(2026, 11, 20));
        assert_eq!(updated_twice(text, &[notes]), text);
    }

    #[test]
    fn unreleased_is_never_duplicated() {
        let text = "# Log\n\n## [Unreleased]\n\n## [1.0.0]\n";
        let updated = with_feature(text);
        assert_eq!(updated.matches("nreleased").count(), 1, "{updated}");
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_stay() {
        let text = "\u{feff}# Log\r\n\r\n## 1.0.0\r\n";
        let updated = with_feature(text);
        assert!(
            updated.starts_with("\u{feff}# Log\r\n\r\n## Unreleased\r\n\r\n### Added\r\n"),
            "{updated:?}"
        );
        assert_eq!(
            updated.matches('\n').count(),
            updated.matches("\r\n").count()
        );
    }

    #[test]
    fn an_entry_with_a_link_is_the_one_without() {
        let link = format!(
            "([aaaaaaaaaa](https://github.com/o/r/commit/{}))",
            "a".repeat(40)
        );
        let text =
            format!("# Log\n\n## Unreleased\n\n### Added\n\n- A thing, in better words {link}\n");
        assert_eq!(with_feature(&text), text);
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
            assert_eq!(
                updated_twice(&text, &unreleased_with(&[('a', "feat(api): add a thing")])),
                text
            );
        }
    }

    #[test]
    fn new_entries_go_under_an_equivalent_heading() {
        let text = "# Log\n\n## [unreleased]\n\n### <!-- 0 -->🚀 Added\n\n- by hand\n";
        let updated = with_feature(text);
        assert!(
            updated.contains("🚀 Added\n\n- a (aaaaaaaaaa)\n- by hand\n"),
            "{updated}"
        );
    }

    #[test]
    fn new_group_is_placed_as_in_the_style() {
        let text = "# Log\n\n## Unreleased\n\n### Fixed\n\n- b (bbbbbbbbbb)\n";
        let updated = updated_twice(text, &unreleased_with(&[('a', "feat: a"), ('b', "fix: b")]));
        assert!(
            updated.contains("### Added\n\n- a (aaaaaaaaaa)\n\n### Fixed\n\n- b (bbbbbbbbbb)\n"),
            "{updated}"
        );
    }

    #[test]
    fn link_definitions_at_the_end_are_kept_true() {
        let text = "# Log\n\n## [Unreleased]\n\n### Added\n\n- by hand\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n\
                    [unreleased]: https://x/compare/v1.0.0...HEAD\n[1.0.0]: https://x/tag/v1.0.0\n";
        let date = jiff::civil::date(2026, 11, 20);
        let notes = unreleased_with(&[('a', "feat: a")])
            .remove(0)
            .planned_as(Version::new(1, 1, 0), date);
        assert_eq!(
            updated_twice(text, &[notes]),
            "# Log\n\n## [1.1.0] - 2026-11-20\n\n### Added\n\n- a (aaaaaaaaaa)\n- by hand\n\n## [1.0.0] - 2020-01-01\n\n- old\n\n\
             [unreleased]: https://x/compare/v1.1.0...HEAD\n[1.1.0]: https://x/compare/v1.0.0...v1.1.0\n[1.0.0]: https://x/tag/v1.0.0\n"
        );
        let open = updated_twice(
            &text.replace("## [Unreleased]\n\n### Added\n\n- by hand\n\n", ""),
            &unreleased_with(&[('a', "feat: a")]),
        );
        assert!(
            open.contains("## [Unreleased]\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## [1.0.0]"),
            "{open}"
        );
    }

    #[test]
    fn underlined_headings_and_anchors_are_kept() {
        let text =
            "Log\n===\n\n<a name=\"1.0.0\"></a>\n1.0.0 / 2020-01-01\n------------------\n\n- old\n";
        let updated = updated_twice(text, &[made(Some("1.1.0"), vec![judged('a', "feat: a")])]);
        assert_eq!(
            updated,
            "Log\n===\n\n## 1.1.0\n\n### Added\n\n- a (aaaaaaaaaa)\n\n<a name=\"1.0.0\"></a>\n1.0.0 / 2020-01-01\n------------------\n\n- old\n"
        );
    }

    #[test]
    fn chapter_moved_from_the_end_stays_separate() {
        let text = "## 1.0.0 - 2026-01-01\n## [Unreleased]\n- a (aaaaaaaaaa)";
        let updated = with_feature(text);
        assert_eq!(
            updated,
            "## [Unreleased]\n- a (aaaaaaaaaa)\n## 1.0.0 - 2026-01-01\n"
        );
    }

    #[test]
    fn headings_in_small_print_are_releases() {
        let text = "## <small>[1.0.1](https://x) (2026-01-02)</small>\n\n* b ([bbbbbbb](https://x))\n\n## 1.0.0 (2026-01-01)\n";
        let notes = [
            made(Some("1.0.1"), vec![judged('b', "fix: b")]),
            made(Some("1.0.0"), vec![judged('a', "feat: a")]),
        ];
        assert_eq!(updated_twice(text, &notes), text);
    }

    #[test]
    fn new_sections_have_the_levels_of_the_file() {
        for (text, expected) in [
            (
                "# 1.0.0\n\n## Bugs\n",
                "# Unreleased\n\n## Fixed\n\n- b (bbbbbbbbbb)\n\n# 1.0.0\n\n## Bugs\n",
            ),
            (
                "# 1.0.0\n\n#### Bugs\n",
                "# Unreleased\n\n#### Fixed\n\n- b (bbbbbbbbbb)\n\n# 1.0.0\n\n#### Bugs\n",
            ),
            (
                "#### 1.0.0\n",
                "#### Unreleased\n\n##### Fixed\n\n- b (bbbbbbbbbb)\n\n#### 1.0.0\n",
            ),
            (
                "1.0.0\n=====\n",
                "# Unreleased\n\n## Fixed\n\n- b (bbbbbbbbbb)\n\n1.0.0\n=====\n",
            ),
            (
                "# unreleased\n\n# 1.0.0\n",
                "# unreleased\n\n## Fixed\n\n- b (bbbbbbbbbb)\n\n# 1.0.0\n",
            ),
        ] {
            assert_eq!(
                updated_twice(text, &unreleased_with(&[('b', "fix: b")])),
                expected
            );
        }
    }

    #[test]
    fn line_ends_of_what_is_kept_stay_as_they_are() {
        let text = "# Log\r\n\r\n## 1.0.0\n\n- x\r\n- y\n- z\r\n\r\n## 0.9.0\r\n";
        let updated = updated_twice(text, &unreleased_with(&[('b', "fix: b")]));
        let (preamble, released) = text.split_at(text.find("## 1.0.0").unwrap());
        assert_eq!(
            updated,
            format!(
                "{preamble}## Unreleased\r\n\r\n### Fixed\r\n\r\n- b (bbbbbbbbbb)\r\n\r\n{released}"
            )
        );
    }

    #[test]
    fn entries_of_a_pre_release_are_not_repeated() {
        for (line, message) in [
            ("* b ([bbbbbbbbb](https://x))", "fix: b (#1)"),
            ("| [bbbbbbbbb](https://x) | fix | b |", "fix: b (#1)"),
            ("- **x:** b", "fix(x): b"),
            ("- B, see #1", "fix: other words (#1)"),
        ] {
            let text = format!("## 1.1.0-rc.1\n\n{line}\n\n## 1.0.0\n");
            let notes = [
                made(None, vec![judged('c', "feat: c"), judged('b', message)]),
                made(Some("1.0.0"), vec![judged('a', "feat: a")]),
            ];
            let updated = updated_twice(&text, &notes);
            assert_eq!(
                updated,
                format!("## Unreleased\n\n### Added\n\n- c (cccccccccc)\n\n{text}"),
                "{line}"
            );
        }
    }

    #[test]
    fn an_entry_by_hand_is_known_by_its_request() {
        let text = "## Unreleased\n\n### Fixed\n\n- Better words ([#1](https://x/pull/1))\n";
        let known = unreleased_with(&[('b', "fix: b (#1)")]);
        assert_eq!(updated_twice(text, &known), text);
        let own = "## Unreleased\n\n### Fixed\n\n- part one (#1) (aaaaaaaaaa)\n";
        let both = unreleased_with(&[('b', "fix: part two (#1)"), ('a', "fix: part one (#1)")]);
        assert!(updated_twice(own, &both).contains("- part two (#1) (bbbbbbbbbb)\n- part one"));
    }

    #[test]
    fn a_planned_version_collects_what_is_unreleased() {
        let text = "# Log\n\n## 1.1.0 (unreleased)\n\n- by hand\n\n## 1.0.0\n";
        let notes = unreleased_with(&[('a', "feat: a")]);
        let open = updated_twice(text, &notes);
        assert!(
            open.contains(
                "## 1.1.0 (unreleased)\n\n- by hand\n\n### Added\n\n- a (aaaaaaaaaa)\n\n## 1.0.0"
            ),
            "{open}"
        );
        let coming = notes
            .into_iter()
            .next()
            .unwrap()
            .planned_as(Version::new(1, 1, 0), jiff::civil::date(2026, 11, 20));
        let released = updated_twice(&open, &[coming]);
        assert_eq!(
            released,
            open.replace("## 1.1.0 (unreleased)", "## 1.1.0 - 2026-11-20")
        );
    }

    #[test]
    fn unreleased_stays_below_a_version_that_is_planned_for_later() {
        let text = "# Log\n\n## 2.0.0 - TBD\n\n- later\n\n## Unreleased\n\n## 1.0.0\n";
        let updated = with_feature(text);
        assert!(
            updated
                .starts_with("# Log\n\n## 2.0.0 - TBD\n\n- later\n\n## Unreleased\n\n### Added\n"),
            "{updated}"
        );
    }

    /// Lines as people and tools write them, including all kinds of headings.
    const LINES: [&str; 36] = [
        "",
        "",
        "## <small>[1.0.0](https://x) (2026-01-01)</small>",
        "# 1.0.0",
        "#### 0.8.0",
        "## main",
        "## 1.2",
        "## 2.0.0 (unreleased)",
        "<pre>",
        "</pre>",
        "<!--",
        "-->",
        "| [aaaaaaaaa](https://x) | fix | a |",
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

    #[test]
    fn lines_of_equals_signs_that_an_update_brings_together_stay_markdown() {
        let settings = ChangelogSettings {
            style: ChangelogStyle::KeepAChangelog,
            ..ChangelogSettings::default()
        };
        let notes = [
            made_as(
                &settings,
                None,
                vec![judged('a', BREAKING), judged('b', "fix: b")],
            ),
            made_as(&settings, Some("1.0.0"), vec![judged('c', "fix: c")]),
        ];
        let text = "## main\n==========\n- stale (dddddddddd)\nBy hand.\n==========";
        let once = try_update_as(&settings, text, &notes).unwrap();
        assert_eq!(try_update_as(&settings, &once, &notes), Ok(once.clone()));
    }

    #[test]
    fn lines_of_equals_signs_below_a_heading_stay_markdown() {
        let settings = ChangelogSettings {
            style: ChangelogStyle::KeepAChangelog,
            ..ChangelogSettings::default()
        };
        let notes = [made_as(&settings, None, vec![judged('b', "fix: b")])];
        let text = "\n## [Unreleased]\n## [Unreleased]\n==========\n* **x:** a ([ccccccc](https://x))\n==========";
        let once = try_update_as(&settings, text, &notes).unwrap();
        assert_eq!(try_update_as(&settings, &once, &notes), Ok(once.clone()));
    }

    proptest::proptest! {
        #[test]
        fn a_second_run_changes_nothing_and_no_line_by_hand_is_lost(
            lines in proptest::collection::vec(0..LINES.len(), 0..20),
            released in 0_u64..3,
            style in proptest::sample::select(vec![ChangelogStyle::KeepAChangelog, ChangelogStyle::Conventional, ChangelogStyle::GitHub]),
        ) {
            let lines: Vec<&str> = lines.into_iter().map(|at| LINES[at]).collect();
            let text = lines.join("\n");
            let settings = ChangelogSettings { style, ..ChangelogSettings::default() };
            let notes = [
                made_as(&settings, None, vec![judged('a', BREAKING), judged('b', "fix: b")]),
                made_as(&settings, Some(&format!("1.{released}.0")), vec![judged('c', "fix: c")]),
            ];
            let Ok(once) = try_update_as(&settings, &text, &notes) else { return Ok(()) };
            proptest::prop_assert_eq!(try_update_as(&settings, &once, &notes), Ok(once.clone()));
            for line in ["By hand.", "  - nested", "<!-- by a tool -->", "[1.0.0]: https://x/tag/v1.0.0", "* **x:** a ([ccccccc](https://x))"] {
                let count = |text: &str| text.lines().filter(|told| *told == line).count();
                proptest::prop_assert_eq!(count(&once), count(&text), "{} in\n{}", line, once);
            }
        }
    }
}
