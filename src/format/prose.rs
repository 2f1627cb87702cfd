//! Notes, warnings and errors as standard error shows them: their first words in color, and wrapped
//! between words.
//!
//! Commands stay whole, so that they can be copied: those in backquotes, those after a colon, and
//! lines of their own.

use super::Look;
use super::paint::Style;
use super::table::wrap;

/// The words that begin a line, each with its style.
const HEADS: &[(&str, Style)] = &[
    ("error:", Style::Bad),
    ("warning:", Style::Warning),
    ("note:", Style::Code),
    ("help:", Style::Code),
    ("because:", Style::Faint),
];

/// The spaces that begin a line of something to be copied.
const COPIED: &str = "        ";

/// The spaces that begin the further lines of a paragraph.
const INDENT: usize = 2;

/// Lays out sanitised lines for a terminal of the look's width.
#[must_use]
pub fn prose(text: &str, look: Look) -> String {
    text.lines()
        .map(|line| laid_out(line, look) + "\n")
        .collect()
}

fn laid_out(line: &str, look: Look) -> String {
    if line.starts_with(COPIED) {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let wrapped = wrap(line.trim_start_matches(' '), indent + INDENT, look.width);
    let head = HEADS.iter().find(|(word, _)| wrapped.starts_with(word));
    let painted = match head {
        Some((word, style)) => look.paint(*style, word) + &wrapped[word.len()..],
        None => wrapped,
    };
    format!("{:indent$}{painted}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look {
        color: false,
        unicode: true,
        width: 30,
    };

    #[test]
    fn a_long_note_is_wrapped() {
        assert_eq!(
            prose("warning: one two three four five six", LOOK),
            "warning: one two three four\n  five six\n"
        );
    }

    #[test]
    fn commands_stay_whole() {
        let text = "  help: to fetch them all, run: git fetch --tags --unshallow origin";
        assert_eq!(
            prose(text, LOOK),
            "  help: to fetch them all,\n    run:\n    git fetch --tags --unshallow origin\n"
        );
        let text = "help: run `tollgate release --execute --push` now";
        assert_eq!(
            prose(text, LOOK),
            "help: run\n  `tollgate release --execute --push`\n  now\n"
        );
        let toml = "        version_files = [\"a/very/long/path/Cargo.toml\"]";
        assert_eq!(prose(toml, LOOK), format!("{toml}\n"));
    }

    #[test]
    fn only_the_first_word_is_colored() {
        let look = Look {
            color: true,
            width: usize::MAX,
            ..LOOK
        };
        assert_eq!(
            prose("warning: x\n  help: y", look),
            "\u{1b}[33mwarning:\u{1b}[0m x\n  \u{1b}[36mhelp:\u{1b}[0m y\n"
        );
    }
}
