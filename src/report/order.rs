//! The order in which the tickets of a release are carried out.

use std::collections::BTreeSet;

use super::facts::{ReleaseFacts, ReportedTicket};
use crate::error::{Error, Result};
use crate::source::shorten;

/// The tickets in the order in which they are carried out: each after those that it depends on,
/// otherwise by the start of their windows, then by ID. Cancelled tickets are left out.
///
/// # Errors
///
/// Fails if the dependencies form a circle, or if a ticket is scheduled before one that it depends
/// on is over: no order is right then.
pub(crate) fn carried_out(facts: &ReleaseFacts) -> Result<Vec<&ReportedTicket>> {
    let mut open = by_window(facts);
    let all: Vec<&ReportedTicket> = open.clone();
    for ticket in &all {
        for before in dependencies(ticket, &all) {
            refuse_reversed(ticket, before)?;
        }
    }
    let (mut ordered, mut done) = (Vec::with_capacity(open.len()), BTreeSet::new());
    while !open.is_empty() {
        let is_next = |ticket: &&ReportedTicket| {
            let mut before = dependencies(ticket, &all);
            before.all(|before| done.contains(before.id()))
        };
        let Some(next) = open.iter().position(is_next) else {
            return Err(circle(&open));
        };
        let ticket = open.remove(next);
        done.insert(ticket.id());
        ordered.push(ticket);
    }
    Ok(ordered)
}

/// The tickets by the start of their windows, then by ID. Cancelled tickets are left out.
pub(super) fn by_window(facts: &ReleaseFacts) -> Vec<&ReportedTicket> {
    let mut tickets: Vec<&ReportedTicket> = facts
        .tickets
        .iter()
        .filter(|it| !is_cancelled(it))
        .collect();
    tickets.sort_by_key(|ticket| (ticket.window().map(|window| window.start), ticket.id()));
    // Tickets without a window come last.
    tickets.sort_by_key(|ticket| ticket.window().is_none());
    tickets
}

fn is_cancelled(ticket: &ReportedTicket) -> bool {
    ticket.latest().state == crate::ticket::State::Cancelled
}

/// The tickets of the release that a ticket depends on.
fn dependencies<'a>(
    ticket: &'a ReportedTicket,
    all: &'a [&'a ReportedTicket],
) -> impl Iterator<Item = &'a ReportedTicket> {
    let named = &ticket.plan().depends_on;
    all.iter()
        .copied()
        .filter(move |other| named.iter().any(|id| id.text == other.id()))
}

fn refuse_reversed(ticket: &ReportedTicket, before: &ReportedTicket) -> Result<()> {
    match (ticket.window(), before.window()) {
        (Some(window), Some(earlier)) if window.start < earlier.end => Err(Error::usage(
            format!(
                "`{}` depends on `{}`, but is scheduled to start before that one ends",
                shorten(ticket.id()),
                shorten(before.id())
            ),
            "correct `schedule` or `depends_on`; a report doesn't choose the order for you",
        )),
        _ => Ok(()),
    }
}

fn circle(open: &[&ReportedTicket]) -> Error {
    let ids: Vec<String> = open
        .iter()
        .map(|ticket| format!("`{}`", shorten(ticket.id())))
        .collect();
    Error::usage(
        format!("the tickets {} depend on each other", ids.join(", ")),
        "remove one of them from `depends_on`",
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::facts_of;
    use super::*;

    fn ids(tickets: &[(&str, &str)]) -> Result<Vec<String>> {
        let facts = facts_of(tickets);
        Ok(carried_out(&facts)?
            .iter()
            .map(|ticket| ticket.id().to_owned())
            .collect())
    }

    fn at(start: &str, end: &str, rest: &str) -> String {
        format!(
            "schedule = {{ start = 2026-11-24T{start}:00Z, end = 2026-11-24T{end}:00Z }}\n{rest}"
        )
    }

    #[test]
    fn earlier_windows_come_first() {
        let (late, early) = (at("09:00", "10:00", ""), at("07:00", "08:00", ""));
        assert_eq!(
            ids(&[("a", &late), ("b", &early), ("c", "")]).unwrap(),
            ["b", "a", "c"]
        );
    }

    #[test]
    fn what_a_ticket_depends_on_comes_first() {
        assert_eq!(
            ids(&[("a", "depends_on = [\"b\"]"), ("b", "")]).unwrap(),
            ["b", "a"]
        );
    }

    #[test]
    fn a_schedule_that_contradicts_the_dependencies_is_refused() {
        let early = at("07:00", "08:00", "depends_on = [\"b\"]");
        let late = at("09:00", "10:00", "");
        let error = ids(&[("a", &early), ("b", &late)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`a` depends on `b`, but is scheduled to start before that one ends"
        );
    }

    #[test]
    fn a_circle_is_refused() {
        let tickets = [("a", "depends_on = [\"b\"]"), ("b", "depends_on = [\"a\"]")];
        let error = ids(&tickets).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the tickets `a`, `b` depend on each other"
        );
    }

    #[test]
    fn cancelled_tickets_are_left_out() {
        assert_eq!(
            ids(&[("a", "state = \"cancelled\""), ("b", "")]).unwrap(),
            ["b"]
        );
    }
}
