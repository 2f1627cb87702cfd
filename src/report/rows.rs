//! The rows about releases, tickets, and approvals that leave the repository: each says which
//! repository and commit it is from.

use jiff::Timestamp;
use serde::Serialize;

/// A release.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReleaseRow {
    /// The name of the project, or of the package.
    pub(crate) repository: String,
    /// The tagged commit.
    pub(crate) commit: String,
    pub(crate) tag: String,
    pub(crate) version: String,
    /// The tag of the release before; null if there is none.
    pub(crate) previous: Option<String>,
    /// When the tag was made, by the clock of the person who made it; null for a lightweight tag.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) tagged_at: Option<Timestamp>,
    /// The name of the person who made it.
    pub(crate) tagged_by: Option<String>,
    /// The object of the tag; null for a lightweight tag.
    pub(crate) tag_object: Option<String>,
    /// Whether the signature of the tag was made with a key that its commit lists.
    #[cfg_attr(test, schemars(extend("enum" = ["valid", "unsigned", "not-checked", "invalid"])))]
    pub(crate) signature: &'static str,
    /// Why the signature is not checked or invalid.
    pub(crate) signature_fault: Option<String>,
    /// To whom the key belongs.
    pub(crate) signed_by: Option<String>,
    /// The fingerprint of the key.
    pub(crate) key: Option<String>,
    /// The number of commits, without the release commit.
    pub(crate) commits: usize,
    /// The SHA-256 of their IDs, sorted, each with a line feed.
    pub(crate) commits_digest: String,
    /// The same as the tag records it; null if it does not.
    pub(crate) recorded_commits_digest: Option<String>,
    /// The configuration; null if there is none.
    pub(crate) configuration: Option<String>,
    /// Its SHA-256.
    pub(crate) configuration_digest: Option<String>,
    /// The same as the tag records it; null if it does not.
    pub(crate) recorded_configuration_digest: Option<String>,
    /// The emergency for which rules were bypassed; null if there was none.
    pub(crate) emergency: Option<String>,
    /// The version of Tollgate that made the release; null if another tool made it.
    pub(crate) made_by: Option<String>,
}

/// A ticket in a release.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TicketRow {
    pub(crate) repository: String,
    /// The tagged commit.
    pub(crate) commit: String,
    pub(crate) release: String,
    pub(crate) ticket: String,
    /// Its file in the commit.
    pub(crate) path: String,
    pub(crate) title: String,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) kind: &'static str,
    /// Its state at HEAD.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) state: &'static str,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) risk_declared: Option<&'static str>,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) risk_computed: &'static str,
    /// The stricter of both, or the risk that the tag records: it decided who had to approve.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) risk: &'static str,
    /// The affected services; empty means all.
    pub(crate) services: Vec<String>,
    /// The affected environments; empty means all.
    pub(crate) environments: Vec<String>,
    pub(crate) requester: Option<String>,
    /// Those who wrote the plan or the commits; they may not approve.
    pub(crate) makers: Vec<String>,
    pub(crate) assignee: Option<String>,
    pub(crate) validator: Option<String>,
    /// Whether it was approved when it was released.
    #[cfg_attr(test, schemars(extend("enum" = ["approved", "not-approved", "unknown", "not-required", "closed-before"])))]
    pub(crate) approval: &'static str,
    /// The same at HEAD, if approvals were added after the release.
    pub(crate) approval_now: Option<&'static str>,
    /// The number of people who had to approve; null if the configuration requires no approvals.
    pub(crate) required_people: Option<usize>,
    /// The roles in which somebody had to approve; `any` if any role was sufficient.
    pub(crate) required_roles: Vec<String>,
    /// The evidence that each approval needed.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) required_evidence: Option<&'static str>,
    /// The digest of the plan as released.
    pub(crate) digest: String,
    /// The same as the tag records it; null if it does not.
    pub(crate) recorded_digest: Option<String>,
    /// Whether the plan that was approved is the one that was released; null if no approval counts.
    pub(crate) released_as_approved: Option<bool>,
    pub(crate) tests: Vec<String>,
    pub(crate) test_evidence: Vec<String>,
    pub(crate) security: Option<String>,
    /// The number of steps of the rollback.
    pub(crate) rollback_steps: usize,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) rollback_rehearsed_on: Option<jiff::civil::Date>,
    /// The feature flag that the change is behind.
    pub(crate) flag: Option<String>,
    pub(crate) flag_owner: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) flag_remove_by: Option<jiff::civil::Date>,
    /// The planned window.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) window_start: Option<Timestamp>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) window_end: Option<Timestamp>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) started_at: Option<Timestamp>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) deployed_at: Option<Timestamp>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) ended_at: Option<Timestamp>,
    /// The result, as somebody wrote it.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) result: Option<&'static str>,
    pub(crate) caused_by: Option<String>,
}

/// An approval or a rejection.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ApprovalRow {
    pub(crate) repository: String,
    /// The commit that the ticket is read from: the tagged one, or HEAD for an approval that was
    /// added after the release.
    pub(crate) commit: String,
    pub(crate) release: String,
    pub(crate) ticket: String,
    /// Its number in the ticket, from 0; null for an approval from the forge.
    pub(crate) number: Option<usize>,
    pub(crate) by: String,
    /// The person by their name in `[people]`.
    pub(crate) person: String,
    /// The role, if the person has it.
    pub(crate) role: Option<String>,
    /// `approves`, `rejects`, or `ignored`.
    pub(crate) effect: &'static str,
    /// Why it is ignored.
    pub(crate) ignored_because: Option<String>,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) evidence: &'static str,
    /// The fingerprint of the key that signed it.
    pub(crate) key: Option<String>,
    /// When it was given, by the approver's word.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) at: Option<Timestamp>,
    /// The digest of the plan that it approves.
    pub(crate) digest: Option<String>,
    /// The commit that added it; null if that is unknown.
    pub(crate) added_in: Option<String>,
    /// The digest of the plan in that commit.
    pub(crate) digest_when_added: Option<String>,
    /// Whether it was added after the release.
    pub(crate) after_release: bool,
}

/// A commit of a release.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CommitRow {
    pub(crate) repository: String,
    pub(crate) commit: String,
    pub(crate) release: String,
    /// When it was written, by the author's clock.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) at: Option<Timestamp>,
    pub(crate) author: String,
    /// The first line of its message.
    pub(crate) subject: String,
    /// What it does: `change`, `no-change` for merges and commits that cancel out, `tickets` if it
    /// changes only tickets and release files, `release` for the release commit.
    pub(crate) role: &'static str,
    pub(crate) tickets: Vec<String>,
    /// Why it has no ticket, if it changes the product and has none.
    pub(crate) without_ticket: Option<String>,
}

/// Something that a reader of an audit wants to know: what was not done as usual.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExceptionRow {
    pub(crate) repository: String,
    pub(crate) release: String,
    /// Such as `without-ticket`, `suppression`, or `freeze-override`.
    pub(crate) kind: &'static str,
    /// The commit, the ticket, or the file that it is about.
    pub(crate) subject: String,
    /// What it is, in words.
    pub(crate) what: String,
    /// The reason that somebody gave for it; null if there is none.
    pub(crate) reason: Option<String>,
}
