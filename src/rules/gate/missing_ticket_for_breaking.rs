//! A breaking commit for which a policy requires a ticket, in a branch without one.

use super::missing_ticket::{finding, uncovered};
use crate::branch::Branch;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::version::Bump;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/missing-ticket-for-breaking",
    Level::Error,
    "breaking change without the ticket that a policy requires",
    include_str!("missing_ticket_for_breaking.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    uncovered(branch)
        .filter(|triggered| triggered.policy.bump == Some(Bump::Major))
        .map(|triggered| finding(&RULE, branch, &triggered))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, policies, reported};
    use super::*;

    fn breaking(message: &str) -> Branch {
        let policies = policies("name = \"breaking\"\nbump = \"major\"");
        Branch {
            commits: vec![commit('a', message, &[])],
            policies,
            ..branch()
        }
    }

    #[test]
    fn breaking_commit_needs_ticket_under_policy() {
        assert_eq!(
            reported(&breaking("feat!: drop v1"))[0].0,
            "gate/missing-ticket-for-breaking"
        );
    }

    #[test]
    fn a_commit_that_breaks_nothing_needs_none() {
        assert_eq!(reported(&breaking("feat: add v2")), []);
    }

    #[test]
    fn a_ticket_covers_it() {
        let tickets = vec![changed("", "state = \"proposed\"")];
        assert_eq!(
            reported(&Branch {
                tickets,
                ..breaking("feat!: drop v1")
            }),
            []
        );
    }
}
