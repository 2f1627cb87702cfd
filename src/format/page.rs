//! A page in Markdown as a terminal shows it: headings and code in style, no marks, prose wrapped.
//!
//! Knows what the pages of rules use: headings, fences, lists, code spans and emphasis. Anything
//! else is shown as it is.

use super::Look;
use super::paint::Style;
use super::table::wrap;

/// The spaces before a line of code.
const INDENT: usize = 4;

/// Renders a page for a terminal.
#[must_use]
pub fn page(markdown: &str, look: Look) -> String {
    let (mut out, mut is_code) = (String::new(), false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        out += &if is_code {
            code(line, look)
        } else {
            paragraph(line, look)
        };
        out.push('\n');
    }
    out
}

fn code(line: &str, look: Look) -> String {
    if line.is_empty() {
        String::new()
    } else {
        format!("{:INDENT$}{}", "", look.paint(Style::Code, line))
    }
}

fn paragraph(line: &str, look: Look) -> String {
    let heading = line.trim_start_matches('#');
    if heading.len() < line.len() && heading.starts_with(' ') {
        return look.paint(Style::Bold, heading.trim_start());
    }
    let indent = if line.starts_with("- ") { 2 } else { 0 };
    inline(&wrap(line, indent, look.width), look)
}

/// Shows code spans and emphasis in style; without color, code keeps its backquotes, which quote
/// it.
fn inline(text: &str, look: Look) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        out += &match (is_code, look.color) {
            (false, _) => emphasis(part, look),
            (true, true) => look.paint(Style::Code, part),
            (true, false) => format!("`{part}`"),
        };
    }
    out
}

/// Takes the asterisks away that stand around a word or more.
fn emphasis(text: &str, look: Look) -> String {
    let parts: Vec<&str> = text.split('*').collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let shown = parts.iter().enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            look.paint(Style::Bold, part)
        } else {
            (*part).to_owned()
        }
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look {
        color: false,
        unicode: true,
        width: 24,
    };

    #[test]
    fn a_page_has_no_marks() {
        let page = page(
            "# a/b\n\n*Every* step is long.\n\n```toml\nx = 1\n```\n\n- `key`: a value of a list\n",
            PLAIN,
        );
        assert_eq!(
            page,
            "a/b\n\nEvery step is long.\n\n    x = 1\n\n- `key`: a value of a\n  list\n"
        );
    }

    #[test]
    fn headings_and_code_are_colored() {
        let page = page(
            "## Bad\n\nuse `git`\n",
            Look {
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
            let shown = page(
                rule.page,
                Look {
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
