//! A dependency that cannot be met: nobody knows it, nobody carries it out, it waits for this one,
//! or it comes too late.

use std::collections::HashMap;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::ticket::{RiskLevel, State, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/unmet-dependency",
    Level::Warning,
    "dependency that is not met",
    include_str!("unmet_dependency.md"),
    &[Check::Tickets(check)],
);

fn check(tickets: &[&Ticket], settings: &Settings) -> Vec<Finding> {
    let by_id = identities(tickets);
    let mut findings = Vec::new();
    for ticket in tickets {
        for id in &ticket.depends_on {
            let finding = match by_id.get(id.text.trim()).map(|index| tickets[*index]) {
                None => Some(unknown(ticket, id)),
                Some(other) => unmet(ticket, id, other, settings),
            };
            findings.extend(finding);
        }
    }
    findings.extend(
        cycles(tickets, &by_id)
            .into_iter()
            .map(|(index, edge)| circular(tickets[index], edge)),
    );
    findings
}

/// The tickets by identity; of two with one identity the file that comes first counts.
fn identities<'a>(tickets: &[&'a Ticket]) -> HashMap<&'a str, usize> {
    let mut by_id = HashMap::new();
    for index in by_name(tickets) {
        by_id
            .entry(tickets[index].identity.text.trim())
            .or_insert(index);
    }
    by_id
}

fn by_name(tickets: &[&Ticket]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tickets.len()).collect();
    order.sort_by_key(|index| tickets[*index].source.name());
    order
}

fn unknown(ticket: &Ticket, id: &Text) -> Finding {
    RULE.finding(ticket.place(), id.span, "no such ticket")
        .message(format!(
            "unknown ticket `{}` in `depends_on`",
            shorten(&id.text)
        ))
        .help("use the `id` of a ticket, or its file name without `.toml`")
        .anchor(&id.text)
}

fn unmet(ticket: &Ticket, id: &Text, other: &Ticket, settings: &Settings) -> Option<Finding> {
    let (own, others) = (ticket.state, other.state);
    let name = shorten(&id.text);
    let (message, help) = if others == State::Cancelled {
        (
            format!("this ticket depends on `{name}`, which is cancelled"),
            "depend on its replacement, or remove the dependency",
        )
    } else if (State::Approved..=State::Validating).contains(&own)
        && is_behind(other, own, settings)
    {
        let message = format!(
            "this ticket is `{}`, but its dependency `{name}` is only `{}`",
            own.as_str(),
            others.as_str()
        );
        (message, "complete the dependency first")
    } else {
        return None;
    };
    let finding = RULE
        .finding(ticket.place(), id.span, format!("is `{}`", others.as_str()))
        .message(message)
        .help(help)
        .anchor(&id.text)
        .related(other.place(), Label::new(other.state_span, "its state"));
    Some(finding)
}

/// Whether a ticket is not as far as another that depends on it; one that is being undone is not.
fn is_behind(ticket: &Ticket, state: State, settings: &Settings) -> bool {
    // At low risk no state is asked for after `approved`, so that its being behind says nothing.
    let low = || settings.risk_of(ticket) == RiskLevel::Low;
    ticket.state == State::RollingBack
        || (ticket.state < state && !(ticket.state >= State::Approved && low()))
}

fn circular(ticket: &Ticket, dependency: usize) -> Finding {
    let id = &ticket.depends_on[dependency];

    RULE.finding(ticket.place(), id.span, "depends on this ticket")
        .message(format!(
            "the dependency on `{}` is circular",
            shorten(&id.text)
        ))
        .help("remove one of the dependencies in the cycle, so that one ticket comes first")
        .anchor(&id.text)
}

