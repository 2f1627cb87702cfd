//! The releases that the tags of the repository record, read once, on demand.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::commit::{Id, RawTag};
use crate::error::Result;
use crate::git::{GitHistory, Repository, TagObject};
use crate::history::{History as _, reached};
use crate::release::TagMetadata;
use crate::source::sanitise_line;
use crate::version::from_tag;

/// The releases by Tollgate that tags record.
pub(crate) struct TagRecords<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    by_tag: OnceCell<BTreeMap<String, TagRecord>>,
}

/// A release that a tag records.
#[derive(Debug)]
pub(crate) struct TagRecord {
    /// The tag's name.
    pub(crate) tag: String,
    /// The release commit.
    pub(crate) commit: Id,
    /// The trailers of the tag.
    pub(crate) metadata: TagMetadata,
}

impl<'r> TagRecords<'r> {
    /// Reads nothing until a record is requested.
    pub(crate) const fn new(repository: &'r Repository, history: &'r GitHistory<'r>) -> Self {
        Self {
            repository,
            history,
            by_tag: OnceCell::new(),
        }
    }

    /// The records of all tags.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn all(&self) -> Result<impl Iterator<Item = &TagRecord>> {
        Ok(self.by_tag()?.values())
    }

    /// The record of a tag; `None` if Tollgate did not make it, or if there is no such tag.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn get(&self, tag: &str) -> Result<Option<&TagRecord>> {
        Ok(self.by_tag()?.get(tag))
    }

    /// Opens each tag of the repository on the first call.
    fn by_tag(&self) -> Result<&BTreeMap<String, TagRecord>> {
        if let Some(known) = self.by_tag.get() {
            return Ok(known);
        }
        let mut found = BTreeMap::new();
        for tag in self.history.tag_names()? {
            found.extend(read(self.repository, &tag)?.map(|record| (tag, record)));
        }
        Ok(self.by_tag.get_or_init(|| found))
    }

    /// The first stable release in the history of a commit that contains a ticket; `None` if there
    /// is none.
    ///
    /// A pre-release does not complete a ticket: work continues until the stable release, which
    /// counts its commits again.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn first_release_of(&self, id: &str, tip: Id) -> Result<Option<&TagRecord>> {
        let (id, history) = (sanitise_line(id), self.history);
        let carries_out = |record: &&TagRecord| {
            record
                .metadata
                .tickets()
                .any(|ticket| ticket.id == id && ticket.digest.is_some())
                && !record.is_prerelease()
        };
        let mut first: Option<&TagRecord> = None;
        for record in self.all()?.filter(carries_out) {
            let is_earlier = match first {
                None => record.is_reached(history, tip)?,
                Some(first) => record.is_reached(history, first.commit)?,
            };
            if is_earlier {
                first = Some(record);
            }
        }
        Ok(first)
    }
}

impl TagRecord {
    /// Whether a commit reaches the release.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn is_reached(&self, history: &GitHistory<'_>, tip: Id) -> Result<bool> {
        Ok(reached(history, tip, &[self.commit])?[0])
    }

    /// Whether the release is a pre-release, by the version that its tag's name ends with.
    fn is_prerelease(&self) -> bool {
        let digits = self
            .tag
            .char_indices()
            .filter(|(_, character)| character.is_ascii_digit());
        let version = digits
            .map(|(at, _)| at)
            .find_map(|at| from_tag(&self.tag, &self.tag[..at]));
        version.is_some_and(|version| !version.pre.is_empty())
    }
}

/// The record in a tag; `None` if Tollgate did not make the tag, or if it does not lead to a
/// commit.
pub(crate) fn read(repository: &Repository, tag: &str) -> Result<Option<TagRecord>> {
    let Some(TagObject::Annotated { object, .. }) = repository.tag_object(tag)? else {
        return Ok(None);
    };
    let Some(raw) = RawTag::parse(&object).filter(|raw| raw.target_type == b"commit") else {
        return Ok(None);
    };
    let record = TagMetadata::read(&String::from_utf8_lossy(raw.message));
    Ok(record.map(|record| TagRecord {
        tag: tag.to_owned(),
        commit: raw.target,
        metadata: record,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_prerelease(tag: &str) -> bool {
        let record = TagMetadata::read("x\n\nTool: tollgate 0.1.0\n").unwrap();
        TagRecord {
            tag: tag.to_owned(),
            commit: Id::new([1; 20]),
            metadata: record,
        }
        .is_prerelease()
    }

    #[test]
    fn a_prerelease_is_known_by_the_name_of_its_tag() {
        for tag in ["v1.0.0-rc.1", "1.0.0-alpha", "app2-v1.0.0-rc.1+77"] {
            assert!(is_prerelease(tag), "{tag}");
        }
        for tag in [
            "v1.0.0",
            "app2-v1.0.0",
            "v1.0.0+77",
            "core-rc-v1.0.0",
            "nightly",
        ] {
            assert!(!is_prerelease(tag), "{tag}");
        }
    }
}
