//! Files that the command line names for output: replaced at once or not at all.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::{Error, Result};

/// Puts a text in a file's place: a temporary file beside it, synced, then renamed; its permissions stay.
///
/// A device or a pipe takes the text as it comes. A symbolic link is refused, since what it leads to was not named.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let failed = |error: io::Error| Error::file(format!("`{}` cannot be written", path.display()), "").because(error);
    let existing = match path.symlink_metadata() {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    match existing {
        Some(metadata) if metadata.is_symlink() => {
            Err(Error::refused(format!("`{}` is a symbolic link", path.display()), "name the file that it leads to"))
        }
        Some(metadata) if !metadata.is_file() => write_straight(path, text).map_err(failed),
        existing => write_beside(path, text, existing.as_ref()).map_err(failed),
    }
}

/// Puts a text in the place of one that was read from there, as [`replace`] does, if that is still what is there.
#[expect(clippy::disallowed_methods, reason = "the command line names the file")]
pub(super) fn replace_unchanged(path: &Path, before: &str, after: &str) -> Result<()> {
    let failed = |error: io::Error| Error::file(format!("`{}` cannot be fixed", path.display()), "").because(error);
    if fs::metadata(path).map_err(failed)?.permissions().readonly() {
        return Err(Error::refused(format!("`{}` is read-only", path.display()), "allow it to be written"));
    }
    if fs::read(path).map_err(failed)? != before.as_bytes() {
        let message = format!("`{}` was changed while it was being fixed", path.display());
        return Err(Error::refused(message, "run it again; what was written there meanwhile is kept"));
    }
    replace(path, after)
}

fn write_straight(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
}

fn write_beside(path: &Path, text: &str, existing: Option<&Metadata>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tollgate-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // the umask takes its share
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Some(metadata) = existing {
        fs::set_permissions(file.path(), metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test looks at the file")]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace(&path, "a long text").unwrap();
        replace(&path, "short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test looks at the file")]
    fn what_was_written_meanwhile_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace(&path, "meanwhile").unwrap();
        assert!(replace_unchanged(&path, "before", "after").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "meanwhile");
        replace_unchanged(&path, "meanwhile", "after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
        assert!(replace(&path, "text").is_err());
    }
}
