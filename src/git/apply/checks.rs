//! Step 2: checks under the release lock that the repository is as the plan assumes.
//!
//! Planning checked the same earlier. Changes since then are detected here, before anything is
//! written.

use git2::ErrorCode;

use super::{Session, failed};
use crate::error::{Error, Result};
use crate::git::history::to_oid;
use crate::git::preflight::preflight;
use crate::git::reference_list::{self, TAGS};
use crate::release::{ExistingVersion, LoweredVersion, Plan};

/// Refuses a plan that no longer applies.
pub(super) fn check(session: &Session<'_>, plan: &Plan) -> Result<()> {
    let git = &session.git;
    plan.tags
        .iter()
        .try_for_each(|tag| check_name(git, &tag.name))?;
    check_head(git, plan)?;
    check_replacements(session)?;
    let found = preflight(git, plan, &reference_list::list_below(git, TAGS)?)?;
    if let Some(ExistingVersion {
        version,
        tag,
        commit,
    }) = found.existing.first()
    {
        return Err(Error::refused(
            format!("{version} is already released: tag `{tag}` at `{commit}`"),
            "run `tollgate release` to plan again",
        ));
    }
    if let Some(LoweredVersion {
        path,
        before,
        after,
        ..
    }) = plan.lowered_versions().first()
    {
        let message =
            format!("the release would lower the version in `{path}` from {before} to {after}");
        return Err(Error::refused(
            message,
            "choose a higher version with `--set-version VERSION`, or correct the file",
        ));
    }
    if let Some(what) = found.operation_in_progress {
        return Err(Error::refused(
            format!("{what} is in progress"),
            "finish or abort it first; `git status` shows how",
        ));
    }
    if let Some(path) = found.changed.first() {
        let message = match found.changed.len() - 1 {
            0 => format!("`{path}` has uncommitted changes"),
            1 => format!("`{path}` and 1 other file have uncommitted changes"),
            others => format!("`{path}` and {others} other files have uncommitted changes"),
        };
        return Err(Error::refused(
            message,
            "commit the changes, or run `git stash`",
        ));
    }
    if let Some(path) = found.untracked_conflicts.first() {
        return Err(Error::refused(
            format!("the release would overwrite the untracked file `{path}`"),
            "commit it; if `tollgate changelog --write` created it, delete it: the release writes the changelog itself",
        ));
    }
    Ok(())
}

/// The name of a tag's reference must be valid, and no other reference may be a folder of it or be
/// below it.
fn check_name(git: &git2::Repository, tag: &str) -> Result<()> {
    let name = format!("refs/tags/{tag}");
    if !git2::Reference::is_valid_name(&name) || tag.starts_with('-') {
        let message = format!("`{tag}` is not a valid tag name");
        return Err(Error::refused(
            message,
            "correct `tag_prefix` in the configuration",
        ));
    }
    let ancestors = name
        .match_indices('/')
        .skip(2)
        .map(|(end, _)| name[..end].to_owned());
    let mut others = git
        .references_glob(&format!("{name}/*"))
        .map_err(failed("the tags cannot be read"))?;
    let below = others
        .names()
        .next()
        .and_then(|name| name.ok().map(str::to_owned));
    let above = ancestors
        .into_iter()
        .find(|ancestor| git.find_reference(ancestor).is_ok());
    match above.or(below) {
        None => Ok(()),
        Some(other) => Err(Error::refused(
            format!("`{name}` cannot be created because `{other}` exists"),
            "delete or rename that reference, or change `tag_prefix`",
        )),
    }
}

fn check_head(git: &git2::Repository, plan: &Plan) -> Result<()> {
    let Some(branch) = &plan.branch else {
        return Err(Error::refused(
            "HEAD is detached",
            "run `git switch BRANCH` first: a release is made from a branch",
        ));
    };
    let head = git
        .find_reference("HEAD")
        .map_err(failed("HEAD cannot be read"))?;
    if head.symbolic_target_bytes() != Some(branch.as_bytes()) {
        let message = format!("HEAD is no longer on `{branch}`");
        return Err(Error::refused(
            message,
            "run `tollgate release` to plan again",
        ));
    }
    match git.find_reference(branch) {
        Ok(tip) if tip.target() == Some(to_oid(plan.base)) => Ok(()),
        Ok(_) => Err(Error::refused(
            format!("`{branch}` has moved since the release was planned"),
            "run `tollgate release` to plan again",
        )),
        Err(error) if error.code() == ErrorCode::NotFound => Err(Error::refused(
            format!("`{branch}` was deleted"),
            "run `tollgate release` to plan again",
        )),
        Err(error) => Err(failed("the branch cannot be read")(error)),
    }
}

/// Git and libgit2 see different commits if there are replacements, so the release would not be
/// what Git shows.
fn check_replacements(session: &Session<'_>) -> Result<()> {
    let replaced = reference_list::list_below(&session.git, "refs/replace/")?;
    if !replaced.is_empty() || session.common.join("info/grafts").exists() {
        return Err(Error::refused(
            "this repository has replaced commits (`refs/replace` or `info/grafts`)",
            "release from a fresh clone",
        ));
    }
    Ok(())
}
