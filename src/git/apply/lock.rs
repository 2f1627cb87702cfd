//! The lock that lets one release run at a time, and the record of the Git locks that it takes.
//!
//! The kernel frees the release lock when the process dies, but Git's locks are files and stay
//! behind. So their names, with the content they would have, are written into the release lock and
//! synced before any of them is taken.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{disk, unwritable};
use crate::error::{Error, Result};

/// The lock of the one release that runs in a repository.
pub(super) struct ReleaseLock {
    file: File,
    path: PathBuf,
    common: PathBuf,
    /// How long to wait for other Git processes that hold a lock.
    timeout: Duration,
}

/// A lock file that Git's rules require, and the line to write into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GitLock {
    pub(super) path: PathBuf,
    pub(super) line: String,
}

/// A Git lock that was taken; it is removed when it is dropped, or earlier.
pub(super) struct TakenLock(Option<PathBuf>);

/// The content of the locks that are taken here, and not by libgit2. They have it from the moment
/// they exist.
pub(super) const LOCK_LINE: &str = "tollgate release";

/// How long to wait for a lock of another Git process: twice as long as Git waits for the lock of
/// the packed references.
pub(super) const GIT_LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a lock must stay unchanged to count as left behind, if its content does not show that
/// it is ours.
const STALE_AFTER: Duration = Duration::from_millis(300);

/// How long to wait for the release lock. A program that is being started holds the descriptors of
/// its parent until it runs, and a killed run may still be about to exit.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
pub(super) const RETRY_INTERVAL: Duration = Duration::from_millis(20);

fn lock_with_timeout(file: &File) -> std::result::Result<(), TryLockError> {
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if waited < LOCK_TIMEOUT => {
                std::thread::sleep(RETRY_INTERVAL);
                waited += RETRY_INTERVAL;
            }
            outcome => return outcome,
        }
    }
}

