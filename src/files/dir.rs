//! A folder that was opened once, so that nobody can replace a part of its path between two uses.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::Entry;

/// An opened folder.
#[derive(Debug)]
pub(super) struct Dir(File);

/// Identifies a folder on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a folder by its path, through links.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?.into()))
    }

    /// Opens a folder in this one; a symbolic link is an error.
    pub(super) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(
            rustix::fs::openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?.into(),
        ))
    }

    /// Another handle of the same folder.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    /// Creates a folder in this one, unless it exists.
    pub(super) fn create_folder(&self, name: &OsStr) -> io::Result<()> {
        match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
            Err(rustix::io::Errno::EXIST) => Ok(()),
            result => Ok(result?),
        }
    }

    /// The kind of entry that has a name; `None` if there is none.
    #[allow(
        clippy::useless_conversion,
        reason = "the mode has 16 bits on some systems"
    )]
    pub(super) fn entry(&self, name: &OsStr) -> io::Result<Option<Entry>> {
        let stat = match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                Entry::File(Permissions::from_mode(u32::from(stat.st_mode) & 0o7777))
            }
            FileType::Symlink => Entry::Link,
            _ => Entry::Other,
        }))
    }

    /// Opens a file for reading; a symbolic link is an error, and a pipe does not block.
    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into())
    }

    /// Creates a file for writing; an existing entry of that name is an error.
    pub(super) fn create_file(&self, name: &OsStr) -> io::Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Renames a file of this folder and replaces an existing file of the new name.
    pub(super) fn rename(&self, old: &OsStr, new: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, old, &self.0, new)?)
    }

    /// Removes a file if it exists.
    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0, name, AtFlags::empty()) {
            Err(rustix::io::Errno::NOENT) => Ok(()),
            result => Ok(result?),
        }
    }

    /// Waits until no other run has locked this folder, and locks it until the handle is dropped.
    ///
    /// Some file systems have no locks; nothing happens there.
    pub(super) fn lock(&self) {
        let _ = self.0.lock();
    }

    /// Makes created and renamed entries survive a power failure.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    /// Identifies this folder.
    pub(super) fn identity(&self) -> io::Result<Identity> {
        let metadata = self.0.metadata()?;
        Ok(Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}
