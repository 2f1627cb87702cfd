//! The parts of a report about a branch besides the findings: the policies that require a ticket,
//! the tickets that meet them, exceptions, and suppressions.

use super::policy_match::{
    ChangedItem, excepted_policies, matches_ticket, missing_requirements, triggered_policies,
};
use crate::branch::{Branch, BranchCommit};
use crate::commit::Id;
use crate::config::Policy;
use crate::rules::settings::Settings;
use crate::source::any_of;
use crate::ticket::{Directive, ParsedTicket};

/// A policy that requires a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyReport {
    /// The policy's name.
    pub(crate) policy: String,
    /// What triggered it, in words.
    pub(crate) trigger: String,
    /// The changes that triggered it: paths, each with the commit that changes it.
    pub(crate) triggers: Vec<(Option<String>, Option<Id>)>,
    /// What the tickets lack that cover the branch and do not meet it.
    pub(crate) lacking: Vec<String>,
    /// Whether a ticket of the branch meets its requirements.
    pub(crate) coverage: PolicyCoverage,
}

/// How the tickets that cover a branch meet the requirements of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum PolicyCoverage {
    /// The tickets with these IDs meet them.
    Met(Vec<String>),
    /// The tickets with these IDs cover the branch, but do not meet them.
    Unmet(Vec<String>),
    /// Tickets cover the branch, but the policy applies to none of them, so there is nothing to
    /// meet. Describes what a ticket must have for the policy to apply.
    NotApplicable(String),
    /// No ticket covers the branch.
    NoTicket,
}

/// A comment in a ticket of the branch that suppresses rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuppressionReport {
    /// The ticket's file.
    pub(crate) path: String,
    /// The line of the comment, counted from 1.
    pub(crate) line: usize,
    /// The rules, as written.
    pub(crate) rules: Vec<String>,
    /// The reason.
    pub(crate) reason: String,
}

/// A commit that needs no ticket for a policy, because of its `Change: none (reason)` trailer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedException {
    /// The commit, in words.
    pub(crate) commit: String,
    /// The name of the policy, which has `allow_none`.
    pub(crate) policy: String,
    /// The reason that the commit gives.
    pub(crate) reason: String,
}

/// The exceptions that the branch uses, in the order of the policies, newest commits first.
#[must_use]
pub(crate) fn used_exceptions(branch: &Branch) -> Vec<UsedException> {
    let mut used = Vec::new();
    for triggered in excepted_policies(branch) {
        let is_concerned = |commit: &&BranchCommit| {
            let id = commit.classified.commit.id;
            triggered
                .items
                .iter()
                .filter_map(|item| item.commit)
                .any(|commit_of_item| commit_of_item.classified.commit.id == id)
        };
        used.extend(
            branch
                .commits
                .iter()
                .filter(is_concerned)
                .filter_map(|commit| {
                    let reason = commit.classified.commit.no_ticket_reason()?.to_owned();
                    let policy = triggered.policy.name.clone();
                    Some(UsedException {
                        commit: commit.describe(),
                        policy,
                        reason,
                    })
                }),
        );
    }
    used
}

/// The policies that require a ticket, in the order of the configuration.
#[must_use]
pub(crate) fn policy_reports(branch: &Branch, settings: &Settings) -> Vec<PolicyReport> {
    let covering = branch.covering();
    let reports = triggered_policies(branch)
        .into_iter()
        .map(|triggered| PolicyReport {
            policy: triggered.policy.name.clone(),
            trigger: describe_items(&triggered.items),
            triggers: triggers(&triggered.items),
            lacking: lacking(triggered.policy, &covering, settings),
            coverage: PolicyCoverage::of(triggered.policy, &covering, settings),
        });
    reports.collect()
}

impl PolicyCoverage {
    fn of(policy: &Policy, covering: &[&ParsedTicket], settings: &Settings) -> Self {
        if covering.is_empty() {
            return Self::NoTicket;
        }
        let applicable = covering
            .iter()
            .filter(|version| matches_ticket(policy, version, settings));
        let (met, unmet): (Vec<&ParsedTicket>, Vec<&ParsedTicket>) = applicable
            .partition(|version| missing_requirements(policy, version, settings).is_empty());
        let ids = |versions: Vec<&ParsedTicket>| {
            versions
                .iter()
                .map(|version| version.id().to_owned())
                .collect()
        };
        match (met.is_empty(), unmet.is_empty()) {
            (false, _) => Self::Met(ids(met)),
            (true, false) => Self::Unmet(ids(unmet)),
            (true, true) => Self::NotApplicable(describe_ticket_conditions(policy)),
        }
    }
}

/// What a ticket must have for a policy to apply to it, such as "category `schema`".
fn describe_ticket_conditions(policy: &Policy) -> String {
    let categories: Vec<&str> = policy.categories.iter().map(|one| one.as_str()).collect();
    let category = (!categories.is_empty()).then(|| format!("category {}", any_of(&categories)));
    let risk = policy
        .risk
        .map(|risk| format!("a risk of at least `{}`", risk.as_str()));
    let conditions: Vec<String> = category.into_iter().chain(risk).collect();
    conditions.join(" and ")
}

/// The comments in the tickets of the branch that suppress rules, by file and line.
#[must_use]
pub(crate) fn suppression_reports(branch: &Branch) -> Vec<SuppressionReport> {
    let mut found = Vec::new();
    for version in branch
        .tickets
        .iter()
        .filter_map(|change| change.after.as_ref())
    {
        let source = version.document.source();
        for comment in version.document.comments() {
            let Some(Directive::Allow(allowance)) = Directive::parse(comment) else {
                continue;
            };
            found.push(SuppressionReport {
                path: source.name().to_owned(),
                line: source.position(comment.span.start).line,
                rules: allowance
                    .rules
                    .iter()
                    .map(|rule| (*rule).to_owned())
                    .collect(),
                reason: allowance.reason.to_owned(),
            });
        }
    }
    found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    found
}

