//! `tollgate changelog --write`: brings changelogs up to date in place.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::UnitChangelog;
use crate::changelog::{ChangelogText, Notes};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::config::ChangelogSettings;
use crate::error::{Error, Result};
use crate::files::{self, WorkTree, unreadable};
use crate::repo_path::RepoPath;
use crate::source::Source;

/// The largest changelog that is updated, in bytes.
const MAX_CHANGELOG_BYTES: usize = 64 << 20;

/// Updates the changelog of each unit; if one fails, none is written. `file` is named on the command
/// line.
pub(super) fn write(
    changelogs: Vec<UnitChangelog>,
    file: Option<&Path>,
    ctx: &Context,
) -> Result<ExitStatus> {
    let mut files = BTreeSet::new();
    let mut updates = Vec::new();
    for mut changelog in changelogs {
        let configured = &changelog.settings.file;
        if !files.insert(configured.clone()) {
            return Err(Error::usage(
                format!("two packages use the changelog `{configured}`"),
                "give each package its own `changelog`",
            ));
        }
        let target = Target::new(file, changelog.tree.take(), &changelog.settings, ctx)?;
        updates.push(Update::new(target, &changelog.text(), &changelog.notes)?);
    }
    if updates.is_empty() {
        return Err(Error::usage(
            "no package has a `changelog` in the configuration",
            "add one, or choose a package and a file: `--package NAME --write FILE`",
        ));
    }
    for update in updates {
        update.write(ctx)?;
    }
    Ok(ExitStatus::Success)
}

/// The changelog that is updated.
enum Target {
    /// The command line names it.
    Named {
        /// The file.
        path: PathBuf,
        /// Its path as written on the command line.
        written: PathBuf,
    },
    /// The configuration names it.
    Configured(WorkTree, RepoPath),
}

impl Target {
    fn new(
        named: Option<&Path>,
        tree: Option<WorkTree>,
        settings: &ChangelogSettings,
        ctx: &Context,
    ) -> Result<Self> {
        match (named, tree) {
            (Some(file), _) => Ok(Self::Named {
                path: ctx.output_path(file)?,
                written: file.to_owned(),
            }),
            (None, Some(tree)) => {
                let file = &settings.file;
                let path = RepoPath::portable(file);
                let path = path
                    .map_err(|fault| Error::refused(format!("`{file}` {fault}"), fault.help()))?;
                Ok(Self::Configured(tree, path))
            }
            (None, None) => Err(Error::usage(
                "a bare repository has no changelog to update",
                "pass a file: `--write FILE`",
            )),
        }
    }

    /// The text, `None` if there is none yet.
    fn read(&self) -> Result<Option<String>> {
        let text = match self {
            Self::Named { path, .. } => match files::read_file(path, MAX_CHANGELOG_BYTES) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unreadable(&path.display().to_string(), error)),
            },
            Self::Configured(tree, path) => tree.read_text(path, MAX_CHANGELOG_BYTES)?,
        };
        if text
            .as_ref()
            .is_some_and(|text| text.len() > MAX_CHANGELOG_BYTES)
        {
            let message = format!("`{self}` is larger than {MAX_CHANGELOG_BYTES} bytes");
            return Err(Error::limit(
                message,
                "move its older releases to another file",
            ));
        }
        Ok(text)
    }

    fn replace(&self, before: Option<&str>, after: &str) -> Result<()> {
        match (self, before) {
            (Self::Configured(tree, path), before) => tree.replace(path, before, after),
            (Self::Named { path, .. }, Some(before)) => {
                files::replace_unchanged(path, before, after)
            }
            (Self::Named { path, .. }, None) => files::replace_file(path, after),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { written, .. } => written.display().fmt(out),
            Self::Configured(_, path) => path.fmt(out),
        }
    }
}

/// A changelog and its updated text.
struct Update {
    target: Target,
    existing: Option<String>,
    updated: String,
}

impl Update {
    /// Reads a changelog and computes its updated text; nothing is written.
    fn new(target: Target, text: &ChangelogText<'_>, notes: &[Notes]) -> Result<Self> {
        let existing = target.read()?;
        let before = Source::new(target.to_string(), existing.clone().unwrap_or_default());
        Ok(Self {
            target,
            existing,
            updated: text.update(&before, notes)?,
        })
    }

    fn write(&self, ctx: &Context) -> Result<()> {
        let is_same = self.updated == self.existing.as_deref().unwrap_or_default();
        if !is_same {
            self.target
                .replace(self.existing.as_deref(), &self.updated)?;
        }
        let target = &self.target;
        ctx.hint(&match &self.existing {
            _ if is_same => format!("{target} is already up to date"),
            Some(_) => format!("Updated {target}"),
            None => format!("Created {target}"),
        });
        Ok(())
    }
}
