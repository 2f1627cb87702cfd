//! How long changes take, where they wait, and what is released without a ticket.

use std::time::Duration;

use super::facts::PageTicket;
use super::markup::{Markup, Tag};
use super::plot::{
    Anchor, Cell, Mark, Scale, Side, WIDTH, bar, cut, figure, label, line, mark, number, numbers,
    point, short_id,
};
use super::view::{ShownRelease, View, counted, rounded};
use super::{Sign, legend, section};
use crate::report::metrics::MeasuredCommit;
use crate::ticket::{Kind, RiskLevel};

/// How many releases a plot shows, and how many commits of each.
const MAX_RELEASES: usize = 10;
const MAX_COMMITS: usize = 40;
const MAX_TICKETS: usize = 20;
const MAX_LISTED: usize = 200;
const HOUR: f64 = 3_600.0;

/// The last releases with commits, oldest first.
fn last_releases<'v, 'f>(view: &'v View<'f>) -> Vec<&'v ShownRelease<'f>> {
    let with_commits = |release: &&ShownRelease<'_>| !release.measured.commits.is_empty();
    let all: Vec<&ShownRelease<'_>> = view.releases.iter().filter(with_commits).collect();
    all[all.len().saturating_sub(MAX_RELEASES)..].to_vec()
}

/// ` of the last 10 releases with commits`, if there are more.
fn of_releases(view: &View<'_>) -> String {
    let with_commits = |release: &&ShownRelease<'_>| !release.measured.commits.is_empty();
    let count = view.releases.iter().filter(with_commits).count();
    if count > MAX_RELEASES {
        format!(" The plot shows the last {MAX_RELEASES} of {count} releases.")
    } else {
        String::new()
    }
}

/// A commit of the plot of lead times.
struct Dot<'f> {
    commit: &'f MeasuredCommit,
    lead: Duration,
}

fn dots<'f>(release: &ShownRelease<'f>) -> Vec<Dot<'f>> {
    let commits = release.measured.commits.iter().zip(&release.lead);
    let mut dots: Vec<Dot<'_>> = commits
        .filter_map(|(commit, lead)| {
            Some(Dot {
                commit,
                lead: (*lead)?,
            })
        })
        .collect();
    dots.sort_by_key(|dot| (dot.lead, &dot.commit.id));
    dots
}

/// At most so many of these, evenly chosen, with the first and the last.
fn sample<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let count = items.len();
    if count <= most {
        return items;
    }
    let chosen = |index: &usize| {
        let position = index * (most - 1) / (count - 1);
        // The first index of each position, and the last index.
        *index == count - 1 || *index == 0 || position != (index - 1) * (most - 1) / (count - 1)
    };
    let items = items.into_iter().enumerate();
    items
        .filter(|(index, _)| chosen(index))
        .map(|(_, item)| item)
        .collect()
}

pub(super) fn write_lead_times(view: &View<'_>, out: &mut Markup) {
    let releases = last_releases(view);
    let columns: Vec<_> = releases
        .iter()
        .map(|release| (*release, dots(release)))
        .collect();
    let longest = columns
        .iter()
        .filter_map(|(_, dots)| Some(dots.last()?.lead))
        .max();
    let Some(longest) = longest else {
        return;
    };
    let heading = "How long does a change take to reach users?";
    section(out, "page:lead-times", heading, |out| {
        let is_sampled = columns.iter().any(|(_, dots)| dots.len() > MAX_COMMITS);
        let sampled = if is_sampled {
            " Of a release with more than 40 commits, 40 are drawn, evenly chosen."
        } else {
            ""
        };
        let median = medians(view);
        out.leaf(
            "p.lede",
            &format!(
                "From writing a commit to its deployment. A dot is a commit, filled if it has a ticket; the line is the median of the release. {median}{}{sampled}",
                of_releases(view)
            ),
        );
        let axis = Axis::up_to(longest);
        let scale = Scale {
            from: 0.0,
            to: axis.top,
            low: 160.0,
            high: 20.0,
        };
        let sentence = format!(
            "Lead time of commits by release, from {} to {}. {median}",
            columns
                .iter()
                .filter_map(|(_, dots)| dots.first())
                .map(|dot| dot.lead)
                .min()
                .map_or_else(String::new, rounded),
            rounded(longest)
        );
        figure(out, Side::End, &sentence, 196.0, |out| {
            for tick in 0..=axis.ticks {
                let value = axis.top * number(tick) / number(axis.ticks);
                let y = scale.at(value);
                line(out, "line.grid", point(50.0, y), point(WIDTH - 10.0, y));
                label(
                    out,
                    "text.small",
                    Anchor::End,
                    point(44.0, y + 4.0),
                    &axis.label(value),
                );
            }
            let width = (WIDTH - 60.0) / number(columns.len());
            for (index, (release, dots)) in columns.into_iter().enumerate() {
                let column = Column {
                    left: 50.0 + width * number(index),
                    width,
                };
                write_column(release, dots, column, &scale, out);
            }
        });
        let signs = [
            (Sign::Mark(Mark::Filled), "commit with a ticket"),
            (Sign::Mark(Mark::Empty), "commit without a ticket"),
            (Sign::Line("line.median"), "median"),
        ];
        legend(out, &signs);
        write_lead_numbers(&releases, out);
    });
}

