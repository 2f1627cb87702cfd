//! Commits that nearly name a ticket, or nearly exempt themselves from a policy.
//!
//! Only explains why a policy still requires a ticket: it never changes whether the branch passes.

use super::policy_match::TriggeredPolicy;
use crate::branch::{Branch, BranchCommit};
use crate::commit::{Trailer, no_ticket_reason, ticket_named_in, ticket_trailers};
use crate::config::{Exception, Policy};
use crate::source::shorten;

/// A `Change:` line without effect.
pub(super) struct NearMiss {
    /// Why it has no effect, in words that follow "but".
    pub(super) why: String,
    /// How to correct it; `None` if only a ticket satisfies the policy.
    pub(super) help: Option<&'static str>,
}

/// The first `Change:` line of the branch that has no effect on what a policy requires.
pub(super) fn near_miss(branch: &Branch, triggered: &TriggeredPolicy<'_>) -> Option<NearMiss> {
    let mut commits = triggered.items.iter().filter_map(|item| item.commit);
    commits
        .find_map(|commit| ineffective_exception(commit, triggered.policy))
        .or_else(|| {
            branch
                .commits
                .iter()
                .find_map(|commit| misplaced(commit, triggered.policy))
        })
}

/// An exception without a reason, or one that the policy does not allow.
fn ineffective_exception(commit: &BranchCommit, policy: &Policy) -> Option<NearMiss> {
    let mut trailers = ticket_trailers(commit.message.text())
        .into_iter()
        .filter(Trailer::names_ticket);
    let value = trailers
        .find(|trailer| no_ticket_reason(&trailer.value).is_some())?
        .value;
    let (value, commit) = (shorten(&value), commit.describe());
    Some(match policy.exception {
        Exception::Allowed => NearMiss {
            why: format!("`Change: {value}` in {commit} gives no reason"),
            help: Some(
                "add the reason in parentheses, such as `Change: none (only a comment changes)`",
            ),
        },
        Exception::Refused => NearMiss {
            why: format!("{commit} has `Change: {value}`, which this policy does not allow"),
            help: None,
        },
    })
}

/// A line that looks like a trailer, but isn't in the last paragraph.
fn misplaced(commit: &BranchCommit, policy: &Policy) -> Option<NearMiss> {
    let text = commit.message.text();
    let trailers = ticket_trailers(text)
        .iter()
        .filter(|trailer| trailer.names_ticket())
        .count();
    let lines: Vec<&str> = text
        .trim_start()
        .lines()
        .skip(1)
        .filter_map(ticket_named_in)
        .collect();
    // The trailers are the last paragraph, so their lines are the last ones.
    let mut outside = lines[..lines.len().saturating_sub(trailers)].iter();
    let value = outside.find(|value| match no_ticket_reason(value) {
        Some(_) => policy.exception == Exception::Allowed,
        None => !value.is_empty() && !value.contains(char::is_whitespace),
    })?;
    let (value, commit) = (shorten(value), commit.describe());
    Some(NearMiss {
        why: format!("`Change: {value}` in {commit} is not a trailer"),
        help: Some(
            "move the line to the last paragraph of the message, which must contain only trailers",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, commit, findings, policies};
    use super::*;

    /// Message and help of the finding about a branch of one commit.
    fn explained(message: &str, policy: &str) -> (String, String) {
        let branch = Branch {
            commits: vec![commit('a', message, &["x"])],
            paths: vec!["x".into()],
            policies: policies(&format!("name = \"all\"\n{policy}")),
            ..branch()
        };
        let finding = findings(&branch).remove(0);
        (finding.message, finding.help)
    }

    #[test]
    fn exception_without_a_reason_is_explained() {
        for value in ["none", "none ()"] {
            let (message, help) =
                explained(&format!("fix: x\n\nChange: {value}"), "allow_none = true");
            let why = format!("`Change: {value}` in commit aaaaaaaaaa gives no reason");
            assert_eq!(
                message,
                format!("the policy `all` requires a ticket, but {why}")
            );
            assert!(
                help.contains("`Change: none (only a comment changes)`"),
                "{help}"
            );
        }
    }

    #[test]
    fn exception_that_the_policy_refuses_is_explained() {
        let (message, help) = explained("fix: x\n\nChange: none (tiny)", "");
        let why = "commit aaaaaaaaaa has `Change: none (tiny)`, which this policy does not allow";
        assert_eq!(
            message,
            format!("the policy `all` requires a ticket, but {why}")
        );
        assert!(
            help.starts_with("create a ticket on this branch with `tollgate ticket new`"),
            "{help}"
        );
    }

    #[test]
    fn line_outside_the_trailers_is_explained() {
        for message in [
            "fix: x\n\nChange: crypto\n\nMore text.",
            "fix: x\n\nSome text.\nChange: crypto",
        ] {
            let (message, help) = explained(message, "");
            let why = "`Change: crypto` in commit aaaaaaaaaa is not a trailer";
            assert_eq!(
                message,
                format!("the policy `all` requires a ticket, but {why}")
            );
            assert!(
                help.starts_with("move the line to the last paragraph of the message"),
                "{help}"
            );
        }
    }

    #[test]
    fn misplaced_exception_is_explained_only_if_allowed() {
        let message = "fix: x\n\nChange: none (tiny)\n\nMore text.";
        assert!(
            explained(message, "allow_none = true")
                .0
                .ends_with("is not a trailer")
        );
        assert!(
            explained(message, "")
                .0
                .ends_with("but the branch has none")
        );
    }

    #[test]
    fn prose_and_real_trailers_are_not_near_misses() {
        for message in [
            "fix: x\n\nChange: the way we count\n\nMore text.",
            "fix: x\n\nChange: crypto",
        ] {
            assert!(
                explained(message, "")
                    .0
                    .ends_with("but the branch has none"),
                "{message}"
            );
        }
    }
}
