//! Which commits of a range are reverted by which (docs/design/versions.md, Reverts).
//!
//! A revert takes effect unless an effective revert of the range reverts it. Neither an effective
//! revert nor the commits that it names cause a bump.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::commit::{Id, Revert};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::graph::{Graph, Node};
use crate::history::id_prefix::{IdentifiedNode, SortedIds};

/// The maximum number of commits that the reverts of a range may revert or visit, each counted once
/// per revert.
const MAX_REVERT_TARGETS: usize = 4 << 20;

/// What a commit below a reverted merge is known to be reachable from.
const MERGED: u8 = 1;
const MAINLINE: u8 = 2;

/// A range as far as reverts need it.
pub(super) struct Range<'a, 'h, H> {
    pub(super) graph: &'a Graph<'h, H>,
    /// The commits of the range, children before parents.
    pub(super) nodes: &'a [Node],
    /// Which of them can be reverted; merges always can.
    pub(super) is_member: &'a dyn Fn(Node) -> bool,
    /// The reverts among them.
    pub(super) reverts: Vec<(Node, &'a Revert)>,
}

/// The effect of reverts on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is reverted by these.
    Reverted(Vec<Id>),
    /// It reverts these.
    Reverting(Vec<Id>),
}

impl Effect {
    /// The commits on the other side.
    pub(super) fn into_counterparts(self) -> Vec<Id> {
        match self {
            Self::Reverted(by) => by,
            Self::Reverting(targets) => targets,
        }
    }
}

/// What a revert reverts.
struct RevertTargets {
    revert: Node,
    /// The commits that it names.
    named: Vec<Node>,
    /// The same, and the commits that the merges among them brought in.
    all: Vec<Node>,
}

impl<H: History> Range<'_, '_, H> {
    /// The effect on each commit that reverts concern.
    ///
    /// Fails if reverts of merges revert more commits than a real history has.
    pub(super) fn effects(&self) -> Result<HashMap<Node, Effect>> {
        let mut effects = HashMap::new();
        if self.reverts.is_empty() {
            return Ok(effects);
        }
        let reverts = self.targets()?;
        let mut sources: HashMap<Node, Vec<Node>> = HashMap::new();
        for targets in &reverts {
            for target in &targets.all {
                sources.entry(*target).or_default().push(targets.revert);
            }
        }
        let effective = effective(&reverts, &sources);
        let acts = |node: &Node| effective.get(node) == Some(&true);
        let ids = |nodes: &mut dyn Iterator<Item = &Node>| {
            nodes.map(|node| self.graph.id(*node)).collect::<Vec<_>>()
        };
        for targets in &reverts {
            if acts(&targets.revert) && !targets.all.is_empty() {
                let named = ids(&mut targets.named.iter());
                effects.insert(targets.revert, Effect::Reverting(named));
            }
        }
        for (target, by) in &sources {
            let by = ids(&mut by.iter().filter(|source| acts(source)));
            if !by.is_empty() {
                effects.insert(*target, Effect::Reverted(by));
            }
        }
        Ok(effects)
    }

    /// What each revert reverts.
    fn targets(&self) -> Result<Vec<RevertTargets>> {
        let ids = SortedIds::new(self.nodes.iter().map(|node| IdentifiedNode {
            id: self.graph.id(*node),
            node: *node,
        }));
        let places: HashMap<Node, usize> = self
            .nodes
            .iter()
            .enumerate()
            .map(|(place, node)| (*node, place))
            .collect();
        let mut found = 0;
        let mut all_targets = Vec::with_capacity(self.reverts.len());
        for (source, revert) in &self.reverts {
            let mut targets = RevertTargets {
                revert: *source,
                named: Vec::new(),
                all: Vec::new(),
            };
            for prefix in &revert.targets {
                let Some(target) = resolve(&ids, prefix).filter(|target| target != source) else {
                    continue;
                };
                let is_merge = self.graph.parents(target).len() > 1;
                if !is_merge && !(self.is_member)(target) {
                    continue;
                }
                targets.named.push(target);
                if is_merge && found <= MAX_REVERT_TARGETS {
                    let merged = self.merged_commits(target, revert.mainline.as_deref(), &places);
                    found += merged.seen;
                    targets.all.extend(
                        merged
                            .nodes
                            .into_iter()
                            .filter(|node| (self.is_member)(*node)),
                    );
                }
            }
            targets.named.sort_unstable();
            targets.named.dedup();
            targets.all.extend(&targets.named);
            targets.all.sort_unstable();
            targets.all.dedup();
            found += targets.all.len();
            if found > MAX_REVERT_TARGETS {
                let message = format!(
                    "the reverts in this range undo more than {MAX_REVERT_TARGETS} commits in total"
                );
                return Err(Error::limit(
                    message,
                    "check the history; this many reverts are a mistake or an attack",
                ));
            }
            all_targets.push(targets);
        }
        Ok(all_targets)
    }

