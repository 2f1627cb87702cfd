//! A folder by its path, for systems whose standard library cannot open files relative to a folder.
//!
//! Every use checks for links first, so a link is followed only if somebody replaces a folder at
//! that very moment.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::Entry;

/// A folder.
#[derive(Debug)]
pub(super) struct Dir(PathBuf);

/// Identifies a folder on this machine: its path without links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity(PathBuf);

impl Dir {
    /// Opens a folder by its path, through links.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        if path.is_dir() {
            Ok(Self(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// Opens a folder in this one; a symbolic link is an error.
    pub(super) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_dir() {
            Ok(Self(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// Does nothing: folders can't be locked here.
    #[expect(clippy::unused_self, reason = "other systems lock the directory")]
    pub(super) const fn lock(&self) {}

    /// Another handle of the same folder.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(self.0.clone()))
    }

    /// Creates a folder in this one, unless it exists.
    pub(super) fn create_folder(&self, name: &OsStr) -> io::Result<()> {
        match fs::create_dir(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// The kind of entry that has a name; `None` if there is none.
    pub(super) fn entry(&self, name: &OsStr) -> io::Result<Option<Entry>> {
        let metadata = match fs::symlink_metadata(self.0.join(name)) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(match metadata.file_type() {
            kind if kind.is_symlink() => Entry::Link,
            kind if kind.is_file() => Entry::File(metadata.permissions()),
            _ => Entry::Other,
        }))
    }

    /// Opens a file for reading; a symbolic link is an error.
    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_file() {
            File::open(path)
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }

    /// Creates a file for writing; an existing entry of that name is an error.
    pub(super) fn create_file(&self, name: &OsStr) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.0.join(name))
    }

    /// Renames a file of this folder and replaces an existing file of the new name.
    pub(super) fn rename(&self, old: &OsStr, new: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(old), self.0.join(new))
    }

    /// Removes a file if it exists.
    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes created and renamed entries survive a power failure. Here they are synced with their
    /// files.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the directories of Unix are synced"
    )]
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    /// Identifies this folder.
    pub(super) fn identity(&self) -> io::Result<Identity> {
        self.0.canonicalize().map(Identity)
    }
}
