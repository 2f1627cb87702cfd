//! Whether a ticket is approved: how well each approval is proven, whether it counts, and what is
//! missing.
//!
//! Pure: the contents of ticket, commits, forge and base come in as values, and only the base is
//! trusted. Nobody who has a hand in a change approves it, under any name or key.

mod conflict;
mod emergency;
mod evaluate;
mod forge;
mod identity;
mod outcome;
mod quorum;
mod quorum_shortfall;
#[cfg(test)]
pub(crate) mod testing;

pub use emergency::EmergencyStatus;
pub use evaluate::{
    ApprovalInput, ApprovalResult, ApprovalStatus, EvaluatedApproval, Verdict, evaluate,
};
pub use forge::ForgeApproval;
pub use identity::{Contributor, Identities, Involvement};
pub use outcome::{Bypass, Outlook, TicketApprovals};
pub use quorum_shortfall::QuorumShortfall;

pub use crate::config::{ApprovalPolicy, EmergencyApproval, Evidence, Quorum, Roles};
