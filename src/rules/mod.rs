//! The rules: each in a file of its own with its page beside it, listed by group, and the front
//! door that applies them.
//!
//! A rule looks at a text, a tree, a ticket or all tickets and says what is wrong; `settings`
//! decides what that weighs and `suppress` whether it is silenced. Rules never see the file system,
//! the clock or each other.

mod approval;
mod commit;
mod content;
mod frozen;
mod gate;
mod lint;
mod mend;
mod messages;
mod plan;
mod release;
mod rule;
mod schema;
mod settings;
mod suppress;
mod ticket;
mod ticket_index;
mod toml;

#[cfg(test)]
mod pages;
#[cfg(test)]
mod testing;

pub use approval::{Approved, Stage, judge_approvals};
pub use commit::is_malformed_object;
pub use gate::{
    Asked, Branch, BranchCommit, Loosened, Silenced, TicketChange, TicketVersion, ToApprove,
    UsedException, asked, globs_of_policies, judge_branch, loosened, silenced, used_exceptions,
};
pub use lint::{Searched, lint_branch, lint_ticket, lint_tickets, none_found, resolve, rule};
pub use mend::{Mended, mend};
pub use messages::{CommitLint, Written, lint_message, names_a_ticket};
pub use release::{
    Circumstances, Drifted, FollowUp, IncompleteSection, LostTicket, LoweredVersion, Owed,
    Predecessor, Taken, Uncovered, VersionInFile, is_about_approval, is_bypassable, judge_release,
    uncovered,
};
pub use rule::{Example, Rule};
pub use schema::configuration_schema;
pub use settings::{Choice, Settings, nearest};
pub use ticket_index::TicketIndex;

/// The groups of rules, those to come included: a selector such as `plan/*` names one of them.
pub const GROUPS: [&str; 9] = [
    "toml", "ticket", "content", "plan", "approval", "commit", "gate", "release", "suppress",
];

/// Every rule, by group.
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
