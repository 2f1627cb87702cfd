//! The levels and options of rules, by selector, for all files or for some.
//!
//! Selectors and options keep their text and positions: `rules` knows which rules and options exist,
//! and reports unknown ones.

use super::Config;
use super::reader::{Reader, entries, tables};
use super::section::{GLOBS, Section, Weakenings};
use super::writer::Writer;
use crate::document::{Entry, Field, Shape, Table, quoted, quoted_key};
use crate::finding::Severity;
use crate::source::{Span, word_enum};

pub(super) const SECTION: Section = Section {
    fields: FIELDS,
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "rules",
        RULES,
        "Severity levels of rules, by name or by glob such as `content/*`. Rules with options also accept a table.",
    ),
    Field::new(
        "overrides",
        Shape::List(&Shape::Table(OVERRIDE)),
        "Severity levels of rules for specific files.",
    ),
];

/// The words for a level; `default` restores the default of the rule.
const LEVELS: Shape = Shape::Choice(&["off", "note", "warning", "error", "default"]);

/// The keys of a rule's table, in addition to the options of the rule.
pub(crate) const RULE_FIELDS: &[Field] =
    &[Field::new("level", LEVELS, "Severity of the rule.").required()];

const RULES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Open(RULE_FIELDS)]));

/// Options apply to the whole repository, so that there are only levels for some files.
const LEVELS_OF_FILES: Shape = Shape::Map(&Shape::Either(&[LEVELS, Shape::Table(RULE_FIELDS)]));

const OVERRIDE: &[Field] = &[
    Field::new(
        "files",
        GLOBS,
        "Globs for the files, relative to the repository root.",
    )
    .required(),
    Field::new(
        "rules",
        LEVELS_OF_FILES,
        "Severity levels for these files, by rule name or by glob such as `plan/*`.",
    )
    .required(),
];

word_enum! {
    /// How severe the findings of a rule are.
    pub(crate) enum Level {
        /// The rule is disabled.
        Off = "off",
        /// Its findings are notes.
        Note = "note",
        /// Its findings are warnings.
        Warning = "warning",
        /// Its findings are errors.
        Error = "error",
    }
}

/// A level for the rules that a selector names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RuleLevel {
    /// A rule's name or a glob over names, such as `content/*`.
    pub(crate) selector: String,
    /// The span of the selector in the configuration.
    pub(crate) span: Span,
    /// The level; `None`: the default of the rule.
    pub(crate) level: Option<Level>,
    /// The table of the rule, with its level and options; empty if only a level is given.
    pub(crate) options: Table,
}

/// Levels for some files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Override {
    /// Globs of the files, relative to the root.
    pub(crate) files: Vec<String>,
    /// The levels, in the order in which they are written.
    pub(crate) levels: Vec<RuleLevel>,
}

/// The levels of all rules, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RuleSettings {
    /// Levels for all files.
    pub(crate) levels: Vec<RuleLevel>,
    /// Levels for some files: they override `levels`, and later ones override earlier ones.
    pub(crate) overrides: Vec<Override>,
}

impl Level {
    /// The severity of findings; `None` if the rule is off.
    #[must_use]
    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let overrides = tables(table, "overrides").map(|table| Override {
        files: reader.globs(table, "files").unwrap_or_default(),
        levels: read_levels(table),
    });
    config.rules = RuleSettings {
        levels: read_levels(table),
        overrides: overrides.collect(),
    };
}

fn read_levels(table: &Table) -> Vec<RuleLevel> {
    let read = |entry: &Entry| {
        let options = entry.value.as_table().cloned().unwrap_or_default();
        let word = entry.value.as_str().or_else(|| options.text("level"));
        RuleLevel {
            selector: entry.key.clone(),
            span: entry.key_span,
            level: word.and_then(Level::parse),
            options,
        }
    };
    entries(table, "rules").iter().map(read).collect()
}

fn write(config: &Config, out: &mut Writer) {
    if !config.rules.levels.is_empty() {
        out.table("[rules]");
        write_levels(&config.rules.levels, out);
    }
    for settings in &config.rules.overrides {
        out.table("[[overrides]]");
        out.strings("files", &settings.files);
        out.line("[overrides.rules]");
        write_levels(&settings.levels, out);
    }
}

fn write_levels(levels: &[RuleLevel], out: &mut Writer) {
    for rule in levels {
        let level = quoted(rule.level.map_or("default", Level::as_str));
        let options = rule.options.entries().iter();
        let options: Vec<String> = options
            .filter(|option| option.key != "level")
            .filter_map(option)
            .collect();
        let key = quoted_key(&rule.selector);
        if options.is_empty() {
            out.value(&key, level);
        } else {
            out.value(
                &key,
                format!("{{ level = {level}, {} }}", options.join(", ")),
            );
        }
    }
}

/// An option of a rule, whose value is a string, a number or a boolean.
fn option(entry: &Entry) -> Option<String> {
    let value = &entry.value;
    let words = value.as_str().map(quoted);
    let value = words
        .or(value.as_integer().map(|n| n.to_string()))
        .or(value.as_bool().map(|truth| truth.to_string()));
    Some(format!("{} = {}", quoted_key(&entry.key), value?))
}

/// Compares the levels for some files; `rules` compares the levels and options for all files.
fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let is_equal = levels_for_files(base).eq(levels_for_files(head));
    found.key("overrides", !is_equal);
}

/// The levels for some files, without their positions.
fn levels_for_files(config: &Config) -> impl Iterator<Item = (&[String], &str, Option<Level>)> {
    config.rules.overrides.iter().flat_map(|part| {
        let levels = part.levels.iter();
        levels.map(|rule| (part.files.as_slice(), rule.selector.as_str(), rule.level))
    })
}

#[cfg(test)]
mod tests {
    use crate::config::testing::weakenings;

    #[test]
    fn levels_for_some_files_are_weaker() {
        let overridden = "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = \"off\" }";
        let table = "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = { level = \"off\" } }";
        assert_eq!(weakenings("", overridden), ["`overrides` changed"]);
        assert_eq!(weakenings("", table), ["`overrides` changed"]);
        let commented = format!("# why\n{overridden}");
        assert_eq!(weakenings(overridden, &commented), [""; 0]);
    }
}
