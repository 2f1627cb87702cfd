//! Finds the footers of a message that announce a breaking change, and the text of each.

use crate::commit::footer::{is_footer, trailing_footers};
use crate::source::{Fence, Fences};

/// Whether some line starts with `BREAKING CHANGE` or `BREAKING-CHANGE`, then `:` and white space
/// or ` #`, and text follows, on that line or below it (Conventional Commits 1.0.0, clauses 8, 12
/// and 16).
#[must_use]
pub(crate) fn announces_breaking(rest: &str) -> bool {
    rest.match_indices("BREAKING").any(|(at, _)| {
        let starts_line = at == 0 || rest.as_bytes()[at - 1] == b'\n';
        starts_line && after_marker(&rest[at..]).is_some_and(|text| !text.trim().is_empty())
    })
}

/// The text of each of these footers, unless it is empty.
///
/// A note may have paragraphs, lists and code, and ends at the next footer (clause 10). A later
/// `BREAKING CHANGE` is another note. Indentation that all lines after the first share is removed.
#[must_use]
pub(crate) fn breaking_notes(rest: &str) -> Vec<String> {
    let lines: Vec<&str> = rest.lines().collect();
    let end = trailing_footers(&lines, |line| after_marker(line).is_some());
    let fences = Fences::of(&lines);
    let mut notes: Vec<Vec<&str>> = Vec::new();
    let (mut is_open, mut code): (bool, Option<Fence>) = (false, None);
    for (at, line) in lines.iter().enumerate() {
        if let Some(fence) = code.filter(|_| is_open) {
            code = Some(fence).filter(|fence| !fence.is_closed_by(line));
        } else if let Some(text) = after_marker(line) {
            (is_open, code) = (true, None);
            notes.push(vec![text]);
            continue;
        } else if at >= end || is_footer(line) {
            is_open = false;
        } else {
            code = fences.opened(at);
        }
        if let Some(note) = notes.last_mut().filter(|_| is_open) {
            note.push(line);
        }
    }
    notes
        .into_iter()
        .map(|note| tidy(&note))
        .filter(|note| !note.is_empty())
        .collect()
}

/// The text after the marker at the start of a text.
fn after_marker(text: &str) -> Option<&str> {
    let after = text.strip_prefix("BREAKING")?;
    let after = after
        .strip_prefix(" CHANGE")
        .or_else(|| after.strip_prefix("-CHANGE"))?;
    let is_separated = |text: &&str| text.is_empty() || text.starts_with([' ', '\t', '\n']);
    after
        .strip_prefix(" #")
        .or_else(|| after.strip_prefix(':').filter(is_separated))
}

/// The lines of a note as one text, without blank lines around it.
fn tidy(note: &[&str]) -> String {
    let (first, rest) = note
        .split_first()
        .map_or(("", note), |(first, rest)| (first.trim(), rest));
    // GitHub draws a line above the trailers of a squashed commit.
    let is_idle = |line: &&str| {
        line.trim().is_empty() || (line.len() > 2 && line.bytes().all(|byte| byte == b'-'))
    };
    let rest = &rest[..rest
        .iter()
        .rposition(|line| !is_idle(line))
        .map_or(0, |last| last + 1)];
    let indent = shared_indent(rest);
    let lines = std::iter::once(first).chain(
        rest.iter()
            .map(|line| line.get(indent..).unwrap_or_default().trim_end()),
    );
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim_start_matches('\n').trim_end().to_owned()
}

