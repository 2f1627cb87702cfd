//! The planned windows of the next fourteen days.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp};

use super::facts::PageTicket;
use super::markup::{Markup, Tag};
use super::plot::{Anchor, Scale, Side, bar, cut, figure, label, line, number, point};
use super::section;
use super::view::{View, counted, occurrences};
use crate::calendar::{Window, names, overlapping_freezes, scopes_overlap};
use crate::config::Activity;
use crate::source::join_and;

const ROW: f64 = 24.0;
const LEFT: f64 = 150.0;

pub(super) fn write(view: &View<'_>, out: &mut Markup) {
    let coming = view.coming();
    section(out, "page:coming", "What is coming?", |out| {
        if coming.is_empty() {
            out.leaf("p.lede", "No open ticket has a window in the next 14 days.");
        } else {
            out.leaf("p.lede", &lede(view, &coming));
            write_plot(view, &coming, out);
            out.element(Tag::from("ol.coming").with("role", "list"), |out| {
                for (ticket, window) in &coming {
                    write_ticket(view, ticket, *window, out);
                }
            });
        }
        write_unplanned(view, out);
    });
}

fn lede(view: &View<'_>, coming: &[(&PageTicket, Window)]) -> String {
    let conflicts = coming
        .iter()
        .filter(|(ticket, window)| !conflicts(view, ticket, *window).is_empty())
        .count();
    let conflicts = match conflicts {
        0 => "none of them conflicts with another one or a freeze".to_owned(),
        1 => "1 of them has a conflict".to_owned(),
        count => format!("{count} of them have conflicts"),
    };
    format!(
        "{} in the next 14 days; {conflicts}.",
        counted(coming.len(), "planned window")
    )
}

/// What a window conflicts with.
fn conflicts(view: &View<'_>, ticket: &PageTicket, window: Window) -> Vec<String> {
    let mut conflicts = Vec::new();
    for (other, other_window) in view.coming() {
        let is_same = other.id() == ticket.id();
        if !is_same && window.overlaps(other_window) && share_services(ticket, other) {
            conflicts.push(format!("overlaps with {}", other.id()));
        }
    }
    let freezes = &view.facts.config.freezes;
    for (freeze, _) in overlapping_freezes(freezes, Activity::Deploy, window, &[&ticket.ticket]) {
        conflicts.push(format!("is in the freeze {}", freeze.name));
    }
    for before in &ticket.ticket.depends_on {
        let before = view.ticket(&before.text).filter(|before| before.is_open());
        if let Some((before, earlier)) = before.and_then(|it| Some((it, it.window()?)))
            && window.start < earlier.end
        {
            conflicts.push(format!(
                "starts before {} ends, which it depends on",
                before.id()
            ));
        }
    }
    conflicts
}

/// Whether two tickets certainly concern the same service in the same environment: an unnamed one
/// may be any.
fn share_services(one: &PageTicket, other: &PageTicket) -> bool {
    let (one, other) = (&one.ticket, &other.ticket);
    let services = [names(&one.services), names(&other.services)];
    let both_named = services.iter().all(|services| !services.is_empty());
    both_named
        && scopes_overlap(&services[0], &services[1])
        && scopes_overlap(&names(&one.environments), &names(&other.environments))
}

fn write_plot(view: &View<'_>, coming: &[(&PageTicket, Window)], out: &mut Markup) {
    let mut rows: BTreeMap<String, Vec<(&PageTicket, Window)>> = BTreeMap::new();
    for (ticket, window) in coming {
        let services = &ticket.ticket.services;
        if services.is_empty() {
            rows.entry("any service".to_owned())
                .or_default()
                .push((ticket, *window));
        }
        for service in services {
            let name = service.text.trim().to_owned();
            rows.entry(name).or_default().push((ticket, *window));
        }
    }
    let scale = Scale::of_time(view.now(), view.horizon(), LEFT);
    let height = 30.0 + ROW * number(rows.len());
    let sentence = format!(
        "{} by service on an axis of 14 days",
        counted(coming.len(), "planned window")
    );
    figure(out, Side::Start, &sentence, height, |out| {
        write_days(view, &scale, height, out);
        for freeze in &view.facts.config.freezes {
            for frozen in occurrences(freeze, view.now(), view.horizon()) {
                let from = point(scale.at_time(frozen.start), 18.0);
                let to = point(scale.at_time(frozen.end), height - 4.0);
                bar(out, "rect.freeze", from, to, &freeze.name);
            }
        }
        for (index, (service, windows)) in rows.iter().enumerate() {
            let top = 24.0 + ROW * number(index);
            let at = point(LEFT - 10.0, top + 12.0);
            label(out, "text.small", Anchor::End, at, &cut(service, 20));
            for (ticket, window) in windows {
                let tag = match conflicts(view, ticket, *window).is_empty() {
                    true => "rect.planned",
                    false => "rect.conflict",
                };
                let from = scale.at_time(window.start);
                let to = scale.at_time(window.end).max(from + 5.0);
                bar(
                    out,
                    tag,
                    point(from, top),
                    point(to, top + 16.0),
                    ticket.id(),
                );
            }
        }
    });
}

