//! What each commit of a range counts for, and why.
//!
//! Every commit of the range is classified exactly once; those that do not count are listed with
//! the reason.

use std::collections::HashMap;
use std::sync::Arc;

use crate::commit::{Commit, Decoding, Id, Kind};
use crate::config::{Bumps, CommitOverride, OverrideEffect, VersionSettings};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::graph::{Graph, Node};
use crate::history::id_prefix::{IdentifiedNode, SortedIds};
use crate::history::reverts::{Effect, Range};
use crate::version::Bump;

/// A commit with its bump and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassifiedCommit {
    /// The commit.
    pub commit: Commit,
    /// The bump it implies by itself, before the rules for 0.x.
    pub bump: Bump,
    /// Why.
    pub reason: Reason,
    /// What only few commits have.
    extras: Option<Box<Extras>>,
}

/// What only few commits have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Extras {
    /// The commits that it reverts, or that revert it.
    counterparts: Vec<Id>,
    /// The override that names it.
    override_: Option<CommitOverride>,
    /// The packages whose paths it touches.
    packages: Vec<Arc<str>>,
    /// The headers in its body that become entries of the changelog.
    squashed_headers: Vec<String>,
}

/// Why a commit has its bump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Its type, whether or not it has a configured bump.
    Type,
    /// It declares a breaking change.
    Breaking,
    /// It is a merge: the merged commits count by themselves.
    Merge,
    /// It is meant to be squashed into another commit.
    Fixup,
    /// Its header is not conventional.
    Unconventional,
    /// A revert of it takes effect.
    Reverted,
    /// It reverts another commit of the range.
    Reverting,
    /// An override sets its bump or its message.
    Override,
    /// An override skips it.
    Skipped,
    /// Part of its message could not be decoded; the rest counts.
    Undecodable,
}

/// Whether merge commits count by their own messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MergePolicy {
    /// They cause no bump.
    Ignore,
    /// They count by their messages, as on a first-parent line.
    ByMessage,
}

impl MergePolicy {
    /// The policy of the settings.
    pub(super) const fn of(settings: &VersionSettings) -> Self {
        if settings.first_parent {
            Self::ByMessage
        } else {
            Self::Ignore
        }
    }
}

impl ClassifiedCommit {
    /// A commit with this bump for this reason.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(commit: Commit, bump: Bump, reason: Reason) -> Self {
        Self {
            commit,
            bump,
            reason,
            extras: None,
        }
    }

    /// For a revert, the commits that it names; for a reverted commit, its reverts.
    #[must_use]
    pub(crate) fn counterparts(&self) -> &[Id] {
        self.extras
            .as_ref()
            .map_or(&[], |extras| &extras.counterparts)
    }

    /// The override for the commit.
    #[must_use]
    pub(crate) fn override_(&self) -> Option<&CommitOverride> {
        self.extras.as_ref()?.override_.as_ref()
    }

    /// The names of the packages that it belongs to; none if the repository has no packages.
    #[must_use]
    pub(crate) fn packages(&self) -> &[Arc<str>] {
        self.extras.as_ref().map_or(&[], |extras| &extras.packages)
    }

    /// The headers in its body that become entries of the changelog.
    #[must_use]
    pub(crate) fn squashed_headers(&self) -> &[String] {
        self.extras
            .as_ref()
            .map_or(&[], |extras| &extras.squashed_headers)
    }

    /// Sets the headers in its body that become entries of the changelog.
    pub(crate) fn set_squashed_headers(&mut self, headers: Vec<String>) {
        if !headers.is_empty() {
            self.extras.get_or_insert_default().squashed_headers = headers;
        }
    }

    /// Sets the packages that the commit belongs to.
    pub(super) fn with_packages(mut self, packages: Vec<Arc<str>>) -> Self {
        self.extras.get_or_insert_default().packages = packages;
        self
    }
}

impl Reason {
    /// The word in JSON output.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
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

    /// Whether a commit with this reason is left out of changelogs.
    #[must_use]
    pub(crate) const fn is_hidden(self) -> bool {
        matches!(
            self,
            Self::Merge | Self::Fixup | Self::Reverted | Self::Reverting | Self::Skipped
        )
    }
}

