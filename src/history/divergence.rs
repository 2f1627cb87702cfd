//! Finds where a branch left another one, and the commits that only the branch has.
//!
//! The graph alone decides: a branch leaves its base at the latest commits that both have. There
//! are several if the branches were merged crosswise, and none if they have nothing in common.

use std::cmp::Reverse;

use crate::commit::Id;
use crate::config::VersionSettings;
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::classify::{BumpOptions, ClassifiedCommit, MergePolicy, Selection, classify};
use crate::history::difference::{Difference, difference};
use crate::history::graph::{Graph, Node};
use crate::history::order::newest_first;

/// The maximum number of commits at which a branch may leave its base.
const MAX_MERGE_BASES: usize = 1_000;

/// The maximum number of commits that only the branch has.
const MAX_COMMITS: usize = 50_000;

/// The commits that a branch has and its base has not.
#[derive(Debug, Clone)]
pub(crate) struct Divergence {
    /// Its commits, newest first by the graph, classified as one range.
    pub(crate) commits: Vec<ClassifiedCommit>,
    /// The parents of each of them, in order.
    pub(crate) parents: Vec<Vec<Id>>,
    /// The latest commits that both have.
    pub(crate) merge_bases: Vec<Id>,
}

/// Finds the commits that `head` has and `base` has not.
///
/// # Errors
///
/// Fails if history is missing, and beyond 50,000 commits or 1,000 commits at which the branch left
/// its base.
pub(crate) fn divergence<H: History>(
    history: &H,
    settings: &VersionSettings,
    base: Id,
    head: Id,
) -> Result<Divergence> {
    let mut graph = Graph::new(history);
    let (base, head) = (graph.node(base), graph.node(head));
    let ahead = difference(&mut graph, head, Some(base))?;
    let range = newest_first(&graph, head, |node| ahead.contains(node));
    if range.len() > MAX_COMMITS {
        return Err(Error::limit(
            format!(
                "the branch has {} commits; the limit is {MAX_COMMITS}",
                range.len()
            ),
            "split the branch and merge it in parts",
        ));
    }
    let candidates = merge_base_candidates(&graph, &range, &ahead, head);
    let merge_bases = best_candidates(&mut graph, candidates)?;
    let id = |node: &Node| graph.id(*node);
    let parents = range
        .iter()
        .map(|node| graph.parents(*node).iter().map(id).collect())
        .collect();
    let merge_bases = merge_bases.iter().map(id).collect();
    let merges = if settings.first_parent {
        MergePolicy::ByMessage
    } else {
        MergePolicy::Ignore
    };
    let commits = classify(
        &mut graph,
        &Selection::all(&range),
        BumpOptions { settings, merges },
    )?;
    Ok(Divergence {
        commits,
        parents,
        merge_bases,
    })
}

/// The commits of the base that are parents of a commit of the branch.
fn merge_base_candidates<H: History>(
    graph: &Graph<'_, H>,
    range: &[Node],
    ahead: &Difference,
    head: Node,
) -> Vec<Node> {
    if range.is_empty() {
        return vec![head];
    }
    let parents = range.iter().flat_map(|node| graph.parents(*node)).copied();
    let mut candidates: Vec<Node> = parents.filter(|parent| !ahead.contains(*parent)).collect();
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}

/// Those of some commits that no other of them reaches.
fn best_candidates<H: History>(
    graph: &mut Graph<'_, H>,
    mut candidates: Vec<Node>,
) -> Result<Vec<Node>> {
    if candidates.len() > MAX_MERGE_BASES {
        return Err(Error::limit(
            format!(
                "the branch and its base have {} merge bases; the limit is {MAX_MERGE_BASES}",
                candidates.len()
            ),
            "rebase the branch onto its base",
        ));
    }
    for node in &candidates {
        graph.load(*node)?;
    }
    candidates.sort_by_key(|node| Reverse(graph.time(*node))); // the first is likely to reach all others
    let mut latest: Vec<Node> = Vec::new();
    for node in candidates {
        if is_reached_by_any(graph, node, &latest)? {
            continue;
        }
        let mut kept = Vec::with_capacity(latest.len() + 1);
        for other in latest {
            if !is_reached_by_any(graph, other, &[node])? {
                kept.push(other);
            }
        }
        kept.push(node);
        latest = kept;
    }
    Ok(latest)
}

