//! The releases that the tags of the repository record, read once.

use std::collections::BTreeMap;

use crate::commit::{Id, RawTag};
use crate::error::Result;
use crate::git::{GitHistory, Repository, TagObject};
use crate::history::{History as _, reached};
use crate::release::Record;

/// The releases of this tool that tags record.
#[derive(Debug, Default)]
pub(super) struct TagRecords(BTreeMap<String, TagRecord>);

/// A release that a tag records.
#[derive(Debug)]
pub(super) struct TagRecord {
    /// The tag's name.
    pub(super) tag: String,
    /// The release commit.
    pub(super) commit: Id,
    /// What the tag says.
    pub(super) record: Record,
}

impl TagRecords {
    /// Reads every tag.
    ///
    /// # Errors
    ///
    /// Fails where one cannot be read.
    pub(super) fn read(repository: &Repository, history: &GitHistory<'_>) -> Result<Self> {
        let mut found = BTreeMap::new();
        for tag in history.tag_names()? {
            found.extend(read(repository, &tag)?.map(|record| (tag, record)));
        }
        Ok(Self(found))
    }

    /// The records, by the names of their tags.
    pub(super) fn iter(&self) -> impl Iterator<Item = &TagRecord> {
        self.0.values()
    }

    /// The record of a tag; `None` where this tool did not make it.
    pub(super) fn of(&self, tag: &str) -> Option<&TagRecord> {
        self.0.get(tag)
    }
}

impl TagRecord {
    /// Whether a commit reaches the release.
    ///
    /// # Errors
    ///
    /// Fails where history is missing.
    pub(super) fn is_reached(&self, history: &GitHistory<'_>, tip: Id) -> Result<bool> {
        Ok(reached(history, tip, &[self.commit])?[0])
    }
}

/// What a tag records; `None` where this tool did not make it, or it leads to no commit.
pub(super) fn read(repository: &Repository, tag: &str) -> Result<Option<TagRecord>> {
    let Some(TagObject::Annotated { object, .. }) = repository.tag_object(tag)? else { return Ok(None) };
    let Some(raw) = RawTag::parse(&object).filter(|raw| raw.target_type == b"commit") else { return Ok(None) };
    let record = Record::read(&String::from_utf8_lossy(raw.message));
    Ok(record.map(|record| TagRecord { tag: tag.to_owned(), commit: raw.target, record }))
}
