//! Updates a changelog that people write in too.
//!
//! What stands under a version already is never touched. What is unreleased is brought up to date line by line: an entry
//! is known by its commit, so that a reworded one stays as it was reworded, and everything else was written by hand and
//! stays. Running it twice changes nothing.

use std::collections::HashSet;

use semver::Version;

use crate::changelog::forms::{Group, groups, heading, preamble, release};
use crate::changelog::notes::{Notes, Title};
use crate::config::Form;

/// Brings the text of a changelog up to date with the notes of releases, given newest first.
///
/// Releases that the text lacks are added where they are newer than all that it has. Line ends and a byte order mark
/// stay as they are.
#[must_use]
pub fn update(existing: &str, notes: &[Notes], form: Form) -> String {
    let (mark, text) = existing.strip_prefix('\u{feff}').map_or(("", existing), |text| ("\u{feff}", text));
    let windows = text.contains("\r\n");
    let updated = update_lines(&text.replace("\r\n", "\n"), notes, form);
    let updated = if windows { updated.replace('\n', "\r\n") } else { updated };
    format!("{mark}{updated}")
}

/// What the text of a changelog says of a version, without the heading; `None` where it says nothing.
#[must_use]
pub fn chapter(text: &str, version: &Version) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let outline = Outline::parse(&text);
    let chapter = outline.chapters.iter().find(|chapter| chapter.version.as_ref() == Some(version))?;
    Some(chapter.body().trim().to_owned())
}

fn update_lines(text: &str, notes: &[Notes], form: Form) -> String {
    let outline = Outline::parse(text);
    let pending = notes.iter().find(|notes| notes.title.tag().is_none());
    let open: Vec<&Chapter<'_>> = outline.chapters.iter().filter(|chapter| chapter.version.is_none()).collect();
    let mut parts: Vec<String> = Vec::new();
    if outline.preamble.trim().is_empty() {
        parts.push(preamble(form).to_owned());
    } else {
        parts.push(outline.preamble.to_owned());
    }
    let named = pending.and_then(|notes| notes.title.version());
    if named.is_some_and(|version| outline.has(version)) {
        parts.extend(open.iter().map(|chapter| chapter.text.to_owned()));
    } else {
        parts.extend(unreleased(&open, pending, form));
    }
    let newest = outline.chapters.iter().filter_map(|chapter| chapter.version.as_ref()).max();
    let missing = notes.iter().filter(|notes| match &notes.title {
        Title::Released { version, .. } => newest.is_none_or(|newest| version > newest),
        _ => false,
    });
    parts.extend(missing.map(|notes| release(notes, form)));
    let kept = outline.chapters.iter().filter(|chapter| chapter.version.is_some());
    parts.extend(kept.map(|chapter| chapter.text.to_owned()));
    join(&parts)
}

/// Puts chapters one below the other with one blank line between them; what a chapter holds stays as it is.
///
/// Code or a comment that a chapter leaves open is closed, or it would swallow the chapters below.
fn join(parts: &[String]) -> String {
    let mut out = String::new();
    for part in parts {
        let mut literal = Literal::default();
        part.lines().for_each(|line| _ = literal.covers(line));
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
        }
        out.push_str(part);
        if let Some(end) = literal.end() {
            out.push_str(if out.ends_with('\n') { "" } else { "\n" });
            out.push_str(end);
            out.push('\n');
        }
    }
    let end = out.trim_end_matches('\n').len();
    out.truncate(end);
    out.push('\n');
    out
}

