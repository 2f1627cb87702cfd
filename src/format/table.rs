//! Columns of text that stand below one another on a terminal, whatever script they are written in.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Look;
use crate::source::sanitise_line;

/// The columns between two cells.
const GAP: &str = "  ";

/// The columns that the last cell has at least, however little is left.
const LEAST_LAST: usize = 16;

/// The most columns of a cell that is not the first or the last.
const MOST_INNER: usize = 28;

/// Writes rows below a head; the last cell is cut where the line would be wider than the look allows.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]], look: Look) -> String {
    let cell = |(index, text): (usize, &str)| {
        let clean = sanitise_line(text);
        let inner = (1..N.saturating_sub(1)).contains(&index);
        if inner { cut(&clean, MOST_INNER, look) } else { clean }
    };
    let lines: Vec<Vec<String>> = std::iter::once(head.to_vec())
        .chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()))
        .map(|row| row.into_iter().enumerate().map(cell).collect())
        .collect();
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let before: usize = widths.iter().rev().skip(1).map(|width| width + GAP.len()).sum();
    let last = look.width.saturating_sub(before).max(LEAST_LAST);
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let mut drawn = String::new();
        for (index, text) in line.iter().enumerate() {
            if index + 1 == N {
                drawn += &cut(text, last, look);
            } else {
                drawn += text;
                drawn += &" ".repeat(widths[index] - text.width());
                drawn += GAP;
            }
        }
        let drawn = drawn.trim_end();
        out += &if number == 0 && look.color { format!("\u{1b}[1m{drawn}\u{1b}[0m\n") } else { format!("{drawn}\n") };
    }
    out
}

/// As much of a text as fits, with a mark where something is left out.
fn cut(text: &str, columns: usize, look: Look) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = if look.unicode { "…" } else { "..." };
    let room = columns.saturating_sub(mark.width());
    let mut used = 0;
    let fits = |character: &char| {
        used += character.width().unwrap_or_default();
        used <= room
    };
    text.chars().take_while(fits).collect::<String>().trim_end().to_owned() + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { color: false, unicode: true, width: 40 };

    fn rows(rows: &[[&str; 3]]) -> Vec<[String; 3]> {
        rows.iter().map(|row| row.map(str::to_owned)).collect()
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let drawn = table(["A", "B", "C"], &rows(&[["日本", "x", "y"], ["abc", "é", "🎉"]]), LOOK);
        assert_eq!(drawn, "A     B  C\n日本  x  y\nabc   é  🎉\n");
    }

    #[test]
    fn the_last_cell_is_cut_to_the_width() {
        let long = "word ".repeat(20);
        let drawn = table(["A", "B", "C"], &rows(&[["a", "b", &long], ["a", "b", &"日".repeat(50)]]), LOOK);
        assert!(drawn.lines().all(|line| line.width() <= 40), "{drawn}");
        assert!(drawn.lines().skip(1).all(|line| line.ends_with('…')), "{drawn}");
        let ascii = table(["A", "B", "C"], &rows(&[["a", "b", &long]]), Look { unicode: false, ..LOOK });
        assert!(ascii.ends_with("...\n"), "{ascii}");
    }

    #[test]
    fn a_narrow_terminal_still_shows_something() {
        let drawn = table(["A", "B", "C"], &rows(&[["identity", "b", "a title"]]), Look { width: 1, ..LOOK });
        assert_eq!(drawn, "A         B  C\nidentity  b  a title\n");
    }

    #[test]
    fn cells_bear_no_controls_and_only_the_head_is_coloured() {
        let drawn = table(["A", "B", "C"], &rows(&[["\u{1b}[31m", "a\nb", ""]]), Look { color: true, ..LOOK });
        assert_eq!(drawn, "\u{1b}[1mA           B    C\u{1b}[0m\n\\u{1b}[31m  a b\n");
    }
}
