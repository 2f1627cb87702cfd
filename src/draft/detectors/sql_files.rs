//! Migrations in SQL: the layouts of Flyway, sqlx, Diesel, Prisma, golang-migrate, goose, and
//! dbmate.

use crate::draft::change::{Change, ChangedFile, folder_of, name_of};
use crate::draft::fact::{Fact, Migration, Statement};
use crate::draft::sql;
use crate::source::Source;

/// The comments that begin the part of a file that undoes it.
const DOWN_MARKS: [&str; 2] = ["-- +goose Down", "-- migrate:down"];

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    change
        .added()
        .filter(|(file, _)| is_migration(file))
        .map(|(file, text)| migration(change, file, text))
        .collect()
}

/// Whether the path of a file is that of a migration, and not of the file that undoes one.
fn is_migration(file: &ChangedFile) -> bool {
    let Some(stem) = file.name().strip_suffix(".sql") else {
        return false;
    };
    let folder = name_of(folder_of(&file.path));
    let is_in_migrations = |folder: &str| matches!(folder, "migrations" | "migration" | "migrate");
    if is_flyway(stem, 'V') {
        return true;
    }
    if matches!(stem, "up" | "migration") {
        let above = name_of(folder_of(folder_of(&file.path)));
        return starts_with_digit(folder) && is_in_migrations(above);
    }
    is_in_migrations(folder) && starts_with_digit(stem) && !stem.ends_with(".down")
}

fn starts_with_digit(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a name has the form `V1_2__title`.
fn is_flyway(stem: &str, prefix: char) -> bool {
    let version = stem
        .strip_prefix(prefix)
        .and_then(|rest| rest.split_once("__"));
    version.is_some_and(|(version, title)| {
        let is_version = |c: char| c.is_ascii_digit() || matches!(c, '.' | '_');
        starts_with_digit(version) && version.chars().all(is_version) && !title.is_empty()
    })
}

fn migration(change: &Change, file: &ChangedFile, source: &Source) -> Fact {
    let text = source.text();
    let split = DOWN_MARKS.iter().find_map(|mark| text.find(mark));
    let (up, down) = text.split_at(split.unwrap_or(text.len()));
    let own = || {
        has_statements(down.lines().skip(1))
            .then(|| format!("Run the part of `{}` that undoes it", file.path))
    };
    let undo = down_path(change, file)
        .map(|path| format!("Run `{path}`"))
        .or_else(own);
    let migration = Migration {
        path: file.path.clone(),
        undo,
        effects: sql::effects(up, 1),
    };
    Fact::of_file(Statement::Migration(migration), &file.path)
}

/// The path of the file in the change that undoes a migration.
fn down_path(change: &Change, file: &ChangedFile) -> Option<String> {
    let path = &file.path;
    let (folder, name) = (folder_of(path), file.name());
    let stem = name.strip_suffix(".sql")?;
    let in_folder = |name: &str| match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    let candidate = match stem {
        "migration" => return None,
        "up" => in_folder("down.sql"),
        _ if is_flyway(stem, 'V') => in_folder(&format!("U{}", &name[1..])),
        _ => in_folder(&format!(
            "{}.down.sql",
            stem.strip_suffix(".up").unwrap_or(stem)
        )),
    };
    let text = change.added_at(&candidate)?.text();
    has_statements(text.lines()).then_some(candidate)
}

/// Whether a line has something other than a comment.
fn has_statements<'a>(mut lines: impl Iterator<Item = &'a str>) -> bool {
    lines.any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{added, effects, migration};
    use super::*;
    use crate::draft::fact::EffectKind;

    #[test]
    fn layouts_of_migrations_are_known() {
        for path in [
            "src/main/resources/db/migration/V2__add_a.sql",
            "V1_2.3__x.sql",
            "migrations/20240102030405_add_a.sql",
            "migrations/0001_a.up.sql",
            "migrations/2024-01-02-030405_a/up.sql",
            "packages/db/prisma/migrations/20240102030405_a/migration.sql",
        ] {
            let facts = detect(&added(&[(path, "CREATE TABLE a (b int);")]));
            assert_eq!(effects(&facts), [(EffectKind::Expand, 1)], "{path}");
        }
        for path in [
            "migrations/0001_a.down.sql",
            "migrations/a/down.sql",
            "src/test/resources/db/migration/V2__a.sql",
            "queries/0001_a.sql",
            "V__x.sql",
            "seeds/up.sql",
        ] {
            assert_eq!(detect(&added(&[(path, "DROP TABLE a;")])), [], "{path}");
        }
    }

    #[test]
    fn down_file_undoes_a_migration() {
        let undo = |files: &[(&str, &str)]| migration(&detect(&added(files))).undo.clone();
        let up = ("migrations/1_a.up.sql", "CREATE TABLE a (b int)");
        assert_eq!(undo(&[up]), None);
        let down = ("migrations/1_a.down.sql", "DROP TABLE a;");
        assert_eq!(
            undo(&[up, down]).as_deref(),
            Some("Run `migrations/1_a.down.sql`")
        );
        let empty = ("migrations/1_a.down.sql", "-- cannot be undone\n");
        assert_eq!(undo(&[up, empty]), None);
        let flyway = [("V1__a.sql", "SELECT 1"), ("U1__a.sql", "SELECT 2")];
        assert_eq!(undo(&flyway).as_deref(), Some("Run `U1__a.sql`"));
    }

    #[test]
    fn part_that_undoes_a_file_is_not_run() {
        let text = "-- +goose Up\nCREATE TABLE a (b int);\n-- +goose Down\nDROP TABLE a;\n";
        let facts = detect(&added(&[("migrations/1_a.sql", text)]));
        assert_eq!(effects(&facts), [(EffectKind::Expand, 2)]);
        let undo = "Run the part of `migrations/1_a.sql` that undoes it";
        assert_eq!(migration(&facts).undo.as_deref(), Some(undo));
    }
}
