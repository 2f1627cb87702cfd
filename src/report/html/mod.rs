//! The page of a repository: one HTML file that needs neither a network nor a script.
//!
//! Everything on it answers a question, which is its heading. Texts of people are written by
//! `markup`, which escapes them; the only style and the only script are files of this folder, and
//! the policy of the page allows nothing else.

mod changes;
mod coming;
mod facts;
mod flags;
mod flow;
mod last_release;
mod markup;
mod plot;
mod run_chart;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;
mod view;

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest as _, Sha256};

use crate::release::THIS_TOOL;
use changes::TicketPlace;
pub(crate) use facts::{Due, NextRelease, OpenTask, PageFacts, PageFinding, PageTicket};
use markup::{Markup, Tag};
use plot::Mark;
use view::View;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How many bytes of tickets a file has, so that it stays below 5 MB.
const MAX_BYTES: usize = 3_500_000;

/// How many bytes the list of earlier tickets has.
const MAX_MOVED_BYTES: usize = 800_000;

/// One of the files of the page.
#[derive(Debug)]
pub(crate) struct PageFile {
    /// Its name; empty for a page without one.
    pub(crate) name: String,
    pub(crate) html: String,
}

/// The first words of each file, by which it is known as one of Tollgate's.
pub(crate) const SIGNATURE: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"tollgate ";

/// Writes the page, with the tickets of the last twelve months and all that are open. Earlier ones
/// are in files by year, if the page has a name that these can follow: `index-2025.html` beside
/// `index.html`.
pub(crate) fn pages(facts: &PageFacts, name: Option<&str>) -> Vec<PageFile> {
    let view = View::new(facts);
    let mut shelves = Shelves::of(&view, name);
    let page = PageFile {
        name: name.unwrap_or_default().to_owned(),
        html: write_page(&view, &shelves, name),
    };
    let mut files = vec![page];
    if let Some(name) = name {
        let earlier = std::mem::take(&mut shelves.earlier);
        files.extend(earlier.iter().map(|shelf| PageFile {
            name: shelf.file(name),
            html: write_earlier(&view, shelf, name),
        }));
    }
    files
}

/// Whether a ticket is open, or of the last twelve months.
fn belongs_on_page(view: &View<'_>, ticket: &PageTicket) -> bool {
    ticket.is_open() || ticket.at().is_some_and(|at| at >= view.start())
}

/// The tickets by file.
struct Shelves {
    /// Those of the page.
    page: Markup,
    count: usize,
    /// Whether all that belong on the page fit.
    is_complete: bool,
    /// Those of other files, the latest first.
    earlier: Vec<Shelf>,
}

/// A ticket that may be on the page.
struct WrittenTicket<'f> {
    ticket: &'f PageTicket,
    /// Whether its ID is an anchor; a second ticket of the same ID has none.
    has_anchor: bool,
    html: Markup,
    is_on_page: bool,
}

impl WrittenTicket<'_> {
    /// Writes it; `page` is the file of the page, empty if the ticket is on it.
    fn write(&mut self, view: &View<'_>, page: &str) {
        self.html = Markup::default();
        let place = TicketPlace {
            has_anchor: self.has_anchor,
            page,
        };
        changes::write_ticket(view, self.ticket, place, &mut self.html);
    }
}

/// Chooses the tickets of the page: the open ones, then those of the last twelve months, as far as
/// they fit. Returns whether all of them do.
fn choose(view: &View<'_>, tickets: &mut [WrittenTicket<'_>]) -> bool {
    let (mut bytes, mut is_complete) = (0, true);
    for is_open in [true, false] {
        for written in tickets.iter_mut() {
            let ticket = written.ticket;
            if ticket.is_open() != is_open || !belongs_on_page(view, ticket) {
                continue;
            }
            written.write(view, "");
            bytes += written.html.len();
            written.is_on_page = bytes <= MAX_BYTES;
            is_complete &= written.is_on_page;
        }
    }
    is_complete
}

