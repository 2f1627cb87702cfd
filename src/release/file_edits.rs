//! The changes of a release to the files of its base commit, as values.
//!
//! Decides nothing: other files of this module decide what changes, and `git` writes it.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::history::{File, Mode, Tree};
use crate::source::{Edit, splice_bytes};

/// One file that a release changes or creates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileEdit {
    /// Its path, relative to the root.
    pub path: String,
    /// The file at the base commit; `None` if the release creates it.
    pub before: Option<File>,
    /// The bytes in the release commit.
    pub after: Vec<u8>,
    /// The changes of the tokens of a version file, by line; empty for a file that is written as a
    /// whole.
    pub(crate) changes: Vec<TokenChange>,
}

/// A file that a release renames and does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRename {
    /// Its path at the base commit, relative to the root.
    pub from: String,
    /// Its path in the release commit.
    pub to: String,
    /// The file.
    pub(crate) file: File,
}

/// What a release changes at one path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathChange<'a> {
    /// The path, relative to the root.
    pub(crate) path: &'a str,
    /// The file at the base commit; `None` if the release creates it.
    pub(crate) before: Option<&'a File>,
    /// The bytes in the release commit; `None` if the release removes the file.
    pub(crate) after: Option<&'a [u8]>,
    /// The mode in the release commit.
    pub(crate) mode: Mode,
}

/// The change of one token of a version file, such as a version or a version requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenChange {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The old text.
    pub(crate) before: String,
    /// The new text.
    pub(crate) after: String,
}

impl FileEdit {
    /// The file with these edits, which must not overlap; `None` if they change nothing.
    pub(super) fn new(path: &str, before: File, mut edits: Vec<Edit>) -> Option<Self> {
        edits.retain(|edit| before.bytes[edit.span.start..edit.span.end] != *edit.text.as_bytes());
        edits.sort_by_key(|edit| edit.span);
        if edits.is_empty() {
            return None;
        }
        let changes = changes(&before.bytes, &edits);
        let after = splice_bytes(&before.bytes, &edits).expect("edits of one file don't overlap");
        Some(Self {
            path: path.to_owned(),
            before: Some(before),
            after,
            changes,
        })
    }

    /// The mode in the release commit: the previous one, or plain for a new file.
    #[must_use]
    pub(crate) fn mode(&self) -> Mode {
        self.before
            .as_ref()
            .map(|file| file.mode)
            .unwrap_or_default()
    }
}

impl FileRename {
    /// The rename of a file.
    #[must_use]
    pub(crate) fn new(from: String, to: String, file: File) -> Self {
        Self { from, to, file }
    }
}

/// What edits and renames change, by path.
pub(super) fn path_changes<'a>(
    edits: &'a [FileEdit],
    renames: &'a [FileRename],
) -> Vec<PathChange<'a>> {
    let edited = edits.iter().map(|edit| PathChange {
        path: &edit.path,
        before: edit.before.as_ref(),
        after: Some(&edit.after),
        mode: edit.mode(),
    });
    let removed = renames.iter().map(|rename| PathChange {
        path: &rename.from,
        before: Some(&rename.file),
        after: None,
        mode: rename.file.mode,
    });
    let created = renames.iter().map(|rename| PathChange {
        path: &rename.to,
        before: None,
        after: Some(&rename.file.bytes),
        mode: rename.file.mode,
    });
    let mut changes: Vec<PathChange<'_>> = edited.chain(removed).chain(created).collect();
    changes.sort_by_key(|change| change.path);
    changes
}

/// The files of a commit with edits applied, so that later edits see the result of earlier ones.
pub(super) struct EditedTree<'a> {
    tree: &'a dyn Tree,
    /// The edits by path, relative to the content in the commit.
    pub(super) edits: BTreeMap<String, FileEdit>,
}

impl<'a> EditedTree<'a> {
    /// The files of the commit, without edits.
    pub(super) fn new(tree: &'a dyn Tree) -> Self {
        Self {
            tree,
            edits: BTreeMap::new(),
        }
    }

    /// Adds edits that were made from these files.
    pub(super) fn add(&mut self, edits: Vec<FileEdit>) {
        for edit in edits {
            match self.edits.get_mut(&edit.path) {
                Some(earlier) => {
                    earlier.after = edit.after;
                    earlier.changes.extend(edit.changes);
                    earlier.changes.sort_by_key(|change| change.line);
                }
                None => {
                    self.edits.insert(edit.path.clone(), edit);
                }
            }
        }
    }
}

impl Tree for EditedTree<'_> {
    fn file(&self, path: &str) -> Result<Option<File>> {
        match self.edits.get(path) {
            Some(edit) => Ok(Some(File {
                bytes: edit.after.clone(),
                mode: edit.mode(),
            })),
            None => self.tree.file(path),
        }
    }

    fn named(&self, name: &str) -> Result<Vec<String>> {
        self.tree.named(name)
    }
}

/// The changes that edits, in order, make to the tokens of a file.
fn changes(bytes: &[u8], edits: &[Edit]) -> Vec<TokenChange> {
    let (mut line, mut counted) = (1, 0);
    let mut change = |edit: &Edit| {
        line += memchr::memchr_iter(b'\n', &bytes[counted..edit.span.start]).count();
        counted = edit.span.start;
        let before = String::from_utf8_lossy(&bytes[edit.span.start..edit.span.end]).into_owned();
        TokenChange {
            line,
            before,
            after: edit.text.clone(),
        }
    };
    edits.iter().map(&mut change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn token_changes_have_line_numbers() {
        let edit = |start, end, text: &str| Edit {
            span: Span::new(start, end),
            text: text.into(),
        };
        let file = |text: &str| File {
            bytes: text.into(),
            mode: Mode::Plain,
        };
        let made = FileEdit::new(
            "x",
            file("1\n\n2 3"),
            vec![edit(5, 6, "33"), edit(0, 1, "11"), edit(3, 4, "2")],
        )
        .unwrap();
        let described: Vec<_> = made
            .changes
            .iter()
            .map(|change| (change.line, &*change.before, &*change.after))
            .collect();
        assert_eq!(
            (&*made.after, described),
            (&b"11\n\n2 33"[..], vec![(1, "1", "11"), (3, "3", "33")])
        );
        assert_eq!(FileEdit::new("x", file("1"), vec![edit(0, 1, "1")]), None);
    }
}
