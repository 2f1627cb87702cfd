//! Makes sure that the objects of a release are loose: that each has a file.
//!
//! libgit2 does not write an object that exists in a pack, such as that of a release which was
//! undone, and `git gc` packs unreferenced objects too. A concurrent `git repack -a -d` drops such
//! an object with its pack, but keeps files.

use std::fs;
use std::io;
use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid};

use super::journal::PendingRelease;
use super::{Session, disk, failed, repeat_write, unwritable};
use crate::error::{Error, Result};
use crate::release::Plan;

/// The maximum number of bytes of a stored block of a zlib stream.
const MAX_STORED: usize = 0xffff;

/// Writes a file for every object that a release adds, and syncs the folder of the objects.
pub(super) fn ensure_loose(
    session: &Session<'_>,
    plan: &Plan,
    pending: &PendingRelease,
) -> Result<()> {
    let broken = || failed("the written object cannot be read back");
    let objects = session.git.odb().map_err(broken())?;
    for id in added(&session.git, plan, pending).map_err(broken())? {
        ensure(session, id, || {
            objects
                .read(id)
                .map(|object| (object.kind(), object.data().to_vec()))
        })?;
    }
    sync_objects(session)
}

/// Writes a file for each tag object again, from the journal: until the tag's reference exists,
/// nothing else keeps the object.
pub(super) fn restore_tags(session: &Session<'_>, pending: &PendingRelease) -> Result<()> {
    for tag in &pending.tags {
        ensure(session, tag.id, || {
            Ok((
                ObjectType::Tag,
                session.git.find_blob(tag.copy)?.content().to_vec(),
            ))
        })?;
    }
    sync_objects(session)
}

/// Writes a file for an object, unless it has one.
fn ensure(
    session: &Session<'_>,
    id: Oid,
    read: impl FnOnce() -> std::result::Result<(ObjectType, Vec<u8>), git2::Error>,
) -> Result<()> {
    let digits = id.to_string();
    let path = session
        .common
        .join("objects")
        .join(&digits[..2])
        .join(&digits[2..]);
    if path.exists() {
        return Ok(());
    }
    let (kind, data) = read().map_err(|error| match error.code() {
        ErrorCode::NotFound => Error::repository(
            format!("object `{digits}` of the release was deleted right after it was written"),
            "wait until no other process is repacking the repository, then run the command again",
        )
        .with_source(error),
        _ => failed("the written object cannot be read back")(error),
    })?;
    let stream = zlib(&[format!("{kind} {}\0", data.len()).as_bytes(), &data].concat());
    let written = repeat_write(
        || create(&path, &stream),
        |error| error.kind() == io::ErrorKind::NotFound,
    );
    written.map_err(|error| unwritable(&path, error))
}

fn sync_objects(session: &Session<'_>) -> Result<()> {
    let folder = session.common.join("objects");
    disk::sync_folder(&folder).map_err(|error| unwritable(&folder, error))
}

/// The objects that a release adds, including those that existed already.
fn added(
    git: &git2::Repository,
    plan: &Plan,
    pending: &PendingRelease,
) -> std::result::Result<Vec<Oid>, git2::Error> {
    let journal = git.find_commit(pending.journal)?.tree()?;
    let mut added = vec![pending.journal, journal.id()];
    added.extend(pending.tags.iter().map(|tag| tag.id));
    added.extend(journal.iter().map(|copy| copy.id()));
    if !pending.has_commit() {
        return Ok(added);
    }
    let root = git.find_commit(pending.commit)?.tree()?;
    added.extend([pending.commit, root.id()]);
    let written = plan.path_changes().into_iter();
    // A file is renamed within its folder, so the tree of the folder is among those of the new path.
    for change in written.filter(|change| change.after.is_some()) {
        let path = change.path;
        let parts = path
            .match_indices('/')
            .map(|(end, _)| &path[..end])
            .chain([path]);
        for part in parts {
            added.push(root.get_path(Path::new(part))?.id());
        }
    }
    Ok(added)
}

/// Creates a file with the permissions of object files: read-only.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    disk::replace(path, bytes)?;
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions)
}

/// A zlib stream that contains the bytes without compression.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(MAX_STORED).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or_default();
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend(((high << 16) | low).to_be_bytes());
    stream
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_reads_an_object_that_is_stored_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        for size in [0, 1, MAX_STORED - 12, MAX_STORED, 3 * MAX_STORED] {
            let data = vec![b'x'; size];
            let id = Oid::hash_object(ObjectType::Blob, &data).unwrap();
            let path = folder
                .path()
                .join("objects")
                .join(&id.to_string()[..2])
                .join(&id.to_string()[2..]);
            create(
                &path,
                &zlib(&[format!("blob {size}\0").as_bytes(), &data].concat()),
            )
            .unwrap();
            assert_eq!(git.find_blob(id).unwrap().content(), data, "{size}");
        }
    }
}
