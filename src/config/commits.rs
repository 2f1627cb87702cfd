//! What commit messages may contain.

use super::Config;
use super::reader::{Reader, strings, subtable};
use super::section::{Section, Weakenings, allows_more};
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
    compare,
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

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    found.key("commits.scopes", allows_more(&base.scopes, &head.scopes));
}

#[cfg(test)]
mod tests {
    use crate::config::testing::weakenings;

    #[test]
    fn additional_scopes_are_weaker() {
        let two = "commits.scopes = [\"a\", \"b\"]";
        let one = "commits.scopes = [\"b\"]";
        let expected = ["`commits.scopes` changed"];
        assert_eq!(weakenings(one, two), expected);
        assert_eq!(weakenings(one, ""), expected);
        assert_eq!(weakenings(two, one), [""; 0]);
        assert_eq!(weakenings("", one), [""; 0]);
    }
}
