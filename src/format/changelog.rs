//! The changelog for programs: the document of `changelog --format json`, product.md §11.

use serde::Serialize;

use crate::changelog::{Entry, Notes, Section};
use crate::format::document;

/// The releases of a changelog, as `changelog` prints them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireChangelog<'a> {
    schema_version: u8,
    releases: Vec<WireRelease<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRelease<'a> {
    version: Option<String>,
    tag: Option<&'a str>,
    date: Option<String>,
    commits: Vec<String>,
    sections: Vec<WireSection<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSection<'a> {
    title: &'a str,
    entries: Vec<WireEntry<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireEntry<'a> {
    commit: String,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    scope: Option<&'a str>,
    breaking: bool,
    subject: &'a str,
    tickets: &'a [String],
}

/// Writes the notes of releases as one document.
#[must_use]
pub fn changelog_json(notes: &[Notes]) -> String {
    document(&WireChangelog { schema_version: 1, releases: notes.iter().map(wire_release).collect() })
}

fn wire_release(notes: &Notes) -> WireRelease<'_> {
    WireRelease {
        version: notes.title.version().map(ToString::to_string),
        tag: notes.title.tag(),
        date: notes.date.map(|date| date.to_string()),
        commits: notes.commits.iter().map(ToString::to_string).collect(),
        sections: notes.sections.iter().map(wire_section).collect(),
    }
}

fn wire_section(section: &Section) -> WireSection<'_> {
    WireSection { title: &section.title, entries: section.entries.iter().map(wire_entry).collect() }
}

fn wire_entry(entry: &Entry) -> WireEntry<'_> {
    WireEntry {
        commit: entry.commit.to_string(),
        kind: entry.kind.as_deref(),
        scope: entry.scope.as_deref(),
        breaking: entry.breaking,
        subject: &entry.subject,
        tickets: &entry.tickets,
    }
}
