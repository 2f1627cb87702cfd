//! What the policies ask of a branch, and which commits and paths make them ask.
//!
//! A branch is looked at in parts: a path that differs, by a commit that changes it. An exemption
//! takes parts out, and so does a commit that excepts itself where the policy lets it; what is left
//! makes a policy ask.

use std::collections::{BTreeSet, HashMap};

use super::branch::{Branch, BranchCommit, TicketVersion};
use crate::config::{Exception, GlobsBelow, PathGlobs, Policy, Requirement};
use crate::document::Value;
use crate::history::Reason;
use crate::rules::settings::Settings;

/// A policy that asks for a ticket, with what makes it ask.
#[derive(Debug)]
pub(in crate::rules) struct Demand<'b> {
    pub(in crate::rules) policy: &'b Policy,
    /// The parts, by path and newest commits first; at least one.
    pub(in crate::rules) because: Vec<Part<'b>>,
}

/// A part of a branch.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Part<'b> {
    /// The path that differs; `None`: a commit that changes none.
    pub(in crate::rules) path: Option<&'b str>,
    /// The commit that changes it; `None`: no single commit does, but the branch as a whole.
    pub(in crate::rules) commit: Option<&'b BranchCommit>,
}

/// A policy with its globs understood.
struct Eye<'b> {
    policy: &'b Policy,
    paths: PathGlobs,
    below: GlobsBelow,
}

/// The globs of all policies that ask for something, for paths that may stand for what is below
/// them.
#[must_use]
pub fn globs_of_policies(policies: &[Policy]) -> GlobsBelow {
    let asking = policies
        .iter()
        .filter(|policy| policy.requires != Requirement::Nothing);
    GlobsBelow::new(&asking.flat_map(|policy| &policy.paths).collect::<Vec<_>>())
}

/// The demands of all policies, in the order of the configuration.
pub(in crate::rules) fn demands(branch: &Branch) -> Vec<Demand<'_>> {
    retained(branch, |part, policy| !is_excepted(part, policy))
}

/// The policies that would ask for a ticket, each with the parts whose commit exempts itself.
pub(in crate::rules) fn excepted(branch: &Branch) -> Vec<Demand<'_>> {
    retained(branch, is_excepted)
}

/// The policies that look at the branch, with the parts that are to be kept; without those that
/// have none.
fn retained(branch: &Branch, is_kept: impl Fn(&Part<'_>, &Policy) -> bool) -> Vec<Demand<'_>> {
    let mut demands = concerned(branch);
    for Demand { policy, because } in &mut demands {
        because.retain(|part| is_kept(part, policy));
    }
    demands.retain(|demand| !demand.because.is_empty());
    demands
}

/// The parts that each policy looks at, also those whose commit exempts itself.
fn concerned(branch: &Branch) -> Vec<Demand<'_>> {
    let eyes = branch
        .policies
        .iter()
        .filter(|policy| policy.is_about_branches())
        .map(Eye::of);
    let (exempting, asking): (Vec<_>, Vec<_>) =
        eyes.partition(|eye| eye.policy.requires == Requirement::Nothing);
    let mut left = parts(branch);
    left.retain(|part| {
        !exempting
            .iter()
            .any(|eye| eye.looks_at(part, &branch.links))
    });
    let because = |eye: &Eye<'_>| {
        let asks = |part: &&Part<'_>| {
            eye.looks_at(part, &branch.links) && !is_older_than_policy(part, eye.policy, branch)
        };
        left.iter().filter(asks).copied().collect()
    };
    asking
        .iter()
        .map(|eye| Demand {
            policy: eye.policy,
            because: because(eye),
        })
        .collect()
}

