//! A rollback that restores a backup that nobody takes.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{
    NameIndex, Pattern, dates, identifiers, keeps_copy, restored_backup, stretches, texts_of,
    whole_text,
};
use crate::ticket::{Step, Ticket};

use super::trivial_rollback::is_trivial;

pub(super) const RULE: Rule = Rule::new(
    "content/restore-without-backup",
    Level::Warning,
    "restore of a backup that no step takes",
    include_str!("restore_without_backup.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// What says which backup is meant, or that backups are taken anyway.
static NAMED: Pattern = Pattern::new(
    r"(?ix)\b(?:nightly|daily|hourly|weekly|each|every|automatic(?:ally)?|continuous(?:ly)?|scheduled|regular|pitr|point-in-time|wal|standby|replica|delayed
        |last\s+night(?:'s)?|yesterday(?:'s)?|rman|veeam|velero|pgbackrest|barman|restic|borg|bacula|bareos|netbackup|commvault|rubrik|time\s+machine|zfs)\b",
);
fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let has_backup = ticket.deployment.steps.iter().any(keeps_copy)
        || ticket
            .schema_change
            .as_ref()
            .is_some_and(|schema| schema.backup.is_some());
    if has_backup || ticket.rollback.steps.iter().all(is_trivial) {
        return;
    }
    let mut elsewhere = None;
    let mut restoring = ticket.rollback.steps.iter();
    let Some(step) = restoring.find(|step| restores_unknown(ticket, step, &mut elsewhere)) else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), step.action.span, "which backup?")
        .message("the rollback restores a backup that no step takes")
        .help("add a step that takes the backup before the change, or name the backup: its path, date, or schedule")
        .anchor(&step.action.path);
    findings.push(finding);
}

/// Whether a step restores a backup that nothing else in the ticket says anything about.
fn restores_unknown(ticket: &Ticket, step: &Step, elsewhere: &mut Option<NameIndex>) -> bool {
    let text = whole_text(step);
    let restored = restored_backup(&text);
    if restored.is_none() && !COMMAND.is_match(&text) {
        return false;
    }
    if let Some(name) = backup_of_this_change(ticket, &text) {
        let elsewhere = elsewhere.get_or_insert_with(|| texts_elsewhere(ticket));
        return !elsewhere.is_named(name);
    }
    let has_path = || text.split_whitespace().any(is_path);
    let has_code = |restored: &str| {
        stretches(step)
            .iter()
            .any(|stretch| stretch.is_code && restored.contains(stretch.text))
    };
    restored.is_some_and(|restored| !has_code(restored))
        && !NAMED.is_match(&text)
        && !has_path()
        && dates(&text).is_empty()
        && identifiers(&text).all(|name| !is_backup_name(name))
}

static COMMAND: Pattern = Pattern::new(
    r"(?i)\b(?:pg_restore|mongorestore|impdp|restore\s+(?:database|table)|(?:mysql|psql|mariadb)\b[^;&|]*\s<|zfs\s+rollback|tar\s+-?[a-z]*x)",
);

fn is_path(word: &str) -> bool {
    word.trim_matches(['`', ',', '(', ')']).contains('/') && !word.contains("://")
}

/// The name of a backup that this change would have to take: one from before the change, or of its
/// day.
fn backup_of_this_change<'t>(ticket: &Ticket, text: &'t str) -> Option<&'t str> {
    let start = ticket
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.start.as_ref());
    let day = start.map(|start| start.offset.to_datetime(start.timestamp).date().to_string());
    let compact = day.as_ref().map(|day| day.replace('-', ""));
    let is_of_the_day = |name: &str| {
        [&day, &compact]
            .into_iter()
            .flatten()
            .any(|day| name.contains(day.as_str()))
    };
    text.split(|c: char| c.is_whitespace() || "`'\",;()<>=".contains(c))
        .filter_map(|word| word.rsplit('/').next())
        .map(|name| name.trim_end_matches(['.', ':']))
        .filter(|name| name.contains(['-', '_', '.']) && name.len() <= MAX_NAME)
        .find(|name| is_of_the_day(name) || BEFORE.is_match(name))
}

/// Maximum length of the name of a backup, in bytes.
const MAX_NAME: usize = 200;

/// A part of a name that says that it is from before the change.
static BEFORE: Pattern = Pattern::new(r"(?i)(?:^|[_.-])(?:pre|before|avant|vor|prior)(?:[_.-]|$)");

/// The texts outside of the rollback that may name a backup.
fn texts_elsewhere(ticket: &Ticket) -> NameIndex {
    let schema = ticket.schema_change.as_ref();
    let about = [
        ticket.description.as_ref(),
        ticket.risk.blast_radius.as_ref(),
        schema.and_then(|schema| schema.backup.as_ref()),
    ];
    let steps = texts_of(&ticket.deployment.steps).chain(texts_of(&ticket.validation.steps));
    let texts = about.into_iter().flatten().chain(steps);
    NameIndex::new(texts.map(|text| text.text.as_str()))
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
    fn backup_of_this_change_has_to_be_taken() {
        for rollback in [
            "Restore snapshot before-upgrade-7",
            "`pg_restore -d tmp /sauvegardes/avant-purge.dump`, puis vérifier",
            "Load the dump /backup/pre-merge.sql",
        ] {
            assert!(reports("Merge #12", rollback), "{rollback}");
        }
        let dated = |name: &str| {
            rules_of(&format!(
                "rollback = [\"`pg_restore -d c /backup/{name}`; `/health` returns pool=20\"]\n\
                 [schedule]\nstart = 2027-01-19T19:00:00+01:00\nend = 2027-01-19T22:00:00+01:00"
            ))
            .contains(&RULE)
        };
        assert!(dated("orders-20270119.dump"));
        assert!(dated("orders-2027-01-19.dump"));
        assert!(!dated("orders-20270112.dump"));
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
            ("Merge #12", "Restore snapshot weekly-7"),
            (
                "Merge #12; `dump.sh /backup/pre-merge.dump`",
                "`pg_restore -d c /backup/pre-merge.dump`",
            ),
            ("Merge #12", "`pg_restore -d c /backup/c.dump`"),
            ("Merge #12", "`tar xzf /opt/web-11.2.0.tgz -C /opt`"),
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
