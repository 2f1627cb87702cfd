//! The built-in styles of a changelog: how a release, a title, and an entry are written.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::changelog::blocks::{first_paragraph, write_blocks};
use crate::changelog::links::Links;
use crate::changelog::markdown::escape;
use crate::changelog::merge_entries::COMPARISON;
use crate::changelog::notes::{Entry, Notes, Title};
use crate::commit::{Author, FoundReference, Id, Reference, references_at_end};
use crate::config::{BreakingPlace, ChangelogSettings, ChangelogStyle, Scopes};
use crate::history::Dependency;

/// Renders notes as Markdown, in the style of the settings.
#[derive(Debug, Clone, Copy)]
pub struct ChangelogRenderer<'a> {
    style: ChangelogStyle,
    breaking: BreakingPlace,
    scopes: Scopes,
    links: Option<&'a Links>,
}

impl<'a> ChangelogRenderer<'a> {
    /// A renderer with these settings. It writes links if the settings enable them and `links` is
    /// known.
    #[must_use]
    pub fn new(settings: &ChangelogSettings, links: Option<&'a Links>) -> Self {
        Self {
            style: settings.style,
            breaking: settings.breaking_place(),
            scopes: settings.scopes,
            links: links.filter(|_| settings.wants_links()),
        }
    }

