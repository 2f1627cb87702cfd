//! Versions of Cargo packages: manifests, the workspace around them, the lock file.
//!
//! Decides which tokens of which files bear the version of what is released. Knows Cargo's rules for workspaces and
//! inheritance (doc.rust-lang.org/cargo/reference/workspaces.html) and never runs Cargo.

mod lock;
mod manifest;
mod requirement;
mod toml_text;
mod workspace;

pub(super) use workspace::edit;
