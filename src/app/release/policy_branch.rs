//! The commits of a release as a branch, so that policies can be matched with them.

use std::collections::{BTreeSet, HashSet};

use crate::app::gate::policy_start::commits_before_starts;
use crate::app::release::tickets::CommitContext;
use crate::approval::CommitFacts;
use crate::branch::{Branch, BranchCommit};
use crate::commit::{Id, RawCommit, decoded};
use crate::error::{Error, Result};
use crate::history::{
    HistoryView, NextOptions, NextVersion, Objects as _, VersionQuery, paths_changed_by,
};
use crate::rules::{PolicyApprovals, globs_of_policies};
use crate::source::Source;

/// The commits of these versions as a branch with the policies of the configuration. `facts_of`
/// returns what is known about a commit already.
///
/// # Errors
///
/// Fails if a commit or a tree cannot be read.
pub(crate) fn policy_branch<'f>(
    context: CommitContext<'_>,
    versions: &[&NextVersion],
    facts_of: impl Fn(Id) -> Option<&'f CommitFacts>,
) -> Result<Branch> {
    let histories = context.ticket_histories()?;
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for classified in versions
        .iter()
        .flat_map(|next| &next.commits)
        .filter(|classified| seen.insert(classified.commit.id))
    {
        let id = classified.commit.id;
        let object = context.history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        all.push(BranchCommit {
            message: Source::new(id.to_string(), decoded(raw.message, raw.encoding).0),
            paths: match facts_of(id) {
                Some(facts) => histories.paths(facts)?.to_vec(),
                None => paths_changed_by(context.history, context.repository, id)?,
            },
            parents: raw.parents.len(),
            classified: classified.clone(),
            is_predicted: false,
        });
    }
    let paths: BTreeSet<String> = all
        .iter()
        .flat_map(|commit| &commit.paths)
        .cloned()
        .collect();
    Ok(Branch {
        links: changed_links(context, &all)?,
        paths: paths.into_iter().collect(),
        policies: context.config.policies.clone(),
        before_start: commits_before_starts(
            context.repository,
            context.history,
            &context.config.policies,
            &all,
            context.tip,
        )?,
        commits: all,
        ..Branch::empty(context.tip)
    })
}

/// The approvals that policies require for the commits of these versions.
///
/// # Errors
///
/// Fails if a commit or a tree cannot be read.
pub(crate) fn policy_approvals<'f>(
    context: CommitContext<'_>,
    versions: &[&NextVersion],
    facts_of: impl Fn(Id) -> Option<&'f CommitFacts>,
) -> Result<PolicyApprovals> {
    if !PolicyApprovals::are_in(&context.config.policies) {
        return Ok(PolicyApprovals::default());
    }
    let branch = policy_branch(context, versions, facts_of)?;
    Ok(PolicyApprovals::of(&branch))
}

/// The approvals that policies require for the unreleased commits.
///
/// # Errors
///
/// Fails if history is missing, or if a commit or a tree cannot be read.
pub(crate) fn policy_approvals_since_release(
    context: CommitContext<'_>,
) -> Result<PolicyApprovals> {
    if !PolicyApprovals::are_in(&context.config.policies) {
        return Ok(PolicyApprovals::default());
    }
    let history = HistoryView::new(context.history, context.tip);
    let query = VersionQuery::new(context.config, None);
    let versions = query.propose(&history, &NextOptions::default())?;
    let versions: Vec<&NextVersion> = versions.units.iter().map(|unit| &unit.next).collect();
    policy_approvals(context, &versions, |_| None)
}

/// The paths at which commits change links and submodules that may take the place of a policy's
/// paths.
fn changed_links(context: CommitContext<'_>, all: &[BranchCommit]) -> Result<BTreeSet<String>> {
    let globs = globs_of_policies(&context.config.policies);
    let mut links = BTreeSet::new();
    for commit in all {
        let paths: Vec<&String> = commit
            .paths
            .iter()
            .filter(|path| globs.may_match(path))
            .collect();
        if paths.is_empty() {
            continue;
        }
        let id = commit.classified.commit.id;
        for commit in context.repository.parents(id)?.into_iter().chain([id]) {
            let tree = context.repository.tree(commit)?;
            links.extend(
                tree.links_at(paths.iter().map(|path| path.as_str()))?
                    .into_iter()
                    .map(str::to_owned),
            );
        }
    }
    Ok(links)
}
