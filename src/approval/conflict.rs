//! Who has a hand in a change, under whatever name or key: nobody of them approves it.
//!
//! Here doubt counts against an approval: what merely may be the same person is.

use std::collections::BTreeSet;

use super::evaluate::{ApprovalInput, EvaluatedApproval};
use super::identity::Involvement;
use crate::config::Evidence;

/// Somebody who has a hand in a change.
#[derive(Debug)]
pub(super) struct InterestedParty<'a> {
    involvement: Involvement,
    /// Every name under which they may be known.
    names: BTreeSet<String>,
    /// The approvals that make them no maker where they signed them.
    co_committed_approvals: &'a [usize],
}

impl<'a> InterestedParty<'a> {
    /// The requester, and those who made the change.
    pub(super) fn all(facts: &ApprovalInput<'a>) -> Vec<Self> {
        let requester = facts
            .ticket
            .requester
            .as_ref()
            .map(|requester| requester.text.as_str());
        let requester = requester.map(|name| {
            (
                Involvement::Requester,
                facts.identities.possible_names(name),
                &[][..],
            )
        });
        let makers = facts.contributors.iter();
        let makers = makers.map(|maker| {
            (
                maker.involvement,
                facts.identities.possible_names_of_author(&maker.author),
                maker.co_committed_approvals.as_slice(),
            )
        });
        requester
            .into_iter()
            .chain(makers)
            .map(|(part, names, beside)| Self {
                involvement: part,
                names,
                co_committed_approvals: beside,
            })
            .collect()
    }
}

impl InterestedParty<'_> {
    /// Every name under which they may be known.
    pub(super) const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

impl ApprovalInput<'_> {
    /// Every name under which whoever decided may be known, by what is written and by their key.
    pub(super) fn names_of(&self, entry: &EvaluatedApproval) -> BTreeSet<String> {
        let of_key = entry.key.iter().flat_map(|key| self.signers.names_of(key));
        [entry.by.as_str()]
            .into_iter()
            .chain(of_key)
            .flat_map(|name| self.identities.possible_names(name))
            .collect()
    }

    /// What whoever decided, or somebody else who has their key, has to do with the change.
    pub(super) fn involvement_of(
        &self,
        entry: &EvaluatedApproval,
        parties: &[InterestedParty<'_>],
    ) -> Option<Involvement> {
        let names = self.names_of(entry);
        let is_meant = |party: &&InterestedParty<'_>| {
            let has_key = || {
                entry
                    .key
                    .as_ref()
                    .is_some_and(|key| self.signers.has_key(&party.names, key))
            };
            let looked = entry.evidence == Evidence::Signed
                && entry
                    .index
                    .is_some_and(|index| party.co_committed_approvals.contains(&index));
            !looked && (!party.names.is_disjoint(&names) || has_key())
        };
        parties.iter().find(is_meant).map(|party| party.involvement)
    }
}
