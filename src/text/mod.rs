//! Extracts from the texts of a ticket what rules compare: identifiers, values, commands, places,
//! and dates.
//!
//! Everything here is lexical and deterministic. It reports what a text states; whether two
//! statements contradict each other is decided by the rules.

mod activity;
mod backup;
mod bare_command;
mod command;
mod date;
mod deletion;
mod destruction;
mod identifier;
mod language;
mod name_index;
mod observation;
mod pattern;
mod place;
mod prose;
mod slot;
mod step;
mod transition;
mod vague;
mod value;
mod words;

pub(crate) use activity::Activity;
pub(crate) use backup::{keeps_copy, restored_backup, takes_backup};
pub(crate) use command::{Assignment, assignments, commands};
pub(crate) use date::{DateMention, dates};
pub(crate) use deletion::{Deletion, NamedThings, deletions, is_use, makes};
pub(crate) use destruction::{code_of, is_destructive};
pub(crate) use identifier::{identifiers, is_name, is_same_name, name_key, share_a_part};
pub(crate) use language::is_foreign;
pub(crate) use name_index::NameIndex;
pub(crate) use observation::{is_read_only, names_users, reads, states_threshold};
pub(crate) use pattern::Pattern;
pub(crate) use place::{Environment, Place, hosts, places, regions};
pub(crate) use prose::{
    Code, PieceKind, is_hollow, is_observed, is_plain_prose, is_stop_word, pieces,
};
pub(crate) use slot::{OddOne, Section, Slot, SlotKind, odd_one, odd_target, texts_of};
pub(crate) use step::{
    Stretch, clause, end_of, expected, locate, prose_and_code, sentence, stretches, whole_text,
};
pub(crate) use transition::{Transition, transition};
pub(crate) use vague::{deferral, hopes};
pub(crate) use value::{Unit, Value, counted_value, values};
pub(crate) use words::{WordForms, Words, same_word, words};
