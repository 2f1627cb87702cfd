//! A release without the sign-off that the configuration requires.

use crate::approval::{ApprovalEffect, EvaluatedApproval};
use crate::commit::Id;
use crate::config::{Evidence, Level, Roles};
use crate::finding::{Finding, Place};
use crate::release::{ReleaseContext, SignOff};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, join_and, shell_command, shorten};

/// The most commits that a message names.
const MAX_NAMED: usize = 3;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/missing-sign-off",
    Level::Error,
    "release that is not signed off",
    include_str!("missing_sign_off.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let missing = found.sign_offs.iter();
    missing
        .filter(|sign_off| !sign_off.result.is_approved())
        .flat_map(findings)
        .collect()
}

/// A finding for each approval that does not count, or one that approvals are missing.
fn findings(sign_off: &SignOff) -> Vec<Finding> {
    let entries = sign_off.result.entries.iter();
    let findings: Vec<Finding> = entries
        .filter_map(|entry| Some(finding(sign_off, entry.index, problem(sign_off, entry)?)))
        .collect();
    if !findings.is_empty() {
        return findings;
    }
    let shortfall = sign_off.result.shortfall.as_ref();
    let required = shortfall.map(|shortfall| shortfall.describe());
    let subject = subject(sign_off);
    let message = match (sign_off.spans.len(), required) {
        (_, None) => format!("{subject} is not signed off"),
        (0, Some(required)) => format!("{subject} is not signed off: {required}"),
        (_, Some(required)) => format!("{subject} does not have enough sign-offs: {required}"),
    };
    let last = sign_off.spans.len().checked_sub(1);
    vec![finding(sign_off, last, message)]
}

/// Why an approval does not sign the release off; `None` if it does, or if it was replaced.
fn problem(sign_off: &SignOff, entry: &EvaluatedApproval) -> Option<String> {
    let by = shorten(&entry.by);
    let subject = subject(sign_off);
    Some(match &entry.effect {
        ApprovalEffect::Approves | ApprovalEffect::Superseded => return None,
        ApprovalEffect::Rejects => format!("`{by}` rejected {subject}"),
        ApprovalEffect::Stale => {
            let added = entry
                .index
                .and_then(|index| sign_off.added_since.get(&index));
            match added.map(Vec::as_slice) {
                None | Some([]) => {
                    format!("`{by}` signed off other commits, or other plans of the tickets")
                }
                Some([commit]) => {
                    format!(
                        "1 commit was added after `{by}` signed off: {}",
                        commit.short()
                    )
                }
                Some(commits) => format!(
                    "{} commits were added after `{by}` signed off: {}",
                    commits.len(),
                    named(commits)
                ),
            }
        }
        effect => format!(
            "the sign-off by `{by}` does not count because {}",
            effect.reason()?
        ),
    })
}

/// The first of some commits, and how many more there are.
fn named(commits: &[Id]) -> String {
    let mut named: Vec<String> = commits
        .iter()
        .take(MAX_NAMED)
        .map(|commit| commit.short())
        .collect();
    let more = commits.len() - named.len();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    join_and(&named)
}

fn subject(sign_off: &SignOff) -> String {
    match &sign_off.package {
        None => "the release".to_owned(),
        Some(package) => format!("the release of `{}`", shorten(package)),
    }
}

fn finding(sign_off: &SignOff, index: Option<usize>, message: String) -> Finding {
    let span = index.and_then(|index| sign_off.spans.get(index));
    let place = Place::file(&sign_off.file);
    RULE.finding(place, span.copied().unwrap_or(Span::default()), "")
        .message(message)
        .help(help(sign_off))
        .anchor(index.map(|index| index.to_string()).unwrap_or_default())
}

