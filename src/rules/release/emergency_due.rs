//! An emergency release with open obligations.

use crate::config::Level;
use crate::finding::{Finding, Place, Severity};
use crate::release::{FollowUp, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shorten};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/emergency-due",
    Level::Error,
    "emergency release with overdue or pending follow-up",
    include_str!("emergency_due.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let finding = |follow_up: &FollowUp| {
        let (place, span) = match &follow_up.version {
            Some(version) => (version.place(), version.ticket.state_span),
            None => (Place::Commit(found.base.to_string()), Span::default()),
        };
        let tag = shorten(&follow_up.tag);
        let finding = RULE
            .finding(place, span, format!("released as `{tag}`"))
            .message(format!(
                "`{tag}` {}; {}",
                follow_up.describe_bypass(),
                follow_up.describe_obligations()
            ))
            .help(follow_up.next_steps())
            .anchor(&follow_up.tag);
        if follow_up.is_overdue {
            finding
        } else {
            finding.at_most(Severity::Warning)
        }
    };
    found
        .follow_ups
        .iter()
        .filter(|follow_up| !follow_up.obligations.is_empty())
        .map(finding)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::run_release_rules;
    use super::super::tests::clean;
    use super::*;
    use crate::config::Evidence;
    use crate::release::Obligation;
    use crate::rules::gate::testing::ticket;
    use crate::rules::testing::settings;

    fn follow_up(obligations: Vec<Obligation>, is_overdue: bool) -> FollowUp {
        FollowUp {
            tag: "v1.2.1".into(),
            ticket: "a".into(),
            bypassed: vec!["approval/quorum-missing".into()],
            due: "2026-11-19".parse().unwrap(),
            obligations,
            approved: Vec::new(),
            is_overdue,
            version: Some(ticket("kind = \"emergency\"\nstate = \"deploying\"")),
            missing_fields: vec!["outcome.result", "outcome.retrospective"],
        }
    }

    fn messages(owed: Vec<Obligation>, is_overdue: bool) -> Vec<(Severity, String)> {
        let findings = run_release_rules(
            &ReleaseContext {
                follow_ups: vec![follow_up(owed, is_overdue)],
                ..clean()
            },
            &settings(),
        )
        .findings;
        findings
            .into_iter()
            .map(|finding| (finding.severity, finding.message))
            .collect()
    }

    #[test]
    fn open_obligations_are_named() {
        let owed = || {
            let approval = Obligation::Approval {
                ticket: "a".into(),
                is_unknown: false,
                evidence: Evidence::Claimed,
            };
            vec![approval, Obligation::Closing, Obligation::Retrospective]
        };
        let bypass = "`v1.2.1` bypassed approval/quorum-missing for the emergency `a`";
        let debt = "approve `a`, close the ticket, and write a retrospective";
        assert_eq!(
            messages(owed(), false),
            [(
                Severity::Warning,
                format!("{bypass}; due by 2026-11-19: {debt}")
            )]
        );
        assert_eq!(
            messages(owed(), true),
            [(
                Severity::Error,
                format!("{bypass}; overdue since 2026-11-19: {debt}")
            )]
        );
    }

    #[test]
    fn help_lists_what_closing_requires() {
        let approval = Obligation::Approval {
            ticket: "b".into(),
            is_unknown: false,
            evidence: Evidence::Claimed,
        };
        let help = follow_up(vec![approval, Obligation::Closing], true).next_steps();
        assert_eq!(
            help,
            "run `tollgate ticket approve b`; set `outcome.result` and `outcome.retrospective`; \
             then run `tollgate ticket move a closed`"
        );
    }

    #[test]
    fn a_paid_debt_is_no_finding() {
        assert_eq!(messages(Vec::new(), true), []);
    }
}
