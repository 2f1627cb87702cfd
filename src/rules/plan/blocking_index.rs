//! An index that is built while writers wait.

use regex::Captures;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, locate, stretches};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/blocking-index",
    Level::Warning,
    "index build that blocks writes",
    include_str!("blocking_index.md"),
    &[Check::Ticket(check)],
);

/// A table with fewer rows is indexed before anybody notices.
const MIN_ROWS: i64 = 100_000;

static BUILDS_INDEX: Pattern = Pattern::new(
    r#"(?i)\bcreate\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?["`]?(?P<index>\w*)["`]?\s*on\s+["`]?(?P<table>[\w.]+)|\breindex\s+(?:index|table|database|schema)\s+(?P<reindexed>["`]?\w+)"#,
);
static CREATES_TABLE: Pattern =
    Pattern::new(r#"(?i)\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?["`]?(?P<table>[\w.]+)"#);
static POSTGRES: Pattern = Pattern::new(
    r"(?i)\b(?:postgres\w*|psql|pg_\w+|pgbouncer|patroni\w*|aurora|timescale\w*|citus)\b",
);
static OTHER_STORE: Pattern = Pattern::new(
    r"(?i)\b(?:mysql\w*|mariadb|innodb|pt-online-schema-change|gh-ost|oracle|sqlite\w*|mssql|sql\s+server|db2|cockroach\w*)\b",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if is_announced(ticket) || !is_postgres(ctx) {
        return;
    }
    let stretches: Vec<_> = ticket.deployment.steps.iter().flat_map(stretches).collect();
    let created: Vec<&str> = stretches
        .iter()
        .flat_map(|stretch| CREATES_TABLE.captures_iter(stretch.text))
        .filter_map(|found| Some(found.name("table")?.as_str()))
        .collect();
    for stretch in stretches.iter().filter(|stretch| stretch.is_code) {
        let blocking = BUILDS_INDEX
            .captures_iter(stretch.text)
            .find(|found| blocks_writes(found, &created));
        let Some(text) = blocking.and_then(|found| Some(found.get(0)?.as_str())) else {
            continue;
        };
        let finding = RULE
            .finding(
                ticket.place(),
                locate(&ticket.source, stretch.origin, text),
                "blocks writes",
            )
            .message(format!(
                "`{}` blocks writes until the index is built",
                shorten(text)
            ))
            .help(if text.to_lowercase().starts_with("reindex") {
                "use `REINDEX … CONCURRENTLY`, or state the lock in `schema_change.locks`"
            } else {
                "use `CREATE INDEX CONCURRENTLY`, or state the lock in `schema_change.locks`"
            })
            .anchor(&stretch.origin.path);
        findings.push(finding);
        return;
    }
}

/// Whether a statement blocks writes: it is not concurrent, and the table isn't new.
fn blocks_writes(statement: &Captures<'_>, created_tables: &[&str]) -> bool {
    let part = |name: &str| statement.name(name).map_or("", |part| part.as_str());
    let is_concurrent = ["index", "reindexed"]
        .iter()
        .any(|name| part(name).eq_ignore_ascii_case("concurrently"));
    let table = part("table");
    !is_concurrent && !table.eq_ignore_ascii_case("only") && !created_tables.contains(&table)
}

/// Whether the ticket says that writers wait, or that they won't for long.
fn is_announced(ticket: &Ticket) -> bool {
    let schema = ticket.schema_change.as_ref();
    ticket
        .risk
        .downtime
        .is_some_and(|downtime| !downtime.is_zero())
        || schema.is_some_and(|schema| {
            schema.locks.is_some() || schema.rows.is_some_and(|rows| rows < MIN_ROWS)
        })
}

fn is_postgres(ctx: &TicketContext<'_>) -> bool {
    let has = |expression: &Pattern| {
        ctx.plan_texts
            .iter()
            .any(|text| expression.is_match(&text.text))
    };
    has(&POSTGRES) && !has(&OTHER_STORE)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/blocking-index";

    #[test]
    fn index_without_concurrently_is_found() {
        for step in [
            "`psql core -c 'CREATE INDEX idx_a ON payments (a)'`",
            "`psql core -c 'CREATE UNIQUE INDEX ON payments (a)'`",
            "`psql core -c 'REINDEX TABLE payments'`",
        ] {
            assert!(
                rules_of(&format!("deployment = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
    }

    #[test]
    fn concurrent_small_new_and_announced_indexes_are_accepted() {
        let step = "deployment = [\"`psql core -c 'CREATE INDEX idx_a ON payments (a)'`\"]";
        for text in [
            "deployment = [\"`psql core -c 'CREATE INDEX CONCURRENTLY idx_a ON payments (a)'`\"]".to_owned(),
            "deployment = [\"`psql core -c 'REINDEX TABLE CONCURRENTLY payments'`\"]".to_owned(),
            "deployment = [\"`psql core -c 'CREATE INDEX idx_a ON ONLY payments (a)'`\"]".to_owned(),
            "deployment = [\"`psql core -c 'CREATE TABLE payments (a int); CREATE INDEX idx_a ON payments (a)'`\"]".to_owned(),
            "deployment = [\"`CREATE INDEX idx_a ON payments (a)`\"]".to_owned(),
            "deployment = [\"`mysql core -e 'CREATE INDEX idx_a ON payments (a)'`, as in Postgres\"]".to_owned(),
            format!("{step}\n[risk]\ndowntime = \"5m\""),
            format!("{step}\n[schema_change]\nlocks = \"SHARE on payments for 4 s\""),
            format!("{step}\n[schema_change]\nrows = 20000"),
        ] {
            assert!(!rules_of(&text).contains(&RULE), "{text}");
        }
    }
}
