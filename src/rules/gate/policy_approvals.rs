//! The approvals that policies require of tickets, in addition to those of their risk.
//!
//! A policy with conditions on changes applies to the tickets that the matching commits cite, so
//! that a migration in one part of a branch asks nothing of the tickets of the other parts.

use std::collections::HashSet;

use super::policy_match::{matches_ticket, triggered_policies};
use crate::branch::Branch;
use crate::commit::Id;
use crate::config::{Policy, Quorum};
use crate::rules::settings::Settings;
use crate::ticket::ParsedTicket;

/// The approvals that the policies of a configuration require for some changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyApprovals(Vec<ApprovalRequirement>);

/// The approvals that a policy requires.
#[derive(Debug, Clone)]
pub(crate) struct ApprovalRequirement {
    policy: Policy,
    /// What is required.
    pub(crate) quorum: Quorum,
    applies_to: AppliesTo,
}

/// The tickets that a policy applies to, apart from its conditions on tickets.
#[derive(Debug, Clone)]
enum AppliesTo {
    /// All of them.
    AllTickets,
    /// Those that one of these commits cites.
    CitedBy(HashSet<Id>),
}

impl PolicyApprovals {
    /// Whether a policy requires approvals.
    #[must_use]
    pub(crate) fn are_in(policies: &[Policy]) -> bool {
        policies.iter().any(|policy| policy.approvals().is_some())
    }

    /// The approvals that the policies of a branch require for its commits.
    #[must_use]
    pub(crate) fn of(branch: &Branch) -> Self {
        let by_changes = triggered_policies(branch).into_iter().map(|triggered| {
            let commits: Option<HashSet<Id>> = triggered
                .items
                .iter()
                .map(|item| Some(item.commit?.classified.commit.id))
                .collect();
            // A path that no single commit changes may belong to any ticket.
            let applies_to = commits.map_or(AppliesTo::AllTickets, AppliesTo::CitedBy);
            (triggered.policy, applies_to)
        });
        let by_tickets = branch
            .policies
            .iter()
            .filter(|policy| !policy.is_about_branches())
            .map(|policy| (policy, AppliesTo::AllTickets));
        let requirement = |(policy, applies_to): (&Policy, AppliesTo)| {
            Some(ApprovalRequirement {
                quorum: policy.approvals()?.clone(),
                policy: policy.clone(),
                applies_to,
            })
        };
        Self(
            by_changes
                .chain(by_tickets)
                .filter_map(requirement)
                .collect(),
        )
    }

    /// Whether no policy requires approvals for these changes.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is required of a ticket that these commits cite.
    pub(crate) fn of_ticket<'a>(
        &'a self,
        version: &'a ParsedTicket,
        citing: &'a [Id],
        settings: &'a Settings,
    ) -> impl Iterator<Item = &'a ApprovalRequirement> {
        self.0.iter().filter(move |requirement| {
            let is_cited = match &requirement.applies_to {
                AppliesTo::AllTickets => true,
                AppliesTo::CitedBy(commits) => citing.iter().any(|id| commits.contains(id)),
            };
            is_cited && matches_ticket(&requirement.policy, version, settings)
        })
    }
}

impl ApprovalRequirement {
    /// The name of the policy.
    #[must_use]
    pub(crate) fn policy(&self) -> &str {
        &self.policy.name
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, commit, policies, ticket};
    use super::*;
    use crate::rules::testing::settings;

    /// The names of the policies that require approvals of a ticket which these commits of the
    /// branch cite.
    fn required(policy: &str, ticket_text: &str, citing: &[char]) -> Vec<String> {
        let branch = Branch {
            commits: vec![
                commit('a', "feat: add a table", &["db/7.sql"]),
                commit('b', "docs: explain it", &["docs/a.md"]),
            ],
            paths: vec!["db/7.sql".into(), "docs/a.md".into()],
            policies: policies(&format!(
                "{policy}\napprovals = {{ roles = [\"dba\"] }}\n[approvals]"
            )),
            ..branch()
        };
        let ids: Vec<Id> = branch
            .commits
            .iter()
            .zip(['a', 'b'])
            .filter(|(_, name)| citing.contains(name))
            .map(|(commit, _)| commit.classified.commit.id)
            .collect();
        let approvals = PolicyApprovals::of(&branch);
        let (version, settings) = (ticket(ticket_text), settings());
        approvals
            .of_ticket(&version, &ids, &settings)
            .map(|requirement| requirement.policy().to_owned())
            .collect()
    }

    #[test]
    fn policy_applies_to_tickets_of_matching_commits() {
        let policy = "name = \"db\"\npaths = [\"db/**\"]";
        assert_eq!(
            required(policy, "state = \"proposed\"", &['a', 'b']),
            ["db"]
        );
        assert_eq!(required(policy, "state = \"proposed\"", &['b']), [""; 0]);
        assert_eq!(required(policy, "state = \"proposed\"", &[]), [""; 0]);
    }

    #[test]
    fn policy_on_categories_applies_to_their_tickets() {
        let policy = "name = \"schema\"\ncategories = [\"schema\"]";
        let schema = "state = \"proposed\"\ncategory = \"schema\"";
        assert_eq!(required(policy, schema, &[]), ["schema"]);
        assert_eq!(required(policy, "state = \"proposed\"", &['a']), [""; 0]);
        let both = "name = \"schema\"\ncategories = [\"schema\"]\npaths = [\"db/**\"]";
        assert_eq!(required(both, schema, &['a']), ["schema"]);
        assert_eq!(required(both, schema, &['b']), [""; 0]);
    }
}
