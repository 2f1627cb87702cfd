//! The files that a run would check.

use serde::Serialize;

use super::document;
use crate::source::sanitise_line;

/// What `check --show-files` lists.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireFiles<'a> {
    schema_version: u8,
    /// Relative to the root, with `/`.
    files: &'a [String],
}

/// Writes a line for each file.
#[must_use]
pub(crate) fn files_text(files: &[String]) -> String {
    files
        .iter()
        .map(|file| format!("{}\n", sanitise_line(file)))
        .collect()
}

/// Writes the document of `check --show-files --format json`.
#[must_use]
pub(crate) fn files_json(files: &[String]) -> String {
    document(&WireFiles {
        schema_version: 1,
        files,
    })
}
