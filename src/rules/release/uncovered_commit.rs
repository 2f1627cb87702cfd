//! A commit of the release for which a policy requires a ticket, and that neither has one nor was
//! merged with one.

use crate::branch::{Branch, BranchCommit};
use crate::commit::Id;
use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{ReleaseContext, UncoveredCommit};
use crate::rules::gate::policy_match::{matches_ticket, missing_requirements, triggered_policies};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shorten, shorten_path};
use crate::ticket::ParsedTicket;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/uncovered-commit",
    Level::Error,
    "commit without the ticket that a policy requires",
    include_str!("uncovered_commit.md"),
    &[Check::Release(check)],
);

/// The commits for which a policy of a branch requires a ticket, and none of the tickets that
/// `tickets_of` returns for the commit is sufficient.
#[must_use]
pub(crate) fn find_uncovered<'t>(
    branch: &Branch,
    tickets_of: impl Fn(Id) -> Vec<&'t ParsedTicket>,
    settings: &Settings,
) -> Vec<UncoveredCommit> {
    let mut found: Vec<UncoveredCommit> = Vec::new();
    for triggered in triggered_policies(branch) {
        let answers = |version: &&ParsedTicket| {
            version.ticket.state.is_past_draft()
                && matches_ticket(triggered.policy, version, settings)
                && missing_requirements(triggered.policy, version, settings).is_empty()
        };
        for item in &triggered.items {
            let Some(BranchCommit {
                classified,
                message,
                ..
            }) = item.commit
            else {
                continue;
            };
            let (commit, message) = (classified.commit.id, message.clone());
            let is_known = found.iter().any(|uncovered| {
                uncovered.commit == commit && uncovered.policy == triggered.policy.name
            });
            if !is_known && !tickets_of(commit).iter().any(answers) {
                let (policy, path) = (triggered.policy.name.clone(), item.path.map(str::to_owned));
                found.push(UncoveredCommit {
                    policy,
                    commit,
                    message,
                    path,
                    released_ticket: None,
                });
            }
        }
    }
    found
}

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let finding = |uncovered: &UncoveredCommit| {
        let label = uncovered
            .path
            .as_ref()
            .map_or("requires a ticket".to_owned(), |path| {
                format!("changes `{}`", shorten_path(path))
            });
        let header = uncovered
            .message
            .text()
            .lines()
            .next()
            .unwrap_or_default()
            .len();
        RULE.finding(Place::Commit(uncovered.commit.to_string()), Span::new(0, header), label)
            .message(match &uncovered.released_ticket {
                Some((id, tag)) => format!(
                    "the policy `{}` requires a ticket, but `{}` was already released with {tag}",
                    uncovered.policy,
                    shorten(id)
                ),
                None => format!("the policy `{}` requires a ticket, but the commit has none", uncovered.policy),
            })
            .help(
                "release with `--emergency`, or lower the level of this rule for the release that contains commits from before \
                 the policy; a merged commit cannot get a ticket later",
            )
            .anchor(&uncovered.policy)
    };
    found.uncovered.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::gate::testing::{branch, commit, policies, ticket};
    use crate::rules::testing::settings;
    use crate::source::Source;

    fn migration() -> Branch {
        Branch {
            commits: vec![
                commit('a', "feat: x", &["db/1.sql"]),
                commit('b', "fix: y", &["src/x"]),
            ],
            paths: vec!["db/1.sql".into(), "src/x".into()],
            policies: policies(
                "name = \"migrations\"\npaths = [\"db/**\"]\nsections = [\"schema_change\"]",
            ),
            ..branch()
        }
    }

    fn policies_of(tickets: &[&ParsedTicket]) -> Vec<String> {
        let found = find_uncovered(&migration(), |_| tickets.to_vec(), &settings());
        found
            .into_iter()
            .map(|uncovered| format!("{} {:?}", uncovered.policy, uncovered.path.unwrap()))
            .collect()
    }

    #[test]
    fn triggering_commits_need_sufficient_tickets() {
        let messages = ["migrations \"db/1.sql\""];
        assert_eq!(policies_of(&[]), messages);
        assert_eq!(policies_of(&[&ticket("state = \"approved\"")]), messages);
        let schema = "[schema_change]\nphase = \"expand\"";
        assert_eq!(
            policies_of(&[&ticket(&format!("state = \"draft\"\n{schema}"))]),
            messages
        );
        assert_eq!(
            policies_of(&[&ticket(&format!("state = \"approved\"\n{schema}"))]),
            [""; 0]
        );
    }

    #[test]
    fn uncovered_commit_is_reported_with_its_policy() {
        let message = Source::new("a", "feat: x");
        let uncovered = UncoveredCommit {
            policy: "migrations".into(),
            commit: Id::new([2; 20]),
            message,
            path: None,
            released_ticket: None,
        };
        let found = reported(&ReleaseContext {
            uncovered: vec![uncovered],
            ..clean()
        });
        assert_eq!(
            found[0].2,
            "the policy `migrations` requires a ticket, but the commit has none"
        );
    }
}
