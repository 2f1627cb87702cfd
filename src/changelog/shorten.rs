//! Shortens the notes of a release for its tag, which must stay small because every later run reads
//! it.
//!
//! Keeps as many whole entries as fit, and adds a line with the number of omitted ones. It must not
//! cut inside an entry.

use std::borrow::Cow;

use super::outline::literal_lines;

/// The notes; if they have more bytes than `limit`, as many whole entries as fit, and a line that
/// counts the others.
///
/// `whole` is a clause about the location of the full notes, such as "`CHANGELOG.md` has all of
/// them".
#[must_use]
pub(crate) fn shortened<'n>(notes: &'n str, limit: usize, whole: &str) -> Cow<'n, str> {
    if notes.len() <= limit {
        return Cow::Borrowed(notes);
    }
    let (entries, headings) = starts(notes);
    let longest = left_out(entries.len(), whole).len() + 2;
    let fits = |end: &&usize| **end + longest <= limit;
    let end = entries
        .iter()
        .chain(&headings)
        .filter(fits)
        .max()
        .copied()
        .unwrap_or(0);
    let kept = without_empty_headings(&notes[..end]);
    let count = entries.iter().filter(|start| **start >= end).count();
    let line = left_out(count, whole);
    Cow::Owned(if kept.is_empty() {
        line
    } else {
        format!("{kept}\n\n{line}")
    })
}

/// Where entries and headings begin, outside of code and comments.
fn starts(notes: &str) -> (Vec<usize>, Vec<usize>) {
    let (mut entries, mut headings) = (Vec::new(), Vec::new());
    let mut offset = 0;
    for (line, is_literal) in notes.split_inclusive('\n').zip(literal_lines(notes)) {
        if !is_literal && ["- ", "* ", "+ "].iter().any(|mark| line.starts_with(mark)) {
            entries.push(offset);
        } else if !is_literal && line.starts_with('#') {
            headings.push(offset);
        }
        offset += line.len();
    }
    (entries, headings)
}

fn left_out(count: usize, whole: &str) -> String {
    match count {
        0 => format!("The rest is left out here; {whole}."),
        1 => format!("1 entry is left out here; {whole}."),
        count => format!("{count} entries are left out here; {whole}."),
    }
}

/// A text without the empty headings at its end.
fn without_empty_headings(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(start) = text.rfind('\n').map(|end| end + 1).or(Some(0))
        && text[start..].starts_with('#')
    {
        text = text[..start].trim_end();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTES: &str = "### Added\n\n- one\n- two\n  more of two\n\n### Fixed\n\n- three\n";

    fn with_limit(limit: usize) -> Cow<'static, str> {
        shortened(NOTES, limit, "x has all")
    }

    #[test]
    fn notes_that_fit_stay() {
        assert!(matches!(with_limit(NOTES.len()), Cow::Borrowed(NOTES)));
    }

    #[test]
    fn shortened_notes_keep_complete_entries() {
        let long = NOTES.replace("three", &"3".repeat(500));
        let text = shortened(&long, 200, "x has all");
        assert_eq!(
            text,
            "### Added\n\n- one\n- two\n  more of two\n\n1 entry is left out here; x has all."
        );
    }

    #[test]
    fn an_entry_that_is_too_long_is_left_out() {
        let long = NOTES.replace("one", &"1".repeat(500));
        assert_eq!(
            shortened(&long, 200, "x has all"),
            "3 entries are left out here; x has all."
        );
    }

    #[test]
    fn code_is_not_an_entry() {
        let code = format!(
            "- one\n\n  text\n```\n- no\n# no\n```\n- {}\n",
            "2".repeat(500)
        );
        let text = shortened(&code, 200, "x has all");
        assert!(
            text.ends_with("```\n\n1 entry is left out here; x has all."),
            "{text}"
        );
    }

    #[test]
    fn text_without_entries_is_not_counted() {
        assert_eq!(
            shortened(&"x\n".repeat(500), 200, "y has all"),
            "The rest is left out here; y has all."
        );
    }

    proptest::proptest! {
        #[test]
        fn shortened_notes_keep_the_limit(entries in proptest::collection::vec("- [a-z#é]{1,40}", 0..60), limit in 80_usize..400) {
            let notes = entries.join("\n");
            let text = shortened(&notes, limit, "x has all");
            proptest::prop_assert!(text.len() <= limit, "{}: {text}", text.len());
            let kept = text.lines().filter(|line| line.starts_with("- ")).count();
            let left = text.lines().last().and_then(|line| line.split_once(" entr")?.0.parse().ok()).unwrap_or(0);
            proptest::prop_assert_eq!(kept + left, entries.len());
        }
    }
}