/// The tickets of a file beside the page.
struct Shelf {
    suffix: String,
    /// `2025`, or `2025, part 2`.
    name: String,
    tickets: Markup,
    count: usize,
    /// The anchors of its tickets.
    anchors: Vec<String>,
}

impl Shelf {
    /// The name of its file beside the page with this name.
    fn file(&self, page: &str) -> String {
        let stem = page.strip_suffix(".html").unwrap_or(page);
        format!("{stem}{}.html", self.suffix)
    }
}

impl Shelves {
    fn of(view: &View<'_>, name: Option<&str>) -> Self {
        let mut anchors = HashSet::new();
        let mut written: Vec<WrittenTicket<'_>> = changes::newest_first(&view.facts.tickets)
            .into_iter()
            .map(|ticket| WrittenTicket {
                ticket,
                has_anchor: anchors.insert(ticket.id()),
                html: Markup::default(),
                is_on_page: false,
            })
            .collect();
        let is_complete = choose(view, &mut written);
        let mut shelves = Self {
            page: Markup::default(),
            count: 0,
            is_complete,
            earlier: Vec::new(),
        };
        let mut by_year: BTreeMap<Option<i16>, Vec<WrittenTicket<'_>>> = BTreeMap::new();
        for mut ticket in written {
            if ticket.is_on_page {
                shelves.page.append(&ticket.html);
                shelves.count += 1;
            } else {
                let at = ticket.ticket.at();
                let year = at.map(|at| view.clock.date(at).year());
                ticket.write(view, name.unwrap_or_default());
                by_year.entry(year).or_default().push(ticket);
            }
        }
        for (year, tickets) in by_year.into_iter().rev() {
            shelves.add_year(year, &tickets);
        }
        shelves
    }

    /// Distributes the tickets of a year over as many files as they need.
    fn add_year(&mut self, year: Option<i16>, tickets: &[WrittenTicket<'_>]) {
        let name = year.map_or_else(|| "undated".to_owned(), |year| year.to_string());
        let (mut part, mut index) = (1, 0);
        while index < tickets.len() {
            let (mut written, mut count, mut anchors) = (Markup::default(), 0, Vec::new());
            while let Some(WrittenTicket {
                ticket,
                html,
                has_anchor,
                ..
            }) = tickets.get(index)
            {
                if count > 0 && written.len() + html.len() > MAX_BYTES {
                    break;
                }
                written.append(html);
                anchors.extend(has_anchor.then(|| ticket.id().to_owned()));
                count += 1;
                index += 1;
            }
            let (suffix, shown) = match part {
                1 => (format!("-{name}"), name.clone()),
                part => (format!("-{name}-{part}"), format!("{name}, part {part}")),
            };
            self.earlier.push(Shelf {
                suffix,
                name: shown,
                tickets: written,
                count,
                anchors,
            });
            part += 1;
        }
    }
}

fn write_page(view: &View<'_>, shelves: &Shelves, name: Option<&str>) -> String {
    let project = &view.facts.metrics.project;
    document(&format!("{project}: changes and releases"), |out| {
        let overdue = summary::overdue(view);
        out.element("header", |out| {
            out.element("h1", |out| {
                out.text(project);
                out.leaf("small", " changes and releases");
            });
            out.leaf("p.meta", &made_from(view));
            summary::write_boxes(view, &overdue, out);
        });
        out.element("main", |out| {
            timeline::write(view, out);
            coming::write(view, out);
            summary::write_overdue(&overdue, out);
            last_release::write(view, out);
            flow::write_lead_times(view, out);
            flow::write_waiting(view, out);
            flow::write_coverage(view, out);
            summary::write_counts(view, out);
            flags::write(view, out);
            write_changes(shelves, name, out);
        });
    })
}

fn write_earlier(view: &View<'_>, shelf: &Shelf, name: &str) -> String {
    let project = &view.facts.metrics.project;
    document(&format!("{project}: changes of {}", shelf.name), |out| {
        out.element("header", |out| {
            out.element("h1", |out| {
                out.text(project);
                out.leaf("small", &format!(" changes of {}", shelf.name));
            });
            out.leaf("p.meta", &made_from(view));
            let link = Tag::local_link(name, "");
            out.element("p", |out| out.leaf(link, "The latest changes and releases"));
        });
        out.element("main", |out| {
            section(out, "page:changes", "Changes", |out| {
                write_controls(shelf.count, out);
                out.element("div.changes", |out| out.append(&shelf.tickets));
            });
        });
    })
}

/// `As of Thu 26 Nov 2026, 10:00 Europe/Berlin, commit 65055d9e10`.
fn made_from(view: &View<'_>) -> String {
    format!(
        "As of {} {}, commit {}",
        view.clock.day_and_time(view.now()),
        view.clock.zone(),
        view.facts.metrics.head.short()
    )
}

fn document(title: &str, write: impl FnOnce(&mut Markup)) -> String {
    let mut out = Markup::default();
    out.constant("<!doctype html>\n");
    out.element(Tag::from("html").with("lang", "en"), |out| {
        out.constant("\n");
        out.element("head", |out| write_head(title, out));
        out.element("body", |out| {
            write(out);
            out.element("footer", |out| {
                out.text(&format!(
                    "{THIS_TOOL}. The same commit and time give the same page; it loads nothing. The figures as JSON: "
                ));
                out.leaf("code", "tollgate report metrics --json");
            });
            out.element("script", |out| out.constant(SCRIPT));
        });
    });
    out.finish()
}

fn write_head(title: &str, out: &mut Markup) {
    out.void(Tag::from("meta").with("charset", "utf-8"));
    out.void(
        Tag::from("meta")
            .with("name", "generator")
            .with("content", THIS_TOOL),
    );
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        sha256(STYLE),
        sha256(SCRIPT)
    );
    out.void(
        Tag::from("meta")
            .with("http-equiv", "Content-Security-Policy")
            .with("content", policy),
    );
    out.void(
        Tag::from("meta")
            .with("name", "viewport")
            .with("content", "width=device-width, initial-scale=1"),
    );
    out.void(
        Tag::from("meta")
            .with("name", "color-scheme")
            .with("content", "light dark"),
    );
    out.void(
        Tag::from("meta")
            .with("name", "referrer")
            .with("content", "no-referrer"),
    );
    out.leaf("title", title);
    out.element("style", |out| out.constant(STYLE));
}