fn medians(view: &View<'_>) -> String {
    let medians: Vec<String> = view
        .units
        .iter()
        .filter_map(|unit| {
            let spread = &unit.figures.lead_time;
            let median = rounded(Duration::from_secs(spread.median_seconds?));
            let of = unit
                .package
                .map_or_else(String::new, |package| format!(" of {package}"));
            Some(format!(
                "Median of all {} commits{of}: {median}.",
                spread.values
            ))
        })
        .take(3)
        .collect();
    medians.join(" ")
}

/// An axis of durations.
struct Axis {
    /// The value at its top, in seconds.
    top: f64,
    ticks: usize,
    /// The length of a unit, and its sign.
    unit: f64,
    sign: &'static str,
}

impl Axis {
    /// The shortest axis with round ticks that reaches a duration.
    fn up_to(longest: Duration) -> Self {
        let seconds = longest.as_secs_f64();
        let (unit, sign) = match seconds {
            seconds if seconds > 72.0 * HOUR => (24.0 * HOUR, "d"),
            seconds if seconds > 3.0 * HOUR => (HOUR, "h"),
            _ => (60.0, "min"),
        };
        let steps = [1.0, 2.0, 5.0];
        let powers = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
        let step = powers
            .iter()
            .flat_map(|power| steps.iter().map(move |step| step * power))
            .find(|step| step * unit * 5.0 >= seconds)
            .unwrap_or(100_000.0);
        let ticks = (1..=5)
            .find(|ticks| step * unit * number(*ticks) >= seconds)
            .unwrap_or(5);
        Self {
            top: step * unit * number(ticks),
            ticks,
            unit,
            sign,
        }
    }

    fn label(&self, value: f64) -> String {
        format!("{:.0} {}", value / self.unit, self.sign)
    }
}

/// The place of a release in the plot.
#[derive(Clone, Copy)]
struct Column {
    left: f64,
    width: f64,
}

fn write_column(
    release: &ShownRelease<'_>,
    dots: Vec<Dot<'_>>,
    column: Column,
    scale: &Scale,
    out: &mut Markup,
) {
    let Column { left, width } = column;
    let center = left + width / 2.0;
    let count = dots.len();
    let dots = sample(dots, MAX_COMMITS);
    let step = ((width - 16.0) / number(dots.len().max(2) - 1)).min(11.0);
    let first = center - step * number(dots.len().max(1) - 1) / 2.0;
    if let Some(median) = release.figures.lead_time.median_seconds {
        let y = scale.at(Duration::from_secs(median).as_secs_f64());
        line(
            out,
            "line.median",
            point(left + 8.0, y),
            point(left + width - 8.0, y),
        );
    }
    for (index, dot) in dots.iter().enumerate() {
        let at = point(
            first + step * number(index),
            scale.at(dot.lead.as_secs_f64()),
        );
        let sign = if dot.commit.tickets.is_empty() {
            Mark::Empty
        } else {
            Mark::Filled
        };
        let title = format!("{}: {}", cut(&dot.commit.headline, 80), rounded(dot.lead));
        mark(out, sign, at, &title);
    }
    let most = ((width / 6.6) as usize).max(4);
    label(
        out,
        "text.small",
        Anchor::Middle,
        point(center, 178.0),
        &cut(&release.label, most),
    );
    label(
        out,
        "text.small",
        Anchor::Middle,
        point(center, 192.0),
        &format!("n = {count}"),
    );
}

fn write_lead_numbers(releases: &[&ShownRelease<'_>], out: &mut Markup) {
    let rows: Vec<Vec<Cell>> = releases
        .iter()
        .rev()
        .map(|release| {
            let spread = &release.figures.lead_time;
            let words = |seconds: Option<u64>| {
                let seconds = seconds.map(Duration::from_secs);
                seconds.map_or_else(|| "unknown".to_owned(), rounded)
            };
            vec![
                release.label.clone().into(),
                spread.values.to_string().into(),
                spread.unknown.to_string().into(),
                words(spread.median_seconds).into(),
                words(spread.p90_seconds).into(),
            ]
        })
        .collect();
    numbers(
        out,
        &["Release", "Commits", "Unknown", "Median", "90th percentile"],
        &rows,
    );
}

/// A ticket that waited for its approval.
struct Wait<'f> {
    ticket: &'f PageTicket,
    waited: Duration,
}

