//! A rollback that restores a backup that nobody takes.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{dates, identifiers, stretches, whole_text};
use crate::ticket::{Step, Ticket};

use super::trivial_rollback::is_trivial;

pub(super) const RULE: Rule = Rule::new(
    "content/restore-without-backup",
    Level::Warning,
    "restore of a backup that no step takes",
    include_str!("restore_without_backup.md"),
    &[Check::Ticket(check)],
);

/// "restore X from the backup", "load the dump".
static RESTORES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:restor(?:e|es|ed|ing)|load(?:s|ed|ing)?|import(?:s|ed|ing)?|recover(?:s|ed|ing)?|put\s+back|bring\s+back)\b[^.;]{0,80}?\b(?:back-?ups?|dumps?|snapshots?)\b",
    )
    .expect("a constant")
});
/// What says which backup is meant, or that backups are taken anyway.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:nightly|daily|hourly|weekly|each|every|automatic(?:ally)?|continuous(?:ly)?|scheduled|regular|pitr|point-in-time|wal|standby|replica|delayed
        |last\s+night(?:'s)?|yesterday(?:'s)?|rman|veeam|velero|pgbackrest|barman|restic|borg|bacula|bareos|netbackup|commvault|rubrik|time\s+machine|zfs)\b",
    )
    .expect("a constant")
});
/// A step that takes a backup, whatever it calls it.
static TAKES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:back(?:s|ed|ing)?[ -]?ups?|dumps?|pg_dump(?:all)?|mysqldump|mongodump|snapshots?|export(?:s|ed)?|cop(?:y|ies|ied)|sav(?:e|es|ed)|archiv(?:e|es|ed)|tar|rsync|cp)\b",
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let has_backup = ticket.deployment.steps.iter().any(takes_backup)
        || ticket
            .schema_change
            .as_ref()
            .is_some_and(|schema| schema.backup.is_some());
    if has_backup || ticket.rollback.steps.iter().all(is_trivial) {
        return;
    }
    let Some(step) = ticket
        .rollback
        .steps
        .iter()
        .find(|step| restores_unnamed(step))
    else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), step.action.span, "which backup?")
        .message("the rollback restores a backup that no step takes")
        .help("add a step that takes the backup before the change, or name the backup: its path, date, or schedule")
        .anchor(&step.action.path);
    findings.push(finding);
}

fn takes_backup(step: &Step) -> bool {
    step.backup || TAKES.is_match(&whole_text(step))
}

/// Whether a step restores a backup without saying which.
fn restores_unnamed(step: &Step) -> bool {
    let text = whole_text(step);
    let has_path = || {
        text.split_whitespace().any(|word| {
            word.trim_matches(['`', ',', '(', ')']).contains('/') && !word.contains("://")
        })
    };
    let has_code = || {
        stretches(step).iter().any(|stretch| {
            stretch.is_code
                && RESTORES
                    .find(&text)
                    .is_some_and(|found| found.as_str().contains(stretch.text))
        })
    };
    RESTORES.is_match(&text)
        && !NAMED.is_match(&text)
        && !has_path()
        && !has_code()
        && dates(&text).is_empty()
        && identifiers(&text).all(|name| !is_backup_name(name))
}

/// Whether an identifier may name a backup.
fn is_backup_name(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit())
        || ["backup", "dump", "snapshot", "snap", "pre", "before"]
            .iter()
            .any(|word| name.split(['-', '_']).any(|part| part == *word))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/restore-without-backup";

    fn reports(deployment: &str, rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [\"{deployment}\"]\nrollback = [\"{rollback}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn restoring_a_backup_that_nobody_takes_is_found() {
        for rollback in [
            "Stop the wiki, restore the attachments from the backup taken before, start the wiki",
            "Load the dump into orders and restart cartd",
            "Restore the VM snapshot with vCenter",
        ] {
            assert!(
                reports("Merge #12 and restart cartd", rollback),
                "{rollback}"
            );
        }
    }

    #[test]
    fn one_fault_gives_one_finding() {
        assert!(!reports("Merge #12", "Restore the last backup"));
    }

    #[test]
    fn backup_that_is_named_or_taken_is_accepted() {
        for (deployment, rollback) in [
            (
                "`pg_dump c > c.dump`, then merge #12",
                "Restore the dump, restart cartd",
            ),
            ("Take a snapshot of vm-1", "Restore the snapshot"),
            ("Merge #12", "Restore from the nightly backup"),
            ("Merge #12", "Restore the dump /backup/c.dump"),
            ("Merge #12", "Restore the backup of 2026-11-20"),
            ("Merge #12", "Restore snapshot before-upgrade-7"),
            ("Merge #12", "Restore the backup with Velero"),
            ("Copy the folder to host b", "Restore the backup"),
            (
                "Merge #12",
                "Restore the flag to off and load the page; a backup is not needed",
            ),
        ] {
            assert!(!reports(deployment, rollback), "{deployment} {rollback}");
        }
    }
}
