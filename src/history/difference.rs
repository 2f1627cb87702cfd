//! The commits reachable from a tip and not from a base: a graph difference, never a slice of a
//! list.
//!
//! A walk in two colors, newest first by the commits' own dates. Dates lie, so a walk that merely
//! ran out of new commits proves nothing: it ends when the rest of the base's history provably
//! cannot hold a commit of the difference.

use std::collections::BinaryHeap;

use crate::error::{Error, Result};
use crate::history::History;
use crate::history::graph::{Graph, Node};

/// What a commit is known to be reachable from.
const TIP: u8 = 1;
const BASE: u8 = 2;
const QUEUED: u8 = 4;

/// The maximum number of commits at the frontier for which a proof is tried, with one bit each.
const MAX_FRONTIER: usize = 64;

/// The commits reachable from `tip` and not from `base`, as a set.
pub(super) struct Difference {
    marks: Vec<u8>,
}

impl Difference {
    /// Whether a commit is in the difference.
    pub(super) fn contains(&self, node: Node) -> bool {
        self.marks
            .get(node as usize)
            .is_some_and(|mark| mark & (TIP | BASE) == TIP)
    }

    /// The same of each of the first `commits` of a graph.
    pub(super) fn members(&self, commits: usize) -> Vec<bool> {
        (0..)
            .take(commits)
            .map(|node| self.contains(node))
            .collect()
    }
}

/// Computes the difference; without a base, it is everything that is reachable.
///
/// Fails if history is cut off before the answer is certain.
pub(super) fn difference<H: History>(
    graph: &mut Graph<'_, H>,
    tip: Node,
    base: Option<Node>,
) -> Result<Difference> {
    let mut walk = Walk {
        graph,
        marks: Vec::new(),
        queue: BinaryHeap::new(),
        undecided: 0,
        cut: Vec::new(),
    };
    walk.mark(tip, TIP)?;
    if let Some(base) = base {
        walk.mark(base, BASE)?;
    }
    let mut next_proof = 0;
    loop {
        if walk.undecided == 0 && walk.graph.len() >= next_proof {
            if walk.is_proven(tip) {
                return Ok(Difference { marks: walk.marks });
            }
            next_proof = walk.graph.len() + (walk.graph.len() / 2).max(256);
        }
        match walk.queue.pop() {
            Some((_, node)) => walk.visit(node)?,
            None if walk.is_proven(tip) => return Ok(Difference { marks: walk.marks }),
            None => return Err(walk.cut_off()),
        }
    }
}

struct Walk<'g, 'h, H> {
    graph: &'g mut Graph<'h, H>,
    marks: Vec<u8>,
    queue: BinaryHeap<(i64, Node)>,
    /// How many commits of the queue are not known to be reachable from the base.
    undecided: usize,
    /// The base's commits at which history is cut off.
    cut: Vec<Node>,
}

impl<H: History> Walk<'_, '_, H> {
    fn mark(&mut self, node: Node, mark: u8) -> Result<()> {
        if self.marks.len() < self.graph.len() {
            self.marks.resize(self.graph.len(), 0);
        }
        let old = self.marks[node as usize];
        if old & mark == mark {
            return Ok(());
        }
        let new = old | mark | QUEUED;
        self.marks[node as usize] = new;
        if old & QUEUED == 0 {
            self.graph.load(node)?;
            self.queue.push((self.graph.time(node), node));
            self.undecided += usize::from(new & BASE == 0);
        } else if old & BASE == 0 && new & BASE != 0 {
            self.undecided -= 1;
        }
        Ok(())
    }

    fn visit(&mut self, node: Node) -> Result<()> {
        let mark = self.marks[node as usize] & !QUEUED;
        self.marks[node as usize] = mark;
        self.undecided -= usize::from(mark & BASE == 0);
        if self.graph.is_cut(node) {
            if mark & BASE == 0 {
                return Err(shallow(self.graph, node));
            }
            self.cut.push(node);
        }
        for at in 0..self.graph.parents(node).len() {
            let parent = self.graph.parents(node)[at];
            self.mark(parent, mark)?;
        }
        Ok(())
    }