pub(super) fn write_waiting(view: &View<'_>, out: &mut Markup) {
    let mut waits: Vec<_> = view
        .facts
        .tickets
        .iter()
        .filter_map(|ticket| {
            let (added, approved) = (ticket.added_at?, ticket.approved_at()?);
            let is_past = approved >= added && approved <= view.now();
            is_past.then(|| Wait {
                ticket,
                waited: approved.duration_since(added).unsigned_abs(),
            })
        })
        .collect();
    waits.sort_by_key(|wait| {
        (
            std::cmp::Reverse(wait.ticket.approved_at()),
            wait.ticket.id(),
        )
    });
    let count = waits.len();
    waits.truncate(MAX_TICKETS);
    waits.reverse();
    let Some(longest) = waits.iter().map(|wait| wait.waited).max() else {
        return;
    };
    section(out, "page:waiting", "Where does it wait?", |out| {
        let shown = if count > waits.len() {
            format!(" The last {} of {count} tickets.", waits.len())
        } else {
            String::new()
        };
        let lede = format!(
            "From adding a ticket to the last approval of its present plan, as the ticket records it.{shown}"
        );
        out.leaf("p.lede", &lede);
        let axis = Axis::up_to(longest);
        let scale = Scale {
            from: 0.0,
            to: axis.top,
            low: 190.0,
            high: WIDTH - 120.0,
        };
        let height = 26.0 + 20.0 * number(waits.len());
        let sentence = format!(
            "Waiting time of {}, the longest {}",
            counted(waits.len(), "ticket"),
            rounded(longest)
        );
        figure(out, Side::Start, &sentence, height, |out| {
            for tick in 0..=axis.ticks {
                let value = axis.top * number(tick) / number(axis.ticks);
                let x = scale.at(value);
                line(out, "line.grid", point(x, 16.0), point(x, height - 2.0));
                label(
                    out,
                    "text.small",
                    Anchor::Middle,
                    point(x, 12.0),
                    &axis.label(value),
                );
            }
            for (index, wait) in waits.iter().enumerate() {
                write_wait(wait, 22.0 + 20.0 * number(index), &scale, out);
            }
        });
        let rows: Vec<Vec<Cell>> = waits
            .iter()
            .rev()
            .map(|wait| wait_row(view, wait))
            .collect();
        numbers(
            out,
            &["Ticket", "Risk", "Added", "Last approval", "Waited"],
            &rows,
        );
    });
}

fn write_wait(wait: &Wait<'_>, top: f64, scale: &Scale, out: &mut Markup) {
    let name = short_id(wait.ticket.id(), 27);
    label(
        out,
        "text.small",
        Anchor::End,
        point(182.0, top + 10.0),
        &name,
    );
    let tag = match wait.ticket.risk {
        RiskLevel::Low => "rect.low",
        RiskLevel::Medium => "rect.medium",
        RiskLevel::High | RiskLevel::Critical => "rect.high",
    };
    let end = scale.at(wait.waited.as_secs_f64());
    bar(out, tag, point(scale.low, top), point(end, top + 12.0), "");
    let text = format!("{}, {}", rounded(wait.waited), risk_of(wait.ticket));
    label(
        out,
        "text.small",
        Anchor::Start,
        point(end + 6.0, top + 10.0),
        &text,
    );
}

fn risk_of(ticket: &PageTicket) -> String {
    let risk = ticket.risk.as_str();
    match ticket.ticket.kind {
        Kind::Emergency => format!("{risk}, emergency"),
        Kind::Normal => risk.to_owned(),
    }
}

fn wait_row(view: &View<'_>, wait: &Wait<'_>) -> Vec<Cell> {
    let time = |at: Option<jiff::Timestamp>| {
        at.map_or_else(|| "unknown".to_owned(), |at| view.clock.day_and_time(at))
    };
    vec![
        Cell::Ticket(wait.ticket.id().to_owned()),
        risk_of(wait.ticket).into(),
        time(wait.ticket.added_at).into(),
        time(wait.ticket.approved_at()).into(),
        rounded(wait.waited).into(),
    ]
}

/// The commits of a release, or those that are not released.
struct Batch<'v> {
    label: String,
    commits: &'v [MeasuredCommit],
}