/// Who has to run which command.
fn help(sign_off: &SignOff) -> String {
    let quorum = &sign_off.quorum;
    let (who, role) = match &quorum.roles {
        Roles::Each(roles) => {
            let quoted: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
            let noun = if roles.len() == 1 { "role" } else { "roles" };
            let role = roles.first().map(String::as_str);
            let who = format!("someone with the {noun} {}", join_and(&quoted));
            (Some(who), role)
        }
        Roles::One | Roles::Any => (None, None),
    };
    let mut command = match role {
        Some(role) => shell_command!("tollgate release --sign-off --role {role}", role),
        None => "tollgate release --sign-off".to_owned(),
    };
    if quorum.evidence == Evidence::Signed {
        command += " --sign";
    }
    let file = sign_off.file.name();
    match who {
        Some(who) => format!("ask {who} to run `{command}` and to commit `{file}`"),
        None => format!("run `{command}`, then commit `{file}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::tests::{clean, reported};
    use super::*;
    use crate::approval::{ApprovalResult, QuorumShortfall};
    use crate::config::Quorum;
    use crate::rules::run_release_rules;
    use crate::rules::testing::settings;
    use crate::source::Source;

    fn quorum() -> Quorum {
        Quorum {
            roles: Roles::Each(vec!["release-manager".into()]),
            evidence: Evidence::Signed,
            ..Quorum::of(1)
        }
    }

    /// A sign-off with these effects of approvals by `lee`.
    fn sign_off(effects: &[ApprovalEffect]) -> SignOff {
        let entry = |(index, effect): (usize, &ApprovalEffect)| EvaluatedApproval {
            index: Some(index),
            by: "lee".into(),
            role: None,
            evidence: Evidence::Claimed,
            key: None,
            signed_text: None,
            at: None,
            effect: effect.clone(),
        };
        let approving = effects
            .iter()
            .filter(|effect| **effect == ApprovalEffect::Approves);
        SignOff {
            package: None,
            file: Source::new("releases/next.toml", "[[approvals]]\n[[approvals]]\n"),
            spans: (0..effects.len())
                .map(|index| Span::new(14 * index, 14 * index + 13))
                .collect(),
            quorum: quorum(),
            result: ApprovalResult {
                entries: effects.iter().enumerate().map(entry).collect(),
                shortfall: QuorumShortfall::of(&quorum(), approving.count(), &[]),
                evidence: Evidence::Signed,
                needs_forge: false,
                unreachable: None,
                deferral: None,
                written_state: crate::ticket::State::Approved,
                missing_fields: Vec::new(),
            },
            added_since: BTreeMap::new(),
        }
    }

    fn messages(sign_off: SignOff) -> Vec<String> {
        let found = ReleaseContext {
            sign_offs: vec![sign_off],
            ..clean()
        };
        let reported = reported(&found).into_iter();
        reported
            .map(|(rule, place, message)| {
                assert_eq!((rule, place.as_str()), (RULE.name, "releases/next.toml"));
                message
            })
            .collect()
    }

    #[test]
    fn release_without_sign_off_is_reported() {
        assert_eq!(
            messages(sign_off(&[])),
            [
                "the release is not signed off: 1 more approval and an approval in the role `release-manager` are required"
            ]
        );
    }

    #[test]
    fn help_has_the_command_with_role_and_signature() {
        let found = ReleaseContext {
            sign_offs: vec![sign_off(&[])],
            ..clean()
        };
        let findings = run_release_rules(&found, &settings()).findings;
        assert_eq!(
            findings[0].help,
            "ask someone with the role `release-manager` to run `tollgate release --sign-off --role release-manager --sign` and to commit `releases/next.toml`"
        );
    }

    #[test]
    fn without_roles_the_help_is_the_command() {
        let mut anyone = sign_off(&[]);
        anyone.quorum = Quorum::of(1);
        assert_eq!(
            help(&anyone),
            "run `tollgate release --sign-off`, then commit `releases/next.toml`"
        );
    }

    #[test]
    fn sign_off_in_another_role_is_not_enough() {
        assert_eq!(
            messages(sign_off(&[ApprovalEffect::Approves])),
            [
                "the release does not have enough sign-offs: an approval in the role `release-manager` is required"
            ]
        );
    }

    #[test]
    fn commits_after_the_sign_off_are_named() {
        let mut stale = sign_off(&[ApprovalEffect::Stale]);
        assert_eq!(
            messages(sign_off(&[ApprovalEffect::Stale])),
            ["`lee` signed off other commits, or other plans of the tickets"]
        );
        let commits = (1..=5).map(|byte| Id::new([byte; 20])).collect();
        stale.added_since.insert(0, commits);
        assert_eq!(
            messages(stale),
            [
                "5 commits were added after `lee` signed off: 0101010101, 0202020202, 0303030303, and 2 more"
            ]
        );
        let mut one = sign_off(&[ApprovalEffect::Stale]);
        one.added_since.insert(0, vec![Id::new([1; 20])]);
        assert_eq!(
            messages(one),
            ["1 commit was added after `lee` signed off: 0101010101"]
        );
    }

    #[test]
    fn ignored_sign_off_is_reported_with_its_reason() {
        assert_eq!(
            messages(sign_off(&[ApprovalEffect::Bot])),
            ["the sign-off by `lee` does not count because a bot made it"]
        );
    }

    #[test]
    fn signed_off_release_is_not_reported() {
        let mut enough = sign_off(&[ApprovalEffect::Approves]);
        enough.result.shortfall = None;
        assert_eq!(messages(enough), [""; 0]);
    }
}
