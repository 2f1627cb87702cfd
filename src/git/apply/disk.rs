//! Atomic and durable writes: after a power failure a file is complete or absent.

use std::fs::{self, File, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use crate::files::replace_at;

/// The path at which a file is written before it is renamed.
pub(super) fn temporary_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tollgate"))
}

/// Replaces a file as [`replace_at`] does, and creates the folders that it needs. Removes the
/// temporary file of a killed run first.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, None)
}

/// Like [`replace`], with these permissions instead of the default ones.
pub(super) fn replace_with(
    path: &Path,
    bytes: &[u8],
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let temporary = temporary_path(path);
    remove(&temporary)?;
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let temporary = temporary.file_name().unwrap_or_default();
    replace_at(path, temporary, bytes, permissions)
}

/// Removes a file if it exists.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder and its contents if it exists.
pub(super) fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Creates a folder and its parents, and syncs the new entries.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folder(parent)?;
    }
    fs::create_dir(path)?;
    sync_parent(path)
}

/// Syncs the folder that contains a path, after an entry was created or renamed.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Syncs the entries of a folder.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems cannot open a folder as a file, and sync its entries with the file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_a_file_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        replace(&path, b"1").unwrap();
        fs::write(temporary_path(&path), "left behind by a killed run").unwrap();
        replace(&path, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
