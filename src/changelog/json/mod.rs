//! The changelog for programs and for templates: the document of `changelog --format json`.

mod read;

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::changelog::{Contributor, Entry, Links, Notes, Section, login};
use crate::commit::{Author, Reference, ReferenceKind, references_at_end};
use crate::history::Dependency;
use crate::source::json_document;

pub use read::read_changelog;

/// The releases of a changelog, as `changelog` prints them and as templates see them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WireChangelog<'a> {
    schema_version: u8,
    /// The address of the repository's pages; null if unknown or disabled.
    repository: Option<WireRepository<'a>>,
    /// Newest first.
    releases: Vec<WireRelease<'a>>,
}

/// The changelogs of a repository's packages, as `changelog` prints them if no package is named.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WirePackageChangelogs<'a> {
    schema_version: u8,
    /// The address of the repository's pages; null if unknown or disabled.
    repository: Option<WireRepository<'a>>,
    /// In the order of the configuration.
    packages: Vec<WirePackageChangelog<'a>>,
    /// How many commits since the last releases belong to no package, and so are in no changelog;
    /// merges are not counted.
    unassigned_commits: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WirePackageChangelog<'a> {
    name: &'a str,
    /// Newest first.
    releases: Vec<WireRelease<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRepository<'a> {
    /// `github`, `gitlab`, `gitea`, `bitbucket` or `azure`.
    forge: &'static str,
    url: Url<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRelease<'a> {
    /// Null: unreleased.
    version: Option<String>,
    tag: Option<&'a str>,
    /// The tag of the previous release.
    previous_tag: Option<&'a str>,
    /// The day in UTC.
    date: Option<String>,
    /// The page that compares the release with the previous one.
    url: Option<Url<String>>,
    /// All commits, hidden ones too.
    commits: Vec<String>,
    sections: Vec<WireSection<'a>>,
    /// The authors of the commits, without bots and authors of merges.
    contributors: Vec<WireContributor<'a>>,
    /// Of a package: the packages it depends on that were released with it.
    dependencies: Vec<WireDependency<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireDependency<'a> {
    package: &'a str,
    version: String,
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
    url: Option<Url<String>>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    scope: Option<&'a str>,
    breaking: bool,
    /// The text of the `BREAKING CHANGE` footers, a blank line between them. Null: there is none.
    breaking_note: Option<String>,
    /// The text of each `BREAKING CHANGE` footer: Markdown as its author wrote it, of several
    /// lines.
    breaking_notes: &'a [String],
    subject: &'a str,
    tickets: &'a [String],
    /// Issues and requests that the end of the subject and the footers name.
    references: Vec<WireReference>,
    authors: Vec<WireAuthor<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireReference {
    /// As written: `#12` or `!12`.
    text: String,
    /// `issue`, `request`, or `either` if the number can be both.
    kind: &'static str,
    url: Option<Url<String>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireAuthor<'a> {
    name: &'a str,
    email: &'a str,
    /// The GitHub user name, if the email address contains it.
    login: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireContributor<'a> {
    name: &'a str,
    email: &'a str,
    login: Option<&'a str>,
    commits: usize,
    /// Their first commit, if no earlier release has one.
    first_commit: Option<String>,
}

/// A URL that Tollgate built: templates print it unescaped; they escape everything else.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent))]
struct Url<T>(T);

impl<T: AsRef<str>> Serialize for Url<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if minijinja::value::serializing_for_value() {
            return minijinja::Value::from_safe_string(self.0.as_ref().to_owned())
                .serialize(serializer);
        }
        serializer.serialize_str(self.0.as_ref())
    }
}

/// Writes the notes of releases as one document.
#[must_use]
pub fn changelog_json(notes: &[Notes], links: Option<&Links>) -> String {
    json_document(&wire(notes, links))
}

/// The notes of a package's releases.
#[derive(Debug, Clone, Copy)]
pub struct PackageChangelog<'a> {
    /// The package's name.
    pub name: &'a str,
    /// Its releases, newest first.
    pub notes: &'a [Notes],
}

