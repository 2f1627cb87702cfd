//! A commit of the release for which a policy requires a ticket, and that neither has one nor was
//! merged with one.

use crate::branch::{Branch, BranchCommit};
use crate::commit::Id;
use crate::config::{Level, Policy};
use crate::finding::{Finding, Place};
use crate::release::{CoverageGap, ReleaseContext, UncoveredCommit};
use crate::rules::gate::policy_match::{matches_ticket, missing_requirements, triggered_policies};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, join_and, shell_command, shorten, shorten_path};
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
            if is_known {
                continue;
            }
            if let Some(gap) = coverage_gap(triggered.policy, &tickets_of(commit), settings) {
                let (policy, path) = (triggered.policy.name.clone(), item.path.map(str::to_owned));
                found.push(UncoveredCommit {
                    policy,
                    commit,
                    message,
                    path,
                    gap,
                });
            }
        }
    }
    found
}

/// Why none of the tickets covers a commit: what the ticket lacks that lacks least; `None`: one
/// covers it.
fn coverage_gap(
    policy: &Policy,
    tickets: &[&ParsedTicket],
    settings: &Settings,
) -> Option<CoverageGap> {
    let mut gaps = Vec::new();
    for version in tickets {
        let id = version.id().to_owned();
        let missing = missing_requirements(policy, version, settings);
        gaps.push(if !matches_ticket(policy, version, settings) {
            (2, CoverageGap::OtherTicket(id))
        } else if !missing.is_empty() {
            (1, CoverageGap::Insufficient(id, missing))
        } else if !version.ticket.state.is_past_draft() {
            (0, CoverageGap::Draft(id))
        } else {
            return None;
        });
    }
    let least = gaps.into_iter().min_by_key(|(rank, _)| *rank);
    Some(least.map_or(CoverageGap::NoTicket, |(_, gap)| gap))
}

impl CoverageGap {
    fn describe(&self, policy: &str) -> String {
        let required = format!("the policy `{policy}` requires a ticket");
        match self {
            Self::NoTicket => format!("{required}, but the commit has none"),
            Self::Released(id, tag) => format!(
                "{required}, but `{}` was already released with {tag}",
                shorten(id)
            ),
            Self::OtherTicket(id) => format!(
                "{required}, but does not apply to `{}`, because of its category or risk",
                shorten(id)
            ),
            Self::Draft(id) => format!("{required}, but `{}` is still a draft", shorten(id)),
            Self::Insufficient(id, missing) => format!(
                "`{}` does not meet the policy `{policy}`, which requires {}",
                shorten(id),
                join_and(missing)
            ),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::NoTicket | Self::Released(..) | Self::OtherTicket(_) => "release with `--emergency ID`; if the commit is older than the policy, set `since` in the policy"
                .to_owned(),
            Self::Draft(id) => {
                let command = shell_command!("tollgate ticket move {id} approved", id);
                format!("once it is approved, run `{command}` and commit the file")
            }
            Self::Insufficient(id, _) => format!(
                "add what is missing to `{}`, and have the new plan approved",
                shorten(id)
            ),
        }
    }
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
        RULE.finding(
            Place::Commit(uncovered.commit.to_string()),
            Span::new(0, header),
            label,
        )
        .message(uncovered.gap.describe(&uncovered.policy))
        .help(uncovered.gap.help())
        .anchor(&uncovered.policy)
    };
    found.uncovered.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::gate::testing::{branch, commit, policies, ticket};
    use crate::rules::run_release_rules;
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

    /// The message and the help for the first uncovered commit of a migration with this ticket.
    fn reported_with(policy: &str, cited: &str) -> (String, String) {
        let branch = Branch {
            policies: policies(&format!("name = \"all\"\npaths = [\"db/**\"]\n{policy}")),
            ..migration()
        };
        let cited = ticket(cited);
        let uncovered = find_uncovered(&branch, |_| vec![&cited], &settings());
        let found = run_release_rules(
            &ReleaseContext {
                uncovered,
                ..clean()
            },
            &settings(),
        );
        let finding = found.findings.into_iter().next().unwrap();
        (finding.message, finding.help)
    }

    #[test]
    fn cited_ticket_that_does_not_cover_is_named() {
        let draft = reported_with("", "state = \"draft\"");
        assert_eq!(
            (draft.0.as_str(), draft.1.as_str()),
            (
                "the policy `all` requires a ticket, but `a` is still a draft",
                "once it is approved, run `tollgate ticket move a approved` and commit the file"
            )
        );
        let low = reported_with("min_risk = \"high\"", "state = \"approved\"");
        assert_eq!(
            low.0,
            "`a` does not meet the policy `all`, which requires a risk of at least `high` (the risk is `low`)"
        );
        let other = reported_with(
            "categories = [\"schema\"]",
            "state = \"approved\"\ncategory = \"config\"",
        );
        assert_eq!(
            other.0,
            "the policy `all` requires a ticket, but does not apply to `a`, because of its category or risk"
        );
    }

    #[test]
    fn missing_ticket_is_explained_by_since() {
        let help = CoverageGap::NoTicket.help();
        assert_eq!(
            help,
            "release with `--emergency ID`; if the commit is older than the policy, set `since` in the policy"
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
            gap: CoverageGap::NoTicket,
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
