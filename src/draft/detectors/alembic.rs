//! Migrations of Alembic.

use std::sync::LazyLock;

use regex::Regex;

use crate::draft::change::{Change, ChangedFile};
use crate::draft::fact::{Effect, EffectKind, Fact, Migration, Statement};
use crate::draft::python::{LogicalLine, function, logical_lines, string_literal};
use crate::draft::sql;
use crate::source::Source;

/// A call of an operation: `op.add_column(`, or the same of a batch.
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^(?:op|batch_op|conn)\.(?<name>[a-z_]+)\((?<arguments>.*)\)$")
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
    let begins = |words: &str| source.text().lines().any(|line| line.starts_with(words));
    file.path.ends_with(".py") && begins("down_revision") && begins("def upgrade(")
}

fn migration(file: &ChangedFile, source: &Source) -> Fact {
    let lines = logical_lines(source.text()).unwrap_or_default();
    let effects = match function(&lines, "upgrade") {
        Some(body) => body.iter().flat_map(effects).collect(),
        None => vec![unknown(1)],
    };
    let can_go_down = function(&lines, "downgrade").is_some_and(|body| {
        let does = |line: &LogicalLine| {
            line.text != "pass" && line.text != "..." && string_literal(&line.text).is_none()
        };
        body.iter().any(does) && !body.iter().any(|line| line.text.starts_with("raise"))
    });
    let migration = Migration {
        path: file.path.clone(),
        undo: can_go_down.then(|| format!("Run the function `downgrade` of `{}`", file.path)),
        effects,
    };
    Fact::of_file(Statement::Migration(migration), &file.path)
}

fn unknown(line: usize) -> Effect {
    Effect {
        kind: EffectKind::Unknown,
        words: "Python".to_owned(),
        line,
    }
}

fn effects(line: &LogicalLine) -> Vec<Effect> {
    let text = line.text.as_str();
    let is_batch = text.starts_with("with op.batch_alter_table(") && text.ends_with("as batch_op:");
    let is_neutral = matches!(text, "pass" | "conn = op.get_bind()");
    if is_neutral || is_batch || string_literal(text).is_some() {
        return Vec::new();
    }
    let Some(call) = CALL.captures(text) else {
        return vec![unknown(line.number)];
    };
    let (name, arguments) = (&call["name"], &call["arguments"]);
    if name == "execute" {
        let inner = ["text(", "sa.text("]
            .into_iter()
            .find_map(|call| arguments.strip_prefix(call)?.strip_suffix(')'));
        return match string_literal(inner.unwrap_or(arguments)) {
            Some(text) => sql::effects(text, line.number),
            None => vec![unknown(line.number)],
        };
    }
    vec![Effect {
        kind: kind(name, arguments),
        words: name.to_owned(),
        line: line.number,
    }]
}

fn kind(operation: &str, arguments: &str) -> EffectKind {
    let is_required =
        arguments.contains("nullable=False") && !arguments.contains("server_default=");
    match operation {
        "add_column" if is_required => EffectKind::OtherSchema,
        "create_index" if arguments.contains("unique=True") => EffectKind::OtherSchema,
        "create_table" | "add_column" | "create_index" => EffectKind::Expand,
        "drop_table" | "drop_column" => EffectKind::Contract,
        "bulk_insert" => EffectKind::OtherData,
        "alter_column"
        | "create_check_constraint"
        | "create_foreign_key"
        | "create_primary_key"
        | "create_unique_constraint"
        | "drop_constraint"
        | "drop_index"
        | "rename_table" => EffectKind::OtherSchema,
        _ => EffectKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{added, effects, migration};
    use super::*;

    fn facts(upgrade: &str, downgrade: &str) -> Vec<Fact> {
        let text = format!(
            "import sqlalchemy as sa\nrevision = '2'\ndown_revision = '1'\n\ndef upgrade():\n{upgrade}\n\ndef downgrade():\n{downgrade}\n"
        );
        detect(&added(&[("migrations/versions/0002_a.py", &text)]))
    }

    #[test]
    fn operations_have_effects() {
        let upgrade = "    op.add_column(\n        'a',\n        sa.Column('b', sa.Text(), nullable=False),\n    )\n    op.drop_column('a', 'c')  # gone\n    op.execute(\"\"\"\n        UPDATE a SET b = 1\n    \"\"\")";
        let expected = [
            (EffectKind::OtherSchema, 6),
            (EffectKind::Contract, 10),
            (EffectKind::Backfill, 12),
        ];
        assert_eq!(effects(&facts(upgrade, "    pass")), expected);
        let connection = "    conn = op.get_bind()\n    conn.execute(text(\"UPDATE a SET b = 1\"))";
        assert_eq!(
            effects(&facts(connection, "    pass")),
            [(EffectKind::Backfill, 7)]
        );
        let computed = "    for a in b:\n        op.drop_table(a)";
        assert_eq!(
            effects(&facts(computed, "    pass"))[0].0,
            EffectKind::Unknown
        );
    }

    #[test]
    fn downgrade_undoes_a_migration() {
        let undo = |downgrade: &str| migration(&facts("    pass", downgrade)).undo.clone();
        assert_eq!(
            undo("    op.drop_table('a')").as_deref(),
            Some("Run the function `downgrade` of `migrations/versions/0002_a.py`")
        );
        assert_eq!(undo("    pass"), None);
        assert_eq!(undo("    raise NotImplementedError()"), None);
    }

    #[test]
    fn file_that_is_not_python_has_unknown_effects() {
        assert_eq!(
            effects(&facts("    op.drop_table('a'", "    pass")),
            [(EffectKind::Unknown, 1)]
        );
    }
}
