//! Who may approve a change, and whether enough of them did.
//!
//! Rules here look at what became of a ticket's approvals; whether each counts is judged by
//! `approval`. Only the gate and a release ask for approvals, since both know the commits and the
//! base; who carries out and who validates stands in the ticket, and so every check tells it.

mod bad_signature;
mod bot_approval;
mod bot_as_validator;
mod evidence_too_weak;
mod quorum_missing;
mod rejected;
mod self_approval;
mod stale;
#[cfg(test)]
pub(in crate::rules) mod testing;
mod validator_is_assignee;

use std::collections::BTreeMap;

use super::rule::{Check, Rule};
use super::run::run_checks;
use super::settings::Settings;
use crate::approval::{
    ApprovalEffect, ApprovalResult, ApprovalStatus, EmergencyStatus, EvaluatedApproval,
    request_approval,
};
use crate::finding::Checked;
use crate::source::Span;
use crate::ticket::{Approval, RiskLevel, State, Ticket};

pub(super) const RULES: &[Rule] = &[
    self_approval::RULE,
    quorum_missing::RULE,
    stale::RULE,
    rejected::RULE,
    bad_signature::RULE,
    evidence_too_weak::RULE,
    bot_approval::RULE,
    bot_as_validator::RULE,
    validator_is_assignee::RULE,
];

/// A ticket with what became of its approvals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApprovalRuleInput<'a> {
    /// The ticket.
    pub(crate) ticket: &'a Ticket,
    /// Its risk.
    pub(crate) risk: RiskLevel,
    /// The names of the policies that require approvals of it.
    pub(crate) policies: &'a [String],
    /// What became of its approvals.
    pub(crate) result: &'a ApprovalResult,
    /// How many of its approvals were there before, and are never taken out.
    pub(crate) existing_approvals: usize,
    /// Whether the plan was approved before and then changed, as `gate/frozen-edit` reports.
    pub(crate) is_frozen: bool,
    /// The digest of the plan on the base, if the ticket is past draft there and the branch changes
    /// the plan.
    pub(crate) replaced_plan: Option<&'a str>,
    /// The plan fields that changed since each approval of the ticket, by its index; absent where
    /// that is not known.
    pub(crate) changed: &'a BTreeMap<usize, Vec<String>>,
    /// What the approvals are judged for.
    pub(crate) stage: Stage,
    /// How a release can bypass the approval if the ticket is an emergency.
    pub(crate) emergency: EmergencyOption<'a>,
}

/// How a release can bypass the approval of an emergency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmergencyOption<'a> {
    /// With the option `--emergency`.
    Available,
    /// With the option `--emergency`, which is given.
    Given,
    /// Not again: this tag released it.
    Spent(&'a str),
}

/// What approvals are judged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A merge: an emergency may bypass its approval.
    Merge,
    /// A release: an emergency needs `--emergency` to bypass it.
    Release,
}

impl<'a> ApprovalRuleInput<'a> {
    /// Whether the ticket's state requires that it is approved.
    pub(in crate::rules) fn claims_approval(&self) -> bool {
        self.ticket.state.is_approved()
    }

    /// Whether the ticket is an emergency that may bypass its approval.
    pub(in crate::rules) fn may_be_bypassed(&self) -> bool {
        matches!(self.result.deferral, Some(EmergencyStatus::Allowed(_)))
            && self.ticket.state != State::Draft
    }

    /// The approvals with this effect, each with its place.
    ///
    /// Of those that were there before nobody can take one out, so that where no further approval
    /// required without one, it is not told.
    pub(super) fn entries(
        &self,
        wanted: impl Fn(&ApprovalEffect) -> bool,
    ) -> impl Iterator<Item = (&'a EvaluatedApproval, Span)> {
        // What only the forge knows may be all that is needed.
        let suffices = self.result.is_approved() || self.result.status() == ApprovalStatus::Unknown;
        let is_idle = move |entry: &EvaluatedApproval| {
            suffices
                && entry
                    .index
                    .is_some_and(|index| index < self.existing_approvals)
        };
        let entries = self
            .result
            .entries
            .iter()
            .filter(move |entry| wanted(&entry.effect) && !is_idle(entry));
        entries.map(|entry| (entry, self.place_of(entry)))
    }

