//! Step 9: updates work tree and index to the release commit, at the planned paths only.
//!
//! A file is written only if its content is that of the base commit or of the release; other
//! contents are kept and reported. Every file is replaced by a rename, so that a killed run leaves
//! the old or the new one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{IndexEntry, IndexTime, ObjectType};

use super::journal::PendingRelease;
use super::objects::{Change, changes};
use super::{Session, disk, failed, repeat_git_write, unwritable};
use crate::error::Result;
use crate::files::{PathKind, WorkTree};
use crate::git;
use crate::repo_path::RepoPath;

/// The folder within Tollgate's own to which the release's files are checked out.
pub(super) const CHECKOUT: &str = "checkout";

/// Updates the work tree and returns the paths that were skipped, sorted.
///
/// Returns `None` without a change if the release has no commit of its own, in a bare repository,
/// or if HEAD is no longer the release commit: the work tree then belongs to another commit.
pub(super) fn update(
    session: &Session<'_>,
    pending: &PendingRelease,
) -> Result<Option<Vec<String>>> {
    if !pending.has_commit() {
        return Ok(None);
    }
    let Some(tree) = git::work_tree(&session.git)? else {
        return Ok(None);
    };
    let head = session
        .git
        .find_reference("HEAD")
        .map_err(failed("HEAD cannot be read"))?;
    let tip = session
        .git
        .refname_to_id("HEAD")
        .map_err(failed("HEAD cannot be read"))?;
    if head.symbolic_target_bytes() != Some(pending.branch.as_bytes()) || tip != pending.commit {
        return Ok(None);
    }
    let changes = changes(&session.git, pending)?;
    let checkout = Checkout::make(session, pending, &changes)?;
    let mut updates = Vec::new();
    for change in &changes {
        let written = update_file(&session.git, &tree, change, || checkout.read(change));
        updates.push(written.map_err(|error| unwritable(&tree.root().join(&change.path), error))?);
    }
    drop(checkout);
    update_index(session, &changes, &updates)?;
    let skipped = changes
        .into_iter()
        .zip(updates)
        .filter(|(_, updates)| *updates == FileUpdate::Skipped);
    Ok(Some(skipped.map(|(change, _)| change.path).collect()))
}

/// The result for a file of the work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileUpdate {
    /// It has the content of the release.
    Released,
    /// Somebody else changed it, so it is kept.
    Skipped,
}

/// Writes or removes one file if it has its content from before the release; `contents` is called
/// only then.
fn update_file(
    git: &git2::Repository,
    tree: &WorkTree,
    change: &Change,
    contents: impl FnOnce() -> io::Result<Vec<u8>>,
) -> io::Result<FileUpdate> {
    let path = RepoPath::portable(&change.path).map_err(io::Error::other)?;
    let temporary = disk::temporary_path(path.as_path());
    let temporary = temporary.file_name().unwrap_or_default();
    tree.remove_temporary(&path, temporary)?;
    let permissions = match tree.kind(&path)? {
        PathKind::File(permissions) => Some(permissions),
        PathKind::Nothing if change.after.is_none() => return Ok(FileUpdate::Released),
        PathKind::Nothing => None,
        PathKind::Other => return Ok(FileUpdate::Skipped),
    };
    // Converted as Git would store it, so that different line ends in the work tree do not count.
    let on_disk = tree.root().join(path.as_path());
    let found = permissions
        .as_ref()
        .map(|_| repeat_git_write(|| git.blob_path(&on_disk)));
    let found = found.transpose().map_err(io::Error::other)?;
    if found.is_some() && found == change.after {
        return Ok(FileUpdate::Released);
    }
    if found != change.before {
        return Ok(FileUpdate::Skipped);
    }
    if change.after.is_none() {
        tree.remove(&path)?;
        return Ok(FileUpdate::Released);
    }
    tree.replace_atomically(&path, temporary, &contents()?, permissions)?;
    Ok(FileUpdate::Released)
}

/// The planned files as a checkout of the release commit would write them, in a folder of
/// Tollgate's own.
///
/// libgit2 converts line ends and the like only during a checkout.
struct Checkout {
    folder: PathBuf,
}

