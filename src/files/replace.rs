//! The replacement of a file, atomically and durably: after a power failure it has its old content
//! or its new one.
//!
//! Used for files of the working tree and of the repository's own folder. A file that the command
//! line names is replaced differently, see [`replace_file`](super::replace_file).

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{self, Write as _};
use std::path::Path;

use super::Dir;

/// Replaces or creates a file of a folder: writes and syncs `temporary` beside it, renames that, and
/// syncs the folder.
///
/// A file of the temporary name must not exist. A killed run may leave it.
///
/// # Errors
///
/// Fails if the file cannot be written.
pub(super) fn replace_in(
    folder: &Dir,
    name: &OsStr,
    temporary: &OsStr,
    bytes: &[u8],
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let mut file = folder.create_file(temporary)?;
    let written = (|| {
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        folder.rename(temporary, name)
    })();
    if let Err(error) = written {
        // The first failure is the one to report.
        let _ = folder.remove_file(temporary);
        return Err(error);
    }
    folder.sync()
}

/// Replaces or creates a file as [`replace_in`] does, at a path that no branch and no configuration
/// decides, since links to its folder are followed.
///
/// # Errors
///
/// Fails if the folder does not exist, and if the file cannot be written.
pub(crate) fn replace_at(
    path: &Path,
    temporary: &OsStr,
    bytes: &[u8],
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    replace_in(&Dir::open(folder)?, name, temporary, bytes, permissions)
}