/// How many bytes of white space all non-blank lines begin with.
fn shared_indent(lines: &[&str]) -> usize {
    let mut indents = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let text = line.trim_start_matches([' ', '\t']);
            &line[..line.len() - text.len()]
        });
    let Some(first) = indents.next() else {
        return 0;
    };
    indents.fold(first.len(), |shared, indent| {
        let same = first
            .bytes()
            .zip(indent.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        shared.min(same)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_footer_with_text_announces() {
        for rest in [
            "BREAKING CHANGE: x",
            "\nBREAKING-CHANGE: x",
            "a\nBREAKING CHANGE: x",
            "BREAKING CHANGE #x",
            "BREAKING CHANGE:\n x",
            "BREAKING CHANGE:\tx",
        ] {
            assert!(announces_breaking(rest), "{rest:?}");
        }
    }

    #[test]
    fn prose_does_not() {
        for rest in [
            "",
            "see BREAKING CHANGE: x",
            "BREAKING CHANGE:x",
            "BREAKING CHANGE x",
            "breaking change: x",
            "BREAKING CHANGES: x",
            "BREAKING CHANGE:",
            "BREAKING CHANGE: \n ",
            " BREAKING CHANGE: x",
            "BREAKING",
            "BREAKING CHANGE#x",
        ] {
            assert!(!announces_breaking(rest), "{rest:?}");
            assert_eq!(breaking_notes(rest), [""; 0], "{rest:?}");
        }
    }

    #[test]
    fn adjacent_footers_are_separate_notes() {
        assert_eq!(
            breaking_notes("BREAKING CHANGE: one\nBREAKING CHANGE: two"),
            ["one", "two"]
        );
        assert_eq!(
            breaking_notes("a\n\nBREAKING-CHANGE #one\n\nBREAKING CHANGE:\n\ntwo"),
            ["one", "two"]
        );
    }

    #[test]
    fn later_paragraphs_and_code_belong_to_the_note() {
        let note = "first\n\nBefore:\n\n```yaml\nFixes: code\n\nBREAKING CHANGE: code\n```\n\nCSS:\na { b: c }";
        assert_eq!(
            breaking_notes(&format!("BREAKING CHANGE: {note}\n\nReviewed-by: Z")),
            [note]
        );
    }

    #[test]
    fn a_footer_ends_the_note() {
        for footer in [
            "Refs: #1",
            "Closes #1, org/repo#2 and #3.",
            "PR Close #12",
            "Related to #1",
            "Reviewed-by: Z",
            "signed-off-by: Z",
            "Change-Id: I0123",
            "(cherry picked from commit 0123456)",
        ] {
            let told = format!("BREAKING CHANGE: use\n/v2\n{footer}\n\nmore\n\nand more");
            assert_eq!(breaking_notes(&told), ["use\n/v2"], "{footer}");
        }
    }

    #[test]
    fn trailers_at_the_end_are_no_part_of_the_note() {
        for trailers in [
            "Change: CHG-1",
            "Jira: X-1\nTask: 2\n  more",
            " #12",
            "#1 #2",
            "Jira: X-1\n\n---------\n\nAcked-by: Z",
        ] {
            assert_eq!(
                breaking_notes(&format!("BREAKING CHANGE: use /v2\n{trailers}\n")),
                ["use /v2"],
                "{trailers}"
            );
            assert_eq!(
                breaking_notes(&format!("BREAKING CHANGE: use /v2\n\n{trailers}")),
                ["use /v2"],
                "{trailers}"
            );
        }
    }

    #[test]
    fn words_that_introduce_prose_end_no_note() {
        for line in [
            "Note: libraries are not affected.",
            "Before: `a`\nAfter: `b`",
            "See: https://x",
            "Fixes the bug",
        ] {
            let note = format!("use /v2\n\n{line}");
            assert_eq!(breaking_notes(&format!("BREAKING CHANGE: {note}")), [note]);
        }
    }

    #[test]
    fn shared_indentation_is_removed() {
        assert_eq!(breaking_notes("BREAKING CHANGE: use\n  /v2"), ["use\n/v2"]);
        assert_eq!(
            breaking_notes("BREAKING CHANGE:\n\n    a\n      b\n\n    c"),
            ["a\n  b\n\nc"]
        );
    }

    #[test]
    fn code_that_is_never_closed_is_text() {
        assert_eq!(
            breaking_notes("BREAKING CHANGE: a\n```js\nb\nReviewed-by: Z\n\nc"),
            ["a\n```js\nb"]
        );
    }

    #[test]
    fn many_footers_are_read_in_a_moment() {
        for line in [
            "BREAKING CHANGE: x\n",
            "```a\n",
            "Refs: x\n",
            " \n",
            "````\n~~~\n",
        ] {
            let rest = format!(
                "BREAKING CHANGE: x\n{}",
                line.repeat((1 << 17) / line.len())
            );
            assert!(!breaking_notes(&rest).is_empty(), "{line:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn there_is_a_note_only_where_something_is_announced(
            lines in proptest::collection::vec(proptest::sample::select(vec![
                "BREAKING CHANGE: a", "BREAKING CHANGE:", "BREAKING-CHANGE #b", "", "```", "~~~~", "text", "  indented",
                "Refs: #1", "Note: x", "---", "Signed-off-by: Z", "#1",
            ]), 0..12),
        ) {
            let rest = lines.join("\n");
            let notes = breaking_notes(&rest);
            proptest::prop_assert!(notes.is_empty() || announces_breaking(&rest));
            for note in notes {
                proptest::prop_assert_eq!(note.trim_start_matches('\n').trim_end(), &note);
                proptest::prop_assert!(!note.is_empty());
            }
        }
    }
}
