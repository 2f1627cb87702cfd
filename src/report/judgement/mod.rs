//! What the gate decided about a branch: one value with everything that its text, its JSON document,
//! and the comment on the pull request say.
//!
//! `app::gate` makes it. Whatever prints it decides how a fact looks, never what it is.

mod approval;
mod comment;
mod next_steps;
mod prediction;
#[cfg(test)]
mod tests;
mod ticket;

use jiff::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use crate::approval::Bypass;
use crate::calendar::Window;
use crate::config::{Freeze, FreezeMode};
use crate::finding::Severity;
use crate::history::NextVersion;

pub(crate) use approval::JudgedApprovals;
pub(crate) use next_steps::{NextStep, headline, next_steps};
pub(crate) use prediction::{JudgedEntry, JudgedPrediction, JudgedSection, merge_condition};
pub(crate) use ticket::{Involved, JudgedTicket, TicketFacts};

/// Whether the branch may be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum GateVerdict {
    /// It may be merged.
    Pass,
    /// It may be merged before one of its emergencies is approved.
    Bypassed,
    /// It may not be merged.
    Fail,
}

/// What the gate decided about a branch, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Judgement {
    /// Whether the branch can be merged: `bypassed` if an emergency can be merged before its
    /// approval.
    pub(crate) result: GateVerdict,
    /// The result in a few words, for people.
    pub(crate) headline: String,
    pub(crate) base: JudgedBase,
    pub(crate) head: JudgedHead,
    /// What has to happen before the branch can be merged; empty if it can.
    pub(crate) next_steps: Vec<NextStep>,
    /// The version that would be released after the merge; null if the repository has packages, or
    /// if it could not be computed.
    pub(crate) next: Option<JudgedVersion>,
    /// What the base has after the merge; null if the title of the pull request is not known.
    pub(crate) prediction: Option<JudgedPrediction>,
    /// The policies that require a ticket.
    pub(crate) policies: Vec<JudgedPolicy>,
    /// The tickets that the branch changes, and those that its commits name.
    pub(crate) tickets: Vec<JudgedTicket>,
    /// The freezes that forbid a merge now.
    pub(crate) freezes: Vec<JudgedFreeze>,
    /// The emergencies that bypass their approval.
    pub(crate) emergencies: Vec<JudgedEmergency>,
    /// The commits that need no ticket for a policy, because they say so.
    pub(crate) exceptions: Vec<JudgedException>,
    /// The comments in tickets that suppress rules.
    pub(crate) suppressions: Vec<JudgedSuppression>,
    /// Notes on what the branch was checked with.
    pub(crate) notes: Vec<String>,
    /// The findings, as a comment lists them. The JSON document has more of each.
    #[serde(skip)]
    pub(crate) findings: Vec<JudgedFinding>,
    /// What the forge calls a request to merge a branch.
    #[serde(skip)]
    pub(crate) request: &'static str,
    /// How times are printed.
    #[serde(skip)]
    pub(crate) clock: Clock,
}

/// What the branch is merged into.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedBase {
    pub(crate) commit: String,
    /// The name of the branch; null if only the commit is known.
    pub(crate) name: Option<String>,
    /// The configuration file; null if the defaults apply.
    pub(crate) configuration: Option<String>,
    /// The number of configured policies, including those that apply to no change of the branch.
    pub(crate) policies: usize,
}

/// The branch.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedHead {
    pub(crate) commit: String,
    /// The commit that people see in the pull request: another one if `commit` is the merge that a
    /// CI service made.
    pub(crate) reviewed: String,
}

/// The next version.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedVersion {
    /// Null if unknown, and if it cannot be released because it exists.
    pub(crate) version: Option<String>,
    pub(crate) tag: Option<String>,
    /// The version that it follows; null if there is none.
    pub(crate) previous: Option<String>,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    pub(crate) bump: &'static str,
    /// Whether there is something to release, with a version that can be released.
    pub(crate) releasable: bool,
    /// Why there is no version.
    pub(crate) unknown: Option<String>,
    /// Whether the version is known, and exists already.
    pub(crate) exists: bool,
}

/// A policy that requires a ticket.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedPolicy {
    pub(crate) name: String,
    /// What triggered it, for people.
    pub(crate) trigger: String,
    /// The changes that triggered it, at most 100.
    pub(crate) triggers: Vec<PolicyTrigger>,
    /// The number of changes that triggered it.
    pub(crate) trigger_count: usize,
    /// `not-applicable`: the policy is about other tickets than those that cover the branch.
    #[cfg_attr(test, schemars(extend("enum" = ["met", "unmet", "missing", "not-applicable"])))]
    pub(crate) coverage: &'static str,
    /// The tickets that meet it, or that cover the branch without meeting it.
    pub(crate) tickets: Vec<String>,
    /// What those tickets lack.
    pub(crate) lacking: Vec<String>,
    /// What a ticket must have for the policy to apply to it, if it doesn't.
    pub(crate) condition: Option<String>,
}

