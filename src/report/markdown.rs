//! Writes Markdown. Texts of people are escaped before they come here.

use crate::changelog::escape;
use crate::source::sanitise_line;

/// A Markdown document, block by block.
#[derive(Debug, Default)]
pub(crate) struct Markdown {
    text: String,
}

impl Markdown {
    /// Starts a block: blocks are separated by an empty line.
    fn block(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.block();
        self.line(&format!("{} {text}", "#".repeat(level)));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        if !text.is_empty() {
            self.block();
            self.line(text);
        }
    }

    /// A list of boxes to tick or of items, one line or block each.
    pub(super) fn list(&mut self, items: impl IntoIterator<Item = Item>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.block();
        for item in items {
            self.line(&format!("- {}{}", item.tick.mark(), item.text));
            for detail in item.details {
                for (index, line) in detail.lines().enumerate() {
                    let indent = if index == 0 { "  - " } else { "    " };
                    self.line(format!("{indent}{line}").trim_end());
                }
            }
        }
    }

    /// A table; cells are escaped texts without line breaks.
    pub(super) fn table(&mut self, header: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.block();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells: Vec<&str> = cells.collect();
            format!("| {} |", cells.join(" | "))
        };
        self.line(&line(&mut header.iter().copied()));
        self.line(&line(&mut header.iter().map(|_| "---")));
        for row in rows {
            self.line(&line(&mut row.iter().map(String::as_str)));
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// An item of a list.
#[derive(Debug)]
pub(crate) struct Item {
    tick: Tick,
    text: String,
    /// Items below it, each a line or a block of code.
    details: Vec<String>,
}

/// Whether an item has a box, and whether it is ticked.
#[derive(Debug, Clone, Copy)]
enum Tick {
    None,
    Open,
    Done,
}

impl Tick {
    const fn mark(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Open => "[ ] ",
            Self::Done => "[x] ",
        }
    }
}

impl Item {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            tick: Tick::None,
            text: text.into(),
            details: Vec::new(),
        }
    }

    /// An item with a box that somebody ticks.
    pub(super) fn open(text: impl Into<String>) -> Self {
        Self {
            tick: Tick::Open,
            ..Self::new(text)
        }
    }

    /// An item with a ticked box.
    pub(super) fn done(text: impl Into<String>) -> Self {
        Self {
            tick: Tick::Done,
            ..Self::new(text)
        }
    }

    /// Adds items below it.
    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// A code span of one line, whatever the text contains.
pub(super) fn code(text: &str) -> String {
    let text = sanitise_line(text);
    let text = text.trim();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A link if the text is an address of the web, or else the text.
pub(super) fn link(text: &str) -> String {
    let Some((_, shown)) = text.split_once("://").filter(|_| is_web_address(text)) else {
        return escape(text);
    };
    let shown = escape(shown.trim_end_matches('/'));
    format!("[{shown}](<{text}>)")
}

/// Whether a text is an address that a browser opens as a page, and nothing else.
fn is_web_address(text: &str) -> bool {
    let is_page = text.starts_with("https://") || text.starts_with("http://");
    is_page
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\`|".contains(c))
}

/// A command: a code span, or a block if it has several lines.
pub(super) fn command(text: &str) -> String {
    let text = text.trim();
    if text.contains('\n') {
        fenced("sh", text)
    } else {
        code(text)
    }
}

pub(super) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<String> = text.lines().map(sanitise_line).collect();
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_stay_inside_a_code_span() {
        assert_eq!(code("a `b` c"), "``a `b` c``");
        assert_eq!(code("`b`"), "`` `b` ``");
    }

    #[test]
    fn a_command_of_several_lines_is_a_block() {
        assert_eq!(command("a \\\n  b\n"), "```sh\na \\\n  b\n```");
        assert_eq!(command(" make deploy "), "`make deploy`");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            link("https://dash.example/pool"),
            "[dash.example/pool](<https://dash.example/pool>)"
        );
        assert!(!link("javascript://x%0aalert(1)").contains("]("));
        assert!(!link("https://a b").contains("]("));
        assert_eq!(link("checkout-drop"), "checkout-drop");
    }

    #[test]
    fn blocks_are_separated_by_empty_lines() {
        let mut out = Markdown::default();
        out.heading(1, "Title");
        out.paragraph("");
        out.list([Item::open("a").with(["b\n\nc".to_owned()]), Item::done("d")]);
        out.table(&["x", "y"], &[vec!["1".into(), "2".into()]]);
        assert_eq!(
            out.finish(),
            "# Title\n\n- [ ] a\n  - b\n\n    c\n- [x] d\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n"
        );
    }
}
