//! The values of a release: its plan, its progress, its result, and its verification.
//!
//! Pure: the files of the base commit come in as values, and nothing is written here. `git` carries
//! the plan out.

mod cargo;
mod context;
mod emergency;
mod file_edits;
mod json_text;
mod lowered;
mod npm;
mod plan;
mod progress;
mod python;
mod read_versions;
mod released;
mod tag_metadata;
#[cfg(test)]
mod testing;
mod token;
mod toml_text;
mod verification;
mod version_file_format;
mod version_files;
mod version_pattern;
mod version_targets;
mod version_txt;

pub(crate) use context::{
    CoverageGap, DriftedSection, ExistingReleaseFile, ExistingVersion, FollowUp, IncompleteSection,
    LostTicket, LoweredVersion, Obligation, Predecessor, Preflight, ReleaseContext, SignOff,
    UncoveredCommit, VersionInFile,
};
pub use file_edits::{FileEdit, FileRename};
pub(crate) use file_edits::{PathChange, TokenChange};
pub(crate) use plan::PushTarget;
pub use plan::{Plan, PlannedTag, Purpose};
pub use progress::{Event, NoProgress, Progress};
pub(crate) use read_versions::{
    FileVersion, UnversionedWorkspace, member_versions, read_versions, unversioned_workspaces,
};
pub use released::Released;
pub(crate) use tag_metadata::{
    CitedPlan, RecordedTicket, THIS_TOOL, TagMetadata, digest_of_bytes, digest_of_commits,
};
pub(crate) use verification::{ActualFile, ActualRelease, TicketRisk, compare};
pub use verification::{Check, CheckKind, Outcome, Verification};

// For the tests of this package.
#[doc(hidden)]
pub use emergency::Emergency;
#[doc(hidden)]
pub use plan::{Changelog, PlannedPush, Request, TagRequest, plan};
#[doc(hidden)]
pub use tag_metadata::CitedTicket;
#[doc(hidden)]
pub use version_files::{VersionFiles, edit_version_files};