impl ReleaseLock {
    /// Takes the lock of the repository with this common directory.
    ///
    /// Fails if another process holds it for longer than [`LOCK_TIMEOUT`].
    pub(super) fn take(common: &Path, folder: &Path) -> Result<Self> {
        let path = folder.join("lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = file.map_err(|error| unusable(&path, error))?;
        match lock_with_timeout(&file) {
            Ok(()) => Ok(Self {
                file,
                path,
                common: common.to_owned(),
                timeout: GIT_LOCK_TIMEOUT,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::refused(
                "another release is running in this repository",
                "wait until it finishes, then try again",
            )),
            Err(TryLockError::Error(error)) => Err(unusable(&path, error)),
        }
    }

    /// Another handle of the lock, which holds it as long as it is open.
    pub(super) fn try_clone(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Removes the locks that a killed run has left behind, and clears the record of them.
    ///
    /// A file in the record is ours if its content is a beginning of the line that was to be
    /// written; any other file belongs to another process and stays. A lock that is found after
    /// this is not a stale lock of ours.
    ///
    /// # Errors
    ///
    /// Fails if such a lock cannot be removed: it would block this release and all later ones.
    pub(super) fn remove_stale(&self) -> Result<()> {
        self.remove_recorded(|path, content, line| {
            let is_exact = *content == *format!("{line}\n").as_bytes();
            is_exact
                || line != LOCK_LINE
                    && line.as_bytes().starts_with(content)
                    && stays_unchanged(path, content)
        })?;
        self.clear()
    }

    /// Removes the locks that libgit2 took and failed to remove, although its work under them is
    /// complete.
    ///
    /// # Errors
    ///
    /// Fails as [`remove_stale`](Self::remove_stale) does.
    pub(super) fn remove_leftover(&self) -> Result<()> {
        self.remove_recorded(|_, content, line| *content == *format!("{line}\n").as_bytes())
    }

    fn remove_recorded(&self, is_ours: impl Fn(&Path, &[u8], &str) -> bool) -> Result<()> {
        for entry in self.recorded()?.lines() {
            let Some((line, name)) = entry.split_once('\t') else {
                continue;
            };
            let path = self.common.join(name);
            if name.ends_with(".lock")
                && let Ok(content) = read_start(&path)
                && is_ours(&path, &content, line)
            {
                disk::remove(&path).map_err(|error| unremovable(&path, error))?;
            }
        }
        Ok(())
    }

    /// Records the locks that will be taken, and clears the earlier record.
    ///
    /// # Errors
    ///
    /// Fails if another process holds one of them for long: its lock must never be taken for ours.
    pub(super) fn claim(&self, locks: &[GitLock]) -> Result<()> {
        for lock in locks {
            self.retry(|| lock_held_error(&lock.path).map_or(Ok(()), Err))?;
        }
        self.write(
            &locks
                .iter()
                .filter_map(|lock| self.entry(lock))
                .collect::<String>(),
        )
    }

    /// Takes a lock that has been claimed and whose content is [`LOCK_LINE`].
    ///
    /// # Errors
    ///
    /// Fails if another process holds it for long, and if it cannot be written.
    pub(super) fn take_claimed(&self, lock: &GitLock) -> Result<TakenLock> {
        let new = self.path.with_extension("taken");
        self.retry(|| match create_with_line(&lock.path, &new, &lock.line) {
            Ok(()) => Ok(TakenLock(Some(lock.path.clone()))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(lock_held_error(&lock.path).unwrap_or_else(|| unwritable(&lock.path, error)))
            }
            Err(error) => Err(unwritable(&lock.path, error)),
        })
    }

    /// Retries an operation that another Git process may block, and returns the last result.
    pub(super) fn retry<T, E>(
        &self,
        attempt: impl Fn() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut waited = Duration::ZERO;
        loop {
            match attempt() {
                Err(_) if waited < self.timeout => {
                    std::thread::sleep(RETRY_INTERVAL);
                    waited += RETRY_INTERVAL;
                }
                outcome => return outcome,
            }
        }
    }

    /// Gives up the claim to a lock that another process took first, and returns an error that says
    /// who holds it; `None` if nobody does.
    pub(super) fn release_claim(&self, path: &Path) -> Option<Error> {
        let error = lock_held_error(path)?;
        let name = path
            .strip_prefix(&self.common)
            .unwrap_or(path)
            .to_str()
            .unwrap_or_default();
        let is_other = |entry: &&str| {
            entry
                .trim_end()
                .split_once('\t')
                .is_none_or(|(_, other)| other != name)
        };
        let others = self.recorded().map(|text| {
            text.split_inclusive('\n')
                .filter(is_other)
                .collect::<String>()
        });
        Some(
            others
                .and_then(|others| self.write(&others))
                .err()
                .unwrap_or(error),
        )
    }

    /// Clears the record, since no lock is taken any more.
    pub(super) fn clear(&self) -> Result<()> {
        self.write("")
    }

    fn entry(&self, lock: &GitLock) -> Option<String> {
        let name = lock.path.strip_prefix(&self.common).unwrap_or(&lock.path);
        name.to_str().map(|name| format!("{}\t{name}\n", lock.line))
    }

    /// The record, up to the last complete line. Text that is not UTF-8 was not written by
    /// Tollgate.
    fn recorded(&self) -> Result<String> {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|error| unusable(&self.path, error))?;
        let mut text = String::from_utf8(bytes).unwrap_or_default();
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        Ok(text)
    }

    fn write(&self, text: &str) -> Result<()> {
        let mut file = &self.file;
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.sync_all());
        written.map_err(|error| unusable(&self.path, error))
    }
}

/// The error for a lock that another process holds; `None` if there is no lock.
fn lock_held_error(path: &Path) -> Option<Error> {
    let age = age(path)?;
    Some(Error::refused(
        format!(
            "another Git process holds the lock `{}`, created {age} ago",
            path.display()
        ),
        "wait until it finishes; if no Git process is running, delete the file",
    ))
}

/// The age of a file; `None` if it does not exist.
fn age(path: &Path) -> Option<String> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let age = metadata
        .modified()
        .ok()
        .and_then(|time| time.elapsed().ok())
        .unwrap_or_default()
        .as_secs();
    Some(match age {
        1 => "1 second".to_owned(),
        0..120 => format!("{age} seconds"),
        120..7200 => format!("{} minutes", age / 60),
        7200..172_800 => format!("{} hours", age / 3600),
        _ => format!("{} days", age / 86_400),
    })
}

/// The error for a lock of ours that cannot be removed.
fn unremovable(path: &Path, error: io::Error) -> Error {
    let age = age(path).unwrap_or_else(|| "0 seconds".to_owned());
    Error::file(
        format!(
            "the release lock `{}`, created {age} ago, cannot be removed",
            path.display()
        ),
        "delete it, or make its directory writable; it blocks every release",
    )
    .with_source(error)
}

/// Whether a lock stays unchanged. A lock that another process holds disappears or gets a content.
fn stays_unchanged(path: &Path, content: &[u8]) -> bool {
    std::thread::sleep(STALE_AFTER);
    read_start(path).is_ok_and(|now| now == content)
}

/// Creates a file that contains its line from the moment it exists, as a link to a file written as
/// `new`: a killed run must not leave a lock without an owner.
fn create_with_line(path: &Path, new: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        disk::create_folder(folder)?;
    }
    let mut file = File::create(new)?;
    writeln!(file, "{line}")?;
    file.sync_all()?;
    let created = match fs::hard_link(new, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system supports links.
        Err(_) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| writeln!(file, "{line}")),
        Ok(()) => Ok(()),
    };
    created.and(disk::remove(new))
}

impl TakenLock {
    /// Gives up the lock.
    ///
    /// # Errors
    ///
    /// Fails if the lock cannot be removed; it is then still held and blocks others.
    pub(super) fn release(mut self) -> Result<()> {
        let Some(path) = self.0.take() else {
            return Ok(());
        };
        disk::remove(&path).map_err(|error| unremovable(&path, error))
    }
}

