//! Where each setting stands in the configuration's text.
//!
//! What an explanation shows of a setting is the line that somebody reviewed; a setting without a
//! place holds by default.

use std::collections::BTreeMap;

use super::Config;
use crate::document::{Node, Table, Value};
use crate::source::Span;

/// The spans of the keys, by their paths: `bumps.deps`, or `package.0.paths` within a list of
/// tables.
///
/// Paths are in lower case, as types of commits match.
#[derive(Debug, Clone, Default)]
pub struct Places(BTreeMap<String, Span>);

/// The file and the line in which a setting stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl Config {
    /// Where the setting of that path stands; `None`: it holds by default.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        self.place_of(*self.places.0.get(&path.to_lowercase())?)
    }

    /// The file and the line of a span of the configuration.
    #[must_use]
    pub fn place_of(&self, span: Span) -> Option<Place> {
        let source = self.source.as_ref()?;
        Some(Place {
            file: source.name().to_owned(),
            line: source.position(span.start).line,
        })
    }
}

impl Places {
    /// Notes where every key of a table stands.
    pub(super) fn of(table: &Table) -> Self {
        let mut places = Self::default();
        places.note("", table);
        places
    }

    fn note(&mut self, prefix: &str, table: &Table) {
        for entry in table.entries() {
            let path = format!("{prefix}{}", entry.key.to_lowercase());
            self.note_value(&path, &entry.value);
            self.0.insert(path, entry.key_span);
        }
    }

    fn note_value(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Table(table) => self.note(&format!("{path}."), table),
            Value::Array(nodes) => {
                for (at, node) in nodes
                    .iter()
                    .enumerate()
                    .filter(|(_, node)| node.as_table().is_some())
                {
                    let path = format!("{path}.{at}");
                    self.note_value(&path, node);
                    self.0.insert(path, node.span);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn a_setting_is_found_at_its_line_however_it_is_written() {
        let text = "zero_breaking = \"major\"\n[bumps]\nDeps = \"patch\"\n[[override]]\ncommit = \"0123456\"\nbump = \"none\"\n";
        let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
        let line = |path: &str| config.place(path).map(|place| place.line);
        assert_eq!(
            (
                line("zero_breaking"),
                line("bumps.deps"),
                line("override.0.bump")
            ),
            (Some(1), Some(3), Some(6))
        );
        assert_eq!(line("bumps.feat"), None);
        let inline = Config::parse(Source::new("x", "bumps = {\n deps = \"patch\" }")).unwrap();
        assert_eq!(
            inline.place("bumps.deps"),
            Some(Place {
                file: "x".into(),
                line: 2
            })
        );
    }
}