    /// What a merge brought in: reachable from its other parents and not from the mainline, within
    /// the range.
    ///
    /// Children stand before parents, so a commit's marks are whole when its place comes, and the
    /// walk ends where all that is left belongs to the mainline.
    fn merged_commits(
        &self,
        merge: Node,
        named: Option<&str>,
        places: &HashMap<Node, usize>,
    ) -> MergedCommits {
        let parents = self.graph.parents(merge);
        let is_named =
            |parent: &Node| named.is_some_and(|prefix| self.graph.id(*parent).starts_with(prefix));
        let mainline = parents.iter().position(is_named).unwrap_or(0);
        let mut walk = Coloring {
            places,
            open: BTreeMap::new(),
            unresolved: 0,
        };
        for (at, parent) in parents.iter().enumerate() {
            walk.mark(*parent, if at == mainline { MAINLINE } else { MERGED });
        }
        let mut merged = MergedCommits {
            nodes: Vec::new(),
            seen: 0,
        };
        while walk.unresolved > 0
            && let Some((place, marks)) = walk.open.pop_first()
        {
            let node = self.nodes[place];
            if marks == MERGED {
                walk.unresolved -= 1;
                merged.nodes.push(node);
            }
            for parent in self.graph.parents(node) {
                walk.mark(*parent, marks);
            }
            merged.seen += 1;
        }
        merged
    }
}

/// What a merge brought in, and how many commits were looked at to see that.
struct MergedCommits {
    nodes: Vec<Node>,
    seen: usize,
}

/// A walk down from a merge, by the places of the commits in the range.
struct Coloring<'p> {
    places: &'p HashMap<Node, usize>,
    open: BTreeMap<usize, u8>,
    /// How many open commits are not known to be the mainline's.
    unresolved: usize,
}

impl Coloring<'_> {
    fn mark(&mut self, node: Node, mark: u8) {
        let Some(place) = self.places.get(&node) else {
            return;
        };
        let marks = self.open.entry(*place).or_default();
        let was_unresolved = *marks == MERGED;
        *marks |= mark;
        match (was_unresolved, *marks == MERGED) {
            (false, true) => self.unresolved += 1,
            (true, false) => self.unresolved -= 1,
            _ => {}
        }
    }
}

/// The only commit of the range whose ID begins with these digits.
fn resolve(ids: &SortedIds, prefix: &str) -> Option<Node> {
    let mut matches = ids.with_prefix(prefix);
    let found = matches.next()?;
    matches.next().is_none().then_some(found.node)
}

/// Whether each revert takes effect. A cycle of reverts, which requires forged IDs, is cut at the
/// revert at which it is entered.
fn effective(reverts: &[RevertTargets], sources: &HashMap<Node, Vec<Node>>) -> HashMap<Node, bool> {
    let mut acts: HashMap<Node, bool> = HashMap::new();
    let mut entered = HashSet::new();
    for RevertTargets { revert: start, .. } in reverts {
        let mut stack = if entered.insert(*start) {
            vec![(*start, 0)]
        } else {
            Vec::new()
        };
        while let Some((at, next)) = stack.last_mut() {
            let by = sources.get(at).map(Vec::as_slice).unwrap_or_default();
            if let Some(source) = by.get(*next) {
                *next += 1;
                if entered.insert(*source) {
                    stack.push((*source, 0));
                }
                continue;
            }
            acts.insert(
                *at,
                !by.iter().any(|source| acts.get(source) == Some(&true)),
            );
            stack.pop();
        }
    }
    acts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::history::order::newest_first;
    use crate::history::testing::{graph_shape, history_from, id, letter};

    fn below<H: History>(graph: &Graph<'_, H>, from: &[Node]) -> BTreeSet<Node> {
        let (mut seen, mut stack) = (BTreeSet::new(), from.to_vec());
        while let Some(node) = stack.pop() {
            if seen.insert(node) {
                stack.extend(graph.parents(node));
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn merged_commits_are_those_not_on_the_mainline(graph_shape in graph_shape(), kept in 0_usize..3) {
            let history = history_from(&graph_shape);
            let mut graph = Graph::new(&history);
            for at in 0..graph_shape.len() {
                let node = graph.node(id(letter(at)));
                graph.load(node).unwrap();
            }
            let tip = graph.node(id(letter(graph_shape.len() - 1)));
            let nodes = newest_first(&graph, tip, |_| true);
            let places = nodes.iter().enumerate().map(|(place, node)| (*node, place)).collect();
            let range = Range { graph: &graph, nodes: &nodes, is_member: &|_| true, reverts: Vec::new() };
            for merge in nodes.iter().filter(|node| graph.parents(**node).len() > 1) {
                let parents = graph.parents(*merge);
                let mainline = parents[kept % parents.len()];
                let named = graph.id(mainline).to_string();
                let merged: BTreeSet<Node> = range.merged_commits(*merge, Some(&named), &places).nodes.into_iter().collect();
                let others: Vec<Node> = parents.iter().copied().filter(|parent| *parent != mainline).collect();
                prop_assert_eq!(merged, &below(&graph, &others) - &below(&graph, &[mainline]));
            }
        }
    }
}
