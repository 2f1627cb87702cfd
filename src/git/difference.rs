//! The differences of two commits as values.

use std::collections::{BTreeMap, BTreeSet};

use crate::commit::Id;

/// The differences of a commit from an older one. A file that becomes a link is deleted and added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Difference {
    /// Files that only the newer commit has, by path.
    pub(crate) added: BTreeMap<String, Id>,
    /// Files that only the older commit has, by path.
    pub(crate) deleted: BTreeMap<String, Id>,
    /// Paths whose content differs.
    pub(crate) modified: BTreeSet<String>,
}

impl Difference {
    /// The paths at which the commits differ.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &String> {
        self.added
            .keys()
            .chain(self.deleted.keys())
            .chain(&self.modified)
    }

    /// Whether the newer commit has something at a path that the older one does not have.
    #[must_use]
    pub(crate) fn has_content_at(&self, path: &str) -> bool {
        self.modified.contains(path) || self.added.contains_key(path)
    }
}
