//! The commits that are older than a policy, and so exempt from it.
//!
//! A policy starts at a tag or a commit, never at a date, since anybody can write any date into a
//! commit.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::branch::BranchCommit;
use crate::commit::Id;
use crate::config::Policy;
use crate::error::{Error, Result};
use crate::git::{GitHistory, Repository};
use crate::history::reachable_from_start;
use crate::source::shorten;

/// For each start of a policy, the commits that are reachable from it.
///
/// All commits are reachable from `tip`.
///
/// # Errors
///
/// Fails if the start of a policy is not in this clone, or if history is missing.
pub(crate) fn commits_before_starts(
    repository: &Repository,
    history: &GitHistory<'_>,
    policies: &[Policy],
    commits: &[BranchCommit],
    tip: Id,
) -> Result<HashMap<String, HashSet<Id>>> {
    let mut before = HashMap::new();
    for policy in policies {
        let Some(since) = policy
            .since
            .as_ref()
            .filter(|since| !before.contains_key(*since))
        else {
            continue;
        };
        let start = start_of(repository, policy, since)?;
        let stored = commits.iter().filter(|commit| !commit.is_predicted);
        let candidates = stored.map(|commit| commit.classified.commit.id);
        before.insert(
            since.clone(),
            reachable_from_start(history, start, tip, candidates)?,
        );
    }
    Ok(before)
}

/// The commit at which a policy starts.
fn start_of(repository: &Repository, policy: &Policy, since: &str) -> Result<Id> {
    let is_id = Id::from_hex(since.as_bytes()).is_some();
    let revision = if is_id {
        since.to_owned()
    } else {
        format!("refs/tags/{since}")
    };
    let missing = || {
        let (what, help) = if is_id {
            (
                "this clone has no such commit",
                repository.fetch_help(since),
            )
        } else if since.parse::<Date>().is_ok() {
            (
                "this clone has no such tag, and dates are not accepted",
                "use a tag or a full commit ID".to_owned(),
            )
        } else {
            (
                "this clone has no such tag",
                repository.fetch_help(&revision),
            )
        };
        let since = shorten(since);
        Error::history(
            format!(
                "`since` of the policy `{}` is `{since}`, but {what}",
                policy.name
            ),
            help,
        )
    };
    repository.find_commit(&revision)?.ok_or_else(missing)
}
