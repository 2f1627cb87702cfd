//! Collects everything that a release is planned from: one commit with its configuration, tickets
//! and files, and the history up to it.
//!
//! Reads nothing from the work tree, so that the release of any commit can be planned, today or
//! years later. Decides nothing itself: the text comes from `changelog`, the plan from `release`.

use std::path::Path;

use jiff::Timestamp;
use semver::Version;

use crate::app::changelog::{NotesQuery, links};
use crate::app::release::tickets::{CommitContext, ReleaseTickets};
use crate::app::release::utc_day;
use crate::changelog::{self, ChangelogText, Notes, PreparedSection, Template};
use crate::commit::{Id, Mailmap};
use crate::config::{ChangelogSettings, ChangelogStyle, Config, Package, Prereleases, ReleaseVia};
use crate::error::{Error, Result};
use crate::files;
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{
    Dependency, DueUnit, History, NextOptions, Recent, ReleaseReader, Scope, Tree as _,
};
use crate::release::{
    self, Changelog, Emergency, ExistingReleaseFile, FileRename, IncompleteSection, Plan,
    PlannedPush, Purpose, Request, TagRequest,
};
use crate::source::Source;

/// The inputs of a release: a commit, the history up to it, and the requested version.
pub(crate) struct ReleasePlanner<'a, H> {
    pub(crate) repository: &'a Repository,
    /// The history whose HEAD is `base`.
    pub(crate) history: &'a H,
    /// The configuration at `base`.
    pub(crate) config: &'a Config,
    /// The commit that is released.
    pub(crate) base: Id,
    /// The branch of the release, as `refs/heads/…`.
    pub(crate) branch: Option<&'a str>,
    /// How it is pushed.
    pub(crate) push: Option<&'a PlannedPush>,
    /// The only released package; `None`: all that are due.
    pub(crate) only: Option<&'a str>,
    pub(crate) version_options: &'a NextOptions,
    /// The tags that lead to all emergency releases that `base` contains.
    pub(crate) previous_emergencies: &'a [String],
    pub(crate) purpose: Purpose,
    pub(crate) now: Timestamp,
}

/// The parts of a release, before it is checked.
pub(crate) struct ReleaseContents<'a> {
    /// The tags.
    pub(crate) tags: Vec<TagRequest<'a>>,
    pub(crate) tickets: ReleaseTickets,
    /// The existing sections of changelogs that lack changes.
    pub(crate) incomplete: Vec<IncompleteSection>,
    /// The files of the coming releases.
    pub(crate) release_files: Vec<Source>,
    /// The files of the versions that exist already.
    pub(crate) existing_release_files: Vec<ExistingReleaseFile>,
}

impl<'a, H: History> ReleasePlanner<'a, H> {
    /// Collects the parts of a release of the versions in the history. `git` has all commits, and
    /// so the tickets that they cite.
    ///
    /// # Errors
    ///
    /// Fails if something that the release depends on is missing or cannot be read.
    pub(crate) fn collect(
        &self,
        due: &[DueUnit<'a>],
        git: &GitHistory<'_>,
    ) -> Result<ReleaseContents<'a>> {
        let tree = self.repository.tree(self.base)?;
        let commits = CommitContext {
            repository: self.repository,
            history: git,
            config: self.config,
            tip: self.base,
            histories: None,
        };
        let mut contents = ReleaseContents {
            tags: Vec::with_capacity(due.len()),
            tickets: ReleaseTickets::read(commits, due)?,
            incomplete: Vec::new(),
            release_files: Vec::new(),
            existing_release_files: Vec::new(),
        };
        let packages = due.iter().filter_map(|due| due.unit.package(self.config));
        let mut reader = ReleaseReader::new(self.history, packages)?;
        for (index, one) in due.iter().enumerate() {
            let DueUnit { unit, version } = *one;
            let package = unit.package(self.config);
            let (changelog, incomplete) = self.changelog(&tree, *one, due, &mut reader)?;
            contents.incomplete.extend(incomplete);
            let release_file = self.release_file(&tree, package, version)?;
            let rename = match release_file {
                None => None,
                Some(NextReleaseFile { source, renamed }) => {
                    contents.release_files.push(source.clone());
                    match renamed {
                        Renamed::Stays => None,
                        Renamed::To(rename) => Some(rename),
                        Renamed::Exists(path) => {
                            let next = source;
                            let existing = ExistingReleaseFile { next, path };
                            contents.existing_release_files.push(existing);
                            None
                        }
                    }
                }
            };
            let commits = unit.next.commits.iter();
            contents.tags.push(TagRequest {
                package,
                version,
                tag_prefix: &unit.next.prefix,
                previous: unit.next.base.as_ref(),
                commits: commits.map(|classified| classified.commit.id).collect(),
                tickets: contents.tickets.cited_tickets(index, |ticket| {
                    ticket.stricter_risk(utc_day(self.now), &self.config.risk)
                }),
                changelog: Some(changelog),
                release_file: rename,
            });
        }
        Ok(contents)
    }