fn write_changes(shelves: &Shelves, name: Option<&str>, out: &mut Markup) {
    section(out, "page:changes", "Changes", |out| {
        let lede = if shelves.is_complete {
            "The tickets of the last twelve months and all that are open, newest first."
        } else {
            "The open tickets and those of the last twelve months, as far as they fit on one page, newest first."
        };
        out.leaf("p.lede", lede);
        write_controls(shelves.count, out);
        out.element("div.changes", |out| {
            out.append(&shelves.page);
            if shelves.count == 0 {
                out.leaf("p.note", "There are no tickets.");
            }
        });
        if shelves.earlier.is_empty() {
            return;
        }
        let count: usize = shelves.earlier.iter().map(|shelf| shelf.count).sum();
        let Some(name) = name else {
            let are = if count == 1 {
                "ticket is"
            } else {
                "tickets are"
            };
            out.element("p.note", |out| {
                out.text(&format!("{count} earlier {are} not on this page; "));
                out.leaf("code", "--output");
                out.text(" writes them to files beside it.");
            });
            return;
        };
        out.leaf("h3", "Earlier changes");
        out.element("ul.earlier", |out| {
            for shelf in &shelves.earlier {
                out.element("li", |out| {
                    out.leaf(Tag::local_link(&shelf.file(name), ""), &shelf.name);
                    out.leaf(
                        "small",
                        &format!(" {}", view::counted(shelf.count, "ticket")),
                    );
                });
            }
        });
        write_moved(shelves, name, out);
    });
}

