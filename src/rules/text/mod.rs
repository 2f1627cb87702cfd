//! What rules read in the texts of a ticket: identifiers, values, commands, places and dates.
//!
//! Everything here is lexical and deterministic. It says what a text states, and decides nothing:
//! whether two statements contradict each other is for the rules.

mod command;
mod date;
mod deletion;
mod identifier;
mod language;
mod place;
mod prose;
mod step;
mod transition;
mod value;

pub(super) use command::{Assignment, Command, assignments, commands};
pub(super) use date::{DateMention, dates};
pub(super) use deletion::{Deletion, deletions, makes, uses};
pub(super) use identifier::{identifiers, is_identifier, is_same_name, mentions};
pub(super) use language::is_foreign;
pub(super) use place::{Environment, hosts, places, regions};
pub(super) use prose::{
    Code, PieceKind, Words, is_hollow, is_observed, is_stop_word, pieces, same_word, words,
};
pub(super) use step::{
    Stretch, clause, expected, locate, prose_and_code, sentence, stretches, text_naming, whole_text,
};
pub(super) use transition::{Transition, transition};
pub(super) use value::{Unit, Value, values};
