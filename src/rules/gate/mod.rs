//! What keeps a branch from being merged.
//!
//! Rules here look at a branch as values; policies, freezes and levels are those of the base, so
//! that nothing that the branch says of them counts.

mod ambiguous_path;
mod branch;
mod conflicting_edit;
mod deleted_ticket;
mod freeze_active;
mod frozen_edit;
mod illegal_transition;
mod insufficient_ticket;
mod missing_ticket;
mod missing_ticket_for_breaking;
mod near_miss;
mod not_a_file;
pub(in crate::rules) mod policy_match;
mod policy_weakened;
mod report;
#[cfg(test)]
pub(in crate::rules) mod testing;
mod weakened;

use super::all;
use super::rule::{Check, Rule};
use super::settings::Settings;
use crate::finding::{Checked, Place, sort};

pub use branch::{ApprovalCandidate, Branch, BranchCommit, TicketChange, Weakening};
pub use policy_match::globs_of_policies;
pub use report::{
    PolicyReport, SuppressionReport, UsedException, policy_reports, suppression_reports,
    used_exceptions,
};
pub use weakened::weakened_settings;

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
    freeze_active::RULE,
];

/// Checks a branch against the policies of the base.
#[must_use]
pub fn run_branch_rules(branch: &Branch, settings: &Settings) -> Checked {
    let mut checked = Checked::default();
    for rule in all() {
        for check in rule.checks {
            let Check::Branch(check) = check else {
                continue;
            };
            for finding in check(branch, settings) {
                let path = if let Place::File(path) = &finding.place {
                    path.as_str()
                } else {
                    ""
                };
                let severity = settings.level(rule, path, None).severity();
                checked
                    .findings
                    .extend(severity.map(|severity| finding.at_most(severity)));
            }
        }
    }
    let versions = branch
        .tickets
        .iter()
        .flat_map(|change| change.after.iter().chain(&change.before));
    for version in versions.chain(&branch.named) {
        checked
            .sources
            .entry(version.place())
            .or_insert_with(|| version.source().clone());
    }
    let is_reported = |commit: &&BranchCommit| {
        checked
            .findings
            .iter()
            .any(|finding| finding.place == commit.place())
    };
    let messages: Vec<_> = branch
        .commits
        .iter()
        .filter(is_reported)
        .map(|commit| (commit.place(), commit.message.clone()))
        .collect();
    checked.sources.extend(messages);
    sort(&mut checked.findings);
    checked
}

#[cfg(test)]
mod tests {
    use super::testing::{branch, reported};

    #[test]
    fn an_empty_branch_is_no_finding() {
        assert_eq!(reported(&branch()), []);
    }
}
