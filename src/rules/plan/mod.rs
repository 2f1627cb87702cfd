//! What the parts of a plan say together: a window and its length, a risk and its precautions, a
//! strategy and its parts.

mod emergency_without_incident;
mod expand_and_contract;
mod incomplete_strategy;
mod irreversible_without_plan;
mod missing_backup;
mod missing_cleanup;
mod missing_communication;
mod missing_rollback_trigger;
mod missing_schema_change;
mod missing_tests;
mod reused_flag;
mod risk_understated;
mod schedule;
mod schedule_conflict;
mod schedule_implausible;
mod schedule_in_freeze;
mod schedule_lead_time;
mod schedule_reversed;
mod schedule_risky_day;
mod schedule_too_short;
mod step_without_undo;
mod unmet_dependency;
mod unstructured_steps;

use super::rule::Rule;
use crate::ticket::Kind;

pub(super) const RULES: &[Rule] = &[
    emergency_without_incident::RULE,
    expand_and_contract::RULE,
    incomplete_strategy::RULE,
    irreversible_without_plan::RULE,
    missing_backup::RULE,
    missing_cleanup::RULE,
    missing_communication::RULE,
    missing_rollback_trigger::RULE,
    missing_schema_change::RULE,
    missing_tests::RULE,
    reused_flag::RULE,
    risk_understated::RULE,
    schedule_conflict::RULE,
    schedule_implausible::RULE,
    schedule_in_freeze::RULE,
    schedule_lead_time::RULE,
    schedule_reversed::RULE,
    schedule_risky_day::RULE,
    schedule_too_short::RULE,
    step_without_undo::RULE,
    unmet_dependency::RULE,
    unstructured_steps::RULE,
];

/// The rules about plans that run in an emergency (docs/design/tickets.md, Levels).
const EMERGENCY_RULES: [&str; 5] = [
    "plan/emergency-without-incident",
    "plan/incomplete-strategy",
    "plan/irreversible-without-plan",
    "plan/schedule-in-freeze",
    "plan/schedule-reversed",
];

/// Whether a rule, of this group or another, applies to tickets of a kind.
pub(super) fn applies_to(rule: &Rule, kind: Kind) -> bool {
    kind != Kind::Emergency || rule.group() != "plan" || EMERGENCY_RULES.contains(&rule.name)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    #[test]
    fn only_five_rules_run_in_an_emergency() {
        let plan = "category = \"schema\"\nrisk.reversible = \"no\"\nrisk.downtime = \"5m\"";
        assert!(rules_of(plan).contains(&"plan/missing-backup"));
        let emergency = rules_of(&format!("kind = \"emergency\"\n{plan}"));
        let plan: Vec<_> = emergency
            .into_iter()
            .filter(|rule| rule.starts_with("plan/"))
            .collect();
        assert_eq!(
            plan,
            [
                "plan/emergency-without-incident",
                "plan/irreversible-without-plan"
            ]
        );
    }
}