impl Drop for TakenLock {
    fn drop(&mut self) {
        // A lock that cannot be removed is recorded, and the next run removes it.
        if let Some(path) = self.0.take() {
            let _ = disk::remove(&path);
        }
    }
}

/// Reads the beginning of a lock file, which is all of it if the lock is ours.
fn read_start(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut content)?;
    Ok(content)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::file(
        format!("the lock file `{}` cannot be used", path.display()),
        "make the file and its directory writable",
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(folder: &Path) -> ReleaseLock {
        ReleaseLock {
            timeout: Duration::ZERO,
            ..ReleaseLock::take(folder, folder).unwrap()
        }
    }

    #[test]
    fn one_release_runs_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path());
        let error = ReleaseLock::take(folder.path(), folder.path())
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "another release is running in this repository"
        );
        drop(first);
        lock(folder.path());
    }

    #[test]
    fn only_recorded_locks_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let named = |name: &str| GitLock {
            path: path(name),
            line: "abc".into(),
        };
        lock(folder.path())
            .claim(&[
                named("empty.lock"),
                named("begun.lock"),
                named("foreign.lock"),
            ])
            .unwrap();
        for (name, content) in [
            ("empty.lock", ""),
            ("begun.lock", "ab"),
            ("foreign.lock", "x"),
            ("other.lock", ""),
        ] {
            fs::write(path(name), content).unwrap();
        }
        lock(folder.path()).remove_stale().unwrap();
        let left = ["empty.lock", "begun.lock", "foreign.lock", "other.lock"]
            .map(|name| path(name).exists());
        assert_eq!(left, [false, false, true, true]);
    }

    #[test]
    fn lock_of_another_process_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (
            folder.path().join("ours.lock"),
            folder.path().join("theirs.lock"),
        );
        let first = lock(folder.path());
        let claimed = [&ours, &theirs].map(|path| GitLock {
            path: path.clone(),
            line: "abc".into(),
        });
        first.claim(&claimed).unwrap();
        fs::write(&ours, "").unwrap();
        fs::write(&theirs, "").unwrap();
        assert!(
            first
                .release_claim(&theirs)
                .unwrap()
                .to_string()
                .contains("theirs.lock`, created ")
        );
        drop(first);
        for _ in 0..2 {
            lock(folder.path()).remove_stale().unwrap();
            assert!(!ours.exists() && theirs.exists());
            assert!(lock(folder.path()).claim(&claimed).is_err());
        }
    }

    #[test]
    fn a_lock_that_is_being_written_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        lock(folder.path())
            .claim(&[GitLock {
                path: path.clone(),
                line: "abc".into(),
            }])
            .unwrap();
        fs::write(&path, "").unwrap();
        let other = path.clone();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(STALE_AFTER / 3);
            fs::write(other, "somebody else's").unwrap();
        });
        lock(folder.path()).remove_stale().unwrap();
        writer.join().unwrap();
        assert!(path.exists());
    }

    #[test]
    fn empty_lock_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, theirs] = ["ours.lock", "theirs.lock"].map(|name| folder.path().join(name));
        let [mine, other] = [&ours, &theirs].map(|path| GitLock {
            path: path.clone(),
            line: LOCK_LINE.into(),
        });
        let first = lock(folder.path());
        first.claim(&[mine.clone(), other]).unwrap();
        std::mem::forget(first.take_claimed(&mine).unwrap());
        fs::write(&theirs, "").unwrap();
        drop(first);
        lock(folder.path()).remove_stale().unwrap();
        assert_eq!((ours.exists(), theirs.exists()), (false, true));
    }

    #[test]
    fn a_lock_that_is_given_up_soon_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        fs::write(&path, "").unwrap();
        let other = path.clone();
        let holder = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            fs::remove_file(other).unwrap();
        });
        let lock = ReleaseLock {
            timeout: GIT_LOCK_TIMEOUT,
            ..lock(folder.path())
        };
        let wanted = GitLock {
            path,
            line: LOCK_LINE.into(),
        };
        lock.claim(std::slice::from_ref(&wanted)).unwrap();
        lock.take_claimed(&wanted).unwrap().release().unwrap();
        holder.join().unwrap();
    }

    #[test]
    fn a_stale_lock_that_cannot_be_removed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        lock(folder.path())
            .claim(&[GitLock {
                path: path.clone(),
                line: "abc".into(),
            }])
            .unwrap();
        let error = unremovable(&path, io::Error::other("busy"));
        assert!(
            error
                .to_string()
                .contains("x.lock`, created 0 seconds ago, cannot be removed"),
            "{error}"
        );
    }

    #[test]
    fn foreign_lock_is_reported_with_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        assert!(lock_held_error(&path).is_none());
        fs::write(&path, "").unwrap();
        assert!(
            lock_held_error(&path)
                .unwrap()
                .to_string()
                .ends_with("x.lock`, created 0 seconds ago")
        );
    }
}
