//! The position of each setting in the configuration file.
//!
//! Explanations name these lines. A setting without a span has its default value.

use std::collections::BTreeMap;

use super::Config;
use crate::document::{Node, Table, Value};
use crate::source::Span;

/// The spans of keys by their paths, such as `bumps.deps`, or `package.0.paths` in a list of tables.
///
/// Paths are in lower case, since commit types are case-insensitive.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySpans(BTreeMap<String, Span>);

/// The file and the line of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingLocation {
    /// The name of the file.
    pub(crate) file: String,
    /// The line number, from 1.
    pub(crate) line: usize,
}

impl Config {
    /// The location of the setting with that path; `None` if it has its default value.
    #[must_use]
    pub(crate) fn location(&self, path: &str) -> Option<SettingLocation> {
        self.location_of(*self.key_spans.0.get(&path.to_lowercase())?)
    }

    /// The file and the line of a span of the configuration.
    #[must_use]
    pub(crate) fn location_of(&self, span: Span) -> Option<SettingLocation> {
        let source = self.source.as_ref()?;
        Some(SettingLocation {
            file: source.name().to_owned(),
            line: source.position(span.start).line,
        })
    }
}

impl KeySpans {
    /// Records the span of every key of a table.
    pub(super) fn of(table: &Table) -> Self {
        let mut spans = Self::default();
        spans.record("", table);
        spans
    }

    fn record(&mut self, prefix: &str, table: &Table) {
        for entry in table.entries() {
            let path = format!("{prefix}{}", entry.key.to_lowercase());
            self.record_value(&path, &entry.value);
            self.0.insert(path, entry.key_span);
        }
    }

    fn record_value(&mut self, path: &str, node: &Node) {
        match &node.value {
            Value::Table(table) => self.record(&format!("{path}."), table),
            Value::Array(nodes) => {
                for (at, node) in nodes
                    .iter()
                    .enumerate()
                    .filter(|(_, node)| node.as_table().is_some())
                {
                    let path = format!("{path}.{at}");
                    self.record_value(&path, node);
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
    fn setting_is_located_in_any_notation() {
        let text = "zero_breaking = \"major\"\n[bumps]\nDeps = \"patch\"\n[[override]]\ncommit = \"0123456\"\nbump = \"none\"\n";
        let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
        let line = |path: &str| config.location(path).map(|location| location.line);
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
            inline.location("bumps.deps"),
            Some(SettingLocation {
                file: "x".into(),
                line: 2
            })
        );
    }
}
