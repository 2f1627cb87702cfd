//! What the commands do: each brings repository, configuration and tickets together, and lets the
//! layers below decide.
//!
//! A use case reads, calls the rules, and returns a value. It prints nothing, and it contains no
//! rule of its own.

mod approval_outlook;
pub mod changelog;
pub mod gate;
mod provenance;
pub mod release;
pub mod verify;
