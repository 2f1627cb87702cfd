//! What the base has after the forge has merged a pull request, as values.

use std::collections::HashSet;

use super::PredictedMessage;
use crate::changelog::{Notes, Section};
use crate::commit::Id;
use crate::config::MergeMethod;
use crate::history::Unit;
use crate::version::Bump;

/// What the base has after the forge has merged a pull request.
///
/// IDs of commits that the forge is going to make are provisional: they are for comparing, and
/// never for a person.
#[derive(Debug)]
#[non_exhaustive]
pub struct MergePrediction {
    /// How the forge merges.
    pub method: MergeMethod,
    /// Whether it merges in no other way. If not, the commits of the branch are checked, and this
    /// is only what would follow from a squash.
    pub is_certain: bool,
    /// The message of the commit that the forge makes, if it counts: that of a squash, or of a merge
    /// commit if only first parents are followed.
    pub message: Option<PredictedMessage>,
    /// The bump of the commit with this message by itself.
    pub(crate) message_bump: Bump,
    /// The headers in the text of a squash, which do not count for the version.
    pub(crate) uncounted_headers: Vec<String>,
    /// The commits that the base gets.
    pub(crate) commits: HashSet<Id>,
    /// Whether branch and base conflict, so that a person has to change the branch first.
    pub(crate) has_conflict: bool,
    /// What can be released then; an error in words if it cannot be computed.
    pub units: Result<Vec<PredictedUnit>, String>,
}

/// What can be released of a unit after the merge.
#[derive(Debug)]
#[non_exhaustive]
pub struct PredictedUnit {
    /// Its next version, with everything that is unreleased.
    pub unit: Unit,
    /// Its unreleased changes; `None` if there are none.
    pub notes: Option<Notes>,
}

impl MergePrediction {
    /// The prediction in words that follow "if".
    #[must_use]
    pub(crate) const fn condition(&self) -> &'static str {
        match self.method {
            MergeMethod::Squash => "squashed with the title as it is now",
            MergeMethod::Merge => "merged",
            MergeMethod::Rebase => "rebased",
        }
    }

    /// The only unit of a repository without packages.
    #[must_use]
    pub(crate) fn repository(&self) -> Option<&PredictedUnit> {
        match self.units.as_deref() {
            Ok([only]) if only.unit.name.is_none() => Some(only),
            _ => None,
        }
    }
}

impl PredictedUnit {
    /// The sections of the changelog that the merge adds entries to, with only these entries.
    #[must_use]
    pub(crate) fn added_sections(&self, prediction: &MergePrediction) -> Vec<Section> {
        let sections = self.notes.iter().flat_map(|notes| notes.sections.clone());
        let mut sections: Vec<Section> = sections.collect();
        for section in &mut sections {
            section
                .entries
                .retain(|entry| prediction.commits.contains(&entry.commit));
        }
        sections.retain(|section| !section.entries.is_empty());
        sections
    }
}
