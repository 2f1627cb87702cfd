//! Versions of Cargo packages: manifests, the workspace around them, the lock file.
//!
//! Decides which tokens of which files contain the version of a released package. Implements
//! Cargo's rules for workspaces and inheritance (doc.rust-lang.org/cargo/reference/workspaces.html)
//! and never runs Cargo.

mod lock;
mod manifest;
mod requirement;
mod workspace;

use super::version_file_format::VersionFileFormat;

/// `Cargo.toml` and the files that Cargo keeps beside it.
pub(super) const FORMAT: VersionFileFormat = VersionFileFormat {
    names: &[workspace::MANIFEST],
    companions: &[workspace::LOCK],
    edit: workspace::edit,
    has_version: Some(workspace::has_version),
    read: workspace::read_version,
    members: Some(workspace::list_members),
};
