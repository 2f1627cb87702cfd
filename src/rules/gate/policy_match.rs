//! Which policies a branch triggers, and which commits and paths trigger them.
//!
//! A branch consists of changed items: each is a changed path with a commit that changes it.
//! Policies that require nothing exempt the items that they match. If a policy allows it, commits
//! can exempt themselves from it. A policy is triggered if it matches any of the remaining items.

use std::collections::{BTreeSet, HashMap};

use crate::branch::{Branch, BranchCommit};
use crate::config::{Exception, GlobsBelow, PathGlobs, Policy, Requirement};
use crate::document::Value;
use crate::history::Reason;
use crate::rules::settings::Settings;
use crate::ticket::ParsedTicket;

/// A policy that requires a ticket, with the changes that trigger it.
#[derive(Debug)]
pub(in crate::rules) struct TriggeredPolicy<'b> {
    pub(in crate::rules) policy: &'b Policy,
    /// The items that it matches, by path, newest commits first; at least one.
    pub(in crate::rules) items: Vec<ChangedItem<'b>>,
}

/// A changed path with a commit that changes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct ChangedItem<'b> {
    /// The path; `None` for a commit that changes no path of the branch.
    pub(in crate::rules) path: Option<&'b str>,
    /// The commit; `None` if the path is changed by no single commit, but by the branch as a whole.
    pub(in crate::rules) commit: Option<&'b BranchCommit>,
}

/// A policy with compiled globs.
struct CompiledPolicy<'b> {
    policy: &'b Policy,
    paths: PathGlobs,
    below: GlobsBelow,
}

/// The globs of all policies that require something, to match paths that may contain other paths,
/// such as links and submodules.
#[must_use]
pub(crate) fn globs_of_policies(policies: &[Policy]) -> GlobsBelow {
    let requiring = policies
        .iter()
        .filter(|policy| policy.requires != Requirement::Nothing);
    GlobsBelow::new(
        &requiring
            .flat_map(|policy| &policy.paths)
            .collect::<Vec<_>>(),
    )
}

/// The policies that the branch triggers, in the order of the configuration.
pub(in crate::rules) fn triggered_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    retain_items(branch, |item, policy| !is_excepted(item, policy))
}

/// The policies from which commits exempt themselves, each with the items of these commits.
pub(in crate::rules) fn excepted_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    retain_items(branch, is_excepted)
}

/// The policies that match items for which `is_kept` is true, each with these items.
fn retain_items(
    branch: &Branch,
    is_kept: impl Fn(&ChangedItem<'_>, &Policy) -> bool,
) -> Vec<TriggeredPolicy<'_>> {
    let mut matching = match_policies(branch);
    for TriggeredPolicy { policy, items } in &mut matching {
        items.retain(|item| is_kept(item, policy));
    }
    matching.retain(|triggered| !triggered.items.is_empty());
    matching
}

/// Each policy with the items that it matches, including those whose commit exempts itself.
fn match_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    let compiled_policies = branch
        .policies
        .iter()
        .filter(|policy| policy.is_about_branches())
        .map(CompiledPolicy::of);
    let (exempting, requiring): (Vec<_>, Vec<_>) =
        compiled_policies.partition(|compiled| compiled.policy.requires == Requirement::Nothing);
    let mut remaining = changed_items(branch);
    remaining.retain(|item| {
        !exempting
            .iter()
            .any(|compiled| compiled.matches(item, &branch.links))
    });
    let matching_items = |compiled: &CompiledPolicy<'_>| {
        let applies = |item: &&ChangedItem<'_>| {
            compiled.matches(item, &branch.links)
                && !is_older_than_policy(item, compiled.policy, branch)
        };
        remaining.iter().filter(applies).copied().collect()
    };
    requiring
        .iter()
        .map(|compiled| TriggeredPolicy {
            policy: compiled.policy,
            items: matching_items(compiled),
        })
        .collect()
}

/// Describes the requirements of a policy that a ticket does not meet; empty if it meets all.
pub(in crate::rules) fn missing_requirements(
    policy: &Policy,
    version: &ParsedTicket,
    settings: &Settings,
) -> Vec<String> {
    let Requirement::Ticket {
        sections, min_risk, ..
    } = &policy.requires
    else {
        return Vec::new();
    };
    let root = version.document.root();
    // An empty table, list, or text counts as missing.
    let says_something = |value: &Value| match value {
        Value::Table(table) => !table.entries().is_empty(),
        Value::Array(nodes) => !nodes.is_empty(),
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    };
    let node = |section: &str| match section.split_once('.') {
        Some((table, field)) => root.get(table)?.as_table()?.get(field),
        None => root.get(section),
    };
    let has = |section: &str| node(section).is_some_and(|node| says_something(&node.value));
    let missing = sections.iter().filter(|section| !has(section));
    let mut missing_requirements: Vec<String> = missing
        .map(|section| match section.contains('.') {
            true => format!("`{section}`"),
            false => format!("a `[{section}]` table"),
        })
        .collect();
    let risk = settings.stricter_risk_of(&version.ticket);
    if let Some(minimum) = min_risk.filter(|minimum| risk < *minimum) {
        missing_requirements.push(format!(
            "a risk of at least `{}` (the risk is `{}`)",
            minimum.as_str(),
            risk.as_str()
        ));
    }
    missing_requirements
}

