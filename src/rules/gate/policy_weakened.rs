//! A branch that makes the configuration less strict.

use super::policy_match::{matches_ticket, missing_requirements, triggered_policies};
use crate::branch::{Branch, Weakening};
use crate::config::{Level, Policy, glob_set};
use crate::finding::{Finding, Place, Severity};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shorten};
use crate::ticket::ParsedTicket;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/policy-weakened",
    Level::Error,
    "configuration weakened by the branch",
    include_str!("policy_weakened.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, settings: &Settings) -> Vec<Finding> {
    branch.weakenings.iter().map(|weakening| {
        let finding = RULE
            .finding(Place::File(weakening.path.clone()), Span::default(), "")
            .message(format!("the branch weakens the configuration: {}", weakening.what))
            .anchor(&weakening.what);
        let answer = policy_tickets(branch, weakening, settings).max_by_key(|answer| answer.is_approved);
        match answer {
            Some(PolicyTicket { policy, is_approved: true, .. }) => {
                let help = format!("review this change closely; it has the ticket that the policy `{policy}` requires");
                finding.help(help).at_most(Severity::Warning)
            }
            Some(PolicyTicket { policy, ticket, .. }) => {
                let ticket = shorten(ticket);
                finding.help(format!("have `{ticket}` approved first, as the policy `{policy}` requires"))
            }
            None if !branch.released_tickets().is_empty() => {
                let spent: Vec<String> = branch.released_tickets().iter().map(|(version, tag)| describe(version, tag)).collect();
                finding.help(format!(
                    "create a new ticket; a released ticket does not cover later changes: {}",
                    spent.join(", ")
                ))
            }
            None => finding.help(uncovered_policies(branch, &weakening.path)),
        } }).collect()
}

/// Describes what to do about a weakening that no ticket covers.
fn uncovered_policies(branch: &Branch, path: &str) -> String {
    match triggered_policies(branch)
        .iter()
        .find(|triggered| names(triggered.policy, path))
    {
        Some(triggered) => format!(
            "restore the setting, or add a ticket for this change to the branch with `tollgate ticket new`, as the policy `{}` \
             requires; naming an existing ticket in a commit is not enough",
            triggered.policy.name
        ),
        None => format!(
            "revert the change, or first add a policy to the base branch that names `{path}` and requires a ticket"
        ),
    }
}

fn describe(version: &ParsedTicket, tag: &str) -> String {
    format!("`{}` was released with {tag}", shorten(version.id()))
}

/// A ticket that meets the requirements of the base's policy for the weakened file.
struct PolicyTicket<'b> {
    policy: &'b str,
    ticket: &'b str,
    /// Whether it is approved, or the base requires no approvals.
    is_approved: bool,
}

/// The tickets of the branch that cover a weakening, by the policies that name its file.
///
/// A ticket that is only cited by a commit doesn't, because it was approved for another change.
fn policy_tickets<'b>(
    branch: &'b Branch,
    weakening: &'b Weakening,
    settings: &'b Settings,
) -> impl Iterator<Item = PolicyTicket<'b>> + 'b {
    let added = branch.introduced();
    let asking = triggered_policies(branch).into_iter().filter(|triggered| {
        let mut because = triggered.items.iter();
        names(triggered.policy, &weakening.path)
            && because.any(|item| item.path == Some(weakening.path.as_str()))
    });
    asking.flat_map(move |triggered| {
        let policy = triggered.policy;
        let suffices = |version: &&&ParsedTicket| {
            matches_ticket(policy, version, settings)
                && missing_requirements(policy, version, settings).is_empty()
        };
        let answer = |version: &&'b ParsedTicket| {
            let ticket = version.id();
            let is_approved = branch
                .approved
                .as_ref()
                .is_none_or(|approved| approved.iter().any(|id| id == ticket));
            PolicyTicket {
                policy: &policy.name,
                ticket,
                is_approved,
            }
        };
        added
            .iter()
            .filter(suffices)
            .map(answer)
            .collect::<Vec<_>>()
    })
}

