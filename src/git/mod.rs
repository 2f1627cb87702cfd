//! Git repositories: finds and opens them, reads objects and references, and carries out a release
//! plan.
//!
//! Only `apply` writes to the user's repository; `sample` creates a temporary one for the tour.
//! Programs run only if that is the purpose: Git for `release --push`, which is also the only thing
//! that opens connections; signing programs for a release or a signed approval; GnuPG for
//! `verify --run-gpg`.

mod apply;
mod difference;
mod history;
mod in_memory;
mod merge_file;
mod merge_preview;
mod message_settings;
mod preflight;
mod program;
mod push_target;
mod reason;
mod reference_list;
mod remote;
mod remote_refs;
mod rename;
mod revision;
mod sample;
mod signatures;
mod staged;
mod tag_object;
mod tree;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::commit::{Id, RawCommit, TreeCache};
use crate::error::{Error, Result};
use crate::files::WorkTree;
use crate::source::shell_command;

pub(crate) use crate::commit::EntryKind;
pub(crate) use apply::check_plan;
pub(crate) use difference::Difference;
pub use history::GitHistory;
pub(crate) use in_memory::{InMemory, NewCommit};
pub(crate) use merge_file::merge3;
pub(crate) use merge_preview::{MergePreview, MergedFile};
pub(crate) use message_settings::MessageInput;
pub(crate) use rename::Renames;
pub(crate) use sample::SampleRepository;
pub(crate) use tag_object::TagObject;

// For the tests of this package.
#[doc(hidden)]
pub use apply::{abort, apply, pending, resume};
#[doc(hidden)]
pub use tree::CommitTree;

/// An open repository.
pub struct Repository {
    inner: git2::Repository,
    /// The trees read recently.
    trees: RefCell<TreeCache>,
    /// The root trees of commits read recently.
    roots: RefCell<HashMap<Id, Id>>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Repository")
            .field("path", &self.inner.path())
            .finish()
    }
}

/// Makes libgit2 read objects as Git does: without verifying each hash, and without caching objects
/// that are read once.
///
/// This affects the whole process, so it is the decision of the program, not of the library.
pub(crate) fn read_like_git() {
    git2::opts::strict_hash_verification(false);
    git2::opts::enable_caching(false);
}

impl Repository {
    fn new(inner: git2::Repository) -> Self {
        Self {
            inner,
            trees: RefCell::default(),
            roots: RefCell::default(),
        }
    }

    /// Opens the repository that contains `directory`, as Git finds it: `GIT_DIR`, then upwards.
    ///
    /// # Errors
    ///
    /// Fails if there is none, if it belongs to another user, and if its format is not supported.
    pub fn discover(directory: &Path) -> Result<Self> {
        Self::find(directory)?.ok_or_else(|| {
            Error::repository(
                format!("`{}` is not in a Git repository", directory.display()),
                "run the command inside a repository, or pass `-C DIR`",
            )
        })
    }

    /// The repository that contains `directory`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if the repository belongs to another user, and if its format is not supported.
    pub fn find(directory: &Path) -> Result<Option<Self>> {
        if let Some(named) = variable("GIT_DIR") {
            return Self::named(directory, Path::new(&named)).map(Some);
        }
        match git2::Repository::open_ext(
            directory,
            git2::RepositoryOpenFlags::FROM_ENV,
            std::iter::empty::<&Path>(),
        ) {
            Ok(inner) => Ok(Some(Self::new(inner))),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(refusal(directory, error)),
        }
    }

    /// The repository that `GIT_DIR` names, with the work tree that Git would use for it.
    ///
    /// libgit2 resolves a relative work tree against the repository's own folder, so it does not
    /// get that variable.
    fn named(directory: &Path, named: &Path) -> Result<Self> {
        use git2::RepositoryOpenFlags as Flags;
        let work_tree = variable("GIT_WORK_TREE").map(PathBuf::from);
        let environment = if work_tree.as_ref().is_some_and(|path| path.is_relative()) {
            Flags::empty()
        } else {
            Flags::FROM_ENV
        };
        let flags = environment | Flags::NO_SEARCH | Flags::NO_DOTGIT;
        let inner =
            git2::Repository::open_ext(directory.join(named), flags, std::iter::empty::<&Path>());
        let inner = inner.map_err(|error| match error.code() {
            git2::ErrorCode::NotFound => Error::repository(
                format!(
                    "`GIT_DIR` is set to `{}`, which is not a Git repository",
                    named.display()
                ),
                "unset it, or set it to a repository",
            ),
            _ => refusal(&directory.join(named), error),
        })?;
        let configured = || {
            inner
                .config()
                .is_ok_and(|config| config.get_entry("core.worktree").is_ok())
        };
        let work_tree = match work_tree {
            Some(work_tree) => Some(directory.join(work_tree)),
            None if inner.is_bare() || configured() => None,
            None => Some(directory.to_owned()),
        };
        if let Some(work_tree) = work_tree {
            inner
                .set_workdir(&work_tree, false)
                .map_err(|error| refusal(&work_tree, error))?;
        }
        Ok(Self::new(inner))
    }