    /// What to ask of a person so that their approval counts.
    pub(super) fn request_from(&self, who: &str) -> String {
        request_approval(who, self.result.evidence, &self.ticket.identity.text)
    }

    /// What to do about an edit that made an approval stale: `who` can approve the new plan, but a
    /// frozen one must become a draft first.
    pub(super) fn answer_to_edit(&self, edit: &str, who: &str) -> String {
        let alternative = if !self.is_frozen {
            format!(", or {}", self.request_from(who))
        } else if self.ticket.state.may_move_to(State::Draft) {
            ", or set `state = \"draft\"` and have the change approved again".to_owned()
        } else {
            String::new()
        };
        format!("revert {edit}{alternative}")
    }

    /// The approval of the ticket that an entry judges; `None`: it is the forge's.
    pub(super) fn approval(&self, entry: &EvaluatedApproval) -> Option<&'a Approval> {
        self.ticket.approvals.get(entry.index?)
    }

    fn place_of(&self, entry: &EvaluatedApproval) -> Span {
        let approval = self.approval(entry);
        approval.map_or(self.ticket.state_span, |approval| {
            approval.by.as_ref().map_or(approval.span, |by| by.span)
        })
    }
}

/// Checks the approvals of a ticket.
#[must_use]
pub(crate) fn run_approval_rules(approved: &ApprovalRuleInput<'_>, settings: &Settings) -> Checked {
    let findings = run_checks(
        |check, findings| {
            if let Check::Approvals(check) = check {
                check(approved, findings);
            }
        },
        // Regardless of the state: tickets that were finished before are not passed in, and one that
        // is finished now needs its approvals.
        |rule, place| settings.level_at(rule, place),
    );
    let source = approved.ticket.source.clone();
    Checked::new(findings, [(approved.ticket.place(), source)])
}

#[cfg(test)]
mod tests {
    use super::Stage;
    use super::testing::{
        approval, findings_with, findings_without_forge, rejection, rules_with_existing,
    };
    use crate::approval::Evidence;

    #[test]
    fn every_help_asks_for_the_required_evidence() {
        let own = approval("ada@example.com");
        let stale = approval("kim@example.com").replace("DIGEST", "sha256:00");
        for (evidence, request) in [
            (Evidence::Claimed, " to run `tollgate ticket approve 0`"),
            (
                Evidence::Attributed,
                " to run `tollgate ticket approve 0` and commit the file themselves",
            ),
            (
                Evidence::Forge,
                " to approve on the forge, or to run `tollgate ticket approve --sign 0`",
            ),
            (
                Evidence::Signed,
                " to run `tollgate ticket approve --sign 0` with a key in `allowed_signers`",
            ),
        ] {
            let found = [&own, &stale].map(|given| findings_with(evidence, given));
            let helps: Vec<String> = found
                .into_iter()
                .flatten()
                .map(|found| found.help)
                .collect();
            assert_eq!(helps.len(), 4);
            for help in helps {
                assert!(help.contains(request), "{}: {help}", evidence.as_str());
            }
        }
    }

    #[test]
    fn approvals_of_the_forge_have_to_be_passed() {
        let found = findings_without_forge(Stage::Merge, &[]);
        assert!(
            found[0].help.contains("with `--approvals FILE`"),
            "{}",
            found[0].help
        );
    }

    #[test]
    fn unused_approval_is_reported_only_if_needed() {
        let (own, bo) = (approval("ada@example.com"), approval("bo@example.com"));
        assert_eq!(
            rules_with_existing(&[&own]),
            ["approval/quorum-missing", "approval/self-approval"]
        );
        assert_eq!(rules_with_existing(&[&own, &bo]), [""; 0]);
        assert_eq!(
            rules_with_existing(&[&bo, &rejection("kim@example.com")]),
            ["approval/rejected"]
        );
    }
}
