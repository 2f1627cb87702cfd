//! Collects what the report about the configuration says; `report` writes the document.

use std::path::Path;

use jiff::Timestamp;

use crate::app::project::project_name;
use crate::app::report::{ReportOptions, clock};
use crate::commit::{Id, RawCommit};
use crate::error::Result;
use crate::git::Repository;
use crate::history::Tree as _;
use crate::report::{ConfigChange, PolicyFacts};
use crate::signature::AllowedSigners;
use crate::source::Source;
use crate::workspace::Workspace;

/// How many commits are compared to find the last change of the configuration.
const MAX_COMPARED: usize = 20_000;

/// Collects what is known about the configuration at HEAD.
///
/// # Errors
///
/// Fails if the configuration, the commit, or the keys cannot be read.
pub(crate) fn policy_facts(
    repository: &Repository,
    options: &ReportOptions,
) -> Result<PolicyFacts> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let head = repository.resolve("HEAD")?;
    let tree = repository.tree(head)?;
    let keys = config
        .approvals
        .as_ref()
        .and_then(|policy| policy.allowed_signers.as_deref());
    let file = match keys {
        Some(path) => tree.file(path)?,
        None => None,
    };
    let signers = file.map(|file| {
        let text = String::from_utf8_lossy(&file.bytes);
        AllowedSigners::parse(&Source::new("allowed_signers", text)).0
    });
    // A file named on the command line may be anywhere.
    let in_commit = options.config.is_none();
    let source = config.source.as_ref().filter(|_| in_commit);
    let changed = match source {
        Some(source) => last_change(repository, head, Path::new(source.name()))?,
        None => None,
    };
    Ok(PolicyFacts {
        project: project_name(repository, &config, None),
        commit: head,
        at: committed_at(repository, head)?,
        changed,
        files: tree.files(|_| true)?,
        signers,
        clock: clock(&config, options)?,
        config,
    })
}

/// The last commit of the first-parent line that changed a file; `None` if it is too far back or
/// not in a shallow clone.
fn last_change(repository: &Repository, head: Id, path: &Path) -> Result<Option<ConfigChange>> {
    let mut commit = head;
    let current = repository.tree(commit)?.object_at(path)?;
    for _ in 0..MAX_COMPARED {
        let parent = repository.parents(commit)?.into_iter().next();
        let before = match parent {
            None => None,
            Some(parent) if !repository.has_object(parent) => return Ok(None),
            Some(parent) => repository.tree(parent)?.object_at(path)?,
        };
        match parent {
            Some(parent) if before == current => commit = parent,
            _ => {
                return Ok(Some(ConfigChange {
                    commit: commit.to_string(),
                    at: committed_at(repository, commit)?,
                }));
            }
        }
    }
    Ok(None)
}

/// When a commit was made, by the clock of the person who made it.
fn committed_at(repository: &Repository, commit: Id) -> Result<Option<Timestamp>> {
    let object = repository.commit_object(commit)?;
    let seconds = RawCommit::parse(&object).and_then(|raw| raw.committer.seconds);
    Ok(seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()))
}
