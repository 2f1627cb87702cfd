//! The changes of fixes to a file as a unified diff, and the line that counts them.
//!
//! The lines are sanitized, since diffs are read on terminals and in CI logs. As a consequence, a
//! patch of text with control characters doesn't apply, which is better than a terminal that
//! executes them.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::counted;
use crate::source::{sanitise, sanitise_line};

/// The number of unchanged lines that are shown around a change.
const CONTEXT: usize = 3;

/// The numbers of applied fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fixes {
    /// The number of applied fixes.
    pub(crate) applied: usize,
    /// The number of tickets with applied fixes.
    pub(crate) tickets: usize,
    /// The number of further fixes that unsafe fixes would add.
    pub(crate) more: usize,
}

impl Fixes {
    /// `Fixed 2 findings in 1 ticket; …`, starting with `begin`; `None` if nothing was or can
    /// be fixed.
    #[must_use]
    pub(crate) fn line(&self, begin: &str) -> Option<String> {
        let done = match self.applied {
            0 => None,
            applied => Some(format!(
                "{begin} {} in {}",
                counted(applied, "finding"),
                counted(self.tickets, "ticket")
            )),
        };
        let more =
            (self.more > 0).then(|| format!("`--unsafe-fixes` would fix {} more", self.more));
        let parts: Vec<String> = [done, more].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The unified diff of a file's text; empty if nothing changes.
#[must_use]
pub(crate) fn diff(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let name = sanitise_line(name);
    let mut out = format!("--- a/{name}\n+++ b/{name}\n");
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        writeln!(out, "{}", hunk.header()).expect("a string takes any text");
        for change in hunk.iter_changes() {
            push(&mut out, change.tag(), change.value());
        }
    }
    out
}

fn push(out: &mut String, tag: ChangeTag, line: &str) {
    let bare = line.strip_suffix('\n').unwrap_or(line);
    let windows = if bare.ends_with('\r') { "\r" } else { "" };
    let hint = if bare == line {
        "\n\\ No newline at end of file"
    } else {
        ""
    };
    // The mark begins the line in CI logs too, which detect commands even after white space.
    writeln!(out, "{}{windows}{hint}", sanitise(&format!("{tag}{bare}")))
        .expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diff_has_three_context_lines() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            diff("a.toml", before, &before.replace('5', "five")),
            "--- a/a.toml\n+++ b/a.toml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
        assert_eq!(diff("a.toml", before, before), "");
    }

    #[test]
    fn line_endings_are_preserved() {
        assert_eq!(
            diff("a", "1\r\n2", "1\r\ntwo"),
            "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\r\n-2\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn diff_lines_are_escaped() {
        let shown = diff(
            "a\u{1b}",
            "::error::x\n##[error]\n\u{9b}31m\n1",
            "::error::x\n##[error]\n\u{9b}31m\n2",
        );
        assert!(
            shown.contains("\n : :error::x\n #\\#[error]\n \\u{9b}31m\n-1\n"),
            "{shown}"
        );
        assert!(shown.starts_with("--- a/a\\u{1b}\n"), "{shown}");
    }

    #[test]
    fn fix_summary_omits_zero_counts() {
        let line = |applied, tickets, more| {
            Fixes {
                applied,
                tickets,
                more,
            }
            .line("Fixed")
        };
        assert_eq!(
            line(2, 1, 0).as_deref(),
            Some("Fixed 2 findings in 1 ticket")
        );
        assert_eq!(
            line(1, 1, 1).as_deref(),
            Some("Fixed 1 finding in 1 ticket; `--unsafe-fixes` would fix 1 more")
        );
        assert_eq!(
            line(0, 0, 1).as_deref(),
            Some("`--unsafe-fixes` would fix 1 more")
        );
        assert_eq!(line(0, 0, 0), None);
    }
}
