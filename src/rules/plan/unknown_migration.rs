//! A migration that the repository does not have.

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::CheckedTree;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten_path;
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/unknown-migration",
    Level::Error,
    "migration that is not in the repository",
    include_str!("unknown_migration.md"),
    &[Check::Tree(check)],
);

fn check(
    ticket: &Ticket,
    _ctx: &TicketContext<'_>,
    tree: &CheckedTree,
    findings: &mut Vec<Finding>,
) {
    let Some(schema_change) = &ticket.schema_change else {
        return;
    };
    let file = ticket.source.name();
    let severity = match tree.covers_commits(file) {
        None => Severity::Warning,
        Some(true) => Severity::Error,
        // A plan may be merged before its migration is written.
        Some(false) => return,
    };
    for migration in &schema_change.migrations {
        if !tree.lacks(file, &migration.text) {
            continue;
        }
        let finding = RULE
            .finding(ticket.place(), migration.span, "no such file")
            .message(format!(
                "the migration `{}` is not in the repository",
                shorten_path(&migration.text)
            ))
            .help("add the migration, or correct the path, which starts at the root of the repository")
            .anchor(&migration.path)
            .at_most(severity);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::{Finding, Severity};
    use crate::rules::testing::{TestFiles, findings, findings_in, rules_of};

    const RULE: &str = "plan/unknown-migration";

    const FILES: &[&str] = &[
        "db/migrations/0041_add_status.sql",
        "db/migrations/0042_add_index/up.sql",
        "db/seeds.sql",
    ];

    fn found(migration: &str, covers: Option<bool>) -> Vec<Finding> {
        let text = format!("[schema_change]\nmigrations = [\"{migration}\"]");
        let mut findings = findings_in(&text, &TestFiles::empty(FILES), covers);
        findings.retain(|finding| finding.rule == RULE);
        findings
    }

    #[test]
    fn path_that_is_not_in_the_tree_is_found() {
        for migration in [
            "db/migrations/0042_add_status.sql",
            "./db/migrations/0043.sql",
            "db/migrations/0041_add_status.sql/up.sql",
            "db/migration/0041_add_status.sql",
            "db/migrations/0043_*.sql",
            "db/migrations/004[3-9]*/{up,down}.sql",
        ] {
            assert_eq!(found(migration, None).len(), 1, "{migration}");
        }
    }

    #[test]
    fn path_in_the_tree_or_elsewhere_is_accepted() {
        for migration in [
            "db/migrations/0041_add_status.sql",
            "./db/migrations/0041_add_status.sql",
            "db/migrations",
            "db/migrations/0042_add_index/",
            "db/migrations/004*.sql",
            "db/**/{up,down}.sql",
            "schema/migrations/0043.sql",
            "billing:db/migrations/0043.sql",
            "../billing/db/migrations/0043.sql",
            "https://git.example.org/db/0043.sql",
            "0043_add_status",
            "*/0043.sql",
            "db/migrations/0041_add_status.sql (expand)",
            "/srv/db/0043.sql",
        ] {
            assert_eq!(found(migration, Some(true)), [], "{migration}");
        }
    }

    #[test]
    fn severity_depends_on_whether_commits_are_covered() {
        let severity = |covers| {
            let findings = found("db/0043.sql", covers);
            findings.first().map(|finding| finding.severity)
        };
        assert_eq!(severity(None), Some(Severity::Warning));
        assert_eq!(severity(Some(true)), Some(Severity::Error));
        assert_eq!(severity(Some(false)), None);
    }

    #[test]
    fn message_shows_the_path() {
        assert_eq!(
            found("db/0043.sql", None)[0].message,
            "the migration `db/0043.sql` is not in the repository"
        );
    }

    #[test]
    fn nothing_is_reported_without_a_tree() {
        let text = "[schema_change]\nmigrations = [\"db/0043.sql\"]";
        assert!(!rules_of(text).contains(&RULE));
    }

    #[test]
    fn number_of_compared_globs_is_limited() {
        let globs: Vec<String> = (0..150).map(|n| format!("\"db/{n}*.sql\"")).collect();
        let text = format!("[schema_change]\nmigrations = [{}]", globs.join(", "));
        let mut findings = findings_in(&text, &TestFiles::empty(FILES), None);
        findings.retain(|finding| finding.rule == RULE);
        assert_eq!(findings.len(), 100);
    }

    #[test]
    fn suppression_is_unused_only_if_the_tree_is_known() {
        let text = "[schema_change]\nmigrations = [\"db/0043.sql\"] # tollgate: allow[plan/unknown-migration] in another branch";
        let is_unused = |findings: &[Finding]| {
            findings
                .iter()
                .any(|finding| finding.rule == "suppress/unused")
        };
        let with = |paths: &[&str], covers| {
            is_unused(&findings_in(text, &TestFiles::empty(paths), covers))
        };
        assert!(with(&["db/0043.sql"], None));
        assert!(!with(FILES, None));
        assert!(!with(FILES, Some(false)));
        assert!(!is_unused(&findings(text)));
    }

    #[test]
    fn closed_ticket_is_accepted() {
        let text = "state = \"closed\"\n[schema_change]\nmigrations = [\"db/0043.sql\"]";
        let findings = findings_in(text, &TestFiles::empty(FILES), Some(true));
        assert!(findings.iter().all(|finding| finding.rule != RULE));
    }
}
