//! Whether a ticket is approved: who contributed to its change, how well each approval is proven,
//! whether it counts, and what is missing.
//!
//! Pure: a repository is what implements [`History`](crate::history::History) and
//! `Trees`, the contents of ticket, forge and base come in as values, and
//! only the base is trusted. Nobody who has a hand in a change approves it, under any name or key.

mod approvers;
mod citations;
mod conflict;
mod contributions;
mod covered_commits;
mod emergency;
mod evaluate;
mod forge;
mod identity;
mod merge_groups;
mod outcome;
mod parts;
mod quorum;
mod quorum_shortfall;
mod request;
#[cfg(test)]
pub(crate) mod testing;
mod ticket_history;

pub(crate) use citations::CommitFacts;
pub(crate) use contributions::{AddedApproval, Contributions, Merges, TracedTicket, contributions};
pub(crate) use covered_commits::CoveredCommits;
pub(crate) use merge_groups::{MergeGroup, MergeReader};
pub(crate) use ticket_history::{TicketFile, TicketHistories};

pub(crate) use emergency::EmergencyStatus;
pub(crate) use evaluate::{ApprovalEffect, ApprovalInput, EvaluatedApproval, evaluate};
pub use evaluate::{ApprovalResult, ApprovalStatus};
pub use forge::ForgeApproval;
pub(crate) use identity::{Contributor, Identities, Involvement, is_program};
pub use outcome::{Bypass, Outlook, TicketApprovals};
pub(crate) use quorum_shortfall::{QuorumShortfall, UnreachableQuorum};
pub(crate) use request::{approve_command, approve_command_in_role, request_approval};

pub(crate) use crate::config::{ApprovalPolicy, EmergencyApproval, Evidence};
