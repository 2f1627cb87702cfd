//! The circumstances of a release in the repository, as values that rules check.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use semver::Version;

use crate::approval::{
    ApprovalEffect, ApprovalResult, EvaluatedApproval, TicketApprovals, approve_command,
};
use crate::calendar::Window;
use crate::commit::Id;
use crate::config::{Evidence, Freeze, Quorum};
use crate::history::UntaggedRelease;
use crate::source::{Source, Span, join_and, shell_command, shorten};
use crate::ticket::{ParsedTicket, RiskLevel};

/// The circumstances of a release in the repository.
#[derive(Debug)]
pub(crate) struct ReleaseContext {
    /// The commit that is released.
    pub(crate) base: Id,
    /// The state of the repository.
    pub(crate) preflight: Preflight,
    /// The release commits whose tags are missing.
    pub(crate) untagged: Vec<UntaggedRelease>,
    /// Sections of the versions to be released that changelogs already have and that omit changes.
    pub(crate) incomplete: Vec<IncompleteSection>,
    /// The versions of files that the release would lower.
    pub(crate) lowered: Vec<LoweredVersion>,
    /// The versions in version files.
    pub(crate) file_versions: Vec<VersionInFile>,
    /// The branch that HEAD is on, without `refs/heads/`; `None`: HEAD is detached.
    pub(crate) branch: Option<String>,
    /// Globs of the branches that may be released from; empty: all.
    pub(crate) branches: Vec<String>,
    /// The freezes during which the release would happen, each with its window.
    pub(crate) freezes: Vec<(Freeze, Window)>,
    /// The tickets that the release implements.
    pub(crate) tickets: Vec<ParsedTicket>,
    /// The results for their approvals; empty if the configuration requires none.
    pub(crate) approvals: Vec<TicketApprovals>,
    /// The IDs of the tickets that were released before and that the release's tickets depend on.
    pub(crate) delivered: BTreeSet<String>,
    /// The tickets of the previous releases, as they are in the commit.
    pub(crate) predecessors: Vec<Predecessor>,
    /// The sections of changelogs that were changed after their release.
    pub(crate) drifted: Vec<DriftedSection>,
    /// The commits without the tickets that policies require.
    pub(crate) uncovered: Vec<UncoveredCommit>,
    /// The emergency releases with open obligations.
    pub(crate) follow_ups: Vec<FollowUp>,
    /// The tickets that the release cites and that don't exist.
    pub(crate) lost: Vec<LostTicket>,
    /// The release files that cannot be renamed.
    pub(crate) existing_release_files: Vec<ExistingReleaseFile>,
    /// The sign-offs that it requires.
    pub(crate) sign_offs: Vec<SignOff>,
}

/// The sign-off of a release, with the result for its approvals.
#[derive(Debug)]
pub(crate) struct SignOff {
    /// The package that is released; `None`: the repository.
    pub(crate) package: Option<String>,
    /// The file of the release, as the commit has it; empty if there is none.
    pub(crate) file: Source,
    /// The position of each approval in the file.
    pub(crate) spans: Vec<Span>,
    /// What is required.
    pub(crate) quorum: Quorum,
    /// The result for its approvals.
    pub(crate) result: ApprovalResult,
    /// For approvals of other contents, by index, the covered commits that were added later; absent
    /// if the commit that added the approval is not known.
    pub(crate) added_since: BTreeMap<usize, Vec<Id>>,
}

impl SignOff {
    /// Describes who signed the release off, as a clause without its subject.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let entries = self.result.entries.iter();
        let counting: Vec<String> = entries
            .filter(|entry| entry.effect == ApprovalEffect::Approves)
            .map(EvaluatedApproval::describe)
            .collect();
        match counting.as_slice() {
            [] => "needs no sign-off".to_owned(),
            _ => format!("signed off by {}", join_and(&counting)),
        }
    }
}

/// A release file of the version to be released that exists already.
#[derive(Debug)]
pub(crate) struct ExistingReleaseFile {
    /// The file of the coming release.
    pub(crate) next: Source,
    /// The path that it would be renamed to.
    pub(crate) path: String,
}

/// The state of a repository that may prevent a release: read when the release is checked, and
/// again before it is written.
#[derive(Debug, Default)]
pub(crate) struct Preflight {
    /// The versions to be released that exist already.
    pub(crate) existing: Vec<ExistingVersion>,
    /// Tracked files that differ from the base commit, sorted.
    pub(crate) changed: Vec<String>,
    /// Tracked files that a filter converts and that may differ, sorted: only Git can tell.
    pub(crate) filtered: Vec<String>,
    /// Untracked files at paths where the release would create a file, sorted.
    pub(crate) untracked_conflicts: Vec<String>,
    /// The operation in progress in the working tree, such as `a merge`.
    pub(crate) operation_in_progress: Option<&'static str>,
}