fn is_reached_by_any<H: History>(
    graph: &mut Graph<'_, H>,
    node: Node,
    others: &[Node],
) -> Result<bool> {
    for other in others {
        if !difference(graph, node, Some(*other))?.contains(node) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::history::testing::{TestHistory, id};

    fn letter(id: Id) -> char {
        char::from(id.as_bytes()[0])
    }

    /// The letters of the commits, in order, and of the merge bases, sorted.
    fn of(history: &TestHistory, base: char, head: char) -> (String, String) {
        let found = divergence(history, &VersionSettings::default(), id(base), id(head)).unwrap();
        let bases: BTreeSet<char> = found.merge_bases.iter().map(|id| letter(*id)).collect();
        (
            found
                .commits
                .iter()
                .map(|commit| letter(commit.commit.id))
                .collect(),
            bases.into_iter().collect(),
        )
    }

    fn pair(commits: &str, bases: &str) -> (String, String) {
        (commits.into(), bases.into())
    }

    fn forked() -> TestHistory {
        TestHistory::default()
            .commit('a', "", "feat: a")
            .commit('b', "a", "feat: b")
            .commit('x', "a", "fix: x")
    }

    #[test]
    fn a_branch_left_its_base_at_the_latest_commit_of_both() {
        assert_eq!(of(&forked(), 'b', 'x'), pair("x", "a"));
    }

    #[test]
    fn a_merge_of_the_base_moves_the_place_on() {
        let history = forked()
            .commit('y', "xb", "Merge branch 'main'")
            .commit('c', "b", "feat: c");
        assert_eq!(of(&history, 'c', 'y'), pair("yx", "b"));
    }

    #[test]
    fn crosswise_merges_have_several_places() {
        let history = forked()
            .commit('m', "bx", "Merge")
            .commit('n', "xb", "Merge");
        assert_eq!(of(&history, 'm', 'n'), pair("n", "bx"));
    }

    #[test]
    fn what_the_base_has_already_is_nothing_new() {
        assert_eq!(of(&forked(), 'b', 'a'), pair("", "a"));
        assert_eq!(of(&forked(), 'b', 'b'), pair("", "b"));
    }

    #[test]
    fn branches_with_nothing_in_common_have_no_such_place() {
        let history = forked().commit('z', "", "feat: z");
        assert_eq!(of(&history, 'b', 'z'), pair("z", ""));
    }

    #[test]
    fn a_cut_that_hides_the_place_is_an_error() {
        let history = TestHistory::default()
            .commit('b', "a", "feat: b")
            .cut('b')
            .commit('x', "a", "fix: x")
            .cut('x');
        assert!(divergence(&history, &VersionSettings::default(), id('b'), id('x')).is_err());
    }

    fn reachable(parents: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut stack = vec![from];
        while let Some(at) = stack.pop() {
            if seen.insert(at) {
                stack.extend(&parents[at]);
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn merge_bases_are_the_common_commits_that_no_other_reaches(
            history_from in prop::collection::vec((prop::collection::vec(0_usize..16, 0..3), 0_i64..4), 2..16),
        ) {
            let name = |at: usize| char::from(b'a' + u8::try_from(at).unwrap());
            let parents: Vec<Vec<usize>> = history_from.iter().enumerate().map(|(at, (parents, _))| {
                parents.iter().copied().filter(|parent| *parent < at).collect::<BTreeSet<_>>().into_iter().collect()
            }).collect();
            let history = history_from.iter().enumerate().fold(TestHistory::default(), |history, (at, (_, time))| {
                let letters: String = parents[at].iter().map(|parent| name(*parent)).collect();
                history.commit_at(name(at), &letters, ("feat: x", *time))
            });
            let (base, head) = (history_from.len() - 2, history_from.len() - 1);
            let common: BTreeSet<usize> = &reachable(&parents, base) & &reachable(&parents, head);
            let expected: String = common
                .iter()
                .filter(|at| !common.iter().any(|other| other != *at && reachable(&parents, *other).contains(at)))
                .map(|at| name(*at))
                .collect();
            prop_assert_eq!(of(&history, name(base), name(head)).1, expected);
        }
    }
}
