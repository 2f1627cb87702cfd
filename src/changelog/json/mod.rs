//! The changelog for programs and for templates: the document of `changelog --format json`.
//!
//! Each part of the document is declared once, for writing and for reading back. The reader skips
//! what follows from other fields, and accepts documents without the fields that have a default.

mod read;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::changelog::{Entry, Links, Notes, ReleaseContributor, Section, login};
use crate::commit::{Author, Reference, ReferenceKind, references_at_end};
use crate::history::Dependency;
use crate::source::json_document;

pub(crate) use read::read_changelog;

/// What `changelog` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum WireChangelogs<'a> {
    /// One changelog: that of the repository, or of a named package.
    Single(WireChangelog<'a>),
    /// The changelogs of all packages.
    Packages(WirePackageChangelogs<'a>),
}

/// The releases of a changelog, as printed by `changelog` and passed to templates.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WireChangelog<'a> {
    schema_version: u64,
    /// The web address of the repository; null if unknown or disabled.
    repository: Option<WireRepository<'a>>,
    /// Sorted, newest first.
    releases: Vec<WireRelease<'a>>,
}

/// The changelogs of a repository's packages, as printed by `changelog` without `--package`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WirePackageChangelogs<'a> {
    schema_version: u64,
    /// The web address of the repository; null if unknown or disabled.
    repository: Option<WireRepository<'a>>,
    /// In the order of the configuration.
    packages: Vec<WirePackageChangelog<'a>>,
    /// How many commits since the last releases belong to no package, and so are in no changelog,
    /// excluding merges.
    unassigned_commits: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WirePackageChangelog<'a> {
    name: &'a str,
    /// Sorted, newest first.
    releases: Vec<WireRelease<'a>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRepository<'a> {
    /// `github`, `gitlab`, `gitea`, `bitbucket`, or `azure`.
    forge: Cow<'a, str>,
    url: Url<'a>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRelease<'a> {
    /// The version; null if unreleased.
    version: Option<String>,
    tag: Option<Cow<'a, str>>,
    /// The tag of the previous release.
    previous_tag: Option<Cow<'a, str>>,
    /// The day in UTC.
    date: Option<String>,
    /// The page that compares the release with the previous one.
    #[serde(skip_deserializing)]
    url: Option<Url<'a>>,
    /// All commits, including hidden ones.
    commits: Vec<String>,
    sections: Vec<WireSection<'a>>,
    /// The authors of the commits, excluding bots and authors of merge commits.
    #[serde(default)]
    contributors: Vec<WireContributor<'a>>,
    /// For a package: the packages it depends on that were released with it.
    #[serde(default)]
    dependencies: Vec<WireDependency<'a>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireDependency<'a> {
    package: Cow<'a, str>,
    version: String,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSection<'a> {
    title: Cow<'a, str>,
    entries: Vec<WireEntry<'a>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireEntry<'a> {
    commit: String,
    #[serde(skip_deserializing)]
    url: Option<Url<'a>>,
    #[serde(rename = "type")]
    kind: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    breaking: bool,
    /// The text of the `BREAKING CHANGE` footers, separated by blank lines; null if there is none.
    breaking_note: Option<String>,
    /// The text of each `BREAKING CHANGE` footer: Markdown as its author wrote it, possibly
    /// several lines.
    #[serde(default)]
    breaking_notes: Cow<'a, [String]>,
    subject: Cow<'a, str>,
    tickets: Cow<'a, [String]>,
    /// Issues and pull requests that the end of the subject and the footers name.
    #[serde(default)]
    references: Vec<WireReference<'a>>,
    #[serde(default)]
    authors: Vec<WireAuthor<'a>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireReference<'a> {
    /// As written in the message: `#12` or `!12`.
    text: String,
    /// `issue`, `request`, or `either` if the number can be both.
    kind: Cow<'a, str>,
    #[serde(skip_deserializing)]
    url: Option<Url<'a>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireAuthor<'a> {
    name: Cow<'a, str>,
    email: Cow<'a, str>,
    /// The GitHub user name, if the email address contains it.
    #[serde(skip_deserializing)]
    login: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireContributor<'a> {
    name: Cow<'a, str>,
    email: Cow<'a, str>,
    #[serde(skip_deserializing)]
    login: Option<Cow<'a, str>>,
    commits: usize,
    /// Their first commit, if no earlier release has one.
    first_commit: Option<String>,
}

/// A URL that Tollgate built: templates print it unescaped; they escape everything else.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent))]
struct Url<'a>(Cow<'a, str>);

impl Url<'_> {
    fn new(url: String) -> Self {
        Self(url.into())
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if minijinja::value::serializing_for_value() {
            return minijinja::Value::from_safe_string(self.0.clone().into_owned())
                .serialize(serializer);
        }
        serializer.serialize_str(&self.0)
    }
}

/// Writes the notes of releases as one document.
#[must_use]
pub(crate) fn changelog_json(notes: &[Notes], links: Option<&Links>) -> String {
    json_document(&WireChangelogs::Single(wire(notes, links)))
}

/// The notes of a package's releases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackageChangelog<'a> {
    /// The package's name.
    pub(crate) name: &'a str,
    /// Its releases, newest first.
    pub(crate) notes: &'a [Notes],
}

/// Writes the notes of several packages as one document; `unassigned_commits` is the number of
/// commits that belong to no package.
#[must_use]
pub(crate) fn changelog_packages_json(
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
    json_document(&WireChangelogs::Packages(WirePackageChangelogs {
        schema_version: 1,
        repository: wire_repository(links),
        packages,
        unassigned_commits,
    }))
}

fn wire_repository(links: Option<&Links>) -> Option<WireRepository<'_>> {
    links.map(|links| WireRepository {
        forge: links.forge().as_str().into(),
        url: Url(links.page().into()),
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
        tag: notes.title.tag().map(Cow::from),
        previous_tag: notes.previous.as_deref().map(Cow::from),
        date: notes.date.map(|date| date.to_string()),
        url: links
            .and_then(|links| notes.comparison(links))
            .map(Url::new),
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
        title: Cow::from(&section.title),
        entries,
    }
}

fn wire_entry<'a>(entry: &'a Entry, links: Option<&Links>) -> WireEntry<'a> {
    let in_subject = references_at_end(&entry.subject)
        .into_iter()
        .map(|found| found.reference);
    let others = entry.references.iter().copied();
    WireEntry {
        commit: entry.commit.to_string(),
        url: links.map(|links| Url::new(links.commit(entry.commit))),
        kind: entry.kind.as_deref().map(Cow::from),
        scope: entry.scope.as_deref().map(Cow::from),
        breaking: entry.breaking,
        breaking_note: (!entry.breaking_notes.is_empty())
            .then(|| entry.breaking_notes.join("\n\n")),
        breaking_notes: Cow::from(&entry.breaking_notes),
        subject: Cow::from(&entry.subject),
        tickets: Cow::from(&entry.tickets),
        references: in_subject
            .chain(others)
            .map(|reference| wire_reference(reference, links))
            .collect(),
        authors: entry.authors.iter().map(wire_author).collect(),
    }
}

fn wire_reference(reference: Reference, links: Option<&Links>) -> WireReference<'static> {
    WireReference {
        text: reference.to_string(),
        kind: kind_word(reference.kind).into(),
        url: links.map(|links| Url::new(links.reference(reference))),
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
        package: Cow::from(&dependency.package),
        version: dependency.version.to_string(),
    }
}

fn wire_author(author: &Arc<Author>) -> WireAuthor<'_> {
    WireAuthor {
        name: Cow::from(&*author.name),
        email: Cow::from(&*author.email),
        login: login(author).map(Cow::from),
    }
}

fn wire_contributor(contributor: &ReleaseContributor) -> WireContributor<'_> {
    let author = &contributor.author;
    WireContributor {
        name: Cow::from(&*author.name),
        email: Cow::from(&*author.email),
        login: login(author).map(Cow::from),
        commits: contributor.commits,
        first_commit: contributor.first.map(|id| id.to_string()),
    }
}
