//! What a release would do: files, commit, tag, or the reasons against it.
//!
//! Pure: the base commit's files come in through [`Tree`], bytes go out. Nothing is written here;
//! `git` applies what is decided.

mod cargo;
mod editor;
mod emergency;
mod file_versions;
mod json_text;
mod lowered;
mod message;
mod npm;
mod pattern;
mod plain;
mod plan;
mod python;
mod released;
mod step;
#[cfg(test)]
mod testing;
mod together;
mod token;
mod toml_text;
mod tree;
mod verification;
mod version_files;

pub use emergency::Emergency;
pub use file_versions::{
    FileVersion, UnversionedWorkspace, member_versions, read_versions, unversioned_workspaces,
};
pub use message::{Asked, CitedTicket, Record};
pub use plan::{
    Changelog, Plan, PlannedPush, PlannedTag, Purpose, PushTarget, Request, TagRequest, plan,
};
pub use released::Released;
pub use step::{Observer, Step, Unobserved};
pub use together::{Versioned, edit_versions};
pub use tree::{File, FileEdit, MAX_FILE, Mode, TokenChange, Tree};
pub use verification::{Check, Found, FoundFile, Outcome, Subject, Verification, compare};
pub use version_files::{VersionFiles, edit_version_files};