    /// The content of a file in the tree of HEAD; `None` if there is no such file, or no commit
    /// yet.
    pub(crate) fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let read = || {
            let entry = self
                .inner
                .head()?
                .peel_to_tree()?
                .get_path(Path::new(path))?;
            self.inner
                .find_blob(entry.id())
                .map(|blob| blob.content().to_owned())
        };
        match read() {
            Ok(content) => Ok(Some(content)),
            Err(error)
                if matches!(
                    error.code(),
                    git2::ErrorCode::NotFound | git2::ErrorCode::UnbornBranch
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(
                Error::repository(format!("`{path}` cannot be read at HEAD"), "")
                    .with_source(error),
            ),
        }
    }

    /// libgit2's own handle, for the submodules.
    pub(super) fn raw(&self) -> &git2::Repository {
        &self.inner
    }

    /// The parents of a commit, in order.
    pub(crate) fn parents(&self, commit: Id) -> Result<Vec<Id>> {
        let object = history::read_commit(&self.inner, commit)?;
        RawCommit::parse(&object)
            .map(|raw| raw.parents)
            .ok_or_else(|| Error::not_a_commit(commit))
    }

    /// The work tree, whose files are read and written without entering the repository's own
    /// folders; `None` in a bare repository.
    ///
    /// # Errors
    ///
    /// Fails if the root of the work tree cannot be opened.
    pub(crate) fn work_tree(&self) -> Result<Option<WorkTree>> {
        work_tree(&self.inner)
    }

    /// The root of the work tree; `None` in a bare repository.
    #[must_use]
    pub(crate) fn root(&self) -> Option<&Path> {
        self.inner.workdir()
    }
}

/// The same for submodules.
fn work_tree(git: &git2::Repository) -> Result<Option<WorkTree>> {
    let Some(root) = git.workdir() else {
        return Ok(None);
    };
    Ok(Some(
        WorkTree::open(root)?
            .protecting(git.path())
            .protecting(git.commondir()),
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "git names repositories by the environment, in hooks above all"
)]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The path of the repository that contains a folder, as `safe.directory` names it: the absolute
/// root of the work tree.
fn trusted_path(directory: &Path) -> PathBuf {
    let absolute = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_owned());
    let has_git = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    absolute
        .ancestors()
        .find(has_git)
        .map_or_else(|| absolute.clone(), Path::to_owned)
}

fn refusal(directory: &Path, error: git2::Error) -> Error {
    let shown = directory.display();
    let error_text = error.message().to_lowercase();
    match error.code() {
        git2::ErrorCode::Owner => {
            let path = trusted_path(directory);
            let command = shell_command!(
                "git config --global --add safe.directory {directory}",
                directory = path.to_string_lossy()
            );
            Error::repository(
                format!(
                    "the repository at `{}` belongs to another user",
                    path.display()
                ),
                format!("if you trust it, run: {command}"),
            )
        }
        _ if error_text.contains("object format") || error_text.contains("objectformat") => {
            Error::repository(
                format!(
                    "the repository at `{shown}` uses SHA-256 object names, which are not supported yet"
                ),
                "use a repository with SHA-1 object names",
            )
        }
        _ if error_text.contains("refstorage") || error_text.contains("reftable") => {
            Error::repository(
                format!(
                    "the repository at `{shown}` uses the reftable format, which is not supported yet"
                ),
                "convert it with `git refs migrate --ref-format=files`",
            )
        }
        _ => Error::repository(format!("the repository at `{shown}` cannot be opened"), "")
            .with_source(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_trusted_by_the_absolute_path_of_its_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("a b");
        git2::Repository::init(&root).unwrap();
        let deep = tempfile::tempdir_in(&root).unwrap();
        let error = refusal(
            deep.path(),
            git2::Error::new(git2::ErrorCode::Owner, git2::ErrorClass::Config, "x"),
        );
        let command = format!(
            "git config --global --add safe.directory '{}'",
            root.display()
        );
        assert_eq!(
            error.help(),
            Some(format!("if you trust it, run: {command}").as_str())
        );
        assert_eq!(
            trusted_path(Path::new(".")),
            Path::new(".").canonicalize().unwrap()
        );
    }
}
