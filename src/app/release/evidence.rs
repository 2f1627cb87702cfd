//! Evidence of earlier releases in a commit's manifests, in its changelog and in Git's settings.
//!
//! Decides nothing: `history` decides what counts as a sign.

use crate::app::release::stated_versions::version_files;
use crate::changelog;
use crate::commit::Id;
use crate::config::Config;
use crate::error::Result;
use crate::git::Repository;
use crate::history::{Evidence, Manifest, TagRemote, Tree as _};
use crate::release::{member_versions, read_versions, unversioned_workspaces};

/// The evidence in a commit and its repository.
#[derive(Debug)]
pub(crate) struct CommitEvidence<'a> {
    repository: &'a Repository,
    config: &'a Config,
    /// The commit; `None`: that of HEAD.
    commit: Option<Id>,
}

impl<'a> CommitEvidence<'a> {
    /// The evidence of HEAD.
    #[must_use]
    pub(crate) const fn of_head(repository: &'a Repository, config: &'a Config) -> Self {
        Self {
            repository,
            config,
            commit: None,
        }
    }

    /// The evidence of a commit.
    #[must_use]
    pub(crate) const fn of_commit(
        repository: &'a Repository,
        config: &'a Config,
        commit: Id,
    ) -> Self {
        Self {
            repository,
            config,
            commit: Some(commit),
        }
    }
}

impl Evidence for CommitEvidence<'_> {
    fn manifests(&self, package: Option<&str>) -> Result<Vec<Manifest>> {
        let commit = self
            .commit
            .map_or_else(|| self.repository.resolve("HEAD"), Ok)?;
        let tree = self.repository.tree(commit)?;
        let package = package.and_then(|name| self.config.package(name));
        let files = version_files(self.config, package);
        let mut found = read_versions(&files, &tree)?;
        for workspace in unversioned_workspaces(&files, &tree)? {
            found.extend(member_versions(&workspace, &tree)?);
        }
        let manifests = found.into_iter().filter_map(|file| {
            Some(Manifest {
                path: file.path,
                version: file.version?,
            })
        });
        Ok(manifests.collect())
    }

    fn changelog(&self, package: Option<&str>) -> Result<Option<Manifest>> {
        let commit = self
            .commit
            .map_or_else(|| self.repository.resolve("HEAD"), Ok)?;
        let package = package.and_then(|name| self.config.package(name));
        let Some(path) = self.config.changelog_file(package) else {
            return Ok(None);
        };
        let Some(file) = self.repository.tree(commit)?.file(path)? else {
            return Ok(None);
        };
        // Headings of versions are readable even if the rest is not.
        let highest = changelog::versions(&String::from_utf8_lossy(&file.bytes)).pop_last();
        Ok(highest.map(|version| Manifest {
            path: path.to_owned(),
            version,
        }))
    }

    fn remote(&self) -> Option<TagRemote> {
        self.repository.tag_remote()
    }
}
