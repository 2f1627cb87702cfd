//! Which files are tickets, how tickets are identified, and which language they are in.

use regex::Regex;

use super::Config;
use super::reader::Reader;
use super::section::{Comparison, GLOBS, Section};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

pub(super) const SECTION: Section = Section {
    fields: FIELDS,
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "tickets",
        GLOBS,
        "Globs for ticket files, relative to the repository root.",
    )
    .default(r#"["changes/**/*.toml"]"#),
    Field::new(
        "id_pattern",
        Shape::AnyText,
        "Regular expression that a ticket ID must match.",
    ),
    Field::new(
        "language",
        Shape::Choice(&["en", "off"]),
        "Language of the tickets. The content rules understand English; `off` disables them.",
    )
    .default("\"en\""),
];

/// The language that the content rules read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Another language: the content rules are off.
    Off,
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    if let Some(node) = table.get("tickets") {
        config.tickets = reader.globs(node);
    }
    config.id_pattern = table
        .get("id_pattern")
        .and_then(|node| reader.pattern("id_pattern", node));
    if table.text("language") == Some("off") {
        config.language = Language::Off;
    }
}

fn write(config: &Config, out: &mut Writer) {
    out.strings("tickets", &config.tickets);
    out.optional("id_pattern", config.id_pattern.as_ref().map(Regex::as_str));
    let language = match config.language {
        Language::English => "en",
        Language::Off => "off",
    };
    out.string("language", language);
}

fn compare(comparison: &mut Comparison<'_>) {
    let (base, head) = (comparison.base, comparison.head);
    let pattern = |config: &Config| config.id_pattern.as_ref().map(Regex::to_string);
    comparison.key("tickets", base.tickets != head.tickets);
    comparison.key(
        "id_pattern",
        base.id_pattern.is_some() && pattern(base) != pattern(head),
    );
    comparison.key(
        "language",
        base.language == Language::English && head.language == Language::Off,
    );
}

#[cfg(test)]
mod tests {
    use crate::config::testing::weakenings;

    #[test]
    fn other_tickets_or_another_language_are_weaker() {
        let head = "tickets = [\"x/*.toml\"]\nlanguage = \"off\"";
        let expected = ["`tickets` changed", "`language` changed"];
        assert_eq!(weakenings("", head), expected);
    }

    #[test]
    fn only_a_pattern_that_was_set_can_be_weakened() {
        assert_eq!(weakenings("", "id_pattern = \"^x\""), [""; 0]);
        let expected = ["`id_pattern` changed"];
        assert_eq!(weakenings("id_pattern = \"^A\"", ""), expected);
    }
}
