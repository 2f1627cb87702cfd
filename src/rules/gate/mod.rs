//! The rules that decide whether a branch can be merged.
//!
//! They see the branch as values. Policies, freezes, and levels are those of the base, so that a
//! branch cannot change its own checks.

mod ambiguous_path;
mod conflicting_edit;
mod deleted_ticket;
mod dropped_by_squash;
mod freeze_active;
mod frozen_edit;
mod illegal_transition;
mod insufficient_ticket;
mod missing_ticket;
mod missing_ticket_for_breaking;
mod near_miss;
mod not_a_file;
mod policy_approvals;
pub(in crate::rules) mod policy_match;
mod policy_weakened;
mod report;
#[cfg(test)]
pub(in crate::rules) mod testing;
mod weakened_settings;

use super::rule::{Check, Rule};
use super::run::run_checks;
use super::settings::Settings;
use crate::branch::Branch;
use crate::finding::Checked;

pub(crate) use policy_approvals::PolicyApprovals;
pub(crate) use policy_match::globs_of_policies;
pub(crate) use report::{
    PolicyCoverage, PolicyReport, policy_reports, suppression_reports, used_exceptions,
};
pub(crate) use weakened_settings::weakened_settings;

pub(super) const RULES: &[Rule] = &[
    missing_ticket::RULE,
    missing_ticket_for_breaking::RULE,
    insufficient_ticket::RULE,
    illegal_transition::RULE,
    frozen_edit::RULE,
    conflicting_edit::RULE,
    deleted_ticket::RULE,
    not_a_file::RULE,
    ambiguous_path::RULE,
    policy_weakened::RULE,
    dropped_by_squash::RULE,
    freeze_active::RULE,
];

/// Checks a branch against the policies of the base.
#[must_use]
pub(crate) fn run_branch_rules(branch: &Branch, settings: &Settings) -> Checked {
    let findings = run_checks(
        |check, findings| {
            if let Check::Branch(check) = check {
                findings.extend(check(branch, settings));
            }
        },
        |rule, place| settings.level_at(rule, place),
    );
    let tickets = branch
        .tickets
        .iter()
        .flat_map(|change| change.after.iter().chain(&change.before))
        .chain(&branch.named)
        .map(|ticket| (ticket.place(), ticket.source().clone()));
    let squash = branch.squash.iter();
    let messages = squash
        .flat_map(|squash| &squash.replaced)
        .chain(&branch.commits)
        .map(|commit| (commit.place(), commit.message.clone()))
        .filter(|(place, _)| findings.iter().any(|finding| finding.place == *place));
    let sources: Vec<_> = tickets.chain(messages).collect();
    Checked::new(findings, sources)
}

#[cfg(test)]
mod tests {
    use super::testing::{branch, reported};

    #[test]
    fn an_empty_branch_is_no_finding() {
        assert_eq!(reported(&branch()), []);
    }
}
