//! What the parts of a plan say together: a window and its length, a risk and its precautions, a
//! strategy and its parts.

mod backup_after_change;
mod blocking_index;
mod date_contradicted;
mod emergency_without_incident;
mod environment_mismatch;
mod expand_and_contract;
mod flag_expired;
mod incomplete_strategy;
mod irreversible_without_plan;
mod missing_backup;
mod missing_cleanup;
mod missing_communication;
mod missing_rollback_trigger;
mod missing_schema_change;
mod missing_tests;
mod mode_left_on;
mod person_unavailable;
mod region_mismatch;
mod reused_flag;
mod reversible_overstated;
mod risk_understated;
mod rollback_needs_deleted;
mod rollback_too_long;
mod schedule;
mod schedule_conflict;
mod schedule_implausible;
mod schedule_in_freeze;
mod schedule_lead_time;
mod schedule_reversed;
mod schedule_risky_day;
mod schedule_too_short;
mod stages_in_prose;
mod stages_not_increasing;
mod step_without_undo;
mod unknown_migration;
mod unmet_dependency;
mod unstructured_steps;
mod used_after_delete;
mod wrong_order;

use super::rule::Rule;
use crate::ticket::Kind;

pub(super) const RULES: &[Rule] = &[
    backup_after_change::RULE,
    blocking_index::RULE,
    date_contradicted::RULE,
    emergency_without_incident::RULE,
    environment_mismatch::RULE,
    expand_and_contract::RULE,
    flag_expired::RULE,
    incomplete_strategy::RULE,
    irreversible_without_plan::RULE,
    missing_backup::RULE,
    missing_cleanup::RULE,
    missing_communication::RULE,
    missing_rollback_trigger::RULE,
    missing_schema_change::RULE,
    missing_tests::RULE,
    mode_left_on::RULE,
    person_unavailable::RULE,
    region_mismatch::RULE,
    reused_flag::RULE,
    reversible_overstated::RULE,
    risk_understated::RULE,
    rollback_needs_deleted::RULE,
    rollback_too_long::RULE,
    schedule_conflict::RULE,
    schedule_implausible::RULE,
    schedule_in_freeze::RULE,
    schedule_lead_time::RULE,
    schedule_reversed::RULE,
    schedule_risky_day::RULE,
    schedule_too_short::RULE,
    stages_in_prose::RULE,
    stages_not_increasing::RULE,
    step_without_undo::RULE,
    unknown_migration::RULE,
    unmet_dependency::RULE,
    unstructured_steps::RULE,
    used_after_delete::RULE,
    wrong_order::RULE,
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
        let plan = "category = \"schema\"\n[risk]\nlevel = \"high\"\nreversible = \"no\"\ndowntime = \"5m\"";
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
