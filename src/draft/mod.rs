//! Drafts a ticket from a change: what the diff, the commits, and earlier tickets state.
//!
//! Detectors find facts, each with the place that states it. A ticket has only those facts; what
//! nobody but a person knows is a question. Nothing here reads a repository, and everything in the
//! change is untrusted.

pub(crate) mod change;
mod detectors;
mod earlier;
mod fact;
mod python;
mod sql;
mod summary;
mod ticket_text;
mod yaml;

pub(crate) use change::{Change, ChangeCommit, ChangedFile, Version};
pub(crate) use ticket_text::{DraftedTicket, Given, draft_ticket};
