//! What keeps a release from being made.
//!
//! Rules here look at the state of the repository that a release meets, which comes in as values.

mod approval_unknown;
mod changelog_drift;
mod dependency_not_shipped;
mod dirty_worktree;
mod emergency_due;
mod file_exists;
mod freeze_active;
mod incomplete_section;
mod invalid_file;
mod missing_sign_off;
mod missing_tag;
mod tag_exists;
mod unapproved_ticket;
mod uncovered_commit;
mod unknown_ticket;
mod unvalidated_predecessor;
mod version_goes_back;
mod version_mismatch;
mod wrong_branch;

use super::rule::{Check, Rule};
use super::run::run_checks;
use super::settings::Settings;
use crate::finding::{Checked, Finding, Place};
use crate::release::ReleaseContext;
use crate::ticket::ParsedTicket;

pub(crate) use uncovered_commit::find_uncovered;

pub(super) const RULES: &[Rule] = &[
    unapproved_ticket::RULE,
    approval_unknown::RULE,
    missing_sign_off::RULE,
    unknown_ticket::RULE,
    uncovered_commit::RULE,
    dependency_not_shipped::RULE,
    unvalidated_predecessor::RULE,
    emergency_due::RULE,
    freeze_active::RULE,
    tag_exists::RULE,
    missing_tag::RULE,
    version_goes_back::RULE,
    version_mismatch::RULE,
    dirty_worktree::RULE,
    wrong_branch::RULE,
    incomplete_section::RULE,
    invalid_file::RULE,
    file_exists::RULE,
    changelog_drift::RULE,
];

/// The name of the rule about sign-offs, which tags record if it was bypassed.
pub(crate) const MISSING_SIGN_OFF: &str = missing_sign_off::RULE.name;

/// What is a matter of the repository, and blocks an emergency too.
const NEVER_BYPASSED: [&str; 5] = [
    tag_exists::RULE.name,
    missing_tag::RULE.name,
    version_goes_back::RULE.name,
    dirty_worktree::RULE.name,
    wrong_branch::RULE.name,
];

/// The rules of a release about approvals, besides those of the group `approval/`.
const APPROVAL_RULES: [&str; 3] = [
    unapproved_ticket::RULE.name,
    approval_unknown::RULE.name,
    missing_sign_off::RULE.name,
];

/// Whether an emergency, whose ticket is in this file, may bypass a finding.
///
/// Its own ticket has to be in order; who approves it may follow.
#[must_use]
pub(crate) fn is_bypassable(finding: &Finding, own: &str) -> bool {
    let is_own = finding.place == Place::File(own.to_owned());
    !NEVER_BYPASSED.contains(&finding.rule) && (!is_own || is_about_approval(finding.rule))
}

/// Whether a rule is about approvals, which may follow an emergency.
#[must_use]
pub(crate) fn is_about_approval(rule: &str) -> bool {
    rule.starts_with("approval/") || APPROVAL_RULES.contains(&rule)
}

/// Checks whether anything blocks a release.
#[must_use]
pub(crate) fn run_release_rules(found: &ReleaseContext, settings: &Settings) -> Checked {
    let findings = run_checks(
        |check, findings| {
            if let Check::Release(check) = check {
                findings.extend(check(found));
            }
        },
        |rule, place| settings.level_at(rule, place),
    );
    let messages = found.uncovered.iter().map(|uncovered| {
        (
            Place::Commit(uncovered.commit.to_string()),
            &uncovered.message,
        )
    });
    let sources = found
        .files()
        .map(|source| (Place::file(source), source))
        .chain(messages)
        .map(|(place, source)| (place, source.clone()));
    Checked::new(findings, sources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::Id;
    use crate::rules::testing::settings;

    /// A repository in which nothing blocks a release.
    pub(super) fn clean() -> ReleaseContext {
        ReleaseContext {
            branch: Some("main".into()),
            ..ReleaseContext::empty(Id::new([1; 20]))
        }
    }

    /// Rule, place and message of each finding.
    pub(super) fn reported(found: &ReleaseContext) -> Vec<(&'static str, String, String)> {
        let findings = run_release_rules(found, &settings()).findings;
        findings
            .into_iter()
            .map(|f| (f.rule, f.place.name().to_owned(), f.message))
            .collect()
    }

    #[test]
    fn nothing_in_the_way_is_no_finding() {
        assert_eq!(reported(&clean()), []);
    }
}
