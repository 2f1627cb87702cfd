//! Decides which commits of a release become entries, and under which title
//! (docs/design/changelog.md, Entries).

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use semver::Version;

use crate::changelog::people::{People, Register, ReleaseContributor};
use crate::commit::{Author, Commit, Id, Kind, Reference};
use crate::config::{ANY_TYPE, BreakingPlace, ChangelogSettings, Scopes};
use crate::history::{ClassifiedCommit, Dependency, Release, Releases};

/// The notes of a release: its commits as entries of the changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// The release.
    pub title: Title,
    /// When it was released, as a day in UTC.
    pub date: Option<Date>,
    /// All its commits, including hidden ones, newest first.
    pub(crate) commits: Vec<Id>,
    /// Its entries by title, in the order of the titles.
    pub sections: Vec<Section>,
    /// The tag of the previous release, if any.
    pub(crate) previous: Option<String>,
    /// The contributors; empty unless people were requested.
    pub(crate) contributors: Vec<ReleaseContributor>,
    /// For a package: its dependencies that were released with it.
    pub(crate) dependencies: Vec<Dependency>,
}

/// The heading of the notes of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Title {
    /// No version yet.
    Unreleased,
    /// The version that the unreleased changes will have.
    Planned(Version),
    /// The version of a tag.
    Released {
        /// The version.
        version: Version,
        /// The tag's name.
        tag: String,
    },
}

/// The entries under one title.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// The title.
    pub title: String,
    /// The entries, newest first unless the settings order them otherwise.
    pub entries: Vec<Entry>,
}

/// One commit as a line of the changelog; texts are as written, not yet escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The commit.
    pub commit: Id,
    /// Its type; `None` for an unconventional commit.
    pub kind: Option<String>,
    /// Its scope.
    pub scope: Option<String>,
    /// Whether it is a breaking change.
    pub breaking: bool,
    /// The text of each of its `BREAKING CHANGE` footers.
    pub breaking_notes: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The tickets that it cites.
    pub tickets: Vec<String>,
    /// The issues and pull requests in its footers.
    pub references: Vec<Reference>,
    /// The authors; empty unless people were requested.
    pub authors: Vec<Arc<Author>>,
}

impl Title {
    /// The version; `None`: unreleased.
    #[must_use]
    pub const fn version(&self) -> Option<&Version> {
        match self {
            Self::Unreleased => None,
            Self::Planned(version) | Self::Released { version, .. } => Some(version),
        }
    }

    /// The tag's name; `None` if there is no tag yet.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Released { tag, .. } => Some(tag),
            Self::Unreleased | Self::Planned(_) => None,
        }
    }
}

impl Notes {
    /// The notes of a release without a commit of its own, after the release with the tag
    /// `previous`.
    #[must_use]
    pub(crate) const fn without_commits(previous: Option<String>) -> Self {
        Self {
            title: Title::Unreleased,
            date: None,
            commits: Vec::new(),
            sections: Vec::new(),
            previous,
            contributors: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    /// Sets the version and the day of the unreleased notes.
    #[must_use]
    pub fn planned_as(self, version: Version, date: Date) -> Self {
        Self {
            title: Title::Planned(version),
            date: Some(date),
            ..self
        }
    }
}

/// Makes the notes of releases, given newest first.
///
/// `release_message` is the message of release commits, which are left out. It can contain
/// `{version}`.
#[must_use]
pub fn notes(
    releases: impl Into<Releases>,
    settings: &ChangelogSettings,
    release_message: &str,
) -> Vec<Notes> {
    notes_with_people(releases, settings, release_message, None)
}

/// Makes notes as [`notes`] does, with the authors and contributors if `people` are given.
pub(crate) fn notes_with_people(
    releases: impl Into<Releases>,
    settings: &ChangelogSettings,
    release_message: &str,
    people: Option<&People<'_>>,
) -> Vec<Notes> {
    let titles = Titles::new(settings);
    let mut register = people.map(Register::new);
    let releases = releases.into();
    let mut previous = releases.previous;
    let mut made: Vec<Notes> = Vec::with_capacity(releases.list.len());
    // Whether a contributor is new depends on the previous releases.
    for release in releases.list.into_iter().rev() {
        let tag = release.tag.clone();
        let contributors = register
            .as_mut()
            .map(|register| register.contributors(&release.commits))
            .unwrap_or_default();
        let notes = titles.notes(release, release_message, register.as_mut());
        made.push(Notes {
            previous: previous.clone(),
            contributors,
            ..notes
        });
        previous = tag.or(previous);
    }
    made.reverse();
    made
}

struct Titles<'a> {
    settings: &'a ChangelogSettings,
    by_kind: Vec<(&'a str, &'a str)>,
    /// Each title once, in the order in which they are shown.
    order: Vec<&'a str>,
}

impl<'a> Titles<'a> {
    fn new(settings: &'a ChangelogSettings) -> Self {
        let by_kind = settings.titles();
        let mut order: Vec<&str> = Vec::new();
        let last = [settings.style.breaking_title()]
            .into_iter()
            .chain(settings.unconventional.as_deref());
        for title in by_kind.iter().map(|(_, title)| *title).chain(last) {
            if !order.contains(&title) {
                order.push(title);
            }
        }
        Self {
            settings,
            by_kind,
            order,
        }
    }