/// Where each earlier ticket is, so that a link to it on the page still leads there.
fn write_moved(shelves: &Shelves, name: &str, out: &mut Markup) {
    let mut moved = Markup::default();
    for shelf in &shelves.earlier {
        for id in &shelf.anchors {
            if moved.len() > MAX_MOVED_BYTES {
                break;
            }
            moved.element(Tag::from("li").with("id", id), |out| {
                out.leaf(Tag::local_link(&shelf.file(name), id), id);
            });
        }
    }
    out.element("details.numbers moved", |out| {
        out.leaf("summary", "Where each earlier ticket is");
        out.element("ul", |out| out.append(&moved));
    });
}

/// Search and filters, which appear only if scripts run.
fn write_controls(count: usize, out: &mut Markup) {
    let controls = Tag::from("div.controls")
        .with("role", "search")
        .having("hidden");
    out.element(controls, |out| {
        out.element(Tag::from("label").with("for", "page:search"), |out| {
            out.leaf("span.hidden", "Search tickets");
            out.void(
                Tag::from("input")
                    .with("id", "page:search")
                    .with("type", "search")
                    .with("placeholder", "Search, or press /")
                    .with("autocomplete", "off"),
            );
        });
        let states = ["open", "closed", "cancelled"];
        write_choice("state", "State", &states, out);
        write_choice("risk", "Risk", &["low", "medium", "high", "critical"], out);
        let results = ["successful", "with-issues", "rolled-back", "failed"];
        write_choice("result", "Result", &results, out);
        let shown = Tag::from("p.count")
            .with("role", "status")
            .with("data-count", count);
        out.leaf(shown, &view::counted(count, "ticket"));
    });
}

fn write_choice(key: &str, name: &str, values: &[&'static str], out: &mut Markup) {
    let id = format!("page:{key}");
    out.element(Tag::from("label").with("for", &id), |out| {
        out.leaf("span.hidden", name);
        out.element(
            Tag::from("select").with("id", &id).with("data-key", key),
            |out| {
                let any = format!("{name}: any");
                out.leaf(Tag::from("option").with("value", ""), &any);
                for value in values {
                    let words = view::result_in_words(value);
                    out.leaf(Tag::from("option").with("value", value), words);
                }
            },
        );
    });
}

/// A section; its heading is the question that it answers.
fn section(out: &mut Markup, id: &str, heading: &str, write: impl FnOnce(&mut Markup)) {
    let heading_id = format!("{id}:heading");
    let tag = Tag::from("section")
        .with("id", id)
        .with("aria-labelledby", &heading_id);
    out.element(tag, |out| {
        out.leaf(Tag::from("h2").with("id", &heading_id), heading);
        write(out);
    });
}

/// What a sign of a plot means.
enum Sign {
    Mark(Mark),
    Box(&'static str),
    Line(&'static str),
}

fn legend(out: &mut Markup, signs: &[(Sign, &str)]) {
    out.element(Tag::from("ul.legend").with("role", "list"), |out| {
        for (sign, meaning) in signs {
            out.element("li", |out| {
                let svg = Tag::from("svg")
                    .with("viewBox", "0 0 20 20")
                    .with("aria-hidden", "true");
                out.element(svg, |out| match sign {
                    Sign::Mark(mark) => plot::mark(out, *mark, plot::point(10.0, 10.0), ""),
                    Sign::Box(tag) => {
                        let (from, to) = (plot::point(2.0, 4.0), plot::point(18.0, 16.0));
                        plot::bar(out, tag, from, to, "");
                    }
                    Sign::Line(tag) => {
                        let (from, to) = match *tag {
                            "line.median" => (plot::point(1.0, 10.0), plot::point(19.0, 10.0)),
                            _ => (plot::point(10.0, 1.0), plot::point(10.0, 19.0)),
                        };
                        plot::line(out, tag, from, to);
                    }
                });
                out.leaf("span", meaning);
            });
        }
    });
}

/// The hash of a text, as a policy of content names it.
fn sha256(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit > chunk.len() {
                text.push('=');
            } else {
                let value = group >> (18 - 6 * digit) & 63;
                text.push(char::from(DIGITS[value as usize]));
            }
        }
    }
    text
}
