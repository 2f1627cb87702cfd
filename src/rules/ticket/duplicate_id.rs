//! Two tickets with one id: a reference to it would be ambiguous.

use std::collections::BTreeMap;

use super::FROM_FILE_NAME;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::ticket::{Ticket, comparable_id};

pub(super) const RULE: Rule = Rule::new(
    "ticket/duplicate-id",
    Level::Error,
    "ID that is already in use",
    include_str!("duplicate_id.md"),
    &[Check::Tickets(check)],
);

fn check(tickets: &[&Ticket], _: &Settings) -> Vec<Finding> {
    let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, ticket) in tickets.iter().enumerate() {
        by_id
            .entry(comparable_id(&ticket.identity.text))
            .or_default()
            .push(index);
    }
    let mut findings = Vec::new();
    for (_, mut group) in by_id {
        group.sort_by_key(|index| tickets[*index].source.name());
        for index in group.iter().skip(1) {
            findings.push(finding(tickets[*index], tickets[group[0]]));
        }
        // The first one is reported too: it may be the only one that is checked.
        if let [first, second, ..] = group.as_slice() {
            findings.push(finding(tickets[*first], tickets[*second]));
        }
    }

    findings
}

fn finding(ticket: &Ticket, other: &Ticket) -> Finding {
    let (id, other_id) = (ticket.identity.text.as_str(), other.identity.text.as_str());
    let message = if id == other_id {
        format!("the ID `{}` is used by more than one ticket", shorten(id))
    } else {
        format!(
            "the ID `{}` differs from the ID `{}` only in case, whitespace, or Unicode normalization",
            shorten(id),
            shorten(other_id)
        )
    };
    RULE.finding(
        ticket.place(),
        ticket.identity.span,
        label(ticket, "already in use"),
    )
    .message(message)
    .help(help(ticket, other))
    .anchor(id)
    .related(
        other.place(),
        Label::new(other.identity.span, label(other, "also used here")),
    )
}

/// The label at what gives a ticket its ID.
fn label(ticket: &Ticket, text: &'static str) -> &'static str {
    if ticket.has_id { text } else { FROM_FILE_NAME }
}

fn help(ticket: &Ticket, other: &Ticket) -> String {
    let path = other.source.name();
    match (ticket.has_id, other.has_id) {
        (true, true) => format!("change the `id` of this ticket or of `{path}`"),
        (true, false) => format!("change the `id` of this ticket, or set `id` in `{path}`"),
        (false, true) => format!("set `id` in this ticket, or change the `id` of `{path}`"),
        (false, false) => {
            format!("set `id` in this ticket or in `{path}`, or rename one of the files")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{settings, ticket};
    use crate::rules::{Settings, lint_tickets};
    use crate::source::Source;

    fn found(sources: &[Source], others: &[Source], settings: &Settings) -> Vec<(String, String)> {
        let checked = lint_tickets(sources, others, settings);
        let of = |f: &crate::finding::Finding| {
            (
                f.place.name().to_owned(),
                f.related[0].place.name().to_owned(),
            )
        };
        checked
            .findings
            .iter()
            .filter(|f| f.rule == "ticket/duplicate-id")
            .map(of)
            .collect()
    }

    #[test]
    fn both_places_are_labelled() {
        let sources = [
            Source::new("b.toml", ticket("id = \"A\"")),
            Source::new("a.toml", ticket("id = \"A\"")),
        ];
        let expected = [
            ("a.toml".into(), "b.toml".into()),
            ("b.toml".into(), "a.toml".into()),
        ];
        assert_eq!(found(&sources, &[], &settings()), expected);
    }

    #[test]
    fn unselected_ticket_is_read_but_not_reported() {
        let sources = [Source::new("b.toml", ticket("id = \"A\""))];
        let others = [Source::new("A.toml", ticket(""))];
        assert_eq!(
            found(&sources, &others, &settings()),
            [("b.toml".into(), "A.toml".into())]
        );
    }

    #[test]
    fn ids_that_look_the_same_are_duplicates() {
        for (one, other) in [("PROP", "prop"), ("a ", "a"), ("\u{dc}b", "u\u{308}b")] {
            let sources = [one, other].map(|id| {
                Source::new(
                    format!("{}.toml", id.escape_unicode()),
                    ticket(&format!("id = \"{id}\"")),
                )
            });
            let checked = lint_tickets(&sources, &[], &settings());
            let found: Vec<_> = checked
                .findings
                .iter()
                .filter(|f| f.rule == "ticket/duplicate-id")
                .collect();
            assert_eq!(found.len(), 2);
            let message = format!(
                "the ID `{one}` differs from the ID `{other}` only in case, whitespace, or Unicode normalization"
            );
            assert!(
                found.iter().any(|finding| finding.message == message),
                "{found:?}"
            );
        }
        let sources = [
            Source::new("a.toml", ticket("id = \"A-1\"")),
            Source::new("b.toml", ticket("id = \"A_1\"")),
        ];
        assert_eq!(found(&sources, &[], &settings()), []);
    }

    #[test]
    fn names_of_files_are_identities_only_without_an_id() {
        let sources = [
            Source::new("x/a.toml", ticket("id = \"B\"")),
            Source::new("y/a.toml", ticket("")),
        ];
        assert_eq!(found(&sources, &[], &settings()), []);
    }

    #[test]
    fn ticket_without_an_id_is_given_one() {
        let sources = [
            Source::new("x/a.toml", ticket("")),
            Source::new("y/b.toml", ticket("id = \"a\"")),
        ];
        let checked = lint_tickets(&sources, &[], &settings());
        let of = |f: &crate::finding::Finding| {
            (
                f.label.text.clone(),
                f.help.clone(),
                f.related[0].label.text.clone(),
            )
        };
        let found: Vec<_> = checked.findings.iter().map(of).collect();
        let unwritten = "no `id`, so the file name is the ID";
        let expected = [
            (
                unwritten,
                "set `id` in this ticket, or change the `id` of `y/b.toml`",
                "also used here",
            ),
            (
                "already in use",
                "change the `id` of this ticket, or set `id` in `x/a.toml`",
                unwritten,
            ),
        ];
        let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(found, expected);
    }
}
