//! Carries a release out: the only writer to a repository, after the protocol of reliability.md.
//!
//! Objects first, then one reference, the intent, by which the release has begun; then branch, tag, work tree and index;
//! then the intent goes. Killed before the intent, nothing has happened; killed after it, the next run finishes.

#![expect(clippy::disallowed_methods, reason = "this edge writes the files of a release")]

mod begun;
mod checks;
mod disk;
mod lock;
mod objects;
mod references;
mod work_tree;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::history::from_oid;
use crate::release::{Plan, Released};

use begun::Begun;
use lock::{GitLock, ReleaseLock};

/// What stands in the index's lock while we hold it.
const INDEX_LOCK_LINE: &str = "tollgate release";

/// Makes libgit2 sync what it writes; it has no other switch that is safe to reach.
const DURABLE: &str = "[core]\n\tfsyncObjectFiles = true\n";

/// Carries out a plan.
///
/// # Errors
///
/// Fails where the repository is no longer as planned, or where another release is running or unfinished: nothing has
/// changed then. A failure after the release has begun says so, and a further run finishes it.
pub fn apply(repository: &Repository, plan: &Plan) -> Result<Released> {
    let mut session = Session::begin(repository)?;
    if let Some(begun) = references::pending(&session.git)? {
        return Err(unfinished(&begun));
    }
    checks::check(&session, plan)?;
    let begun = objects::write(&session.git, plan)?;
    session.sync_objects()?;
    let locks = references::locks(&session, &begun);
    lock::refuse_held(&locks)?;
    session.lock.record(&locks)?;
    if let Err(error) = references::intend(&session, &begun) {
        // A failure to sync what is written already leaves the intent behind.
        let has_begun = references::pending(&session.git)?.is_some();
        return Err(if has_begun { unfinished(&begun).because(error) } else { error });
    }
    session.finish(&begun)
}

/// Finishes the release that has begun and was interrupted, and gives it; `None` where none has.
///
/// # Errors
///
/// Fails where it cannot be finished; what stands in the way is said, and it stays begun.
pub fn resume(repository: &Repository) -> Result<Option<Released>> {
    let mut session = Session::begin(repository)?;
    let pending = references::pending(&session.git)?;
    pending.map(|begun| session.finish(&begun)).transpose()
}

/// Forgets the release that has begun and is not to be seen yet, and gives its tags' names; none where none has begun.
///
/// # Errors
///
/// Fails where the branch or a tag shows the release already: it can only be finished.
pub fn abort(repository: &Repository) -> Result<Vec<String>> {
    let mut session = Session::begin(repository)?;
    let Some(begun) = references::pending(&session.git)? else { return Ok(Vec::new()) };
    if references::is_visible(&session.git, &begun)? {
        return Err(Error::unfinished(
            format!("the release of {} is visible already and cannot be taken back", begun.told()),
            "run `tollgate release --execute` to finish it",
        ));
    }
    session.lock.record(&references::locks(&session, &begun))?;
    references::forget(&session, &begun)?;
    session.lock.record(&[])?;
    Ok(begun.names().cloned().collect())
}

/// The tags' names of the release that has begun and is not finished; none where none has.
///
/// # Errors
///
/// Fails where the reference or the journal cannot be read.
pub fn pending(repository: &Repository) -> Result<Vec<String>> {
    let pending = references::pending(repository.raw())?;
    Ok(pending.iter().flat_map(Begun::names).cloned().collect())
}

/// One run, which holds the release lock.
struct Session {
    /// A handle of its own, which syncs what it writes.
    git: git2::Repository,
    lock: ReleaseLock,
    /// The directory that all work trees share.
    common: PathBuf,
    /// Our folder in it.
    folder: PathBuf,
    /// The work tree; `None` in a bare repository.
    root: Option<PathBuf>,
    /// The index; `None` in a bare repository.
    index: Option<PathBuf>,
}