    fn notes(
        &self,
        release: Release,
        release_message: &str,
        mut register: Option<&mut Register<'_>>,
    ) -> Notes {
        let own = release.version.as_ref().map(|version| {
            let message = release_message.replace("{version}", &version.to_string());
            Kind::of(message.lines().next().unwrap_or_default())
        });
        let is_own = |commit: &Commit| own.as_ref() == Some(&commit.kind);
        let mut sections: Vec<Section> = self
            .order
            .iter()
            .map(|title| Section {
                title: (*title).to_owned(),
                entries: Vec::new(),
            })
            .collect();
        let commits = release
            .commits
            .iter()
            .map(|judged| judged.commit.id)
            .collect();
        for judged in release.commits {
            if is_own(&judged.commit) {
                continue;
            }
            let squashed = judged.squashed_headers().iter().map(|header| {
                let commit = judged.commit.reworded(header);
                ClassifiedCommit::new(commit, judged.bump, judged.reason)
            });
            let squashed: Vec<ClassifiedCommit> = squashed.collect();
            for one in std::iter::once(judged).chain(squashed) {
                let Some(at) = self.section_index(&one) else {
                    continue;
                };
                let authors = register
                    .as_mut()
                    .map(|register| register.authors(&one))
                    .unwrap_or_default();
                sections[at].entries.push(entry(one.commit, authors));
            }
        }
        sections
            .iter_mut()
            .for_each(|section| self.order_entries(&mut section.entries));
        sections.retain(|section| !section.entries.is_empty());
        let title = match (release.version, release.tag) {
            (Some(version), Some(tag)) => Title::Released { version, tag },
            _ => Title::Unreleased,
        };
        let date = release.time.and_then(day);
        let (contributors, dependencies) = (Vec::new(), Vec::new());
        Notes {
            title,
            date,
            commits,
            sections,
            previous: None,
            contributors,
            dependencies,
        }
    }

    /// Groups entries by scope if the settings order by scope, and moves breaking ones first if
    /// they are marked.
    fn order_entries(&self, entries: &mut [Entry]) {
        if self.settings.scopes == Scopes::Ordered {
            entries
                .sort_by(|a, b| (a.scope.is_none(), &a.scope).cmp(&(b.scope.is_none(), &b.scope)));
        }
        if self.settings.breaking_place() == BreakingPlace::Marked {
            entries.sort_by_key(|entry| !entry.breaking);
        }
    }

    /// The position of a commit's title; `None` if the commit is hidden.
    fn section_index(&self, judged: &ClassifiedCommit) -> Option<usize> {
        let title = match judged.reason {
            reason if reason.is_hidden() => None,
            _ => match judged.commit.kind_name() {
                None => self.settings.unconventional.as_deref(),
                Some(kind) => self.title_of(kind).or_else(|| {
                    judged
                        .commit
                        .breaking
                        .then(|| self.settings.style.breaking_title())
                }),
            },
        }?;
        self.order.iter().position(|known| *known == title)
    }

