//! What a release is planned from: one commit with its configuration, tickets and files, and the
//! history up to it.
//!
//! Nothing is read from the work tree, so that the release of any commit can be planned, today or
//! years later. Decides nothing by itself: the text is `changelog`'s, the plan `release`'s.

use std::path::Path;

use crate::app::changelog::links;
use crate::app::release::tickets::{CommitContext, ReleaseTickets};
use crate::changelog::{self, ChangelogText, Notes, People, PreparedSection, Template};
use crate::commit::{Id, Mailmap};
use crate::config::{ChangelogSettings, ChangelogStyle, Config, Package, Prereleases};
use crate::error::{Error, Result};
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{
    self, Dependency, History, NextOptions, Recent, ReleaseQuery, ReleaseUnit, Scope,
};
use crate::release::{self, Changelog, CitedTicket, Plan, Purpose, Request, TagRequest, Tree as _};
use crate::rules::IncompleteSection;
use crate::source::Source;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a release is planned from: a commit, the history that leads to it, and the requested
/// version.
pub(crate) struct ReleasePlanner<'a, H> {
    pub(crate) repository: &'a Repository,
    /// The history whose HEAD is `base`.
    pub(crate) history: &'a H,
    /// The configuration at `base`.
    pub(crate) config: &'a Config,
    /// The commit that is released.
    pub(crate) base: Id,
    /// The branch that it is released on, as `refs/heads/…`.
    pub(crate) branch: Option<&'a str>,
    /// The one package that is released; `None`: all that are due.
    pub(crate) only: Option<&'a str>,
    pub(crate) version_options: &'a NextOptions,
    pub(crate) purpose: Purpose,
    pub(crate) now: Timestamp,
}

/// A plan, and the tickets of the release.
pub(crate) struct PlannedRelease {
    pub(crate) plan: Plan,
    pub(crate) tickets: ReleaseTickets,
    /// The sections that changelogs have already and that leave out changes.
    pub(crate) incomplete: Vec<IncompleteSection>,
}

/// What one tag is planned from, besides its version.
struct TagInputs<'a> {
    due: ReleaseUnit<'a>,
    package: Option<&'a Package>,
    commits: Vec<Id>,
    cited: Vec<CitedTicket>,
    /// The file of the changelog, where one is kept.
    file: Option<&'a str>,
    /// What it becomes.
    changelog: NewChangelog,
}

/// A changelog with the release in it.
struct NewChangelog {
    text: String,
    /// What it says of the release.
    notes: String,
    /// Its section of the release, if it had one before that leaves out changes.
    incomplete: Option<IncompleteSection>,
}

