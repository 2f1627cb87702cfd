//! Finds the lines of a message's rest that announce a breaking change.

/// Whether some line starts with `BREAKING CHANGE` or `BREAKING-CHANGE`, then `:` and white space or ` #`, and text
/// follows, on that line or below (Conventional Commits 1.0.0, clauses 8, 12 and 16).
#[must_use]
pub fn announces_breaking(rest: &str) -> bool {
    rest.match_indices("BREAKING").any(|(at, word)| {
        let starts_line = at == 0 || rest.as_bytes()[at - 1] == b'\n';
        starts_line && is_marker(&rest[at + word.len()..])
    })
}

fn is_marker(after: &str) -> bool {
    let Some(after) = after.strip_prefix(" CHANGE").or_else(|| after.strip_prefix("-CHANGE")) else { return false };
    let text =
        after.strip_prefix(" #").or_else(|| after.strip_prefix(':').filter(|text| text.starts_with([' ', '\t', '\n'])));
    text.is_some_and(|text| !text.trim().is_empty())
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
        }
    }
}
