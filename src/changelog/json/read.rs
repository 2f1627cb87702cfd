//! Reads the document of `changelog --format json` back, so that it can be written in another style
//! without a repository.
//!
//! The document is untrusted: every value is validated as if it came from a repository, and addresses
//! are built again rather than copied.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use semver::Version;

use super::{
    WireChangelog, WireContributor, WireDependency, WireEntry, WireReference, WireRelease,
    WireRepository, WireSection, kind_word,
};
use crate::changelog::{Entry, Links, Notes, ReleaseContributor, Section, Title, web_address};
use crate::commit::{Author, Id, Mark, Reference, ReferenceKind, references_at_end};
use crate::config::Forge;
use crate::error::{Error, Fault, Result};
use crate::history::Dependency;
use crate::source::{Label, Source, Span, describe_json_error, shorten};

/// Reads a changelog and the destination of its links.
///
/// Unknown fields are ignored, since later versions may add some.
///
/// # Errors
///
/// Fails if the text is not such a document, with the place of the error.
pub(crate) fn read_changelog(source: &Source) -> Result<(Vec<Notes>, Option<Links>)> {
    let document: WireChangelog<'_> =
        serde_json::from_str(source.text()).map_err(|error| syntax_error(source, &error))?;
    if document.schema_version != 1 {
        return Err(invalid(format!(
            "`schema_version` is {}, not 1",
            document.schema_version
        )));
    }
    let links = document.repository.as_ref().map(links).transpose()?;
    Ok((all(document.releases, notes)?, links))
}

fn syntax_error(source: &Source, error: &serde_json::Error) -> Error {
    let line = source.line_span(error.line());
    let before: usize = source
        .slice(line)
        .bytes()
        .take(error.column().saturating_sub(1))
        .count();
    let message = describe_json_error(source.text(), error);
    let label = Label::new(
        source.clamp(Span::new(line.start + before, line.start + before + 1)),
        "",
    );
    Error::text(
        source.clone(),
        vec![Fault {
            message,
            help: HELP.to_owned(),
            label,
        }],
    )
}

const HELP: &str =
    "use the output of `tollgate changelog --json`; `tollgate schema changelog` describes it";

fn invalid(message: String) -> Error {
    Error::usage(message, HELP)
}

fn links(repository: &WireRepository<'_>) -> Result<Links> {
    let forge = Forge::parse(&repository.forge)
        .ok_or_else(|| invalid(not_valid("forge", &repository.forge)))?;
    let url = &repository.url.0;
    let (page, _) = web_address(url).ok_or_else(|| invalid(not_valid("web address", url)))?;
    Ok(Links::new(forge, page))
}

/// `x` is not a valid version.
fn not_valid(what: &str, text: &str) -> String {
    format!("`{}` is not a valid {what}", shorten(text))
}

fn parsed<T: FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| invalid(not_valid(what, text)))
}

fn version(text: &str) -> Result<Version> {
    parsed("version", text)
}

fn id(text: &str) -> Result<Id> {
    parsed("full name of a commit", text)
}

fn all<W, T>(values: Vec<W>, read: impl Fn(W) -> Result<T>) -> Result<Vec<T>> {
    values.into_iter().map(read).collect()
}

fn notes(release: WireRelease<'_>) -> Result<Notes> {
    let tag = release.tag.map(Cow::into_owned);
    let title = match (release.version.as_deref().map(version).transpose()?, tag) {
        (None, None) => Title::Unreleased,
        (Some(version), None) => Title::Planned(version),
        (Some(version), Some(tag)) => Title::Released { version, tag },
        (None, Some(tag)) => {
            return Err(invalid(format!("`{}` is not a version tag", shorten(&tag))));
        }
    };
    Ok(Notes {
        title,
        date: release.date.map(|text| parsed("day", &text)).transpose()?,
        previous: release.previous_tag.map(Cow::into_owned),
        commits: all(release.commits, |text| id(&text))?,
        sections: all(release.sections, section)?,
        contributors: all(release.contributors, contributor)?,
        dependencies: all(release.dependencies, dependency)?,
    })
}

fn section(section: WireSection<'_>) -> Result<Section> {
    let is_line = !section.title.trim().is_empty() && !section.title.contains(char::is_control);
    if !is_line {
        return Err(invalid(not_valid("title", &section.title)));
    }
    Ok(Section {
        title: section.title.into_owned(),
        entries: all(section.entries, entry)?,
    })
}

