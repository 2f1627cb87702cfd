//! What the sections of a configuration have in common.

use super::Config;
use super::reader::Reader;
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

/// A part of the configuration: its keys, and how their values are read and written.
pub(super) struct Section {
    /// The keys that it has at the top of the file.
    pub(super) fields: &'static [Field],
    /// Reads its values; invalid ones are reported and keep their defaults.
    pub(super) read: fn(&Table, &mut Config, &mut Reader),
    /// Writes the values that are in effect, defaults included.
    pub(super) write: fn(&Config, &mut Writer),
}

/// A list of globs, which need not contain a letter or a digit.
pub(super) const GLOBS: Shape = Shape::List(&Shape::AnyText);

/// A list of texts that may be empty.
pub(super) const TEXTS: Shape = Shape::AnyList(&Shape::Text);
