//! Which policies a branch triggers, and by which commits and paths.
//!
//! A branch is looked at in parts: a path that differs, by a commit that changes it. An exemption
//! takes parts out, and so does a commit that excepts itself where the policy lets it; what is left
//! makes a policy ask.

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
    /// The parts, by path and newest commits first; at least one.
    pub(in crate::rules) items: Vec<ChangedItem<'b>>,
}

/// A part of a branch.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct ChangedItem<'b> {
    /// The path that differs; `None`: a commit that changes none.
    pub(in crate::rules) path: Option<&'b str>,
    /// The commit that changes it; `None`: no single commit does, but the branch as a whole.
    pub(in crate::rules) commit: Option<&'b BranchCommit>,
}

/// A policy with its globs understood.
struct CompiledPolicy<'b> {
    policy: &'b Policy,
    paths: PathGlobs,
    below: GlobsBelow,
}

/// The globs of all policies that ask for something, for paths that may stand for what is below
/// them.
#[must_use]
pub(crate) fn globs_of_policies(policies: &[Policy]) -> GlobsBelow {
    let asking = policies
        .iter()
        .filter(|policy| policy.requires != Requirement::Nothing);
    GlobsBelow::new(&asking.flat_map(|policy| &policy.paths).collect::<Vec<_>>())
}

/// The demands of all policies, in the order of the configuration.
pub(in crate::rules) fn triggered_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    retain_items(branch, |item, policy| !is_excepted(item, policy))
}

/// The policies that would ask for a ticket, each with the parts whose commit exempts itself.
pub(in crate::rules) fn excepted_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    retain_items(branch, is_excepted)
}

/// The policies that look at the branch, with the parts that are to be kept; without those that
/// have none.
fn retain_items(
    branch: &Branch,
    is_kept: impl Fn(&ChangedItem<'_>, &Policy) -> bool,
) -> Vec<TriggeredPolicy<'_>> {
    let mut demands = match_policies(branch);
    for TriggeredPolicy {
        policy,
        items: because,
    } in &mut demands
    {
        because.retain(|item| is_kept(item, policy));
    }
    demands.retain(|triggered| !triggered.items.is_empty());
    demands
}

/// The parts that each policy looks at, also those whose commit exempts itself.
fn match_policies(branch: &Branch) -> Vec<TriggeredPolicy<'_>> {
    let compiled_policies = branch
        .policies
        .iter()
        .filter(|policy| policy.is_about_branches())
        .map(CompiledPolicy::of);
    let (exempting, asking): (Vec<_>, Vec<_>) =
        compiled_policies.partition(|compiled| compiled.policy.requires == Requirement::Nothing);
    let mut left = changed_items(branch);
    left.retain(|item| {
        !exempting
            .iter()
            .any(|compiled| compiled.matches(item, &branch.links))
    });
    let because = |compiled: &CompiledPolicy<'_>| {
        let applies = |item: &&ChangedItem<'_>| {
            compiled.matches(item, &branch.links)
                && !is_older_than_policy(item, compiled.policy, branch)
        };
        left.iter().filter(applies).copied().collect()
    };
    asking
        .iter()
        .map(|compiled| TriggeredPolicy {
            policy: compiled.policy,
            items: because(compiled),
        })
        .collect()
}

/// Describes the requirements of a policy that a ticket does not meet; empty: none.
pub(in crate::rules) fn missing_requirements(
    policy: &Policy,
    version: &ParsedTicket,
    settings: &Settings,
) -> Vec<String> {
    let Requirement::Ticket { sections, min_risk } = &policy.requires else {
        return Vec::new();
    };
    let root = version.document.root();
    // An empty table counts as missing.
    let says_something =
        |value: &Value| !matches!(value, Value::Table(table) if table.entries().is_empty());
    let has = |section: &str| {
        root.get(section)
            .is_some_and(|node| says_something(&node.value))
    };
    let missing = sections.iter().filter(|section| !has(section));
    let mut missing_requirements: Vec<String> = missing
        .map(|section| format!("a `[{section}]` table"))
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

/// Whether a policy that looks at tickets looks at this one.
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
    let mut parts = Vec::new();
    for path in &branch.paths {
        let own = branch.renamed.get(path).unwrap_or(path);
        match changing.get(own.as_str()) {
            Some(commits) => {
                parts.extend(commits.iter().map(|commit| ChangedItem {
                    path: Some(path),
                    commit: Some(*commit),
                }));
            }
            None => parts.push(ChangedItem {
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
    parts.extend(bare.map(|commit| ChangedItem {
        path: None,
        commit: Some(commit),
    }));
    parts
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

    /// Whether the policy looks at a path: the globs match it, or may match what a link or a
    /// submodule there stands for.
    ///
    /// What requires something looks at paths as any file system reads them; what exempts, at those
    /// that are written.
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
        let commit = |judge: &dyn Fn(&BranchCommit) -> bool| item.commit.is_some_and(judge);
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