fn entry(entry: WireEntry<'_>) -> Result<Entry> {
    // References at the end of the subject are parsed from it again.
    let in_subject = references_at_end(&entry.subject).len();
    let references = entry.references.iter().skip(in_subject);
    let mut breaking_notes = entry.breaking_notes.into_owned();
    if breaking_notes.is_empty() {
        // A document by another tool may have only the single text.
        breaking_notes.extend(entry.breaking_note);
    }
    Ok(Entry {
        commit: id(&entry.commit)?,
        kind: entry.kind.map(Cow::into_owned),
        scope: entry.scope.map(Cow::into_owned),
        breaking: entry.breaking,
        breaking_notes,
        tickets: entry.tickets.into_owned(),
        references: references.map(reference).collect::<Result<_>>()?,
        authors: entry
            .authors
            .iter()
            .map(|author| person(&author.name, &author.email))
            .collect(),
        subject: entry.subject.into_owned(),
    })
}

fn contributor(contributor: WireContributor<'_>) -> Result<ReleaseContributor> {
    Ok(ReleaseContributor {
        author: person(&contributor.name, &contributor.email),
        commits: contributor.commits,
        first: contributor.first_commit.map(|text| id(&text)).transpose()?,
    })
}

fn dependency(dependency: WireDependency<'_>) -> Result<Dependency> {
    Ok(Dependency {
        package: dependency.package.into_owned(),
        version: version(&dependency.version)?,
    })
}

fn person(name: &str, email: &str) -> Arc<Author> {
    Arc::new(Author {
        name: name.into(),
        email: email.into(),
    })
}

