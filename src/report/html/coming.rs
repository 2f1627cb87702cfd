//! The planned windows of the next fourteen days.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp};

use super::facts::PageTicket;
use super::markup::{Markup, Tag};
use super::plot::{Anchor, Scale, Side, bar, cut, figure, label, line, number, point};
use super::section;
use super::view::{Planned, View, counted, occurrences};
use crate::calendar::{names, overlapping_freezes, scopes_overlap};
use crate::config::Activity;
use crate::source::join_and;

const ROW: f64 = 24.0;
const LEFT: f64 = 150.0;
/// How many windows are shown, how many services, and how many conflicts of a window.
const MAX_SHOWN: usize = 60;
const MAX_SERVICES: usize = 30;
const MAX_CONFLICTS: usize = 5;

/// The windows that are shown, the next ones.
fn shown<'v, 'f>(view: &'v View<'f>) -> &'v [Planned<'f>] {
    &view.coming[..view.coming.len().min(MAX_SHOWN)]
}

pub(super) fn write(view: &View<'_>, out: &mut Markup) {
    let coming = shown(view);
    section(out, "page:coming", "What is coming?", |out| {
        if coming.is_empty() {
            out.leaf("p.lede", "No open ticket has a window in the next 14 days.");
        } else {
            out.leaf("p.lede", &lede(view, coming));
            write_plot(view, coming, out);
            out.element(Tag::from("ol.coming").with("role", "list"), |out| {
                for planned in coming {
                    write_ticket(view, planned, out);
                }
            });
        }
        write_unplanned(view, out);
    });
}

fn lede(view: &View<'_>, coming: &[Planned<'_>]) -> String {
    let has_conflicts = |planned: &&Planned<'_>| !conflicts(view, planned).is_empty();
    let conflicts = coming.iter().filter(has_conflicts).count();
    let conflicts = match conflicts {
        0 => "none of them conflicts with another one or a freeze".to_owned(),
        1 => "1 of them has a conflict".to_owned(),
        count => format!("{count} of them have conflicts"),
    };
    let first = match view.coming.len() {
        all if all > coming.len() => format!(" The first {} of them are shown.", coming.len()),
        _ => String::new(),
    };
    format!(
        "{} in the next 14 days; {conflicts}.{first}",
        counted(view.coming.len(), "planned window")
    )
}

/// What a window conflicts with.
fn conflicts(view: &View<'_>, planned: &Planned<'_>) -> Vec<String> {
    let Planned { ticket, window } = *planned;
    let others = view.coming.iter().filter(|other| {
        other.ticket.id() != ticket.id()
            && window.overlaps(other.window)
            && share_services(ticket, other.ticket)
    });
    let mut conflicts: Vec<String> = others
        .take(MAX_CONFLICTS)
        .map(|other| format!("overlaps with {}", other.ticket.id()))
        .collect();
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

fn write_plot(view: &View<'_>, coming: &[Planned<'_>], out: &mut Markup) {
    let mut rows: BTreeMap<String, Vec<&Planned<'_>>> = BTreeMap::new();
    for planned in coming {
        let services = &planned.ticket.ticket.services;
        if services.is_empty() {
            rows.entry("any service".to_owned())
                .or_default()
                .push(planned);
        }
        for service in services {
            let name = service.text.trim().to_owned();
            rows.entry(name).or_default().push(planned);
        }
    }
    let scale = Scale::of_time(view.now(), view.horizon(), LEFT);
    let height = 30.0 + ROW * number(rows.len().min(MAX_SERVICES));
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
        for (index, (service, windows)) in rows.iter().take(MAX_SERVICES).enumerate() {
            let top = 24.0 + ROW * number(index);
            let at = point(LEFT - 10.0, top + 12.0);
            label(out, "text.small", Anchor::End, at, &cut(service, 20));
            for planned in windows {
                let tag = match conflicts(view, planned).is_empty() {
                    true => "rect.planned",
                    false => "rect.conflict",
                };
                let from = scale.at_time(planned.window.start);
                let to = scale.at_time(planned.window.end).max(from + 5.0);
                bar(
                    out,
                    tag,
                    point(from, top),
                    point(to, top + 16.0),
                    planned.ticket.id(),
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

fn write_ticket(view: &View<'_>, planned: &Planned<'_>, out: &mut Markup) {
    let Planned { ticket, window } = *planned;
    let conflicts = conflicts(view, planned);
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
