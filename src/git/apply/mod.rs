//! Carries out a release: the only writer to a repository, in the steps of
//! docs/design/release-protocol.md.
//!
//! Objects are written first, then one reference, the intent, which starts the release. Then follow
//! the push, if there is one, then branch, tags, work tree and index; then the intent is deleted.
//! If the process is killed before the intent, nothing has happened; if it is killed later, the
//! next run finishes the release.

#![expect(
    clippy::disallowed_methods,
    reason = "this edge writes the files of a release"
)]

mod checks;
mod delete;
mod disk;
mod journal;
mod lock;
mod loose;
mod objects;
mod protection;
mod publish;
mod references;
mod work_tree;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::history::from_oid;
use crate::release::{Event, Plan, Progress, Purpose, Released};

use journal::PendingRelease;
use lock::{GitLock, LOCK_LINE, ReleaseLock};
use publish::{Attempt, PublishError};

/// Makes libgit2 sync what it writes. No other switch for this can be reached safely.
const DURABLE: &str = "[core]\n\tfsyncObjectFiles = true\n";

/// Carries out a plan.
///
/// # Errors
///
/// Fails if the repository or the remote is no longer as planned, if another release is running or
/// unfinished, and if the remote rejects the release: nothing has changed then. A failure after the
/// release was started says so, and another run finishes the release.
pub fn apply(
    repository: &Repository,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<Released> {
    if plan.purpose == Purpose::Preview {
        return Err(Error::refused(
            "the plan was created only for display; its changelog may omit earlier releases",
            "plan the release with `Purpose::Execution`",
        ));
    }
    let mut session = Session::begin(repository, progress)?;
    session.check(plan)?;
    let pending = objects::write(&session.git, plan)?;
    loose::ensure_loose(&session, plan, &pending)?;
    session.progress.report(Event::ObjectsWritten(
        pending.has_commit().then(|| from_oid(pending.commit)),
        &pending.tag_names(),
    ));
    let locks = references::locks(&session, &pending);
    session.lock.claim(&locks)?;
    session.check_cancelled_before_start()?;
    if let Err(error) = references::create_pending_ref(&session, &pending) {
        // A failure to sync files that are written leaves the intent behind.
        let is_pending = references::pending(&session.git)?.is_some();
        return Err(if is_pending {
            unfinished(&pending).with_source(error)
        } else {
            error
        });
    }
    session.progress.report(Event::Started);
    if let Err(error) = loose::ensure_loose(&session, plan, &pending) {
        let public = "nothing has been published";
        session
            .clear_pending(&pending)
            .map_err(|error| unfinished_with_source(&pending, public, error))?;
        return Err(error);
    }
    session.finish(&pending, Attempt::First)
}

/// Checks everything that [`apply`] checks before it writes, both here and at the remote.
///
/// # Errors
///
/// Fails if the plan cannot be carried out now.
pub(crate) fn check_plan(
    repository: &Repository,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<()> {
    Session::begin(repository, progress)?.check(plan)
}

/// Finishes the release that was started and interrupted, and returns it; `None` if there is none.
///
/// # Errors
///
/// Fails if it cannot be finished; the error says why, and the release stays started. If nothing of
/// it is public and the remote can no longer accept it, the release is discarded, and the error
/// says so.
pub fn resume(repository: &Repository, progress: &mut dyn Progress) -> Result<Option<Released>> {
    let mut session = Session::begin(repository, progress)?;
    let pending = references::pending(&session.git)?;
    pending
        .map(|pending| session.finish(&pending, Attempt::Retry))
        .transpose()
}

/// Discards the release that was started and is not visible yet, and returns the names of its tags;
/// empty if there is none.
///
/// # Errors
///
/// Fails if the branch or a tag shows the release already, here or at the remote: then it can only
/// be finished.
pub fn abort(repository: &Repository, progress: &mut dyn Progress) -> Result<Vec<String>> {
    let mut session = Session::begin(repository, progress)?;
    let Some(pending) = references::pending(&session.git)? else {
        return Ok(Vec::new());
    };
    let is_public = match &pending.push {
        Some(target) => publish::is_public(&mut session, &pending, target).map_err(|error| {
            let help = "the remote must be checked before the release is discarded; run `tollgate release --abort` \
                        again";
            Error::unfinished(format!("cannot tell whether the release was pushed to `{}`", target.remote), help)
                .with_source(error)
        })?,
        None => false,
    };
    if is_public || references::is_visible(&session.git, &pending)? {
        return Err(Error::unfinished(
            format!(
                "the release of {} is already visible and cannot be discarded",
                pending.quoted_tags()
            ),
            "run `tollgate release --execute` to finish it",
        ));
    }
    session.clear_pending(&pending)?;
    Ok(pending.tag_names())
}

/// The names of the tags of the release that was started and is not finished; empty if there is
/// none.
///
/// # Errors
///
/// Fails if the reference or the journal cannot be read.
pub fn pending(repository: &Repository) -> Result<Vec<String>> {
    let pending = references::pending(repository.raw())?;
    Ok(pending
        .map(|pending| pending.tag_names())
        .unwrap_or_default())
}

/// One run, which holds the release lock.
struct Session<'o> {
    /// The repository as it was opened.
    repository: &'o Repository,
    /// Receives each step.
    progress: &'o mut dyn Progress,
    /// A separate handle, which syncs what it writes.
    git: git2::Repository,
    lock: ReleaseLock,
    /// The directory that all work trees share.
    common: PathBuf,
    /// Tollgate's own folder in the common directory.
    folder: PathBuf,
    /// The work tree; `None` in a bare repository.
    root: Option<PathBuf>,
    /// The index; `None` in a bare repository.
    index: Option<PathBuf>,
}

impl<'o> Session<'o> {
    /// Takes the lock and removes what a killed run left behind.
    fn begin(repository: &'o Repository, progress: &'o mut dyn Progress) -> Result<Self> {
        let raw = repository.raw();
        let common = raw.commondir().to_owned();
        let folder = common.join("tollgate");
        disk::create_folder(&folder).map_err(|error| unwritable(&folder, error))?;
        let lock = ReleaseLock::take(&common, &folder)?;
        lock.remove_stale()?;
        let checkout = folder.join(work_tree::CHECKOUT);
        disk::remove_folder(&checkout).map_err(|error| unwritable(&checkout, error))?;
        let root = raw.workdir().map(Path::to_owned);
        let index = match &root {
            Some(_) => raw
                .index()
                .map_err(super::preflight::unreadable_index)?
                .path()
                .map(Path::to_owned),
            None => None,
        };
        Ok(Self {
            repository,
            progress,
            git: open_durable(raw, &folder)?,
            lock,
            common,
            folder,
            root,
            index,
        })
    }

    /// Step 2: checks that the plan can be carried out now.
    fn check(&mut self, plan: &Plan) -> Result<()> {
        if let Some(pending) = references::pending(&self.git)? {
            return Err(unfinished(&pending));
        }
        self.check_cancelled_before_start()?;
        checks::check(self, plan)?;
        objects::check(&self.git, plan)?;
        match &plan.push {
            Some(push) => publish::check(self, plan, push),
            None => Ok(()),
        }
    }

    /// Steps 7 to 10; each may be repeated.
    fn finish(&mut self, pending: &PendingRelease, attempt: Attempt) -> Result<Released> {
        let prepared = self.prepare(pending).and_then(|()| self.check_cancelled());
        let public = if attempt == Attempt::First {
            "nothing has been published yet"
        } else {
            ""
        };
        prepared.map_err(|error| unfinished_with_source(pending, public, error))?;
        if let Some(target) = &pending.push {
            match publish::publish(self, pending, target, attempt) {
                Ok(()) => {}
                Err(PublishError::NotPublished(error)) => {
                    let public = "nothing has been published";
                    self.clear_pending(pending)
                        .map_err(|error| unfinished_with_source(pending, public, error))?;
                    return Err(error);
                }
                Err(PublishError::Unknown(error)) => {
                    return Err(unfinished_with_source(pending, "", error));
                }
            }
        }
        let public = pending
            .push
            .as_ref()
            .map(|target| format!("`{}` already has the release", target.remote));
        self.roll_forward(pending)
            .map_err(|error| unfinished_with_source(pending, &public.unwrap_or_default(), error))
    }

    /// Makes sure that everything that the steps after the intent need exists and is synced.
    fn prepare(&mut self, pending: &PendingRelease) -> Result<()> {
        self.sync_reference(journal::PENDING_REF)?;
        self.lock.remove_leftover()?;
        self.lock.claim(&references::locks(self, pending))?;
        loose::restore_tags(self, pending)
    }

    fn roll_forward(&mut self, pending: &PendingRelease) -> Result<Released> {
        self.check_cancelled()?;
        if pending.has_commit() {
            references::move_branch(self, pending)?;
            self.progress.report(Event::BranchMoved(&pending.branch));
            self.check_cancelled()?;
        }
        references::create_tags(self, pending)?;
        self.progress
            .report(Event::TagsCreated(&pending.tag_names()));
        self.check_cancelled()?;
        let skipped = work_tree::update(self, pending)?;
        if skipped.is_some() {
            self.progress.report(Event::WorkTreeUpdated);
        }
        self.check_cancelled()?;
        self.clear_pending(pending)?;
        Ok(Released {
            tags: pending.tag_names(),
            commit: from_oid(pending.commit),
            branch: pending.branch.clone(),
            base: from_oid(pending.base),
            pushed: pending.push.clone(),
            push_target: match &pending.push {
                Some(target) => Ok(target.clone()),
                None => self
                    .repository
                    .push_target(None, &pending.branch)
                    .map_err(|error| lines_of(&error)),
            },
            is_tip: references::is_at(&self.git, &pending.branch, pending.commit)?,
            skipped_files: skipped.unwrap_or_default(),
        })
    }

    /// Step 10: deletes the intent.
    fn clear_pending(&mut self, pending: &PendingRelease) -> Result<()> {
        // libgit2 does not report a lock that it leaves behind.
        self.lock.remove_leftover()?;
        match delete::delete_pending_ref(self, pending)? {
            delete::LockCleanup::Done => self.lock.clear(),
            // The lock stays in the record as ours.
            delete::LockCleanup::Incomplete => Ok(()),
        }
    }

    /// Fails if the observer requests a stop, before anything has happened.
    fn check_cancelled_before_start(&self) -> Result<()> {
        match self.check_cancelled() {
            Err(_) => Err(Error::interrupted(
                "interrupted before the release started; nothing was changed",
            )),
            Ok(()) => Ok(()),
        }
    }

    /// Fails if the observer requests a stop.
    fn check_cancelled(&self) -> Result<()> {
        if self.progress.is_cancelled() {
            Err(Error::interrupted("interrupted"))
        } else {
            Ok(())
        }
    }

    fn index_lock(&self) -> Option<GitLock> {
        let mut path = self.index.clone()?.into_os_string();
        path.push(".lock");
        Some(GitLock {
            path: path.into(),
            line: LOCK_LINE.to_owned(),
        })
    }

    /// Syncs the folders from a reference up to the common directory, including new ones.
    fn sync_reference(&self, name: &str) -> Result<()> {
        let path = self.common.join(name);
        for folder in path
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.common))
        {
            match disk::sync_folder(folder) {
                // A packed reference has no folder.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                synced => synced.map_err(|error| unwritable(folder, error))?,
            }
        }
        Ok(())
    }
}

