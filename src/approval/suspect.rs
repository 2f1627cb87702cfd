//! Who has a hand in a change, under whatever name or key: nobody of them approves it.
//!
//! Here doubt counts against an approval: what merely may be the same person is.

use std::collections::BTreeSet;

use super::judge::{Entry, Facts};
use super::person::Part;
use crate::config::Evidence;

/// Somebody who has a hand in a change.
#[derive(Debug)]
pub(super) struct Suspect<'a> {
    part: Part,
    /// Every name under which they may be known.
    names: BTreeSet<String>,
    /// The approvals that make them no maker where they signed them.
    beside: &'a [usize],
}

impl<'a> Suspect<'a> {
    /// The requester, and those who made the change.
    pub(super) fn all(facts: &Facts<'a>) -> Vec<Self> {
        let requester = facts
            .ticket
            .requester
            .as_ref()
            .map(|requester| requester.text.as_str());
        let requester = requester.map(|name| (Part::Requester, facts.who.names(name), &[][..]));
        let makers = facts.makers.iter();
        let makers = makers.map(|maker| {
            (
                maker.part,
                facts.who.names_of(&maker.author),
                maker.beside.as_slice(),
            )
        });
        requester
            .into_iter()
            .chain(makers)
            .map(|(part, names, beside)| Self {
                part,
                names,
                beside,
            })
            .collect()
    }
}

impl Suspect<'_> {
    /// Every name under which they may be known.
    pub(super) const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

impl Facts<'_> {
    /// Every name under which whoever decided may be known, by what is written and by their key.
    pub(super) fn names_of(&self, entry: &Entry) -> BTreeSet<String> {
        let of_key = entry.key.iter().flat_map(|key| self.signers.names_of(key));
        [entry.by.as_str()]
            .into_iter()
            .chain(of_key)
            .flat_map(|name| self.who.names(name))
            .collect()
    }

    /// What whoever decided, or somebody else who has their key, has to do with the change.
    pub(super) fn part_of(&self, entry: &Entry, suspects: &[Suspect<'_>]) -> Option<Part> {
        let names = self.names_of(entry);
        let is_meant = |suspect: &&Suspect<'_>| {
            let has_key = || {
                entry
                    .key
                    .as_ref()
                    .is_some_and(|key| self.signers.has_key(&suspect.names, key))
            };
            let looked = entry.evidence == Evidence::Signed
                && entry
                    .index
                    .is_some_and(|index| suspect.beside.contains(&index));
            !looked && (!suspect.names.is_disjoint(&names) || has_key())
        };
        suspects.iter().find(is_meant).map(|suspect| suspect.part)
    }
}
