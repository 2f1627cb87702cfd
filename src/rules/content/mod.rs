//! What the plan of a ticket says: texts that say nothing, or not what is needed to act on them.

mod bare_not_applicable;
mod placeholder;
mod rollback_unverified;
mod template_residue;
mod title_vague;
mod trivial_rollback;
mod unobservable_validation;
mod vague_step;
mod validation_only_pipeline;

mod prose;

use super::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    bare_not_applicable::RULE,
    placeholder::RULE,
    rollback_unverified::RULE,
    template_residue::RULE,
    title_vague::RULE,
    trivial_rollback::RULE,
    unobservable_validation::RULE,
    vague_step::RULE,
    validation_only_pipeline::RULE,
];
