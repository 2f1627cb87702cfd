//! Writes a configuration as TOML.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

use crate::document::quoted;

/// The text of a configuration, written key by key.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) text: String,
}

impl Writer {
    /// The lines written so far.
    pub(super) fn lines(&self) -> BTreeSet<&str> {
        self.text.lines().collect()
    }

    /// Writes a line as it is.
    pub(super) fn line(&mut self, line: impl Display) {
        writeln!(self.text, "{line}").expect("a string takes any text");
    }

    /// Starts a table: `header` has its brackets.
    pub(super) fn table(&mut self, header: impl Display) {
        self.line("");
        self.line(header);
    }

    /// Writes a value that is TOML already, such as a number.
    pub(super) fn value(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {value}"));
    }

    /// Writes a string.
    pub(super) fn string(&mut self, key: &str, text: &str) {
        self.value(key, quoted(text));
    }

    /// Writes a string if there is one.
    pub(super) fn optional(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.string(key, text);
        }
    }

    /// Writes a list of strings.
    pub(super) fn strings(&mut self, key: &str, texts: impl IntoIterator<Item: AsRef<str>>) {
        self.value(
            key,
            list(texts.into_iter().map(|text| quoted(text.as_ref()))),
        );
    }

    /// Writes a list of strings unless it is empty and therefore means all.
    pub(super) fn restriction(&mut self, key: &str, texts: &[impl AsRef<str>]) {
        if !texts.is_empty() {
            self.strings(key, texts);
        }
    }
}

/// A list of values that are TOML already.
pub(super) fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}