/// Writes the notes of several packages as one document; `unassigned_commits` is the number of commits
/// that belong to none.
#[must_use]
pub fn changelog_packages_json(
    packages: &[PackageChangelog<'_>],
    links: Option<&Links>,
    unassigned_commits: usize,
) -> String {
    let packages = packages
        .iter()
        .map(|package| {
            let releases = package
                .notes
                .iter()
                .map(|notes| wire_release(notes, links))
                .collect();
            WirePackageChangelog {
                name: package.name,
                releases,
            }
        })
        .collect();
    json_document(&WirePackageChangelogs {
        schema_version: 1,
        repository: wire_repository(links),
        packages,
        unassigned_commits,
    })
}

fn wire_repository(links: Option<&Links>) -> Option<WireRepository<'_>> {
    links.map(|links| WireRepository {
        forge: links.forge().as_str(),
        url: Url(links.page()),
    })
}

pub(super) fn wire<'a>(notes: &'a [Notes], links: Option<&'a Links>) -> WireChangelog<'a> {
    let releases = notes
        .iter()
        .map(|notes| wire_release(notes, links))
        .collect();
    WireChangelog {
        schema_version: 1,
        repository: wire_repository(links),
        releases,
    }
}

fn wire_release<'a>(notes: &'a Notes, links: Option<&Links>) -> WireRelease<'a> {
    WireRelease {
        version: notes.title.version().map(ToString::to_string),
        tag: notes.title.tag(),
        previous_tag: notes.previous.as_deref(),
        date: notes.date.map(|date| date.to_string()),
        url: links.and_then(|links| notes.comparison(links)).map(Url),
        commits: notes.commits.iter().map(ToString::to_string).collect(),
        sections: notes
            .sections
            .iter()
            .map(|section| wire_section(section, links))
            .collect(),
        contributors: notes.contributors.iter().map(wire_contributor).collect(),
        dependencies: notes.dependencies.iter().map(wire_dependency).collect(),
    }
}

fn wire_section<'a>(section: &'a Section, links: Option<&Links>) -> WireSection<'a> {
    let entries = section
        .entries
        .iter()
        .map(|entry| wire_entry(entry, links))
        .collect();
    WireSection {
        title: &section.title,
        entries,
    }
}

fn wire_entry<'a>(entry: &'a Entry, links: Option<&Links>) -> WireEntry<'a> {
    let in_subject = references_at_end(&entry.subject)
        .into_iter()
        .map(|(_, reference)| reference);
    let others = entry.references.iter().copied();
    WireEntry {
        commit: entry.commit.to_string(),
        url: links.map(|links| Url(links.commit(entry.commit))),
        kind: entry.kind.as_deref(),
        scope: entry.scope.as_deref(),
        breaking: entry.breaking,
        breaking_note: (!entry.breaking_notes.is_empty())
            .then(|| entry.breaking_notes.join("\n\n")),
        breaking_notes: &entry.breaking_notes,
        subject: &entry.subject,
        tickets: &entry.tickets,
        references: in_subject
            .chain(others)
            .map(|reference| wire_reference(reference, links))
            .collect(),
        authors: entry.authors.iter().map(wire_author).collect(),
    }
}

fn wire_reference(reference: Reference, links: Option<&Links>) -> WireReference {
    WireReference {
        text: reference.to_string(),
        kind: kind_word(reference.kind),
        url: links.map(|links| Url(links.reference(reference))),
    }
}

const fn kind_word(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Issue => "issue",
        ReferenceKind::Request => "request",
        ReferenceKind::Either => "either",
    }
}

fn wire_dependency(dependency: &Dependency) -> WireDependency<'_> {
    WireDependency {
        package: &dependency.package,
        version: dependency.version.to_string(),
    }
}

fn wire_author(author: &Arc<Author>) -> WireAuthor<'_> {
    WireAuthor {
        name: &author.name,
        email: &author.email,
        login: login(author),
    }
}

fn wire_contributor(contributor: &Contributor) -> WireContributor<'_> {
    let author = &contributor.author;
    WireContributor {
        name: &author.name,
        email: &author.email,
        login: login(author),
        commits: contributor.commits,
        first_commit: contributor.first.map(|id| id.to_string()),
    }
}
