//! Releases, freezes, and planned windows on one axis.

use jiff::{Span, Timestamp, Zoned};

use super::markup::Markup;
use super::plot::{
    Anchor, Cell, Mark, Scale, Side, WIDTH, bar, cut, figure, label, line, mark, numbers, point,
    width_of,
};
use super::section;
use super::summary::forbids;
use super::view::{Planned, ShownRelease, View, counted, occurrences};
use crate::config::FrozenTime;

/// The heights of the rows of labels, and of the axis.
const LABELS: [f64; 4] = [44.0, 30.0, 88.0, 102.0];
const AXIS: f64 = 64.0;
const HEIGHT: f64 = 136.0;
/// How many releases and windows are shown.
const MAX_SHOWN: usize = 500;

/// The releases that are shown, oldest first.
fn latest<'v, 'f>(view: &'v View<'f>) -> &'v [ShownRelease<'f>] {
    &view.releases[view.releases.len().saturating_sub(MAX_SHOWN)..]
}

pub(super) fn write(view: &View<'_>, out: &mut Markup) {
    section(out, "page:releases", "Can I release, and when?", |out| {
        out.leaf("p.lede", &lede(view));
        let start = first_instant(view);
        let scale = Scale::of_time(start, view.horizon(), 20.0);
        figure(out, Side::End, &sentence(view), HEIGHT, |out| {
            write_months(view, start, &scale, out);
            write_freezes(view, start, &scale, out);
            line(
                out,
                "line.axis",
                point(scale.low, AXIS),
                point(scale.high, AXIS),
            );
            write_now(view, &scale, out);
            for Planned { window, .. } in view.coming.iter().take(MAX_SHOWN) {
                let (from, to) = (scale.at_time(window.start), scale.at_time(window.end));
                bar(
                    out,
                    "rect.planned",
                    point(from, AXIS - 8.0),
                    point(to.max(from + 4.0), AXIS + 8.0),
                    "planned",
                );
            }
            for release in latest(view) {
                let at = point(scale.at_time(release.measured.at), AXIS);
                if release.is_emergency() {
                    bar(
                        out,
                        "rect.emergency",
                        point(at.x - 10.0, AXIS - 10.0),
                        point(at.x + 10.0, AXIS + 10.0),
                        "",
                    );
                }
                mark(out, release.mark(), at, &title(view, release));
            }
            write_labels(view, &scale, out);
        });
        write_legend(out);
        write_numbers(view, out);
    });
}

/// The axis starts with the first release of the period.
fn first_instant(view: &View<'_>) -> Timestamp {
    let first = latest(view).first().map(|release| release.measured.at);
    let week = Span::new().hours(7 * 24);
    let first = first.and_then(|first| first.checked_sub(week).ok());
    first
        .unwrap_or(view.start())
        .max(view.start())
        .min(view.now())
}

fn lede(view: &View<'_>) -> String {
    let freezes = &view.facts.config.freezes;
    let next: Vec<String> = freezes
        .iter()
        .flat_map(|freeze| {
            let windows = occurrences(freeze, view.now(), view.horizon());
            windows.into_iter().take(1).map(|window| {
                format!(
                    "{}, {} to {}: {}.",
                    freeze.name,
                    view.clock.day_and_time(window.start),
                    view.clock.day_and_time(window.end),
                    forbids(freeze)
                )
            })
        })
        .take(3)
        .collect();
    let freezes = match next.is_empty() {
        true => "No freeze is configured for the next 14 days.".to_owned(),
        false => next.join(" "),
    };
    let shown = match view.releases.len() {
        count if count > MAX_SHOWN => format!(" The latest {MAX_SHOWN} of {count} releases."),
        _ => String::new(),
    };
    format!("Releases, how they went, and when changes are forbidden.{shown} {freezes}")
}

/// What the plot shows, in one sentence.
fn sentence(view: &View<'_>) -> String {
    let notable: Vec<String> = view
        .releases
        .iter()
        .rev()
        .filter(|release| is_notable(release))
        .take(5)
        .map(|release| format!("{} {}", release.label, release.description()))
        .collect();
    let notable = match notable.is_empty() {
        true => String::new(),
        false => format!(": {}", notable.join("; ")),
    };
    format!(
        "{} on a time axis{notable}",
        counted(view.releases.len(), "release")
    )
}

fn is_notable(release: &ShownRelease<'_>) -> bool {
    release.is_emergency() || matches!(release.mark(), Mark::Bad | Mark::Issues)
}

fn title(view: &View<'_>, release: &ShownRelease<'_>) -> String {
    format!(
        "{}, {}: {}",
        release.label,
        view.clock.day_and_time(release.measured.at),
        release.description()
    )
}

