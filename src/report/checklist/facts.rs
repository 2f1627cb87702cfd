//! What the checklist is made from.

use jiff::civil::Date;
use semver::Version;

use crate::report::facts::{ReleaseFacts, ReportedCommit};
use crate::ticket::State;

/// What is known about a release when its checklist is written.
#[derive(Debug)]
pub(crate) struct ChecklistFacts {
    pub(crate) release: ReleaseFacts,
    /// The files with the exact versions of dependencies that its commits change.
    pub(crate) lock_files: Vec<ChangedLockFile>,
    /// The migrations that its tickets name.
    pub(crate) migrations: Vec<NamedMigration>,
    /// The tickets of the release before, at HEAD, by ID; none if there is no such release.
    pub(crate) previous: Vec<(String, State)>,
    /// The emergencies of the release before, and of the earlier ones of a range.
    pub(crate) emergencies: Vec<PreviousEmergency>,
    /// The open tickets of HEAD that name the ticket that caused them.
    pub(crate) regressions: Vec<Regression>,
}

/// A changed file with the exact versions of dependencies.
#[derive(Debug)]
pub(crate) struct ChangedLockFile {
    pub(crate) path: String,
    /// The index of the commit in the release.
    pub(crate) commit: usize,
}

/// A migration that a ticket names.
#[derive(Debug)]
pub(crate) struct NamedMigration {
    pub(crate) ticket: String,
    pub(crate) path: String,
    /// Whether the released commit has it.
    pub(crate) exists: bool,
    /// The index of the last commit of the release that changes it.
    pub(crate) commit: Option<usize>,
}

/// An emergency for which a release bypassed rules.
#[derive(Debug)]
pub(crate) struct PreviousEmergency {
    /// The version of the release.
    pub(crate) version: Version,
    pub(crate) ticket: String,
    /// What still has to follow, such as `write a retrospective`.
    pub(crate) owed: Vec<String>,
    /// The day by which it has to follow.
    pub(crate) due: Date,
}

/// An open ticket, and the ticket that caused it.
#[derive(Debug)]
pub(crate) struct Regression {
    pub(crate) ticket: String,
    pub(crate) caused_by: String,
}

impl ChecklistFacts {
    pub(super) fn commit(&self, index: usize) -> Option<&ReportedCommit> {
        self.release.commits.get(index)
    }
}