impl Session {
    /// Takes the lock and removes what a killed run has left.
    fn begin(repository: &Repository) -> Result<Self> {
        let raw = repository.raw();
        let common = raw.commondir().to_owned();
        let folder = common.join("tollgate");
        disk::create_folder(&folder).map_err(|error| unwritable(&folder, error))?;
        let mut lock = ReleaseLock::take(&common, &folder)?;
        lock.remove_stale()?;
        let checkout = folder.join(work_tree::CHECKOUT);
        disk::remove_folder(&checkout).map_err(|error| unwritable(&checkout, error))?;
        let root = raw.workdir().map(Path::to_owned);
        let index = match &root {
            Some(_) => raw.index().map_err(failed("the index cannot be read"))?.path().map(Path::to_owned),
            None => None,
        };
        Ok(Self { git: open_durable(raw, &folder)?, lock, common, folder, root, index })
    }

    /// Steps 8 to 10; each may be repeated.
    fn finish(&mut self, begun: &Begun) -> Result<Released> {
        self.roll_forward(begun).map_err(|error| {
            let help = format!("{}\nthen run `tollgate release --execute` again", error.help().unwrap_or_default());
            let message = format!("the release of {} has begun and is not finished", begun.told());
            Error::unfinished(message, help.trim()).because(error)
        })
    }

    fn roll_forward(&mut self, begun: &Begun) -> Result<Released> {
        self.sync_reference(begun::INTENT)?;
        self.lock.record(&references::locks(self, begun))?;
        references::move_branch(self, begun)?;
        references::create_tags(self, begun)?;
        let left = work_tree::update(self, begun)?;
        references::forget(self, begun)?;
        self.lock.record(&[])?;
        Ok(Released {
            tags: begun.names().cloned().collect(),
            commit: from_oid(begun.commit),
            branch: begun.branch.clone(),
            base: from_oid(begun.base),
            left,
        })
    }

    fn index_lock(&self) -> Option<GitLock> {
        let mut path = self.index.clone()?.into_os_string();
        path.push(".lock");
        Some(GitLock { path: path.into(), line: INDEX_LOCK_LINE.to_owned() })
    }

    /// Syncs the folders that libgit2 may have made for objects.
    fn sync_objects(&self) -> Result<()> {
        let folder = self.common.join("objects");
        disk::sync_folder(&folder).map_err(|error| unwritable(&folder, error))
    }

    /// Syncs the folders from a reference up to the common directory, those made anew among them.
    fn sync_reference(&self, name: &str) -> Result<()> {
        let path = self.common.join(name);
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.common)) {
            // A packed reference has no folder.
            if folder.is_dir() {
                disk::sync_folder(folder).map_err(|error| unwritable(folder, error))?;
            }
        }
        Ok(())
    }
}

/// Opens the repository anew, so that the setting is there before libgit2 looks for it.
fn open_durable(raw: &git2::Repository, folder: &Path) -> Result<git2::Repository> {
    let settings = folder.join("durable.gitconfig");
    disk::replace(&settings, DURABLE.as_bytes(), None).map_err(|error| unwritable(&settings, error))?;
    let open = || {
        let git = git2::Repository::open(raw.path())?;
        git.config()?.add_file(&settings, git2::ConfigLevel::App, true)?;
        if let Some(root) = raw.workdir() {
            git.set_workdir(root, false)?;
        }
        Ok(git)
    };
    open().map_err(failed("the repository cannot be opened for writing"))
}

fn unfinished(begun: &Begun) -> Error {
    Error::unfinished(
        format!("a release of {} has begun and is not finished", begun.told()),
        "run `tollgate release --execute` to finish it, or `tollgate release --abort` to forget it",
    )
}

fn failed(message: &'static str) -> impl Fn(git2::Error) -> Error {
    move |error| Error::repository(message, "is the disk full? `git fsck` says what is damaged").because(error)
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    let help = "is the disk full, or may this user not write there?";
    Error::file(format!("`{}` cannot be written", path.display()), help).because(error)
}
