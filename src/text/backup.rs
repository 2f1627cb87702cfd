//! Steps that take, keep, or restore copies of data.

use super::pattern::Pattern;
use super::step::whole_text;
use crate::ticket::Step;

/// A step that takes a copy before something is changed.
static TAKES: Pattern = Pattern::new(
    r"(?ix)(?:^|[\s(\x22'])(?:
        (?:pg_dump(?:all)?|mysqldump|mongodump|etcdctl\s+snapshot\s+save)\b
        | (?:take|make|create|do|run)\s+(?:a\s+|an\s+|the\s+|another\s+)?(?:full\s+|fresh\s+|manual\s+)?(?:backup|dump|snapshot|copy)\b
        | back\s+up\b | dump\s+the\b | snapshot\s+the\b
        )",
);
/// Any way to have the old data afterwards.
static KEEPS: Pattern = Pattern::new(
    r"(?ix)(?:^|[\s(\x22'`])(?:
        back(?:s|ed|ing)?[\ -]?ups? | dump(?:s|ed)? | pg_dump(?:all)? | pg_basebackup | mysqldump | mongodump | xtrabackup | mariabackup | snapshots?
        | exports? | exported | cop(?:y|ies|ied) | archiv(?:e|es|ed) | sav(?:e|es|ed) | versioning | pitr | point-in-time
        | rename[ds]? | unload(?:s|ed)? | keep(?:s|ing)?\s+(?:the\s+)?old | kept | retain(?:s|ed)?
        | tar | rsync | cp
        )\b | /(?:back-?ups?|dumps?|snapshots?)/",
);
/// "restore X from the backup", "load the dump".
static RESTORES: Pattern = Pattern::new(
    r"(?ix)\b(?:restor(?:e|es|ed|ing)|load(?:s|ed|ing)?|import(?:s|ed|ing)?|recover(?:s|ed|ing)?|put\s+back|bring\s+back)\b[^.;]{0,80}?\b(?:back-?ups?|dumps?|snapshots?)\b",
);

/// Whether a step takes a copy of the data as it is then.
pub(crate) fn takes_backup(step: &Step) -> bool {
    step.backup || TAKES.is_match(&whole_text(step))
}

/// Whether a step takes a copy, or keeps the old data in another way.
pub(crate) fn keeps_copy(step: &Step) -> bool {
    step.backup || KEEPS.is_match(&whole_text(step))
}

/// The part of a text that restores a copy.
pub(crate) fn restored_backup(text: &str) -> Option<&str> {
    RESTORES.find(text).map(|found| found.as_str())
}
