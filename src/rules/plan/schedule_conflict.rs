//! Two simultaneous changes to one service or by one person, reported at the later file.

use std::collections::{BTreeMap, HashMap};

use super::schedule::window;
use crate::calendar::{Window, names, scopes_overlap};
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::ticket::{State, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-conflict",
    Level::Warning,
    "overlapping change windows",
    include_str!("schedule_conflict.md"),
    &[Check::Tickets(check)],
);

/// What a ticket occupies and when. Names are numbers, since all pairs are compared.
struct Occupation {
    index: usize,
    window: Window,
    services: Vec<usize>,
    environments: Vec<usize>,
    assignee: Option<usize>,
}

/// The conflicts of a ticket: the first conflicting ticket by file, why, and how many there are.
struct Conflict {
    other: usize,
    reason: &'static str,
    count: usize,
}

fn check(tickets: &[&Ticket], _: &Settings) -> Vec<Finding> {
    let name = |index: usize| tickets[index].source.name();
    let mut conflicts: BTreeMap<usize, Conflict> = BTreeMap::new();
    let mut open: Vec<&Occupation> = Vec::new();
    let occupations = occupations(tickets);
    for new in &occupations {
        open.retain(|old| old.window.end > new.window.start);
        for (old, reason) in open
            .iter()
            .filter_map(|old| Some((old, conflict(old, new)?)))
        {
            let [earlier, later] = if name(old.index) <= name(new.index) {
                [old.index, new.index]
            } else {
                [new.index, old.index]
            };
            let known = conflicts.entry(later).or_insert(Conflict {
                other: earlier,
                reason,
                count: 0,
            });
            known.count += 1;
            if name(earlier) < name(known.other) {
                *known = Conflict {
                    other: earlier,
                    reason,
                    count: known.count,
                };
            }
        }
        open.push(new);
    }
    conflicts
        .into_iter()
        .filter_map(|(later, conflict)| finding(tickets, later, &conflict))
        .collect()
}

/// What unfinished tickets occupy, ordered by the start of their windows.
fn occupations(tickets: &[&Ticket]) -> Vec<Occupation> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut number = |name: String| {
        let next = numbers.len();
        *numbers.entry(name).or_insert(next)
    };
    let mut found: Vec<Occupation> = Vec::new();
    for (index, ticket) in tickets
        .iter()
        .enumerate()
        .filter(|(_, ticket)| ticket.state < State::Closed)
    {
        let Some((start, end)) = window(ticket) else {
            continue;
        };
        found.push(Occupation {
            index,
            window: Window {
                start: start.timestamp,
                end: end.timestamp,
            },
            services: names(&ticket.services)
                .into_iter()
                .map(&mut number)
                .collect(),
            environments: names(&ticket.environments)
                .into_iter()
                .map(&mut number)
                .collect(),
            assignee: names(ticket.assignee.as_slice())
                .into_iter()
                .map(&mut number)
                .next(),
        });
    }
    found.sort_by_key(|occupation| occupation.window.start);
    found
}

fn conflict(one: &Occupation, other: &Occupation) -> Option<&'static str> {
    // A ticket without services may affect any of them, but a missing field alone doesn't make two
    // changes conflict.
    let both_say = one.services.is_empty() == other.services.is_empty();
    if both_say
        && scopes_overlap(&one.services, &other.services)
        && scopes_overlap(&one.environments, &other.environments)
    {
        return Some("both may affect the same service");
    }
    (one.assignee.is_some() && one.assignee == other.assignee)
        .then_some("both have the same assignee")
}

