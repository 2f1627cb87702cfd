//! The edits of a release as text: the old and new token, and the lines.

use std::collections::HashMap;

use super::counted;
use crate::release::{FileEdit, TokenChange};
use crate::source::sanitise_line;

/// The maximum number of different changes that are listed per file.
const MAX_CHANGES: usize = 10;
/// The maximum number of lines that are listed per change.
const MAX_LINES: usize = 5;

/// The changes of a file's tokens, one per line; equal changes are grouped.
pub(super) fn describe_changes(edit: &FileEdit) -> Vec<String> {
    let mut group_of: HashMap<(&str, &str), usize> = HashMap::new();
    let mut groups: Vec<(&TokenChange, Vec<usize>)> = Vec::new();
    for change in &edit.changes {
        let group = *group_of
            .entry((&change.before, &change.after))
            .or_insert(groups.len());
        if group == groups.len() {
            groups.push((change, Vec::new()));
        }
        groups[group].1.push(change.line);
    }
    let describe = |(change, lines): &(&TokenChange, Vec<usize>)| {
        format!(
            "{} → {} ({})",
            sanitise_line(&change.before),
            sanitise_line(&change.after),
            describe_lines(lines)
        )
    };
    let left = groups.len().saturating_sub(MAX_CHANGES);
    let rest = (left > 0).then(|| format!("and {}", counted(left, "more change")));
    groups
        .iter()
        .take(MAX_CHANGES)
        .map(describe)
        .chain(rest)
        .collect()
}

fn describe_lines(lines: &[usize]) -> String {
    let join = |lines: &[usize]| {
        lines
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match lines {
        [line] => format!("line {line}"),
        [first @ .., last] if lines.len() <= MAX_LINES => {
            format!("lines {} and {last}", join(first))
        }
        _ => format!(
            "lines {} and {} more",
            join(&lines[..MAX_LINES - 1]),
            lines.len() + 1 - MAX_LINES
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(changes: &[(usize, &str, &str)]) -> FileEdit {
        let change = |(line, before, after): &(usize, &str, &str)| TokenChange {
            line: *line,
            before: (*before).to_owned(),
            after: (*after).to_owned(),
        };
        let changes = changes.iter().map(change).collect();
        FileEdit {
            path: "Cargo.lock".into(),
            before: None,
            after: Vec::new(),
            changes,
        }
    }

    #[test]
    fn equal_changes_are_grouped() {
        let edited = edit(&[
            (3, "1.2.0", "1.3.0"),
            (4, "=1.2.0", "=1.3.0"),
            (9, "1.2.0", "1.3.0"),
            (12, "1.2.0", "1.3.0"),
        ]);
        assert_eq!(
            describe_changes(&edited),
            [
                "1.2.0 → 1.3.0 (lines 3, 9 and 12)",
                "=1.2.0 → =1.3.0 (line 4)"
            ]
        );
        let many: Vec<_> = (1..=9).map(|line| (line, "1", "2")).collect();
        assert_eq!(
            describe_changes(&edit(&many)),
            ["1 → 2 (lines 1, 2, 3, 4 and 5 more)"]
        );
        assert_eq!(describe_changes(&edit(&[])), [""; 0]);
        let versions: Vec<_> = (0..12).map(|line| format!("1.{line}.0")).collect();
        let all: Vec<_> = versions
            .iter()
            .map(|version| (1, version.as_str(), "2.0.0"))
            .collect();
        assert_eq!(
            describe_changes(&edit(&all)).last().unwrap(),
            "and 2 more changes"
        );
    }

    #[test]
    fn version_tokens_are_escaped() {
        assert_eq!(describe_changes(&edit(&[(1, "\u{1b}[2J", "2")])).len(), 1);
        assert!(!describe_changes(&edit(&[(1, "\u{1b}[2J", "2")]))[0].contains('\u{1b}'));
    }
}