/// How the commits of a range are classified.
#[derive(Debug, Clone, Copy)]
pub(super) struct BumpOptions<'a> {
    pub(super) settings: &'a VersionSettings,
    pub(super) merges: MergePolicy,
}

/// The commits of a range that are classified: all of them, or those of a package.
pub(super) struct Selection<'a> {
    /// The whole range, in which a revert may name a merge.
    pub(super) range: &'a [Node],
    /// The commits of the range that are classified, in the order in which they are shown.
    pub(super) members: &'a [Node],
    pub(super) is_member: &'a dyn Fn(Node) -> bool,
}

/// A commit as it was written, or as an override corrects it.
#[derive(Clone)]
pub(super) struct EffectiveCommit<'a> {
    commit: Commit,
    override_: Option<&'a CommitOverride>,
}

impl<'a> Selection<'a> {
    /// All of a range.
    pub(super) const fn all(range: &'a [Node]) -> Self {
        Self {
            range,
            members: range,
            is_member: &|_| true,
        }
    }
}

impl EffectiveCommit<'_> {
    /// Whether it names commits that it reverts.
    pub(super) fn is_revert(&self) -> bool {
        self.commit.revert().is_some()
    }
}

/// Classifies commits, which are moved out of the graph.
pub(super) fn classify<H: History>(
    graph: &mut Graph<'_, H>,
    selection: &Selection<'_>,
    by: BumpOptions<'_>,
) -> Result<Vec<ClassifiedCommit>> {
    let effective = take_commits(graph, selection, &by.settings.overrides)?;
    let mut effects = effects(graph, selection, effective.iter(), by.merges)?;
    let classify_one = |(node, effective): (&Node, EffectiveCommit<'_>)| {
        let is_merge = graph.parents(*node).len() > 1 && by.merges == MergePolicy::Ignore;
        classified(effective, effects.remove(node), is_merge, by.settings)
    };
    Ok(selection
        .members
        .iter()
        .zip(effective)
        .map(classify_one)
        .collect())
}

/// Classifies commits that have been read.
pub(super) fn classify_loaded<H: History>(
    graph: &Graph<'_, H>,
    selection: &Selection<'_>,
    effective: &HashMap<Node, EffectiveCommit<'_>>,
    by: BumpOptions<'_>,
) -> Result<Vec<ClassifiedCommit>> {
    let all = || selection.members.iter().map(|node| &effective[node]);
    let mut effects = effects(graph, selection, all(), by.merges)?;
    let classify_one = |(node, effective): (&Node, &EffectiveCommit<'_>)| {
        let is_merge = graph.parents(*node).len() > 1 && by.merges == MergePolicy::Ignore;
        classified(
            effective.clone(),
            effects.remove(node),
            is_merge,
            by.settings,
        )
    };
    Ok(selection
        .members
        .iter()
        .zip(all())
        .map(classify_one)
        .collect())
}

fn classified(
    effective: EffectiveCommit<'_>,
    effect: Option<Effect>,
    is_merge: bool,
    settings: &VersionSettings,
) -> ClassifiedCommit {
    let (bump, reason) = effective_bump(&effective, effect.as_ref(), is_merge, &settings.bumps);
    let extras = (effect.is_some() || effective.override_.is_some()).then(|| {
        let counterparts = effect.map(Effect::into_counterparts).unwrap_or_default();
        Box::new(Extras {
            counterparts,
            override_: effective.override_.cloned(),
            ..Extras::default()
        })
    });
    ClassifiedCommit {
        commit: effective.commit,
        bump,
        reason,
        extras,
    }
}

