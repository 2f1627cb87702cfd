//! Finds sections of changelogs that are no longer what was released: by what the tags of this tool
//! have noted.

use crate::app::release::tag_records::TagRecords;
use crate::changelog::{chapter, versions};
use crate::config::Config;
use crate::error::Result;
use crate::git::CommitTree;
use crate::history::ReleaseUnit;
use crate::release::Tree as _;
use crate::rules::DriftedSection;
use crate::version::to_tag;

/// The sections of the changelogs at a commit that say something else than their tags have noted.
///
/// Fails where a file cannot be read.
pub(crate) fn drifted(
    records: &TagRecords<'_>,
    tree: &CommitTree<'_>,
    config: &Config,
    due: &[ReleaseUnit<'_>],
) -> Result<Vec<DriftedSection>> {
    let mut found = Vec::new();
    for due in due {
        let package = due.package.and_then(|due| {
            config
                .packages
                .iter()
                .find(|package| package.name == due.name)
        });
        let path = package.map_or(Some(&config.changelog.file), |package| {
            package.changelog.as_ref()
        });
        let Some(path) = path else { continue };
        // A file that isn't UTF-8 is reported when the changelog is written.
        let Some(text) = tree
            .file(path)?
            .and_then(|file| String::from_utf8(file.bytes).ok())
        else {
            continue;
        };
        for version in versions(&text) {
            let tag = to_tag(&version, &due.next.prefix);
            let Some(record) = records.get(&tag)? else {
                continue;
            };
            let section = chapter(&text, &version).unwrap_or_default();
            if record.metadata.differs_from_notes(&section) {
                found.push(DriftedSection {
                    path: path.clone(),
                    tag,
                });
            }
        }
    }
    Ok(found)
}
