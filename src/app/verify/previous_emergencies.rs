//! The check of the earlier emergency releases that a tag names.
//!
//! Later releases are checked for the follow-up of these emergencies, so a tag that omits one hides
//! it from them.

use std::collections::BTreeSet;

use crate::app::release::previous_emergencies::{EmergencyReleases, named_by};
use crate::app::release::tag_records::{TagRecord, TagRecords};
use crate::commit::Id;
use crate::error::Result;
use crate::release::{Check, CheckKind, Outcome};
use crate::source::{join_and, shorten};

/// Compares the emergencies that a tag names, and those that they name, with the emergencies that
/// the released commit contains; `None` if there are none, or if an earlier version of Tollgate did
/// not record them.
///
/// # Errors
///
/// Fails if a tag cannot be read, and if history is missing.
pub(super) fn emergencies_check(
    records: &TagRecords<'_>,
    released: Id,
    record: &TagRecord,
) -> Result<Option<Check>> {
    if record.metadata.previous_emergencies().is_none() {
        return Ok(None);
    }
    let contained = EmergencyReleases::find_in_all_tags(records, released)?;
    let named = named_emergencies(records, record)?;
    let omitted = quoted(contained.tags().filter(|tag| !named.tags.contains(*tag)));
    let is_foreign = |tag: &&str| !contained.contains(tag);
    let foreign = quoted(named.tags.iter().map(String::as_str).filter(is_foreign));
    let unknown = quoted(named.unknown.iter().map(String::as_str));
    let outcome = if !foreign.is_empty() {
        let tags = join_and(&foreign);
        Outcome::differs(format!(
            "the tag names {tags}, but its commits contain no such emergency release"
        ))
    } else if !unknown.is_empty() {
        // The missing tags may name the omitted ones.
        let tags = join_and(&unknown);
        Outcome::Unknown(format!(
            "the tag names {tags}, but this repository has no such tag"
        ))
    } else if !omitted.is_empty() {
        let tags = join_and(&omitted);
        Outcome::differs(format!(
            "its commits contain {tags}, but the tag does not name the emergency release"
        ))
    } else if named.tags.is_empty() {
        return Ok(None);
    } else {
        let tags = quoted(named.tags.iter().map(String::as_str));
        Outcome::Same(join_and(&tags))
    };
    Ok(Some(Check::new(CheckKind::Emergencies, outcome)))
}

/// The tags that a tag names, and those that they name, and so on.
#[derive(Default)]
struct NamedTags {
    tags: BTreeSet<String>,
    /// Those that the repository doesn't have.
    unknown: BTreeSet<String>,
}

fn named_emergencies(records: &TagRecords<'_>, record: &TagRecord) -> Result<NamedTags> {
    let mut named = NamedTags::default();
    let mut open: Vec<String> = named_by(record).map(str::to_owned).collect();
    while let Some(tag) = open.pop() {
        if !records.history().has_tag(&tag) {
            named.unknown.insert(tag);
        } else if named.tags.insert(tag.clone())
            && let Some(record) = records.get(&tag)?
        {
            open.extend(named_by(&record).map(str::to_owned));
        }
    }
    Ok(named)
}

fn quoted<'t>(tags: impl Iterator<Item = &'t str>) -> Vec<String> {
    tags.map(|tag| format!("`{}`", shorten(tag))).collect()
}
