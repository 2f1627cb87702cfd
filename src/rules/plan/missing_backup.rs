//! A change of high risk to stored data, without a step that takes a backup.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::keeps_copy;
use crate::ticket::{Category, RiskLevel, Ticket};

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
    let taken = ticket.steps().any(keeps_copy);
    if ctx.risk < RiskLevel::High || !stored || described || taken {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.deployment.span, "no step takes a backup")
.message(format!("a {}-risk change to stored data needs a backup", ctx.risk.as_str()))
        .help("add a step with `backup = true`, or describe in `schema_change.backup` where the backup is and how to restore it")
        .anchor("deployment.steps");
    findings.push(finding);
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
    fn lower_risks_and_changes_of_no_data_need_none() {
        assert!(!reports("category = \"data\"\nrisk.level = \"medium\""));
        assert!(!reports(
            "category = \"infrastructure\"\nrisk.level = \"high\""
        ));
    }
}