    /// The text above the releases in a new file.
    #[must_use]
    pub(super) const fn preamble(&self) -> &'static str {
        match self.style {
            ChangelogStyle::KeepAChangelog => {
                "# Changelog\n\nAll notable changes to this project will be documented in this file.\n\nThe format \
                 is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), and this project adheres \
                 to\n[Semantic Versioning](https://semver.org/spec/v2.0.0.html).\n"
            }
            ChangelogStyle::Conventional | ChangelogStyle::GitHub | ChangelogStyle::Template => {
                "# Changelog\n"
            }
        }
    }

    /// Renders the releases without the preamble of a file.
    #[must_use]
    pub fn render(&self, notes: &[Notes]) -> String {
        let mut out = String::new();
        self.write(&mut out, notes);
        out
    }

    /// Renders the releases with the preamble of a new file.
    #[must_use]
    pub fn render_file(&self, notes: &[Notes]) -> String {
        let mut out = format!("{}\n", self.preamble());
        self.write(&mut out, notes);
        out
    }

    fn write(&self, out: &mut String, notes: &[Notes]) {
        for (at, notes) in notes.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            writeln!(out, "{}", self.heading(notes)).expect("a string takes any text");
            self.write_body(out, notes);
        }
    }

    /// Writes the notes of one release for its own page, without the heading if the style is made
    /// for such pages.
    #[must_use]
    pub(crate) fn render_page(&self, notes: &Notes) -> String {
        if self.style != ChangelogStyle::GitHub {
            return self.render(std::slice::from_ref(notes));
        }
        let mut out = String::new();
        self.write_body(&mut out, notes);
        out.trim_start_matches('\n').to_owned()
    }

    fn write_body(&self, out: &mut String, notes: &Notes) {
        if self.style == ChangelogStyle::GitHub
            && !(notes.sections.is_empty() && notes.dependencies.is_empty())
        {
            out.push_str("\n## What's Changed\n");
        }
        let is_apart = self.breaking == BreakingPlace::Apart;
        // As in conventional-changelog, notes have their own section, and entries stay in theirs.
        let are_notes_apart = is_apart && self.style == ChangelogStyle::Conventional;
        if is_apart {
            let all = notes
                .sections
                .iter()
                .flat_map(|section| &section.entries)
                .filter(|entry| entry.breaking);
            let items = if are_notes_apart {
                all.flat_map(|entry| self.note_items(entry)).collect()
            } else {
                all.map(|entry| self.item_with_notes(entry)).collect()
            };
            write_group(out, self.breaking_title(), items);
        }
        for section in &notes.sections {
            let stays = |entry: &&Entry| !is_apart || are_notes_apart || !entry.breaking;
            let item = |entry| {
                if are_notes_apart {
                    self.item(entry)
                } else {
                    self.item_with_notes(entry)
                }
            };
            write_group(
                out,
                &section.title,
                section.entries.iter().filter(stays).map(item).collect(),
            );
        }
        let update = |dependency: &Dependency| {
            let mark = if self.style == ChangelogStyle::KeepAChangelog {
                '-'
            } else {
                '*'
            };
            format!(
                "{mark} Update {} to {}\n",
                escape(&dependency.package),
                dependency.version
            )
        };
        write_group(
            out,
            "Dependencies",
            notes.dependencies.iter().map(update).collect(),
        );
        if self.style == ChangelogStyle::GitHub {
            self.write_new_contributors(out, notes);
            self.write_comparison(out, notes);
        }
    }

    /// The heading of a separate section for breaking changes.
    const fn breaking_title(&self) -> &'static str {
        match self.style {
            ChangelogStyle::Conventional => "⚠ BREAKING CHANGES",
            ChangelogStyle::KeepAChangelog | ChangelogStyle::GitHub | ChangelogStyle::Template => {
                "Breaking Changes"
            }
        }
    }

    fn heading(&self, notes: &Notes) -> String {
        let marks = if self.style == ChangelogStyle::GitHub {
            "#"
        } else {
            "##"
        };
        let Some(version) = notes.title.version() else {
            return format!("{marks} Unreleased");
        };
        let linked = self.links.and_then(|links| notes.comparison(links));
        let shown = linked.map_or_else(
            || version.to_string(),
            |link| format!("[{version}]({link})"),
        );
        match (notes.date, self.style) {
            (None, _) => format!("{marks} {shown}"),
            (Some(date), ChangelogStyle::KeepAChangelog) => format!("{marks} {shown} - {date}"),
            (Some(date), _) => format!("{marks} {shown} ({date})"),
        }
    }

    /// One item per note of a breaking entry, as in conventional-changelog; an entry without a note
    /// is represented by its subject.
    fn note_items(&self, entry: &Entry) -> Vec<String> {
        if entry.breaking_notes.is_empty() {
            return vec![self.item(entry)];
        }
        let item = |note: &String| {
            let (line, rest) =
                first_paragraph(note).unwrap_or_else(|| (entry.subject.clone(), note));
            let mut out = self.bullet(entry);
            out.push_str(&escape(&line));
            out.push_str(" (");
            self.write_commit(&mut out, entry.commit);
            out.push_str(")\n");
            self.write_below(&mut out, rest);
            out
        };
        entry.breaking_notes.iter().map(item).collect()
    }

    /// An entry, followed by the notes that contain more than its subject.
    fn item_with_notes(&self, entry: &Entry) -> String {
        let mut out = self.item(entry);
        let plain = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .collect::<String>()
                .to_lowercase()
        };
        let subject = plain(&entry.subject);
        for note in entry
            .breaking_notes
            .iter()
            .filter(|note| plain(note) != subject)
        {
            self.write_below(&mut out, note);
        }
        out
    }

    /// Writes a note as blocks inside its item.
    ///
    /// Its lists use the marker that entries don't use, so that `merge` can distinguish them from
    /// handwritten lists.
    fn write_below(&self, out: &mut String, note: &str) {
        if !note.is_empty() {
            let bullet = if self.style == ChangelogStyle::KeepAChangelog {
                "*"
            } else {
                "-"
            };
            out.push('\n');
            out.push_str(&write_blocks(note, 2, bullet));
        }
    }

    /// Begins an item, with the mark for breaking changes and the scope.
    fn bullet(&self, entry: &Entry) -> String {
        let mut out = String::from(if self.style == ChangelogStyle::KeepAChangelog {
            "- "
        } else {
            "* "
        });
        if entry.breaking && self.breaking == BreakingPlace::Marked {
            out.push_str("**Breaking:** ");
        }
        if let Some(scope) = entry
            .scope
            .as_deref()
            .filter(|_| self.scopes != Scopes::Hidden)
        {
            write!(out, "**{}:** ", escape(scope)).expect("a string takes any text");
        }
        out
    }

    /// An entry as one line.
    fn item(&self, entry: &Entry) -> String {
        let mut out = self.bullet(entry);
        let in_subject = references_at_end(&entry.subject);
        match in_subject.first() {
            Some(first) if self.links.is_some() || self.style == ChangelogStyle::GitHub => {
                let open = entry.subject[..first.range.start]
                    .rfind('(')
                    .unwrap_or(first.range.start);
                out.push_str(&escape(&entry.subject[..open]));
                self.write_subject_end(&mut out, entry, open, &in_subject);
            }
            _ => {
                out.push_str(&escape(&entry.subject));
                self.write_authors(&mut out, &entry.authors);
            }
        }
        out.push_str(" (");
        self.write_commit(&mut out, entry.commit);
        let is_in_subject = |reference: &Reference| {
            in_subject
                .iter()
                .any(|found| found.reference.number == reference.number)
        };
        for reference in entry
            .references
            .iter()
            .filter(|reference| !is_in_subject(reference))
        {
            out.push_str(", ");
            self.write_reference(&mut out, *reference);
        }
        for ticket in &entry.tickets {
            out.push_str(", ");
            out.push_str(&escape(ticket));
        }
        out.push_str(")\n");
        out
    }

    /// Writes the groups in parentheses at the end of a subject, with links for the references. For
    /// a page of the forge itself, writes the authors and the references instead.
    fn write_subject_end(
        &self,
        out: &mut String,
        entry: &Entry,
        open: usize,
        references: &[FoundReference],
    ) {
        if self.style == ChangelogStyle::GitHub {
            self.write_authors(out, &entry.authors);
            for (at, found) in references.iter().enumerate() {
                out.push_str(if at == 0 { " in " } else { ", " });
                self.write_reference(out, found.reference);
            }
            return;
        }
        out.push(' ');
        let mut done = open;
        for FoundReference { range, reference } in references {
            out.push_str(&entry.subject[done..range.start]); // only words, commas and parentheses
            self.write_reference(out, *reference);
            done = range.end;
        }
        out.push_str(&entry.subject[done..]);
    }

    fn write_authors(&self, out: &mut String, authors: &[Arc<Author>]) {
        if self.style == ChangelogStyle::GitHub && !authors.is_empty() {
            let names: Vec<String> = authors
                .iter()
                .map(|author| escape(display_name(author)))
                .collect();
            out.push_str(" by ");
            out.push_str(&names.join(", "));
        }
    }

    fn write_commit(&self, out: &mut String, commit: Id) {
        let short = commit.short();
        match self.links {
            Some(links) => {
                write!(out, "[{short}]({})", links.commit(commit))
                    .expect("a string takes any text");
            }
            None => out.push_str(&short),
        }
    }

    fn write_reference(&self, out: &mut String, reference: Reference) {
        match self.links {
            Some(links) => write!(out, "[{reference}]({})", links.reference(reference)),
            None => write!(out, "{reference}"),
        }
        .expect("a string takes any text");
    }

    fn write_new_contributors(&self, out: &mut String, notes: &Notes) {
        let mut heading = "\n## New Contributors\n\n";
        let entries = notes.sections.iter().flat_map(|section| &section.entries);
        let entries: HashMap<Id, &Entry> = entries.map(|entry| (entry.commit, entry)).collect();
        for contributor in &notes.contributors {
            let Some(commit) = contributor.first else {
                continue;
            };
            out.push_str(std::mem::take(&mut heading));
            write!(
                out,
                "* {} made their first contribution in ",
                escape(display_name(&contributor.author))
            )
            .expect("a string takes any text");
            match entries
                .get(&commit)
                .and_then(|entry| references_at_end(&entry.subject).into_iter().next())
            {
                Some(found) => self.write_reference(out, found.reference),
                None => self.write_commit(out, commit),
            }
            out.push('\n');
        }
    }

    fn write_comparison(&self, out: &mut String, notes: &Notes) {
        let (Some(links), Some(previous)) = (self.links, &notes.previous) else {
            return;
        };
        let tag = notes.tag_name();
        let link = links.compare(previous, tag.as_deref());
        let tag = tag.as_deref().unwrap_or("HEAD");
        write!(
            out,
            "\n{COMPARISON}[{}]({link})\n",
            escape(&format!("{previous}...{tag}"))
        )
        .expect("a string takes any text");
    }
}

