//! A page in Markdown as a terminal shows it: headings and code in style, no marks, prose wrapped.
//!
//! Knows what the pages of rules use: headings, fences, lists, tables, code spans and emphasis.
//! Anything else is shown as it is.

use unicode_width::UnicodeWidthStr as _;

use super::RenderOptions;
use super::style::Style;
use super::table::wrap;

/// The spaces before a line of code.
const INDENT: usize = 4;

/// The columns between two cells of a table.
const GAP: usize = 2;

/// The columns that the last cell of a table keeps at least, however narrow the terminal.
const MIN_LAST_CELL: usize = 16;

/// Renders a page for a terminal.
#[must_use]
pub(crate) fn render_markdown(markdown: &str, options: RenderOptions) -> String {
    let (mut out, mut is_code) = (String::new(), false);
    let mut rows: Vec<&str> = Vec::new();
    for line in markdown.lines() {
        if line.starts_with('|') && !is_code {
            rows.push(line);
            continue;
        }
        out += &table(&std::mem::take(&mut rows), options);
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        out += &if is_code {
            code(line, options)
        } else {
            paragraph(line, options)
        };
        out.push('\n');
    }
    out + &table(&rows, options)
}

/// Aligns the columns of a table and wraps the last one; the row of dashes is left out.
fn table(rows: &[&str], options: RenderOptions) -> String {
    let cells = |row: &&str| -> Vec<String> {
        let inner = row.trim().trim_matches('|');
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let is_ruler = |row: &&&str| row.chars().all(|character| "|-: ".contains(character));
    let rows: Vec<Vec<String>> = rows
        .iter()
        .filter(|row| !is_ruler(row))
        .map(cells)
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let shown_width = |text: &str| {
        inline(
            text,
            RenderOptions {
                color: false,
                ..options
            },
        )
        .width()
    };
    let widths: Vec<usize> = (0..columns.saturating_sub(1))
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| shown_width(cell))
                .max()
                .unwrap_or_default()
        })
        .collect();
    let indent: usize = widths.iter().map(|width| width + GAP).sum();
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line += &inline(cell, options);
            line += &" ".repeat(width + GAP - shown_width(cell));
        }
        if let Some(last) = row.get(widths.len()) {
            let room = options.width.max(indent + MIN_LAST_CELL);
            line += &inline(&wrap(last, indent, room), options);
        }
        let line = line.trim_end();
        out += &if number == 0 {
            options.paint(Style::Bold, line)
        } else {
            line.to_owned()
        };
        out.push('\n');
    }
    out
}

fn code(line: &str, options: RenderOptions) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!("{:INDENT$}{}", "", options.paint(Style::Code, line))
    }
}

fn paragraph(line: &str, options: RenderOptions) -> String {
    let heading = line.trim_start_matches('#');
    if heading.len() < line.len() && heading.starts_with(' ') {
        return options.paint(Style::Bold, heading.trim_start());
    }
    let indent = if line.starts_with("- ") { 2 } else { 0 };
    inline(&wrap(line, indent, options.width), options)
}

/// Shows code spans and emphasis in style; without color, code keeps its backquotes, which quote
/// it.
fn inline(text: &str, options: RenderOptions) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        out += &match (is_code, options.color) {
            (false, _) => emphasis(part, options),
            (true, true) => options.paint(Style::Code, part),
            (true, false) => format!("`{part}`"),
        };
    }
    out
}

/// Removes the asterisks around one or more words.
fn emphasis(text: &str, options: RenderOptions) -> String {
    let parts: Vec<&str> = text.split('*').collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let shown = parts.iter().enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            options.paint(Style::Bold, part)
        } else {
            (*part).to_owned()
        }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: RenderOptions = RenderOptions {
        color: false,
        unicode: true,
        width: 24,
    };

    #[test]
    fn a_page_has_no_marks() {
        let page = render_markdown(
            "# a/b\n\n*Every* step is long.\n\n```toml\nx = 1\n```\n\n- `key`: a value of a list\n",
            PLAIN,
        );
        assert_eq!(
            page,
            "a/b\n\nEvery step is long.\n\n    x = 1\n\n- `key`: a value of a\n  list\n"
        );
    }

    #[test]
    fn a_table_has_aligned_columns() {
        let page = render_markdown(
            "| state | required |\n|---|---|\n| `draft` | nothing |\n| `reviewed` | one, two, three, four |\n\nx\n",
            PLAIN,
        );
        assert_eq!(
            page,
            "state       required\n`draft`     nothing\n`reviewed`  one, two, three,\n            four\n\nx\n"
        );
    }

    #[test]
    fn headings_and_code_are_colored() {
        let page = render_markdown(
            "## Bad\n\nuse `git`\n",
            RenderOptions {
                color: true,
                ..PLAIN
            },
        );
        assert_eq!(
            page,
            "\u{1b}[1mBad\u{1b}[0m\n\nuse \u{1b}[36mgit\u{1b}[0m\n"
        );
    }

    #[test]
    fn every_page_of_a_rule_has_paired_marks() {
        for rule in crate::rules::all() {
            let shown = render_markdown(
                rule.page,
                RenderOptions {
                    color: true,
                    width: 80,
                    ..PLAIN
                },
            );
            let prose: String = rule.page.split("```").step_by(2).collect();
            assert!(
                prose.matches('`').count().is_multiple_of(2),
                "{}",
                rule.name
            );
            assert!(!shown.contains("```") && !shown.contains("\n#"), "{shown}");
        }
    }
}
