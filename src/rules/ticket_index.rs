//! The tickets that a commit may name, by their identities.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::source::Source;
use crate::ticket::{ParsedTicket, State};

/// Which tickets there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct TicketIndex(BTreeMap<String, Indexed>);

#[derive(Debug, Clone)]
struct Indexed {
    file: String,
    state: State,
}

impl TicketIndex {
    /// Reads identities and states; a text that is broken counts as an open ticket by the name of
    /// its file.
    #[must_use]
    pub(crate) fn read(sources: &[Source]) -> Self {
        let entry = |source: &Source| {
            let ticket = ParsedTicket::parse_partially(source).0.ticket;
            (
                ticket.identity.text,
                Indexed {
                    file: source.name().to_owned(),
                    state: ticket.state,
                },
            )
        };
        Self(sources.iter().map(entry).collect())
    }

    /// Whether some ticket is over.
    #[must_use]
    pub(crate) fn has_finished_ticket(&self) -> bool {
        self.0.values().any(|ticket| ticket.state.is_finished())
    }

    /// Takes tickets that are over as open, unless they were so already when the commits were made.
    ///
    /// `was_over` is called with the names of their files. Fails where it does.
    pub(crate) fn reopen_unless(&mut self, was_over: impl Fn(&str) -> Result<bool>) -> Result<()> {
        for ticket in self
            .0
            .values_mut()
            .filter(|ticket| ticket.state.is_finished())
        {
            if !was_over(&ticket.file)? {
                ticket.state = State::Deploying;
            }
        }
        Ok(())
    }

    /// The identities, in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The state of the ticket of that identity.
    pub(super) fn state(&self, identity: &str) -> Option<State> {
        self.0.get(identity).map(|ticket| ticket.state)
    }

    /// The identity of the ticket in a file.
    pub(super) fn id_in(&self, file: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(_, ticket)| ticket.file == file)
            .map(|(identity, _)| identity.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_closed_since_the_commits_were_made_counts_as_open() {
        let closed = || TicketIndex::read(&[Source::new("changes/a.toml", "state = \"closed\"")]);
        let mut index = closed();
        index
            .reopen_unless(|file| Ok(file != "changes/a.toml"))
            .unwrap();
        assert!(!index.has_finished_ticket());
        let mut index = closed();
        index.reopen_unless(|_| Ok(true)).unwrap();
        assert_eq!(index.state("a"), Some(State::Closed));
    }

    #[test]
    fn a_broken_ticket_is_still_one() {
        let index = TicketIndex::read(&[Source::new("changes/a.toml", "title = ")]);
        assert_eq!(index.ids().collect::<Vec<_>>(), ["a"]);
    }
}
