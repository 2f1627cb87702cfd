//! A risky change without tests, or with narrow tests only; drafts are exempt.

use std::collections::BTreeSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::Pattern;
use crate::ticket::{Category, RiskLevel, State, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-tests",
    Level::Note,
    "too few kinds of tests for the risk",
    include_str!("missing_tests.md"),
    &[Check::Ticket(check)],
);

/// Kinds of tests that say little about the whole.
const NARROW: [&str; 2] = ["unit", "smoke"];

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let listed = ticket.tests.iter().flat_map(|tests| &tests.kinds);
    let kinds: BTreeSet<String> = listed.map(|kind| kind.text.trim().to_lowercase()).collect();
    let broad = kinds.iter().any(|kind| !NARROW.contains(&kind.as_str()));
    if ctx.risk < RiskLevel::High || (kinds.len() > 1 && broad) {
        return;
    }
    let is_exempt = matches!(ticket.category, Some(Category::Removal | Category::Drill));
    if is_exempt || ticket.state == State::Draft || is_tried(ticket, &ctx.plan_texts) {
        return;
    }
    let place = ctx
        .span_of(&["tests", "kinds"])
        .or(ctx.span_of(&["tests"]))
        .unwrap_or(ticket.validation.span);
    let finding = RULE
        .finding(ticket.place(), place, "too few kinds of tests")
        .message(format!(
            "a {}-risk change needs at least two kinds of tests in `tests.kinds`, including one other than `unit` or `smoke`",
            ctx.risk.as_str()
        ))
        .help("list in `tests.kinds` the kinds of tests that were run, such as `[\"integration\", \"load\"]`, or describe in `tests.staging` what was tried in staging")
        .anchor("tests.kinds");
    findings.push(finding);
}

static TRIED: Pattern = Pattern::new(
    r"(?ix)\b(?:
        rehears(?:e|ed|al) | dry[\ -]run | load[\ -]?test(?:s|ed)? | pilot\w* | replayed
        | (?:tested|tried|measured|proven|verified|imported|exercised|evaluated)\s+(?:\w+\s+){0,3}?(?:on|in|with|at|by)
        | (?:on|in|at)\s+(?:the\s+|a\s+|our\s+)?(?:\w+\s+)?(?:test|lab|staging|stg|preprod|uat|trial|canary|integration|copy|clone)
        | (?:copy|clone)\s+of\s+(?:the\s+)?(?:production|live|prod)
        )\b",
);

/// Whether the ticket tells that the change was tried before: in staging, by a test plan, on a copy,
/// or in a rehearsal.
fn is_tried(ticket: &Ticket, texts: &[Text]) -> bool {
    let tests = ticket.tests.as_ref();
    tests.is_some_and(|tests| tests.staging.is_some() || tests.plan.is_some())
        || ticket.rollback.rehearsed_on.is_some()
        || texts.iter().any(|text| TRIED.is_match(&text.text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(level: &str, kinds: &str) -> bool {
        rules_of(&format!("risk.level = \"{level}\"\n{kinds}")).contains(&RULE.name)
    }

    #[test]
    fn medium_risk_requires_none() {
        assert!(!reports("medium", ""));
    }

    #[test]
    fn high_risk_requires_two_kinds_and_a_broad_one() {
        assert!(reports("high", "tests.kinds = [\"load\"]"));
        assert!(reports("high", "tests.kinds = [\"load\", \"Load\"]"));
        assert!(reports("critical", "tests.kinds = [\"unit\", \"smoke\"]"));
        assert!(!reports("high", "tests.kinds = [\"unit\", \"chaos\"]"));
    }

    #[test]
    fn staging_a_plan_and_a_rehearsal_count() {
        assert!(!reports(
            "medium",
            "tests.staging = \"pool=40 on staging since Monday\""
        ));
        assert!(!reports(
            "medium",
            "deployment = [\"Rehearse on a copy\", \"Merge #12\"]"
        ));
        assert!(!reports(
            "high",
            "tests.plan = \"Load test at 2x the peak\""
        ));
    }

    #[test]
    fn removals_and_drills_require_nothing() {
        assert!(!reports("high", "category = \"removal\""));
        assert!(!reports("high", "category = \"drill\""));
    }

    #[test]
    fn low_risk_and_drafts_require_nothing() {
        assert!(!reports("low", ""));
        assert!(!reports("high", "state = \"draft\""));
    }
}
