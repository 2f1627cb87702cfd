//! Finds the base: the highest stable version among the tags reachable from HEAD.
//!
//! One walk serves all candidates of all units, the highest first, and ends at the lowest base:
//! commits below it are never read.

use std::collections::BinaryHeap;

use semver::Version;

use crate::commit::Id;
use crate::error::Result;
use crate::history::History;
use crate::history::difference::shallow;
use crate::history::graph::{Graph, Node};
use crate::history::tags::{VersionTag, VersionTags};
use crate::version::is_stable;

/// The version tag that the next version is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its version.
    pub version: Version,
    /// The tag's name.
    pub tag: String,
    /// The commit that the tag leads to.
    pub commit: Id,
}

/// A version tag above the base, and why it is not the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RejectedTag {
    /// The tag.
    pub(crate) tag: Base,
    /// Why it is not the base.
    pub(crate) reason: RejectionReason,
}

/// Why a version tag is not the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum RejectionReason {
    /// It is a pre-release.
    Prerelease,
    /// HEAD does not descend from it.
    Unreachable,
}

/// The base and the tags above it.
pub(super) struct BaseSearchResult {
    pub(super) base: Option<Base>,
    /// The tags above the base, the highest first.
    pub(super) rejected: Vec<RejectedTag>,
}

impl BaseSearchResult {
    /// The pre-releases above the base that HEAD descends from, the highest first.
    pub(super) fn prereleases(&self) -> impl Iterator<Item = &Base> {
        self.rejected
            .iter()
            .filter(|refused| refused.reason == RejectionReason::Prerelease)
            .map(|refused| &refused.tag)
    }
}

/// Searches for the base of `head`.
///
/// Fails if history is cut off before the highest candidate is decided, or before it is certain
/// that there is none.
pub(super) fn find_base<H: History>(
    graph: &mut Graph<'_, H>,
    head: Node,
    tags: &VersionTags<'_, H>,
) -> Result<BaseSearchResult> {
    BaseSearch::start(graph, head)?.base(tags)
}

fn base_of(tag: &VersionTag<'_>, commit: Id) -> Base {
    Base {
        version: tag.version.clone(),
        tag: tag.name.to_string(),
        commit,
    }
}

/// A walk down from HEAD, which goes as far as it has to for the tags that are looked up.
pub(super) struct BaseSearch<'g, 'h, H> {
    graph: &'g mut Graph<'h, H>,
    queue: BinaryHeap<(i64, Node)>,
    seen: Vec<bool>,
    /// A commit at which history is cut off.
    cut: Option<Node>,
}

impl<'g, 'h, H: History> BaseSearch<'g, 'h, H> {
    pub(super) fn start(graph: &'g mut Graph<'h, H>, head: Node) -> Result<Self> {
        let mut search = Self {
            graph,
            queue: BinaryHeap::new(),
            seen: Vec::new(),
            cut: None,
        };
        search.see(head)?;
        Ok(search)
    }

    /// The base among these tags; fails like [`find_base`].
    pub(super) fn base(&mut self, tags: &VersionTags<'_, H>) -> Result<BaseSearchResult> {
        let mut found = BaseSearchResult {
            base: None,
            rejected: Vec::new(),
        };
        for tag in tags.ascending().iter().rev() {
            let Some(commit) = tags.commit(tag)? else {
                continue;
            };
            let reachable = self.reaches(commit)?;
            if reachable && is_stable(&tag.version) {
                found.base = Some(base_of(tag, commit));
                return Ok(found);
            }
            let reason = if reachable {
                RejectionReason::Prerelease
            } else {
                RejectionReason::Unreachable
            };
            found.rejected.push(RejectedTag {
                tag: base_of(tag, commit),
                reason,
            });
        }
        self.exhaust()?;
        Ok(found)
    }

    fn see(&mut self, node: Node) -> Result<()> {
        if self.seen.len() < self.graph.len() {
            self.seen.resize(self.graph.len(), false);
        }
        if !std::mem::replace(&mut self.seen[node as usize], true) {
            self.graph.load(node)?;
            self.queue.push((self.graph.time(node), node));
        }
        Ok(())
    }

    fn has_seen(&self, commit: Id) -> bool {
        self.graph
            .find(commit)
            .is_some_and(|node| self.seen.get(node as usize) == Some(&true))
    }

    /// Walks on until `commit` is reached or everything has been walked.
    pub(super) fn reaches(&mut self, commit: Id) -> Result<bool> {
        while !self.has_seen(commit) {
            if !self.step()? {
                return match self.cut {
                    Some(cut) => Err(shallow(self.graph, cut)),
                    None => Ok(false),
                };
            }
        }
        Ok(true)
    }

    /// Makes sure that no tag can be hidden behind a cut: without a base, every commit counts.
    fn exhaust(&mut self) -> Result<()> {
        while self.cut.is_none() && self.step()? {}
        match self.cut {
            Some(cut) => Err(shallow(self.graph, cut)),
            None => Ok(()),
        }
    }

    fn step(&mut self) -> Result<bool> {
        let Some((_, node)) = self.queue.pop() else {
            return Ok(false);
        };
        if self.graph.is_cut(node) {
            self.cut = Some(node);
        }
        for at in 0..self.graph.parents(node).len() {
            let parent = self.graph.parents(node)[at];
            self.see(parent)?;
        }
        Ok(true)
    }
}
