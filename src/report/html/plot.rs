//! What all plots are drawn with: SVG in the page, described by a sentence, with the numbers as a
//! table below it.

use jiff::Timestamp;

use super::markup::{Markup, Tag};

/// The width of a plot, in its own unit.
pub(super) const WIDTH: f64 = 720.0;

/// A position in a plot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

pub(super) const fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// Where a label is, seen from its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The sign of a value: its shape and its class, so that color is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A filled circle.
    Good,
    /// A filled triangle.
    Issues,
    /// A cross.
    Bad,
    /// An empty square.
    Unknown,
    /// A filled dot.
    Filled,
    /// An empty dot.
    Empty,
}

/// Values on an axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// The first and the last value.
    pub(super) from: f64,
    pub(super) to: f64,
    /// Their positions.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    /// Instants on a horizontal axis.
    pub(super) fn of_time(start: Timestamp, end: Timestamp, left: f64) -> Self {
        Self {
            from: seconds(start),
            to: seconds(end),
            low: left,
            high: WIDTH - 20.0,
        }
    }

    /// The position of a value; values outside are at the ends.
    pub(super) fn at(&self, value: f64) -> f64 {
        let length = self.to - self.from;
        let part = if length > 0.0 {
            ((value - self.from) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.low + part * (self.high - self.low)
    }

    pub(super) fn at_time(&self, at: Timestamp) -> f64 {
        self.at(seconds(at))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a position in a plot has one decimal"
)]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a position in a plot has one decimal"
)]
pub(super) const fn number(count: usize) -> f64 {
    count as f64
}

/// Whether a plot that does not fit is first seen from its end, where the latest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    End,
}

