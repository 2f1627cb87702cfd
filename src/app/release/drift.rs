//! Finds sections of changelogs that differ from the release, by the digests that Tollgate's tags
//! record.

use crate::app::release::tag_records::TagRecords;
use crate::changelog::{chapter, versions};
use crate::config::Config;
use crate::error::Result;
use crate::git::CommitTree;
use crate::history::DueUnit;
use crate::history::Tree as _;
use crate::release::DriftedSection;
use crate::version::to_tag;

/// The sections of the changelogs at a commit that differ from the record in their tags.
///
/// Fails if a file cannot be read.
pub(crate) fn drifted(
    records: &TagRecords<'_>,
    tree: &CommitTree<'_>,
    config: &Config,
    due: &[DueUnit<'_>],
) -> Result<Vec<DriftedSection>> {
    let mut found = Vec::new();
    for due in due {
        let Some(path) = config.changelog_file(due.unit.package(config)) else {
            continue;
        };
        // A file that isn't UTF-8 is reported when the changelog is written.
        let Some(text) = tree
            .file(path)?
            .and_then(|file| String::from_utf8(file.bytes).ok())
        else {
            continue;
        };
        for version in versions(&text) {
            let tag = to_tag(&version, &due.unit.next.prefix);
            let Some(record) = records.get(&tag)? else {
                continue;
            };
            if !record.metadata.has_commit() {
                // That release did not write the section.
                continue;
            }
            let section = chapter(&text, &version).unwrap_or_default();
            if record.metadata.differs_from_notes(&section) {
                found.push(DriftedSection {
                    path: path.to_owned(),
                    tag,
                });
            }
        }
    }
    Ok(found)
}
