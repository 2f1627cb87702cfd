//! Aligned columns of text on a terminal, in any script.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::RenderOptions;
use super::style::Style;
use crate::source::sanitise_line;

/// The beginning of a command that must stay on one line.
const COMMANDS: [&str; 2] = ["git ", "tollgate "];

/// The columns between two cells.
const GAP: &str = "  ";

/// The minimum width of the last cell, however narrow the terminal.
const MIN_LAST_CELL: usize = 16;

/// The minimum width of any other cell.
const MIN_CELL: usize = 8;

/// Writes rows below a head; if they are wider than the options allow, the widest cells are
/// cut first.
pub(super) fn table<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    options: RenderOptions,
) -> String {
    styled_table(head, rows, options, |_, _| None)
}

/// Like [`table`]; `style` returns the style of a cell by its column and its text.
pub(super) fn styled_table<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    options: RenderOptions,
    style: impl Fn(usize, &str) -> Option<Style>,
) -> String {
    let mut lines: Vec<[String; N]> = vec![head.map(str::to_owned)];
    lines.extend(
        rows.iter()
            .map(|row| row.each_ref().map(|cell| single_line(cell))),
    );
    let mut widths: [usize; N] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].width()).max())
            .map(Option::unwrap_or_default);
    fit(
        &mut widths,
        options
            .width
            .saturating_sub(GAP.len() * N.saturating_sub(1)),
    );
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let is_head = number == 0;
        let rendered = line
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (text, width))| {
                let width = if column + 1 == N { 0 } else { width };
                let shown = truncate(text, widths[column], options);
                let padding = " ".repeat(width.saturating_sub(shown.width()));
                let style = if is_head { None } else { style(column, text) };
                style.map_or_else(|| shown.clone(), |style| options.paint(style, &shown)) + &padding
            });
        let rendered = rendered.collect::<Vec<_>>().join(GAP);
        let rendered = rendered.trim_end();
        out += &if is_head {
            options.paint(Style::Bold, rendered)
        } else {
            rendered.to_owned()
        };
        out.push('\n');
    }
    out
}

/// Shrinks the last column, then the widest of the others, until all fit or none can shrink
/// further.
fn fit(widths: &mut [usize], room: usize) {
    let Some((last, others)) = widths.split_last_mut() else {
        return;
    };
    let taken: usize = others.iter().sum();
    *last = (*last).min(room.saturating_sub(taken).max(MIN_LAST_CELL));
    let mut excess = (taken + *last).saturating_sub(room);
    while excess > 0 {
        let widest = others.iter_mut().filter(|width| **width > MIN_CELL).max();
        let Some(widest) = widest else { break };
        *widest -= 1;
        excess -= 1;
    }
}

/// Text whose width follows from its characters. Tabs are replaced, since the terminal decides
/// their width.
fn single_line(text: &str) -> String {
    sanitise_line(text).replace('\t', " ")
}

/// As much of a text as fits, with a mark if something is omitted.
pub(super) fn truncate(text: &str, columns: usize, options: RenderOptions) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = if options.unicode { "…" } else { "..." };
    let room = columns.saturating_sub(mark.width());
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or_default();
        used <= room
    };
    text.chars()
        .take_while(fits)
        .collect::<String>()
        .trim_end()
        .to_owned()
        + mark
}

/// Breaks a text between its words, so that no line is wider than `width`; later lines begin with
/// `indent` spaces.
///
/// Commands aren't broken: text in backticks, and a Git or Tollgate command after a colon.
pub(super) fn wrap(text: &str, indent: usize, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for part in unbreakable_parts(text) {
        let word = part.strip_suffix(' ').unwrap_or(part);
        let needed = word.width() + usize::from(used > 0);
        if used > 0 && indent + used + needed > width {
            out += &format!("\n{:indent$}", "");
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += word.width();
    }
    out
}

/// The parts of a text between which a line may end, each with the space after it.
pub(super) fn unbreakable_parts(text: &str) -> Vec<&str> {
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let (mut parts, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, character) in text.char_indices() {
        is_quoted ^= character == '`' && is_paired;
        if character == ' ' && !is_quoted {
            let part = &text[start..=at];
            parts.push(part);
            start = at + 1;
            if part.ends_with(": ") && COMMANDS.iter().any(|name| text[start..].starts_with(name)) {
                break;
            }
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: RenderOptions = RenderOptions {
        color: false,
        unicode: true,
        width: 40,
    };

    fn rows(rows: &[[&str; 3]]) -> Vec<[String; 3]> {
        rows.iter().map(|row| row.map(str::to_owned)).collect()
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let rendered = table(
            ["A", "B", "C"],
            &rows(&[["日本", "x", "y"], ["abc", "é", "🎉"]]),
            LOOK,
        );
        assert_eq!(rendered, "A     B  C\n日本  x  y\nabc   é  🎉\n");
    }

    #[test]
    fn the_last_cell_is_cut_to_the_width() {
        let long = "word ".repeat(20);
        let rendered = table(
            ["A", "B", "C"],
            &rows(&[["a", "b", &long], ["a", "b", &"日".repeat(50)]]),
            LOOK,
        );
        assert!(
            rendered.lines().all(|line| line.width() <= 40),
            "{rendered}"
        );
        assert!(
            rendered.lines().skip(1).all(|line| line.ends_with('…')),
            "{rendered}"
        );
        let ascii = table(
            ["A", "B", "C"],
            &rows(&[["a", "b", &long]]),
            RenderOptions {
                unicode: false,
                ..LOOK
            },
        );
        assert!(ascii.ends_with("...\n"), "{ascii}");
    }

    #[test]
    fn the_widest_cells_give_way_on_a_narrow_terminal() {
        let row = [
            "2026-11-20-raise-the-pool",
            "billing-api",
            "Raise the pool to 40",
        ];
        let rendered = table(["ID", "SERVICES", "TITLE"], &rows(&[row]), LOOK);
        assert_eq!(
            rendered,
            "ID          SERVICES    TITLE\n2026-11-2…  billing-a…  Raise the pool…\n"
        );
        let rendered = table(
            ["A", "B", "C"],
            &rows(&[["identity", "b", "a title"]]),
            RenderOptions { width: 1, ..LOOK },
        );
        assert_eq!(rendered, "A         B  C\nidentity  b  a title\n");
    }

    #[test]
    fn cells_are_escaped_and_only_head_is_colored() {
        let rendered = table(
            ["A", "B", "C"],
            &rows(&[["\u{1b}[31m", "a\n\tb", ""]]),
            RenderOptions {
                color: true,
                ..LOOK
            },
        );
        assert_eq!(
            rendered,
            "\u{1b}[1mA           B     C\u{1b}[0m\n\\u{1b}[31m  a  b\n"
        );
    }

    #[test]
    fn a_text_is_wrapped_between_words() {
        assert_eq!(wrap("one two three", 2, 9), "one two\n  three");
        assert_eq!(wrap("one two three", 2, usize::MAX), "one two three");
        assert_eq!(wrap("immeasurable", 2, 5), "immeasurable");
    }
}