/// A ticket that commits of the release cite, and that the released commit does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LostTicket {
    /// Its id.
    pub(crate) id: String,
    /// The last commit that had it, and its path there; `None` if no available commit had it.
    pub(crate) last: Option<(Id, String)>,
}

/// An emergency release and its open obligations.
#[derive(Debug)]
pub(crate) struct FollowUp {
    /// The tag of the release.
    pub(crate) tag: String,
    /// The id of the emergency ticket.
    pub(crate) ticket: String,
    /// The bypassed rules, sorted.
    pub(crate) bypassed: Vec<String>,
    /// The due date of what has to follow.
    pub(crate) due: Date,
    /// The open obligations.
    pub(crate) obligations: Vec<Obligation>,
    /// The IDs of the release's tickets whose released plan has been approved.
    pub(crate) approved: Vec<String>,
    /// Whether the due date has passed.
    pub(crate) is_overdue: bool,
    /// The ticket, as it is in the commit; `None` if the commit has no ticket with this ID.
    pub(crate) version: Option<ParsedTicket>,
    /// The fields that the ticket needs before it can be closed.
    pub(crate) missing_fields: Vec<&'static str>,
}

/// Something that has to follow an emergency release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obligation {
    /// The approval of a ticket.
    Approval {
        /// The id of the ticket.
        ticket: String,
        /// Whether only the forge knows about it.
        is_unknown: bool,
        /// The evidence that it needs.
        evidence: Evidence,
    },
    /// The closing of the emergency ticket.
    Closing,
    /// Its retrospective.
    Retrospective,
}

impl Obligation {
    /// A description, as words that follow `owes`.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Approval {
                ticket,
                is_unknown: false,
                ..
            } => format!("approve `{}`", shorten(ticket)),
            Self::Approval {
                ticket,
                is_unknown: true,
                ..
            } => {
                format!(
                    "approve `{}` (only the forge can confirm it)",
                    shorten(ticket)
                )
            }
            Self::Closing => "close the ticket".to_owned(),
            Self::Retrospective => "write a retrospective".to_owned(),
        }
    }
}

impl FollowUp {
    /// The bypassed rules and the ticket, in words that follow the name of the tag.
    #[must_use]
    pub(crate) fn describe_bypass(&self) -> String {
        let rules = if self.bypassed.is_empty() {
            "no rules".to_owned()
        } else {
            self.bypassed.join(", ")
        };
        format!(
            "bypassed {rules} for the emergency `{}`",
            shorten(&self.ticket)
        )
    }

    /// What to do about the open obligations, with the commands to run.
    #[must_use]
    pub(crate) fn next_steps(&self) -> String {
        let approval = |obligation: &Obligation| match obligation {
            Obligation::Approval {
                ticket, evidence, ..
            } => Some(format!("`{}`", approve_command(*evidence, ticket))),
            Obligation::Closing | Obligation::Retrospective => None,
        };
        let approvals: Vec<String> = self.obligations.iter().filter_map(approval).collect();
        let mut steps = Vec::new();
        if !approvals.is_empty() {
            steps.push(format!("run {}", join_and(&approvals)));
        }
        let fields = self.missing_fields.iter();
        let fields: Vec<_> = fields.map(|field| format!("`{field}`")).collect();
        if !fields.is_empty() {
            steps.push(format!("set {}", join_and(&fields)));
        }
        if self.obligations.contains(&Obligation::Closing) {
            let id = &self.ticket;
            let command = shell_command!("tollgate ticket move {id} closed", id);
            steps.push(format!("run `{command}`"));
        }
        if let [_, .., last] = steps.as_mut_slice() {
            last.insert_str(0, "then ");
        }
        steps.join("; ")
    }

    /// Describes the open obligations and their deadline.
    #[must_use]
    pub(crate) fn describe_obligations(&self) -> String {
        let owed: Vec<String> = self.obligations.iter().map(Obligation::describe).collect();
        match owed.as_slice() {
            [] => "no follow-up pending".to_owned(),
            owed if self.is_overdue => format!("overdue since {}: {}", self.due, join_and(owed)),
            owed => format!("due by {}: {}", self.due, join_and(owed)),
        }
    }
}

impl ReleaseContext {
    /// A release with a detached HEAD and nothing that prevents it.
    #[must_use]
    pub(crate) fn empty(base: Id) -> Self {
        Self {
            base,
            preflight: Preflight::default(),
            untagged: Vec::new(),
            incomplete: Vec::new(),
            lowered: Vec::new(),
            file_versions: Vec::new(),
            branch: None,
            branches: Vec::new(),
            freezes: Vec::new(),
            tickets: Vec::new(),
            approvals: Vec::new(),
            delivered: BTreeSet::new(),
            predecessors: Vec::new(),
            drifted: Vec::new(),
            uncovered: Vec::new(),
            follow_ups: Vec::new(),
            lost: Vec::new(),
            existing_release_files: Vec::new(),
            sign_offs: Vec::new(),
        }
    }
}

