//! The built-in forms of a changelog: how a release, a title and an entry are written.

use std::fmt::Write as _;

use crate::changelog::markdown::escape;
use crate::changelog::notes::{Entry, Notes, Title};
use crate::config::Form;

/// The heading over breaking changes in the conventional form.
const BREAKING: &str = "⚠ BREAKING CHANGES";

/// What stands above the releases in a new file.
#[must_use]
pub const fn preamble(form: Form) -> &'static str {
    match form {
        Form::KeepAChangelog => {
            "# Changelog\n\nAll notable changes to this project are written down here.\n\nThe form follows \
             [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), the versions follow\n\
             [Semantic Versioning](https://semver.org/spec/v2.0.0.html).\n"
        }
        Form::Conventional => "# Changelog\n",
    }
}

/// Writes releases one below the other, without a preamble.
#[must_use]
pub fn render(notes: &[Notes], form: Form) -> String {
    let releases: Vec<String> = notes.iter().map(|notes| release(notes, form)).collect();
    releases.join("\n")
}

/// Writes one release: heading and groups, ended by a line feed.
pub(super) fn release(notes: &Notes, form: Form) -> String {
    let mut out = format!("{}\n", heading(notes, form));
    for group in groups(notes, form) {
        write!(out, "\n### {}\n\n", group.title).expect("a string takes any text");
        for line in &group.lines {
            writeln!(out, "{line}").expect("a string takes any text");
        }
    }
    out
}

/// A title with its entries as lines.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// The groups of a release in the order in which they are shown; the conventional form has breaking changes apart.
pub(super) fn groups(notes: &Notes, form: Form) -> Vec<Group> {
    let apart = |entry: &Entry| form == Form::Conventional && entry.breaking;
    let all = notes.sections.iter().flat_map(|section| &section.entries);
    let breaking = all.filter(|entry| apart(entry)).map(|entry| line(entry, form)).collect();
    let mut groups = vec![Group { title: BREAKING.to_owned(), lines: breaking }];
    for section in &notes.sections {
        let lines = section.entries.iter().filter(|entry| !apart(entry)).map(|entry| line(entry, form)).collect();
        groups.push(Group { title: section.title.clone(), lines });
    }
    groups.retain(|group| !group.lines.is_empty());
    groups
}

pub(super) fn heading(notes: &Notes, form: Form) -> String {
    let date = notes.date.map(|date| date.to_string());
    match (&notes.title, form) {
        (Title::Unreleased, _) => "## Unreleased".to_owned(),
        (Title::Coming(version) | Title::Released { version, .. }, Form::KeepAChangelog) => {
            date.map_or_else(|| format!("## {version}"), |date| format!("## {version} - {date}"))
        }
        (Title::Coming(version) | Title::Released { version, .. }, Form::Conventional) => {
            date.map_or_else(|| format!("## {version}"), |date| format!("## {version} ({date})"))
        }
    }
}

fn line(entry: &Entry, form: Form) -> String {
    let bullet = match form {
        Form::KeepAChangelog => '-',
        Form::Conventional => '*',
    };
    let mark = if entry.breaking && form == Form::KeepAChangelog { "**Breaking:** " } else { "" };
    let scope = entry.scope.as_deref().map(|scope| format!("**{}:** ", escape(scope))).unwrap_or_default();
    let tickets: String = entry.tickets.iter().map(|ticket| format!(", {}", escape(ticket))).collect();
    format!("{bullet} {mark}{scope}{} ({}{tickets})", escape(&entry.subject), entry.commit.short())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::notes::notes;
    use crate::changelog::notes::tests::judged;
    use crate::config::ChangelogSettings;
    use crate::history::Release;

    fn rendered(form: Form) -> String {
        let commits = vec![judged('a', "feat(api)!: drop *v1*"), judged('b', "fix: x\n\nChange: CHG-1")];
        let release = Release { version: None, tag: None, time: None, commits };
        let settings = ChangelogSettings { form, ..ChangelogSettings::default() };
        render(&notes(vec![release], &settings, "x"), form)
    }

    #[test]
    fn keep_a_changelog_marks_breaking_entries() {
        assert_eq!(
            rendered(Form::KeepAChangelog),
            "## Unreleased\n\n### Added\n\n- **Breaking:** **api:** drop \\*v1\\* (aaaaaaaaaa)\n\n### Fixed\n\n- x (bbbbbbbbbb, CHG-1)\n"
        );
    }

    #[test]
    fn the_conventional_form_puts_breaking_changes_first() {
        assert_eq!(
            rendered(Form::Conventional),
            "## Unreleased\n\n### ⚠ BREAKING CHANGES\n\n* **api:** drop \\*v1\\* (aaaaaaaaaa)\n\n### Bug Fixes\n\n* x (bbbbbbbbbb, CHG-1)\n"
        );
    }

    #[test]
    fn a_release_without_entries_is_its_heading() {
        let release = Release { version: None, tag: None, time: None, commits: vec![judged('a', "docs: x")] };
        assert_eq!(
            render(&notes(vec![release], &ChangelogSettings::default(), "x"), Form::KeepAChangelog),
            "## Unreleased\n"
        );
    }
}