pub(super) fn write_coverage(view: &View<'_>, out: &mut Markup) {
    let mut batches: Vec<Batch<'_>> = last_releases(view)
        .into_iter()
        .map(|release| Batch {
            label: release.label.clone(),
            commits: &release.measured.commits,
        })
        .collect();
    let unreleased = view.units.iter().filter(|unit| !unit.unreleased.is_empty());
    batches.extend(unreleased.map(|unit| Batch {
        label: unit.package.map_or_else(
            || "not released".to_owned(),
            |package| format!("{package}, not released"),
        ),
        commits: unit.unreleased,
    }));
    batches.reverse();
    if batches.is_empty() {
        return;
    }
    section(
        out,
        "page:coverage",
        "What is released without a ticket?",
        |out| {
            let all: usize = batches.iter().map(|batch| batch.commits.len()).sum();
            let with_ticket: usize = batches.iter().map(Batch::with_ticket).sum();
            let lede = format!(
                "A square is a commit that changes the product, filled if it has a ticket: {with_ticket} of {all}.{} A longer row is drawn as a bar.",
                of_releases(view)
            );
            out.leaf("p.lede", &lede);
            out.element(Tag::from("ul.coverage").with("role", "list"), |out| {
                for batch in &batches {
                    write_batch(view, batch, out);
                }
            });
            write_uncovered(view, &batches, out);
        },
    );
}

impl Batch<'_> {
    fn with_ticket(&self) -> usize {
        let commits = self.commits.iter();
        commits.filter(|commit| !commit.tickets.is_empty()).count()
    }
}

fn write_batch(view: &View<'_>, batch: &Batch<'_>, out: &mut Markup) {
    let (count, of) = (batch.with_ticket(), batch.commits.len());
    out.element("li", |out| {
        out.leaf("span.name", &batch.label);
        if of <= MAX_COMMITS {
            out.element("span.squares", |out| {
                for commit in batch.commits {
                    write_square(view, commit, out);
                }
            });
        } else {
            out.element("span.squares", |out| {
                let svg = Tag::from("svg")
                    .with("class", "share")
                    .with("aria-hidden", "true")
                    .with("viewBox", "0 0 400 12")
                    .with("preserveAspectRatio", "none");
                out.element(svg, |out| {
                    let part = 400.0 * number(count) / number(of);
                    bar(
                        out,
                        "rect.uncovered",
                        point(0.0, 0.0),
                        point(400.0, 12.0),
                        "",
                    );
                    if count > 0 {
                        bar(out, "rect.covered", point(0.0, 0.0), point(part, 12.0), "");
                    }
                });
            });
        }
        out.leaf("span.count", &format!("{count} of {of}"));
    });
}

fn write_square(view: &View<'_>, commit: &MeasuredCommit, out: &mut Markup) {
    let (class, with) = if commit.tickets.is_empty() {
        ("square", "without a ticket")
    } else {
        ("square covered", "with a ticket")
    };
    let title = format!(
        "{} {}, {with}",
        &short(&commit.id),
        cut(&commit.headline, 80)
    );
    let address = view.address_of(commit);
    match address.as_deref().and_then(Tag::link) {
        Some(link) => {
            let link = link.with("class", class).with("title", &title);
            out.leaf(link.with("aria-label", &title), "");
        }
        None => {
            let tag = Tag::from("span").with("class", class).with("role", "img");
            out.leaf(tag.with("title", &title).with("aria-label", &title), "");
        }
    }
}

/// The ID of a commit in ten digits.
pub(super) fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

fn write_uncovered(view: &View<'_>, batches: &[Batch<'_>], out: &mut Markup) {
    let without = || {
        batches.iter().flat_map(|batch| {
            let commits = batch.commits.iter().filter(|it| it.tickets.is_empty());
            commits.map(|commit| (batch.label.clone(), commit))
        })
    };
    let rows: Vec<Vec<Cell>> = without()
        .take(MAX_LISTED)
        .map(|(label, commit)| {
            vec![
                Cell::Link(short(&commit.id), view.address_of(commit)),
                label.into(),
                cut(&commit.headline, 120).into(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let count = without().count();
    out.element("details.numbers", |out| {
        let summary = match count {
            1 => "The commit without a ticket".to_owned(),
            count if count > MAX_LISTED => {
                format!("The first {MAX_LISTED} of {count} commits without a ticket")
            }
            count => format!("The {count} commits without a ticket"),
        };
        out.leaf("summary", &summary);
        super::plot::table(out, &["Commit", "Release", "First line"], &rows);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_keeps_the_ends() {
        let sampled = sample((0..1000).collect(), 40);
        assert_eq!((sampled.first(), sampled.last()), (Some(&0), Some(&999)));
        assert!(sampled.len() <= 41, "{}", sampled.len());
        assert_eq!(sample(vec![1, 2], 40), [1, 2]);
    }

    #[test]
    fn an_axis_has_round_ticks() {
        let axis = |hours: u64| {
            let axis = Axis::up_to(Duration::from_secs(hours * 3_600));
            (axis.label(axis.top), axis.ticks)
        };
        assert_eq!(axis(18 * 24), ("20 d".to_owned(), 4));
        assert_eq!(axis(48), ("50 h".to_owned(), 5));
        assert_eq!(axis(1), ("60 min".to_owned(), 3));
    }
}