/// A changed path with the commit that changes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PolicyTrigger {
    /// Null for a commit that changes no path of the branch.
    pub(crate) path: Option<String>,
    /// Null if no single commit changes the path, and for a commit that the forge is going to make.
    pub(crate) commit: Option<String>,
}

/// A freeze, with the period in which it applies.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedFreeze {
    pub(crate) name: String,
    pub(crate) reason: Option<String>,
    /// Whether it is an error, `hard`, or a warning.
    #[cfg_attr(test, schemars(extend("enum" = ["hard", "soft"])))]
    pub(crate) mode: &'static str,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) start: Timestamp,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) end: Timestamp,
}

/// An emergency that bypasses its approval.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedEmergency {
    pub(crate) ticket: String,
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) risk: &'static str,
    /// What is still required, as text for people to read.
    pub(crate) open_requirements: Vec<String>,
    /// The evidence that each approval needs.
    pub(crate) required_evidence: &'static str,
    /// The known people who can still approve.
    pub(crate) eligible_approvers: Vec<String>,
    /// The due date of the follow-up. If the emergency is not released yet, the date assumes a
    /// release today.
    pub(crate) due_date: String,
    /// The tag of its release; null if it is not released.
    pub(crate) released_tag: Option<String>,
    /// What has to follow, by when and by whom, for people.
    pub(crate) description: String,
}

/// A commit that needs no ticket for a policy, because of its `Change: none (reason)` trailer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedException {
    /// The commit, in words.
    pub(crate) commit: String,
    pub(crate) policy: String,
    /// The reason that the commit gives.
    pub(crate) reason: String,
}

/// A comment in a ticket that suppresses rules.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedSuppression {
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: usize,
    /// The rules, as written.
    pub(crate) rules: Vec<String>,
    pub(crate) reason: String,
}

/// A finding.
#[derive(Debug, Clone)]
pub(crate) struct JudgedFinding {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// Whether it blocks the merge.
    pub(crate) blocks: bool,
    /// The file; `None` for a commit.
    pub(crate) path: Option<String>,
    /// The commit, if it is on one.
    pub(crate) commit: Option<String>,
    /// 1-based; `None` if the text is unknown.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl GateVerdict {
    /// Whether a branch may be merged that `passes` and whose emergencies bypass this.
    #[must_use]
    pub(crate) const fn of(passes: bool, bypassed: &[Bypass]) -> Self {
        match (passes, bypassed) {
            (false, _) => Self::Fail,
            (true, []) => Self::Pass,
            (true, _) => Self::Bypassed,
        }
    }

    /// The word of the JSON document and of the outputs of a CI step.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Bypassed => "bypassed",
            Self::Fail => "fail",
        }
    }
}

#[cfg(test)]
impl Judgement {
    /// The judgement of a branch without changes.
    pub(crate) fn of_nothing() -> Self {
        let commit = "0".repeat(40);
        Self {
            result: GateVerdict::Pass,
            headline: String::new(),
            base: JudgedBase {
                commit: commit.clone(),
                name: None,
                configuration: None,
                policies: 0,
            },
            head: JudgedHead {
                commit: commit.clone(),
                reviewed: commit,
            },
            next_steps: Vec::new(),
            next: None,
            prediction: None,
            policies: Vec::new(),
            tickets: Vec::new(),
            freezes: Vec::new(),
            emergencies: Vec::new(),
            exceptions: Vec::new(),
            suppressions: Vec::new(),
            notes: Vec::new(),
            findings: Vec::new(),
            request: "pull request",
            clock: Clock::new(Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC),
        }
    }
}

impl JudgedVersion {
    /// The next version as a release would propose it.
    pub(crate) fn of(next: &NextVersion) -> Self {
        let existing = next.describe_existing_tag();
        let exists = existing.is_some() && next.version.is_ok();
        let unknown = match &next.version {
            Err(unknown) => Some(unknown.reason()),
            Ok(_) => existing,
        };
        let previous = next.base.as_ref().map(|base| base.version.to_string());
        Self {
            version: next.version().filter(|_| !exists).map(ToString::to_string),
            tag: next.tag().filter(|_| !exists),
            previous,
            bump: if exists { "none" } else { next.bump.as_str() },
            releasable: next.releasable && !exists,
            unknown,
            exists,
        }
    }
}

impl JudgedFreeze {
    pub(crate) fn of((freeze, window): (&Freeze, Window)) -> Self {
        Self {
            name: freeze.name.clone(),
            reason: freeze.reason.clone(),
            mode: match freeze.mode {
                FreezeMode::Hard => "hard",
                FreezeMode::Soft => "soft",
            },
            start: window.start,
            end: window.end,
        }
    }
}

impl From<&Bypass> for JudgedEmergency {
    fn from(bypass: &Bypass) -> Self {
        Self {
            ticket: bypass.id.clone(),
            path: bypass.path.clone(),
            risk: bypass.risk.as_str(),
            open_requirements: bypass.needed.clone(),
            required_evidence: bypass.evidence.as_str(),
            eligible_approvers: bypass.eligible.clone(),
            due_date: bypass.due.to_string(),
            released_tag: bypass.released.clone(),
            description: bypass.describe(),
        }
    }
}
