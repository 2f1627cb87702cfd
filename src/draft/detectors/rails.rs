//! Migrations of Rails.

use std::sync::LazyLock;

use regex::Regex;

use crate::draft::change::{Change, ChangedFile, folder_of, name_of};
use crate::draft::fact::{Effect, EffectKind, Fact, Migration, Statement};
use crate::source::Source;

/// A call of a method that may be in a block: `safety_assured { remove_column :a, :b }`.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:safety_assured\s*\{\s*)?(?<method>[a-z_]+[!?]?)\b(?<rest>.*)$")
        .expect("it is valid")
});

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    change
        .added()
        .filter(|(file, _)| is_migration(file))
        .map(|(file, text)| migration(file, text))
        .collect()
}

fn is_migration(file: &ChangedFile) -> bool {
    let folder = folder_of(&file.path);
    let (timestamp, _) = file.name().split_once('_').unwrap_or_default();
    let is_timestamp = timestamp.len() == 14 && timestamp.bytes().all(|b| b.is_ascii_digit());
    is_timestamp
        && file.path.ends_with(".rb")
        && name_of(folder).ends_with("migrate")
        && name_of(folder_of(folder)) == "db"
}

/// A line of Ruby with the lines that continue it after a comma.
struct Line {
    text: String,
    number: usize,
}

/// The lines of a method; `None` if there is no such method.
fn method(source: &Source, names: &[&str]) -> Option<Vec<Line>> {
    let mut lines: Vec<Line> = Vec::new();
    let mut indent = None;
    for (at, full) in source.text().lines().enumerate() {
        let text = without_comment(full).trim().to_owned();
        let depth = full.len() - full.trim_start().len();
        match indent {
            None => {
                let name = text.strip_prefix("def ").map(str::trim);
                if name.is_some_and(|name| names.contains(&name)) {
                    indent = Some(depth);
                }
            }
            Some(start) if text == "end" && depth <= start => return Some(lines),
            Some(_) if text.is_empty() => {}
            Some(_) => match lines.last_mut() {
                Some(last) if last.text.ends_with([',', '(']) => {
                    last.text += " ";
                    last.text += &text;
                }
                _ => lines.push(Line {
                    text,
                    number: at + 1,
                }),
            },
        }
    }
    None
}

fn without_comment(line: &str) -> &str {
    match line.trim_start() {
        comment if comment.starts_with('#') => "",
        _ => line.split_once(" # ").map_or(line, |(code, _)| code),
    }
}

fn migration(file: &ChangedFile, source: &Source) -> Fact {
    let lines = method(source, &["change", "up"]);
    let unknown = Effect {
        kind: EffectKind::Unknown,
        words: "Ruby".to_owned(),
        line: 1,
    };
    let effects: Vec<Effect> = lines.map_or_else(|| vec![unknown], |lines| effects(&lines));
    let migration = Migration {
        path: file.path.clone(),
        undo: undo(&file.path, source, &effects),
        effects,
    };
    Fact::of_file(Statement::Migration(migration), &file.path)
}

/// How a migration is undone, if it states that.
fn undo(path: &str, source: &Source, effects: &[Effect]) -> Option<String> {
    if let Some(lines) = method(source, &["down"]) {
        let is_possible =
            !lines.is_empty() && !lines.iter().any(|line| line.text.contains("raise "));
        return is_possible.then(|| format!("Run the method `down` of `{path}`"));
    }
    let is_reversed = |effect: &Effect| {
        let words = effect.words.as_str();
        let is_known = words.starts_with("add_") || words.starts_with("rename_");
        is_known || matches!(words, "create_table" | "create_join_table")
    };
    let is_reversible = method(source, &["change"]).is_some()
        && !effects.is_empty()
        && effects.iter().all(is_reversed);
    is_reversible.then(|| format!("Roll back `{path}`, whose method `change` is reversible"))
}

/// The effects of the lines of a method.
fn effects(lines: &[Line]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut is_in_table = false;
    for line in lines {
        is_in_table = match line.text.as_str() {
            "end" => false,
            text => is_in_table || text.starts_with("change_table "),
        };
        effects.extend(match line.text.strip_prefix("t.") {
            Some(call) if is_in_table => Some(column_effect(call, line.number)),
            _ => effect(line),
        });
    }
    effects
}

/// The effect of a call in a block of `change_table`.
fn column_effect(call: &str, line: usize) -> Effect {
    let method = call.split([' ', '(']).next().unwrap_or_default();
    let is_required = is_required(call);
    let kind = match method {
        "remove" | "remove_references" | "remove_belongs_to" => EffectKind::Contract,
        "bigint" | "binary" | "boolean" | "date" | "datetime" | "decimal" | "float" | "integer"
        | "json" | "jsonb" | "references" | "string" | "text" | "uuid"
            if !is_required && !call.contains("unique:") =>
        {
            EffectKind::Expand
        }
        _ => EffectKind::OtherSchema,
    };
    Effect {
        kind,
        words: format!("t.{method}"),
        line,
    }
}

