//! A history seen from another commit than HEAD, and without some of its tags.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::commit::Id;
use crate::error::{Error, Result};
use crate::history::{History, Objects, VersionQuery};
use crate::source::shorten;

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

    /// Hides the version tags of a unit above one of them, so that everything since that one counts
    /// as unreleased; `None`: all of them. Returns its name.
    ///
    /// # Errors
    ///
    /// Fails if there is no such tag, and if the query is about several units.
    pub(crate) fn hide_above(
        &mut self,
        query: VersionQuery<'_>,
        word: Option<&str>,
    ) -> Result<Option<String>> {
        let units = query.units()?;
        let tags = query.version_tags(self.history, &units)?;
        let [tags] = tags.as_slice() else {
            return Err(Error::usage(
                "a range is about one package",
                "pass `--package` with its name",
            ));
        };
        let tags = tags.ascending();
        let named = |word: &str| {
            let is_named = |version: &str| version == word.strip_prefix('v').unwrap_or(word);
            let found = tags
                .iter()
                .find(|tag| tag.name == word || is_named(&tag.version.to_string()));
            found.ok_or_else(|| {
                let message = format!("there is no version tag `{}`", shorten(word));
                Error::usage(message, "run `git tag` to list the tags")
            })
        };
        let lowest = word.map(named).transpose()?;
        for tag in tags {
            if lowest.is_none_or(|lowest| tag.version > lowest.version) {
                self.hidden.insert(tag.name.to_string());
            }
        }
        Ok(lowest.map(|lowest| lowest.name.to_string()))
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
