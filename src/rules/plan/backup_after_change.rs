//! A backup that is taken after what it is for.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::text::{Pattern, restored_backup, stretches, takes_backup, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/backup-after-change",
    Level::Error,
    "backup after the first destructive step",
    include_str!("backup_after_change.md"),
    &[Check::Ticket(check)],
);

/// Steps that set up backups, instead of taking one of the state before.
static SETS_UP: Pattern =
    Pattern::new(r"(?i)\b(?:new|nightly|daily|hourly|weekly|schedul\w*|enabl\w*|cron\w*)\b");
static DESTRUCTIVE: Pattern = Pattern::new(
    r"(?ix)
        \bdrop\s+(?:table|column|database|schema)\b | \bdelete\s+from\b | \bupdate\s+\S+\s+set\b | \btruncate\s
        | \balter\s+table\b[^;]*\b(?:drop|alter|modify|convert|change|rename)\b
        | \b(?:flyway|liquibase|alembic|knex|prisma|goose|dbmate|sqitch)\b[^;]*\b(?:migrate|update|upgrade|up|deploy|latest)\b
        | \b(?:rails|rake)\s+db:migrate\b | \bmanage\.py\s+migrate\b | \bpg_upgrade\w*\b | \bmysql_upgrade\b | \badmin/cli/upgrade\.php\b | \bartisan\s+migrate\b | \bdrush\s+updatedb\b | \bocc\s+upgrade\b | \bsetup:upgrade\b",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.deployment.steps;
    let Some(backup) = steps.iter().position(takes_backup) else {
        return;
    };
    let is_restored =
        is_restored(&ticket.rollback.steps) || is_used(&steps[backup], &ticket.rollback.steps);
    let changes = |step: &Step| {
        is_destructive(step) || needs_backup(step) || (is_restored && changes_data(step))
    };
    let Some(change) = steps.iter().position(changes) else {
        return;
    };
    if backup <= change || SETS_UP.is_match(&whole_text(&steps[backup])) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), steps[backup].action.span, "too late")
        .message("the backup is taken after the first step that changes data")
        .help("move the backup before the step that changes data")
        .related(
            ticket.place(),
            Label::new(steps[change].action.span, "changes data"),
        )
        .anchor(&steps[backup].action.path);
    findings.push(finding);
}

static IN_PROSE: Pattern = Pattern::new(
    r"(?i)^(?:upgrade|migrate|convert|alter|purge|truncate)\s+(?:the\s+)?(?:\w+\s+)?(?:database|schema|tables?|data)\b",
);

/// Changing data in prose.
static CHANGES_DATA: Pattern = Pattern::new(
    r"(?ix)^(?:drop|delete|truncate|purge|overwrite|anonymi[sz]e|convert|run\s+the\s+(?:\w+\s+)?(?:update|migrations?|conversion|correction|clean-?up|import|script)
        |apply\s+the\s+(?:\w+\s+)?migrations?)\b",
);
static RESTORE: Pattern = Pattern::new(r"\b(?:pg_restore|mongorestore|mysql\b[^|;&]*<)");

/// A script that a database runs.
static SCRIPT: Pattern = Pattern::new(
    r"(?i)\b(?:psql|mysql|mariadb|sqlcmd|sqlplus|sqlite3)\b[^|;&]*(?:\s-[fi]\s*|<\s*|@)(?P<script>[\w./-]+\.sql)\b",
);
/// A script that only reads.
static READS: Pattern =
    Pattern::new(r"(?i)(?:check|count|verify|select|report|compare|list|diff|test)");
/// The file that a backup is written to.
static FILE: Pattern =
    Pattern::new(r"(?:\s-f\s*|--file[= ]|--archive=|--out[= ]|>\s*)(?P<file>[\w./-]+\.\w+)");

/// Whether a step changes data, in prose or by a script.
fn changes_data(step: &Step) -> bool {
    let text = whole_text(step);
    let script = SCRIPT.captures(&text);
    let writes = script.is_some_and(|found| !READS.is_match(&found["script"]));
    writes || CHANGES_DATA.is_match(step.action.text.trim_start())
}

