//! The changelog: release notes as values, as Markdown, and as part of a file that people also
//! edit.
//!
//! Decides which commits become entries and under which title; `history` decides which commits a
//! release has. Text from commits is escaped for Markdown here, once.

mod ambiguous;
mod blocks;
mod changelog_text;
mod definitions;
mod heading_levels;
mod json;
mod links;
mod markdown;
mod merge_entries;
mod notes;
mod outline;
mod people;
mod prepared;
mod shorten;
mod styles;
mod template;
mod update_file;

pub use ambiguous::AmbiguousChangelog;
pub(crate) use blocks::escape_blocks;
pub(crate) use changelog_text::ChangelogText;
#[cfg(test)]
pub(crate) use json::WireChangelogs;
pub(crate) use json::{PackageChangelog, changelog_json, changelog_packages_json, read_changelog};
pub use links::Links;
pub(crate) use links::web_address;
pub(crate) use markdown::{escape, escape_html, escape_references};
pub(crate) use notes::notes_with_people;
pub use notes::{Entry, Notes, Section, Title, notes};
pub(crate) use people::People;
pub(crate) use people::{ReleaseContributor, login};
pub(crate) use prepared::{PreparedSection, prepared_section};
pub(crate) use shorten::shortened;
pub use styles::ChangelogRenderer;
pub(crate) use template::Template;
pub use update_file::{Generated, update};
pub(crate) use update_file::{chapter, unreleased_chapter};

// For the tests of this package.
#[doc(hidden)]
pub use update_file::versions;