/// Whether a policy applies to a ticket, by its category and its risk.
pub(in crate::rules) fn matches_ticket(
    policy: &Policy,
    version: &ParsedTicket,
    settings: &Settings,
) -> bool {
    let ticket = &version.ticket;
    let in_category = policy.categories.is_empty()
        || ticket
            .category
            .is_some_and(|category| policy.categories.contains(&category));
    let risk = settings.stricter_risk_of(ticket);
    in_category && policy.risk.is_none_or(|minimum| risk >= minimum)
}

fn changed_items(branch: &Branch) -> Vec<ChangedItem<'_>> {
    let mut changing: HashMap<&str, Vec<&BranchCommit>> = HashMap::new();
    for commit in &branch.commits {
        commit
            .paths
            .iter()
            .for_each(|path| changing.entry(path).or_default().push(commit));
    }
    let mut items = Vec::new();
    for path in &branch.paths {
        let path_in_branch = branch.renamed.get(path).unwrap_or(path);
        match changing.get(path_in_branch.as_str()) {
            Some(commits) => {
                items.extend(commits.iter().map(|commit| ChangedItem {
                    path: Some(path),
                    commit: Some(*commit),
                }));
            }
            None => items.push(ChangedItem {
                path: Some(path),
                commit: None,
            }),
        }
    }
    let says_something = |commit: &&BranchCommit| {
        !matches!(
            commit.classified.reason,
            Reason::Merge | Reason::Reverted | Reason::Reverting
        )
    };
    let differs = |path: &String| branch.paths.binary_search(path).is_ok();
    let bare = branch
        .commits
        .iter()
        .filter(says_something)
        .filter(|commit| !commit.paths.iter().any(differs));
    items.extend(bare.map(|commit| ChangedItem {
        path: None,
        commit: Some(commit),
    }));
    items
}

fn is_excepted(item: &ChangedItem<'_>, policy: &Policy) -> bool {
    policy.exception == Exception::Allowed
        && item
            .commit
            .is_some_and(|commit| commit.classified.commit.no_ticket_reason().is_some())
}

fn is_older_than_policy(item: &ChangedItem<'_>, policy: &Policy, branch: &Branch) -> bool {
    let older = policy
        .since
        .as_ref()
        .and_then(|since| branch.before_start.get(since));
    item.commit.is_some_and(|commit| {
        older.is_some_and(|older| older.contains(&commit.classified.commit.id))
    })
}

impl<'b> CompiledPolicy<'b> {
    fn of(policy: &'b Policy) -> Self {
        let paths = PathGlobs::new(&policy.paths)
            .expect("the configuration was read, and its globs with it");
        Self {
            policy,
            paths,
            below: GlobsBelow::new(&policy.paths),
        }
    }

    /// Whether the globs of the policy match a path, or may match a path below a link or a
    /// submodule at this path.
    ///
    /// A policy that requires something also matches paths that only some file systems treat as
    /// equal, such as those that differ in case. A policy that exempts matches exact paths only.
    fn matches_path(&self, path: &str, links: &BTreeSet<String>) -> bool {
        let applies = self.policy.requires != Requirement::Nothing;
        self.paths.is_match(path)
            || applies
                && (self.paths.may_match(path)
                    || links.contains(path) && self.below.may_match(path))
    }

    fn matches(&self, item: &ChangedItem<'_>, links: &BTreeSet<String>) -> bool {
        let Policy {
            paths,
            bump,
            types,
            scopes,
            ..
        } = self.policy;
        let by_path =
            paths.is_empty() || item.path.is_some_and(|path| self.matches_path(path, links));
        let commit = |matches: &dyn Fn(&BranchCommit) -> bool| item.commit.is_some_and(matches);
        by_path
            && bump.is_none_or(|minimum| commit(&|commit| commit.classified.bump >= minimum))
            && (types.is_empty() || commit(&|commit| has_type(commit, types)))
            && (scopes.is_empty() || commit(&|commit| has_scope(commit, scopes)))
    }
}

fn has_type(commit: &BranchCommit, types: &[String]) -> bool {
    commit
        .classified
        .commit
        .kind_name()
        .is_some_and(|kind| types.contains(&kind.to_lowercase()))
}

fn has_scope(commit: &BranchCommit, scopes: &[String]) -> bool {
    commit
        .classified
        .commit
        .scope()
        .is_some_and(|scope| scopes.iter().any(|known| known == scope))
}
