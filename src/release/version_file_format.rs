//! The known formats of version files: how each is recognized, read, and edited.
//!
//! A format is one module and one line here, and is recognized by the names of its files.

use semver::Version;

use super::file_edits::FileEdit;
use super::token::Token;
use super::{cargo, npm, python, version_txt};
use crate::error::Result;
use crate::history::{File, Tree};
use crate::source::Source;

/// The formats, in the order in which they are searched for if nothing is configured.
pub(super) const FORMATS: &[VersionFileFormat] = &[
    cargo::FORMAT,
    npm::FORMAT,
    python::FORMAT,
    version_txt::FORMAT,
];

type EditFiles = fn(&[&str], &dyn Tree, &Version) -> Result<Vec<FileEdit>>;
type HasVersion = fn(&str, &File) -> Result<bool>;
type ReadVersion = fn(&str, &dyn Tree) -> Result<Option<(Source, Token)>>;
type ListMembers = fn(&str, &dyn Tree) -> Result<Vec<String>>;

/// A format of version files, which are recognized by their names.
pub(super) struct VersionFileFormat {
    /// The names of its files.
    pub(super) names: &'static [&'static str],
    /// The names of files that are edited together with them, and so need not be listed.
    pub(super) companions: &'static [&'static str],
    /// Writes the version to the files at these paths; the edits include those of other files that
    /// follow.
    pub(super) edit: EditFiles,
    /// Whether a file at the root contains the repository's version without being configured;
    /// `None`: no file of this format does.
    pub(super) has_version: Option<HasVersion>,
    /// The version of the file at a path, with the text that it is written in; `None` if the file
    /// has none.
    pub(super) read: ReadVersion,
    /// The manifests of the workspace with the root manifest at this path, without the root;
    /// `None`: the format has no workspaces.
    pub(super) members: Option<ListMembers>,
}
