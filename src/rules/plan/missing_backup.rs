//! A change of high risk to stored data, without a step that takes a backup.

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, keeps_copy, locate, texts_of};
use crate::ticket::{Category, Reversible, RiskLevel, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-backup",
    Level::Error,
    "high-risk data change without a backup",
    include_str!("missing_backup.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let stored = matches!(ticket.category, Some(Category::Data | Category::Schema))
        || ticket.schema_change.is_some();
    let described = ticket
        .schema_change
        .as_ref()
        .is_some_and(|change| change.backup.is_some());
    if !stored || described {
        return;
    }
    if ctx.risk < RiskLevel::High {
        findings.extend(deleted_rows(ticket));
        return;
    }
    if ticket.steps().any(keeps_copy) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.deployment.span, "no step takes a backup")
.message(format!("a {}-risk change to stored data needs a backup", ctx.risk.as_str()))
        .help("add a step with `backup = true`, or describe in `schema_change.backup` where the backup is and how to restore it")
        .anchor("deployment.steps");
    findings.push(finding);
}

/// Deleting rows or the like.
static DELETES_ROWS: Pattern = Pattern::new(
    r"(?i)\bdelete\s+from\s+\w+|\bpurge[_:-]\w+|\b(?:delete|purge)\s+(?:the\s+)?(?:\w+\s+){0,2}(?:rows|records|entries|accounts|messages|documents|items)\b",
);
/// What brings rows back, or says that nothing does.
static BRINGS_BACK: Pattern = Pattern::new(
    r"(?ix)\b(?:insert\w*|restor\w*|re-?import\w*|import\w*|recover\w*|re-?creat\w*|rebuil\w*|re-?load\w*|re-?sync\w*|re-?play\w*|re-?generat\w*|undelete\w*|soft|back-?ups?|dumps?|snapshots?|export\w*
        |gone|lost|final|irreversibl\w*|can(?:not|'t|’t)|impossible|no\s+way\s+back|standby|replica|archiv\w*|cop(?:y|ies)|saved|kept|transaction|rollback;)\b",
);

/// A deletion of rows that neither a copy nor the rollback brings back, and that the ticket doesn't
/// call final.
fn deleted_rows(ticket: &Ticket) -> Option<Finding> {
    let risk = &ticket.risk;
    let is_final = matches!(risk.reversible, Some(Reversible::No | Reversible::Partly))
        || ticket.rollback.point_of_no_return.is_some()
        || ticket.rollback.loses.is_some()
        || ticket.steps().any(|step| step.cannot_undo.is_some())
        || ticket.deployment.steps.iter().any(keeps_copy);
    let prose = [
        ticket.description.as_ref(),
        risk.blast_radius.as_ref(),
        risk.mitigations.as_ref(),
        ticket.rollback.trigger.as_ref(),
    ];
    let mut texts = texts_of(&ticket.rollback.steps).chain(prose.into_iter().flatten());
    if is_final || texts.any(|text| BRINGS_BACK.is_match(&text.text)) {
        return None;
    }
    let (text, found) = texts_of(&ticket.deployment.steps)
        .filter(|text| !text.text.contains("--dry-run"))
        .find_map(|text| Some((text, DELETES_ROWS.find(&text.text)?.as_str())))?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, found),
            "deletes rows",
        )
        .message("the deployment deletes rows, but nothing in the plan restores them")
        .help("add a step that exports the rows first, or set `risk.reversible = \"no\"` if they are not needed")
        .anchor(&text.path)
        .at_most(Severity::Warning),
    )
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE.name)
    }

    #[test]
    fn stored_data_is_backed_up_before_a_risky_change() {
        assert!(reports("category = \"data\"\nrisk.level = \"high\""));
        assert!(reports("risk.level = \"critical\"\nschema_change.rows = 7"));
    }

    #[test]
    fn a_step_or_a_description_of_the_backup_is_enough() {
        let high = "category = \"data\"\nrisk.level = \"high\"";
        assert!(!reports(&format!(
            "{high}\nschema_change.backup = \"nightly, restored with `make restore`\""
        )));
        assert!(!reports(&format!(
            "{high}\n[[deployment.steps]]\ndo = \"Copy the table\"\nbackup = true"
        )));
    }

    #[test]
    fn backups_and_kept_copies_in_the_text_of_a_step_count() {
        for step in [
            "Take a snapshot of orders-db",
            "Run `pg_dump orders > orders.dump`",
            "Enable versioning on the bucket",
            "Keep the old table until Friday",
        ] {
            let text =
                format!("category = \"data\"\nrisk.level = \"high\"\ndeployment = [\"{step}\"]");
            assert!(!reports(&text), "{step}");
        }
    }

    #[test]
    fn deleted_rows_need_a_copy_at_any_risk() {
        let text = |deployment: &str, rollback: &str| {
            format!(
                "category = \"data\"\nrisk.level = \"low\"\ndeployment = [\"{deployment}\"]\nrollback = [\"{rollback}\"]"
            )
        };
        let revert = "`helm rollback ucat`; `helm history` shows 2.18.3";
        assert!(reports(&text(
            "`./manage.py purge_withdrawn --before 2018`",
            revert
        )));
        assert!(reports(&text(
            "`DELETE FROM carts WHERE day < '2020-01-01'`",
            revert
        )));
        for (deployment, rollback) in [
            ("`DELETE FROM carts`", "Import carts.csv"),
            (
                "`DELETE FROM carts`",
                "The rows are gone for good; `helm rollback ucat`",
            ),
            ("Export the carts, then `DELETE FROM carts`", revert),
            ("`./manage.py migrate`", revert),
            ("`./manage.py purge_withdrawn --dry-run`", revert),
            ("Delete the record of old.example.org", revert),
            ("`DELETE FROM carts`", "Rebuild the carts from the events"),
        ] {
            assert!(
                !reports(&text(deployment, rollback)),
                "{deployment}: {rollback}"
            );
        }
        let partly = text("`DELETE FROM carts`", revert)
            .replace("level = \"low\"", "reversible = \"partly\"");
        assert!(!reports(&partly));
    }

    #[test]
    fn lower_risks_and_changes_of_no_data_need_none() {
        assert!(!reports("category = \"data\"\nrisk.level = \"medium\""));
        assert!(!reports(
            "category = \"infrastructure\"\nrisk.level = \"high\""
        ));
    }
}
