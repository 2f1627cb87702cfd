//! The first lines of the page, for those who have ten seconds; what is overdue; and the counts.

use super::facts::{Due, OpenTask, PageTicket};
use super::markup::{Markup, Tag};
use super::plot::{Cell, table};
use super::view::{View, counted, occurrences, rounded};
use super::{flags, run_chart};
use crate::config::{Activity, Freeze, FreezeMode};
use crate::report::clock::day;
use crate::report::metrics::{Share, Spread};
use crate::source::join_and;
use crate::ticket::State;

/// One of the boxes: a short answer, with what it is about.
struct Fact {
    answer: String,
    about: String,
    /// The section with more about it.
    section: &'static str,
    is_bad: bool,
}

/// Something that should have been done.
pub(super) struct Overdue {
    text: String,
    detail: String,
    /// The ticket that it is about.
    ticket: Option<String>,
}

pub(super) fn write_boxes(view: &View<'_>, overdue: &[Overdue], out: &mut Markup) {
    let facts = [
        latest(view),
        waiting(view),
        freeze(view),
        overdue_fact(overdue),
    ];
    out.element(Tag::from("ul.boxes").with("role", "list"), |out| {
        for fact in facts {
            out.element(if fact.is_bad { "li.bad" } else { "li" }, |out| {
                let link = Tag::local_link("", fact.section);
                out.element(link, |out| {
                    out.leaf("b", &fact.answer);
                    out.leaf("span", &fact.about);
                });
            });
        }
    });
}

fn latest(view: &View<'_>) -> Fact {
    let section = "page:releases";
    match view.releases.last() {
        None => Fact {
            answer: "No release".to_owned(),
            about: "in the last twelve months".to_owned(),
            section,
            is_bad: false,
        },
        Some(release) => Fact {
            answer: release.label.clone(),
            about: format!(
                "latest release, {}; {}",
                view.clock.day(release.measured.at),
                release.description()
            ),
            section,
            is_bad: false,
        },
    }
}

fn waiting(view: &View<'_>) -> Fact {
    let commits: usize = view.units.iter().map(|unit| unit.unreleased.len()).sum();
    let tickets = &view.facts.tickets;
    let open = tickets.iter().filter(|ticket| ticket.is_open()).count();
    let next: Vec<String> = view
        .facts
        .next
        .iter()
        .filter_map(|next| {
            let version = next.version.as_ref()?;
            Some(match &next.package {
                None => version.clone(),
                Some(package) => format!("{package} {version}"),
            })
        })
        .collect();
    let about = format!(
        "{} not released, {}",
        counted(commits, "commit"),
        counted(open, "open ticket")
    );
    Fact {
        answer: match &next[..] {
            [] => "No release due".to_owned(),
            [one] => format!("Next: {one}"),
            more => format!("{} packages due", more.len()),
        },
        about,
        section: "page:coming",
        is_bad: false,
    }
}

fn freeze(view: &View<'_>) -> Fact {
    let (now, until) = (view.now(), view.horizon());
    let mut coming: Vec<_> = view
        .facts
        .config
        .freezes
        .iter()
        .filter_map(|freeze| Some((*occurrences(freeze, now, until).first()?, freeze)))
        .collect();
    coming.sort_by_key(|(window, freeze)| (window.start, &freeze.name));
    let section = "page:releases";
    let Some((window, freeze)) = coming.first() else {
        return Fact {
            answer: "No freeze".to_owned(),
            about: "now or in the next 14 days".to_owned(),
            section,
            is_bad: false,
        };
    };
    let end = view.clock.day_and_time(window.end);
    let more = match coming.len() {
        1 => String::new(),
        count => format!("; {} more in the next 14 days", count - 1),
    };
    let (answer, about) = if window.start <= now {
        (
            "Freeze now".to_owned(),
            format!("{}, until {end}{more}", freeze.name),
        )
    } else {
        let start = match view.clock.date(window.start) == view.clock.date(now) {
            true => format!("today, {}", view.clock.time(window.start)),
            false => view.clock.short_day(window.start),
        };
        (
            format!("Freeze {start}"),
            format!("{}, until {end}{more}", freeze.name),
        )
    };
    Fact {
        answer,
        about,
        section,
        is_bad: window.start <= now,
    }
}

