//! The next version, and the commits of each release.
//!
//! Pure: a repository is whatever implements [`History`]. Reachability and semantic versions decide
//! everything here; dates affect only the order of a walk, and so its cost (docs/design/versions.md).

mod base;
mod before_tag;
mod changed_packages;
mod classify;
mod difference;
mod divergence;
mod graph;
mod id_prefix;
mod next;
mod nodes;
mod order;
mod packages;
mod paths;
mod prefetch;
mod range;
mod release_signs;
mod released_dependencies;
mod releases;
mod reverts;
mod tag_schemes;
mod tags;
#[cfg(test)]
pub(crate) mod testing;
mod trees;
mod unknown;
mod untagged;
mod versions;
mod view;

use std::borrow::Cow;

use crate::commit::Id;
use crate::error::Result;

pub use base::Base;
pub(crate) use base::{RejectedTag, RejectionReason};
pub(crate) use before_tag::{HistoryBeforeTag, version_of_packages};
pub use classify::{ClassifiedCommit, Reason};
pub(crate) use divergence::{Divergence, divergence};
pub(crate) use next::{CurrentScope, Origin};
pub use next::{NextOptions, NextVersion};
pub(crate) use range::{ScopeReader, reachable_from_start, reached, visit};
pub(crate) use release_signs::{Evidence, Manifest, TagRemote};
pub(crate) use released_dependencies::{Dependency, dependencies_by_tag};
pub(crate) use releases::{Recent, ReleaseReader};
pub use releases::{Release, ReleaseQuery, Releases, Scope};
pub(crate) use tag_schemes::{IgnoreReason, IgnoredTag, TagScheme, ignored_tags};
pub(crate) use tags::{MixedTags, possible_prefixes};
pub(crate) use trees::{Bytes, MAX_FILE_BYTES, Trees, parents, paths_changed_by};
pub(crate) use unknown::UnknownVersion;
pub(crate) use untagged::{UntaggedRelease, is_release_commit, untagged_release};
pub(crate) use versions::{CurrentVersion, DueUnit};
pub use versions::{Unit, VersionQuery, Versions};
pub(crate) use view::HistoryView;

// For the tests of this package.
#[doc(hidden)]
pub use trees::{File, Mode, Tree};

/// Raw objects by their IDs.
pub trait Objects {
    /// The bytes of a commit object.
    ///
    /// # Errors
    ///
    /// Fails if the object is missing or too large; the error names it.
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>>;

    /// The bytes of a tree object.
    ///
    /// # Errors
    ///
    /// Fails if the object is missing or too large; the error names it.
    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>>;
}

impl<O: Objects> Objects for &O {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        (**self).commit(id)
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        (**self).tree(id)
    }
}

/// What versions are computed from: raw objects, tags, and where the history is cut off.
pub trait History: Objects + Sync {
    /// The commit of HEAD; `None` if the branch is unborn.
    ///
    /// # Errors
    ///
    /// Fails if HEAD cannot be read.
    fn head(&self) -> Result<Option<Id>>;

    /// The names of all tags, without `refs/tags/`.
    ///
    /// # Errors
    ///
    /// Fails if the tags cannot be listed.
    fn tag_names(&self) -> Result<impl Iterator<Item = Cow<'_, str>>>;

    /// The commit that a tag leads to; `None` if it leads to something else.
    ///
    /// # Errors
    ///
    /// Fails if the tag cannot be read.
    fn tag_commit(&self, name: &str) -> Result<Option<Id>>;

    /// The object that a tag leads to through all tags, of any type, if it is known without opening an
    /// object. Commands are faster if it is, and give the same answers.
    fn known_target(&self, _name: &str) -> Option<Id> {
        None
    }

    /// When a tag was made, in seconds since 1970: the tagger's time; `None` for a lightweight tag.
    ///
    /// # Errors
    ///
    /// Fails if the tag cannot be read.
    fn tag_time(&self, name: &str) -> Result<Option<i64>>;

    /// Another handle to the same objects for thread `number`, counted from 1.
    ///
    /// # Errors
    ///
    /// Fails if the objects cannot be opened again.
    fn try_clone(&self, number: usize) -> Result<impl Objects>;

    /// Whether history is cut off at this commit: its parents are missing here.
    fn is_shallow(&self, id: Id) -> bool;
}