/// Whether the rollback uses the file that a step writes a backup to.
fn is_used(backup: &Step, rollback: &[Step]) -> bool {
    let text = whole_text(backup);
    let Some(found) = FILE.captures(&text) else {
        return false;
    };
    let file = found["file"].rsplit('/').next().unwrap_or_default();
    rollback.iter().any(|step| whole_text(step).contains(file))
}

/// Whether the rollback restores a backup.
fn is_restored(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let text = whole_text(step);
        restored_backup(&text).is_some() || RESTORE.is_match(&text)
    })
}

/// Whether the way to undo a step is to restore a backup.
fn needs_backup(step: &Step) -> bool {
    let undo = step.undo.as_ref();
    undo.is_some_and(|undo| restored_backup(&undo.text).is_some())
}

fn is_destructive(step: &Step) -> bool {
    IN_PROSE.is_match(step.action.text.trim_start())
        || stretches(step)
            .iter()
            .any(|stretch| stretch.is_code && DESTRUCTIVE.is_match(stretch.text))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/backup-after-change";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("deployment = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn backup_after_the_change_is_found() {
        for steps in [
            "\"`flyway migrate`\", \"`pg_dump -Fc c > /backup/c.dump`\"",
            "\"`DELETE FROM a WHERE b`\", \"Take a backup of a\"",
            "\"`python manage.py migrate`\", \"Back up the database to s3\"",
            "{ do = \"Convert the codes\", undo = \"Restore them from the dump\" }, { do = \"Dump\", backup = true }",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn backup_before_the_change_and_new_backups_are_accepted() {
        for steps in [
            "\"`pg_dump -Fc c > /backup/c.dump`\", \"`flyway migrate`\"",
            "\"`pg_dump -Fc c > /backup/c.dump`\", \"`flyway migrate`\", \"Back up the new state with `pg_dump`\"",
            "\"`flyway migrate`\", \"Enable the nightly job that takes a backup\"",
            "\"`flyway migrate`\", \"Take a backup of the new schema\"",
            "\"`flyway info`\", \"Take a backup\"",
            "\"`pg_dump c > c.sql && psql -c 'DELETE FROM a'`\"",
            "\"`flyway migrate`\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }

    #[test]
    fn rollback_that_restores_needs_a_backup_before() {
        let reports = |rollback: &str, steps: &str| {
            rules_of(&format!(
                "deployment = [{steps}]\nrollback = [\"{rollback}\"]"
            ))
            .contains(&RULE)
        };
        let late = "\"Run the update script\", \"`pg_dump -Fc c > c.dump`\"";
        assert!(reports("`pg_restore -d c c.dump`", late));
        assert!(reports("Restore the table from the dump", late));
        let script = "\"psql -d crm -f merge.sql\", \"pg_dump -d crm -f /backup/crm.sql\"";
        assert!(reports("psql -d crm -f /backup/crm.sql", script));
        assert!(!reports("psql -d crm -f unmerge.sql", script));
        assert!(!reports(
            "psql -d crm -f /backup/crm.sql",
            &script.replace("merge.sql", "count.sql")
        ));
        assert!(!reports("Revert #12; `/health` returns 200", late));
        for steps in [
            "\"`pg_dump -Fc c > c.dump`\", \"Run the update script\"",
            "\"Run the checks\", \"`pg_dump -Fc c > c.dump`\", \"Run the update script\"",
            "\"Drain the queue\", \"`pg_dump -Fc c > c.dump`\"",
            "\"Convert the hosts one by one, see the list\"",
        ] {
            assert!(!reports("`pg_restore -d c c.dump`", steps), "{steps}");
        }
    }

    #[test]
    fn upgrade_of_the_database_is_a_change() {
        assert!(reports(
            "\"Upgrade the database: `php admin/cli/upgrade.php`\", \"`pg_dump -Fd -f /backup/m m`\""
        ));
        assert!(!reports(
            "\"Upgrade the client\", \"`pg_dump -Fd -f /backup/m m`\", \"Upgrade the database\""
        ));
    }
}
