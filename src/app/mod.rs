//! The use cases: checks a branch, plans and makes a release, verifies an old release.
//!
//! A use case reads the repository, the configuration and the tickets, and returns a value. It prints
//! nothing and contains no rules of its own.

mod approval_outlook;
mod approvals;
pub(crate) mod changelog;
pub mod gate;
pub mod release;
pub mod verify;