impl<H: History> ReleasePlanner<'_, H> {
    /// Plans the release of the versions that the history gives. `git` has all commits, and so the
    /// tickets that they cite.
    ///
    /// # Errors
    ///
    /// Fails where something that the plan depends on is missing or cannot be read.
    pub(crate) fn plan(
        &self,
        due: &[ReleaseUnit<'_>],
        git: &GitHistory<'_>,
    ) -> Result<PlannedRelease> {
        let tree = self.repository.tree(self.base)?;
        let commits = CommitContext {
            repository: self.repository,
            history: git,
            config: self.config,
            tip: self.base,
        };
        let tickets = ReleaseTickets::read(commits, due)?;
        let cited = (0..due.len()).map(|part| tickets.cited_tickets(part));
        let parts = due
            .iter()
            .zip(cited)
            .map(|(part, cited)| self.tag_inputs(*part, due, cited, &tree));
        let mut parts = parts.collect::<Result<Vec<_>>>()?;
        let incomplete = parts
            .iter_mut()
            .filter_map(|part| part.changelog.incomplete.take())
            .collect();
        let tags: Vec<TagRequest<'_>> = parts.iter().map(TagInputs::request).collect();
        let request = Request {
            purpose: self.purpose,
            tags: &tags,
            base: self.base,
            branch: self.branch,
            only: self.only,
            version_options: self.version_options,
            config: self.config,
            at: self.now,
        };
        let plan = release::plan(&request, &tree)?;
        Ok(PlannedRelease {
            plan,
            tickets,
            incomplete,
        })
    }

    fn tag_inputs<'a>(
        &'a self,
        due: ReleaseUnit<'a>,
        all: &[ReleaseUnit<'_>],
        cited: Vec<CitedTicket>,
        tree: &CommitTree<'_>,
    ) -> Result<TagInputs<'a>> {
        let configured = |found: &history::PackageNext| {
            self.config
                .packages
                .iter()
                .find(|known| known.name == found.name)
        };
        let package = due.package.and_then(configured);
        let file = package.map_or(Some(&self.config.changelog.file), |package| {
            package.changelog.as_ref()
        });
        let commits: Vec<Id> = due
            .next
            .commits
            .iter()
            .map(|classified| classified.commit.id)
            .collect();
        Ok(TagInputs {
            due,
            package,
            commits,
            cited,
            file: file.map(String::as_str),
            changelog: self.changelog(tree, package, due, all)?,
        })
    }

    /// The changelog with the release in it, and what it says of the release.
    ///
    /// A pre-release that folds into the next stable one stays under "Unreleased".
    fn changelog(
        &self,
        tree: &CommitTree<'_>,
        package: Option<&Package>,
        due: ReleaseUnit<'_>,
        all: &[ReleaseUnit<'_>],
    ) -> Result<NewChangelog> {
        let version = due.version;
        let settings = &self.config.changelog;
        let file = package.map_or(Some(&settings.file), |package| package.changelog.as_ref());
        let existing = file
            .map(|file| text(tree, file))
            .transpose()?
            .flatten()
            .unwrap_or_default();
        let template = template(tree, settings)?;
        let links = links(settings, Some(self.repository));
        let people = settings
            .style
            .names_people()
            .then(|| -> Result<People<'_>> {
                let mailmap = Mailmap::parse(&text(tree, ".mailmap")?.unwrap_or_default());
                Ok(People {
                    mailmap,
                    bots: &settings.bots,
                    before: Vec::new(),
                })
            });
        let people = people.transpose()?;
        let shown = settings.prereleases;
        let query = ReleaseQuery {
            settings: &self.config.version,
            package,
            prereleases: shown,
        };
        // The releases that the file has stay as they are.
        let newest = changelog::versions(&existing).pop_last();
        let releases = match (newest, self.purpose) {
            // Who is new depends on all releases.
            _ if people.is_some() => query.within(self.history, Scope::default())?.into(),
            (Some(newest), _) => query.recent(self.history, Recent::Above(&newest))?,
            (None, Purpose::Preview) => query.recent(self.history, Recent::Unreleased)?,
            (None, Purpose::Execution) => query.within(self.history, Scope::default())?.into(),
        };
        let mut notes = changelog::notes(
            releases,
            settings,
            &self.config.release.commit_message,
            people.as_ref(),
        );
        let dependencies = dependencies(due, all);
        let mut unreleased = notes.iter().position(|notes| notes.title.tag().is_none());
        if unreleased.is_none() && !dependencies.is_empty() {
            notes.insert(
                0,
                Notes::without_commits(
                    notes
                        .first()
                        .and_then(|notes| notes.title.tag().map(str::to_owned)),
                ),
            );
            unreleased = Some(0);
        }
        let is_titled = version.pre.is_empty() || shown == Prereleases::Show;
        if let Some(at) = unreleased.filter(|_| is_titled) {
            let today = self.now.to_zoned(TimeZone::UTC).date();
            let titled = notes[at].clone().planned_as(version.clone(), today);
            notes[at] = Notes {
                dependencies: dependencies.clone(),
                ..titled
            };
        }
        let writer = ChangelogText::new(settings, links.as_ref(), template);
        let existing = Source::new(file.map_or("CHANGELOG.md", String::as_str), existing);
        let text = writer.update(&existing, &notes)?;
        let generated = match unreleased {
            Some(at) => writer.body(&Notes {
                dependencies,
                ..notes[at].clone()
            })?,
            None => String::new(),
        };
        let prepared = changelog::prepared_section(existing.text(), version, &generated);
        let prepared = prepared.filter(|section| !section.missing.is_empty());
        let incomplete = prepared.map(|PreparedSection { heading, missing }| IncompleteSection {
            version: version.clone(),
            changelog: existing,
            heading,
            missing,
        });
        let notes = changelog::chapter(&text, version).unwrap_or(generated);
        Ok(NewChangelog {
            text,
            notes,
            incomplete,
        })
    }
}

/// The packages for whose sake one is released, as far as they are released with it.
fn dependencies(due: ReleaseUnit<'_>, all: &[ReleaseUnit<'_>]) -> Vec<Dependency> {
    let follows = due.package.map_or(&[][..], |package| &package.bumped_by);
    let configured = all
        .iter()
        .filter_map(|other| other.package.map(|package| (&package.name, other.version)));
    let released = configured.filter(|(name, _)| follows.contains(name));
    released
        .map(|(name, version)| Dependency {
            package: name.clone(),
            version: version.clone(),
        })
        .collect()
}

impl TagInputs<'_> {
    fn request(&self) -> TagRequest<'_> {
        let NewChangelog { text, notes, .. } = &self.changelog;
        TagRequest {
            package: self.package,
            version: self.due.version,
            tag_prefix: &self.due.next.prefix,
            previous: self.due.next.base.as_ref(),
            commits: &self.commits,
            tickets: &self.cited,
            changelog: Some(Changelog {
                file: self.file,
                text,
                notes,
            }),
        }
    }
}

fn template(tree: &CommitTree<'_>, settings: &ChangelogSettings) -> Result<Option<Template>> {
    let Some(path) = settings
        .template
        .as_ref()
        .filter(|_| settings.style == ChangelogStyle::Template)
    else {
        return Ok(None);
    };
    let missing = || {
        Error::usage(
            format!("the template `{path}` is not in the commit"),
            "commit it first",
        )
    };
    Template::new(Source::new(
        path.as_str(),
        text(tree, path)?.ok_or_else(missing)?,
    ))
    .map(Some)
}

/// The text of a file of the commit.
fn text(tree: &CommitTree<'_>, path: &str) -> Result<Option<String>> {
    tree.file(path)?
        .map(|file| utf8(path, file.bytes))
        .transpose()
}

fn utf8(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("`{}` is not UTF-8", path.as_ref().display());
        Error::file(message, "save it as UTF-8 and commit it").with_source(error.utf8_error())
    })
}
