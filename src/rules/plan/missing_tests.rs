//! A risky change without tests, or with narrow tests only; drafts are exempt.

use std::collections::BTreeSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, State, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-tests",
    Level::Warning,
    "too few kinds of tests for the risk",
    include_str!("missing_tests.md"),
    &[Check::Ticket(check)],
);

/// Kinds of tests that say little about the whole.
const NARROW: [&str; 2] = ["unit", "smoke"];

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let texts = ticket.tests.iter().flat_map(|tests| &tests.kinds);
    let kinds: BTreeSet<String> = texts.map(|kind| kind.text.trim().to_lowercase()).collect();
    let broad = kinds.iter().any(|kind| !NARROW.contains(&kind.as_str()));
    let wanted = match ctx.risk {
        RiskLevel::Low => return,
        RiskLevel::Medium if kinds.is_empty() => "at least one entry in `tests.kinds`",
        RiskLevel::High | RiskLevel::Critical if kinds.len() < 2 || !broad => {
            "two different entries in `tests.kinds`, one of them neither `unit` nor `smoke`"
        }
        _ => return,
    };
    if ticket.state == State::Draft {
        return;
    }
    let place = ctx
        .span_of(&["tests", "kinds"])
        .or(ctx.span_of(&["tests"]))
        .unwrap_or(ticket.validation.span);
    let finding = RULE
        .finding(ticket.place(), place, "too few kinds of tests")
        .message(format!("a {}-risk change needs {wanted}", ctx.risk.as_str()))
        .help("list in `tests.kinds` the kinds of tests that were run, such as `[\"integration\", \"load\"]`, and link to the results in `tests.evidence`")
        .anchor("tests.kinds");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(level: &str, kinds: &str) -> bool {
        rules_of(&format!("risk.level = \"{level}\"\n{kinds}")).contains(&RULE.name)
    }

    #[test]
    fn medium_risk_requires_one_kind() {
        assert!(reports("medium", ""));
        assert!(!reports("medium", "tests.kinds = [\"unit\"]"));
    }

    #[test]
    fn high_risk_requires_two_kinds_and_a_broad_one() {
        assert!(reports("high", "tests.kinds = [\"load\"]"));
        assert!(reports("high", "tests.kinds = [\"load\", \"Load\"]"));
        assert!(reports("critical", "tests.kinds = [\"unit\", \"smoke\"]"));
        assert!(!reports("high", "tests.kinds = [\"unit\", \"chaos\"]"));
    }

    #[test]
    fn low_risk_and_drafts_require_nothing() {
        assert!(!reports("low", ""));
        assert!(!reports("high", "state = \"draft\""));
    }
}