fn reference(wire: &WireReference<'_>) -> Result<Reference> {
    let kinds = [
        ReferenceKind::Issue,
        ReferenceKind::Request,
        ReferenceKind::Either,
    ];
    let kind = kinds.into_iter().find(|kind| kind_word(*kind) == wire.kind);
    let kind = kind.ok_or_else(|| invalid(not_valid("kind of a reference", &wire.kind)))?;
    let (mark, digits) = match wire.text.split_at_checked(1) {
        Some(("#", digits)) => (Mark::Hash, digits),
        Some(("!", digits)) => (Mark::Bang, digits),
        _ => return Err(invalid(not_valid("reference", &wire.text))),
    };
    let number = digits
        .parse()
        .map_err(|_| invalid(not_valid("reference", &wire.text)))?;
    Ok(Reference { kind, mark, number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::notes::tests::judged;
    use crate::changelog::{People, changelog_json, notes_with_people};
    use crate::config::ChangelogSettings;
    use crate::history::Release;

    fn sample() -> serde_json::Value {
        serde_json::json!({
            "schema_version": 1,
            "repository": { "forge": "gitlab", "url": "https://gitlab.com/o/r" },
            "releases": [{
                "version": "1.1.0", "tag": "v1.1.0", "previous_tag": "v1.0.0", "date": "2026-11-20",
                "url": "https://gitlab.com/o/r/-/compare/v1.0.0...v1.1.0",
                "commits": ["a".repeat(40)],
                "sections": [{ "title": "Added", "entries": [{
                    "commit": "a".repeat(40), "url": format!("https://gitlab.com/o/r/-/commit/{}", "a".repeat(40)),
                    "type": "feat", "scope": null, "breaking": true, "breaking_note": "use y\n\nor z", "breaking_notes": ["use y", "or z"], "subject": "x (#1)", "tickets": ["CHG-1"],
                    "references": [
                        { "text": "#1", "kind": "either", "url": "https://gitlab.com/o/r/-/issues/1" },
                        { "text": "!2", "kind": "request", "url": "https://gitlab.com/o/r/-/merge_requests/2" }
                    ],
                    "authors": [{ "name": "Ada", "email": "1+ada@users.noreply.github.com", "login": "ada" }]
                }] }],
                "contributors": [{ "name": "Ada", "email": "1+ada@users.noreply.github.com", "login": "ada", "commits": 1, "first_commit": "a".repeat(40) }],
                "dependencies": [{ "package": "core", "version": "2.0.0" }]
            }]
        })
    }

    fn read(
        document: &serde_json::Value,
    ) -> std::result::Result<(Vec<Notes>, Option<Links>), String> {
        read_changelog(&Source::new("<stdin>", document.to_string()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn changelog_json_roundtrips() {
        let (notes, links) = read(&sample()).unwrap();
        let written: serde_json::Value =
            serde_json::from_str(&changelog_json(&notes, links.as_ref())).unwrap();
        assert_eq!(written, sample());
    }

    #[test]
    fn notes_are_read_back_as_they_were_written() {
        let messages = [
            "feat(api)!: drop *v1* (#7) (!8)\n\nNo one uses it.\n\nBREAKING CHANGE: use v2\n\n\
             BREAKING CHANGE: or v3\nChange: CHG-1\nChange: CHG-2\nFixes: #9\n\
             Co-authored-by: Bo <2+bo@users.noreply.github.com>",
            "fix: close \"files\"\\",
            "Update by hand",
        ];
        let release = |version: Option<Version>| Release {
            tag: version.as_ref().map(|version| format!("v{version}")),
            time: version.is_some().then_some(86_400),
            version,
            commits: ('a'..)
                .zip(messages)
                .map(|(digit, message)| judged(digit, message))
                .collect(),
        };
        let settings = ChangelogSettings {
            unconventional: Some("Other".to_owned()),
            ..ChangelogSettings::default()
        };
        let releases = vec![
            release(None),
            release(Some("1.1.0-rc.1+b".parse().unwrap())),
        ];
        let mut written = notes_with_people(releases, &settings, "x", Some(&People::default()));
        written[1].dependencies.push(Dependency {
            package: "core".to_owned(),
            version: Version::new(2, 0, 0),
        });
        let planned = written[0]
            .clone()
            .planned_as(Version::new(1, 1, 0), jiff::civil::date(2026, 11, 20));
        written.insert(0, planned);
        for links in [
            None,
            Some(Links::new(Forge::GitLab, "https://gitlab.com/o/r")),
        ] {
            let text = changelog_json(&written, links.as_ref());
            let (read, read_links) = read_changelog(&Source::new("<stdin>", &*text)).unwrap();
            assert_eq!(read, written);
            assert_eq!(changelog_json(&read, read_links.as_ref()), text);
        }
    }

    #[test]
    fn a_single_breaking_note_is_read() {
        let mut document = sample();
        let entry = document
            .pointer_mut("/releases/0/sections/0/entries/0")
            .unwrap()
            .as_object_mut()
            .unwrap();
        entry.remove("breaking_notes");
        assert_eq!(
            read(&document).unwrap().0[0].sections[0].entries[0].breaking_notes,
            ["use y\n\nor z"]
        );
    }

    #[test]
    fn every_value_is_validated() {
        for (pointer, value) in [
            ("/schema_version", serde_json::json!(2)),
            ("/repository/url", "javascript:alert(1)".into()),
            ("/repository/url", "https://a:b@github.com/o/r".into()),
            ("/repository/forge", "sourcehut".into()),
            ("/releases/0/version", "1.1".into()),
            ("/releases/0/date", "yesterday".into()),
            ("/releases/0/commits/0", "abc".into()),
            ("/releases/0/sections/0/title", "a\n# b".into()),
            ("/releases/0/sections/0/entries/0/commit", "abc".into()),
            (
                "/releases/0/sections/0/entries/0/references/1/text",
                "x".into(),
            ),
            ("/releases/0/sections/0/entries/0/breaking", "yes".into()),
            ("/releases/0/contributors/0/first_commit", "x".into()),
            ("/releases/0/dependencies/0/version", "x".into()),
        ] {
            let mut document = sample();
            *document.pointer_mut(pointer).unwrap() = value;
            assert!(read(&document).is_err(), "{pointer}");
        }
    }

    #[test]
    fn invalid_changelog_json_is_located() {
        let error =
            read_changelog(&Source::new("x.json", "{\n  \"schema_version\": x\n}")).unwrap_err();
        let (source, faults) = error.faults().unwrap();
        assert_eq!(faults[0].message, "expected a value");
        assert_eq!(source.slice(faults[0].label.span), "x");
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let mut document = sample();
        document["mood"] = "good".into();
        assert!(read(&document).is_ok());
    }
}
