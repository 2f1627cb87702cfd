//! Which commits of a range are taken back by which (product.md §6.5).
//!
//! A revert acts unless an acting revert of the range takes it back. What an acting revert names counts for nothing, and
//! neither does the revert itself.

use std::collections::{HashMap, HashSet};

use crate::commit::{Id, Revert};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::graph::{Graph, Node};

/// The most commits that the reverts of a range may take back, each counted once for each revert.
const MOST_HITS: usize = 4 << 20;

/// A range as far as reverts need it.
pub(super) struct Range<'a, 'h, H> {
    pub(super) graph: &'a Graph<'h, H>,
    /// The commits of the range.
    pub(super) nodes: &'a [Node],
    /// Which of them can be taken back; merges always can.
    pub(super) is_member: &'a dyn Fn(Node) -> bool,
    /// The reverts among them.
    pub(super) reverts: Vec<(Node, &'a Revert)>,
}

/// What reverts make of a commit; one that is not told of counts as what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is taken back, by these.
    Reverted(Vec<Id>),
    /// It takes these back.
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

/// What a revert takes back.
struct Hits {
    /// The commits that it names.
    named: Vec<Node>,
    /// The same, and what the merges among them brought in.
    all: Vec<Node>,
}

impl<H: History> Range<'_, '_, H> {
    /// The effect on each commit that reverts concern.
    ///
    /// Fails where reverts of merges take back more than any honest history does.
    pub(super) fn effects(&self) -> Result<HashMap<Node, Effect>> {
        let mut effects = HashMap::new();
        if self.reverts.is_empty() {
            return Ok(effects);
        }
        let hits = self.hits()?;
        let mut sources: HashMap<Node, Vec<Node>> = HashMap::new();
        for (source, hits) in &hits {
            for target in &hits.all {
                sources.entry(*target).or_default().push(*source);
            }
        }
        let acting = acting(&hits, &sources);
        let acts = |node: &Node| acting.get(node) == Some(&true);
        let ids = |nodes: &mut dyn Iterator<Item = &Node>| nodes.map(|node| self.graph.id(*node)).collect::<Vec<_>>();
        for (source, hits) in &hits {
            if acts(source) && !hits.all.is_empty() {
                effects.insert(*source, Effect::Reverting(ids(&mut hits.named.iter())));
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

    /// What each revert takes back.
    fn hits(&self) -> Result<Vec<(Node, Hits)>> {
        let mut sorted: Vec<(Id, Node)> = self.nodes.iter().map(|node| (self.graph.id(*node), *node)).collect();
        sorted.sort_unstable();
        let within: HashSet<Node> = self.nodes.iter().copied().collect();
        let mut found = 0;
        let mut hits = Vec::with_capacity(self.reverts.len());
        for (source, revert) in &self.reverts {
            let mut own = Hits { named: Vec::new(), all: Vec::new() };
            for prefix in &revert.targets {
                let Some(target) = resolve(&sorted, prefix).filter(|target| target != source) else { continue };
                let is_merge = self.graph.parents(target).len() > 1;
                if !is_merge && !(self.is_member)(target) {
                    continue;
                }
                own.named.push(target);
                if is_merge {
                    own.all.extend(self.brought_in(target, revert.mainline.as_deref(), &within));
                }
            }
            own.named.sort_unstable();
            own.named.dedup();
            own.all.extend(&own.named);
            own.all.sort_unstable();
            own.all.dedup();
            found += own.all.len();
            if found > MOST_HITS {
                let message = format!("the reverts of this range take back more than {MOST_HITS} commits together");
                return Err(Error::limit(message, "a history like that is a mistake or an attack"));
            }
            hits.push((*source, own));
        }
        Ok(hits)
    }

    /// What a merge brought in: reachable from its other parents and not from the mainline, within the range.
    fn brought_in(&self, merge: Node, named: Option<&str>, within: &HashSet<Node>) -> Vec<Node> {
        let parents = self.graph.parents(merge);
        let is_named = |parent: &Node| named.is_some_and(|prefix| self.graph.id(*parent).starts_with(prefix));
        let mainline = parents.iter().position(is_named).unwrap_or(0);
        let others = parents.iter().enumerate().filter(|(at, _)| *at != mainline).map(|(_, parent)| *parent);
        let kept = self.reachable([parents[mainline]], within);
        let brought = self.reachable(others, within);
        brought.into_iter().filter(|node| !kept.contains(node) && (self.is_member)(*node)).collect()
    }

    fn reachable(&self, from: impl IntoIterator<Item = Node>, within: &HashSet<Node>) -> HashSet<Node> {
        let mut seen = HashSet::new();
        let mut stack: Vec<Node> = from.into_iter().collect();
        while let Some(node) = stack.pop() {
            if within.contains(&node) && seen.insert(node) {
                stack.extend(self.graph.parents(node));
            }
        }
        seen
    }
}

/// The one commit of the range whose name begins with these digits.
fn resolve(sorted: &[(Id, Node)], prefix: &str) -> Option<Node> {
    let first = sorted.partition_point(|(id, _)| id.to_string().as_str() < prefix);
    let mut hits = sorted[first..].iter().take(2).filter(|(id, _)| id.starts_with(prefix));
    let hit = hits.next()?;
    hits.next().is_none().then_some(hit.1)
}

/// Whether each revert acts. A ring of reverts, which only forged names can make, is cut where it is entered.
fn acting(hits: &[(Node, Hits)], sources: &HashMap<Node, Vec<Node>>) -> HashMap<Node, bool> {
    let mut acts: HashMap<Node, bool> = HashMap::new();
    let mut entered = HashSet::new();
    for (start, _) in hits {
        let mut stack = if entered.insert(*start) { vec![(*start, 0)] } else { Vec::new() };
        while let Some((at, next)) = stack.last_mut() {
            let by = sources.get(at).map(Vec::as_slice).unwrap_or_default();
            if let Some(source) = by.get(*next) {
                *next += 1;
                if entered.insert(*source) {
                    stack.push((*source, 0));
                }
                continue;
            }
            acts.insert(*at, !by.iter().any(|source| acts.get(source) == Some(&true)));
            stack.pop();
        }
    }
    acts
}