fn write_days(view: &View<'_>, scale: &Scale, height: f64, out: &mut Markup) {
    let mut day = view.clock.local(view.now()).start_of_day().ok();
    let mut count = 0;
    while let Some(at) = day.filter(|at| at.timestamp() < view.horizon()) {
        if at.timestamp() >= view.now() {
            let x = scale.at_time(at.timestamp());
            line(out, "line.grid", point(x, 18.0), point(x, height - 4.0));
            if count % 2 == 0 {
                let text = at.strftime("%a %-d").to_string();
                label(
                    out,
                    "text.small",
                    Anchor::Start,
                    point(x + 2.0, 13.0),
                    &text,
                );
            }
            count += 1;
        }
        day = at.checked_add(Span::new().days(1)).ok();
    }
}

fn write_ticket(view: &View<'_>, ticket: &PageTicket, window: Window, out: &mut Markup) {
    let conflicts = conflicts(view, ticket, window);
    out.element("li", |out| {
        out.element(Tag::local_link("", ticket.id()), |out| {
            out.leaf("b", &super::changes::title(ticket));
        });
        super::changes::write_risk(ticket, out);
        out.leaf("p.meta", &view.clock.window(window));
        out.leaf("p.meta", &needs(view, ticket));
        if !conflicts.is_empty() {
            let text = format!("Conflict: it {}.", join_and(&conflicts));
            out.leaf("p.warning", &text);
        }
    });
}

/// What a ticket still needs, by what its file records.
pub(super) fn needs(view: &View<'_>, ticket: &PageTicket) -> String {
    let by: Vec<String> = ticket
        .current_approvals()
        .filter_map(|approval| Some(view.facts.person(&approval.by.as_ref()?.text)))
        .collect();
    let recorded = match by.is_empty() {
        true => "No approval of the present plan is recorded".to_owned(),
        false => format!("Recorded approvals of the present plan: {}", join_and(&by)),
    };
    let state = ticket.ticket.state.as_str();
    let shortfall = match (
        view.facts.config.approvals.is_some(),
        view.facts.shortfall(ticket),
    ) {
        (false, _) => " The configuration requires none.".to_owned(),
        (true, Some(shortfall)) => format!(" {}.", shortfall.describe().replace('`', "")),
        (true, None) => String::new(),
    };
    format!("State: {state}. {recorded}.{shortfall}")
}

/// The open tickets without a window, in one line.
fn write_unplanned(view: &View<'_>, out: &mut Markup) {
    let is_unplanned = |ticket: &&PageTicket| ticket.is_open() && ticket.window().is_none();
    let count = view.facts.tickets.iter().filter(is_unplanned).count();
    if count > 0 {
        let have = if count == 1 { "has" } else { "have" };
        let text = format!("{} {have} no window.", counted(count, "open ticket"));
        out.leaf("p.note", &text);
    }
    let later = |ticket: &&PageTicket| {
        let starts: Option<Timestamp> = ticket.window().map(|window| window.start);
        ticket.is_open() && starts.is_some_and(|start| start >= view.horizon())
    };
    if let later @ 1.. = view.facts.tickets.iter().filter(later).count() {
        let text = format!("{} planned for later.", counted(later, "ticket"));
        out.leaf("p.note", &text);
    }
}
