//! Rules for the texts of a plan: they have to be specific enough to act on.

mod bare_not_applicable;
mod count_contradicted;
mod deployment_restates_title;
mod description_mismatch;
mod downtime_contradicted;
mod justification_by_authority;
mod justification_is_reference;
mod justification_restates_title;
mod justification_without_value;
mod missing_description;
mod open_question;
mod placeholder;
mod restore_without_backup;
mod rollback_copies_deployment;
mod rollback_elsewhere;
mod rollback_incomplete;
mod rollback_is_a_call;
mod rollback_unverified;
mod services_mismatch;
mod step_points_elsewhere;
mod template_residue;
mod title_is_reference;
mod title_not_one_sentence;
mod title_vague;
mod title_with_metadata;
mod trivial_rollback;
mod unguarded_destructive_command;
mod unit_contradicted;
mod unobservable_validation;
mod vague_abort;
mod vague_step;
mod validation_elsewhere;
mod validation_only_pipeline;
mod validation_without_value;
mod value_contradicted;

use super::rule::Rule;

pub(super) use vague_abort::is_vague_condition;

pub(super) const RULES: &[Rule] = &[
    bare_not_applicable::RULE,
    count_contradicted::RULE,
    deployment_restates_title::RULE,
    description_mismatch::RULE,
    downtime_contradicted::RULE,
    justification_by_authority::RULE,
    justification_is_reference::RULE,
    justification_restates_title::RULE,
    justification_without_value::RULE,
    missing_description::RULE,
    open_question::RULE,
    placeholder::RULE,
    restore_without_backup::RULE,
    rollback_copies_deployment::RULE,
    rollback_elsewhere::RULE,
    rollback_incomplete::RULE,
    rollback_is_a_call::RULE,
    rollback_unverified::RULE,
    services_mismatch::RULE,
    step_points_elsewhere::RULE,
    template_residue::RULE,
    title_is_reference::RULE,
    title_not_one_sentence::RULE,
    title_vague::RULE,
    title_with_metadata::RULE,
    trivial_rollback::RULE,
    unguarded_destructive_command::RULE,
    unit_contradicted::RULE,
    unobservable_validation::RULE,
    vague_abort::RULE,
    vague_step::RULE,
    validation_elsewhere::RULE,
    validation_only_pipeline::RULE,
    validation_without_value::RULE,
    value_contradicted::RULE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_repeats_a_word() {
        for list in [
            &justification_without_value::WORDS,
            &title_vague::WORDS,
            &trivial_rollback::WORDS,
            &unobservable_validation::WORDS,
            &vague_step::WORDS,
            &validation_only_pipeline::WORDS,
        ] {
            let words: Vec<&str> = list.list().split_ascii_whitespace().collect();
            let repeated = words
                .iter()
                .enumerate()
                .find(|(at, word)| words[..*at].contains(word));
            assert_eq!(repeated, None, "{}", list.list());
        }
    }

    #[test]
    fn the_page_of_a_hollow_rule_shows_its_list() {
        for (rule, words) in [
            (
                justification_without_value::RULE,
                &justification_without_value::WORDS,
            ),
            (title_vague::RULE, &title_vague::WORDS),
            (trivial_rollback::RULE, &trivial_rollback::WORDS),
            (
                unobservable_validation::RULE,
                &unobservable_validation::WORDS,
            ),
            (vague_step::RULE, &vague_step::WORDS),
            (
                validation_only_pipeline::RULE,
                &validation_only_pipeline::WORDS,
            ),
        ] {
            assert!(
                rule.page.contains(&format!("The list: {}.", words.list())),
                "{}: {}",
                rule.name,
                words.list()
            );
        }
    }
}
