//! A ticket that the base has and the branch takes away.

use super::branch::{Branch, TicketVersion};
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, Span};
use crate::ticket::State;

pub(in crate::rules) const RULE: Rule = Rule {
    name: "gate/deleted-ticket",
    level: Level::Error,
    since: "0.1.0",
    summary: "a ticket that is taken away",
    page: include_str!("deleted_ticket.md"),
    options: &[],
    checks: &[Check::Branch(check)],
};

fn check(branch: &Branch, _settings: &Settings) -> Vec<(Place, Hit)> {
    let is_missed = |before: &&TicketVersion| {
        before.ticket.state != State::Draft && !branch.superseded.iter().any(|id| id == before.id())
    };
    let gone = branch.tickets.iter().filter(|change| change.after.is_none());
    let gone = gone.filter_map(|change| change.before.as_ref()).filter(is_missed);
    let hits = gone.map(|before| {
        let hit = RULE
            .finding(Label::new(Span::default(), "it is gone"))
            .message(format!("the ticket `{}` was taken away", before.id()))
            .help("bring it back and set `state = \"cancelled\"`, or name it in `supersedes` of the ticket that replaces it")
            .anchor(before.id());
        (before.place(), hit)
    });
    hits.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, told};
    use super::*;

    fn deleted(before: &str, superseded: &[&str]) -> Vec<(&'static str, String, String)> {
        let superseded = superseded.iter().map(|id| (*id).to_owned()).collect();
        told(&Branch { tickets: vec![changed(before, "")], superseded, ..branch() })
    }

    #[test]
    fn a_ticket_is_not_taken_away() {
        assert_eq!(deleted("state = \"proposed\"", &[])[0].2, "the ticket `a` was taken away");
    }

    #[test]
    fn a_draft_may_be_taken_away() {
        assert_eq!(deleted("state = \"draft\"", &[]), []);
    }

    #[test]
    fn a_ticket_that_another_replaces_may_be_taken_away() {
        assert_eq!(deleted("state = \"proposed\"", &["a"]), []);
    }
}
