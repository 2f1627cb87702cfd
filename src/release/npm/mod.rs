//! Versions of npm packages: manifests, the workspace around them, the lock files.
//!
//! Decides which tokens of which files contain the version of a released package. Implements npm's
//! rules for workspaces (docs.npmjs.com/cli/using-npm/workspaces) and for lock files, and never
//! runs npm.

mod manifest;
mod range;
mod workspace;

use super::version_file_format::VersionFileFormat;
use super::version_files;
use crate::error::Result;
use crate::history::File;

/// `package.json` and the files that npm keeps beside it.
pub(super) const FORMAT: VersionFileFormat = VersionFileFormat {
    names: &[workspace::MANIFEST],
    companions: workspace::LOCKS,
    edit: workspace::edit,
    has_version: Some(has_version),
    read: workspace::read_version,
    members: Some(workspace::list_members),
};

/// A private package is never published. Its version is usually the default of `npm init` and
/// meaningless.
fn has_version(path: &str, file: &File) -> Result<bool> {
    let source = version_files::text(path, &file.bytes)?;
    let root = super::json_text::parse(&source)?;
    Ok(root.string("version")?.is_some() && !root.is_true("private")?)
}
