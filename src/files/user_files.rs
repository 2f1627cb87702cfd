//! Files that the command line names. They are replaced completely or not at all.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::{changed_concurrently, read_bytes, read_text, unwritable};
use crate::error::{Error, Result};
use crate::source::shell_word;

/// Checks that a path below a root does not leave it: a branch must not use a link to redirect a
/// file that a person named. Paths outside the root are not restricted. Errors call the file
/// `named`.
///
/// # Errors
///
/// Fails if a symbolic link leads from inside the root to a folder outside.
pub(crate) fn check_inside(root: &Path, path: &Path, named: &Path) -> Result<()> {
    let plain = normalized(path);
    if !plain.starts_with(root) {
        return Ok(());
    }
    let existing = plain.ancestors().find_map(|path| path.canonicalize().ok());
    if existing.is_none_or(|existing| existing.starts_with(root)) {
        return Ok(());
    }
    let message = format!(
        "`{}` is outside the repository because of a symbolic link",
        named.display()
    );
    Err(Error::refused(message, "use the path of the link's target"))
}

/// A path without `.` and `..`, without looking at the file system.
fn normalized(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}

/// Reads a text of at most `most` bytes, as [`read_text`] does.
///
/// # Errors
///
/// Fails if the file cannot be read, and with [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub(crate) fn read_file(path: &Path, most: usize) -> io::Result<String> {
    read_text(File::open(path)?, most)
}

/// Replaces the text of a file atomically, or creates it: a synced temporary file with the
/// permissions of the old one is renamed. A device or a pipe is written to.
///
/// Unlike the other files that are replaced ([`replace_in`](super::replace::replace_in)), this one
/// may be in a folder that the user can write to but not read. Such a folder cannot be opened, so
/// the file is reached by its path, and the new entry is not synced: after a power failure the file
/// may have its old text.
///
/// # Errors
///
/// Fails if the file is a symbolic link, since its target was not named, and if it cannot be
/// written.
pub(crate) fn replace_file(path: &Path, text: &str) -> Result<()> {
    check_folder(path)?;
    let failed = |error: io::Error| unwritable(&path.display().to_string(), error);
    let existing = match path.symlink_metadata() {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    match existing {
        Some(metadata) if metadata.is_symlink() => Err(Error::refused(
            format!("`{}` is a symbolic link", path.display()),
            "use the path of the link's target",
        )),
        Some(metadata) if !metadata.is_file() => write_in_place(path, text).map_err(failed),
        existing => write_through_temporary(path, text, existing.as_ref()).map_err(failed),
    }
}

/// Replaces the text of a file as [`replace_file`] does, if it still is the text that was read
/// before.
///
/// # Errors
///
/// Fails as [`replace_file`] does, and if the file is read-only or has another text now.
pub(crate) fn replace_unchanged(path: &Path, before: &str, after: &str) -> Result<()> {
    let failed = |error: io::Error| unwritable(&path.display().to_string(), error);
    if fs::metadata(path).map_err(failed)?.permissions().readonly() {
        return Err(Error::refused(
            format!("`{}` is read-only", path.display()),
            "make it writable",
        ));
    }
    if fs::read(path).map_err(failed)? != before.as_bytes() {
        return Err(changed_concurrently(&path.display().to_string()));
    }
    replace_file(path, after)
}

/// The file of a page: the named one, or `index.html` in the named directory.
pub(crate) fn page_path(named: &Path) -> PathBuf {
    let ends_as_folder = named.as_os_str().to_string_lossy().ends_with(['/', '\\']);
    if ends_as_folder || named.is_dir() {
        named.join("index.html")
    } else {
        named.to_owned()
    }
}

/// Checks that a file may be replaced by one that begins with this text: it does not exist, it is
/// empty, or it begins with the text too.
///
/// # Errors
///
/// Fails if it is another file.
pub(crate) fn refuse_foreign(path: &Path, begin: &str) -> Result<()> {
    if !path.is_file() {
        return Ok(());
    }
    let failed = |error: io::Error| super::unreadable(&path.display().to_string(), error);
    let mut start = vec![0; begin.len()];
    let mut file = File::open(path).map_err(failed)?;
    let length = io::Read::read(&mut file, &mut start).map_err(failed)?;
    if length == 0 || start[..length] == *begin.as_bytes() {
        return Ok(());
    }
    Err(Error::refused(
        format!("`{}` was not written by Tollgate", path.display()),
        "delete it, or choose another path",
    ))
}

/// Reads a file as [`read_file`] does, but does not require UTF-8.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub(crate) fn read_file_bytes(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    read_bytes(File::open(path)?, most)
}