    fn title_of(&self, kind: &str) -> Option<&str> {
        let same = |name: &str| name.eq_ignore_ascii_case(kind);
        if self.settings.hidden.iter().any(|hidden| same(hidden)) {
            return None;
        }
        let title = |key: &dyn Fn(&str) -> bool| self.by_kind.iter().find(|(name, _)| key(name));
        title(&same)
            .or_else(|| title(&|name| name == ANY_TYPE))
            .map(|(_, title)| *title)
    }
}

fn entry(commit: Commit, authors: Vec<Arc<Author>>) -> Entry {
    Entry {
        commit: commit.id,
        kind: commit.kind_name().map(str::to_owned),
        scope: commit.scope().map(str::to_owned),
        breaking: commit.breaking,
        breaking_notes: commit.breaking_notes().to_vec(),
        subject: commit.subject().to_owned(),
        tickets: commit.tickets().to_vec(),
        references: commit.references().to_vec(),
        authors,
    }
}

fn day(seconds: i64) -> Option<Date> {
    Some(
        Timestamp::from_second(seconds)
            .ok()?
            .to_zoned(TimeZone::UTC)
            .date(),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::commit::RawCommit;
    use crate::history::Reason;
    use crate::version::Bump;

    /// A classified commit whose ID is `digit`, forty times.
    pub(crate) fn judged(digit: char, message: &str) -> ClassifiedCommit {
        judged_by(digit, "A <a@example.org>", message)
    }

    /// A classified feature by an author.
    pub(crate) fn written_by(digit: char, who: &str) -> ClassifiedCommit {
        judged_by(digit, who, "feat: x")
    }

    fn judged_by(digit: char, who: &str, message: &str) -> ClassifiedCommit {
        let object = format!(
            "tree {}\nauthor {who} 1 +0000\ncommitter {who} 1 +0000\n\n{message}",
            "0".repeat(40)
        );
        let id = digit.to_string().repeat(40).parse().unwrap();
        let commit = Commit::read(id, &RawCommit::parse(object.as_bytes()).unwrap());
        ClassifiedCommit::new(commit, Bump::None, Reason::Type)
    }

    fn release(messages: &[&str]) -> Release {
        let digits = "123456789abcdef".chars();
        let commits = digits
            .zip(messages)
            .map(|(digit, message)| judged(digit, message))
            .collect();
        Release {
            version: Some(Version::new(1, 2, 3)),
            tag: Some("v1.2.3".into()),
            time: Some(86_400),
            commits,
        }
    }

    fn shown(release: Release, settings: &ChangelogSettings) -> Vec<(String, Vec<String>)> {
        let notes = notes(vec![release], settings, "chore(release): {version}").remove(0);
        let subjects = |section: Section| {
            section
                .entries
                .into_iter()
                .map(|entry| entry.subject)
                .collect()
        };
        notes
            .sections
            .into_iter()
            .map(|section| (section.title.clone(), subjects(section)))
            .collect()
    }

    #[test]
    fn types_are_listed_under_their_titles() {
        let release = release(&["fix: a", "feat: b", "chore: c", "perf: d", "update e"]);
        let expected = [("Added", ["b"]), ("Changed", ["d"]), ("Fixed", ["a"])];
        let expected = expected
            .map(|(title, subjects)| (title.to_owned(), subjects.map(str::to_owned).to_vec()));
        assert_eq!(shown(release, &ChangelogSettings::default()), expected);
    }

    #[test]
    fn a_star_is_the_title_of_every_type_that_is_not_named() {
        let titles =
            [("*", "Other"), ("fix", "Fixed")].map(|(kind, title)| (kind.into(), title.into()));
        let settings = ChangelogSettings {
            sections: Some(titles.to_vec()),
            hidden: vec!["ci".into()],
            ..ChangelogSettings::default()
        };
        let release = release(&[
            "fix: a",
            "chore: b",
            "ci: c",
            "update d",
            "chore(release): 1.2.3",
        ]);
        let expected = [("Other", ["b"]), ("Fixed", ["a"])];
        assert_eq!(
            shown(release, &settings),
            expected.map(|(title, of)| (title.into(), of.map(str::to_owned).to_vec()))
        );
    }

    #[test]
    fn a_break_is_shown_whatever_its_type() {
        let release = release(&["chore!: drop node 18"]);
        assert_eq!(
            shown(release, &ChangelogSettings::default()),
            [("Changed".into(), vec!["drop node 18".into()])]
        );
    }

    #[test]
    fn a_hidden_type_is_hidden_unless_breaking() {
        let settings = ChangelogSettings {
            hidden: vec!["feat".into()],
            ..ChangelogSettings::default()
        };
        assert_eq!(
            shown(release(&["feat: a", "Feat!: b"]), &settings),
            [("Changed".into(), vec!["b".into()])]
        );
    }

    #[test]
    fn unconventional_commits_are_shown_where_a_title_is_given() {
        let settings = ChangelogSettings {
            unconventional: Some("Other".into()),
            ..ChangelogSettings::default()
        };
        assert_eq!(
            shown(release(&["update e"]), &settings),
            [("Other".into(), vec!["update e".into()])]
        );
    }

    #[test]
    fn reverted_commit_has_no_entry() {
        let mut release = release(&["feat: a"]);
        release.commits[0].reason = Reason::Reverted;
        let notes = notes(vec![release], &ChangelogSettings::default(), "x");
        assert_eq!((notes[0].commits.len(), notes[0].sections.len()), (1, 0));
    }

    #[test]
    fn the_release_commit_is_never_an_entry() {
        let settings = ChangelogSettings {
            sections: Some(vec![("chore".into(), "Chores".into())]),
            ..ChangelogSettings::default()
        };
        let release = release(&["chore(release): 1.2.3", "chore(release): notes"]);
        assert_eq!(
            shown(release, &settings),
            [("Chores".into(), vec!["notes".into()])]
        );
    }

    #[test]
    fn marked_breaking_entries_come_first() {
        let subjects = |settings: &ChangelogSettings| {
            shown(release(&["feat: a", "feat!: b"]), settings)[0]
                .1
                .clone()
        };
        assert_eq!(subjects(&ChangelogSettings::default()), ["b", "a"]);
        let apart = ChangelogSettings {
            breaking: Some(BreakingPlace::Apart),
            ..ChangelogSettings::default()
        };
        assert_eq!(subjects(&apart), ["a", "b"]);
    }

    #[test]
    fn scopes_may_order_entries() {
        let settings = ChangelogSettings {
            scopes: Scopes::Ordered,
            ..ChangelogSettings::default()
        };
        let release = release(&["feat: a", "feat(web): b", "feat(api): c", "feat(web): d"]);
        assert_eq!(shown(release, &settings)[0].1, ["c", "b", "d", "a"]);
    }

    #[test]
    fn each_release_knows_the_tag_before_it() {
        let tagged = |tag: Option<&str>| Release {
            version: tag.map(|tag| tag[1..].parse().unwrap()),
            tag: tag.map(str::to_owned),
            time: None,
            commits: Vec::new(),
        };
        let releases = vec![tagged(None), tagged(Some("v1.1.0")), tagged(Some("v1.0.0"))];
        let notes = notes(releases, &ChangelogSettings::default(), "x");
        let previous: Vec<_> = notes
            .iter()
            .map(|notes| notes.previous.as_deref())
            .collect();
        assert_eq!(previous, [Some("v1.1.0"), Some("v1.0.0"), None]);
    }

    #[test]
    fn the_day_is_in_utc() {
        let notes = notes(vec![release(&[])], &ChangelogSettings::default(), "x");
        assert_eq!(notes[0].date.unwrap().to_string(), "1970-01-02");
    }
}
