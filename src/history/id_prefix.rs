//! Finds the commits of a range whose IDs begin with given digits.

use crate::commit::Id;
use crate::history::graph::Node;

/// A commit of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdentifiedNode {
    pub(super) id: Id,
    pub(super) node: Node,
}

/// The commits of a range, sorted by ID.
pub(super) struct SortedIds(Vec<IdentifiedNode>);

impl SortedIds {
    pub(super) fn new(range: impl Iterator<Item = IdentifiedNode>) -> Self {
        let mut sorted: Vec<IdentifiedNode> = range.collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// The commits whose IDs begin with these digits; at most two, which shows that there are
    /// several.
    pub(super) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = &IdentifiedNode> {
        let first = self
            .0
            .partition_point(|commit| commit.id.to_string().as_str() < prefix);
        self.0[first..]
            .iter()
            .take(2)
            .filter(move |commit| commit.id.starts_with(prefix))
    }
}
