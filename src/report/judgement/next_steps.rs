//! What has to happen before a branch can be merged, and who can do it.

use serde::Serialize;

use super::approval::{EligibleApprover, JudgedApprovals};
use super::prediction::{JudgedPrediction, merge_condition};
use super::ticket::JudgedTicket;
use super::{GateVerdict, JudgedFinding};
use crate::report::counted;

/// The rule that reports missing approvals.
const QUORUM_RULE: &str = "approval/quorum-missing";

/// The maximum length of a message in a headline.
const MAX_HEADLINE_CHARS: usize = 100;

/// Something that has to happen before the branch can be merged.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum NextStep {
    /// A person has to approve a ticket.
    Approve(ApprovalStep),
    /// The author has to fix a finding.
    Fix(FixStep),
}

/// The approvals that a ticket still needs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ApprovalStep {
    pub(crate) ticket: String,
    /// The number of people who have to approve.
    pub(crate) people: usize,
    /// The roles among them.
    pub(crate) roles: Vec<String>,
    /// Whether one of them needs a role, whichever it is.
    pub(crate) any_role: bool,
    /// The known people whose approval would count for it.
    pub(crate) who: Vec<EligibleApprover>,
    /// Whether people who are not listed can approve too.
    pub(crate) others: bool,
    /// Whether a review on the forge counts.
    pub(crate) on_forge: bool,
    /// The command that approves the ticket.
    pub(crate) command: String,
    /// Why the approvals cannot be completed.
    pub(crate) unreachable: Option<String>,
}

/// A finding that blocks the merge.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FixStep {
    pub(crate) rule: &'static str,
    /// The file; null for a commit.
    pub(crate) path: Option<String>,
    /// 1-based; null for a commit.
    pub(crate) line: Option<usize>,
    /// The commit, if it is on one.
    pub(crate) commit: Option<String>,
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

/// What has to happen, in the order of the findings.
pub(crate) fn next_steps(findings: &[JudgedFinding], tickets: &[JudgedTicket]) -> Vec<NextStep> {
    let blocking = findings.iter().filter(|finding| finding.blocks);
    blocking.map(|finding| step(finding, tickets)).collect()
}

/// The result in a few words.
pub(crate) fn headline(
    verdict: GateVerdict,
    steps: &[NextStep],
    prediction: Option<&JudgedPrediction>,
) -> String {
    let condition = merge_condition(prediction);
    let missing = steps.iter().filter_map(NextStep::missing_approvals).sum();
    let problems: Vec<&FixStep> = steps.iter().filter_map(NextStep::problem).collect();
    let approvals = match missing {
        0 => None,
        1 => Some("1 approval is missing".to_owned()),
        missing => Some(format!("{missing} approvals are missing")),
    };
    let reason = match (&*problems, approvals) {
        ([], None) => None,
        ([], Some(approvals)) => Some(approvals),
        ([problem], None) if problem.message.chars().count() <= MAX_HEADLINE_CHARS => {
            Some(problem.message.clone())
        }
        (problems, None) => Some(counted(problems.len(), "problem")),
        (problems, Some(approvals)) => Some(format!(
            "{}, and {approvals}",
            counted(problems.len(), "problem")
        )),
    };
    let result = match verdict {
        GateVerdict::Pass => format!("Can be merged{condition}"),
        GateVerdict::Bypassed => {
            format!("Can be merged as an emergency{condition}; its approval is still required")
        }
        GateVerdict::Fail => "Cannot be merged yet".to_owned(),
    };
    match reason {
        Some(reason) => format!("{result}: {reason}"),
        None => result,
    }
}

fn step(finding: &JudgedFinding, tickets: &[JudgedTicket]) -> NextStep {
    let of_finding = |ticket: &&JudgedTicket| finding.path.as_ref() == Some(&ticket.path);
    let ticket = tickets
        .iter()
        .find(of_finding)
        .filter(|_| finding.rule == QUORUM_RULE)
        .filter(|ticket| !ticket.is_approval_unknown());
    match ticket.and_then(ApprovalStep::of) {
        Some(step) => NextStep::Approve(step),
        None => NextStep::Fix(FixStep {
            rule: finding.rule,
            path: finding.path.clone(),
            line: finding.line.filter(|_| finding.path.is_some()),
            commit: finding.commit.clone(),
            message: finding.message.clone(),
            help: finding.help.clone(),
        }),
    }
}

impl NextStep {
    fn missing_approvals(&self) -> Option<usize> {
        match self {
            Self::Approve(step) => Some(step.people),
            Self::Fix(_) => None,
        }
    }

    /// Whether it is a problem with this help.
    pub(super) fn has_help(&self, help: &str) -> bool {
        self.problem().is_some_and(|step| step.help == help)
    }

    fn problem(&self) -> Option<&FixStep> {
        match self {
            Self::Approve(_) => None,
            Self::Fix(step) => Some(step),
        }
    }
}

impl ApprovalStep {
    /// `None` if no approval is missing.
    fn of(ticket: &JudgedTicket) -> Option<Self> {
        let approvals = ticket.approvals.as_ref()?;
        (approvals.missing_people() > 0).then(|| Self::of_approvals(&ticket.id, approvals))
    }

    /// What the approvals of a ticket lack.
    pub(super) fn of_approvals(id: &str, approvals: &JudgedApprovals) -> Self {
        let people = approvals.missing_people();
        let roles = &approvals.missing_roles;
        let only_roles = !roles.is_empty() && people <= roles.len();
        let needs_any_role = people == 1 && approvals.missing_any_role;
        let counts = |person: &&EligibleApprover| {
            let is_without_role = person.roles.is_empty();
            roles.iter().any(|role| person.has_role(role))
                || !(only_roles || needs_any_role && is_without_role)
        };
        Self {
            ticket: id.to_owned(),
            people,
            roles: roles.clone(),
            any_role: approvals.missing_any_role,
            who: approvals.eligible.iter().filter(counts).cloned().collect(),
            others: approvals.others_eligible && !only_roles,
            on_forge: approvals.forge_counts,
            command: approvals.command.clone(),
            unreachable: approvals.unreachable.clone(),
        }
    }
}

impl EligibleApprover {
    /// Whether the person can approve in a role.
    pub(super) fn has_role(&self, role: &str) -> bool {
        self.roles
            .iter()
            .any(|own| own.to_lowercase() == role.to_lowercase())
    }
}
