//! Trees and edits as text, for the tests of this module.

use std::collections::BTreeMap;

use super::file_edits::FileEdit;
use crate::history::{File, Mode};

/// A tree of plain files.
pub(super) fn tree(files: &[(&str, &str)]) -> BTreeMap<String, File> {
    let file = |text: &str| File {
        bytes: text.into(),
        mode: Mode::Plain,
    };
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), file(text)))
        .collect()
}

/// The files after some edits, by path.
pub(super) fn texts(edits: Vec<FileEdit>) -> BTreeMap<String, String> {
    edits
        .into_iter()
        .map(|edit| (edit.path, String::from_utf8(edit.after).unwrap()))
        .collect()
}