    /// Plans the release of these tags.
    ///
    /// # Errors
    ///
    /// Fails like [`release::plan`].
    pub(crate) fn plan(
        &self,
        tags: &[TagRequest<'_>],
        emergency: Option<&Emergency>,
    ) -> Result<Plan> {
        let request = Request {
            purpose: self.purpose,
            tags,
            base: self.base,
            branch: self.branch,
            push: self.push,
            emergency,
            previous_emergencies: self.previous_emergencies,
            only: self.only,
            version_options: self.version_options,
            config: self.config,
            at: self.now,
        };
        release::plan(&request, &self.repository.tree(self.base)?)
    }

    /// The release file of a package, or of the repository, and what becomes of it.
    fn release_file(
        &self,
        tree: &CommitTree<'_>,
        package: Option<&Package>,
        version: &Version,
    ) -> Result<Option<NextReleaseFile>> {
        let from = self.config.next_release_file(package);
        if self.config.release.via == ReleaseVia::Tag {
            // Only a release commit can rename it.
            return Ok(None);
        }
        if !self.config.release_files()?.contains(&from) || tree.kind_at(&from)?.is_none() {
            return Ok(None);
        }
        let Some(file) = tree.file(&from)? else {
            return Ok(None);
        };
        let source = files::source(&from, file.bytes.clone(), self.config.limits.ticket_bytes);
        let to = self.config.release_file(package, version);
        let renamed = if !version.pre.is_empty() {
            // A pre-release prepares the release that the file describes.
            Renamed::Stays
        } else if tree.kind_at(&to)?.is_some() {
            Renamed::Exists(to)
        } else {
            Renamed::To(FileRename::new(from, to, file))
        };
        Ok(Some(NextReleaseFile { source, renamed }))
    }

    /// The changelog with the release in it, and the section of the release that existed before, if
    /// it lacks changes.
    fn changelog(
        &self,
        tree: &CommitTree<'_>,
        due: DueUnit<'_>,
        all: &[DueUnit<'_>],
        reader: &mut ReleaseReader<'_, H>,
    ) -> Result<(Changelog<'a>, Option<IncompleteSection>)> {
        let version = due.version;
        let package = due.unit.package(self.config);
        let settings = &self.config.changelog;
        let has_commit = self.config.release.via == ReleaseVia::Commit;
        let file = self.config.changelog_file(package).filter(|_| has_commit);
        let existing = file
            .map(|file| text(tree, file))
            .transpose()?
            .flatten()
            .unwrap_or_default();
        let newest = changelog::versions(&existing).pop_last();
        let mut notes = self.notes(tree, package, newest.as_ref(), reader)?;
        let release = self.title_release(&mut notes, version, dependencies(due, all));
        let links = links(settings, Some(self.repository));
        let template = template(tree, settings)?;
        let writer = ChangelogText::new(settings, links.as_ref(), template);
        let existing = Source::new(file.unwrap_or("CHANGELOG.md"), existing);
        let text = writer.update(&existing, &notes)?;
        let generated = release.map(|notes| writer.body(&notes)).transpose()?;
        let generated = generated.unwrap_or_default();
        let prepared = changelog::prepared_section(existing.text(), version, &generated);
        let prepared = prepared.filter(|section| !section.missing.is_empty());
        let incomplete = prepared.map(|PreparedSection { heading, missing }| IncompleteSection {
            version: version.clone(),
            changelog: existing,
            heading,
            missing,
        });
        let notes = changelog::chapter(&text, version).unwrap_or(generated);
        Ok((Changelog { file, text, notes }, incomplete))
    }

    /// The notes that are missing in a changelog with `newest` as its highest version.
    fn notes(
        &self,
        tree: &CommitTree<'_>,
        package: Option<&Package>,
        newest: Option<&Version>,
        reader: &mut ReleaseReader<'_, H>,
    ) -> Result<Vec<Notes>> {
        let settings = &self.config.changelog;
        let mailmap = if settings.style.names_people() {
            Some(Mailmap::parse(&text(tree, ".mailmap")?.unwrap_or_default()))
        } else {
            None
        };
        let recent = match (newest, self.purpose) {
            // Earlier releases are in their tags.
            _ if self.config.release.via == ReleaseVia::Tag => Some(Recent::Unreleased),
            // The releases that the file has stay as they are.
            (Some(newest), _) => Some(Recent::Above(newest)),
            (None, Purpose::Preview) => Some(Recent::Unreleased),
            (None, Purpose::Execution) => None,
        };
        let query = NotesQuery {
            config: self.config,
            settings,
            package,
            mailmap,
            recent,
            scope: Scope::default(),
            previous_tag: None,
        };
        query.collect(reader)
    }

    /// Moves the unreleased notes under the version of the release, and returns them; `None` if
    /// there are none.
    ///
    /// A pre-release that folds into the next stable one stays under "Unreleased".
    fn title_release(
        &self,
        notes: &mut Vec<Notes>,
        version: &Version,
        dependencies: Vec<Dependency>,
    ) -> Option<Notes> {
        let has_unreleased = notes.iter().any(|notes| notes.title.tag().is_none());
        if !has_unreleased && !dependencies.is_empty() {
            let previous = notes.first().and_then(|notes| notes.title.tag());
            notes.insert(0, Notes::without_commits(previous.map(str::to_owned)));
        }
        let unreleased = notes.iter_mut().find(|notes| notes.title.tag().is_none())?;
        let release = Notes {
            dependencies,
            ..unreleased.clone()
        };
        let folds =
            !version.pre.is_empty() && self.config.changelog.prereleases != Prereleases::Show;
        if folds {
            return Some(release);
        }
        *unreleased = release.planned_as(version.clone(), utc_day(self.now));
        Some(unreleased.clone())
    }
}

/// The file of a coming release.
struct NextReleaseFile {
    source: Source,
    renamed: Renamed,
}

/// What becomes of the file of a coming release.
enum Renamed {
    /// It keeps its name.
    Stays,
    /// It is renamed.
    To(FileRename),
    /// There is another file at the path that it would be renamed to.
    Exists(String),
}

/// The packages because of which a package is released, if they are released too.
fn dependencies(due: DueUnit<'_>, all: &[DueUnit<'_>]) -> Vec<Dependency> {
    all.iter()
        .filter_map(|other| {
            let name = other.unit.name.as_ref()?;
            due.unit.bumped_by.contains(name).then(|| Dependency {
                package: name.clone(),
                version: other.version.clone(),
            })
        })
        .collect()
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
