//! Whether a ticket has the structure of docs/design/tickets.md, and whether its text is what it
//! seems.

mod blank_field;
mod dead_link;
mod duplicate_id;
mod duplicate_step;
mod hidden_character;
mod id_mismatch;
mod invalid_value;
mod local_datetime;
mod malformed_id;
mod misplaced_key;
mod missing_field;
mod mixed_steps;
pub(super) mod none_found;
mod outcome_impossible;
mod secret;
mod too_large;
mod unknown_goal;
mod unknown_key;
mod unknown_person;
mod wrong_type;

use super::rule::Rule;

/// The label at a ticket without an `id`, if its ID is the problem.
const FROM_FILE_NAME: &str = "no `id`, so the file name is the ID";

pub(super) const RULES: &[Rule] = &[
    blank_field::RULE,
    dead_link::RULE,
    duplicate_id::RULE,
    duplicate_step::RULE,
    hidden_character::RULE,
    id_mismatch::RULE,
    invalid_value::RULE,
    local_datetime::RULE,
    malformed_id::RULE,
    misplaced_key::RULE,
    missing_field::RULE,
    mixed_steps::RULE,
    none_found::RULE,
    outcome_impossible::RULE,
    secret::RULE,
    too_large::RULE,
    unknown_goal::RULE,
    unknown_key::RULE,
    unknown_person::RULE,
    wrong_type::RULE,
];
