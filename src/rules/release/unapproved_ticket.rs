//! A ticket of the release without approval.

use crate::config::Level;
use crate::finding::Finding;
use crate::release::ReleaseContext;
use crate::rules::rule::{Check, Rule};
use crate::source::{shell_command, shorten};
use crate::ticket::State;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/unapproved-ticket",
    Level::Error,
    "ticket in the release without approval",
    include_str!("unapproved_ticket.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let waiting = found
        .tickets
        .iter()
        .filter(|version| !version.ticket.state.is_approved());
    let finding = |version: &super::ParsedTicket| {
        let (id, state) = (version.id(), version.ticket.state);
        let help = if state == State::Cancelled {
            "revert the commits of the cancelled change, or refer to another ticket".to_owned()
        } else {
            format!(
                "once it is approved, run `{}` and commit the file",
                shell_command!("tollgate ticket move {id} approved", id)
            )
        };
        RULE.finding(version.place(), version.ticket.state_span, "not approved")
            .message(format!(
                "the release contains `{}`, which is `{}`",
                shorten(id),
                state.as_str()
            ))
            .help(help)
            .anchor(id)
    };
    waiting.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::gate::testing::ticket;

    fn in_state(state: &str) -> Vec<String> {
        let tickets = vec![ticket(&format!("state = \"{state}\""))];
        reported(&ReleaseContext { tickets, ..clean() })
            .into_iter()
            .map(|(_, _, message)| message)
            .collect()
    }

    #[test]
    fn what_is_released_was_approved() {
        assert_eq!(
            in_state("proposed"),
            ["the release contains `a`, which is `proposed`"]
        );
        assert_eq!(
            in_state("cancelled"),
            ["the release contains `a`, which is `cancelled`"]
        );
    }

    #[test]
    fn what_went_further_was_approved_on_the_way() {
        for state in ["approved", "deploying", "validating", "closed"] {
            assert_eq!(in_state(state), [""; 0], "{state}");
        }
    }
}
