//! Whether a ticket is approved: how well each approval is proven, whether it counts, and what is
//! lacking.
//!
//! Pure: what the ticket, the commits, the forge and the base say comes in as values, and
//! everything that is trusted is the base's. Whoever has a hand in a change, under whatever name or
//! key, does not approve it.

mod conflict;
mod emergency;
mod evaluate;
mod forge;
mod identity;
mod outcome;
mod quorum;
mod quorum_shortfall;
#[cfg(test)]
mod testing;

pub use emergency::EmergencyStatus;
pub use evaluate::{
    ApprovalInput, ApprovalResult, ApprovalStatus, EvaluatedApproval, Verdict, evaluate,
};
pub use forge::ForgeApproval;
pub use identity::{Contributor, Identities, Involvement};
pub use outcome::{Bypass, Outlook, TicketApprovals};
pub use quorum_shortfall::QuorumShortfall;

pub use crate::config::{ApprovalPolicy, EmergencyApproval, Evidence, Quorum, Roles};
