//! What each commit of a range counts for, and why.
//!
//! Every commit of the range is judged exactly once; whatever does not count is listed with its
//! reason.

use std::collections::HashMap;
use std::sync::Arc;

use crate::commit::{Commit, Decoding, Id, Kind};
use crate::config::{Bumps, CommitOverride, OverrideEffect, VersionSettings};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::graph::{Graph, Node};
use crate::history::reverts::{Effect, Range};
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
    /// What few commits have.
    remarks: Option<Box<Remarks>>,
}

/// What is told of few commits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Remarks {
    /// The commits that it takes back, or that take it back.
    counterparts: Vec<Id>,
    /// The override that names it.
    said: Option<CommitOverride>,
    /// The packages whose paths it touches.
    packages: Vec<Arc<str>>,
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
    /// An override says what it counts for, or what it should have said.
    Override,
    /// An override takes it out.
    Skipped,
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

impl Judged {
    /// A commit that counts for this.
    #[must_use]
    pub const fn new(commit: Commit, bump: Bump, reason: Reason) -> Self {
        Self {
            commit,
            bump,
            reason,
            remarks: None,
        }
    }

    /// Of a commit that takes others back, those that it names; of one that is taken back, those
    /// that do it.
    #[must_use]
    pub fn counterparts(&self) -> &[Id] {
        self.remarks
            .as_ref()
            .map_or(&[], |remarks| &remarks.counterparts)
    }

    /// The override that names the commit.
    #[must_use]
    pub fn overridden(&self) -> Option<&CommitOverride> {
        self.remarks.as_ref()?.said.as_ref()
    }

    /// The names of the packages that it belongs to; none where the repository has no packages.
    #[must_use]
    pub fn packages(&self) -> &[Arc<str>] {
        self.remarks
            .as_ref()
            .map_or(&[], |remarks| &remarks.packages)
    }

    /// Says which packages the commit belongs to.
    pub(super) fn belonging_to(mut self, packages: Vec<Arc<str>>) -> Self {
        self.remarks.get_or_insert_default().packages = packages;
        self
    }
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
            Self::Override | Self::Skipped => "override",
            Self::Undecodable => "undecodable",
        }
    }

    /// Whether a commit for this reason stands in no changelog.
    #[must_use]
    pub const fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Merge | Self::Fixup | Self::Reverted | Self::Reverting | Self::Skipped
        )
    }
}

/// How the commits of a range are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Yardstick<'a> {
    pub(super) settings: &'a VersionSettings,
    pub(super) merges: Merges,
}

/// The commits of a range that are judged: all of them, or those of a package.
pub(super) struct Share<'a> {
    /// The whole range: a revert may name what is a merge there.
    pub(super) range: &'a [Node],
    /// Those of it that are judged, in the order in which they are shown.
    pub(super) members: &'a [Node],
    pub(super) is_member: &'a dyn Fn(Node) -> bool,
}

/// A commit as it was written, or as an override says that it should have been.
#[derive(Clone)]
pub(super) struct Worded<'a> {
    commit: Commit,
    said: Option<&'a CommitOverride>,
}

impl<'a> Share<'a> {
    /// All of a range.
    pub(super) const fn whole(range: &'a [Node]) -> Self {
        Self {
            range,
            members: range,
            is_member: &|_| true,
        }
    }
}

impl Worded<'_> {
    /// Whether it names commits that it takes back.
    pub(super) fn takes_back(&self) -> bool {
        self.commit.revert().is_some()
    }
}

/// Judges commits, and takes them out of the graph.
pub(super) fn judge<H: History>(
    graph: &mut Graph<'_, H>,
    share: &Share<'_>,
    by: Yardstick<'_>,
) -> Result<Vec<Judged>> {
    let worded = read(graph, share, &by.settings.overrides)?;
    let mut effects = effects(graph, share, worded.iter(), by.merges)?;
    let judged = |(node, worded): (&Node, Worded<'_>)| {
        let is_merge = graph.parents(*node).len() > 1 && by.merges == Merges::CountForNothing;
        counted(worded, effects.remove(node), is_merge, by.settings)
    };
    Ok(share.members.iter().zip(worded).map(judged).collect())
}

/// Judges commits that were read already.
pub(super) fn judge_read<H: History>(
    graph: &Graph<'_, H>,
    share: &Share<'_>,
    worded: &HashMap<Node, Worded<'_>>,
    by: Yardstick<'_>,
) -> Result<Vec<Judged>> {
    let all = || share.members.iter().map(|node| &worded[node]);
    let mut effects = effects(graph, share, all(), by.merges)?;
    let judged = |(node, worded): (&Node, &Worded<'_>)| {
        let is_merge = graph.parents(*node).len() > 1 && by.merges == Merges::CountForNothing;
        counted(worded.clone(), effects.remove(node), is_merge, by.settings)
    };
    Ok(share.members.iter().zip(all()).map(judged).collect())
}

fn counted(
    worded: Worded<'_>,
    effect: Option<Effect>,
    is_merge: bool,
    settings: &VersionSettings,
) -> Judged {
    let (bump, reason) = verdict(&worded, effect.as_ref(), is_merge, &settings.bumps);
    let remarks = (effect.is_some() || worded.said.is_some()).then(|| {
        let counterparts = effect.map(Effect::into_counterparts).unwrap_or_default();
        Box::new(Remarks {
            counterparts,
            said: worded.said.cloned(),
            packages: Vec::new(),
        })
    });
    Judged {
        commit: worded.commit,
        bump,
        reason,
        remarks,
    }
}

