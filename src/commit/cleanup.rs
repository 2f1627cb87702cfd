//! Which lines of an edited message Git keeps, and in which form.
//!
//! Follows `git commit --cleanup` (git-commit(1)). The mode and the comment character come from the
//! caller.

/// The line above the part that `git commit --verbose` adds and that does not belong to the
/// message.
pub(super) const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// The characters from which Git chooses the comment character (`core.commentChar = auto`).
const COMMENT_CHARACTERS: &str = "#;@!$%^&|:";

/// How Git cleans up a message before it stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleanup {
    /// What is removed.
    pub mode: CleanupMode,
    /// The beginning of a comment line.
    pub comment: String,
}

/// What is removed. In every mode, the text below the scissors goes, since `git commit --verbose`
/// added it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CleanupMode {
    /// White space at the ends of lines, extra blank lines, and comments.
    #[default]
    Strip,
    /// White space at the ends of lines and extra blank lines, but not comments.
    Whitespace,
    /// Nothing is removed.
    Verbatim,
}

/// A line that git keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptLine<'a> {
    /// Its text, without its line end.
    pub text: &'a str,
    /// The offset of its beginning in the edited text.
    pub(crate) start: usize,
}

impl Cleanup {
    /// For a message that is already stored.
    #[must_use]
    pub(crate) const fn none() -> Self {
        Self {
            mode: CleanupMode::Verbatim,
            comment: String::new(),
        }
    }

    /// The lines that git keeps, in order.
    #[must_use]
    pub fn lines<'a>(&self, text: &'a str) -> Vec<KeptLine<'a>> {
        let mut kept: Vec<KeptLine<'a>> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let line = KeptLine {
                text: line.strip_suffix('\n').unwrap_or(line),
                start,
            };
            start += line.text.len() + 1;
            if self
                .comments(line.text)
                .is_some_and(|rest| rest == SCISSORS)
            {
                break;
            }
            match self.mode {
                CleanupMode::Verbatim => kept.push(line),
                CleanupMode::Strip if self.comments(line.text).is_some() => {}
                CleanupMode::Strip | CleanupMode::Whitespace => {
                    let line = KeptLine {
                        text: line.text.trim_end_matches(is_space),
                        ..line
                    };
                    let follows_text = kept.last().is_some_and(|last| !last.text.is_empty());
                    if follows_text || !line.text.is_empty() {
                        kept.push(line);
                    }
                }
            }
        }
        if self.mode != CleanupMode::Verbatim
            && kept.last().is_some_and(|last| last.text.is_empty())
        {
            kept.pop();
        }
        kept
    }

    /// The text after the mark of a comment line.
    fn comments<'a>(&self, line: &'a str) -> Option<&'a str> {
        line.strip_prefix(&self.comment)
            .filter(|_| !self.comment.is_empty())
    }
}

impl CleanupMode {
    /// The mode of `commit.cleanup` for a message that is written in an editor.
    #[must_use]
    pub(crate) fn in_editor(word: Option<&str>) -> Self {
        match word {
            Some("whitespace" | "scissors") => Self::Whitespace,
            Some("verbatim") => Self::Verbatim,
            _ => Self::Strip,
        }
    }

    /// The mode of `commit.cleanup` if no editor is opened.
    #[must_use]
    pub(crate) fn without_editor(word: Option<&str>) -> Self {
        match word {
            Some("strip") => Self::Strip,
            Some("verbatim") => Self::Verbatim,
            _ => Self::Whitespace,
        }
    }
}

/// The beginning of comment lines if Git chose it: detected by the scissors, or by the comment at
/// the end.
#[must_use]
pub(crate) fn chosen_comment(text: &str) -> &str {
    let mark = |line: &'_ str| {
        let first = line
            .chars()
            .next()
            .filter(|first| COMMENT_CHARACTERS.contains(*first))?;
        Some(first.len_utf8())
    };
    let above = text.lines().find_map(|line| {
        let mark = mark(line)?;
        (&line[mark..] == SCISSORS).then_some(&line[..mark])
    });
    let last = || {
        text.lines()
            .rev()
            .map(str::trim_end)
            .find(|line| !line.is_empty())
    };
    above
        .or_else(|| last().and_then(|line| Some(&line[..mark(line)?])))
        .unwrap_or("#")
}

/// Whether Git treats a character as white space.
const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(mode: CleanupMode, text: &str) -> Vec<(&str, usize)> {
        let cleanup = Cleanup {
            mode,
            comment: "#".into(),
        };
        cleanup
            .lines(text)
            .into_iter()
            .map(|line| (line.text, line.start))
            .collect()
    }

    const TEXT: &str =
        "\n\n# a\nb \r\n\n\n#\n\nc\n\n# ------------------------ >8 ------------------------\nd\n";

    #[test]
    fn comments_and_idle_white_space_go_and_places_stay() {
        assert_eq!(
            cleaned(CleanupMode::Strip, TEXT),
            [("b", 6), ("", 10), ("c", 15)]
        );
    }

    #[test]
    fn without_an_editor_a_line_with_a_number_sign_is_text() {
        assert_eq!(
            cleaned(CleanupMode::without_editor(None), "#12: a\n"),
            [("#12: a", 0)]
        );
    }

    #[test]
    fn verbatim_keeps_everything_above_the_scissors() {
        assert_eq!(cleaned(CleanupMode::Verbatim, TEXT).len(), 10);
    }

    #[test]
    fn what_git_chose_for_comments_is_seen() {
        assert_eq!(chosen_comment("#1 a\n\n; Please enter\n;\n\n"), ";");
        assert_eq!(
            chosen_comment("a\n@ ------------------------ >8 ------------------------\ndiff\n"),
            "@"
        );
        assert_eq!(chosen_comment("a\n"), "#");
        assert_eq!(chosen_comment(""), "#");
    }

    proptest::proptest! {
        #[test]
        fn kept_lines_have_their_offsets(text in "[#a \r\n]{0,40}") {
            for mode in [CleanupMode::Strip, CleanupMode::Whitespace, CleanupMode::Verbatim] {
                for (line, start) in cleaned(mode, &text) {
                    proptest::prop_assert_eq!(&text[start..start + line.len()], line);
                }
            }
        }
    }
}
