//! What an audit is made from.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::approval::TicketApprovals;
use crate::commit::Id;
use crate::release::{FollowUp, TagMetadata, UncoveredCommit};
use crate::report::clock::Clock;
use crate::report::facts::ReleaseFacts;

/// What releases are audited with.
#[derive(Debug)]
pub(crate) struct AuditFacts {
    /// The name of the project, or of the package.
    pub(crate) project: String,
    pub(crate) scope: AuditScope,
    /// The commit of HEAD, which outcomes and later approvals are from.
    pub(crate) head: Id,
    /// The keys that may sign at HEAD; `None`: there are none.
    pub(crate) head_signers: Option<AuditedFile>,
    pub(crate) clock: Clock,
}

/// Which releases are audited.
#[derive(Debug)]
pub(crate) enum AuditScope {
    /// One, with this tag.
    Release(String),
    /// Those after the first of these up to the last, as given.
    Range(String),
    /// Those with a tag made in this period.
    Period { start: Timestamp, end: Timestamp },
}

/// A release with the evidence for it.
#[derive(Debug)]
pub(crate) struct AuditedRelease {
    /// What reports know about it, with approvals as they were when it was tagged.
    pub(crate) facts: ReleaseFacts,
    /// The package; `None`: the repository.
    pub(crate) package: Option<String>,
    pub(crate) record: ReleaseRecord,
    /// The commits that a policy requires a ticket for, but that have none.
    pub(crate) uncovered: Vec<UncoveredCommit>,
    /// What its configuration makes less strict than that of the release before.
    pub(crate) weakenings: Vec<String>,
    /// The freezes that were active when it was tagged.
    pub(crate) freezes: Vec<String>,
    /// What has followed if it was an emergency.
    pub(crate) follow_up: Option<FollowUp>,
    /// The tickets that have other approvals at HEAD than in the release, with the approvals at
    /// HEAD.
    pub(crate) later: HashMap<String, TicketApprovals>,
    /// The commits that change the product and cite a ticket, by their place, by ticket.
    pub(crate) by_ticket: HashMap<String, Vec<usize>>,
    /// The texts of tickets in the commits that added approvals.
    pub(crate) approved_texts: HashMap<(Id, String), Vec<u8>>,
}

/// What a tag records, and the files that it is checked with.
#[derive(Debug)]
pub(crate) struct ReleaseRecord {
    /// The object of the tag; `None`: a lightweight tag.
    pub(crate) object: Option<TagBytes>,
    /// The record; `None`: Tollgate did not make the tag.
    pub(crate) metadata: Option<TagMetadata>,
    pub(crate) signature: TagSignature,
    /// The configuration; `None`: there is none.
    pub(crate) configuration: Option<AuditedFile>,
    /// The keys that may sign; `None`: there are none.
    pub(crate) signers: Option<AuditedFile>,
}

/// An annotated tag.
#[derive(Debug)]
pub(crate) struct TagBytes {
    pub(crate) id: Id,
    pub(crate) bytes: Vec<u8>,
}

/// A file of the released commit.
#[derive(Debug, Clone)]
pub(crate) struct AuditedFile {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// The signature of a tag, checked with the keys of its own commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagSignature {
    Unsigned,
    /// Made with a key that the commit lists.
    Valid {
        by: String,
        key: String,
    },
    /// Not checked, for this reason.
    NotChecked(String),
    /// It does not count, for this reason.
    Invalid(String),
}
