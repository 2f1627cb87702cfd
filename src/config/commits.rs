//! What commit messages may contain.

use super::Config;
use super::reader::{Reader, strings, subtable};
use super::section::Section;
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "commits",
        Shape::Table(FIELDS),
        "Settings for commit messages.",
    )],
    read,
    write,
};

const FIELDS: &[Field] = &[Field::new(
    "scopes",
    Shape::List(&Shape::Text),
    "Scopes that commits can use. Default: any.",
)];

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    if let Some(commits) = subtable(table, "commits") {
        config.scopes = strings(commits, "scopes");
    }
}

fn write(config: &Config, out: &mut Writer) {
    if !config.scopes.is_empty() {
        out.table("[commits]");
        out.strings("scopes", &config.scopes);
    }
}
