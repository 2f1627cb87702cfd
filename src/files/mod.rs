//! Reads and writes the files of a work tree, and the files that the command line names.
//!
//! This module alone decides where a file may be written and which file may be read. A path from
//! the configuration or from a glob goes through [`WorkTree`]: it stays below the root, outside
//! `.git`, and is reached through opened folders, so that no symbolic link leads elsewhere. A path
//! from the command line is the user's own choice: [`read_file`], [`replace_file`].

#![expect(
    clippy::disallowed_methods,
    reason = "this module is the edge to the files of a working tree"
)]

#[cfg(unix)]
mod dir;
mod new_folder;
#[cfg(any(not(unix), test))]
mod portable_dir;
mod replace;
mod user_files;
mod work_tree;

use std::fs::Permissions;
use std::io::{self, Read as _};

use crate::error::Error;
use crate::source::Source;

#[cfg(unix)]
use dir::{Dir, Identity};
#[cfg(not(unix))]
use portable_dir::{Dir, Identity};

pub(crate) use new_folder::create_folder;
pub(crate) use replace::replace_at;
pub(crate) use user_files::{
    append_to_file, check_inside, page_path, read_file, read_file_bytes, refuse_foreign,
    replace_file, replace_unchanged,
};
pub(crate) use work_tree::{PathKind, WorkTree};

/// The kind of an entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// A regular file.
    File(Permissions),
    /// A symbolic link.
    Link,
    /// A folder, a device, a pipe.
    Other,
}

/// Reads a text of at most `most` bytes. Of a larger one, it reads enough to show that it is
/// larger.
///
/// # Errors
///
/// Fails with [`io::ErrorKind::InvalidData`] if the text is not UTF-8.
pub(crate) fn read_text(input: impl io::Read, most: usize) -> io::Result<String> {
    decode(read_bytes(input, most)?, most)
}

/// Reads a ticket as [`read_text`] does. If it is not UTF-8, the source records that.
///
/// # Errors
///
/// Fails if the input cannot be read.
pub(crate) fn read_source(name: &str, input: impl io::Read, most: usize) -> io::Result<Source> {
    Ok(source(name, read_bytes(input, most)?, most))
}

/// The source of bytes that were read up to a limit, which may have split the last character.
#[must_use]
pub(crate) fn source(name: &str, mut bytes: Vec<u8>, most: usize) -> Source {
    let cut = std::str::from_utf8(&bytes)
        .err()
        .filter(|error| bytes.len() > most && error.error_len().is_none());
    if let Some(cut) = cut {
        bytes.truncate(cut.valid_up_to());
    }
    Source::decode(name, bytes)
}

/// Hardly any ticket is larger, in bytes.
const USUAL_SIZE: usize = 8 * 1024;

/// Reads at most `most` bytes, and a few more to show that there are more.
///
/// # Errors
///
/// Fails if the input cannot be read.
pub(crate) fn read_bytes(input: impl io::Read, most: usize) -> io::Result<Vec<u8>> {
    let longest_character = 4;
    let limit = u64::try_from(most)
        .unwrap_or(u64::MAX)
        .saturating_add(longest_character);
    // A read into an empty vector begins with a few bytes and doubles them, one call after the other.
    let mut bytes = Vec::with_capacity(USUAL_SIZE);
    input.take(limit).read_to_end(&mut bytes)?;
    bytes.shrink_to_fit();
    Ok(bytes)
}

/// The text of bytes that were read up to a limit, which may have split the last character.
fn decode(bytes: Vec<u8>, most: usize) -> io::Result<String> {
    let cut = bytes.len() > most;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if cut && error.utf8_error().error_len().is_none() => {
            let whole = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(whole);
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Err(error) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            error.utf8_error(),
        )),
    }
}

/// The error for a file that cannot be read.
pub(crate) fn unreadable(name: &str, error: io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::InvalidData => "save it as UTF-8",
        io::ErrorKind::PermissionDenied => "make it readable",
        io::ErrorKind::IsADirectory => "choose a file instead of a directory",
        io::ErrorKind::NotFound => "check the path for typos",
        _ => "",
    };
    Error::file(format!("`{name}` cannot be read"), help).with_source(error)
}

/// The error for a file that cannot be written.
fn unwritable(name: &str, error: io::Error) -> Error {
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => "make it writable",
        io::ErrorKind::StorageFull => "free some disk space",
        _ => "",
    };
    Error::file(format!("`{name}` cannot be written"), help).with_source(error)
}

/// The error for a file that changed between reading and writing it.
fn changed_concurrently(name: &str) -> Error {
    let message = format!("`{name}` changed while this command was running");
    Error::refused(message, "run the command again; your change was kept")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_text_cut_within_a_character_is_seen_to_be_too_large() {
        assert_eq!(read_text("ééé".as_bytes(), 1).unwrap(), "éé");
        assert_eq!(read_text("ééé".as_bytes(), 6).unwrap(), "ééé");
    }

    /// Runs the same tests for each kind of folder.
    macro_rules! folders_are_alike {
        ($module:ident, $folder:ty) => {
            mod $module {
                use super::*;

                fn name(text: &str) -> &OsStr {
                    OsStr::new(text)
                }

                #[test]
                fn files_are_created_renamed_and_removed() {
                    let temporary = tempfile::tempdir().unwrap();
                    let folder = <$folder>::open(temporary.path()).unwrap();
                    folder.lock();
                    folder.create_folder(name("a")).unwrap();
                    folder.create_folder(name("a")).unwrap();
                    let inner = folder.enter(name("a")).unwrap().try_clone().unwrap();
                    assert_ne!(inner.identity().unwrap(), folder.identity().unwrap());
                    inner
                        .create_file(name("x"))
                        .unwrap()
                        .write_all(b"text")
                        .unwrap();
                    assert_eq!(
                        inner.create_file(name("x")).unwrap_err().kind(),
                        io::ErrorKind::AlreadyExists
                    );
                    inner.rename(name("x"), name("y")).unwrap();
                    inner.sync().unwrap();
                    assert_eq!(
                        read_text(inner.open_file(name("y")).unwrap(), 9).unwrap(),
                        "text"
                    );
                    assert!(matches!(
                        inner.entry(name("y")).unwrap(),
                        Some(Entry::File(_))
                    ));
                    inner.remove_file(name("y")).unwrap();
                    inner.remove_file(name("y")).unwrap();
                    assert_eq!(inner.entry(name("y")).unwrap(), None);
                    assert_eq!(folder.entry(name("a")).unwrap(), Some(Entry::Other));
                    assert_eq!(
                        folder.enter(name("b")).unwrap_err().kind(),
                        io::ErrorKind::NotFound
                    );
                }

                #[cfg(unix)]
                #[test]
                fn links_are_not_followed() {
                    let temporary = tempfile::tempdir().unwrap();
                    fs::write(temporary.path().join("file"), "text").unwrap();
                    std::os::unix::fs::symlink(".", temporary.path().join("folder-link")).unwrap();
                    std::os::unix::fs::symlink("file", temporary.path().join("file-link")).unwrap();
                    let folder = <$folder>::open(temporary.path()).unwrap();
                    assert!(folder.enter(name("folder-link")).is_err());
                    assert!(folder.open_file(name("file-link")).is_err());
                    assert!(folder.create_file(name("file-link")).is_err());
                    assert_eq!(folder.entry(name("file-link")).unwrap(), Some(Entry::Link));
                }
            }
        };
    }

    folders_are_alike!(opened, Dir);
    folders_are_alike!(by_path, portable_dir::Dir);
}