impl ReleaseContext {
    /// The files that findings may point into.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Source> {
        let predecessors = self
            .predecessors
            .iter()
            .map(|predecessor| &predecessor.version);
        let follow_ups = self
            .follow_ups
            .iter()
            .filter_map(|follow_up| follow_up.version.as_ref());
        let tickets = self.tickets.iter().chain(predecessors).chain(follow_ups);
        let lowered = self.lowered.iter().map(|lowered| &lowered.place);
        let in_files = self.file_versions.iter().map(|in_file| &in_file.place);
        let version_files = lowered.chain(in_files).flatten().map(|(source, _)| source);
        let changelogs = self.incomplete.iter().map(|section| &section.changelog);
        let existing = self.existing_release_files.iter();
        let signed_off = self.sign_offs.iter().map(|sign_off| &sign_off.file);
        let release_files = existing.map(|existing| &existing.next).chain(signed_off);
        tickets
            .map(ParsedTicket::source)
            .chain(version_files)
            .chain(changelogs)
            .chain(release_files)
    }
}

/// A ticket of a previous release.
#[derive(Debug)]
pub(crate) struct Predecessor {
    /// The tag of that release.
    pub(crate) tag: String,
    /// The ticket.
    pub(crate) version: ParsedTicket,
    /// Its risk.
    pub(crate) risk: RiskLevel,
}

/// A section of a changelog that differs from the notes in its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DriftedSection {
    /// The file of the changelog.
    pub(crate) path: String,
    /// The tag of the release.
    pub(crate) tag: String,
}

/// A commit for which a policy requires a ticket, although neither it nor the commits merged with
/// it bring one.
#[derive(Debug)]
pub(crate) struct UncoveredCommit {
    /// The policy.
    pub(crate) policy: String,
    /// The commit.
    pub(crate) commit: Id,
    /// Its message, as the places of findings count in it.
    pub(crate) message: Source,
    /// A path that it changes and that the policy matches; `None` if the policy matches the whole
    /// commit.
    pub(crate) path: Option<String>,
    /// Why no ticket covers it.
    pub(crate) gap: CoverageGap,
}

/// Why no ticket covers a commit that needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CoverageGap {
    /// There is none.
    NoTicket,
    /// The ticket with this ID was released before, with this tag.
    Released(String, String),
    /// The policy does not apply to the ticket with this ID.
    OtherTicket(String),
    /// The ticket with this ID is a draft.
    Draft(String),
    /// The ticket with this ID lacks what the policy requires.
    Insufficient(String, Vec<String>),
}

/// A version to be released that already has a tag, by precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExistingVersion {
    /// The version.
    pub(crate) version: Version,
    /// The tag.
    pub(crate) tag: String,
    /// The commit that it is on.
    pub(crate) commit: Id,
}

/// A version of a file that a release would lower.
#[derive(Debug, Clone)]
pub(crate) struct LoweredVersion {
    /// The file.
    pub(crate) path: String,
    /// The version as the file spells it.
    pub(crate) before: String,
    /// What the release would write instead.
    pub(crate) after: String,
    /// The semantic version that `before` means.
    pub(crate) version: Version,
    /// The package that is released; `None`: the repository.
    pub(crate) package: Option<String>,
    /// The text of the file and where the version is in it; `None` if the file is not UTF-8.
    pub(crate) place: Option<(Source, Span)>,
}

/// A version of a version file, and the versions that it may be.
#[derive(Debug, Clone)]
pub(crate) struct VersionInFile {
    /// The file.
    pub(crate) path: String,
    /// The version as the file spells it.
    pub(crate) text: String,
    /// The semantic version that the text means.
    pub(crate) version: Version,
    /// The version that the release is computed from.
    pub(crate) base: Version,
    /// The pre-releases after it that are reachable from HEAD.
    pub(crate) prereleases: Vec<Version>,
    /// The version to be released.
    pub(crate) next: Version,
    /// The text of the file and where the version is in it; `None` if the file is not UTF-8.
    pub(crate) place: Option<(Source, Span)>,
}

/// A section of the version to be released that a changelog already has and that omits changes.
#[derive(Debug, Clone)]
pub(crate) struct IncompleteSection {
    /// The version.
    pub(crate) version: Version,
    /// The text of the changelog, under its path.
    pub(crate) changelog: Source,
    /// The heading of the section.
    pub(crate) heading: Span,
    /// The entries that are missing, as they would be written.
    pub(crate) missing: Vec<String>,
}
