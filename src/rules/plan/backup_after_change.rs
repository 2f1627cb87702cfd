//! A backup that is taken after what it is for.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::text::{stretches, takes_backup, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/backup-after-change",
    Level::Error,
    "backup after the first destructive step",
    include_str!("backup_after_change.md"),
    &[Check::Ticket(check)],
);

/// Steps that set up backups, instead of taking one of the state before.
static SETS_UP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:new|nightly|daily|hourly|weekly|schedul\w*|enabl\w*|cron\w*)\b")
        .expect("a constant")
});
static DESTRUCTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \bdrop\s+(?:table|column|database|schema)\b | \bdelete\s+from\b | \bupdate\s+\S+\s+set\b | \btruncate\s
        | \balter\s+table\b[^;]*\b(?:drop|alter|modify|convert|change|rename)\b
        | \b(?:flyway|liquibase|alembic|knex|prisma|goose|dbmate|sqitch)\b[^;]*\b(?:migrate|update|upgrade|up|deploy|latest)\b
        | \b(?:rails|rake)\s+db:migrate\b | \bmanage\.py\s+migrate\b | \bpg_upgrade\w*\b | \bmysql_upgrade\b | \badmin/cli/upgrade\.php\b | \bartisan\s+migrate\b | \bdrush\s+updatedb\b | \bocc\s+upgrade\b | \bsetup:upgrade\b",
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.deployment.steps;
    let Some(change) = steps.iter().position(is_destructive) else {
        return;
    };
    let Some(backup) = steps.iter().position(takes_backup) else {
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

static IN_PROSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:upgrade|migrate|convert|alter|purge|truncate)\s+(?:the\s+)?(?:\w+\s+)?(?:database|schema|tables?|data)\b")
        .expect("a constant")
});

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
    fn upgrade_of_the_database_is_a_change() {
        assert!(reports(
            "\"Upgrade the database: `php admin/cli/upgrade.php`\", \"`pg_dump -Fd -f /backup/m m`\""
        ));
        assert!(!reports(
            "\"Upgrade the client\", \"`pg_dump -Fd -f /backup/m m`\", \"Upgrade the database\""
        ));
    }
}
