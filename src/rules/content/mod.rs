//! Rules for the texts of a plan: they have to be specific enough to act on.

mod bare_not_applicable;
mod justification_by_authority;
mod justification_restates_title;
mod justification_without_value;
mod missing_description;
mod placeholder;
mod prose;
mod rollback_copies_deployment;
mod rollback_unverified;
mod template_residue;
mod title_is_reference;
mod title_not_one_sentence;
mod title_vague;
mod trivial_rollback;
mod unguarded_destructive_command;
mod unobservable_validation;
mod vague_step;
mod validation_only_pipeline;

use super::rule::Rule;

pub(super) use unguarded_destructive_command::commands;

pub(super) const RULES: &[Rule] = &[
    bare_not_applicable::RULE,
    justification_by_authority::RULE,
    justification_restates_title::RULE,
    justification_without_value::RULE,
    missing_description::RULE,
    placeholder::RULE,
    rollback_copies_deployment::RULE,
    rollback_unverified::RULE,
    template_residue::RULE,
    title_is_reference::RULE,
    title_not_one_sentence::RULE,
    title_vague::RULE,
    trivial_rollback::RULE,
    unguarded_destructive_command::RULE,
    unobservable_validation::RULE,
    vague_step::RULE,
    validation_only_pipeline::RULE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_repeats_a_word() {
        for list in [
            justification_without_value::WORDS,
            title_vague::WORDS,
            trivial_rollback::WORDS,
            unobservable_validation::WORDS,
            vague_step::WORDS,
            validation_only_pipeline::WORDS,
        ] {
            let words: Vec<&str> = list.0.split_ascii_whitespace().collect();
            let repeated = words
                .iter()
                .enumerate()
                .find(|(at, word)| words[..*at].contains(word));
            assert_eq!(repeated, None, "{}", list.0);
        }
    }

    #[test]
    fn the_page_of_a_hollow_rule_shows_its_list() {
        for (rule, words) in [
            (
                justification_without_value::RULE,
                justification_without_value::WORDS,
            ),
            (title_vague::RULE, title_vague::WORDS),
            (trivial_rollback::RULE, trivial_rollback::WORDS),
            (
                unobservable_validation::RULE,
                unobservable_validation::WORDS,
            ),
            (vague_step::RULE, vague_step::WORDS),
            (
                validation_only_pipeline::RULE,
                validation_only_pipeline::WORDS,
            ),
        ] {
            assert!(
                rule.page.contains(&format!("The list: {}.", words.0)),
                "{}: {}",
                rule.name,
                words.0
            );
        }
    }
}
