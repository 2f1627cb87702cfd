//! Validates the IDs of tickets, whether they come from a key, a file name, or the command line.

use crate::commit::no_ticket_reason;
use crate::source::{fold_case, is_hostile};

/// The maximum length of an ID in bytes: it has to fit into a trailer, a tag, and a file name.
const MAX_BYTES: usize = 200;

/// Why a text can't be the ID of a ticket; `None` if it can.
///
/// An ID is used in a line of a commit message, so it must be one line of visible text, and not
/// `none`.
#[must_use]
pub(crate) fn id_fault(id: &str) -> Option<&'static str> {
    let is_none = |text: &str| no_ticket_reason(&text.to_lowercase()).is_some();
    let is_space = |character: char| character.is_whitespace() && character != ' ';
    Some(match id {
        _ if !id.contains(char::is_alphanumeric) => "has no letter or digit",
        _ if id.contains(is_hostile) => {
            "contains a line break, a control character, or an invisible character"
        }
        _ if id.trim() != id => "starts or ends with whitespace",
        _ if id.contains(is_space) => "contains whitespace other than spaces",
        _ if id.len() > MAX_BYTES => "has more than 200 bytes",
        _ if is_none(id) => "means \"no ticket\" in a commit message",
        _ if id
            .split(['/', '\\'])
            .any(|part| matches!(part, "" | "." | "..")) =>
        {
            "contains a path segment that is empty, `.`, or `..`"
        }
        _ => return None,
    })
}

/// The form in which IDs are compared if they must not be confusable.
#[must_use]
pub(crate) fn comparable_id(id: &str) -> String {
    fold_case(id.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_trackers_and_files_are_fine() {
        for id in [
            "INC-9",
            "JIRA-123",
            "GH#12",
            "2024/05/pool",
            "\u{dc}n\u{ef}code",
            "2026-11-20-pool",
            "none-1",
            "nonesuch",
            "a b",
            "v1.2",
            "#7",
            "\u{5909}\u{66f4}-1",
            "owner/repo#5",
        ] {
            assert_eq!(id_fault(id), None, "{id}");
        }
    }

    #[test]
    fn ids_that_could_mean_something_else_are_refused() {
        for id in [
            "",
            "--",
            " prop",
            "prop ",
            "\u{a0}prop",
            "a\u{3000}b",
            "none",
            "None",
            "none (typo)",
            "../../x",
            "/etc/x",
            "a/../b",
            "a//b",
            "..\\x",
            "a\nb",
            "a\tb",
            "a\u{1b}[31m",
            "pr\u{200b}op",
        ] {
            assert!(id_fault(id).is_some(), "{id:?}");
        }
        assert!(id_fault(&"a".repeat(201)).is_some());
    }
}
