//! What a file says once a branch is merged, without merging it: as git would put both sides together.
//!
//! What only one side changed since the branch left the base is that side's. Renames are not followed, so that a file which
//! one side moves and the other edits counts as a conflict, which merging the base into the branch settles.

use std::collections::BTreeSet;

use crate::config::GlobsBelow;
use crate::error::Result;
use crate::git::{CommitTree, merged};
use crate::source::Source;

/// The trees that a branch is judged by.
pub(super) struct Trees<'r> {
    /// That of the tip of the base.
    pub(super) base: CommitTree<'r>,
    /// Those of the commits where the branch left the base.
    pub(super) merge_bases: Vec<CommitTree<'r>>,
    /// That of the tip of the branch.
    pub(super) head: CommitTree<'r>,
}

/// What a merge leaves at a path; no text where there is no file.
pub(super) enum Outcome {
    /// What the base has.
    OfBase(Option<Source>),
    /// What the branch makes of what the base has.
    OfBranch(Option<Source>),
    /// What the branch has, where git leaves it to a person to put both together.
    Conflict(Option<Source>),
}

impl Trees<'_> {
    /// The paths at which the head differs from a commit where it left the base.
    pub(super) fn changed_paths(&self) -> Result<BTreeSet<String>> {
        if self.merge_bases.is_empty() {
            return Ok(self.head.changed_since(None)?.into_iter().collect());
        }
        let mut changed = BTreeSet::new();
        for merge_base in &self.merge_bases {
            changed.extend(self.head.changed_since(Some(merge_base))?);
        }
        Ok(changed)
    }

    /// Those of some paths at which a link or a submodule stands or stood that may stand for what `globs` match.
    ///
    /// Fails where a tree cannot be read.
    pub(super) fn links_among(&self, paths: &BTreeSet<String>, globs: &GlobsBelow) -> Result<BTreeSet<String>> {
        let mut links = BTreeSet::new();
        for path in paths.iter().filter(|path| globs.may_match(path)) {
            for tree in self.merge_bases.iter().chain([&self.head]) {
                if tree.is_link(path)? {
                    links.insert(path.clone());
                }
            }
        }
        Ok(links)
    }

    /// What a merge leaves at a path of which `read` gives the text; texts of more than `most` bytes are not merged.
    ///
    /// Fails where a tree cannot be read, and where `read` does.
    pub(super) fn outcome(
        &self,
        path: &str,
        most: usize,
        read: impl Fn(&CommitTree<'_>) -> Result<Option<Source>>,
    ) -> Result<Outcome> {
        let at = |tree: &CommitTree<'_>| tree.object_at(path.as_ref());
        let (ours, theirs) = (at(&self.base)?, at(&self.head)?);
        let left = self.merge_bases.iter().map(at).collect::<Result<Vec<_>>>()?;
        let is_same_as = |object| left.iter().all(|left| *left == object) && (object.is_none() || !left.is_empty());
        if ours == theirs || is_same_as(theirs) {
            return Ok(Outcome::OfBase(read(&self.base)?));
        }
        let head = read(&self.head)?;
        if is_same_as(ours) {
            return Ok(Outcome::OfBranch(head));
        }
        // Where the branch left the base at several commits that do not agree, git guesses, and nothing here does.
        let is_one = left.iter().all(|other| *other == left[0]);
        let Some(merge_base) = self.merge_bases.first().filter(|_| is_one) else { return Ok(Outcome::Conflict(head)) };
        let (Some(old), Some(ours), Some(theirs)) = (read(merge_base)?, read(&self.base)?, &head) else {
            return Ok(Outcome::Conflict(head));
        };
        let is_whole = [&old, &ours, theirs].iter().all(|source| source.text().len() <= most);
        let both = if is_whole { merged(old.text(), ours.text(), theirs.text()) } else { None };
        Ok(match both {
            Some(both) => Outcome::OfBranch(Some(Source::new(path, both))),
            None => Outcome::Conflict(head),
        })
    }
}
