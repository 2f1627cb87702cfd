//! Recognizes the lines that begin a footer, where the text of the previous footer ends.
//!
//! Conventional Commits ends a footer's text at the next token with a separator (clause 10). Read
//! literally, `Note: see below` and a line of unfenced code would end it too, and instructions for
//! users would be lost. So a token ends a text only if it is one that tools and people use, or if
//! it is in the run of footers at the end of a message.

use crate::commit::references::{introduces_references, is_list_of_references};

/// Whether a line begins a footer anywhere in a message.
pub(super) fn is_footer(line: &str) -> bool {
    if line.starts_with("(cherry picked from commit ")
        || (line
            .split([' ', ':'])
            .next()
            .is_some_and(introduces_references)
            && is_list_of_references(line))
    {
        return true;
    }
    token(line).is_some_and(|token| {
        let is_capitalised = token.starts_with(|c: char| c.is_ascii_uppercase());
        let ends_in_by = token.len() > 3 && token[token.len() - 3..].eq_ignore_ascii_case("-by");
        let refers = introduces_references(token) && !is_one_of(token, &INTRODUCING);
        ends_in_by || (is_capitalised && token.contains('-')) || refers
    })
}

/// Where the run of footers at the end of a message begins, including blank lines; the number of
/// lines if there is none.
pub(super) fn trailing_footers(lines: &[&str], is_marker: impl Fn(&str) -> bool) -> usize {
    let mut start = lines.len();
    for (at, line) in lines.iter().enumerate().rev() {
        let is_continuation = line.starts_with([' ', '\t']);
        let is_rule = line.len() > 2 && line.bytes().all(|byte| byte == b'-');
        if begins_trailing_footer(line) && !is_marker(line) {
            start = at;
        } else if !line.trim().is_empty() && !is_continuation && !is_rule {
            break;
        }
    }
    start
}

fn begins_trailing_footer(line: &str) -> bool {
    is_footer(line)
        || is_list_of_references(line)
        || token(line).is_some_and(|token| !is_one_of(token, &INTRODUCING))
}

/// The token at the start of a line, if a separator and some text follow it.
fn token(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))?;
    let (token, rest) = line.split_at(end);
    let text = rest
        .strip_prefix(": ")
        .or_else(|| rest.strip_prefix(" #"))?;
    let is_token =
        token.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.trim().is_empty();
    is_token.then_some(token)
}

fn is_one_of(token: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(token))
}

/// Words that introduce a sentence or an example rather than the value of a footer.
const INTRODUCING: [&str; 16] = [
    "note",
    "notes",
    "nb",
    "before",
    "after",
    "old",
    "new",
    "previously",
    "now",
    "example",
    "usage",
    "see",
    "warning",
    "important",
    "migration",
    "tip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_are_known_by_their_tokens() {
        for line in [
            "Reviewed-by: Z",
            "co-authored-by: Z",
            "Change-Id: x",
            "Refs: y",
            "Fixes #1",
            "Release-As: 2.0.0",
        ] {
            assert!(is_footer(line), "{line}");
        }
        for line in [
            "max-width: 3px",
            "key: value",
            "Note: x",
            "Reviewed-by:",
            "Fixes the bug",
            " Refs: y",
            "-x: y",
            "",
        ] {
            assert!(!is_footer(line), "{line}");
        }
    }

    #[test]
    fn any_token_counts_in_the_run_that_ends_a_message() {
        let lines = ["a: b", "text", "Jira: X-1", " more", "", "Task: 2", ""];
        assert_eq!(trailing_footers(&lines, |_| false), 2);
        assert_eq!(trailing_footers(&["text", "Note: x"], |_| false), 2);
        assert_eq!(
            trailing_footers(&["X-Y: a", "Task: 2"], |line| line.starts_with("X-Y")),
            1
        );
    }
}
