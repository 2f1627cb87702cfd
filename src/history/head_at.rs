//! A history as it is, seen from another commit than HEAD.

use crate::commit::Id;
use crate::error::Result;
use crate::history::{History, Objects};

/// A history whose HEAD stands on a commit of one's choice.
#[derive(Debug)]
pub struct HeadAt<'h, H> {
    history: &'h H,
    head: Id,
}

impl<'h, H: History> HeadAt<'h, H> {
    /// Looks from a commit.
    pub const fn new(history: &'h H, head: Id) -> Self {
        Self { history, head }
    }
}

impl<H: History> Objects for HeadAt<'_, H> {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.history.commit(id)
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.history.tree(id)
    }
}

impl<H: History> History for HeadAt<'_, H> {
    fn head(&self) -> Result<Option<Id>> {
        Ok(Some(self.head))
    }

    fn tag_names(&self) -> Result<Vec<String>> {
        self.history.tag_names()
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        self.history.tag_commit(name)
    }

    fn tag_time(&self, name: &str) -> Result<Option<i64>> {
        self.history.tag_time(name)
    }

    fn beside(&self, number: usize) -> Result<impl Objects> {
        self.history.beside(number)
    }

    fn is_shallow(&self, id: Id) -> bool {
        self.history.is_shallow(id)
    }
}
