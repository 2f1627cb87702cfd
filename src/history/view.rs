//! A history seen from another commit than HEAD, and without some of its tags.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::commit::Id;
use crate::error::Result;
use crate::history::{History, Objects};

/// A history with another commit as HEAD, and without some of its tags.
#[derive(Debug)]
pub(crate) struct HistoryView<'h, H> {
    history: &'h H,
    head: Id,
    hidden: HashSet<String>,
}

impl<'h, H: History> HistoryView<'h, H> {
    /// The history with this commit as HEAD.
    pub(crate) fn new(history: &'h H, head: Id) -> Self {
        Self {
            history,
            head,
            hidden: HashSet::new(),
        }
    }

    /// Hides a tag.
    pub(super) fn hide(&mut self, tag: &str) {
        self.hidden.insert(tag.to_owned());
    }
}

impl<H: History> Objects for HistoryView<'_, H> {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.history.commit(id)
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.history.tree(id)
    }
}

impl<H: History> History for HistoryView<'_, H> {
    fn head(&self) -> Result<Option<Id>> {
        Ok(Some(self.head))
    }

    fn tag_names(&self) -> Result<impl Iterator<Item = Cow<'_, str>>> {
        let names = self.history.tag_names()?;
        Ok(names.filter(|name| !self.hidden.contains(name.as_ref())))
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        self.history.tag_commit(name)
    }

    fn known_target(&self, name: &str) -> Option<Id> {
        self.history.known_target(name)
    }

    fn tag_time(&self, name: &str) -> Result<Option<i64>> {
        self.history.tag_time(name)
    }

    fn try_clone(&self, number: usize) -> Result<impl Objects> {
        self.history.try_clone(number)
    }

    fn is_shallow(&self, id: Id) -> bool {
        self.history.is_shallow(id)
    }
}
