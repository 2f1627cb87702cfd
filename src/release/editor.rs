//! What an editor of a known format is, and the list of them.
//!
//! A format is one module and one line here. It is known by the names of its files.

use semver::Version;

use super::token::Token;
use super::tree::{File, FileEdit, Tree};
use super::{cargo, npm, python, version_txt};
use crate::error::Result;
use crate::source::Source;

/// The formats, in the order in which they are looked for where nothing is configured.
pub(super) const EDITORS: &[Editor] = &[
    cargo::EDITOR,
    npm::EDITOR,
    python::EDITOR,
    version_txt::EDITOR,
];

type EditFiles = fn(&[&str], &dyn Tree, &Version) -> Result<Vec<FileEdit>>;
type HasVersion = fn(&str, &File) -> Result<bool>;
type ReadVersion = fn(&str, &dyn Tree) -> Result<Option<(Source, Token)>>;
type ListMembers = fn(&str, &dyn Tree) -> Result<Vec<String>>;

/// An editor of files that are known by their names.
pub(super) struct Editor {
    /// The names of its files.
    pub(super) names: &'static [&'static str],
    /// The names of files that are edited with them, and so need not be listed.
    pub(super) companions: &'static [&'static str],
    /// Gives the files at these paths the version; what follows from it in other files is among the
    /// edits.
    pub(super) edit: EditFiles,
    /// Whether a file at the root bears the repository's version without being configured; `None`:
    /// none does.
    pub(super) has_version: Option<HasVersion>,
    /// The version of the file at a path, with the text that it is written in; `None` if the file
    /// has none.
    pub(super) read: ReadVersion,
    /// The manifests of the workspace whose root is the manifest at a path, without that one;
    /// `None`: there are none.
    pub(super) members: Option<ListMembers>,
}
