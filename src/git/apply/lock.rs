//! The lock that lets one release run at a time, and the memory of the locks that it takes in Git's own way.
//!
//! The kernel frees our lock when the process dies; Git's locks are files and stay behind. So their names, with what
//! would stand in them, are written into our lock file and synced before any of them is taken.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// The one release that runs in a repository.
pub(super) struct ReleaseLock {
    file: File,
    path: PathBuf,
    common: PathBuf,
}

/// A lock file that Git's rules ask for, and the line that would be written into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GitLock {
    pub(super) path: PathBuf,
    pub(super) line: String,
}

/// How long a lock that is held is waited for: a program that is just being started holds the descriptors of its
/// parent until it runs, and a run that was killed may not be gone yet.
const PATIENCE: Duration = Duration::from_secs(1);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(20);

fn lock_patiently(file: &File) -> std::result::Result<(), TryLockError> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(TRY_AGAIN_AFTER);
                waited += TRY_AGAIN_AFTER;
            }
            outcome => return outcome,
        }
    }
}

impl ReleaseLock {
    /// Takes the lock of the repository whose common directory this is.
    ///
    /// Fails where another process holds it for longer than [`PATIENCE`].
    pub(super) fn take(common: &Path, folder: &Path) -> Result<Self> {
        let path = folder.join("lock");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| unusable(&path, error))?;
        match lock_patiently(&file) {
            Ok(()) => Ok(Self { file, path, common: common.to_owned() }),
            Err(TryLockError::WouldBlock) => {
                Err(Error::refused("another release is running in this repository", "wait until it has ended"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(&path, error)),
        }
    }

    /// Another handle of the lock, which holds it for as long as it is open.
    pub(super) fn share(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Removes the locks that a killed run has left behind.
    ///
    /// A file named by that run is ours where its content is a beginning of the line that was to be written; any other
    /// belongs to somebody else and stays.
    pub(super) fn remove_stale(&mut self) -> Result<()> {
        let mut text = String::new();
        let failed = |error| unusable(&self.path, error);
        self.file.rewind().map_err(failed)?;
        // What is not UTF-8 was not written by us.
        match self.file.read_to_string(&mut text) {
            Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(failed(error)),
            _ => {}
        }
        for entry in text.split_inclusive('\n').filter_map(|entry| entry.strip_suffix('\n')) {
            let Some((line, name)) = entry.split_once('\t') else { continue };
            let path = self.common.join(name);
            if name.ends_with(".lock")
                && let Ok(content) = read_small(&path)
                && begins(&content, format!("{line}\n").as_bytes(), name)
            {
                fs::remove_file(&path).map_err(|error| unusable(&path, error))?;
            }
        }
        Ok(())
    }

    /// Writes down which locks will be taken; what was written before is forgotten.
    pub(super) fn record(&mut self, locks: &[GitLock]) -> Result<()> {
        let mut text = String::new();
        for lock in locks {
            let name = lock.path.strip_prefix(&self.common).unwrap_or(&lock.path);
            text.extend(name.to_str().map(|name| format!("{}\t{name}\n", lock.line)));
        }
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(text.as_bytes()))
            .and_then(|()| self.file.sync_all());
        written.map_err(|error| unusable(&self.path, error))
    }
}

/// Refuses where one of the locks is held by somebody else.
pub(super) fn refuse_held(locks: &[GitLock]) -> Result<()> {
    match locks.iter().find_map(|lock| held(&lock.path)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What to say about a lock that somebody else holds; `None` where nobody does.
pub(super) fn held(path: &Path) -> Option<Error> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let age = metadata.modified().ok().and_then(|time| time.elapsed().ok()).unwrap_or_default().as_secs();
    let age = match age {
        0..120 => format!("{age} seconds"),
        120..7200 => format!("{} minutes", age / 60),
        7200..172_800 => format!("{} hours", age / 3600),
        _ => format!("{} days", age / 86_400),
    };
    Some(Error::refused(
        format!("another git process holds `{}`, which is {age} old", path.display()),
        "wait until it has ended; where none is running, the file was left behind and may be removed",
    ))
}

/// Whether the content of a lock begins as ours would: with the line and nothing after it, but for packed references.
fn begins(content: &[u8], line: &[u8], name: &str) -> bool {
    line.starts_with(content) || name == "packed-refs.lock" && content.starts_with(line)
}

/// Reads the beginning of a lock file, which is all of it where it is one of ours that holds a line.
fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut content)?;
    Ok(content)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::file(format!("`{}` cannot be used", path.display()), "may this user write there?").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(folder: &Path) -> ReleaseLock {
        ReleaseLock::take(folder, folder).unwrap()
    }

    #[test]
    fn one_release_runs_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path());
        let error = ReleaseLock::take(folder.path(), folder.path()).err().unwrap();
        assert_eq!(error.to_string(), "another release is running in this repository");
        drop(first);
        lock(folder.path());
    }

    #[test]
    fn only_locks_written_down_and_begun_as_planned_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let named = |name: &str| GitLock { path: path(name), line: "abc".into() };
        lock(folder.path()).record(&[named("empty.lock"), named("begun.lock"), named("foreign.lock")]).unwrap();
        for (name, content) in [("empty.lock", ""), ("begun.lock", "ab"), ("foreign.lock", "x"), ("other.lock", "")] {
            fs::write(path(name), content).unwrap();
        }
        lock(folder.path()).remove_stale().unwrap();
        let left = ["empty.lock", "begun.lock", "foreign.lock", "other.lock"].map(|name| path(name).exists());
        assert_eq!(left, [false, false, true, true]);
    }

    #[test]
    fn a_foreign_lock_is_told_with_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        assert!(held(&path).is_none());
        fs::write(&path, "").unwrap();
        assert!(held(&path).unwrap().to_string().ends_with("x.lock`, which is 0 seconds old"));
    }
}
