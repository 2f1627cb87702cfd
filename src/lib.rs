//! Lints change tickets, computes the next semantic version, writes the changelog and tags the release.
//!
//! The library never prints, reads no environment and no clock: texts and values go in, values come out. Only the edges
//! touch the world: [`cli`] and what stands below it.

pub mod config;
pub mod error;
pub mod finding;
pub mod source;
pub mod version;

pub use error::{Error, Result};
