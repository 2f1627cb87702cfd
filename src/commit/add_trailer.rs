//! Adds a trailer to a message that is being written, as `git interpret-trailers` does.

use super::cleanup::{Cleanup, CleanupMode};
use super::trailers::ends_with_trailers;
use crate::source::with_line_ends_of;

/// The message with another trailer at its end: above the comments at the end of the file and above
/// the scissors.
///
/// A message that is still empty gets the trailer as a comment, because Git aborts a commit only if
/// its message stays empty. If Git keeps comments, it gets nothing.
#[must_use]
pub(crate) fn with_trailer(text: &str, cleanup: &Cleanup, trailer: &str) -> String {
    let last = cleanup
        .lines(text)
        .into_iter()
        .rfind(|line| !line.text.trim().is_empty());
    let Some(last) = last else {
        let mark = &cleanup.comment;
        if cleanup.mode != CleanupMode::Strip || mark.is_empty() {
            return text.to_owned();
        }
        let added = format!(
            "\n{mark} To name the ticket, remove the comment mark from the next line:\n{mark} {trailer}\n"
        );
        return format!("{}{text}", with_line_ends_of(text, &added));
    };
    let end = text[last.start..]
        .find('\n')
        .map_or(text.len(), |at| last.start + at + 1);
    let (message, rest) = text.split_at(end);
    let mut added = String::new();
    if !message.ends_with('\n') {
        added.push('\n');
    }
    if !ends_with_trailers(message) {
        added.push('\n');
    }
    added += trailer;
    added.push('\n');
    format!("{message}{}{rest}", with_line_ends_of(text, &added))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, comment: &str) -> String {
        let cleanup = Cleanup {
            mode: CleanupMode::Strip,
            comment: comment.to_owned(),
        };
        with_trailer(text, &cleanup, "Change: CHG-1")
    }

    #[test]
    fn trailer_begins_a_block_or_joins_one() {
        assert_eq!(added("feat: a\n", "#"), "feat: a\n\nChange: CHG-1\n");
        assert_eq!(added("feat: a", "#"), "feat: a\n\nChange: CHG-1\n");
        assert_eq!(
            added("feat: a\n\nWhy.\n", "#"),
            "feat: a\n\nWhy.\n\nChange: CHG-1\n"
        );
        assert_eq!(
            added("feat: a\n\nRefs: #1\n", "#"),
            "feat: a\n\nRefs: #1\nChange: CHG-1\n"
        );
        assert_eq!(
            added("a\r\n\r\nRefs: #1\r\n", "#"),
            "a\r\n\r\nRefs: #1\r\nChange: CHG-1\r\n"
        );
    }

    #[test]
    fn trailer_is_above_comments_and_scissors() {
        let scissors = "; ------------------------ >8 ------------------------\n+diff\n";
        assert_eq!(
            added(&format!("feat: a\n\n; Please enter\n{scissors}"), ";"),
            format!("feat: a\n\nChange: CHG-1\n\n; Please enter\n{scissors}")
        );
    }

    #[test]
    fn empty_message_stays_empty_for_git() {
        let text = "\n; Please enter\n";
        let expected = format!(
            "\n; To name the ticket, remove the comment mark from the next line:\n; Change: CHG-1\n{text}"
        );
        assert_eq!(added(text, ";"), expected);
        let kept = Cleanup {
            mode: CleanupMode::Whitespace,
            comment: "#".to_owned(),
        };
        assert_eq!(with_trailer("\n", &kept, "Change: CHG-1"), "\n");
    }
}
