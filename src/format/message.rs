//! Notes, warnings and errors as standard error shows them: their first words in color, and wrapped
//! between words.
//!
//! Commands stay whole, so that they can be copied: those in backquotes, those after a colon, and
//! lines of their own.

use super::RenderOptions;
use super::style::Style;
use super::table::wrap;

/// The words that begin a line, each with its style.
const LABELS: &[(&str, Style)] = &[
    ("error:", Style::Bad),
    ("warning:", Style::Warning),
    ("note:", Style::Code),
    ("help:", Style::Code),
    ("because:", Style::Faint),
    ("output:", Style::Faint),
];

/// The spaces that begin a line of something to be copied.
const CODE_INDENT: &str = "        ";

/// The spaces that begin the further lines of a paragraph.
const CONTINUATION_INDENT: usize = 2;

/// Lays out sanitised lines for a terminal of the given width.
#[must_use]
pub(crate) fn render_message(text: &str, options: RenderOptions) -> String {
    text.lines()
        .map(|line| layout_line(line, options) + "\n")
        .collect()
}

fn layout_line(line: &str, options: RenderOptions) -> String {
    if line.starts_with(CODE_INDENT) {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let wrapped = wrap(
        line.trim_start_matches(' '),
        indent + CONTINUATION_INDENT,
        options.width,
    );
    let label = LABELS.iter().find(|(word, _)| wrapped.starts_with(word));
    let painted = match label {
        Some((word, style)) => options.paint(*style, word) + &wrapped[word.len()..],
        None => wrapped,
    };
    format!("{:indent$}{painted}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: RenderOptions = RenderOptions {
        color: false,
        unicode: true,
        width: 30,
    };

    #[test]
    fn a_long_note_is_wrapped() {
        assert_eq!(
            render_message("warning: one two three four five six", LOOK),
            "warning: one two three four\n  five six\n"
        );
    }

    #[test]
    fn commands_stay_whole() {
        let text = "  help: to fetch them all, run: git fetch --tags --unshallow origin";
        assert_eq!(
            render_message(text, LOOK),
            "  help: to fetch them all,\n    run:\n    git fetch --tags --unshallow origin\n"
        );
        let text = "help: run `tollgate release --execute --push` now";
        assert_eq!(
            render_message(text, LOOK),
            "help: run\n  `tollgate release --execute --push`\n  now\n"
        );
        let toml = "        version_files = [\"a/very/long/path/Cargo.toml\"]";
        assert_eq!(render_message(toml, LOOK), format!("{toml}\n"));
    }

    #[test]
    fn only_the_first_word_is_colored() {
        let options = RenderOptions {
            color: true,
            width: usize::MAX,
            ..LOOK
        };
        assert_eq!(
            render_message("warning: x\n  help: y", options),
            "\u{1b}[33mwarning:\u{1b}[0m x\n  \u{1b}[36mhelp:\u{1b}[0m y\n"
        );
    }
}
