//! Merges two versions of a text as Git does, in memory.
//!
//! `app/gate/merge_inputs.rs` merges a file with it that both sides changed.

/// The result of merging two texts with a common ancestor; `None` if they conflict.
#[must_use]
pub(crate) fn merge3(ancestor: &str, ours: &str, theirs: &str) -> Option<String> {
    let (mut old, mut one, mut other) = (
        git2::MergeFileInput::new(),
        git2::MergeFileInput::new(),
        git2::MergeFileInput::new(),
    );
    old.content(ancestor.as_bytes());
    one.content(ours.as_bytes());
    other.content(theirs.as_bytes());
    // Unlike the rest of git2, `merge_file` does not initialize libgit2, and does not work before
    // something else has.
    git2::Config::new().ok()?;
    // A failed merge is also left to a person.
    let merged = git2::merge_file(&old, &one, &other, None).ok()?;
    merged
        .is_automergeable()
        .then(|| String::from_utf8(merged.content().to_vec()).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "a\nb\nc\nd\ne\n";

    #[test]
    fn edits_far_apart_come_together() {
        let (ours, theirs) = (LINES.replace('a', "1"), LINES.replace('e', "5"));
        assert_eq!(
            merge3(LINES, &ours, &theirs).as_deref(),
            Some("1\nb\nc\nd\n5\n")
        );
    }

    #[test]
    fn edits_of_one_place_are_left_to_a_person() {
        assert_eq!(
            merge3(LINES, &LINES.replace('c', "1"), &LINES.replace('c', "2")),
            None
        );
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        let lines = LINES.replace('\n', "\r\n");
        assert_eq!(
            merge3(&lines, &lines.replace('a', "1"), &lines).as_deref(),
            Some("1\r\nb\r\nc\r\nd\r\ne\r\n")
        );
    }

    #[test]
    fn an_empty_text_and_one_that_is_no_text_are_no_fault() {
        assert_eq!(merge3("", "", "a\n").as_deref(), Some("a\n"));
        assert_eq!(merge3("\0a\n", "\0b\n", "\0c\n"), None);
    }
}