    /// Whether nothing that is still to be walked can reach a commit of the difference.
    ///
    /// A history has no cycles: a commit of the difference that reaches all of the frontier is
    /// reached by none of it.
    fn is_proven(&self, tip: Node) -> bool {
        let mut frontier: Vec<Node> = self
            .queue
            .iter()
            .map(|(_, node)| *node)
            .chain(self.cut.iter().copied())
            .collect();
        frontier.sort_unstable();
        frontier.dedup();
        if frontier.is_empty() {
            return true;
        }
        frontier.len() <= MAX_FRONTIER && self.difference_reaches(&frontier, tip)
    }

    fn difference_reaches(&self, frontier: &[Node], tip: Node) -> bool {
        let all = u64::MAX >> (64 - frontier.len());
        let mut reached: Vec<u64> = vec![0; self.graph.len()];
        for (bit, node) in frontier.iter().enumerate() {
            reached[*node as usize] = 1 << bit;
        }
        let in_difference = |node: Node| self.marks[node as usize] & (TIP | BASE) == TIP;
        let mut seen = vec![false; self.graph.len()];
        let mut stack = vec![(tip, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let (node, parents) = (*node, self.graph.parents(*node));
            if let Some(parent) = parents.get(*next) {
                *next += 1;
                let known = self
                    .marks
                    .get(*parent as usize)
                    .is_some_and(|mark| mark & (TIP | BASE) != 0);
                if known && !std::mem::replace(&mut seen[*parent as usize], true) {
                    stack.push((*parent, 0));
                }
                continue;
            }
            for parent in parents {
                reached[node as usize] |= reached[*parent as usize];
            }
            if in_difference(node) && reached[node as usize] != all {
                return false;
            }
            stack.pop();
        }
        true
    }

    fn cut_off(&self) -> Error {
        shallow(
            self.graph,
            *self
                .cut
                .first()
                .expect("only a cut leaves a finished walk unproven"),
        )
    }
}

/// Why the answer cannot be given: history is cut off at this commit.
pub(super) fn shallow<H: History>(graph: &Graph<'_, H>, node: Node) -> Error {
    Error::history(
        format!(
            "this clone is shallow: the history before commit `{}` is missing",
            graph.id(node)
        ),
        "run `git fetch --unshallow --tags`",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::history::testing::{GraphShape, TestHistory, graph_shape, history_from, id, letter};

    fn reachable(graph_shape: &GraphShape, from: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut stack = vec![from];
        while let Some(at) = stack.pop() {
            if seen.insert(at) {
                stack.extend(&graph_shape[at].0);
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn difference_equals_reachability_for_any_dates(graph_shape in graph_shape(), base in 0_usize..20) {
            let (tip, base) = (graph_shape.len() - 1, base % graph_shape.len());
            let history = history_from(&graph_shape);
            let mut graph = Graph::new(&history);
            let numbers = [tip, base].map(|at| graph.node(id(letter(at))));
            let difference = difference(&mut graph, numbers[0], Some(numbers[1])).unwrap();
            let expected: BTreeSet<usize> =
                reachable(&graph_shape, tip).difference(&reachable(&graph_shape, base)).copied().collect();
            let found = (0..graph_shape.len()).filter(|at| graph.find(id(letter(*at))).is_some_and(|node| difference.contains(node)));
            prop_assert_eq!(found.collect::<BTreeSet<_>>(), expected);
        }

        #[test]
        fn a_cut_gives_the_same_answer_or_an_error(graph_shape in graph_shape(), base in 0_usize..20, cut in 0_usize..20) {
            let (tip, base, cut) = (graph_shape.len() - 1, base % graph_shape.len(), cut % graph_shape.len());
            let complete = history_from(&graph_shape);
            let cut = history_from(&graph_shape).cut(letter(cut));
            let range = |history: &TestHistory| {
                let mut graph = Graph::new(history);
                let numbers = [tip, base].map(|at| graph.node(id(letter(at))));
                let difference = difference(&mut graph, numbers[0], Some(numbers[1])).ok()?;
                let within = |at: &usize| graph.find(id(letter(*at))).is_some_and(|node| difference.contains(node));
                Some((0..graph_shape.len()).filter(within).collect::<BTreeSet<_>>())
            };
            let answer = range(&cut);
            prop_assert!(answer.is_none() || answer == range(&complete));
        }
    }
}
