//! What each commit of a range counts for, and why.
//!
//! Every commit of the range is judged exactly once; whatever does not count is listed with its reason.

use std::collections::HashMap;

use crate::commit::{Commit, Decoding, Id, Kind};
use crate::config::Bumps;
use crate::error::Result;
use crate::history::History;
use crate::history::graph::{Graph, Node};
use crate::history::reverts::{Effect, Range, effects};
use crate::version::Bump;

/// A commit with its bump and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The commit.
    pub commit: Commit,
    /// What it asks for by itself, before the rules for 0.x.
    pub bump: Bump,
    /// Why.
    pub reason: Reason,
}

/// Why a commit counts for what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its type is in the map, or is not.
    Type,
    /// It says that it breaks something.
    Breaking,
    /// It is a merge: what it brings in counts by itself.
    Merge,
    /// It is to be folded into another.
    Fixup,
    /// Its header is not conventional.
    Unconventional,
    /// A revert takes it back.
    Reverted,
    /// It takes another commit of the range back.
    Reverting,
    /// Its message could not be decoded; it counts by what could.
    Undecodable,
}

/// Whether merge commits count by their own messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merges {
    /// They count for nothing.
    CountForNothing,
    /// They count by their messages, as on a first-parent line.
    CountByMessage,
}

impl Reason {
    /// The word of the JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Breaking => "breaking",
            Self::Merge => "merge",
            Self::Fixup => "fixup",
            Self::Unconventional => "unconventional",
            Self::Reverted => "reverted",
            Self::Reverting => "reverting",
            Self::Undecodable => "undecodable",
        }
    }
}

/// How the commits of a range are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Yardstick<'a> {
    pub(super) bumps: &'a Bumps,
    pub(super) merges: Merges,
}

/// Judges the commits of a range, given in the order in which they are shown, and takes them out of the graph.
pub(super) fn judge<H: History>(graph: &mut Graph<'_, H>, range: &[Node], by: Yardstick<'_>) -> Result<Vec<Judged>> {
    for node in range {
        graph.load_whole(*node)?;
    }
    let effects = range_effects(graph, range, by.merges);
    let mut judged = Vec::with_capacity(range.len());
    for (node, effect) in range.iter().zip(effects) {
        let is_merge = graph.parents(*node).len() > 1 && by.merges == Merges::CountForNothing;
        let commit = graph.take_commit(*node)?;
        let (bump, reason) = match effect {
            Effect::Reverted => (Bump::None, Reason::Reverted),
            Effect::Reverting => (Bump::None, Reason::Reverting),
            Effect::Counts if is_merge => (Bump::None, Reason::Merge),
            Effect::Counts => own_bump(&commit, by.bumps),
        };
        judged.push(Judged { commit, bump, reason });
    }
    Ok(judged)
}

fn own_bump(commit: &Commit, bumps: &Bumps) -> (Bump, Reason) {
    let (bump, reason) = match &commit.kind {
        Kind::Fixup(_) => return (Bump::None, Reason::Fixup),
        Kind::Unconventional(_) => (Bump::None, Reason::Unconventional),
        _ if commit.breaking => (Bump::Major, Reason::Breaking),
        Kind::Revert(_) => (bumps.of("revert"), Reason::Type),
        Kind::Conventional(header) => (bumps.of(header.kind()), Reason::Type),
    };
    (bump, if commit.decoding == Decoding::Lossy { Reason::Undecodable } else { reason })
}

/// Which reverts of the range take effect; a merge reverts nothing unless its message counts.
fn range_effects<H: History>(graph: &Graph<'_, H>, range: &[Node], merges: Merges) -> Vec<Effect> {
    let is_merge = |node: &Node| graph.parents(*node).len() > 1;
    let reverts: Vec<_> = range
        .iter()
        .enumerate()
        .filter(|(_, node)| merges == Merges::CountByMessage || !is_merge(node))
        .filter_map(|(at, node)| Some((at, graph.commit(*node)?.revert()?)))
        .filter(|(_, revert)| !revert.targets.is_empty())
        .collect();
    if reverts.is_empty() {
        return vec![Effect::default(); range.len()];
    }
    let positions: HashMap<Node, usize> = range.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    let within =
        |node: &Node| graph.parents(*node).iter().filter_map(|parent| positions.get(parent).copied()).collect();
    let ids: Vec<Id> = range.iter().map(|node| graph.id(*node)).collect();
    let parents: Vec<Vec<usize>> = range.iter().map(within).collect();
    let parents_of = |node: &Node| graph.parents(*node).iter().map(|parent| graph.id(*parent)).collect();
    let merges = range.iter().enumerate().filter(|(_, node)| is_merge(node)).map(|(at, node)| (at, parents_of(node)));
    effects(&Range { ids: &ids, parents: &parents, merges: &merges.collect(), reverts: &reverts })
}