/// What a freeze forbids.
pub(super) fn forbids(freeze: &Freeze) -> String {
    let activities: Vec<&str> = freeze
        .covers
        .iter()
        .map(|activity| match activity {
            Activity::Deploy => "deployments",
            Activity::Merge => "merges",
            Activity::Release => "releases",
        })
        .collect();
    let of = match &freeze.services[..] {
        [] => String::new(),
        services => format!(" of {}", join_and(services)),
    };
    let places = match &freeze.environments[..] {
        [] => String::new(),
        environments => format!(" in {}", join_and(environments)),
    };
    let exempt: Vec<&str> = freeze.allow.iter().map(|kind| kind.as_str()).collect();
    let exempt = match &exempt[..] {
        [] => String::new(),
        kinds => format!(", except {} tickets", join_and(kinds)),
    };
    let warning = match freeze.mode {
        FreezeMode::Soft => ", a warning only",
        FreezeMode::Hard => "",
    };
    format!("no {}{of}{places}{exempt}{warning}", join_and(&activities))
}

fn overdue_fact(overdue: &[Overdue]) -> Fact {
    let (section, about) = match overdue.first() {
        None => (
            "page:changes",
            "tasks, flags, and tickets are on time".to_owned(),
        ),
        Some(first) => ("page:overdue", first.text.replace('`', "")),
    };
    Fact {
        answer: match overdue.len() {
            0 => "Nothing overdue".to_owned(),
            count => format!("{count} overdue"),
        },
        about,
        section,
        is_bad: !overdue.is_empty(),
    }
}

/// What should have been done by now: tasks of release files, flags, and tickets whose window is
/// over.
pub(super) fn overdue(view: &View<'_>) -> Vec<Overdue> {
    let today = view.clock.date(view.now());
    let tasks = view.facts.tasks.iter().filter(|task| task.is_overdue);
    let tasks = tasks.map(|task| overdue_task(view, task));
    let flags = flags::flags(view).into_iter().filter_map(|flag| {
        flag.is_overdue(today).then(|| Overdue {
            text: format!("Remove the flag `{}`", flag.key),
            detail: detail(view, flag.owner.as_deref(), Some(day(flag.remove_by))),
            ticket: Some(flag.ticket.id().to_owned()),
        })
    });
    let tickets = view.facts.tickets.iter();
    let tickets = tickets.filter_map(|ticket| overdue_ticket(view, ticket));
    tasks.chain(flags).chain(tickets).collect()
}

fn overdue_task(view: &View<'_>, task: &OpenTask) -> Overdue {
    let due = task.due.map(|due| due_in_words(view, due));
    Overdue {
        text: task.text.clone(),
        detail: format!(
            "{}, {}",
            detail(view, task.owner.as_deref(), due),
            task.path
        ),
        ticket: None,
    }
}

fn due_in_words(view: &View<'_>, due: Due) -> String {
    match due {
        Due::Day(date) => day(date),
        Due::Time(at) => view.clock.day_and_time(at),
    }
}

fn detail(view: &View<'_>, owner: Option<&str>, due: Option<String>) -> String {
    let owner = owner.map(|owner| view.facts.person(owner));
    let due = due.map(|due| format!("due {due}"));
    let parts: Vec<String> = owner.into_iter().chain(due).collect();
    parts.join(", ")
}

