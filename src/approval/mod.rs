//! Whether a ticket is approved: how well each approval is proven, whether it counts, and what is
//! lacking.
//!
//! Pure: what the ticket, the commits, the forge and the base say comes in as values, and
//! everything that is trusted is the base's. Whoever has a hand in a change, under whatever name or
//! key, does not approve it.

mod emergency;
mod forge;
mod judge;
mod lacking;
mod outcome;
mod person;
mod suspect;
#[cfg(test)]
mod testing;
mod together;

pub use emergency::Deferral;
pub use forge::ForgeApproval;
pub use judge::{ApprovalStatus, Entry, Facts, Judgement, Verdict, judge};
pub use lacking::Lacking;
pub use outcome::{Bypass, Outlook, TicketApprovals};
pub use person::{Maker, Part, Who};

pub use crate::config::{ApprovalPolicy, EmergencyApproval, Evidence, Quorum, Roles};
