//! Creates a folder with files in it, completely or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::unwritable;
use super::user_files::{check_folder, folder_of, without_path};
use crate::error::{Error, Result};

/// Creates a folder with these files: their paths in it, and their contents. It is written under
/// another name and renamed, so that it never exists in part.
///
/// # Errors
///
/// Fails if something other than an empty folder exists under this name, and if a file cannot be
/// written.
pub(crate) fn create_folder<'a>(
    path: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<()> {
    check_folder(path)?;
    let name = path.display().to_string();
    let failed = |error: io::Error| unwritable(&name, error);
    let refused = |why: &str| {
        Error::refused(
            format!("`{name}` {why}"),
            "choose a directory that does not exist, or an empty one",
        )
    };
    let exists = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.is_dir() => return Err(refused("is not a directory")),
        Ok(_) if fs::read_dir(path).map_err(failed)?.next().is_some() => {
            return Err(refused("is not empty"));
        }
        Ok(_) => true,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tollgate-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777)); // restricted further by the umask
    // Removed when dropped, with what was written so far.
    let temporary = builder
        .tempdir_in(folder_of(path))
        .map_err(|error| failed(without_path(&error)))?;
    for (file, bytes) in files {
        write(&temporary.path().join(file), bytes).map_err(failed)?;
    }
    if exists {
        // Fails if somebody wrote into it meanwhile.
        fs::remove_dir(path).map_err(failed)?;
    }
    fs::rename(temporary.path(), path).map_err(failed)?;
    _ = temporary.keep();
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &[u8]); 2] = [("a.txt", b"a"), ("b/c.txt", b"c")];

    #[test]
    fn folder_is_created_with_its_files() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new");
        create_folder(&path, FILES).unwrap();
        assert_eq!(fs::read(path.join("b/c.txt")).unwrap(), b"c");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        let empty = parent.path().join("empty");
        fs::create_dir(&empty).unwrap();
        create_folder(&empty, FILES).unwrap();
        assert_eq!(fs::read(empty.join("a.txt")).unwrap(), b"a");
    }

    #[test]
    fn folder_with_content_is_refused_and_kept() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("full");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("mine"), "x").unwrap();
        let error = create_folder(&path, FILES).unwrap_err();
        assert!(error.to_string().ends_with("is not empty"), "{error}");
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        let file = path.join("mine");
        assert!(create_folder(&file, FILES).is_err());
        assert_eq!(fs::read(file).unwrap(), b"x");
    }

    #[test]
    fn failure_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new");
        let twice: [(&str, &[u8]); 2] = [("a", b"a"), ("a", b"a")];
        assert!(create_folder(&path, twice).is_err());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