/// Appends a text to a file, which is created if it does not exist.
///
/// # Errors
///
/// Fails if the file cannot be written.
pub(crate) fn append_to_file(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?
        .write_all(text.as_bytes())
}

fn write_in_place(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(text.as_bytes())
}

/// Refuses a file whose directory is known not to be one; other problems show when it is written.
pub(super) fn check_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    let (what, help) = match folder.try_exists() {
        Ok(false) => {
            let folder = shell_word(&folder.display().to_string());
            let help = format!("create it with `mkdir -p {folder}`, or choose another path");
            ("does not exist", help)
        }
        Ok(true) if !folder.is_dir() => ("is not a directory", "choose another path".to_owned()),
        _ => return Ok(()),
    };
    let (path, folder) = (path.display(), folder.display());
    let message = format!("`{path}` cannot be written, because `{folder}` {what}");
    Err(Error::file(message, help))
}

/// The directory that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// An error of `tempfile` without the name of the temporary file, which means nothing to a user.
pub(super) fn without_path(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let fact = text.split(" at path ").next().unwrap_or(&text);
    io::Error::new(error.kind(), fact)
}

fn write_through_temporary(path: &Path, text: &str, existing: Option<&Metadata>) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tollgate-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // restricted further by the umask
    let mut file = builder
        .tempfile_in(folder_of(path))
        .map_err(|error| without_path(&error))?;
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
    fn missing_directory_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no/x");
        let error = replace_file(&path, "x").unwrap_err();
        let expected = format!(
            "`{}` cannot be written, because `{}` does not exist",
            path.display(),
            folder.path().join("no").display()
        );
        assert_eq!(error.to_string(), expected);
        assert!(
            error
                .help()
                .unwrap()
                .starts_with("create it with `mkdir -p ")
        );
    }

    #[test]
    fn name_of_a_temporary_file_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no");
        let error = tempfile::Builder::new().tempfile_in(missing).unwrap_err();
        assert!(error.to_string().contains(" at path "), "{error}");
        let shown = without_path(&error);
        assert_eq!(shown.kind(), io::ErrorKind::NotFound);
        assert!(!shown.to_string().contains("path"), "{shown}");
    }

    #[test]
    fn foreign_file_is_not_replaced_by_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.html");
        refuse_foreign(&path, "<!doctype html>\n<meta").unwrap();
        replace_file(&path, "<!doctype html>\n<p>mine").unwrap();
        let error = refuse_foreign(&path, "<!doctype html>\n<meta").unwrap_err();
        assert!(error.to_string().ends_with("was not written by Tollgate"));
        refuse_foreign(&path, "<!doctype html>\n").unwrap();
        replace_file(&path, "").unwrap();
        refuse_foreign(&path, "<!doctype html>\n").unwrap();
    }

    #[test]
    fn page_of_a_directory_is_its_index() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(page_path(folder.path()), folder.path().join("index.html"));
        assert_eq!(page_path(Path::new("site/")), Path::new("site/index.html"));
        assert_eq!(page_path(Path::new("a.html")), Path::new("a.html"));
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace_file(&path, "a long text").unwrap();
        replace_file(&path, "short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn concurrent_write_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        replace_file(&path, "meanwhile").unwrap();
        assert!(replace_unchanged(&path, "before", "after").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "meanwhile");
        replace_unchanged(&path, "meanwhile", "after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_repository_must_not_lead_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("root");
        fs::create_dir_all(root.join("docs")).unwrap();
        std::os::unix::fs::symlink(folder.path(), root.join("out")).unwrap();
        std::os::unix::fs::symlink("docs", root.join("in")).unwrap();
        for path in [
            "docs/x.md",
            "in/x.md",
            "new/x.md",
            "../x.md",
            "docs/../../x.md",
            "x.md",
        ] {
            assert!(
                check_inside(&root, &root.join(path), Path::new(path)).is_ok(),
                "{path}"
            );
        }
        assert!(check_inside(&root, Path::new("/tmp/x.md"), Path::new("x")).is_ok());
        for path in ["out/x.md", "./out/new/x.md", "docs/../out/x.md", "out"] {
            assert!(
                check_inside(&root, &root.join(path), Path::new(path)).is_err(),
                "{path}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::os::unix::fs::symlink("/etc/hostname", &path).unwrap();
        assert!(replace_file(&path, "text").is_err());
    }
}