/// Opens the repository again, so that the setting exists before libgit2 reads it.
fn open_durable(raw: &git2::Repository, folder: &Path) -> Result<git2::Repository> {
    let settings = folder.join("durable.gitconfig");
    disk::replace(&settings, DURABLE.as_bytes()).map_err(|error| unwritable(&settings, error))?;
    let open = || {
        let git = git2::Repository::open(raw.path())?;
        git.config()?
            .add_file(&settings, git2::ConfigLevel::App, true)?;
        if let Some(root) = raw.workdir() {
            git.set_workdir(root, false)?;
        }
        Ok(git)
    };
    open().map_err(failed("the repository cannot be opened for writing"))
}

fn unfinished(pending: &PendingRelease) -> Error {
    Error::unfinished(
        format!(
            "a release of {} was started but not finished",
            pending.quoted_tags()
        ),
        "run `tollgate release --execute` to finish it, or `tollgate release --abort` to discard it",
    )
}

/// Adds to a failure after the intent that the release can be finished, and what of it is public.
fn unfinished_with_source(pending: &PendingRelease, public: &str, error: Error) -> Error {
    let help = [
        error.help().unwrap_or_default(),
        public,
        "run `tollgate release --execute` to finish it",
    ];
    let help: Vec<&str> = help.into_iter().filter(|line| !line.is_empty()).collect();
    let message = format!(
        "the release of {} was started but not finished",
        pending.quoted_tags()
    );
    Error::unfinished(message, help.join("\n")).with_source(error)
}