/// The dependencies that close a circle among tickets that are not over, read in the order of
/// files.
fn cycles(tickets: &[&Ticket], by_id: &HashMap<&str, usize>) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; tickets.len()];
    let mut found = Vec::new();
    for root in by_name(tickets) {
        let mut path = if matches!(marks[root], Mark::New) {
            vec![(root, 0)]
        } else {
            Vec::new()
        };
        while let Some((ticket, next)) = path.last_mut() {
            let (index, edge) = (*ticket, *next);
            *next += 1;
            marks[index] = Mark::Open;
            let Some(id) = tickets[index].depends_on.get(edge) else {
                marks[index] = Mark::Done;
                path.pop();
                continue;
            };
            let target = by_id
                .get(id.text.trim())
                .filter(|target| tickets[**target].state < State::Closed);
            match target.map(|target| (*target, marks[*target])) {
                Some((target, Mark::New)) => path.push((target, 0)),
                Some((_, Mark::Open)) => found.push((index, edge)),
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{settings, ticket};
    use crate::rules::{lint_ticket, lint_tickets};
    use crate::source::Source;

    fn sources(heads: &[&str]) -> Vec<Source> {
        let source =
            |(number, head): (usize, &&str)| Source::new(format!("{number}.toml"), ticket(head));
        heads.iter().enumerate().map(source).collect()
    }

    /// The position and the message of each unmet dependency.
    fn messages(heads: &[&str]) -> Vec<(String, String)> {
        let findings = lint_tickets(&sources(heads), &[], &settings()).findings;
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
    fn unknown_and_cancelled_dependencies_are_reported() {
        assert_eq!(
            messages(&["depends_on = [\"7\"]"]),
            [pair("0.toml", "unknown ticket `7` in `depends_on`")]
        );
        assert_eq!(
            messages(&["depends_on = [\"1\"]", "state = \"cancelled\""]),
            [pair(
                "0.toml",
                "this ticket depends on `1`, which is cancelled"
            )]
        );
    }

    #[test]
    fn one_ticket_by_itself_knows_no_others() {
        let alone = &sources(&["depends_on = [\"7\"]"])[0];
        assert_eq!(lint_ticket(alone, &settings()).findings, []);
        let silenced =
            "depends_on = [\"7\"] # tollgate: allow[plan/unmet-dependency] in another repository";
        assert_eq!(
            lint_ticket(&sources(&[silenced])[0], &settings()).findings,
            []
        );
        assert_eq!(messages(&[silenced]), []);
    }

    #[test]
    fn cycle_is_reported_once() {
        let circle = "the dependency on `0` is circular";
        assert_eq!(
            messages(&["depends_on = [\"1\"]", "depends_on = [\"0\"]"]),
            [pair("1.toml", circle)]
        );
        assert_eq!(
            messages(&["depends_on = [\"0\"]"]),
            [pair("0.toml", circle)]
        );
        let three = [
            "depends_on = [\"2\"]",
            "depends_on = [\"0\"]",
            "depends_on = [\"1\"]",
        ];
        assert_eq!(messages(&three).len(), 1);
    }

    #[test]
    fn two_ways_to_one_ticket_are_no_circle() {
        assert_eq!(
            messages(&["depends_on = [\"1\", \"2\"]", "depends_on = [\"2\"]", ""]),
            []
        );
    }

    #[test]
    fn what_is_approved_depends_on_what_is_approved() {
        let approved = "state = \"approved\"\ndepends_on = [\"1\"]";
        assert_eq!(
            messages(&[approved, ""])[0].1,
            "this ticket is `approved`, but its dependency `1` is only `proposed`"
        );
        assert_eq!(messages(&[approved, "state = \"approved\""]), []);
        assert_eq!(messages(&["depends_on = [\"1\"]", "state = \"draft\""]), []);
    }

    #[test]
    fn a_low_risk_need_not_go_beyond_approved() {
        let deploying = "state = \"deploying\"\nassignee = \"bo\"\ndepends_on = [\"1\"]";
        assert_eq!(messages(&[deploying, "state = \"approved\""]), []);
        assert_eq!(
            messages(&[deploying, "state = \"approved\"\nrisk.level = \"medium\""]).len(),
            1
        );
    }
}