fn finding(tickets: &[&Ticket], later: usize, conflict: &Conflict) -> Option<Finding> {
    let (ticket, other) = (tickets[later], tickets[conflict.other]);
    let (start, _) = window(ticket)?;
    let (others_start, _) = window(other)?;
    let more = if conflict.count > 1 {
        format!(" and {} more", conflict.count - 1)
    } else {
        String::new()
    };
    let finding = RULE
        .finding(ticket.place(), start.span, conflict.reason)
        .message(format!("the change window overlaps the window of `{}`{more}", shorten(&other.identity.text)))
        .help("move one of the windows, or narrow `services` and `environments` to what each change affects")
        .anchor(&other.identity.text)
        .related(other.place(), Label::new(others_start.span, "the other window"));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::lint_tickets;
    use crate::rules::testing::{settings, ticket};
    use crate::source::Source;

    /// Where a conflict is told, and of what, among tickets with a window of 18 to 20 o'clock or a
    /// later one.
    fn messages(texts: &[&str]) -> Vec<(String, String)> {
        let source = |(number, text): (usize, &&str)| {
            let window = "[schedule]\nstart = 2026-12-01T18:00:00Z\nend = 2026-12-01T20:00:00Z";
            let text = if text.contains("[schedule]") {
                (*text).to_owned()
            } else {
                format!("{text}\n{window}")
            };
            Source::new(format!("{number}.toml"), ticket(&text))
        };
        let sources: Vec<Source> = texts.iter().enumerate().map(source).collect();
        let findings = lint_tickets(&sources, &[], &settings()).findings;
        let found = findings
            .into_iter()
            .filter(|finding| finding.rule == RULE.name);
        found
            .map(|finding| (finding.place.name().to_owned(), finding.message))
            .collect()
    }

    fn pair(place: &str, message: &str) -> (String, String) {
        (place.to_owned(), message.to_owned())
    }

    #[test]
    fn conflict_is_reported_once_at_the_later_file() {
        let both = messages(&[
            "services = [\"orders\"]",
            "services = [\"Orders\", \"search\"]",
        ]);
        assert_eq!(
            both,
            [pair(
                "1.toml",
                "the change window overlaps the window of `0`"
            )]
        );
        assert_eq!(
            messages(&["", "", ""])[1],
            pair(
                "2.toml",
                "the change window overlaps the window of `0` and 1 more"
            )
        );
    }

    #[test]
    fn tickets_without_services_conflict_only_with_each_other() {
        assert_eq!(messages(&["", ""]).len(), 1);
        assert_eq!(messages(&["services = [\"orders\"]", ""]), []);
    }

    #[test]
    fn other_services_environments_and_times_pass() {
        assert_eq!(
            messages(&["services = [\"orders\"]", "services = [\"search\"]"]),
            []
        );
        assert_eq!(
            messages(&[
                "environments = [\"test\"]",
                "environments = [\"production\"]"
            ]),
            []
        );
        assert_eq!(
            messages(&[
                "",
                "[schedule]\nstart = 2026-12-01T20:00:00Z\nend = 2026-12-01T22:00:00Z"
            ]),
            []
        );
        assert_eq!(
            messages(&["", "[schedule]\nstart = 2026-12-01T19:00:00Z"]),
            []
        );
    }

    #[test]
    fn one_person_does_one_thing_at_a_time() {
        let text = |service: &str| format!("services = [\"{service}\"]\nassignee = \"bo\"");
        assert_eq!(messages(&[&text("orders"), &text("search")]).len(), 1);
    }

    #[test]
    fn finished_tickets_do_not_conflict() {
        assert_eq!(messages(&["state = \"cancelled\"", ""]), []);
    }

    #[test]
    fn comment_suppresses_it() {
        let silenced =
            "# tollgate: allow-file[plan/schedule-conflict] they are carried out together";
        assert_eq!(messages(&["", silenced]), []);
    }

    #[test]
    fn unselected_ticket_is_read_but_not_reported() {
        let window = "[schedule]\nstart = 2026-12-01T18:00:00Z\nend = 2026-12-01T20:00:00Z";
        let [one, other] = ["a.toml", "b.toml"].map(|name| Source::new(name, ticket(window)));
        let [one, other] = [[one], [other]];
        assert_eq!(lint_tickets(&other, &one, &settings()).findings.len(), 1);
        assert_eq!(lint_tickets(&one, &other, &settings()).findings, []);
    }
}
