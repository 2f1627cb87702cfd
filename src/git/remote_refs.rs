//! The references of a remote, read by one `git ls-remote`, and whether a release can follow them.
//!
//! A version is computed from the tags of this repository. If the remote has others, the version
//! may be wrong, and a push would publish it. Whether a tag changes the version is unknown until it
//! is fetched, so none may be missing.

use std::collections::BTreeMap;

use git2::Oid;

use super::Repository;
use super::history::{from_oid, to_oid};
use super::program::Program;
use super::reference_list::{self, MAX_REFERENCES, TAGS};
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::history::Base;
use crate::release::{Event, PlannedPush, Progress, PushTarget};
use crate::source::{ShellWords, quoted_list, shell_command};
use crate::version::from_tag;

/// The maximum number of tags in a message.
const MAX_NAMED_TAGS: usize = 5;

/// The references of a remote that concern a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteRefs {
    /// The commit of the branch that is pushed to; `None`: the remote does not have the branch.
    pub(super) branch: Option<Oid>,
    /// All tags, by their names without `refs/tags/`: the objects that they refer to.
    tags: BTreeMap<String, Oid>,
}

impl Repository {
    /// Checks whether a release of `base` can be pushed to a remote, given its branch and tags.
    ///
    /// # Errors
    ///
    /// Fails if the remote can't be queried, if its branch isn't at `base`, and if it has a version
    /// tag that this repository doesn't have.
    pub(crate) fn check_remote(
        &self,
        push: &PlannedPush,
        base: Id,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        progress.report(Event::CheckingRemote(&push.target.remote));
        let refs = RemoteRefs::read(self.raw(), &Program::find(self.raw())?, &push.target)?;
        refs.check(self.raw(), push, base)
    }

    /// Checks whether a remote has the releases of this repository, by their tags and commits, and
    /// reports what is missing.
    ///
    /// `branch` is the local branch of the releases, as `refs/heads/…`.
    ///
    /// # Errors
    ///
    /// Fails if the remote can't be queried.
    pub(crate) fn find_unpublished(
        &self,
        branch: &str,
        target: &PushTarget,
        released: &[&Base],
        progress: &mut dyn Progress,
    ) -> Result<Option<Error>> {
        progress.report(Event::CheckingRemote(&target.remote));
        let refs = RemoteRefs::read(self.raw(), &Program::find(self.raw())?, target)?;
        Ok(refs.unpublished(self.raw(), branch, target, released))
    }
}

impl RemoteRefs {
    /// Queries the remote.
    pub(super) fn read(
        git: &git2::Repository,
        program: &Program,
        target: &PushTarget,
    ) -> Result<Self> {
        let address = push_address(git, target)?;
        let arguments = [
            "ls-remote",
            "--refs",
            "--",
            &address,
            &target.branch,
            "refs/tags/*",
        ];
        let answer = program
            .output(&arguments)
            .map_err(|error| error.context(&format!("remote `{}`", target.remote)))?;
        let mut refs = Self {
            branch: None,
            tags: BTreeMap::new(),
        };
        for line in answer.lines() {
            let Some((id, name)) = line.split_once('\t') else {
                continue;
            };
            let id = || {
                Oid::from_str(id).map_err(|error| {
                    let message = format!(
                        "the response from remote `{}` cannot be parsed",
                        target.remote
                    );
                    Error::repository(message, "run `git ls-remote` with its URL to see it")
                        .with_source(error)
                })
            };
            // The pattern of `git ls-remote` also matches the end of a longer name.
            if name == target.branch {
                refs.branch = Some(id()?);
            } else if let Some(tag) = name.strip_prefix(TAGS) {
                refs.tags.insert(tag.to_owned(), id()?);
            }
        }
        if refs.tags.len() > MAX_REFERENCES {
            let message = format!("`{}` has more than {MAX_REFERENCES} tags", target.remote);
            return Err(Error::limit(
                message,
                "delete the tags that are no longer needed",
            ));
        }
        Ok(refs)
    }

    /// The object that a tag refers to; `None`: the remote does not have the tag.
    pub(super) fn tag(&self, name: &str) -> Option<Oid> {
        self.tags.get(name).copied()
    }

    /// Refuses a release of `base` that the branch or the tags of the remote don't allow.
    pub(super) fn check(&self, git: &git2::Repository, push: &PlannedPush, base: Id) -> Result<()> {
        // Tags first: without them, the version of the release may be wrong.
        self.check_version_tags(git, push)?;
        self.check_branch(&push.target, to_oid(base))
    }

