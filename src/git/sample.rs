//! Creates a small repository in a temporary folder, in which commands are demonstrated, and
//! removes it afterwards.
//!
//! Names, dates and contents are fixed, so that every run creates the same commits. The user's Git
//! settings are not used.

use std::path::Path;

use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{Commit, FileMode, RepositoryInitOptions, Signature, Time};

use crate::error::{Error, Result};

/// 2026-01-01T00:00:00Z: the time of the first commit; each further one is a minute later.
const START: i64 = 1_767_225_600;

/// A repository that is removed when this value is dropped.
pub(crate) struct SampleRepository {
    git: git2::Repository,
    folder: tempfile::TempDir,
    commits: i64,
}

/// A file of a sample commit: its path, with `/`, and its text.
pub(crate) type SampleFile<'a> = (&'a str, &'a str);

impl std::fmt::Debug for SampleRepository {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SampleRepository")
            .field("folder", &self.folder.path())
            .finish()
    }
}

impl SampleRepository {
    /// Creates an empty repository on the branch `main`.
    ///
    /// # Errors
    ///
    /// Fails if the temporary folder cannot be written.
    pub(crate) fn create() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tollgate-tour-")
            .tempdir()
            .map_err(|error| {
                Error::file(
                    "a temporary directory cannot be created",
                    "set `TMPDIR` to a writable directory",
                )
                .with_source(error)
            })?;
        let mut options = RepositoryInitOptions::new();
        options
            .external_template(false)
            .no_reinit(true)
            .initial_head("main");
        let open = || {
            let git = git2::Repository::init_opts(folder.path(), &options)?;
            git.config()?.set_bool("core.autocrlf", false)?;
            Ok(git)
        };
        let git = open().map_err(failed)?;
        Ok(Self {
            git,
            folder,
            commits: 0,
        })
    }

    /// The work tree.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Commits these files on top of HEAD and writes them to the work tree.
    ///
    /// # Errors
    ///
    /// Fails if the temporary folder cannot be written.
    pub(crate) fn commit(&mut self, message: &str, files: &[SampleFile<'_>]) -> Result<()> {
        self.commits += 1;
        let commit = || {
            let parent = self.head()?;
            let base = match &parent {
                Some(parent) => parent.tree()?,
                None => self.git.find_tree(self.git.treebuilder(None)?.write()?)?,
            };
            let mut tree = TreeUpdateBuilder::new();
            for (path, text) in files {
                tree.upsert(*path, self.git.blob(text.as_bytes())?, FileMode::Blob);
            }
            let tree = self.git.find_tree(tree.create_updated(&self.git, &base)?)?;
            let author = self.author()?;
            self.git.commit(
                Some("HEAD"),
                &author,
                &author,
                message,
                &tree,
                parent.as_ref().as_slice(),
            )?;
            self.git.checkout_head(Some(CheckoutBuilder::new().force()))
        };
        commit().map_err(failed)
    }

    /// Tags HEAD.
    ///
    /// # Errors
    ///
    /// Fails if the temporary folder cannot be written.
    pub(crate) fn tag(&self, name: &str) -> Result<()> {
        let tag = || {
            let head = self.git.head()?.peel(git2::ObjectType::Commit)?;
            self.git
                .tag(name, &head, &self.author()?, name, false)
                .map(drop)
        };
        tag().map_err(failed)
    }

    /// Creates a branch at HEAD and switches to it.
    ///
    /// # Errors
    ///
    /// Fails if the temporary folder cannot be written.
    pub(crate) fn branch(&self, name: &str) -> Result<()> {
        let branch = || {
            self.git
                .branch(name, &self.git.head()?.peel_to_commit()?, false)?;
            self.git.set_head(&format!("refs/heads/{name}"))
        };
        branch().map_err(failed)
    }

    /// Switches to a branch.
    ///
    /// # Errors
    ///
    /// Fails if there is no such branch, and if the temporary folder cannot be written.
    pub(crate) fn switch(&self, branch: &str) -> Result<()> {
        let switch = || {
            self.git.set_head(&format!("refs/heads/{branch}"))?;
            self.git.checkout_head(Some(CheckoutBuilder::new().force()))
        };
        switch().map_err(failed)
    }

    /// The commit of HEAD; `None` before the first commit.
    fn head(&self) -> std::result::Result<Option<Commit<'_>>, git2::Error> {
        match self.git.head() {
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Ok(None),
            head => head?.peel_to_commit().map(Some),
        }
    }

    fn author(&self) -> std::result::Result<Signature<'static>, git2::Error> {
        Signature::new(
            "Ada",
            "ada@example.com",
            &Time::new(START + 60 * self.commits, 0),
        )
    }
}

fn failed(error: git2::Error) -> Error {
    Error::repository(
        "the sample repository cannot be created",
        "check the free disk space of the temporary directory",
    )
    .with_source(error)
}
