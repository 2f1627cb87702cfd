//! Who has a conflict of interest: nobody who has a hand in a change approves it, under any name or
//! key.
//!
//! Doubt counts against an approval here: two names that may be the same person are treated as one.

use std::collections::BTreeSet;

use super::evaluate::{ApprovalInput, EvaluatedApproval};
use super::identity::Involvement;
use crate::config::Evidence;

/// A person who has a hand in a change.
#[derive(Debug)]
pub(super) struct InterestedParty<'a> {
    involvement: Involvement,
    /// Every name that may be theirs.
    names: BTreeSet<String>,
    /// The approvals whose signatures show that the person is not an author.
    co_committed_approvals: &'a [usize],
}

impl<'a> InterestedParty<'a> {
    /// The requester and the authors of the change.
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
    /// Every name that may be theirs.
    pub(super) const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// How they are involved.
    pub(super) const fn involvement(&self) -> Involvement {
        self.involvement
    }
}

impl ApprovalInput<'_> {
    /// Every name that may be that of the approver, by the text and by their key.
    pub(super) fn names_of(&self, entry: &EvaluatedApproval) -> BTreeSet<String> {
        let of_key = entry.key.iter().flat_map(|key| self.signers.names_of(key));
        [entry.by.as_str()]
            .into_iter()
            .chain(of_key)
            .flat_map(|name| self.identities.possible_names(name))
            .collect()
    }

    /// The involvement of the approver, or of somebody else with their key, in the change.
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
