//! Finds the lines of a message's rest that announce a breaking change.

/// Whether some line starts with `BREAKING CHANGE` or `BREAKING-CHANGE`, then `:` and white space or ` #`, and text
/// follows, on that line or below (Conventional Commits 1.0.0, clauses 8, 12 and 16).
#[must_use]
pub fn announces_breaking(rest: &str) -> bool {
    announcement(rest).is_some()
}

/// What the first of these lines says, and the lines that go on with it, as one line.
///
/// It ends at a blank line, and where another footer begins.
#[must_use]
pub fn breaking_note(rest: &str) -> Option<String> {
    let mut lines = announcement(rest)?.trim_start().lines();
    let mut note = lines.next()?.trim().to_owned();
    for line in lines.take_while(|line| !line.trim().is_empty() && !is_footer(line)) {
        note.push(' ');
        note.push_str(line.trim());
    }
    Some(note)
}

/// The text from the first announcement on.
fn announcement(rest: &str) -> Option<&str> {
    rest.match_indices("BREAKING").find_map(|(at, word)| {
        let starts_line = at == 0 || rest.as_bytes()[at - 1] == b'\n';
        starts_line.then(|| after_marker(&rest[at + word.len()..])).flatten()
    })
}

fn after_marker(after: &str) -> Option<&str> {
    let after = after.strip_prefix(" CHANGE").or_else(|| after.strip_prefix("-CHANGE"))?;
    let text =
        after.strip_prefix(" #").or_else(|| after.strip_prefix(':').filter(|text| text.starts_with([' ', '\t', '\n'])));
    text.filter(|text| !text.trim().is_empty())
}

/// Whether a line begins a footer: `Token: text` or `Token #text`.
fn is_footer(line: &str) -> bool {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(line.len());
    end > 0 && (line[end..].starts_with(": ") || line[end..].starts_with(" #"))
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
    fn what_breaks_is_told_as_one_line() {
        let note = |rest: &str| breaking_note(rest);
        assert_eq!(note("a\n\nBREAKING CHANGE: use\n  /v2\nRefs: #1").as_deref(), Some("use /v2"));
        assert_eq!(note("BREAKING-CHANGE:\nuse /v2\n\nmore").as_deref(), Some("use /v2"));
        assert_eq!(note("a"), None);
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
        }
    }
}
