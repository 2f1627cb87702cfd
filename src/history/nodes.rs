//! Sets of commits by their numbers, a bit each: a repository with packages has one a base.

use crate::history::graph::Node;

/// A set of commits.
pub(super) struct NodeSet(Vec<u64>);

impl NodeSet {
    /// The members among the first `count` commits.
    pub(super) fn of(count: usize, is_member: impl Fn(Node) -> bool) -> Self {
        let mut words = vec![0; count.div_ceil(64)];
        for node in (0..count)
            .filter_map(|node| Node::try_from(node).ok())
            .filter(|node| is_member(*node))
        {
            words[node as usize / 64] |= 1 << (node % 64);
        }
        Self(words)
    }

    pub(super) fn contains(&self, node: Node) -> bool {
        self.0
            .get(node as usize / 64)
            .is_some_and(|word| word & (1 << (node % 64)) != 0)
    }
}