/// Whether a policy names a file, rather than matching every file: the ticket for another change of
/// the branch would meet such a policy too, but says nothing about the configuration.
fn names(policy: &Policy, path: &str) -> bool {
    let says_something = |glob: &&String| glob.chars().any(char::is_alphanumeric);
    let mut telling = policy.paths.iter().filter(says_something);
    telling.any(|glob| glob_set(&[glob]).is_ok_and(|set| set.is_match(path)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        branch, changed, commit, policies, reported_with_severity, ticket,
    };
    use super::*;

    fn weakening_branch(policy: &str) -> Branch {
        Branch {
            commits: vec![commit('a', "chore: x", &["tollgate.toml"])],
            paths: vec!["tollgate.toml".into()],
            policies: policies(policy),
            weakenings: vec![Weakening {
                path: "tollgate.toml".into(),
                what: "the rule `toml/*` is off".into(),
            }],
            ..branch()
        }
    }

    const OTHER: &str = "name = \"other\"\npaths = [\"x\"]";

    #[test]
    fn a_branch_that_loosens_what_judges_it_is_refused() {
        let found = reported_with_severity(&weakening_branch(OTHER));
        let message = "the branch weakens the configuration: the rule `toml/*` is off".to_owned();
        assert_eq!(found, [(Severity::Error, message)]);
    }

    #[test]
    fn weakening_with_required_ticket_is_reported() {
        let tickets = || vec![changed("", "state = \"proposed\"")];
        let policy = "name = \"policy\"\npaths = [\"tollgate.toml\"]";
        let required = Branch {
            tickets: tickets(),
            ..weakening_branch(policy)
        };
        assert_eq!(reported_with_severity(&required)[0].0, Severity::Warning);
        let not_asked = Branch {
            tickets: tickets(),
            ..weakening_branch(OTHER)
        };
        assert_eq!(reported_with_severity(&not_asked)[0].0, Severity::Error);
    }

    #[test]
    fn ticket_that_is_only_named_does_not_answer_for_it() {
        let policy = "name = \"policy\"\npaths = [\"tollgate.toml\"]";
        let named = |tickets, named| Branch {
            commits: vec![commit('a', "chore: x\n\nChange: a", &["tollgate.toml"])],
            tickets,
            named,
            approved: Some(vec!["a".to_owned()]),
            ..weakening_branch(policy)
        };
        let severity = |branch: &Branch| reported_with_severity(branch)[0].0;
        assert_eq!(
            severity(&named(Vec::new(), vec![ticket("state = \"approved\"")])),
            Severity::Error
        );
        let moved = |from: &str, to: &str| severity(&named(vec![changed(from, to)], Vec::new()));
        assert_eq!(
            moved("state = \"proposed\"", "state = \"approved\""),
            Severity::Error
        );
        assert_eq!(
            moved("state = \"draft\"", "state = \"approved\""),
            Severity::Warning
        );
        assert_eq!(
            moved(
                "state = \"proposed\"",
                "state = \"proposed\"\nservices = [\"x\"]"
            ),
            Severity::Warning
        );
        assert_eq!(moved("", "state = \"approved\""), Severity::Warning);
    }

    #[test]
    fn unconditional_policy_does_not_cover_weakening() {
        let required = |paths: &str| {
            let policy = format!("name = \"policy\"\npaths = [{paths}]");
            Branch {
                tickets: vec![changed("", "state = \"proposed\"")],
                ..weakening_branch(&policy)
            }
        };
        for paths in ["\"**\"", "\"**/*\"", "\"*\"", "\"**\", \"x\""] {
            assert_eq!(
                reported_with_severity(&required(paths))[0].0,
                Severity::Error,
                "{paths}"
            );
        }
        for paths in ["\"*.toml\"", "\"**\", \"tollgate.toml\""] {
            assert_eq!(
                reported_with_severity(&required(paths))[0].0,
                Severity::Warning,
                "{paths}"
            );
        }
    }

    #[test]
    fn a_released_ticket_answers_for_nothing_further() {
        let policy = "name = \"policy\"\npaths = [\"tollgate.toml\"]";
        let spent = Branch {
            tickets: vec![changed("", "state = \"approved\"")],
            released: [("a".to_owned(), "v0.2.0".to_owned())].into(),
            ..weakening_branch(policy)
        };
        let found = reported_with_severity(&spent);
        assert!(found.iter().any(|(severity, message)| {
            *severity == Severity::Error
                && message.starts_with("the branch weakens the configuration")
        }));
    }

    #[test]
    fn ticket_must_be_approved_if_base_requires_it() {
        let policy = "name = \"policy\"\npaths = [\"tollgate.toml\"]";
        let required = |approved: &[&str]| Branch {
            tickets: vec![changed("", "state = \"proposed\"")],
            approved: Some(approved.iter().map(|id| (*id).to_owned()).collect()),
            ..weakening_branch(policy)
        };
        assert_eq!(reported_with_severity(&required(&[]))[0].0, Severity::Error);
        assert_eq!(
            reported_with_severity(&required(&["other"]))[0].0,
            Severity::Error
        );
        assert_eq!(
            reported_with_severity(&required(&["other", "a"]))[0].0,
            Severity::Warning
        );
    }
}
