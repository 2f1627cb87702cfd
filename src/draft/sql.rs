//! Reads what SQL statements do to a schema and to rows.
//!
//! Only statements whose effect is certain from their first words have one; everything else is
//! [`EffectKind::Unknown`], so that no phase is claimed for a migration that isn't understood.

use super::fact::{Effect, EffectKind};

/// Statements that change nothing that a ticket is about.
const NEUTRAL: [&str; 14] = [
    "BEGIN", "START", "COMMIT", "END", "SET", "RESET", "ANALYZE", "ANALYSE", "COMMENT", "GRANT",
    "LOCK", "PRAGMA", "USE", "VACUUM",
];

/// A statement: its tokens, and the line on which it begins.
struct Statement {
    words: Vec<String>,
    line: usize,
}

/// The effects of the statements in a text; `first` is the number of its first line.
pub(crate) fn effects(text: &str, first: usize) -> Vec<Effect> {
    let Some(statements) = statements(text, first) else {
        return vec![Effect {
            kind: EffectKind::Unknown,
            words: "SQL".to_owned(),
            line: first,
        }];
    };
    statements.iter().flat_map(effects_of).collect()
}

/// Splits a text into statements; `None` if its quotes can't be paired with certainty.
fn statements(text: &str, first: usize) -> Option<Vec<Statement>> {
    let (mut all, mut words, mut line, mut start) = (Vec::new(), Vec::new(), first, first);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = token_length(rest, character)?;
        let (token, after) = rest.split_at(length);
        rest = after;
        let is_comment = token.starts_with("--") || token.starts_with("/*");
        if character == ';' {
            all.push(Statement {
                words: std::mem::take(&mut words),
                line: start,
            });
        } else if !character.is_whitespace() && !is_comment {
            if words.is_empty() {
                start = line;
            }
            words.push(token.to_ascii_uppercase());
        }
        line += token.matches('\n').count();
    }
    all.push(Statement { words, line: start });
    all.retain(|statement| !statement.words.is_empty());
    Some(all)
}

/// The number of bytes of the token at the beginning of a text.
fn token_length(rest: &str, character: char) -> Option<usize> {
    let up_to = |end: &str, from: usize| Some(from + rest.get(from..)?.find(end)? + end.len());
    if rest.starts_with("--") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return up_to("*/", 2);
    }
    match character {
        '\'' => {
            let end = up_to("'", 1)?;
            // Databases differ in whether a backslash escapes the quote.
            (!rest[..end].contains('\\')).then_some(end)
        }
        '"' => up_to("\"", 1),
        '`' => up_to("`", 1),
        '$' => match dollar_quote(rest) {
            Some(tag) => up_to(tag, tag.len()),
            None => Some(1),
        },
        c if is_word(c) => Some(rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
        c => Some(c.len_utf8()),
    }
}

/// The mark that opens a string of PostgreSQL between dollar signs.
fn dollar_quote(rest: &str) -> Option<&str> {
    let end = 1 + rest[1..].find('$')?;
    let is_tag = rest[1..end].chars().all(|c| is_word(c) && c != '$');
    is_tag.then(|| &rest[..=end])
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn effects_of(statement: &Statement) -> Vec<Effect> {
    let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
    let effect = |kind, words: &str| Effect {
        kind,
        words: words.to_owned(),
        line: statement.line,
    };
    match words.as_slice() {
        [first, ..] if NEUTRAL.contains(first) => Vec::new(),
        ["ALTER", "TABLE", rest @ ..] => actions(rest)
            .iter()
            .map(|action| {
                let (kind, words) = alteration(action);
                effect(kind, words)
            })
            .collect(),
        ["ALTER", "TYPE", .., "ADD", "VALUE", _] => vec![effect(EffectKind::Expand, "ADD VALUE")],
        words => {
            let (kind, words) = simple(words);
            vec![effect(kind, words)]
        }
    }
}

/// The effect of a statement that isn't `ALTER TABLE`.
fn simple(words: &[&str]) -> (EffectKind, &'static str) {
    match words {
        ["CREATE", "TABLE", ..] => (EffectKind::Expand, "CREATE TABLE"),
        ["CREATE", "TYPE", ..] => (EffectKind::Expand, "CREATE TYPE"),
        ["CREATE", "SEQUENCE", ..] => (EffectKind::Expand, "CREATE SEQUENCE"),
        ["CREATE", "INDEX", ..] => (EffectKind::Expand, "CREATE INDEX"),
        ["CREATE", "UNIQUE", "INDEX", ..] => (EffectKind::OtherSchema, "CREATE UNIQUE INDEX"),
        ["CREATE", "VIEW" | "MATERIALIZED", ..] => (EffectKind::Expand, "CREATE VIEW"),
        ["DROP", "TABLE", ..] => (EffectKind::Contract, "DROP TABLE"),
        ["DROP", "INDEX", ..] => (EffectKind::OtherSchema, "DROP INDEX"),
        ["DROP" | "CREATE" | "ALTER", ..] => (EffectKind::OtherSchema, "DDL"),
        ["UPDATE", ..] => (EffectKind::Backfill, "UPDATE"),
        ["INSERT", "INTO", rest @ ..] if rest.contains(&"SELECT") => {
            (EffectKind::Backfill, "INSERT … SELECT")
        }
        ["INSERT", ..] => (EffectKind::OtherData, "INSERT"),
        ["DELETE", ..] => (EffectKind::OtherData, "DELETE"),
        ["TRUNCATE", ..] => (EffectKind::OtherData, "TRUNCATE"),
        _ => (EffectKind::Unknown, "SQL"),
    }
}

/// The actions of `ALTER TABLE`, which commas separate outside of parentheses.
fn actions<'a>(words: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let mut words = words;
    for skipped in ["IF", "EXISTS", "ONLY"] {
        words = words.strip_prefix(&[skipped]).unwrap_or(words);
    }
    // The name of the table, possibly with that of a schema.
    let name = match words {
        [_, ".", _, ..] => 3,
        _ => 1,
    };
    let words = words.get(name..).unwrap_or_default();
    let mut depth = 0_usize;
    words
        .split(|word| {
            depth = match *word {
                "(" => depth + 1,
                ")" => depth.saturating_sub(1),
                _ => depth,
            };
            *word == "," && depth == 0
        })
        .filter(|action| !action.is_empty())
        .collect()
}

