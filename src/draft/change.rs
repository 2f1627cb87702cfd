//! A change as values: the files that a branch changes, its commits, and the earlier tickets.

use crate::config::LinkSettings;
use crate::source::Source;
use crate::ticket::Ticket;

/// Folders whose files aren't deployed, so that a migration or a manifest in them is an example.
const SIDE_FOLDERS: [&str; 17] = [
    "__tests__",
    "demo",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "fixtures",
    "node_modules",
    "sample",
    "samples",
    "spec",
    "test",
    "testdata",
    "tests",
    "third_party",
    "vendor",
];

/// The change that a ticket is drafted for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// The files that differ from where the branch left its base, by path.
    pub(crate) files: Vec<ChangedFile>,
    /// The commits of the branch, the oldest first, without merges and reverted commits.
    pub(crate) commits: Vec<ChangeCommit>,
    /// Where the issues are that the commits name by a key.
    pub(crate) links: LinkSettings,
    /// The tickets that were there before, the oldest first.
    pub(crate) earlier: Vec<Ticket>,
}

/// A file that differs. Files that are binary, too large, or not regular have no text.
#[derive(Debug, Clone)]
pub(crate) struct ChangedFile {
    /// The path.
    pub(crate) path: String,
    /// The file where the branch left its base.
    pub(crate) before: Version,
    /// The file on the branch.
    pub(crate) after: Version,
}

/// One version of a file.
#[derive(Debug, Clone)]
pub(crate) enum Version {
    /// There is no file.
    Missing,
    /// There is a file, but its text wasn't read.
    Unread,
    /// The text.
    Text(Source),
}

/// What a commit says about the change.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChangeCommit {
    /// The abbreviated ID.
    pub(crate) id: String,
    /// The type of its header, such as `feat`.
    pub(crate) kind: Option<String>,
    /// The scope of its header.
    pub(crate) scope: Option<String>,
    /// The subject, without type and scope.
    pub(crate) subject: String,
    /// The message below the header, with its trailers.
    pub(crate) body: String,
    /// The message between header and trailers.
    pub(crate) prose: String,
}

impl ChangedFile {
    /// The text of a file that the branch adds.
    pub(crate) fn added(&self) -> Option<&Source> {
        match (&self.before, &self.after) {
            (Version::Missing, Version::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Both texts of a file that the branch edits.
    pub(crate) fn edited(&self) -> Option<(&Source, &Source)> {
        match (&self.before, &self.after) {
            (Version::Text(before), Version::Text(after)) => Some((before, after)),
            _ => None,
        }
    }

    /// The name of the file without its folders.
    pub(crate) fn name(&self) -> &str {
        name_of(&self.path)
    }

    /// Whether the file only serves tests, examples, or documentation.
    pub(crate) fn is_aside(&self) -> bool {
        let mut folders = self.path.split('/').rev().skip(1);
        folders.any(|folder| SIDE_FOLDERS.contains(&folder.to_ascii_lowercase().as_str()))
    }
}

impl Change {
    /// The files that are deployed and that the branch adds, with their texts.
    pub(crate) fn added(&self) -> impl Iterator<Item = (&ChangedFile, &Source)> {
        let files = self.files.iter().filter(|file| !file.is_aside());
        files.filter_map(|file| Some((file, file.added()?)))
    }

    /// The files that are deployed and that the branch edits, with both texts.
    pub(crate) fn edited(&self) -> impl Iterator<Item = (&ChangedFile, (&Source, &Source))> {
        let files = self.files.iter().filter(|file| !file.is_aside());
        files.filter_map(|file| Some((file, file.edited()?)))
    }

    /// The text of a file that the branch adds at a path.
    pub(crate) fn added_at(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.path == path)?.added()
    }
}

/// The last name of a path.
pub(crate) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The folder of a path; empty for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