/// A plot. The sentence says what is to be seen, for those who cannot see it.
pub(super) fn figure(
    out: &mut Markup,
    side: Side,
    sentence: &str,
    height: f64,
    draw: impl FnOnce(&mut Markup),
) {
    let scrolled = Tag::from(match side {
        Side::Start => "div.plot",
        Side::End => "div.plot latest",
    });
    let scrolled = scrolled
        .with("tabindex", 0)
        .with("role", "group")
        .with("aria-label", "Plot; scrolls sideways");
    out.element(scrolled, |out| {
        let svg = Tag::from("svg")
            .with("role", "img")
            .with("aria-label", sentence)
            .with("viewBox", format!("0 0 {} {}", px(WIDTH), px(height)));
        out.element(svg, draw);
    });
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Text(String),
    /// The ID of a ticket.
    Ticket(String),
    /// A text, and the address that it leads to.
    Link(String, Option<String>),
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// The numbers of a plot, closed until somebody opens them.
pub(super) fn numbers(out: &mut Markup, head: &[&'static str], rows: &[Vec<Cell>]) {
    out.element("details.numbers", |out| {
        out.leaf("summary", "The numbers");
        table(out, head, rows);
    });
}

/// A table; the first cell of a row is its heading.
pub(super) fn table(out: &mut Markup, head: &[&'static str], rows: &[Vec<Cell>]) {
    let scrolled = Tag::from("div.table")
        .with("tabindex", 0)
        .with("role", "group")
        .with("aria-label", "Table; scrolls sideways");
    out.element(scrolled, |out| {
        out.element("table", |out| {
            out.element("thead", |out| {
                out.element("tr", |out| {
                    for text in head {
                        out.leaf(Tag::from("th").with("scope", "col"), text);
                    }
                });
            });
            out.element("tbody", |out| {
                for row in rows {
                    out.element("tr", |out| {
                        for (index, cell) in row.iter().enumerate() {
                            let tag = match index {
                                0 => Tag::from("th").with("scope", "row"),
                                _ => Tag::from("td"),
                            };
                            out.element(tag, |out| write_cell(out, cell));
                        }
                    });
                }
            });
        });
    });
}

fn write_cell(out: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Text(text) => out.text(text),
        Cell::Ticket(id) => out.element(Tag::local_link("", id), |out| out.leaf("code", id)),
        Cell::Link(text, address) => match address.as_deref().and_then(Tag::link) {
            Some(tag) => out.leaf(tag, text),
            None => out.text(text),
        },
    }
}

/// A line.
pub(super) fn line(out: &mut Markup, tag: &'static str, from: Point, to: Point) {
    let tag = Tag::from(tag)
        .with("x1", px(from.x))
        .with("y1", px(from.y))
        .with("x2", px(to.x))
        .with("y2", px(to.y));
    out.leaf(tag, "");
}

/// A rectangle from its upper left to its lower right corner.
pub(super) fn bar(out: &mut Markup, tag: &'static str, from: Point, to: Point, title: &str) {
    let tag = Tag::from(tag)
        .with("x", px(from.x))
        .with("y", px(from.y))
        .with("width", px((to.x - from.x).max(1.0)))
        .with("height", px(to.y - from.y))
        .with("rx", 2);
    out.element(tag, |out| write_title(out, title));
}

/// A text.
pub(super) fn label(out: &mut Markup, tag: &'static str, anchor: Anchor, at: Point, text: &str) {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let tag = Tag::from(tag)
        .with("x", px(at.x))
        .with("y", px(at.y))
        .with("text-anchor", anchor);
    out.leaf(tag, text);
}

/// A sign with its center at a position.
pub(super) fn mark(out: &mut Markup, mark: Mark, at: Point, title: &str) {
    let Point { x, y } = at;
    let circle = |class: &'static str, radius: f64| {
        Tag::from("circle")
            .with("class", class)
            .with("cx", px(x))
            .with("cy", px(y))
            .with("r", px(radius))
    };
    let path =
        |class: &'static str, path: String| Tag::from("path").with("class", class).with("d", path);
    let tag = match mark {
        Mark::Good => circle("good", 6.0),
        Mark::Filled => circle("filled", 4.5),
        Mark::Empty => circle("empty", 4.0),
        Mark::Issues => path("issues", format!("M{} {} l7 12 h-14 z", px(x), px(y - 7.0))),
        Mark::Bad => path(
            "bad",
            format!("M{} {} l12 12 m0 -12 l-12 12", px(x - 6.0), px(y - 6.0)),
        ),
        Mark::Unknown => path(
            "empty",
            format!("M{} {} h10 v10 h-10 z", px(x - 5.0), px(y - 5.0)),
        ),
    };
    out.element(tag, |out| write_title(out, title));
}

fn write_title(out: &mut Markup, title: &str) {
    if !title.is_empty() {
        out.leaf("title", title);
    }
}

/// A text that fits into so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most - 1).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// The ID of a ticket without the day that it often begins with: plots are narrow.
pub(super) fn short_id(id: &str, most: usize) -> String {
    let day = id.get(..11).filter(|day| {
        let is_digit = |(index, byte): (usize, u8)| match index {
            4 | 7 | 10 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        day.bytes().enumerate().all(is_digit) && id.len() > 11
    });
    cut(&id[day.map_or(0, str::len)..], most)
}

/// About how wide a small label is.
pub(super) fn width_of(text: &str) -> f64 {
    number(text.chars().count()) * 6.6
}

/// A length with at most one decimal.
pub(super) fn px(length: f64) -> String {
    let text = format!("{length:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_a_scale_are_at_its_ends() {
        let scale = Scale {
            from: 0.0,
            to: 10.0,
            low: 100.0,
            high: 200.0,
        };
        assert_eq!(
            [-1.0, 5.0, 11.0].map(|value| px(scale.at(value))),
            ["100", "150", "200"]
        );
    }

    #[test]
    fn an_axis_of_no_length_has_one_position() {
        let scale = Scale {
            from: 3.0,
            to: 3.0,
            low: 100.0,
            high: 200.0,
        };
        assert_eq!(px(scale.at(3.0)), "100");
    }

    #[test]
    fn the_day_of_an_id_is_left_out() {
        assert_eq!(short_id("2026-11-16-raise-pool", 20), "raise-pool");
        assert_eq!(short_id("2026-11-16-", 20), "2026-11-16-");
        assert_eq!(short_id("T-é-12-raise-pool", 20), "T-é-12-raise-pool");
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(cut("raise the pool", 7), "raise…");
        assert_eq!(cut("pool", 4), "pool");
    }
}
