//! A change that destroys data and is declared reversible.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, Stretch, keeps_copy, locate, makes, stretches, whole_text, words};
use crate::ticket::{Reversible, Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/reversible-overstated",
    Level::Warning,
    "destructive change declared reversible",
    include_str!("reversible_overstated.md"),
    &[Check::Ticket(check)],
);

static IN_CODE: Pattern = Pattern::new(
    r#"(?ix)
        \bdrop\s+(?:column|table|database|schema)\s+(?:if\s+exists\s+)?["`]?(?P<object>[\w.]+)
        | \btruncate\s+(?:table\s+)?(?P<truncated>[a-z_][\w.]*)
        | \bdrop\s+partitions?\b
        | \bs3\s+(?:rm\s[^;&|]*--recursive|rb\s[^;&|]*--force)
        | \bdelete\s+(?:pvc|persistentvolumeclaims?|pv)\b
        | \bdelete-(?:snapshot|volume|db-snapshot)\b | \bschedule-key-deletion\b
        | \bsnapshots?\s+delete\b | \bdisks?\s+delete\b"#,
);
static IN_PROSE: Pattern = Pattern::new(
    r"(?i)\bmigrations?\b[^.;]*\b(?:drops?|deletes?|removes?)\s+(?:the\s+)?(?:columns?\s+|tables?\s+)?(?P<object>[a-z]+(?:_[a-z0-9]+)+)",
);
/// Names of what nobody needs again.
static DISPOSABLE: Pattern = Pattern::new(
    r"(?i)(?:^|[_.-])(?:tmp|temp|cache|queue|old|copy|bak|backup|staging|test)(?:[_.-]|\d|$)",
);
fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let is_overstated = match ticket.risk.reversible {
        Some(Reversible::Yes) => true,
        Some(Reversible::Partly | Reversible::No) => false,
        None => !is_recoverable(ticket),
    };
    if !is_overstated {
        return;
    }
    let Some(destroyed) = ticket.deployment.steps.iter().find_map(destruction) else {
        return;
    };
    let (origin, text) = (destroyed.origin, destroyed.text);
    let finding = RULE
        .finding(ticket.place(), locate(&ticket.source, origin, text), "destroys data")
        .message(match ticket.risk.reversible {
            Some(_) => format!("`{}` destroys data, but `risk.reversible` is \"yes\"", shorten(text)),
            None => format!("`{}` destroys data, and nothing brings it back", shorten(text)),
        })
        .help("set `risk.reversible` to \"partly\" or \"no\", or take a backup in an earlier step and restore it in the rollback")
        .anchor(&origin.path);
    findings.push(finding);
}

/// The part of a step that destroys data.
fn destruction(step: &Step) -> Option<Stretch<'_>> {
    if step.cannot_undo.is_some() {
        return None;
    }
    stretches(step).into_iter().find_map(|stretch| {
        let expression = if stretch.is_code { &IN_CODE } else { &IN_PROSE };
        let found = expression.captures_iter(stretch.text).find(|found| {
            let object = found.name("object").or_else(|| found.name("truncated"));
            !object.is_some_and(|object| DISPOSABLE.is_match(object.as_str()))
        })?;
        let text = found.get(0)?.as_str();
        Some(Stretch { text, ..stretch })
    })
}

/// Whether a backup is taken, or a rollback step brings data back.
fn is_recoverable(ticket: &Ticket) -> bool {
    let restores = |step: &Step| {
        let text = whole_text(step);
        makes(&text)
            && words(&text)
                .any(|word| ["restore", "restores", "restored", "import", "load"].contains(&&*word))
    };
    ticket.deployment.steps.iter().any(keeps_copy)
        || ticket.rollback.steps.iter().any(restores)
        || ticket
            .schema_change
            .as_ref()
            .is_some_and(|schema| schema.backup.is_some())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "plan/reversible-overstated";

    #[test]
    fn destroyed_data_is_not_reversible() {
        for step in [
            "`ALTER TABLE customers DROP COLUMN legacy_score`",
            "`DROP TABLE orders_2023`",
            "`TRUNCATE events`",
            "`aws s3 rm s3://exports --recursive`",
            "`kubectl delete pvc data-0`",
            "The migration drops legacy_score",
        ] {
            for risk in ["", "\n[risk]\nreversible = \"yes\""] {
                let text = format!("deployment = [\"{step}\"]{risk}");
                assert!(rules_of(&text).contains(&RULE), "{text}");
            }
        }
    }

    #[test]
    fn command_itself_is_pointed_at() {
        let found = findings("deployment = [\"Run `psql -c 'DROP TABLE orders'` on eu-1\"]");
        let found = found.iter().find(|found| found.rule == RULE).unwrap();
        assert_eq!(found.label.span.len(), "DROP TABLE orders".len());
    }

    #[test]
    fn honest_and_recoverable_changes_are_accepted() {
        for text in [
            "deployment = [\"`DROP TABLE orders_2023`\"]\n[risk]\nreversible = \"partly\"",
            "deployment = [\"`DROP TABLE orders_2023`\"]\n[risk]\nreversible = \"no\"",
            "deployment = [\"`pg_dump orders > o.sql`\", \"`DROP TABLE orders_2023`\"]",
            "deployment = [\"`DROP TABLE orders_2023`\"]\nrollback = [\"Restore orders_2023 from the nightly dump\"]",
            "deployment = [\"`DROP TABLE tmp_import_2025`\", \"`DROP TABLE orders_old`\"]",
            "deployment = [\"`DROP INDEX idx_a`\", \"`ALTER TABLE a DROP CONSTRAINT c`\", \"`DROP VIEW v`\"]",
            "deployment = [\"The migration adds legacy_score\"]",
            "[[deployment.steps]]\ndo = \"`DROP TABLE orders_2023`\"\ncannot_undo = \"The rows are gone\"",
        ] {
            assert!(!rules_of(text).contains(&RULE), "{text}");
        }
    }
}
