//! A branch whose tickets do not meet a policy's requirements.

use super::policy_match::{matches_ticket, missing_requirements, triggered_policies};
use crate::branch::Branch;
use crate::config::{Level, Policy};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::ticket::ParsedTicket;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/insufficient-ticket",
    Level::Error,
    "ticket that does not meet a policy's requirements",
    include_str!("insufficient_ticket.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, settings: &Settings) -> Vec<Finding> {
    let covering = branch.covering();
    let mut findings = Vec::new();
    for triggered in triggered_policies(branch) {
        let looked_at: Vec<_> = covering
            .iter()
            .copied()
            .filter(|version| matches_ticket(triggered.policy, version, settings))
            .collect();
        let suffices = |version: &&ParsedTicket| {
            missing_requirements(triggered.policy, version, settings).is_empty()
        };
        if !looked_at.iter().any(suffices) {
            findings.extend(
                looked_at
                    .first()
                    .map(|version| finding(triggered.policy, version, settings)),
            );
        }
    }
    for policy in branch
        .policies
        .iter()
        .filter(|policy| !policy.is_about_branches())
    {
        let looked_at = covering
            .iter()
            .filter(|version| matches_ticket(policy, version, settings));
        let short =
            looked_at.filter(|version| !missing_requirements(policy, version, settings).is_empty());
        findings.extend(short.map(|version| finding(policy, version, settings)));
    }
    findings
}

fn finding(policy: &Policy, version: &ParsedTicket, settings: &Settings) -> Finding {
    let missing = missing_requirements(policy, version, settings).join(" and ");
    RULE.finding(
        version.place(),
        version.ticket.title.span,
        "does not meet the policy",
    )
    .message(format!("the policy `{}` requires {missing}", policy.name))
    .help("add what is missing, or cover the change with a ticket that meets the policy")
    .anchor(&policy.name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, policies, reported};
    use super::*;

    fn migration(triggered: &str, ticket: &str) -> Vec<(&'static str, String, String)> {
        reported(&Branch {
            commits: vec![commit('a', "feat: add a table", &["migrations/7.sql"])],
            paths: vec!["migrations/7.sql".into()],
            policies: policies(&format!(
                "name = \"migrations\"\npaths = [\"migrations/**\"]\n{triggered}"
            )),
            tickets: vec![changed("", ticket)],
            ..branch()
        })
    }

    #[test]
    fn missing_required_section_is_reported() {
        let triggered = "sections = [\"schema_change\"]";
        let found = migration(triggered, "state = \"proposed\"");
        assert_eq!(
            found[0].2,
            "the policy `migrations` requires a `[schema_change]` table"
        );
        assert_eq!(
            migration(
                triggered,
                "state = \"proposed\"\n[schema_change]\nphase = \"expand\""
            ),
            []
        );
    }

    #[test]
    fn field_of_the_review_can_be_required() {
        let triggered = "sections = [\"review.security\"]";
        let message = "the policy `migrations` requires `review.security`";
        for without in ["", "review.security = \" \"", "review.impact = \"none\""] {
            let found = migration(triggered, &format!("state = \"proposed\"\n{without}"));
            assert_eq!(found[0].2, message, "{without}");
        }
        let ticket = "state = \"proposed\"\nreview.security = \"no new access\"";
        assert_eq!(migration(triggered, ticket), []);
    }

    #[test]
    fn empty_section_is_missing() {
        let triggered = "sections = [\"schema_change\"]";
        for empty in ["[schema_change]", "schema_change = {}"] {
            assert_eq!(
                migration(triggered, &format!("state = \"proposed\"\n{empty}")).len(),
                1,
                "{empty}"
            );
        }
    }

    #[test]
    fn too_low_risk_is_reported() {
        let triggered = "min_risk = \"medium\"";
        let found = migration(triggered, "state = \"proposed\"");
        assert_eq!(
            found[0].2,
            "the policy `migrations` requires a risk of at least `medium` (the risk is `low`)"
        );
        assert_eq!(
            migration(triggered, "state = \"proposed\"\nrisk.level = \"high\""),
            []
        );
    }

    #[test]
    fn one_ticket_that_suffices_is_enough() {
        let tickets = [
            "state = \"proposed\"",
            "state = \"proposed\"\n[tests]\nkinds = [\"unit\"]",
        ];
        let branch = Branch {
            commits: vec![commit('a', "feat: x", &[])],
            policies: policies("name = \"tested\"\nsections = [\"tests\"]"),
            tickets: tickets.map(|ticket| changed("", ticket)).into(),
            ..branch()
        };
        assert_eq!(reported(&branch), []);
    }

    #[test]
    fn a_policy_on_tickets_looks_at_each_of_them() {
        let policies = policies(
            "name = \"schema\"\ncategories = [\"schema\"]\nsections = [\"schema_change\"]",
        );
        let found = |ticket: &str| {
            let policies = policies.clone();
            reported(&Branch {
                policies,
                tickets: vec![changed("", ticket)],
                ..branch()
            })
            .len()
        };
        assert_eq!(found("state = \"proposed\"\ncategory = \"schema\""), 1);
        assert_eq!(found("state = \"proposed\"\ncategory = \"bugfix\""), 0);
    }
}
