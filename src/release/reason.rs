//! Judges whether a plan may be carried out.
//!
//! Pure: the state of tags, branch and work tree comes in as values, the reasons against the release go out.

use globset::Glob;

use super::plan::Plan;
use crate::commit::Id;
use crate::config::Config;
use crate::error::{Error, Result};

/// What a release meets in the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// A tag that bears the version already, by precedence, and its commit.
    pub taken: Option<(String, Id)>,
    /// Tracked files that differ from the base commit, sorted.
    pub changed: Vec<String>,
    /// Untracked files at paths that the release would make, sorted.
    pub occupied: Vec<String>,
    /// What is half-way in the work tree, such as `a merge`.
    pub under_way: Option<&'static str>,
}

/// Why a release may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The version is taken.
    TagExists {
        /// The tag that bears it.
        tag: String,
        /// The commit that the tag leads to.
        commit: Id,
    },
    /// A tracked file differs from the base commit.
    Changed(String),
    /// An untracked file lies where the release would make one.
    Occupied(String),
    /// A merge, rebase or the like is half-way.
    UnderWay(&'static str),
    /// HEAD is on no branch.
    Detached,
    /// Releases are made elsewhere.
    WrongBranch(String),
}

/// The reasons against the plan, none where it may be carried out.
///
/// # Errors
///
/// Fails where a glob of `branches` is none.
pub fn judge(plan: &Plan, circumstances: &Circumstances, config: &Config) -> Result<Vec<Reason>> {
    let mut reasons = Vec::new();
    if let Some((tag, commit)) = &circumstances.taken {
        reasons.push(Reason::TagExists { tag: tag.clone(), commit: *commit });
    }
    match &plan.branch {
        None => reasons.push(Reason::Detached),
        Some(branch) => {
            let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            if !is_allowed(branch, &config.branches)? {
                reasons.push(Reason::WrongBranch(branch.to_owned()));
            }
        }
    }
    reasons.extend(circumstances.under_way.map(Reason::UnderWay));
    reasons.extend(circumstances.changed.iter().cloned().map(Reason::Changed));
    reasons.extend(circumstances.occupied.iter().cloned().map(Reason::Occupied));
    Ok(reasons)
}

fn is_allowed(branch: &str, globs: &[String]) -> Result<bool> {
    for glob in globs {
        let matcher = Glob::new(glob).map_err(|cause| {
            Error::usage(format!("`{glob}` in `branches` is no glob"), "mend it in the configuration").because(cause)
        })?;
        if matcher.compile_matcher().is_match(branch) {
            return Ok(true);
        }
    }
    Ok(globs.is_empty())
}