/// The chapter of what is unreleased: what is there, brought up to date, or a new one where there are entries.
///
/// Several chapters, as tools that stack them leave behind, become one.
fn unreleased(open: &[&Chapter<'_>], pending: Option<&Notes>, form: Form) -> Option<String> {
    match (open, pending) {
        ([], None) => None,
        ([], Some(notes)) => {
            let worth_a_heading = !notes.sections.is_empty() || notes.title != Title::Unreleased;
            worth_a_heading.then(|| release(notes, form))
        }
        ([first, ..], notes) => {
            let fresh = notes.map(|notes| groups(notes, form)).unwrap_or_default();
            let title = match notes {
                Some(notes) if notes.title != Title::Unreleased => heading(notes, form),
                _ => first.heading().to_owned(),
            };
            let bodies: Vec<&str> = open.iter().map(|chapter| chapter.body()).collect();
            Some(format!("{title}\n{}", merge(&bodies.join("\n"), &fresh)))
        }
    }
}

/// Brings the body of a chapter up to date with groups of generated lines.
fn merge(body: &str, fresh: &[Group]) -> String {
    let wanted: HashSet<&str> =
        fresh.iter().flat_map(|group| &group.lines).filter_map(|line| commit_of(line)).collect();
    let mut lines: Vec<&str> = body.lines().collect();
    remove_stale(&mut lines, &wanted);
    let present: HashSet<&str> = lines.iter().filter_map(|line| commit_of(line)).collect();
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    for group in fresh {
        let lacks = |line: &&String| commit_of(line).is_some_and(|commit| !present.contains(commit));
        let missing: Vec<String> = group.lines.iter().filter(lacks).cloned().collect();
        if !missing.is_empty() {
            insert(&mut lines, &group.title, missing);
        }
    }
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// Drops entries whose commits are no longer unreleased, and titles that they leave empty.
fn remove_stale(lines: &mut Vec<&str>, wanted: &HashSet<&str>) {
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut dropped = false;
    for (at, line) in lines.iter().enumerate() {
        let continued = lines.get(at + 1).is_some_and(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty());
        let stale = !continued && commit_of(line).is_some_and(|commit| !wanted.contains(commit));
        dropped |= stale;
        if !stale {
            kept.push(line);
        }
    }
    if dropped {
        remove_empty_titles(&mut kept);
    }
    *lines = kept;
}

fn remove_empty_titles(lines: &mut Vec<&str>) {
    let mut at = 0;
    while at < lines.len() {
        let end =
            lines[at + 1..].iter().position(|line| !line.trim().is_empty()).map_or(lines.len(), |next| at + 1 + next);
        let empty = is_title(lines[at]) && lines.get(end).is_none_or(|next| is_title(next));
        if empty {
            lines.drain(at..end);
        } else {
            at += 1;
        }
    }
}

fn is_title(line: &str) -> bool {
    line.starts_with("### ")
}

/// Puts new entries above those of their title, or under a title of their own at the end.
fn insert(lines: &mut Vec<String>, title: &str, entries: Vec<String>) {
    let same = |line: &String| line.strip_prefix("### ").is_some_and(|text| text.trim().eq_ignore_ascii_case(title));
    let Some(heading) = lines.iter().position(same) else {
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        lines.extend([String::new(), format!("### {title}"), String::new()]);
        lines.extend(entries);
        return;
    };
    let mut at = heading + 1;
    while lines.get(at).is_some_and(|line| line.trim().is_empty()) {
        at += 1;
    }
    if at == heading + 1 {
        lines.insert(at, String::new());
        at += 1;
    }
    let followed_by_title = lines.get(at).is_some_and(|line| is_title(line));
    let gap = followed_by_title.then(String::new);
    lines.splice(at..at, entries.into_iter().chain(gap));
}

/// The commit that a generated line ends with: `(0123456789)` or `(0123456789, CHG-1)`.
fn commit_of(line: &str) -> Option<&str> {
    let entry = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?.trim_end();
    let (_, inner) = entry.strip_suffix(')')?.rsplit_once('(')?;
    let commit = inner.split(',').next()?;
    let is_id = commit.len() == 10 && commit.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then_some(commit)
}

/// A changelog cut at the headings of its releases.
struct Outline<'t> {
    preamble: &'t str,
    chapters: Vec<Chapter<'t>>,
}

/// The text of one release, heading included.
struct Chapter<'t> {
    /// `None`: unreleased.
    version: Option<Version>,
    text: &'t str,
}

impl<'t> Outline<'t> {
    fn parse(text: &'t str) -> Self {
        let mut starts: Vec<(usize, Option<Version>)> = Vec::new();
        // Headings in code that is never closed are headings after all: else each run would add them again.
        let mut literal_starts = Vec::new();
        let mut offset = 0;
        let mut literal = Literal::default();
        for line in text.split_inclusive('\n') {
            let is_literal = literal.covers(line);
            if !is_literal {
                literal_starts.clear();
            }
            let heading = release_heading(line).map(|version| (offset, version));
            let kept = if is_literal { &mut literal_starts } else { &mut starts };
            kept.extend(heading);
            offset += line.len();
        }
        if literal.end().is_some() {
            starts.extend(literal_starts);
        }
        let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]).collect::<Vec<_>>();
        let preamble = &text[..starts.first().map_or(text.len(), |(start, _)| *start)];
        let chapters = starts.into_iter().zip(ends);
        let chapters = chapters.map(|((start, version), end)| Chapter { version, text: &text[start..end] }).collect();
        Self { preamble, chapters }
    }

    fn has(&self, version: &Version) -> bool {
        self.chapters.iter().any(|chapter| chapter.version.as_ref() == Some(version))
    }
}

impl<'t> Chapter<'t> {
    fn heading(&self) -> &'t str {
        self.text.lines().next().unwrap_or_default()
    }

    fn body(&self) -> &'t str {
        self.text.split_once('\n').map_or("", |(_, body)| body)
    }
}