fn triggers(items: &[ChangedItem<'_>]) -> Vec<(Option<String>, Option<Id>)> {
    let trigger = |item: &ChangedItem<'_>| {
        let commit = item.commit.filter(|commit| !commit.is_predicted);
        let commit = commit.map(|commit| commit.classified.commit.id);
        (item.path.map(str::to_owned), commit)
    };
    items.iter().map(trigger).collect()
}

/// What the tickets lack to which a policy applies, each once.
fn lacking(policy: &Policy, covering: &[&ParsedTicket], settings: &Settings) -> Vec<String> {
    let mut lacking = Vec::new();
    for version in covering
        .iter()
        .filter(|version| matches_ticket(policy, version, settings))
    {
        for lack in missing_requirements(policy, version, settings) {
            if !lacking.contains(&lack) {
                lacking.push(lack);
            }
        }
    }
    lacking
}

fn describe_items(parts: &[ChangedItem<'_>]) -> String {
    let item = &parts[0];
    let commit = item.commit.map(BranchCommit::describe);
    let first = match (item.path, commit) {
        (Some(path), Some(commit)) => format!("{path} in {commit}"),
        (Some(path), None) => path.to_owned(),
        (None, Some(commit)) => commit,
        (None, None) => String::new(),
    };
    if parts.len() > 1 {
        format!("{} changes, such as {first}", parts.len())
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, policies};
    use super::*;
    use crate::rules::testing::settings;

    #[test]
    fn triggered_policies_have_causes_and_tickets() {
        let branch = Branch {
            commits: vec![commit('a', "feat: x", &["db/1.sql", "db/2.sql"])],
            paths: vec!["db/1.sql".into(), "db/2.sql".into()],
            policies: policies("name = \"migrations\"\npaths = [\"db/**\"]"),
            tickets: vec![changed("", "state = \"proposed\"")],
            ..branch()
        };
        let commit = branch.commits[0].classified.commit.id;
        let expected = PolicyReport {
            policy: "migrations".into(),
            trigger: "2 changes, such as db/1.sql in commit aaaaaaaaaa".into(),
            triggers: ["db/1.sql", "db/2.sql"]
                .map(|path| (Some(path.to_owned()), Some(commit)))
                .to_vec(),
            lacking: Vec::new(),
            coverage: PolicyCoverage::Met(vec!["a".into()]),
        };
        assert_eq!(policy_reports(&branch, &settings()), [expected]);
    }

    fn coverage(policy: &str, ticket: &str) -> PolicyCoverage {
        let tickets = if ticket.is_empty() {
            Vec::new()
        } else {
            vec![changed("", ticket)]
        };
        let branch = Branch {
            commits: vec![commit('a', "feat: x", &["db/1.sql"])],
            paths: vec!["db/1.sql".into()],
            policies: policies(&format!("name = \"db\"\npaths = [\"db/**\"]\n{policy}")),
            tickets,
            ..branch()
        };
        policy_reports(&branch, &settings()).remove(0).coverage
    }

    #[test]
    fn insufficient_ticket_is_not_missing() {
        let sections = "sections = [\"schema_change\"]";
        let insufficient = coverage(sections, "state = \"proposed\"");
        assert_eq!(insufficient, PolicyCoverage::Unmet(vec!["a".into()]));
        assert_eq!(coverage(sections, ""), PolicyCoverage::NoTicket);
    }

    #[test]
    fn policy_for_other_categories_is_not_applicable() {
        let others = "categories = [\"schema\"]";
        let ticket = "state = \"proposed\"\ncategory = \"code\"";
        assert_eq!(
            coverage(others, ticket),
            PolicyCoverage::NotApplicable("category `schema`".into())
        );
        let both = "categories = [\"schema\", \"data\"]\nrisk = \"high\"";
        let conditions = "category `schema` or `data` and a risk of at least `high`";
        assert_eq!(
            coverage(both, ticket),
            PolicyCoverage::NotApplicable(conditions.into())
        );
    }

    #[test]
    fn used_exception_is_listed_once_with_its_reason() {
        let message = "fix: x\n\nChange: none (trivial)";
        let used = |policy: &str| {
            used_exceptions(&Branch {
                commits: vec![commit('a', message, &["db/1.sql", "db/2.sql"])],
                paths: vec!["db/1.sql".into(), "db/2.sql".into()],
                policies: policies(&format!("name = \"migrations\"\n{policy}")),
                ..branch()
            })
        };
        let expected = UsedException {
            commit: "commit aaaaaaaaaa".into(),
            policy: "migrations".into(),
            reason: "trivial".into(),
        };
        assert_eq!(used("allow_none = true"), [expected]);
        assert_eq!(used("allow_none = false"), []);
        assert_eq!(used("allow_none = true\npaths = [\"src/**\"]"), []);
    }

    #[test]
    fn every_suppression_is_listed() {
        let ticket =
            "state = \"draft\"\n# tollgate: allow-file[content/vague-step, plan/*] it is so";
        let found = suppression_reports(&Branch {
            tickets: vec![changed("", ticket)],
            ..branch()
        });
        let expected = SuppressionReport {
            path: "changes/a.toml".into(),
            line: found[0].line,
            rules: vec!["content/vague-step".into(), "plan/*".into()],
            reason: "it is so".into(),
        };
        assert_eq!(found, [expected]);
    }
}
