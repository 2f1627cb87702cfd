//! Lints change tickets, computes the next semantic version, writes the changelog and tags the
//! release.
//!
//! The library does not print and reads neither the environment nor the clock: it maps values to
//! values. Side effects are left to [`cli`] and the modules below it.

pub mod app;
pub mod approval;
pub mod calendar;
pub mod changelog;
#[cfg(feature = "cli")]
pub mod cli;
pub mod commit;
pub mod config;
pub mod document;
pub mod error;
pub mod files;
pub mod finding;
pub mod format;
pub mod git;
pub mod history;
pub mod release;
pub mod repo_path;
pub mod rules;
pub mod signature;
pub mod source;
pub mod ticket;
pub mod version;
pub mod workspace;

pub use app::release::plan_release;
pub use error::{Error, Result};
pub use rules::{lint_ticket, lint_tickets};
