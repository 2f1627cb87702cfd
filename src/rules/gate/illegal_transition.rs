//! A ticket that moves to a state that cannot follow its state on the base.

use crate::branch::Branch;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::any_of;
use crate::ticket::State;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/illegal-transition",
    Level::Error,
    "invalid state transition",
    include_str!("illegal_transition.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    let moved = branch.tickets.iter().filter_map(|change| {
        let (before, after) = change.both()?;
        let (from, to) = (before.ticket.state, after.ticket.state);
        if from == to || from.is_reachable(to) {
            return None;
        }
        let can_follow = |word: &&str| State::parse(word).is_some_and(|end| from.is_reachable(end));
        let followers: Vec<&str> = State::WORDS.iter().copied().filter(can_follow).collect();
        let help = match followers.as_slice() {
            [] => {
                format!("`{}` is a final state; create a new ticket that lists this one in `supersedes`", from.as_str())
            }
            followers => format!("a ticket can move from `{}` to {}", from.as_str(), any_of(followers)),
        };
        Some(RULE.finding(after.place(), after.ticket.state_span, format!("the ticket is `{}` on the base branch", from.as_str()))
            .message(format!("a ticket cannot move from `{}` to `{}`", from.as_str(), to.as_str()))
            .help(help)
            .anchor("state"))
    });
    moved.chain(revived(branch)).collect()
}

/// Reports new tickets that another ticket has already superseded.
fn revived(branch: &Branch) -> impl Iterator<Item = Finding> {
    let new = branch
        .tickets
        .iter()
        .filter(|change| change.before.is_none());
    let new = new.filter_map(|change| change.after.as_ref());
    let replaced = new.filter(|after| branch.superseded.iter().any(|id| id == after.id()));
    replaced.map(|after| {
        RULE.finding(
            after.place(),
            after.ticket.state_span,
            "another ticket supersedes this one",
        )
        .message(format!(
            "the ticket `{}` was superseded and cannot be added again",
            after.id()
        ))
        .help("give the ticket a new `id`, and have it approved")
        .anchor("replaced")
    })
}

#[cfg(test)]
mod tests {
    use super::super::run_branch_rules;
    use super::super::testing::{branch, changed, reported};
    use super::*;
    use crate::rules::testing::settings;

    fn transition(from: &str, to: &str) -> Vec<(&'static str, String, String)> {
        let tickets = vec![changed(
            &format!("state = \"{from}\""),
            &format!("state = \"{to}\""),
        )];
        reported(&Branch {
            tickets,
            ..branch()
        })
    }

    #[test]
    fn a_closed_ticket_stays_closed() {
        let found = transition("closed", "proposed");
        assert_eq!(
            (found[0].0, found[0].2.as_str()),
            (
                "gate/illegal-transition",
                "a ticket cannot move from `closed` to `proposed`"
            )
        );
    }

    #[test]
    fn help_lists_every_state_that_may_follow() {
        let help = |from: &str| {
            let branch = Branch {
                tickets: vec![changed(
                    &format!("state = \"{from}\""),
                    "state = \"proposed\"",
                )],
                ..branch()
            };
            run_branch_rules(&branch, &settings()).findings[0]
                .help
                .clone()
        };
        assert_eq!(
            help("deploying"),
            "a ticket can move from `deploying` to `validating`, `rolling-back`, or `closed`"
        );
        assert_eq!(
            help("rolling-back"),
            "a ticket can move from `rolling-back` to `closed`"
        );
        assert!(help("closed").starts_with("`closed` is a final state;"));
    }

    #[test]
    fn moves_on_may_hop_and_the_way_back_leads_to_draft() {
        for (from, to) in [
            ("draft", "closed"),
            ("proposed", "approved"),
            ("approved", "draft"),
            ("deploying", "rolling-back"),
        ] {
            assert_eq!(transition(from, to), [], "{from} to {to}");
        }
    }

    #[test]
    fn one_branch_may_move_a_ticket_back_to_draft_and_on() {
        for (from, to) in [
            ("approved", "proposed"),
            ("approved", "reviewed"),
            ("reviewed", "proposed"),
        ] {
            assert_eq!(transition(from, to), [], "{from} to {to}");
        }
    }

    #[test]
    fn other_ways_back_are_illegal() {
        for (from, to) in [
            ("deploying", "proposed"),
            ("deploying", "draft"),
            ("cancelled", "proposed"),
        ] {
            assert_eq!(
                transition(from, to)[0].0,
                "gate/illegal-transition",
                "{from} to {to}"
            );
        }
    }

    #[test]
    fn a_ticket_that_was_replaced_does_not_come_back() {
        let again = |superseded: &str| {
            let superseded = vec![superseded.to_owned()];
            reported(&Branch {
                tickets: vec![changed("", "state = \"proposed\"")],
                superseded,
                ..branch()
            })
            .len()
        };
        assert_eq!((again("a"), again("b")), (1, 0));
    }

    #[test]
    fn a_new_ticket_comes_from_draft() {
        assert_eq!(
            reported(&Branch {
                tickets: vec![changed("", "state = \"approved\"")],
                ..branch()
            }),
            []
        );
    }
}