/// Writes items below their title, with a blank line after an item with several paragraphs.
fn write_group(out: &mut String, title: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    write!(out, "\n### {title}\n\n").expect("a string takes any text");
    let last = items.len() - 1;
    for (at, item) in items.into_iter().enumerate() {
        let ends_a_paragraph = item.contains("\n\n") && at < last;
        out.push_str(&item);
        out.push_str(if ends_a_paragraph { "\n" } else { "" });
    }
}

/// The displayed name of a person.
fn display_name(author: &Author) -> &str {
    if author.name.is_empty() {
        &author.email
    } else {
        &author.name
    }
}

impl Notes {
    /// The link of a release's version: the comparison with the previous release, or the tag of the
    /// first release.
    #[must_use]
    pub(crate) fn comparison(&self, links: &Links) -> Option<String> {
        match (&self.previous, self.tag_name()) {
            (Some(previous), tag) => Some(links.compare(previous, tag.as_deref())),
            (None, Some(tag)) => Some(links.tag(&tag)),
            (None, None) => None,
        }
    }

    /// The tag's name. For an upcoming release, it is derived from the previous tag.
    fn tag_name(&self) -> Option<String> {
        match &self.title {
            Title::Unreleased => None,
            Title::Released { tag, .. } => Some(tag.clone()),
            Title::Planned(version) => {
                let previous = self.previous.as_deref()?;
                let is_version = |at: &usize| semver::Version::parse(&previous[*at..]).is_ok();
                let prefix = previous.char_indices().map(|(at, _)| at).find(is_version)?;
                Some(format!("{}{version}", &previous[..prefix]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::markdown::tests::links_by_itself;
    use crate::changelog::notes::tests::judged;
    use crate::changelog::notes::{notes, notes_with_people};
    use crate::changelog::people::People;
    use crate::config::Forge;
    use crate::history::{ClassifiedCommit, Release};

    fn unreleased(messages: &[&str]) -> Release {
        let digits = ('a'..='f').chain('0'..='9');
        let commits: Vec<ClassifiedCommit> = digits
            .zip(messages)
            .map(|(digit, message)| judged(digit, message))
            .collect();
        Release {
            version: None,
            tag: None,
            time: None,
            commits,
        }
    }

    fn rendered_as(
        settings: &ChangelogSettings,
        links: Option<&Links>,
        messages: &[&str],
    ) -> String {
        let notes = notes(vec![unreleased(messages)], settings, "x");
        ChangelogRenderer::new(settings, links).render(&notes)
    }

    fn settings(style: ChangelogStyle) -> ChangelogSettings {
        ChangelogSettings {
            style,
            ..ChangelogSettings::default()
        }
    }

    fn rendered(style: ChangelogStyle) -> String {
        rendered_as(
            &settings(style),
            None,
            &["feat(api)!: drop *v1*", "fix: x\n\nChange: CHG-1"],
        )
    }

    fn links() -> Links {
        Links::new(Forge::GitHub, "https://github.com/o/r")
    }

    #[test]
    fn keep_a_changelog_marks_breaking_entries() {
        assert_eq!(
            rendered(ChangelogStyle::KeepAChangelog),
            "## Unreleased\n\n### Added\n\n- **Breaking:** **api:** drop \\*v1\\* (aaaaaaaaaa)\n\n### Fixed\n\n- x (bbbbbbbbbb, CHG-1)\n"
        );
    }

    #[test]
    fn the_conventional_style_puts_breaking_changes_first() {
        assert_eq!(
            rendered(ChangelogStyle::Conventional),
            "## Unreleased\n\n### ⚠ BREAKING CHANGES\n\n* **api:** drop \\*v1\\* (aaaaaaaaaa)\n\n\
             ### Features\n\n* **api:** drop \\*v1\\* (aaaaaaaaaa)\n\n### Bug Fixes\n\n* x (bbbbbbbbbb, CHG-1)\n"
        );
    }

    const NOTES: &str = "feat(api): drop v1\n\nBREAKING CHANGE: Use *v2*,\nor v3.\n\n- a\n\nBREAKING CHANGE:\n\n```js\nb()\n```\n";

    #[test]
    fn keep_a_changelog_prints_notes_below_the_entry() {
        assert_eq!(
            rendered_as(&settings(ChangelogStyle::KeepAChangelog), None, &[NOTES]),
            "## Unreleased\n\n### Added\n\n- **Breaking:** **api:** drop v1 (aaaaaaaaaa)\n\n  Use \\*v2\\*,\n  or v3.\n\n  * a\n\n\
             \x20 ```js\n  b()\n  ```\n"
        );
    }

    #[test]
    fn the_conventional_style_prints_notes_in_their_section() {
        assert_eq!(
            rendered_as(&settings(ChangelogStyle::Conventional), None, &[NOTES]),
            "## Unreleased\n\n### ⚠ BREAKING CHANGES\n\n* **api:** Use \\*v2\\*, or v3. (aaaaaaaaaa)\n\n  - a\n\n\
             * **api:** drop v1 (aaaaaaaaaa)\n\n  ```js\n  b()\n  ```\n\n### Features\n\n* **api:** drop v1 (aaaaaaaaaa)\n"
        );
    }

    #[test]
    fn the_github_style_prints_notes_with_breaking_changes() {
        let text = rendered_as(
            &settings(ChangelogStyle::GitHub),
            None,
            &["feat!: a\n\nBREAKING CHANGE: use b"],
        );
        assert!(
            text.ends_with("### Breaking Changes\n\n* a (aaaaaaaaaa)\n\n  use b\n"),
            "{text}"
        );
    }

    #[test]
    fn a_note_that_repeats_the_subject_is_not_printed() {
        let text = rendered_as(
            &settings(ChangelogStyle::KeepAChangelog),
            None,
            &["feat!: drop v1\n\nBREAKING CHANGE: Drop v1."],
        );
        assert!(
            text.ends_with("- **Breaking:** drop v1 (aaaaaaaaaa)\n"),
            "{text}"
        );
    }

    #[test]
    fn breaking_changes_are_placed_by_the_settings() {
        let apart = ChangelogSettings {
            breaking: Some(BreakingPlace::Apart),
            ..ChangelogSettings::default()
        };
        assert!(
            rendered_as(&apart, None, &["feat!: a"])
                .contains("### Breaking Changes\n\n- a (aaaaaaaaaa)\n")
        );
        let marked = ChangelogSettings {
            breaking: Some(BreakingPlace::Marked),
            ..settings(ChangelogStyle::Conventional)
        };
        assert!(
            rendered_as(&marked, None, &["feat!: a"]).contains("### Features\n\n* **Breaking:** a")
        );
    }

    #[test]
    fn scopes_may_be_hidden() {
        let settings = ChangelogSettings {
            scopes: Scopes::Hidden,
            ..ChangelogSettings::default()
        };
        assert!(rendered_as(&settings, None, &["feat(api): a"]).contains("\n- a ("));
    }

    #[test]
    fn footer_references_are_listed_once() {
        let text = rendered_as(
            &ChangelogSettings::default(),
            None,
            &["fix: a (#1)\n\nCloses #1, #2"],
        );
        assert!(text.contains("- a (#1) (aaaaaaaaaa, #2)\n"), "{text}");
    }

    #[test]
    fn commits_and_numbers_are_links_where_they_are_wanted() {
        let wanted = ChangelogSettings {
            links: Some(true),
            ..ChangelogSettings::default()
        };
        let messages = ["fix: a (fixes #1) (#2)\n\nRefs #3"];
        let text = rendered_as(&wanted, Some(&links()), &messages);
        let commit = format!(
            "[aaaaaaaaaa](https://github.com/o/r/commit/{})",
            "a".repeat(40)
        );
        let [issue, request, other] = [("issues", 1), ("pull", 2), ("issues", 3)]
            .map(|(page, number)| format!("[#{number}](https://github.com/o/r/{page}/{number})"));
        assert!(
            text.contains(&format!(
                "- a (fixes {issue}) ({request}) ({commit}, {other})\n"
            )),
            "{text}"
        );
        let plain = rendered_as(&ChangelogSettings::default(), Some(&links()), &messages);
        assert!(!plain.contains("github.com"), "{plain}");
    }

    #[test]
    fn versions_lead_to_what_they_changed() {
        let wanted = ChangelogSettings {
            links: Some(true),
            ..ChangelogSettings::default()
        };
        let tagged = |version: &str| Release {
            version: Some(version.parse().unwrap()),
            tag: Some(format!("v{version}")),
            time: Some(0),
            commits: Vec::new(),
        };
        let mut notes = notes(
            vec![unreleased(&[]), tagged("1.1.0"), tagged("1.0.0")],
            &wanted,
            "x",
        );
        notes[0] = notes[0]
            .clone()
            .planned_as("1.2.0".parse().unwrap(), jiff::civil::date(2026, 1, 2));
        assert_eq!(
            ChangelogRenderer::new(&wanted, Some(&links())).render(&notes),
            "## [1.2.0](https://github.com/o/r/compare/v1.1.0...v1.2.0) - 2026-01-02\n\n\
             ## [1.1.0](https://github.com/o/r/compare/v1.0.0...v1.1.0) - 1970-01-01\n\n\
             ## [1.0.0](https://github.com/o/r/releases/tag/v1.0.0) - 1970-01-01\n"
        );
    }

    #[test]
    fn the_notes_of_a_github_release_name_people_and_requests() {
        let settings = settings(ChangelogStyle::GitHub);
        let people = People::default();
        let messages = [
            "feat(api): a (#2)\n\nCo-authored-by: Bo @x <bo@x.org>",
            "fix: b",
        ];
        let mut notes =
            notes_with_people(vec![unreleased(&messages)], &settings, "x", Some(&people)).remove(0);
        notes.previous = Some("v1.0.0".into());
        let commit = |digit: &str| {
            format!(
                "[{0}](https://github.com/o/r/commit/{1})",
                digit.repeat(10),
                digit.repeat(40)
            )
        };
        let request = "[#2](https://github.com/o/r/pull/2)";
        assert_eq!(
            ChangelogRenderer::new(&settings, Some(&links())).render_page(&notes),
            format!(
                "## What's Changed\n\n### Features\n\n* **api:** a by A, Bo `@x` in {request} ({})\n\n\
                 ### Bug Fixes\n\n* b by A ({})\n\n\
                 ## New Contributors\n\n* A made their first contribution in {}\n\
                 * Bo `@x` made their first contribution in {request}\n\n\
                 **Full Changelog**: [v1.0.0...HEAD](https://github.com/o/r/compare/v1.0.0...HEAD)\n",
                commit("a"),
                commit("b"),
                commit("b"),
            )
        );
    }

    /// The destinations of links, the headings, and whether everything else is lists, emphasis,
    /// code, and text of the style, all inside lists.
    fn read(text: &str) -> (Vec<String>, usize, bool) {
        use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
        let (mut links, mut headings, mut plain) = (Vec::new(), 0, true);
        let (mut depth, mut in_code) = (0, false);
        let options =
            Options::all() - Options::ENABLE_SUPERSCRIPT - Options::ENABLE_SMART_PUNCTUATION;
        for event in Parser::new_ext(text, options) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.into_string()),
                Event::Text(text) => plain &= in_code || !links_by_itself(&text),
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::Start(Tag::List(_)) => depth += 1,
                Event::End(TagEnd::List(_)) => depth -= 1,
                Event::Start(Tag::CodeBlock(_)) => (in_code, plain) = (true, plain && depth > 0),
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Start(Tag::Paragraph) => plain &= depth > 0,
                Event::Start(Tag::Item | Tag::Strong)
                | Event::Code(_)
                | Event::SoftBreak
                | Event::End(_) => {}
                _ => plain = false,
            }
        }
        (links, headings, plain)
    }

    proptest::proptest! {
        #[test]
        fn commit_text_never_adds_links_or_headings(
            words in proptest::collection::vec("[-a-z0-9 !-/:-@\\[-`{-~\u{202e}\u{2028}\n]{1,9}", 4),
            note in "[-a-z0-9 !-/:-@\\[-`{-~\u{202e}\u{2028}\n]{0,30}",
        ) {
            let [subject, scope, name, ticket] = [0, 1, 2, 3].map(|at| words[at].clone());
            for style in [ChangelogStyle::KeepAChangelog, ChangelogStyle::Conventional, ChangelogStyle::GitHub] {
                let settings = ChangelogSettings { links: Some(true), ..settings(style) };
                let people = People::default();
                let mut notes = notes_with_people(vec![unreleased(&["feat(x)!: y"])], &settings, "x", Some(&people)).remove(0);
                let author = Arc::new(Author { name: name.clone().into(), email: "a".into() });
                let entry = &mut notes.sections[0].entries[0];
                (entry.subject, entry.scope) = (subject.clone(), Some(scope.clone()));
                (entry.tickets, entry.authors) = (vec![ticket.clone()], vec![Arc::clone(&author)]);
                entry.breaking_notes = vec![note.clone(), "last".to_owned()];
                notes.contributors[0].author = author;
                let links = links();
                let text = ChangelogRenderer::new(&settings, Some(&links)).render(&[notes]);
                let (told, headings, plain) = read(&text);
                proptest::prop_assert!(plain, "{}", text);
                proptest::prop_assert!(told.iter().all(|link| link.starts_with("https://github.com/o/r/")), "{}", text);
                let expected = match style {
                    ChangelogStyle::GitHub => 4,
                    ChangelogStyle::Conventional => 3,
                    _ => 2,
                };
                proptest::prop_assert_eq!(headings, expected, "{}", text);
            }
        }
    }

    #[test]
    fn dependencies_that_were_released_too_have_a_group() {
        let mut notes = Notes::without_commits(None);
        notes.dependencies = vec![Dependency {
            package: "@x/*core*".into(),
            version: "1.1.0".parse().unwrap(),
        }];
        for (style, expected) in [
            (
                ChangelogStyle::KeepAChangelog,
                "## Unreleased\n\n### Dependencies\n\n- Update `@x/`\\*core\\* to 1.1.0\n",
            ),
            (
                ChangelogStyle::Conventional,
                "## Unreleased\n\n### Dependencies\n\n* Update `@x/`\\*core\\* to 1.1.0\n",
            ),
        ] {
            assert_eq!(
                ChangelogRenderer::new(&settings(style), None).render(std::slice::from_ref(&notes)),
                expected
            );
        }
        let page =
            ChangelogRenderer::new(&settings(ChangelogStyle::GitHub), None).render_page(&notes);
        assert!(
            page.starts_with("## What's Changed\n\n### Dependencies\n\n* Update "),
            "{page}"
        );
    }

    #[test]
    fn a_release_without_entries_is_its_heading() {
        assert_eq!(
            rendered_as(&ChangelogSettings::default(), None, &["docs: x"]),
            "## Unreleased\n"
        );
    }
}