impl Checkout {
    fn make(session: &Session<'_>, pending: &PendingRelease, changes: &[Change]) -> Result<Self> {
        let checkout = Self {
            folder: session.folder.join(CHECKOUT),
        };
        fs::create_dir(&checkout.folder).map_err(|error| unwritable(&checkout.folder, error))?;
        let mut options = git2::build::CheckoutBuilder::new();
        options
            .force()
            .target_dir(&checkout.folder)
            .update_index(false)
            .refresh(false)
            .disable_pathspec_match(true);
        for change in changes.iter().filter(|change| change.after.is_some()) {
            options.path(change.path.as_str());
        }
        let commit = session
            .git
            .find_object(pending.commit, Some(ObjectType::Commit));
        let done = commit.and_then(|commit| session.git.checkout_tree(&commit, Some(&mut options)));
        done.map_err(failed("the release's files cannot be checked out"))?;
        Ok(checkout)
    }

    fn read(&self, change: &Change) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(&change.path))
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // A folder that cannot be removed is removed by the next run.
        let _ = disk::remove_folder(&self.folder);
    }
}

/// Updates the planned entries of the index to the release, under Git's own lock.
fn update_index(session: &Session<'_>, changes: &[Change], updates: &[FileUpdate]) -> Result<()> {
    let (Some(index), Some(lock)) = (&session.index, session.index_lock()) else {
        return Ok(());
    };
    if !index.exists() {
        return Ok(());
    }
    let taken = session.lock.take_claimed(&lock)?;
    rewrite_index(session, index, changes, updates)?;
    taken.release()
}

/// Replaces the index as `disk::replace` does other files, except that libgit2 writes the temporary
/// file.
fn rewrite_index(
    session: &Session<'_>,
    path: &Path,
    changes: &[Change],
    updates: &[FileUpdate],
) -> Result<()> {
    let unwritable = |error| unwritable(path, error);
    let new = disk::temporary_path(path);
    let new_lock = new.with_extension("tollgate.lock");
    disk::remove(&new)
        .and_then(|()| disk::remove(&new_lock))
        .map_err(unwritable)?;
    fs::copy(path, &new).map_err(unwritable)?;
    let broken = || failed("the index cannot be updated");
    let mut index = git2::Index::open(&new).map_err(broken())?;
    for (change, updates) in changes.iter().zip(updates) {
        let entry = index.get_path(Path::new(&change.path), 0);
        let known = entry.as_ref().map(|entry| entry.id);
        let Some(after) = change.after else {
            if known.is_some() && known == change.before {
                index.remove(Path::new(&change.path), 0).map_err(broken())?;
            }
            continue;
        };
        if known == change.before || known == Some(after) {
            let on_disk = session.root.as_ref().map(|root| root.join(&change.path));
            let on_disk = on_disk.filter(|_| *updates == FileUpdate::Released);
            index
                .add(&released(change, after, entry, on_disk.as_deref()))
                .map_err(broken())?;
        }
    }
    index.write().map_err(broken())?;
    let renamed = fs::File::open(&new)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    renamed
        .and_then(|()| disk::sync_parent(path))
        .map_err(unwritable)
}

/// The entry of a released file, with the metadata of the file, so that Git need not read it again.
fn released(
    change: &Change,
    id: git2::Oid,
    entry: Option<IndexEntry>,
    on_disk: Option<&Path>,
) -> IndexEntry {
    let unknown = IndexTime::new(0, 0);
    #[cfg_attr(
        not(unix),
        expect(unused_mut, reason = "other systems have no such fields")
    )]
    let mut released = IndexEntry {
        ctime: unknown,
        mtime: unknown,
        dev: 0,
        ino: 0,
        mode: change.mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: entry.as_ref().map_or(0, |entry| entry.flags),
        flags_extended: entry.as_ref().map_or(0, |entry| entry.flags_extended),
        path: change.path.clone().into_bytes(),
    };
    #[cfg(unix)]
    if let Some(metadata) = on_disk.and_then(|path| fs::symlink_metadata(path).ok()) {
        use std::os::unix::fs::MetadataExt as _;
        // The index keeps the lower half of each number, as Git does.
        let time =
            |seconds: i64, nanoseconds: i64| IndexTime::new(seconds as i32, nanoseconds as u32);
        released.ctime = time(metadata.ctime(), metadata.ctime_nsec());
        released.mtime = time(metadata.mtime(), metadata.mtime_nsec());
        released.dev = metadata.dev() as u32;
        released.ino = metadata.ino() as u32;
        released.uid = metadata.uid();
        released.gid = metadata.gid();
        released.file_size = metadata.size() as u32;
    }
    #[cfg(not(unix))]
    let _ = on_disk;
    released
}
