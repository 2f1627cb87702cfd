//! The settings for tickets: their files, their IDs, and their language.

use std::path::PathBuf;

use globset::GlobSet;
use regex::Regex;

use super::reader::{Reader, word};
use super::section::{GLOBS, Section, Weakenings};
use super::writer::Writer;
use super::{Config, glob_set};
use crate::document::{Field, Shape, Table};
use crate::error::{Error, Result};
use crate::source::word_enum;

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
        Shape::Choice(Language::WORDS),
        "Language of the tickets. Some content rules read English words; `off` disables them. Tickets that are clearly in another language are recognized.",
    )
    .default("\"en\""),
];

word_enum! {
    /// The language that the content rules read.
    #[derive(Default)]
    pub(crate) enum Language {
        /// English.
        #[default]
        English = "en",
        /// Another language: the content rules that read English words are off.
        Off = "off",
    }
}

impl Config {
    /// The globs of `tickets` as one set.
    ///
    /// # Errors
    ///
    /// Fails if they are too large together.
    pub(crate) fn ticket_globs(&self) -> Result<GlobSet> {
        glob_set(&self.tickets).map_err(|error| {
            Error::limit(
                "the globs of `tickets` are too large",
                "use fewer or shorter globs",
            )
            .with_source(error)
        })
    }

    /// For each glob of `tickets`, the folder that its files are in or below.
    pub(crate) fn ticket_folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.tickets.iter().map(|glob| fixed_folder(glob))
    }
}

/// The part of a glob before the first name with a wildcard.
fn fixed_folder(glob: &str) -> PathBuf {
    let folders = glob.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders
        .split('/')
        .take_while(|part| !part.contains(['*', '?', '[', '{', '\\']))
        .collect()
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    if let Some(globs) = reader.globs(table, "tickets") {
        config.tickets = globs;
    }
    config.id_pattern = reader.pattern(table, "id_pattern");
    config.language = word(table, "language").unwrap_or_default();
}

fn write(config: &Config, out: &mut Writer) {
    out.strings("tickets", &config.tickets);
    out.optional("id_pattern", config.id_pattern.as_ref().map(Regex::as_str));
    out.string("language", config.language.as_str());
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let pattern = |config: &Config| config.id_pattern.as_ref().map(Regex::to_string);
    found.key("tickets", base.tickets != head.tickets);
    found.key(
        "id_pattern",
        base.id_pattern.is_some() && pattern(base) != pattern(head),
    );
    found.key(
        "language",
        base.language == Language::English && head.language == Language::Off,
    );
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
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

    #[test]
    fn the_folder_of_a_glob_ends_before_its_first_mark() {
        assert_eq!(fixed_folder("changes/**/*.toml"), Path::new("changes"));
        assert_eq!(fixed_folder("./a/b*/c.toml"), Path::new("./a"));
        assert_eq!(fixed_folder("*.toml"), Path::new(""));
    }
}
