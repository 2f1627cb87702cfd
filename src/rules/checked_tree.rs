//! What rules may know of the tree that tickets belong to: which of the named paths it lacks, and
//! the lines of its templates.
//!
//! Everything is read before the rules run, so that they see values only. A tree is asked for as
//! little as possible: tickets that name no path cost nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::templates::TemplateLines;
use crate::config::{GlobsBelow, glob_set};
use crate::error::Result;
use crate::repo_path::is_git_folder;
use crate::source::Source;
use crate::ticket::ParsedTicket;

/// A tree of files. Paths are relative to the root, with `/`.
///
/// Symbolic links are never followed, and submodules not entered, so nothing is known of the paths
/// below them.
pub(crate) trait TreeFiles {
    /// Whether a file or a folder is at a path, or may be, because the path is below a link or a
    /// submodule.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    fn may_have(&self, path: &str) -> Result<bool>;

    /// Whether a glob matches the path of a file below a folder, or may match one.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    fn may_match(&self, folder: &str, glob: &PathGlob) -> Result<bool>;

    /// The names in a folder; empty if there is no such folder. The empty path is the root.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    fn names_in(&self, folder: &str) -> Result<Vec<String>>;

    /// The text of a regular file; `None` if there is none, or if it is larger than `max_bytes`.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    fn text(&self, path: &str, max_bytes: usize) -> Result<Option<String>>;
}

/// A glob for the path of a file.
#[derive(Debug)]
pub(crate) struct PathGlob {
    exact: globset::GlobSet,
    below: GlobsBelow,
}

impl PathGlob {
    /// Reads a glob; `None` if the text is not a glob.
    fn new(glob: &str) -> Option<Self> {
        Some(Self {
            exact: glob_set(&[glob]).ok()?,
            below: GlobsBelow::new(&[glob]),
        })
    }

    /// Whether the glob matches a path.
    #[must_use]
    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.exact.is_match(path)
    }

    /// Whether the glob may match a path below this one.
    #[must_use]
    pub(crate) fn may_match_below(&self, path: &str) -> bool {
        self.below.may_match(path)
    }
}

/// What is known of a tree for some tickets.
#[derive(Debug)]
pub(crate) struct CheckedTree {
    /// The paths of migrations that the tree lacks, by the file of the ticket that names them.
    missing: BTreeMap<String, BTreeSet<String>>,
    /// The files of the tickets that cover commits which are about to be merged or released; `None`
    /// if nothing is.
    covering: Option<BTreeSet<String>>,
    pub(super) templates: TemplateLines,
}

impl CheckedTree {
    /// Looks up what tickets name. `covering` are the files of those that cover commits which are
    /// about to be merged or released; `None` if nothing is.
    ///
    /// Nothing is known for other tickets, such as those on standard input.
    ///
    /// # Errors
    ///
    /// Fails if the tree cannot be read.
    pub(crate) fn read(
        files: &dyn TreeFiles,
        tickets: &[Source],
        covering: Option<BTreeSet<String>>,
    ) -> Result<Self> {
        let mut lookup = PathLookup {
            files,
            globs_left: MAX_GLOBS,
        };
        let mut missing = BTreeMap::new();
        for source in tickets {
            missing.insert(source.name().to_owned(), lookup.missing_migrations(source)?);
        }
        Ok(Self {
            missing,
            covering,
            templates: TemplateLines::read(files)?,
        })
    }

    /// Whether something is known for a ticket.
    pub(super) fn knows(&self, ticket: &str) -> bool {
        self.missing.contains_key(ticket)
    }

    /// Whether the tree lacks the path of a migration that a ticket names.
    pub(super) fn lacks(&self, ticket: &str, migration: &str) -> bool {
        self.missing
            .get(ticket)
            .is_some_and(|missing| missing.contains(migration))
    }

    /// Whether a ticket covers commits that are about to be merged or released; `None` if nothing is.
    pub(super) fn covers_commits(&self, ticket: &str) -> Option<bool> {
        let covering = self.covering.as_ref()?;
        Some(covering.contains(ticket))
    }
}

/// The maximum number of globs that are compared with a tree, because each is a walk over a folder.
/// Further ones are not reported.
const MAX_GLOBS: usize = 100;

/// The lookup of named paths in a tree.
struct PathLookup<'t> {
    files: &'t dyn TreeFiles,
    globs_left: usize,
}

impl PathLookup<'_> {
    /// The paths of migrations that a ticket names and the tree lacks.
    fn missing_migrations(&mut self, source: &Source) -> Result<BTreeSet<String>> {
        let mut missing = BTreeSet::new();
        // An escape can spell the key differently.
        let may_name_one = ["migrations", "\\u", "\\U", "\\x"]
            .iter()
            .any(|text| source.text().contains(text));
        let parsed = may_name_one.then(|| ParsedTicket::parse(source).ok());
        let Some(schema_change) = parsed
            .flatten()
            .and_then(|parsed| parsed.ticket.schema_change)
        else {
            return Ok(missing);
        };
        for migration in schema_change.migrations {
            if self.is_missing(&migration.text)? {
                missing.insert(migration.text);
            }
        }
        Ok(missing)
    }

    /// Whether the tree lacks a path that it should have: its first folder exists, so the path does not
    /// belong to another repository.
    fn is_missing(&mut self, named: &str) -> Result<bool> {
        let Some(NamedPath { path, top }) = NamedPath::new(named) else {
            return Ok(false);
        };
        if !self.files.may_have(top)? || self.files.may_have(path)? {
            return Ok(false);
        }
        let Some(glob) = path
            .contains(GLOB_CHARS)
            .then(|| PathGlob::new(path))
            .flatten()
        else {
            return Ok(true);
        };
        let mut parents = path.rmatch_indices('/').map(|(end, _)| &path[..end]);
        let folder = parents
            .find(|parent| !parent.contains(GLOB_CHARS))
            .unwrap_or(top);
        let Some(left) = self.globs_left.checked_sub(1) else {
            return Ok(false);
        };
        self.globs_left = left;
        Ok(!self.files.may_match(folder, &glob)?)
    }
}

/// The characters that make a path a glob.
const GLOB_CHARS: [char; 4] = ['*', '?', '[', '{'];

/// A path from the root of a repository, in a folder.
struct NamedPath<'a> {
    path: &'a str,
    /// Its first folder.
    top: &'a str,
}

impl<'a> NamedPath<'a> {
    /// Reads a path; `None` if the text is something else, such as a note or a URL, or a path that
    /// does not start at the root.
    fn new(text: &'a str) -> Option<Self> {
        let path = text.trim().trim_start_matches("./").trim_end_matches('/');
        let is_other_text =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | ':');
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && !is_git_folder(name);
        let (top, _) = path.split_once('/')?;
        let is_path = !path.contains(is_other_text)
            && !top.contains(GLOB_CHARS)
            && path.split('/').all(is_name);
        is_path.then_some(Self { path, top })
    }
}