/// Takes commits out of the graph, each as it counts.
///
/// Fails where an override names several commits of the range.
pub(super) fn read<'a, H: History>(
    graph: &mut Graph<'_, H>,
    share: &Share<'_>,
    overrides: &'a [CommitOverride],
) -> Result<Vec<Worded<'a>>> {
    let ids: Vec<(Id, Node)> = match overrides {
        [] => Vec::new(),
        _ => share
            .range
            .iter()
            .map(|node| (graph.id(*node), *node))
            .collect(),
    };
    let mut said = named(ids, overrides)?;
    let mut read = |node: &Node| {
        let commit = graph.take_commit(*node)?;
        let said = said.remove(node);
        Ok(match said.map(|said| &said.effect) {
            Some(OverrideEffect::Message(message)) => Worded {
                commit: commit.reworded(message),
                said,
            },
            _ => Worded { commit, said },
        })
    };
    share.members.iter().map(&mut read).collect()
}

/// Which commits of a range the overrides name.
fn named(
    mut range: Vec<(Id, Node)>,
    overrides: &[CommitOverride],
) -> Result<HashMap<Node, &CommitOverride>> {
    let mut named = HashMap::new();
    range.sort_unstable();
    for said in overrides {
        let first = range.partition_point(|(id, _)| id.to_string() < said.commit);
        let hits: Vec<&(Id, Node)> = range[first..]
            .iter()
            .take(2)
            .filter(|(id, _)| id.starts_with(&said.commit))
            .collect();
        if let [(one, _), (other, _)] = hits[..] {
            return Err(Error::usage(
                format!(
                    "`{}` in an `[[override]]` matches several commits, such as `{one}` and `{other}`",
                    said.commit
                ),
                "use more digits of the commit ID",
            ));
        }
        named.extend(hits.first().map(|(_, node)| (*node, said)));
    }
    Ok(named)
}

/// What a commit counts for; overrides come first, since a person has looked at them.
fn verdict(
    worded: &Worded<'_>,
    effect: Option<&Effect>,
    is_merge: bool,
    bumps: &Bumps,
) -> (Bump, Reason) {
    match (worded.said.map(|said| &said.effect), effect) {
        (Some(OverrideEffect::Skip(_)), _) => (Bump::None, Reason::Skipped),
        (Some(OverrideEffect::Bump(bump)), _) => (*bump, Reason::Override),
        (_, Some(Effect::Reverted(_))) => (Bump::None, Reason::Reverted),
        (_, Some(Effect::Reverting(_))) => (Bump::None, Reason::Reverting),
        _ if is_merge => (Bump::None, Reason::Merge),
        (Some(OverrideEffect::Message(_)), None) => {
            (own_bump(&worded.commit, bumps).0, Reason::Override)
        }
        (None, None) => own_bump(&worded.commit, bumps),
    }
}

fn own_bump(commit: &Commit, bumps: &Bumps) -> (Bump, Reason) {
    let (bump, reason) = match &commit.kind {
        Kind::Fixup(_) => return (Bump::None, Reason::Fixup),
        Kind::Unconventional(_) => (Bump::None, Reason::Unconventional),
        _ if commit.breaking => (Bump::Major, Reason::Breaking),
        Kind::Revert(_) => (bumps.of("revert"), Reason::Type),
        Kind::Conventional(header) => (bumps.of(header.kind()), Reason::Type),
    };
    (
        bump,
        if commit.decoding == Decoding::Lossy {
            Reason::Undecodable
        } else {
            reason
        },
    )
}

/// Which reverts take effect; a merge reverts nothing unless its message counts, a skipped commit
/// never.
fn effects<'w, H: History>(
    graph: &Graph<'_, H>,
    share: &Share<'_>,
    worded: impl Iterator<Item = &'w Worded<'w>>,
    merges: Merges,
) -> Result<HashMap<Node, Effect>> {
    let is_skipped = |worded: &Worded<'_>| {
        worded
            .said
            .is_some_and(|said| matches!(said.effect, OverrideEffect::Skip(_)))
    };
    let reverts = share
        .members
        .iter()
        .zip(worded)
        .filter(|(node, _)| merges == Merges::CountByMessage || graph.parents(**node).len() < 2)
        .filter_map(|(node, worded)| {
            Some((*node, worded.commit.revert()?)).filter(|_| !is_skipped(worded))
        })
        .filter(|(_, revert)| !revert.targets.is_empty())
        .collect();
    Range {
        graph,
        nodes: share.range,
        is_member: share.is_member,
        reverts,
    }
    .effects()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn an_override_names_one_commit_or_none_and_never_several() {
        let named_by = |digits: &str| {
            let range = [[0x10; 20], [0x20; 20], [0x21; 20]]
                .map(Id::new)
                .into_iter()
                .zip(0..)
                .collect();
            let effect = OverrideEffect::Bump(Bump::None);
            let said = CommitOverride {
                commit: digits.into(),
                effect,
                span: Span::default(),
            };
            named(range, &[said]).map(|named| named.keys().copied().collect::<Vec<_>>())
        };
        assert_eq!(named_by("1010101").unwrap(), [0]);
        assert_eq!(named_by("20").unwrap(), [1]);
        assert!(named_by("3010101").unwrap().is_empty());
        assert!(
            named_by("2")
                .unwrap_err()
                .to_string()
                .contains("matches several commits")
        );
    }
}
