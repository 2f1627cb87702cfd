//! Migrations of Django.

use std::sync::LazyLock;

use regex::Regex;

use crate::draft::change::{Change, ChangedFile, folder_of, name_of};
use crate::draft::fact::{Effect, EffectKind, Fact, Migration, Statement};
use crate::draft::python::logical_lines;
use crate::source::Source;

/// An operation of a migration, which is a class of `django.db.migrations`.
static OPERATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bmigrations\.(?<name>[A-Z]\w*)\s*\(").expect("it is valid"));

/// A migration that another one depends on: `("app", "0001_initial")`.
static DEPENDENCY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\(\s*["'](?<app>\w+)["']\s*,\s*["'](?<name>\w+)["']\s*,?\s*\)"#)
        .expect("it is valid")
});

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    change
        .added()
        .filter(|(file, text)| is_migration(file, text))
        .map(|(file, text)| migration(file, text))
        .collect()
}

fn is_migration(file: &ChangedFile, source: &Source) -> bool {
    let name = file.name();
    name_of(folder_of(&file.path)) == "migrations"
        && name.ends_with(".py")
        && name.starts_with(|c: char| c.is_ascii_digit())
        && source.text().contains("migrations.Migration")
}

fn migration(file: &ChangedFile, source: &Source) -> Fact {
    let effects = effects(source.text());
    let is_reversed = |effect: &Effect| effect.kind != EffectKind::Unknown;
    let undo = previous(&file.path, source.text())
        .filter(|_| !effects.is_empty() && effects.iter().all(is_reversed))
        .map(|(app, name)| format!("Migrate the app `{app}` back to `{name}`"));
    let migration = Migration {
        path: file.path.clone(),
        undo,
        effects,
    };
    Fact::of_file(Statement::Migration(migration), &file.path)
}

/// The only migration of the same app that a migration depends on.
fn previous(path: &str, text: &str) -> Option<(String, String)> {
    let app = name_of(folder_of(folder_of(path)));
    let lines = logical_lines(text)?;
    let dependencies = lines
        .iter()
        .find(|line| line.text.starts_with("dependencies"))?;
    let mut found = DEPENDENCY
        .captures_iter(&dependencies.text)
        .filter(|dependency| &dependency["app"] == app);
    let name = found.next()?["name"].to_owned();
    found.next().is_none().then(|| (app.to_owned(), name))
}

fn effects(text: &str) -> Vec<Effect> {
    let unknown = |line| {
        vec![Effect {
            kind: EffectKind::Unknown,
            words: "Python".to_owned(),
            line,
        }]
    };
    let Some(lines) = logical_lines(text) else {
        return unknown(1);
    };
    let operations: Vec<_> = lines
        .iter()
        .filter(|line| line.text.contains("operations"))
        .collect();
    let [line] = operations.as_slice() else {
        return unknown(1);
    };
    let value = line.text.strip_prefix("operations");
    let value = value.and_then(|rest| rest.trim_start().strip_prefix('='));
    let Some(list) = value
        .map(str::trim_start)
        .filter(|list| list.starts_with('['))
    else {
        return unknown(line.number);
    };
    let lines_of_calls: Vec<usize> = text
        .lines()
        .enumerate()
        .skip(line.number - 1)
        .filter(|(_, text)| !text.trim_start().starts_with('#'))
        .flat_map(|(at, text)| OPERATION.find_iter(text).map(move |_| at + 1))
        .collect();
    let calls: Vec<_> = OPERATION.captures_iter(list).collect();
    let ends = calls.iter().skip(1).map(|call| call.get_match().start());
    calls
        .iter()
        .zip(ends.chain([list.len()]))
        .enumerate()
        .map(|(at, (call, end))| {
            let name = &call["name"];
            Effect {
                kind: kind(name, &list[call.get_match().end()..end]),
                words: name.to_owned(),
                line: lines_of_calls.get(at).copied().unwrap_or(line.number),
            }
        })
        .collect()
}

fn kind(operation: &str, arguments: &str) -> EffectKind {
    // Django drops the default after it filled the existing rows, so that code that doesn't know
    // a required column can no longer insert rows.
    let is_optional = ["null=True", "db_default=", "ManyToManyField("]
        .iter()
        .any(|word| arguments.contains(word));
    match operation {
        "CreateModel" | "AddIndex" | "AddIndexConcurrently" => EffectKind::Expand,
        "AddField" if is_optional => EffectKind::Expand,
        "AddField"
        | "RenameField"
        | "RenameModel"
        | "AddConstraint"
        | "RemoveConstraint"
        | "RemoveIndex"
        | "RenameIndex"
        | "AlterUniqueTogether"
        | "AlterIndexTogether"
        | "AlterModelTable" => EffectKind::OtherSchema,
        "RemoveField" | "DeleteModel" => EffectKind::Contract,
        // These may change nothing in the database, or anything.
        _ => EffectKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{added, effects, migration};
    use super::*;

    fn facts(operations: &str) -> Vec<Fact> {
        let text = format!(
            "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n\n    dependencies = [(\"users\", \"0001_initial\"), (\"auth\", \"0012_x\")]\n\n    operations = [\n{operations}\n    ]\n"
        );
        detect(&added(&[("netbox/users/migrations/0002_a.py", &text)]))
    }

    #[test]
    fn operations_have_effects() {
        let operations = "        migrations.AddField(\n            'a', 'b', models.TextField(null=True)),\n        migrations.RemoveField('a', 'c'),\n        migrations.AddField('a', 'd', models.IntegerField(default=1)),";
        let expected = [
            (EffectKind::Expand, 8),
            (EffectKind::Contract, 10),
            (EffectKind::OtherSchema, 11),
        ];
        assert_eq!(effects(&facts(operations)), expected);
        assert_eq!(
            effects(&facts("migrations.RunPython(a, b)")),
            [(EffectKind::Unknown, 8)]
        );
    }

    #[test]
    fn previous_migration_undoes_one() {
        let undo = |operations: &str| migration(&facts(operations)).undo.clone();
        assert_eq!(
            undo("migrations.DeleteModel('a')").as_deref(),
            Some("Migrate the app `users` back to `0001_initial`")
        );
        assert_eq!(undo("migrations.RunSQL('x')"), None);
    }
}
