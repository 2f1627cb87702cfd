//! What the commands do: each reads repository, configuration and tickets, and leaves decisions to
//! the layers below.
//!
//! A use case reads, calls the rules, and returns a value. It prints nothing and contains no rules
//! of its own.

mod approval_outlook;
mod approvals;
pub(crate) mod changelog;
pub mod gate;
pub mod release;
pub mod verify;