fn write_months(view: &View<'_>, start: Timestamp, scale: &Scale, out: &mut Markup) {
    let is_long = scale.to - scale.from > 200.0 * 86_400.0;
    let mut month = view.clock.local(start).first_of_month().ok();
    let mut last_label = f64::MIN;
    while let Some(at) = month.and_then(|month| month.start_of_day().ok()) {
        if at.timestamp() > view.horizon() {
            break;
        }
        if at.timestamp() >= start {
            let x = scale.at_time(at.timestamp());
            line(out, "line.grid", point(x, 18.0), point(x, HEIGHT - 22.0));
            let text = month_name(&at, is_long);
            if x > last_label && x + width_of(&text) < WIDTH {
                label(
                    out,
                    "text.small",
                    Anchor::Start,
                    point(x + 3.0, 14.0),
                    &text,
                );
                last_label = x + width_of(&text) + 8.0;
            }
        }
        month = at.checked_add(Span::new().months(1)).ok();
    }
}

fn month_name(at: &Zoned, is_long: bool) -> String {
    let format = if is_long && at.month() == 1 {
        "%b %Y"
    } else {
        "%b"
    };
    at.strftime(format).to_string()
}

fn write_freezes(view: &View<'_>, start: Timestamp, scale: &Scale, out: &mut Markup) {
    for freeze in &view.facts.config.freezes {
        // A weekly freeze of the past would hide the releases.
        let from = match freeze.time {
            FrozenTime::Once { .. } => start,
            FrozenTime::Weekly { .. } => view.now(),
        };
        for window in occurrences(freeze, from, view.horizon()) {
            let (from, to) = (scale.at_time(window.start), scale.at_time(window.end));
            let corner = point(to, HEIGHT - 22.0);
            bar(out, "rect.freeze", point(from, 22.0), corner, &freeze.name);
            if matches!(freeze.time, FrozenTime::Once { .. }) {
                let text = cut(&freeze.name, 30);
                let (anchor, x) = if from > WIDTH / 2.0 {
                    (Anchor::End, to)
                } else {
                    (Anchor::Start, from)
                };
                label(out, "text.small", anchor, point(x, HEIGHT - 8.0), &text);
            }
        }
    }
}

fn write_now(view: &View<'_>, scale: &Scale, out: &mut Markup) {
    let x = scale.at_time(view.now());
    line(out, "line.now", point(x, 18.0), point(x, HEIGHT - 22.0));
}

/// The labels for which there is room: those of notable releases first, then the latest.
fn write_labels(view: &View<'_>, scale: &Scale, out: &mut Markup) {
    let mut order: Vec<&ShownRelease<'_>> = latest(view).iter().rev().collect();
    order.sort_by_key(|release| !is_notable(release));
    let mut taken: [Vec<(f64, f64)>; LABELS.len()] = Default::default();
    for release in order {
        let text = match is_notable(release) {
            true => format!("{}, {}", cut(&release.label, 24), release.description()),
            false => cut(&release.label, 24),
        };
        let half = width_of(&text) / 2.0;
        let center = scale.at_time(release.measured.at);
        let center = center.clamp(half, (WIDTH - half).max(half));
        let (from, to) = (center - half, center + half + 6.0);
        let is_free =
            |row: &Vec<(f64, f64)>| row.iter().all(|(left, right)| to < *left || from > *right);
        let Some(row) = taken.iter().position(is_free) else {
            continue;
        };
        taken[row].push((from, to));
        label(
            out,
            "text.small",
            Anchor::Middle,
            point(center, LABELS[row]),
            &text,
        );
    }
}

fn write_legend(out: &mut Markup) {
    super::legend(
        out,
        &[
            (super::Sign::Mark(Mark::Good), "successful"),
            (super::Sign::Mark(Mark::Issues), "with issues"),
            (super::Sign::Mark(Mark::Bad), "rolled back or failed"),
            (super::Sign::Mark(Mark::Unknown), "no outcome recorded"),
            (super::Sign::Box("rect.emergency"), "emergency"),
            (super::Sign::Box("rect.freeze"), "freeze"),
            (super::Sign::Box("rect.planned"), "planned window"),
        ],
    );
}

fn write_numbers(view: &View<'_>, out: &mut Markup) {
    let rows: Vec<Vec<Cell>> = latest(view)
        .iter()
        .rev()
        .map(|release| {
            vec![
                release.label.clone().into(),
                view.clock.day_and_time(release.measured.at).into(),
                release.description().into(),
                release.figures.commits.to_string().into(),
                release.figures.tickets.len().to_string().into(),
                release.figures.risk.unwrap_or("unknown").into(),
            ]
        })
        .collect();
    numbers(
        out,
        &[
            "Release",
            "Tag made",
            "How it went",
            "Commits",
            "Tickets",
            "Highest risk",
        ],
        &rows,
    );
}
