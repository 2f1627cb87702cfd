//! What commit messages may contain.

use super::Config;
use super::reader::{Reader, strings, subtable, word};
use super::section::{Section, Weakenings, allows_more};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};
use crate::source::word_enum;

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

const FIELDS: &[Field] = &[
    Field::new(
        "scopes",
        Shape::List(&Shape::Text),
        "Scopes that commits can use. Default: any.",
    ),
    Field::new(
        "squash_bodies",
        Shape::Choice(SquashBodies::WORDS),
        "Whether headers in the body of a squash, such as `* fix: …`, become entries of the changelog. They never affect the version.",
    )
    .default("\"ignored\"")
    .harmless("Only the changelog depends on it."),
];

word_enum! {
    /// What becomes of headers in the body of a squash.
    pub(crate) enum SquashBodies {
        /// Nothing.
        Ignored = "ignored",
        /// They are entries of the changelog.
        Entries = "entries",
    }
}

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    if let Some(commits) = subtable(table, "commits") {
        config.scopes = strings(commits, "scopes");
        config.squash_bodies = word(commits, "squash_bodies").unwrap_or(SquashBodies::Ignored);
    }
}

fn write(config: &Config, out: &mut Writer) {
    out.table("[commits]");
    out.restriction("scopes", &config.scopes);
    out.string("squash_bodies", config.squash_bodies.as_str());
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
