//! The plan of the last release beside what happened.

use jiff::{SignedDuration, Timestamp};

use super::facts::PageTicket;
use super::markup::Markup;
use super::plot::{
    Anchor, Cell, Scale, Side, bar, figure, label, line, number, numbers, point, short_id,
};
use super::view::{ShownRelease, View, counted, rounded};
use super::{Sign, legend, section};
use crate::calendar::Window;
use crate::ticket::{Decision, Section};

const ROW: f64 = 32.0;
const LEFT: f64 = 170.0;
/// How many tickets are drawn, and how many are in the table.
const MAX_DRAWN: usize = 30;
const MAX_LISTED: usize = 300;

/// A ticket with its window, and what is recorded about its deployment.
struct Row<'f> {
    ticket: &'f PageTicket,
    planned: Window,
    /// When it started: `outcome.started_at`, or the first step that is noted as done.
    started: Option<Timestamp>,
    deployed: Option<Timestamp>,
    rollback_fits_until: Option<Timestamp>,
}

pub(super) fn write(view: &View<'_>, out: &mut Markup) {
    let Some((release, rows)) = last_planned(view) else {
        return;
    };
    let heading = "Did the last release go as planned?";
    section(out, "page:last-release", heading, |out| {
        out.leaf("p.lede", &lede(view, release, &rows));
        if rows.len() > MAX_DRAWN {
            let text = format!(
                "The plot shows the first {MAX_DRAWN} of {} tickets.",
                rows.len()
            );
            out.leaf("p.note", &text);
        }
        write_plot(view, release, &rows[..rows.len().min(MAX_DRAWN)], out);
        legend(
            out,
            &[
                (Sign::Box("rect.plan"), "planned window"),
                (Sign::Box("rect.kept"), "deployed in its window"),
                (Sign::Box("rect.late"), "deployed outside its window"),
                (
                    Sign::Line("line.deadline"),
                    "last time at which a rollback fitted",
                ),
            ],
        );
        write_numbers(view, &rows[..rows.len().min(MAX_LISTED)], out);
    });
}

/// The latest release with a ticket that has a window and a deployment.
fn last_planned<'v, 'f>(view: &'v View<'f>) -> Option<(&'v ShownRelease<'f>, Vec<Row<'f>>)> {
    let release = view.releases.last()?;
    let tickets = release.figures.tickets.iter();
    let mut rows: Vec<Row<'f>> = tickets
        .filter_map(|id| Row::of(view.ticket(id)?, view.now()))
        .collect();
    rows.sort_by_key(|row| (row.planned.start, row.ticket.id()));
    (!rows.is_empty()).then_some((release, rows))
}

impl<'f> Row<'f> {
    fn of(ticket: &'f PageTicket, now: Timestamp) -> Option<Self> {
        let planned = ticket.window()?;
        let outcome = ticket.ticket.outcome.as_ref();
        let notes = ticket.ticket.notes.iter();
        let first_step = notes
            .filter(|note| note.step.is_some() && note.section == Some(Section::Deployment))
            .filter_map(|note| Some(note.at?.timestamp))
            .min();
        let past = |at: &Timestamp| *at <= now;
        let deployed = outcome.and_then(|it| Some(it.deployed_at?.timestamp));
        let started = outcome.and_then(|it| Some(it.started_at?.timestamp));
        let within = ticket.ticket.rollback.within;
        Some(Self {
            ticket,
            planned,
            started: started.or(first_step).filter(past),
            deployed: deployed.filter(past),
            rollback_fits_until: within.and_then(|within| planned.end.checked_sub(within).ok()),
        })
    }

    /// Whether it was deployed in its window; `None`: unknown.
    fn is_kept(&self) -> Option<bool> {
        let deployed = self.deployed?;
        let first = self.started.unwrap_or(deployed).min(deployed);
        Some(first >= self.planned.start && deployed <= self.planned.end)
    }

    /// How it went, in words.
    fn verdict(&self) -> String {
        let Some(deployed) = self.deployed else {
            return "no deployment recorded".to_owned();
        };
        let (start, end) = (self.planned.start, self.planned.end);
        let first = self.started.unwrap_or(deployed).min(deployed);
        let length =
            |from: Timestamp, to: Timestamp| rounded(to.duration_since(from).unsigned_abs());
        if deployed > end {
            format!("{} after the window", length(end, deployed))
        } else if first < start {
            format!("{} before the window", length(first, start))
        } else {
            "in its window".to_owned()
        }
    }
}