/// What a ticket lacks of what a policy asks for, in words; empty: nothing.
pub(in crate::rules) fn lacking(
    policy: &Policy,
    version: &TicketVersion,
    settings: &Settings,
) -> Vec<String> {
    let Requirement::Ticket { sections, min_risk } = &policy.requires else {
        return Vec::new();
    };
    let root = version.document.root();
    // An empty table says nothing.
    let says_something =
        |value: &Value| !matches!(value, Value::Table(table) if table.entries().is_empty());
    let has = |section: &str| {
        root.get(section)
            .is_some_and(|node| says_something(&node.value))
    };
    let missing = sections.iter().filter(|section| !has(section));
    let mut lacking: Vec<String> = missing
        .map(|section| format!("a `[{section}]` table"))
        .collect();
    let risk = settings.stricter_risk_of(&version.ticket);
    if let Some(least) = min_risk.filter(|least| risk < *least) {
        lacking.push(format!(
            "a risk of at least `{}` (the risk is `{}`)",
            least.as_str(),
            risk.as_str()
        ));
    }
    lacking
}

/// Whether a policy that looks at tickets looks at this one.
pub(in crate::rules) fn looks_at_ticket(
    policy: &Policy,
    version: &TicketVersion,
    settings: &Settings,
) -> bool {
    let ticket = &version.ticket;
    let in_category = policy.categories.is_empty()
        || ticket
            .category
            .is_some_and(|category| policy.categories.contains(&category));
    let risk = settings.stricter_risk_of(ticket);
    in_category && policy.risk.is_none_or(|least| risk >= least)
}

fn parts(branch: &Branch) -> Vec<Part<'_>> {
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
                parts.extend(commits.iter().map(|commit| Part {
                    path: Some(path),
                    commit: Some(*commit),
                }));
            }
            None => parts.push(Part {
                path: Some(path),
                commit: None,
            }),
        }
    }
    let says_something = |commit: &&BranchCommit| {
        !matches!(
            commit.judged.reason,
            Reason::Merge | Reason::Reverted | Reason::Reverting
        )
    };
    let differs = |path: &String| branch.paths.binary_search(path).is_ok();
    let bare = branch
        .commits
        .iter()
        .filter(says_something)
        .filter(|commit| !commit.paths.iter().any(differs));
    parts.extend(bare.map(|commit| Part {
        path: None,
        commit: Some(commit),
    }));
    parts
}

fn is_excepted(part: &Part<'_>, policy: &Policy) -> bool {
    policy.exception == Exception::Allowed
        && part
            .commit
            .is_some_and(|commit| commit.judged.commit.no_ticket_reason().is_some())
}

fn is_older_than_policy(part: &Part<'_>, policy: &Policy, branch: &Branch) -> bool {
    let older = policy
        .since
        .as_ref()
        .and_then(|since| branch.before_start.get(since));
    part.commit
        .is_some_and(|commit| older.is_some_and(|older| older.contains(&commit.judged.commit.id)))
}

impl<'b> Eye<'b> {
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
    fn looks_at_path(&self, path: &str, links: &BTreeSet<String>) -> bool {
        let asks = self.policy.requires != Requirement::Nothing;
        self.paths.is_match(path)
            || asks
                && (self.paths.may_match(path)
                    || links.contains(path) && self.below.may_match(path))
    }

    fn looks_at(&self, part: &Part<'_>, links: &BTreeSet<String>) -> bool {
        let Policy {
            paths,
            bump,
            types,
            scopes,
            ..
        } = self.policy;
        let by_path = paths.is_empty()
            || part
                .path
                .is_some_and(|path| self.looks_at_path(path, links));
        let commit = |judge: &dyn Fn(&BranchCommit) -> bool| part.commit.is_some_and(judge);
        by_path
            && bump.is_none_or(|least| commit(&|commit| commit.judged.bump >= least))
            && (types.is_empty() || commit(&|commit| is_of_type(commit, types)))
            && (scopes.is_empty() || commit(&|commit| is_of_scope(commit, scopes)))
    }
}

fn is_of_type(commit: &BranchCommit, types: &[String]) -> bool {
    commit
        .judged
        .commit
        .kind_name()
        .is_some_and(|kind| types.contains(&kind.to_lowercase()))
}

fn is_of_scope(commit: &BranchCommit, scopes: &[String]) -> bool {
    commit
        .judged
        .commit
        .scope()
        .is_some_and(|scope| scopes.iter().any(|known| known == scope))
}
