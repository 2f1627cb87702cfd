//! A ticket of the release that nobody approved.

use super::Circumstances;
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::{Label, shorten};
use crate::ticket::State;

pub(in crate::rules) const RULE: Rule = Rule {
    name: "release/unapproved-ticket",
    level: Level::Error,
    since: "0.1.0",
    summary: "a ticket of the release is not approved",
    page: include_str!("unapproved_ticket.md"),
    options: &[],
    checks: &[Check::Release(check)],
};

fn check(found: &Circumstances) -> Vec<(Place, Hit)> {
    let is_approved = |state: State| state >= State::Approved && state != State::Cancelled;
    let waiting = found.tickets.iter().filter(|version| !is_approved(version.ticket.state));
    let hit = |version: &super::TicketVersion| {
        let (id, state) = (version.id(), version.ticket.state);
        let help = if state == State::Cancelled {
            "a cancelled change is not released: take its commits back, or name another ticket".to_owned()
        } else {
            format!("`tollgate ticket move {} approved` once it is, and commit it", shorten(id))
        };
        RULE.finding(Label::new(version.ticket.state_span, "its commits are released now"))
            .message(format!("`{}` is `{}`, and the release carries it out", shorten(id), state.as_str()))
            .help(help)
            .anchor(id)
    };
    waiting.map(|version| (version.place(), hit(version))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, told};
    use super::*;
    use crate::rules::gate::testing::ticket;

    fn in_state(state: &str) -> Vec<String> {
        let tickets = vec![ticket(&format!("state = \"{state}\""))];
        told(&Circumstances { tickets, ..clean() }).into_iter().map(|(_, _, message)| message).collect()
    }

    #[test]
    fn what_is_released_was_approved() {
        assert_eq!(in_state("proposed"), ["`a` is `proposed`, and the release carries it out"]);
        assert_eq!(in_state("cancelled"), ["`a` is `cancelled`, and the release carries it out"]);
    }

    #[test]
    fn what_went_further_was_approved_on_the_way() {
        for state in ["approved", "deploying", "validating", "closed"] {
            assert_eq!(in_state(state), [""; 0], "{state}");
        }
    }
}
