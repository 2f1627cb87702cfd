//! What the sections of a configuration have in common.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Config;
use super::reader::Reader;
use super::writer::Writer;
use crate::document::{Field, Shape, Table};
use crate::source::quoted_list;

/// A part of the configuration: its keys, and how their values are read, written and compared.
pub(super) struct Section {
    /// The keys that it has at the top of the file.
    pub(super) fields: &'static [Field],
    /// Reads its values; invalid ones are reported and keep their defaults.
    pub(super) read: fn(&Table, &mut Config, &mut Reader),
    /// Writes the effective values, including defaults.
    pub(super) write: fn(&Config, &mut Writer),
    /// Reports values that are not provably as strict as before.
    pub(super) compare: fn(&Config, &Config, &mut Weakenings),
}

/// The settings that make a configuration less strict than another one.
pub(super) struct Weakenings {
    /// The time of the comparison.
    pub(super) now: Timestamp,
    /// Descriptions of the less strict settings, to follow a colon.
    pub(super) texts: Vec<String>,
}

impl Weakenings {
    /// Adds a key if its value is weaker.
    pub(super) fn key(&mut self, key: &str, is_weaker: bool) {
        if is_weaker {
            self.texts.push(format!("`{key}` changed"));
        }
    }

    /// Adds a table that is weaker or missing, with the keys whose written values differ.
    pub(super) fn table(&mut self, subject: &str, base: &Writer, head: Option<&Writer>) {
        let Some(head) = head else {
            self.texts.push(format!("{subject} was removed"));
            return;
        };
        let keys: BTreeSet<&str> = base
            .lines()
            .symmetric_difference(&head.lines())
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        self.texts
            .push(format!("{} changed in {subject}", quoted_list(&keys)));
    }
}

/// Whether a list of what is allowed has additional entries, or is empty and allows anything.
pub(super) fn allows_more<T: PartialEq>(base: &[T], head: &[T]) -> bool {
    !base.is_empty() && (head.is_empty() || !is_subset(head, base))
}

/// Whether a list has all entries of another.
pub(super) fn is_subset<T: PartialEq>(part: &[T], whole: &[T]) -> bool {
    part.iter().all(|entry| whole.contains(entry))
}

/// A list of globs, which need not contain a letter or a digit.
pub(super) const GLOBS: Shape = Shape::List(&Shape::AnyText);

/// A list of texts that may be empty.
pub(super) const TEXTS: Shape = Shape::AnyList(&Shape::Text);
