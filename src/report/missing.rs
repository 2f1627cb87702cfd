//! What a report needs and a ticket does not state, for the author.

use serde::Serialize;

use super::facts::ReportedTicket;
use super::markdown::{Item, Markdown, code};
use crate::source::join_and;

/// The keys that a ticket lacks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Missing {
    pub(super) ticket: String,
    pub(super) keys: Vec<&'static str>,
}

impl Missing {
    /// Those of these keys that are absent; `None`: the ticket has them all.
    pub(super) fn of<const N: usize>(
        ticket: &ReportedTicket,
        keys: [(&'static str, bool); N],
    ) -> Option<Self> {
        let absent = keys.into_iter().filter(|(_, is_present)| !is_present);
        let keys: Vec<&str> = absent.map(|(key, _)| key).collect();
        (!keys.is_empty()).then(|| Self {
            ticket: ticket.id().to_owned(),
            keys,
        })
    }
}

/// Lists what is missing, under a heading of its own.
pub(super) fn write_missing(missing: &[Missing], out: &mut Markdown) {
    if missing.is_empty() {
        return;
    }
    out.heading(2, "Not stated in the tickets");
    out.list(missing.iter().map(|missing| {
        let keys: Vec<String> = missing.keys.iter().map(|key| code(key)).collect();
        Item::new(format!("{}: {}", code(&missing.ticket), join_and(&keys)))
    }));
}
