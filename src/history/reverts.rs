//! Which commits of a range are taken back by which (product.md §6.5).
//!
//! A revert acts unless an acting revert of the range takes it back. What an acting revert names counts for nothing, and
//! neither does the revert itself.

use std::collections::{HashMap, HashSet};

use crate::commit::{Id, Revert};

/// A range as far as reverts need it: positions count in the order of the range.
pub(super) struct Range<'a> {
    /// The commits' names.
    pub(super) ids: &'a [Id],
    /// The parents of each that lie in the range.
    pub(super) parents: &'a [Vec<usize>],
    /// All parents of the merges, by position.
    pub(super) merges: &'a HashMap<usize, Vec<Id>>,
    /// The reverts, by position.
    pub(super) reverts: &'a [(usize, &'a Revert)],
}

/// What reverts make of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Effect {
    /// Nothing: it counts as what it is.
    #[default]
    Counts,
    /// It is taken back.
    Reverted,
    /// It takes another back.
    Reverting,
}

/// The effect on each commit of the range.
pub(super) fn effects(range: &Range<'_>) -> Vec<Effect> {
    let mut effects = vec![Effect::default(); range.ids.len()];
    if range.reverts.is_empty() {
        return effects;
    }
    let hits = hits(range);
    let mut sources: HashMap<usize, Vec<usize>> = HashMap::new();
    for (source, targets) in &hits {
        for target in targets {
            sources.entry(*target).or_default().push(*source);
        }
    }
    let acting = acting(&hits, &sources);
    let acts = |at: &usize| acting.get(at).copied().unwrap_or(false);
    for (target, by) in &sources {
        if by.iter().any(acts) {
            effects[*target] = Effect::Reverted;
        }
    }
    for (source, targets) in &hits {
        if effects[*source] == Effect::Counts && !targets.is_empty() && acts(source) {
            effects[*source] = Effect::Reverting;
        }
    }
    effects
}

/// What each revert takes back, as positions.
fn hits(range: &Range<'_>) -> Vec<(usize, Vec<usize>)> {
    let mut sorted: Vec<(Id, usize)> = range.ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    sorted.sort_unstable();
    let hits_of = |source: usize, revert: &Revert| {
        let mut hits = Vec::new();
        for prefix in &revert.targets {
            let Some(target) = resolve(&sorted, prefix).filter(|target| *target != source) else { continue };
            hits.push(target);
            if let Some(parents) = range.merges.get(&target) {
                hits.extend(brought_in(range, &sorted, parents, revert.mainline.as_deref()));
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    };
    range.reverts.iter().map(|(source, revert)| (*source, hits_of(*source, revert))).collect()
}

/// The one commit of the range whose name begins with these digits.
fn resolve(sorted: &[(Id, usize)], prefix: &str) -> Option<usize> {
    let first = sorted.partition_point(|(id, _)| id.to_string().as_str() < prefix);
    let mut hits = sorted[first..].iter().take(2).filter(|(id, _)| id.starts_with(prefix));
    let hit = hits.next()?;
    hits.next().is_none().then_some(hit.1)
}

/// What a merge brought in: reachable from its other parents and not from the mainline, within the range.
fn brought_in(range: &Range<'_>, sorted: &[(Id, usize)], parents: &[Id], named: Option<&str>) -> Vec<usize> {
    let mainline =
        parents.iter().position(|parent| named.is_some_and(|prefix| parent.starts_with(prefix))).unwrap_or(0);
    let within = |parent: &Id| sorted.binary_search_by_key(parent, |(id, _)| *id).ok().map(|at| sorted[at].1);
    let kept = reachable(range, within(&parents[mainline]));
    let others = parents.iter().enumerate().filter(|(at, _)| *at != mainline).filter_map(|(_, parent)| within(parent));
    let brought = reachable(range, others);
    (0..range.ids.len()).filter(|at| brought[*at] && !kept[*at]).collect()
}

fn reachable(range: &Range<'_>, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut seen = vec![false; range.ids.len()];
    let mut stack: Vec<usize> = from.into_iter().collect();
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            stack.extend(&range.parents[at]);
        }
    }
    seen
}

/// Whether each revert acts. A ring of reverts, which only forged names can make, is cut where it is entered.
fn acting(hits: &[(usize, Vec<usize>)], sources: &HashMap<usize, Vec<usize>>) -> HashMap<usize, bool> {
    let mut acts: HashMap<usize, bool> = HashMap::new();
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