/// Moves commits out of the graph, with overrides applied.
///
/// Fails if an override matches several commits of the range.
pub(super) fn take_commits<'a, H: History>(
    graph: &mut Graph<'_, H>,
    selection: &Selection<'_>,
    overrides: &'a [CommitOverride],
) -> Result<Vec<EffectiveCommit<'a>>> {
    let identified = |node: &Node| IdentifiedNode {
        id: graph.id(*node),
        node: *node,
    };
    let mut override_ = resolve_overrides(selection.range.iter().map(identified), overrides)?;
    let mut read = |node: &Node| {
        let commit = graph.take_commit(*node)?;
        let override_ = override_.remove(node);
        Ok(match override_.map(|override_| &override_.effect) {
            Some(OverrideEffect::Message(message)) => EffectiveCommit {
                commit: commit.reworded(message),
                override_,
            },
            _ => EffectiveCommit { commit, override_ },
        })
    };
    selection.members.iter().map(&mut read).collect()
}

/// The override of each commit of a range that has one.
fn resolve_overrides(
    range: impl Iterator<Item = IdentifiedNode>,
    overrides: &[CommitOverride],
) -> Result<HashMap<Node, &CommitOverride>> {
    let mut named = HashMap::new();
    if overrides.is_empty() {
        return Ok(named);
    }
    let ids = SortedIds::new(range);
    for override_ in overrides {
        let mut matches = ids.with_prefix(&override_.commit);
        let first = matches.next();
        if let (Some(one), Some(other)) = (first, matches.next()) {
            return Err(Error::usage(
                format!(
                    "`{}` in an `[[override]]` matches several commits, such as `{}` and `{}`",
                    override_.commit, one.id, other.id
                ),
                "use more digits of the commit ID",
            ));
        }
        named.extend(first.map(|commit| (commit.node, override_)));
    }
    Ok(named)
}

/// The bump of a commit and its reason; overrides come first, since a person has reviewed them.
fn effective_bump(
    effective: &EffectiveCommit<'_>,
    effect: Option<&Effect>,
    is_merge: bool,
    bumps: &Bumps,
) -> (Bump, Reason) {
    match (
        effective.override_.map(|override_| &override_.effect),
        effect,
    ) {
        (Some(OverrideEffect::Skip(_)), _) => (Bump::None, Reason::Skipped),
        (Some(OverrideEffect::Bump(bump)), _) => (*bump, Reason::Override),
        (_, Some(Effect::Reverted(_))) => (Bump::None, Reason::Reverted),
        (_, Some(Effect::Reverting(_))) => (Bump::None, Reason::Reverting),
        _ if is_merge => (Bump::None, Reason::Merge),
        (Some(OverrideEffect::Message(_)), None) => {
            (bump_by_itself(&effective.commit, bumps).0, Reason::Override)
        }
        (None, None) => bump_by_itself(&effective.commit, bumps),
    }
}

fn bump_by_itself(commit: &Commit, bumps: &Bumps) -> (Bump, Reason) {
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

/// The reverts that take effect. A merge reverts nothing unless its message counts; a skipped
/// commit never does.
fn effects<'w, H: History>(
    graph: &Graph<'_, H>,
    selection: &Selection<'_>,
    effective: impl Iterator<Item = &'w EffectiveCommit<'w>>,
    merges: MergePolicy,
) -> Result<HashMap<Node, Effect>> {
    let is_skipped = |effective: &EffectiveCommit<'_>| {
        effective
            .override_
            .is_some_and(|override_| matches!(override_.effect, OverrideEffect::Skip(_)))
    };
    let reverts = selection
        .members
        .iter()
        .zip(effective)
        .filter(|(node, _)| merges == MergePolicy::ByMessage || graph.parents(**node).len() < 2)
        .filter_map(|(node, effective)| {
            Some((*node, effective.commit.revert()?)).filter(|_| !is_skipped(effective))
        })
        .filter(|(_, revert)| !revert.targets.is_empty())
        .collect();
    Range {
        graph,
        nodes: selection.range,
        is_member: selection.is_member,
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
                .map(|(id, node)| IdentifiedNode { id, node });
            let effect = OverrideEffect::Bump(Bump::None);
            let override_ = CommitOverride {
                commit: digits.into(),
                effect,
                span: Span::default(),
            };
            resolve_overrides(range, &[override_])
                .map(|named| named.keys().copied().collect::<Vec<_>>())
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
