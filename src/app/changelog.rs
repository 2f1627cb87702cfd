//! Collects the inputs of changelogs: the notes of releases, the target of links, and the template.

use std::io;
use std::path::Path;

use crate::changelog::{self, Links, Notes, People, Template, web_address};
use crate::commit::{Mailmap, Message, RawCommit, UncountedLine, uncounted_lines};
use crate::config::{ChangelogSettings, Config, Package, SquashBodies};
use crate::error::{Error, Result};
use crate::files::{self, read_text};
use crate::git::Repository;
use crate::history::{
    ClassifiedCommit, History, Reason, Recent, ReleaseQuery, ReleaseReader, Releases, Scope,
};
use crate::repo_path::RepoPath;
use crate::source::Source;
use crate::workspace::paths;

/// More than the largest template, to detect one that is too large.
const MAX_TEMPLATE_READ: usize = 1 << 20;

/// The notes of a changelog to collect, and their inputs.
pub(crate) struct NotesQuery<'a> {
    pub(crate) config: &'a Config,
    /// The settings of the configuration, with the options of the command line.
    pub(crate) settings: &'a ChangelogSettings,
    /// The package of the changelog; `None`: the repository.
    pub(crate) package: Option<&'a Package>,
    /// The mailmap; `None`: the notes do not name people.
    pub(crate) mailmap: Option<Mailmap>,
    /// Only the highest releases. If people are named, the others are collected too: who is new
    /// depends on all of them.
    pub(crate) recent: Option<Recent<'a>>,
    /// The commits whose releases are collected, if not only the highest.
    pub(crate) scope: Scope,
    /// The tag that the scope starts after.
    pub(crate) previous_tag: Option<String>,
}

impl NotesQuery<'_> {
    /// Collects the notes, newest release first.
    ///
    /// # Errors
    ///
    /// Fails if history is missing or a tag cannot be read.
    pub(crate) fn collect<H: History>(
        self,
        reader: &mut ReleaseReader<'_, H>,
    ) -> Result<Vec<Notes>> {
        let query = ReleaseQuery {
            settings: &self.config.version,
            package: self.package,
            prereleases: self.settings.prereleases,
        };
        let recent = self.recent.filter(|_| self.mailmap.is_none());
        let mut releases = match recent {
            Some(recent) => query.recent(reader, recent)?,
            None => Releases {
                list: query.read(reader, self.scope)?,
                previous: self.previous_tag,
            },
        };
        if self.config.squash_bodies == SquashBodies::Entries {
            for release in &mut releases.list {
                read_squashed_headers(&mut release.commits, reader)?;
            }
        }
        // Contributors before the scope are not new in it.
        let before = self.scope.exclude.map(|tip| Scope {
            tip: Some(tip),
            exclude: None,
        });
        let people = match self.mailmap {
            None => None,
            Some(mailmap) => Some(People {
                mailmap,
                bots: &self.settings.bots,
                before: before.map_or(Ok(Vec::new()), |scope| query.read(reader, scope))?,
            }),
        };
        Ok(changelog::notes_with_people(
            releases,
            self.settings,
            &self.config.release.commit_message,
            people.as_ref(),
        ))
    }
}

/// Finds the headers in the bodies of commits that become entries: each once, and not that of the
/// commit itself.
fn read_squashed_headers<H: History>(
    commits: &mut [ClassifiedCommit],
    reader: &ReleaseReader<'_, H>,
) -> Result<()> {
    for classified in commits {
        let is_read = matches!(
            classified.reason,
            Reason::Type | Reason::Breaking | Reason::Unconventional
        );
        if !is_read {
            continue;
        }
        let id = classified.commit.id;
        let object = reader.history().commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        let message = Message::decode(raw.message, raw.encoding);
        let mut headers: Vec<String> = Vec::new();
        for line in uncounted_lines(&message) {
            let UncountedLine::Header(header) = line else {
                continue;
            };
            let is_own = message.header().starts_with(&header);
            if !is_own && !headers.contains(&header) {
                headers.push(header);
            }
        }
        classified.set_squashed_headers(headers);
    }
    Ok(())
}

/// The URL of a repository's pages: from the settings, or derived from its remote. `None`: unknown,
/// or links are disabled.
#[must_use]
pub(crate) fn links(
    settings: &ChangelogSettings,
    repository: Option<&Repository>,
) -> Option<Links> {
    if settings.links == Some(false) {
        return None;
    }
    match &settings.url {
        Some(url) => {
            let (page, known) = web_address(url)?;
            Some(Links::new(settings.forge.or(known)?, page))
        }
        None => Links::of_remote(&repository?.remote_url()?, settings.forge),
    }
}

/// Reads the template that the configuration names: below the root of the work tree, or from HEAD
/// if there is none.
///
/// # Errors
///
/// Fails if it cannot be read, if it is outside the work tree or in a `.git` folder, and if it does
/// not compile.
pub(crate) fn configured_template(repository: &Repository, file: &str) -> Result<Template> {
    Template::new(configured_source(repository, file)?)
}

/// The same, but only its text.
///
/// # Errors
///
/// Fails if it cannot be read, and if it is outside the work tree or in a `.git` folder.
pub(crate) fn configured_source(repository: &Repository, file: &str) -> Result<Source> {
    let path = RepoPath::portable(file);
    let path = path
        .map_err(|fault| Error::refused(format!("the template `{file}` {fault}"), fault.help()))?;
    let bytes = match repository.work_tree()? {
        Some(tree) => tree.read_linked(&path, MAX_TEMPLATE_READ)?,
        None => repository.file_at_head(file)?,
    };
    let failed = |error| unreadable(file, error, "the repository root");
    let bytes = bytes.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let text = read_text(bytes.as_slice(), MAX_TEMPLATE_READ).map_err(failed)?;
    Ok(Source::new(file, text))
}

/// Reads a template that the command line names.
///
/// # Errors
///
/// Fails if it cannot be read or does not compile.
pub(crate) fn named_template(directory: &Path, file: &Path) -> Result<Template> {
    Template::new(named_source(directory, file)?)
}

/// The same, but only its text.
///
/// # Errors
///
/// Fails if it cannot be read.
pub(crate) fn named_source(directory: &Path, file: &Path) -> Result<Source> {
    let name = paths::shown(file);
    let text = files::read_file(&directory.join(file), MAX_TEMPLATE_READ)
        .map_err(|error| unreadable(&name, error, "the current directory"))?;
    Ok(Source::new(name, text))
}

/// The error for a template that cannot be read; its path is relative to `folder`.
fn unreadable(name: &str, error: io::Error, folder: &str) -> Error {
    let help = if error.kind() == io::ErrorKind::NotFound && Path::new(name).is_relative() {
        format!("check the path; it is relative to {folder}")
    } else {
        String::new()
    };
    Error::file(format!("the template `{name}` cannot be read"), help).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_template_of_the_command_line_is_not_below_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let help = |file: &Path| {
            let error = named_template(folder.path(), file).unwrap_err();
            error.help().map(str::to_owned)
        };
        assert_eq!(
            help(Path::new("nope")).as_deref(),
            Some("check the path; it is relative to the current directory")
        );
        assert_eq!(help(&folder.path().join("nope")), None);
    }
}