/// The effect of a line; `None` if it has none of its own.
fn effect(line: &Line) -> Option<Effect> {
    let effect = |kind, words: &str| {
        Some(Effect {
            kind,
            words: words.to_owned(),
            line: line.number,
        })
    };
    let Some(call) = CALL.captures(&line.text) else {
        return effect(EffectKind::Unknown, "Ruby");
    };
    let is_required = is_required(&call["rest"]);
    let method = &call["method"];
    match method {
        "create_table" if call["rest"].contains("force:") => {
            effect(EffectKind::OtherSchema, method)
        }
        "create_table" | "create_join_table" => effect(EffectKind::Expand, method),
        "add_column" | "add_reference" | "add_belongs_to" | "add_timestamps" if is_required => {
            effect(EffectKind::OtherSchema, method)
        }
        "add_column" | "add_reference" | "add_belongs_to" => effect(EffectKind::Expand, method),
        "add_index" if call["rest"].contains("unique:") => effect(EffectKind::OtherSchema, method),
        "add_index" => effect(EffectKind::Expand, method),
        "drop_table" | "remove_column" | "remove_columns" | "drop_join_table" => {
            effect(EffectKind::Contract, method)
        }
        "remove_reference" | "remove_belongs_to" | "remove_timestamps" => {
            effect(EffectKind::Contract, method)
        }
        "add_check_constraint"
        | "add_foreign_key"
        | "add_timestamps"
        | "change_column"
        | "change_column_default"
        | "change_column_null"
        | "remove_foreign_key"
        | "remove_index"
        | "rename_column"
        | "rename_index"
        | "rename_table"
        | "remove_check_constraint"
        | "validate_foreign_key"
        | "validate_check_constraint"
        | "enable_extension"
        | "disable_extension" => effect(EffectKind::OtherSchema, method),
        "change_table" => None,
        _ if is_structure(&line.text) => None,
        _ => effect(EffectKind::Unknown, "Ruby"),
    }
}

/// Whether a column needs a value in every row that code inserts.
fn is_required(arguments: &str) -> bool {
    let can_be_null = arguments
        .split_once("null:")
        .map(|(_, value)| value.trim_start());
    can_be_null.is_some_and(|value| value.starts_with("false")) && !arguments.contains("default:")
}

fn is_structure(text: &str) -> bool {
    let is_column = text.starts_with("t.");
    let is_end = matches!(
        text,
        "end" | "}" | ")" | "safety_assured do" | "disable_ddl_transaction!"
    );
    is_column || is_end
}

#[cfg(test)]
mod tests {
    use super::super::testing::{added, effects, migration};
    use super::*;

    const PATH: &str = "plugins/chat/db/migrate/20240102030405_add_a.rb";

    fn facts(body: &str) -> Vec<Fact> {
        let text = format!("class A < ActiveRecord::Migration[7.1]\n{body}\nend\n");
        detect(&added(&[(PATH, &text)]))
    }

    #[test]
    fn calls_have_effects() {
        let body = "  def change\n    # drop_table :x\n    create_table :a do |t|\n      t.string :b,\n        null: false\n    end\n    safety_assured { remove_column :c, :d }\n  end";
        assert_eq!(
            effects(&facts(body)),
            [(EffectKind::Expand, 4), (EffectKind::Contract, 8)]
        );
        let body =
            "  def up\n    User.update_all(a: 1)\n  end\n  def down\n    drop_table :a\n  end";
        assert_eq!(effects(&facts(body)), [(EffectKind::Unknown, 3)]);
    }

    #[test]
    fn columns_of_a_changed_table_have_effects() {
        let body = "  def change\n    change_table :a, bulk: true do |t|\n      t.remove :b\n      t.string :c\n    end\n  end";
        assert_eq!(
            effects(&facts(body)),
            [(EffectKind::Contract, 4), (EffectKind::Expand, 5)]
        );
    }

    #[test]
    fn required_column_is_not_ignored_by_running_code() {
        let kind = |call: &str| effects(&facts(&format!("  def change\n    {call}\n  end")))[0].0;
        assert_eq!(kind("add_column :a, :b, :string"), EffectKind::Expand);
        let required = "add_column :a, :b, :string, null: false";
        assert_eq!(kind(required), EffectKind::OtherSchema);
        assert_eq!(kind(&format!("{required}, default: 1")), EffectKind::Expand);
    }

    #[test]
    fn method_down_undoes_a_migration() {
        let undo = |body: &str| migration(&facts(body)).undo.clone();
        let up = "  def up\n    drop_table :a\n  end\n";
        assert_eq!(undo(up), None);
        let down = format!("{up}  def down\n    create_table :a\n  end");
        assert_eq!(
            undo(&down),
            Some(format!("Run the method `down` of `{PATH}`"))
        );
        let raising =
            format!("{up}  def down\n    raise ActiveRecord::IrreversibleMigration\n  end");
        assert_eq!(undo(&raising), None);
        let change = "  def change\n    add_column :a, :b, :string\n  end";
        assert!(undo(change).is_some());
        assert_eq!(undo(&change.replace("add_column", "remove_column")), None);
    }

    #[test]
    fn other_ruby_files_are_no_migrations() {
        for path in [
            "db/migrate/add_a.rb",
            "lib/migrate/20240102030405_a.rb",
            "db/schema.rb",
        ] {
            assert_eq!(detect(&added(&[(path, "drop_table :a")])), [], "{path}");
        }
    }
}