fn lede(view: &View<'_>, release: &ShownRelease<'_>, rows: &[Row<'_>]) -> String {
    let known = rows.iter().filter(|row| row.is_kept().is_some()).count();
    let kept = rows
        .iter()
        .filter(|row| row.is_kept() == Some(true))
        .count();
    let late = rows
        .iter()
        .filter(|row| row.is_kept() == Some(false))
        .take(3);
    let late: Vec<String> = late
        .map(|row| format!("{}: {}", row.ticket.id(), row.verdict()))
        .collect();
    let late = match late.is_empty() {
        true => String::new(),
        false => format!(" {}.", late.join("; ")),
    };
    let rejected = rows.iter().any(|row| {
        let approvals = &row.ticket.ticket.approvals;
        approvals
            .iter()
            .any(|it| it.decision == Some(Decision::Reject))
    });
    let rejected = if rejected {
        " A ticket has a rejection."
    } else {
        ""
    };
    format!(
        "{}, tagged {}. {kept} of {} deployed in the planned window{}.{late}{rejected}",
        release.label,
        view.clock.day(release.measured.at),
        counted(known, "ticket"),
        match rows.len() - known {
            0 => String::new(),
            unknown => format!("; unknown for {unknown}"),
        }
    )
}

/// The first and the last instant of the plot.
fn bounds(rows: &[Row<'_>]) -> Window {
    let instants = || {
        rows.iter().flat_map(|row| {
            [
                Some(row.planned.start),
                Some(row.planned.end),
                row.started,
                row.deployed,
            ]
        })
    };
    let start = instants().flatten().min().unwrap_or_default();
    let end = instants().flatten().max().unwrap_or_default();
    Window { start, end }
}

fn write_plot(view: &View<'_>, release: &ShownRelease<'_>, rows: &[Row<'_>], out: &mut Markup) {
    let bounds = bounds(rows);
    let scale = Scale::of_time(bounds.start, bounds.end, LEFT);
    let height = 30.0 + ROW * number(rows.len());
    let verdicts: Vec<String> = rows
        .iter()
        .take(5)
        .map(|row| format!("{} {}", row.ticket.id(), row.verdict()))
        .collect();
    let sentence = format!(
        "Planned windows of {} and its deployments: {}",
        release.label,
        verdicts.join("; ")
    );
    figure(out, Side::Start, &sentence, height, |out| {
        write_ticks(view, bounds, &scale, height, out);
        for (index, row) in rows.iter().enumerate() {
            write_row(row, 26.0 + ROW * number(index), &scale, out);
        }
    });
}

fn write_ticks(view: &View<'_>, bounds: Window, scale: &Scale, height: f64, out: &mut Markup) {
    let is_one_day = view.clock.date(bounds.start) == view.clock.date(bounds.end);
    let Some(mut at) = view.clock.start_of(view.clock.date(bounds.start)) else {
        return;
    };
    let step = step_of(bounds.end.duration_since(bounds.start));
    while at <= bounds.end {
        if at >= bounds.start {
            let x = scale.at_time(at);
            line(out, "line.grid", point(x, 18.0), point(x, height - 4.0));
            let format = if is_one_day { "%H:%M" } else { "%-d %b, %H:%M" };
            let text = view.clock.local(at).strftime(format).to_string();
            let anchor = if x > scale.high - 40.0 {
                Anchor::End
            } else {
                Anchor::Middle
            };
            label(out, "text.small", anchor, point(x, 13.0), &text);
        }
        match at.checked_add(step) {
            Ok(next) => at = next,
            Err(_) => return,
        }
    }
}

/// The shortest round step of which at most six fit into a length.
fn step_of(length: SignedDuration) -> SignedDuration {
    const MINUTES: [i64; 11] = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880];
    let steps = MINUTES.into_iter().map(SignedDuration::from_mins);
    let fits = |step: &SignedDuration| length.as_secs() <= 6 * step.as_secs();
    let days = length.as_hours() / 24 / 6 + 1;
    steps
        .filter(fits)
        .min()
        .unwrap_or_else(|| SignedDuration::from_hours(24 * days))
}

fn write_row(row: &Row<'_>, top: f64, scale: &Scale, out: &mut Markup) {
    let name = short_id(row.ticket.id(), 24);
    label(
        out,
        "text.small",
        Anchor::End,
        point(LEFT - 10.0, top + 14.0),
        &name,
    );
    let (from, to) = (
        scale.at_time(row.planned.start),
        scale.at_time(row.planned.end),
    );
    bar(
        out,
        "rect.plan",
        point(from, top),
        point(to, top + 9.0),
        "planned",
    );
    if let Some(deployed) = row.deployed {
        let tag = match row.is_kept() {
            Some(true) => "rect.kept",
            _ => "rect.late",
        };
        let end = scale.at_time(deployed);
        let start = row
            .started
            .map_or(end - 3.0, |started| scale.at_time(started));
        let title = row.verdict();
        bar(
            out,
            tag,
            point(start.min(end), top + 11.0),
            point(end + 3.0, top + 20.0),
            &title,
        );
    }
    if let Some(until) = row.rollback_fits_until {
        let x = scale.at_time(until);
        line(
            out,
            "line.deadline",
            point(x, top - 3.0),
            point(x, top + 23.0),
        );
    }
}

fn write_numbers(view: &View<'_>, rows: &[Row<'_>], out: &mut Markup) {
    let time = |at: Option<Timestamp>| {
        at.map_or_else(
            || "not recorded".to_owned(),
            |at| view.clock.day_and_time(at),
        )
    };
    let rows: Vec<Vec<Cell>> = rows
        .iter()
        .map(|row| {
            vec![
                Cell::Ticket(row.ticket.id().to_owned()),
                view.clock.window(row.planned).into(),
                time(row.started).into(),
                time(row.deployed).into(),
                time(row.rollback_fits_until).into(),
                row.verdict().into(),
            ]
        })
        .collect();
    let head = [
        "Ticket",
        "Planned",
        "Started",
        "Deployed",
        "A rollback fitted until",
        "Deployed when",
    ];
    numbers(out, &head, &rows);
}
