//! The plan of a release: files, commit, tag, or the reasons against it.
//!
//! Pure: the base commit's files come in through [`Tree`](crate::history::Tree), bytes go out. Nothing is written here;
//! `git` carries the plan out.

mod cargo;
mod context;
mod editor;
mod emergency;
mod file_edits;
mod file_versions;
mod json_text;
mod lowered;
mod npm;
mod plan;
mod progress;
mod python;
mod released;
mod tag_metadata;
#[cfg(test)]
mod testing;
mod token;
mod toml_text;
mod verification;
mod version_edits;
mod version_files;
mod version_pattern;
mod version_txt;

pub use context::{
    DriftedSection, ExistingVersion, FollowUp, IncompleteSection, LostTicket, LoweredVersion,
    Obligation, Predecessor, Preflight, ReleaseContext, UncoveredCommit, VersionInFile,
};
pub use emergency::Emergency;
pub use file_edits::{FileEdit, TokenChange};
pub use file_versions::{
    FileVersion, UnversionedWorkspace, member_versions, read_versions, unversioned_workspaces,
};
pub use plan::{
    Changelog, Plan, PlannedPush, PlannedTag, Purpose, PushTarget, Request, TagRequest, plan,
};
pub use progress::{Event, NoProgress, Progress};
pub use released::Released;
pub use tag_metadata::{CitedTicket, RequestedOptions, TagMetadata};
pub use verification::{
    ActualFile, ActualRelease, Check, CheckKind, Outcome, Verification, compare,
};
pub use version_edits::{VersionTarget, edit_versions};
pub use version_files::{VersionFiles, edit_version_files};