/// How often a write to the object database is tried.
const MAX_WRITES: usize = 10;

/// Repeats a write to the object database that the system refused: a concurrent `git gc` removes
/// empty folders.
fn repeat_write<T, E>(
    mut write: impl FnMut() -> std::result::Result<T, E>,
    is_refused: impl Fn(&E) -> bool,
) -> std::result::Result<T, E> {
    let mut outcome = write();
    for _ in 1..MAX_WRITES {
        if !outcome.as_ref().is_err_and(&is_refused) {
            break;
        }
        outcome = write();
    }
    outcome
}

/// The same with libgit2.
fn repeat_git_write<T>(
    write: impl FnMut() -> std::result::Result<T, git2::Error>,
) -> std::result::Result<T, git2::Error> {
    repeat_write(write, |error| error.class() == git2::ErrorClass::Os)
}

fn failed(message: &'static str) -> impl Fn(git2::Error) -> Error {
    move |error| {
        Error::repository(
            message,
            "run `git fsck` to find damage, and check the free disk space",
        )
        .with_source(error)
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    let help = "check the free disk space and the permissions";
    Error::file(format!("`{}` cannot be written", path.display()), help).with_source(error)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::file(
        format!("`{}` cannot be read", path.display()),
        "check the permissions",
    )
    .with_source(error)
}

/// The message and the help of an error, line by line.
fn lines_of(error: &Error) -> Vec<String> {
    let message = error.to_string();
    message
        .lines()
        .chain(error.help().unwrap_or_default().lines())
        .map(str::to_owned)
        .collect()
}