fn overdue_ticket(view: &View<'_>, ticket: &PageTicket) -> Option<Overdue> {
    let is_planned = ticket.is_open() && ticket.ticket.state > State::Draft;
    let end = ticket.window()?.end;
    (is_planned && end < view.now()).then(|| Overdue {
        text: format!("Close the ticket “{}”", ticket.ticket.title.text.trim()),
        detail: format!(
            "its window ended {}, and its state is {}",
            view.clock.day_and_time(end),
            ticket.ticket.state.as_str()
        ),
        ticket: Some(ticket.id().to_owned()),
    })
}

pub(super) fn write_overdue(overdue: &[Overdue], out: &mut Markup) {
    const MAX_SHOWN: usize = 50;
    if overdue.is_empty() {
        return;
    }
    super::section(out, "page:overdue", "What is overdue?", |out| {
        out.element("ul.tasks", |out| {
            for item in overdue.iter().take(MAX_SHOWN) {
                out.element("li", |out| {
                    out.element("span", |out| match &item.ticket {
                        None => out.prose(&item.text),
                        Some(id) => out.element(Tag::local_link("", id), |out| {
                            out.text(&item.text.replace('`', ""));
                        }),
                    });
                    out.leaf("small", &item.detail);
                });
            }
        });
        if let more @ 1.. = overdue.len().saturating_sub(MAX_SHOWN) {
            out.leaf("p.note", &format!("And {more} more."));
        }
    });
}

/// The counts of the last twelve months.
pub(super) fn write_counts(view: &View<'_>, out: &mut Markup) {
    super::section(out, "page:counts", "Does it work?", |out| {
        out.leaf(
            "p.lede",
            "Counts of the last twelve months. What no ticket records is unknown, and is not counted.",
        );
        for unit in &view.units {
            if let Some(package) = unit.package {
                out.leaf("h3", package);
            }
            let figures = &unit.figures;
            let rows = [
                ("Releases that failed", share(&figures.failed)),
                ("Releases with an emergency", share(&figures.emergencies)),
                ("Rollbacks that were rehearsed", share(&figures.rehearsed)),
                (
                    "Tickets that record what was measured",
                    share(&figures.measured),
                ),
                ("Windows that were kept", share(&figures.windows_kept)),
                (
                    "Deployment steps marked as automated",
                    share(&figures.automated_steps),
                ),
                ("Commits with a ticket", share(&figures.with_ticket)),
                (
                    "From writing a commit to its deployment",
                    spread(&figures.lead_time),
                ),
                (
                    "From adding a ticket to its last approval",
                    spread(&figures.approval_wait),
                ),
            ];
            let rows: Vec<Vec<Cell>> = rows
                .into_iter()
                .map(|(name, (value, remark))| vec![name.into(), value.into(), remark.into()])
                .collect();
            table(out, &["What", "How many", "Which"], &rows);
            run_chart::write(view, unit.package, out);
        }
    });
}

fn share(share: &Share) -> (String, String) {
    const MAX_NAMED: usize = 4;
    let is_named = share.ids.len() <= MAX_NAMED && share.ids.iter().all(|id| id.len() < 40);
    let names = if is_named {
        share.ids.join(", ")
    } else {
        String::new()
    };
    let count = match (share.of, share.unknown) {
        (0, 0) => "none".to_owned(),
        (0, unknown) => format!("unknown for all {unknown}"),
        (of, 0) => format!("{} of {of}", share.count),
        (of, unknown) => format!("{} of {of}; unknown for {unknown}", share.count),
    };
    (count, names)
}

fn spread(spread: &Spread) -> (String, String) {
    let words = |seconds| rounded(std::time::Duration::from_secs(seconds));
    let unknown = match spread.unknown {
        0 => String::new(),
        count => format!("; unknown for {count}"),
    };
    match (spread.median_seconds, spread.p90_seconds) {
        (Some(median), Some(p90)) => (
            format!("median {}", words(median)),
            format!(
                "90th percentile {}, of {} values{unknown}",
                words(p90),
                spread.values
            ),
        ),
        _ => ("unknown".to_owned(), String::new()),
    }
}
