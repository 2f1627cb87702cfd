//! Whether a ticket is approved: how well each approval is proven, whether it counts, and what is lacking.
//!
//! Pure: what the ticket, the commits, the forge and the base say comes in as values, and everything that is trusted is
//! the base's. Whoever has a hand in a change, under whatever name or key, does not approve it.

mod evidence;
mod judge;
mod person;
mod policy;
#[cfg(test)]
mod testing;

pub use evidence::Evidence;
pub use judge::{Entry, Facts, Judgement, Verdict, judge};
pub use person::{Maker, Part, Who};
pub use policy::{ApprovalPolicy, Lacking, Quorum, Roles};
