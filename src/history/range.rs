//! The commits of a range, one after the other, as they are in the object database.

use std::collections::HashSet;

use crate::commit::{Id, RawCommit};
use crate::error::{Error, Result};
use crate::history::difference::difference;
use crate::history::graph::Graph;
use crate::history::order::newest_first;
use crate::history::{History, Scope};

/// Calls `see` with every commit of a scope, merges included, newest first by the graph.
///
/// Fails if history is missing or cut off before the range is certain, if an object is not a
/// commit, and if `see` does.
pub(crate) fn visit<H: History>(
    history: &H,
    scope: Scope,
    see: impl FnMut(Id, &RawCommit<'_>) -> Result<()>,
) -> Result<()> {
    ScopeReader::new(history).visit(scope, see)
}

/// Reads the commits of one scope after another, those that they share once.
pub(crate) struct ScopeReader<'h, H> {
    history: &'h H,
    graph: Graph<'h, H>,
}

impl<'h, H: History> ScopeReader<'h, H> {
    /// Reads nothing yet.
    pub(crate) fn new(history: &'h H) -> Self {
        Self {
            history,
            graph: Graph::new(history),
        }
    }

    /// The same as [`visit`].
    pub(crate) fn visit(
        &mut self,
        scope: Scope,
        mut see: impl FnMut(Id, &RawCommit<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some(tip) = scope
            .tip
            .map_or_else(|| self.history.head(), |tip| Ok(Some(tip)))?
        else {
            return Ok(());
        };
        let graph = &mut self.graph;
        let tip = graph.node(tip);
        let without = scope.exclude.map(|without| graph.node(without));
        let difference = difference(graph, tip, without)?;
        for node in newest_first(graph, tip, |node| difference.contains(node)) {
            let id = graph.id(node);
            graph.with_object(node, |object| {
                see(
                    id,
                    &RawCommit::parse(object).ok_or_else(|| Error::not_a_commit(id))?,
                )
            })?;
        }
        Ok(())
    }
}

/// Which of some commits a tip reaches, in their order.
///
/// # Errors
///
/// Fails if history is missing, or cut off before the answer is certain.
pub(crate) fn reached<H: History>(history: &H, tip: Id, commits: &[Id]) -> Result<Vec<bool>> {
    let mut graph = Graph::new(history);
    let tip = graph.node(tip);
    let mut is_reached = |commit: &Id| {
        let commit = graph.node(*commit);
        Ok(!difference(&mut graph, commit, Some(tip))?.contains(commit))
    };
    commits.iter().map(&mut is_reached).collect()
}

/// The commits among `candidates` that `start` reaches. All candidates are reachable from `tip`.
///
/// # Errors
///
/// Fails if history is missing, or is cut off before the answer is certain.
pub(crate) fn reachable_from_start<H: History>(
    history: &H,
    start: Id,
    tip: Id,
    candidates: impl IntoIterator<Item = Id>,
) -> Result<HashSet<Id>> {
    let mut graph = Graph::new(history);
    let (start, tip) = (graph.node(start), graph.node(tip));
    let later = difference(&mut graph, tip, Some(start))?;
    Ok(candidates
        .into_iter()
        .filter(|id| !later.contains(graph.node(*id)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::testing::{TestHistory, id};

    fn visited(history: &TestHistory, scope: Scope) -> Result<String> {
        let mut seen = String::new();
        visit(history, scope, |id, _| {
            seen.push(char::from(id.as_bytes()[0]));
            Ok(())
        })?;
        Ok(seen)
    }

    fn two_lines() -> TestHistory {
        TestHistory::default()
            .commit('a', "", "feat: a")
            .commit('b', "a", "feat: b")
            .commit('c', "a", "feat: c")
            .commit('m', "bc", "Merge c")
    }

    #[test]
    fn one_reader_visits_several_scopes() {
        let history = two_lines();
        let mut reader = ScopeReader::new(&history);
        for exclude in [Some(id('b')), None, Some(id('c'))] {
            let scope = Scope { tip: None, exclude };
            let mut seen = String::new();
            let see = |id: Id, _: &RawCommit<'_>| {
                seen.push(char::from(id.as_bytes()[0]));
                Ok(())
            };
            reader.visit(scope, see).unwrap();
            assert_eq!(seen, visited(&history, scope).unwrap());
        }
    }

    #[test]
    fn range_is_visited_newest_first() {
        let history = two_lines();
        assert_eq!(visited(&history, Scope::default()).unwrap(), "mbca");
        assert_eq!(
            visited(
                &history,
                Scope {
                    tip: None,
                    exclude: Some(id('b'))
                }
            )
            .unwrap(),
            "mc"
        );
        assert_eq!(
            visited(
                &history,
                Scope {
                    tip: Some(id('b')),
                    exclude: Some(id('c'))
                }
            )
            .unwrap(),
            "b"
        );
        assert_eq!(
            visited(
                &history,
                Scope {
                    tip: Some(id('b')),
                    exclude: Some(id('m'))
                }
            )
            .unwrap(),
            ""
        );
    }

    #[test]
    fn a_cut_that_hides_commits_of_the_range_is_an_error() {
        let history = two_lines().cut('b');
        assert!(
            visited(
                &history,
                Scope {
                    tip: None,
                    exclude: Some(id('c'))
                }
            )
            .is_err()
        );
        assert_eq!(
            visited(
                &history,
                Scope {
                    tip: None,
                    exclude: Some(id('b'))
                }
            )
            .unwrap_err()
            .exit_code(),
            2
        );
    }

    #[test]
    fn a_tip_reaches_itself_and_its_ancestors() {
        let commits = ['m', 'b', 'c', 'a'].map(id);
        assert_eq!(reached(&two_lines(), id('m'), &commits).unwrap(), [true; 4]);
        assert_eq!(
            reached(&two_lines(), id('b'), &commits).unwrap(),
            [false, true, false, true]
        );
        assert!(reached(&two_lines().cut('b'), id('b'), &commits).is_err());
    }

    #[test]
    fn an_unborn_branch_has_no_commits() {
        assert_eq!(
            visited(&TestHistory::default(), Scope::default()).unwrap(),
            ""
        );
    }
}
