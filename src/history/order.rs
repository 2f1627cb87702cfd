//! The order in which commits are shown: newest first by the graph, parents in order, regardless of
//! dates.

use crate::config::VersionSettings;
use crate::history::History;
use crate::history::graph::{Graph, Node};

/// The commits of `member` that count by these settings: those of the first-parent line, or all.
pub(super) fn in_order<H: History>(
    graph: &Graph<'_, H>,
    tip: Node,
    settings: &VersionSettings,
    member: impl Fn(Node) -> bool,
) -> Vec<Node> {
    if settings.first_parent {
        first_parent_line(graph, tip, member)
    } else {
        newest_first(graph, tip, member)
    }
}

/// The commits of `member` that are reachable from `tip` by members, children before parents.
///
/// A commit's first parent comes before its other parents, and commits that only a later parent
/// reaches follow that parent. The set must be closed towards the tip: every commit between the tip
/// and a member is a member.
pub(super) fn newest_first<H: History>(
    graph: &Graph<'_, H>,
    tip: Node,
    member: impl Fn(Node) -> bool,
) -> Vec<Node> {
    let mut order = Vec::new();
    let mut seen = vec![false; graph.len()];
    let mut stack = Vec::new();
    if member(tip) {
        stack.push((tip, graph.parents(tip).len()));
        seen[tip as usize] = true;
    }
    while let Some((node, left)) = stack.last_mut() {
        if *left == 0 {
            order.push(*node);
            stack.pop();
            continue;
        }
        *left -= 1;
        let parent = graph.parents(*node)[*left];
        if member(parent) && !std::mem::replace(&mut seen[parent as usize], true) {
            stack.push((parent, graph.parents(parent).len()));
        }
    }
    order.reverse();
    order
}

/// The commits of `member` on the first-parent line down from `tip`.
pub(super) fn first_parent_line<H: History>(
    graph: &Graph<'_, H>,
    tip: Node,
    member: impl Fn(Node) -> bool,
) -> Vec<Node> {
    let parent = |node: &Node| {
        graph
            .parents(*node)
            .first()
            .copied()
            .filter(|node| member(*node))
    };
    std::iter::successors(Some(tip).filter(|tip| member(*tip)), parent).collect()
}
