//! The rules: lints tickets and applies their fixes.
//!
//! Each rule has a file and a page beside it. A rule checks a text, a tree, a ticket or all tickets;
//! `settings` decides the severity of its findings, and `suppress` which of them are suppressed.
//! Rules never see the file system, the clock or each other.

mod approval;
mod checked_tree;
mod commit;
mod config_schema;
mod content;
mod fix;
mod freeze_finding;
mod gate;
mod lint;
mod lint_messages;
mod plan;
mod release;
mod rule;
mod run;
mod settings;
mod suppress;
mod templates;
mod ticket;
mod ticket_index;
mod toml;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod testing;

pub(crate) use approval::{ApprovalRuleInput, EmergencyOption, Stage, run_approval_rules};
pub(crate) use checked_tree::{CheckedTree, PathGlob, TreeFiles};
pub(crate) use commit::is_malformed_object;
pub(crate) use fix::withheld_fixes;
pub use fix::{Fixed, apply_fixes};
pub(crate) use gate::{
    PolicyApprovals, PolicyCoverage, PolicyReport, globs_of_policies, policy_reports,
    run_branch_rules, suppression_reports, used_exceptions, weakened_settings,
};
pub(crate) use lint::{SearchedIn, lint_branch, lint_repository, none_found, resolve, rule};
pub use lint::{lint_ticket, lint_tickets};
pub(crate) use lint_messages::{
    CommitLint, DraftMessage, SquashMessage, lint_message, lint_squash, references_ticket,
};
pub(crate) use release::{
    MISSING_SIGN_OFF, find_uncovered, is_about_approval, is_bypassable, run_release_rules,
};

pub use settings::{RuleSelection, Settings};
pub(crate) use settings::{describe_level, nearest};
pub(crate) use ticket_index::TicketIndex;

// For the tests of this package.
#[doc(hidden)]
pub use config_schema::configuration_schema;
#[doc(hidden)]
pub use rule::{Example, Rule};

/// The groups of rules, those to come included: a selector such as `plan/*` names one of them.
pub(crate) const GROUPS: [&str; 9] = [
    "toml", "ticket", "content", "plan", "approval", "commit", "gate", "release", "suppress",
];

/// Every rule, by group.
#[doc(hidden)]
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        toml::RULES,
        ticket::RULES,
        content::RULES,
        plan::RULES,
        approval::RULES,
        commit::RULES,
        gate::RULES,
        release::RULES,
        suppress::RULES,
    ]
    .into_iter()
    .flatten()
}