/// Whether a line stands inside a fenced code block or an HTML comment, where a heading is none.
#[derive(Default)]
struct Literal {
    fence: Option<&'static str>,
    comment: bool,
}

impl Literal {
    /// What closes it, where it is open.
    fn end(&self) -> Option<&'static str> {
        self.fence.or_else(|| self.comment.then_some("-->"))
    }

    fn covers(&mut self, line: &str) -> bool {
        let inside = self.end().is_some();
        let start = line.trim_start();
        match self.fence {
            Some(fence) if start.starts_with(fence) => self.fence = None,
            Some(_) => {}
            None if !self.comment => self.fence = ["```", "~~~"].into_iter().find(|fence| start.starts_with(fence)),
            None => {}
        }
        if self.fence.is_none() {
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

/// What a heading of a release says: `Some(None)` for "Unreleased"; `None` for any other line.
fn release_heading(line: &str) -> Option<Option<Version>> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    if !(1..=3).contains(&level) || !text.starts_with([' ', '\t']) {
        return None;
    }
    let text = text.trim().trim_start_matches('[');
    let word = text.split([']', '(', ' ', '\t']).next().unwrap_or_default();
    if word.eq_ignore_ascii_case("unreleased") {
        return Some(None);
    }
    let digits = word.find(|c: char| c.is_ascii_digit())?;
    let (prefix, version) = word.split_at(digits);
    let is_prefix = prefix.is_empty() || prefix.ends_with(['v', 'V', '-', '@', '/']);
    Version::parse(version).ok().filter(|_| is_prefix).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::notes::notes;
    use crate::changelog::notes::tests::judged;
    use crate::config::ChangelogSettings;
    use crate::history::{Judged, Release};

    const FORM: Form = Form::KeepAChangelog;

    fn made(version: Option<&str>, commits: Vec<Judged>) -> Notes {
        let version = version.map(|version| Version::parse(version).unwrap());
        let tag = version.as_ref().map(|version| format!("v{version}"));
        let release = Release { version, tag, time: None, commits };
        notes(vec![release], &ChangelogSettings::default(), "x").remove(0)
    }

    fn unreleased_with(commits: &[(char, &str)]) -> Vec<Notes> {
        vec![made(None, commits.iter().map(|(digit, message)| judged(*digit, message)).collect())]
    }

    fn is_stable_under_a_second_run(text: &str, notes: &[Notes]) -> String {
        let once = update(text, notes, FORM);
        assert_eq!(update(&once, notes, FORM), once);
        once
    }

    #[test]
    fn an_empty_file_becomes_a_changelog() {
        let notes = [made(None, vec![judged('a', "feat: a")]), made(Some("1.0.0"), vec![judged('b', "fix: b")])];
        let text = is_stable_under_a_second_run("", &notes);
        let body = text.strip_prefix(preamble(FORM)).unwrap();
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
    fn headings_in_code_and_comments_are_none() {
        let text = "# Log\n\n```\n## 9.0.0\n```\n<!--\n## 8.0.0\n-->\n\n## 1.0.0\n";
        let updated = is_stable_under_a_second_run(text, &[made(Some("2.0.0"), vec![judged('a', "feat: a")])]);
        assert!(updated.contains("-->\n\n## 2.0.0\n"), "{updated}");
    }

    #[test]
    fn headings_of_other_tools_are_known() {
        for heading in
            ["# [1.2.0](https://x) (2020-01-01)", "### 1.2.1 (2020)", "## v1.2.0", "## [core-v1.2.0]", "## pkg@1.2.0"]
        {
            assert!(matches!(release_heading(heading), Some(Some(_))), "{heading}");
        }
        for heading in ["## Added", "## 1.2", "#1.2.3", "#### 1.2.3", "text 1.2.3", "## Since 1.2.3"] {
            assert_eq!(release_heading(heading), None, "{heading}");
        }
    }

    /// Lines as people and tools write them, headings of all kinds among them.
    const LINES: [&str; 14] = [
        "",
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
        ) {
            let lines: Vec<&str> = lines.into_iter().map(|at| LINES[at]).collect();
            let text = lines.join("\n");
            let mut notes = unreleased_with(&[('a', "feat: a"), ('b', "fix: b")]);
            notes.push(made(Some(&format!("1.{released}.0")), vec![judged('c', "fix: c")]));
            let once = update(&text, &notes, FORM);
            proptest::prop_assert_eq!(&update(&once, &notes, FORM), &once);
            let by_hand = |text: &str| text.lines().filter(|line| *line == "By hand." || *line == "  - nested").count();
            proptest::prop_assert_eq!(by_hand(&once), by_hand(&text));
        }
    }
}