/// What is added or dropped if it isn't a column.
const NOT_COLUMNS: [&str; 9] = [
    "CONSTRAINT",
    "PRIMARY",
    "FOREIGN",
    "UNIQUE",
    "CHECK",
    "INDEX",
    "KEY",
    "PARTITION",
    "EXCLUDE",
];

fn alteration(action: &[&str]) -> (EffectKind, &'static str) {
    match action {
        ["ADD", what, ..] if NOT_COLUMNS.contains(what) => {
            (EffectKind::OtherSchema, "ADD CONSTRAINT")
        }
        ["ADD", rest @ ..] => {
            let requires = rest.windows(2).any(|pair| pair == ["NOT", "NULL"]);
            let breaks = requires && !rest.contains(&"DEFAULT")
                || ["UNIQUE", "PRIMARY", "CHECK", "GENERATED"]
                    .iter()
                    .any(|word| rest.contains(word));
            if breaks {
                (EffectKind::OtherSchema, "ADD COLUMN")
            } else {
                (EffectKind::Expand, "ADD COLUMN")
            }
        }
        ["DROP", what, ..] if NOT_COLUMNS.contains(what) => {
            (EffectKind::OtherSchema, "DROP CONSTRAINT")
        }
        ["DROP", ..] => (EffectKind::Contract, "DROP COLUMN"),
        ["RENAME", ..] => (EffectKind::OtherSchema, "RENAME"),
        _ => (EffectKind::OtherSchema, "ALTER TABLE"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<EffectKind> {
        effects(text, 1).iter().map(|effect| effect.kind).collect()
    }

    #[test]
    fn columns_are_added_and_dropped() {
        assert_eq!(
            kinds("ALTER TABLE a ADD b int, DROP COLUMN c;"),
            [EffectKind::Expand, EffectKind::Contract]
        );
        assert_eq!(
            kinds("alter table only s.a add column b text not null"),
            [EffectKind::OtherSchema]
        );
        assert_eq!(
            kinds("alter table if exists a add b numeric(3, 2) default 0 not null"),
            [EffectKind::Expand]
        );
    }

    #[test]
    fn comments_and_strings_state_nothing() {
        assert_eq!(
            kinds("-- DROP TABLE a;\n/* DROP TABLE b; */ UPDATE c SET d = '; DROP TABLE e;';"),
            [EffectKind::Backfill]
        );
        assert_eq!(
            kinds("DO $x$ BEGIN DROP TABLE a; END $x$;"),
            [EffectKind::Unknown]
        );
        assert_eq!(
            kinds("UPDATE a SET b = '\\'; DROP TABLE c;'"),
            [EffectKind::Unknown]
        );
    }

    #[test]
    fn effect_has_the_line_of_its_statement() {
        let found = effects("-- why\nBEGIN;\n\nDROP TABLE\n a;\n", 1);
        assert_eq!((found[0].line, found[0].words.as_str()), (4, "DROP TABLE"));
    }

    #[test]
    fn constraints_are_no_columns() {
        for text in [
            "ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0)",
            "ALTER TABLE a DROP CONSTRAINT b",
            "ALTER TABLE a RENAME COLUMN b TO c",
            "ALTER TABLE a ALTER COLUMN b SET NOT NULL",
            "CREATE UNIQUE INDEX CONCURRENTLY a ON b (c)",
        ] {
            assert_eq!(kinds(text), [EffectKind::OtherSchema], "{text}");
        }
    }
}