    /// Describes the releases that the remote doesn't have, and how to publish them.
    fn unpublished(
        &self,
        git: &git2::Repository,
        branch: &str,
        target: &PushTarget,
        released: &[&Base],
    ) -> Option<Error> {
        let (remote, here, there) = (
            &target.remote,
            short_branch(branch),
            short_branch(&target.branch),
        );
        let has_commit = |commit: Id| {
            let commit = to_oid(commit);
            // A tip that is missing here cannot be checked; Git rejects a push that does not follow
            // it.
            self.branch.is_some_and(|tip| {
                tip == commit || git.graph_descendant_of(tip, commit).unwrap_or(false)
            })
        };
        let is_known = self.branch.is_some_and(|tip| git.find_commit(tip).is_ok());
        let lacks_tag = |tag: &str| self.tag(tag).is_none();
        let lacking: Vec<_> = released
            .iter()
            .filter(|base| lacks_tag(&base.tag) || is_known && !has_commit(base.commit))
            .collect();
        let first = &lacking.first()?.tag;
        let tags: Vec<_> = lacking.iter().map(|base| base.tag.as_str()).collect();
        let message = if tags.iter().any(|tag| lacks_tag(tag)) {
            let missing = quoted_list(tags.iter().filter(|tag| lacks_tag(tag)));
            format!("`{remote}` does not have {missing}")
        } else {
            format!("`{there}` on `{remote}` does not contain the commit of `{first}`")
        };
        let branch = match lacking.iter().all(|base| has_commit(base.commit)) {
            true => None,
            false if here == there => Some(here.to_owned()),
            false => Some(format!("{here}:{there}")),
        };
        let refs = ShellWords::new(branch.as_deref().into_iter().chain(tags));
        let command = shell_command!("git push --atomic {remote} {refs}", remote, refs);
        Some(Error::refused(message, format!("publish it: {command}")))
    }

    /// Every version tag of the remote must be here, as the same object.
    pub(super) fn check_version_tags(
        &self,
        git: &git2::Repository,
        push: &PlannedPush,
    ) -> Result<()> {
        let here = reference_list::list_below(git, TAGS)?;
        let here: BTreeMap<_, _> = here
            .iter()
            .map(|tag| (tag.name_below(TAGS), tag.target))
            .collect();
        let version = |name: &str| {
            push.tag_prefixes
                .iter()
                .find_map(|prefix| from_tag(name, prefix))
        };
        let (mut missing, mut different) = (Vec::new(), Vec::new());
        for (name, there) in &self.tags {
            let Some(version) = version(name) else {
                continue;
            };
            match here.get(name.as_str()) {
                None => missing.push((version, name)),
                Some(here) if *here != from_oid(*there) => different.push((name, *here, there)),
                Some(_) => {}
            }
        }
        let remote = &push.target.remote;
        if !missing.is_empty() {
            missing.sort_by(|one, other| other.cmp(one));
            let names = missing.into_iter().map(|(_, name)| name.as_str()).collect();
            return Err(missing_tags(remote, names, &fetch_tags(git, remote, false)));
        }
        let Some((name, here, there)) = different.first() else {
            return Ok(());
        };
        Err(Error::refused(
            format!("tag `{name}` is `{here}` locally and `{there}` on `{remote}`"),
            format!(
                "run `{}` to replace the local tags, then release again",
                fetch_tags(git, remote, true)
            ),
        ))
    }

    /// The branch of the remote must be at the commit that is released.
    fn check_branch(&self, target: &PushTarget, base: Oid) -> Result<()> {
        let (name, branch) = (&target.remote, short_branch(&target.branch));
        match self.branch {
            Some(tip) if tip == base => Ok(()),
            Some(tip) => Err(Error::refused(
                format!(
                    "`{branch}` on `{name}` is at `{tip}`, but the release is based on `{base}`"
                ),
                "run `git pull` or `git push` first: the local and remote branches must match",
            )),
            None => Err(Error::refused(
                format!("`{name}` has no branch `{branch}`"),
                format!(
                    "push the branch first: {}",
                    shell_command!(
                        "git push {name} HEAD:{branch}",
                        name,
                        branch = target.branch
                    )
                ),
            )),
        }
    }
}

/// The argument that names the remote for Git: its name, or the address that it is pushed to if
/// that is a different one.
pub(super) fn push_address(git: &git2::Repository, target: &PushTarget) -> Result<String> {
    let remote = git.find_remote(&target.remote).map_err(|error| {
        let help = "run `git remote --verbose` to list the remotes";
        Error::refused(format!("remote `{}` does not exist", target.remote), help)
            .with_source(error)
    })?;
    Ok(match remote.pushurl() {
        Ok(Some(pushed)) => pushed.to_owned(),
        _ => target.remote.clone(),
    })
}

/// The error for version tags that are missing here, the highest first.
fn missing_tags(remote: &str, names: Vec<&str>, fetch: &str) -> Error {
    let named = quoted_list(names.iter().take(MAX_NAMED_TAGS));
    let more = names.len().saturating_sub(MAX_NAMED_TAGS);
    let message = match (names.len(), more) {
        (1, _) => format!("`{remote}` has a version tag that this clone lacks: {named}"),
        (count, 0) => format!("`{remote}` has {count} version tags that this clone lacks: {named}"),
        (count, more) => format!(
            "`{remote}` has {count} version tags that this clone lacks: {named} and {more} more"
        ),
    };
    Error::refused(message, format!("run `{fetch}`, then release again"))
}

/// The command that fetches the tags of the repository that is pushed to.
fn fetch_tags(git: &git2::Repository, remote: &str, force: bool) -> String {
    // The address may hold credentials, so it is not printed.
    let has_push_address = git
        .find_remote(remote)
        .is_ok_and(|remote| matches!(remote.pushurl(), Ok(Some(_))));
    let remote = if has_push_address {
        ShellWords::output_of(&shell_command!(
            "git remote get-url --push {remote}",
            remote
        ))
    } else {
        ShellWords::new([remote])
    };
    if force {
        shell_command!("git fetch --tags --force {remote}", remote)
    } else {
        shell_command!("git fetch --tags {remote}", remote)
    }
}

/// A branch without `refs/heads/`.
pub(super) fn short_branch(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}
