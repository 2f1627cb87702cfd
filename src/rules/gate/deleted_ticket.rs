//! A ticket of the base that the branch deletes.

use crate::branch::Branch;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shorten};
use crate::ticket::{ParsedTicket, State, Ticket};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/deleted-ticket",
    Level::Error,
    "ticket deleted by the branch",
    include_str!("deleted_ticket.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    let is_missed = |before: &&ParsedTicket| {
        !is_cited(branch, before)
            && !is_unpublished_draft(&before.ticket)
            && !branch.superseded.iter().any(|id| id == before.id())
    };
    let is_reverted = branch
        .commits
        .iter()
        .any(|commit| commit.classified.commit.revert().is_some());
    let gone = branch
        .tickets
        .iter()
        .filter(|change| change.after.is_none());
    let gone = gone
        .filter_map(|change| change.before.as_ref())
        .filter(is_missed);
    let findings = gone.map(|before| {
        RULE.finding(before.place(), Span::default(), "deleted")
            .message(format!("the branch deletes the ticket `{}`", before.id()))
            .help(help(before, is_reverted))
            .anchor(before.id())
    });
    findings.chain(deleted_tickets(branch)).collect()
}

/// What to do instead of deleting a ticket. `is_reverted`: the branch reverts a commit, which may be
/// that of the change.
fn help(before: &ParsedTicket, is_reverted: bool) -> String {
    let ticket = &before.ticket;
    let can_cancel = ticket.state.may_move_to(State::Cancelled);
    if !is_reverted || ticket.state.is_finished() {
        let cancel = if can_cancel {
            " and set `state = \"cancelled\"`"
        } else {
            ""
        };
        let id = shorten(before.id());
        return format!(
            "restore the file{cancel}, or list `{id}` in the `supersedes` key of a new ticket on this branch that replaces it"
        );
    }
    let fields = if ticket.assignee.is_some() {
        "set `state = \"closed\"` and `outcome.result = \"rolled-back\"`"
    } else {
        "set `state = \"closed\"`, `outcome.result = \"rolled-back\"`, and `assignee`"
    };
    let id = shorten(before.id());
    let close = format!("{fields}, and add `Change: {id}` to the commit");
    if can_cancel {
        format!(
            "restore the file; if the change was never deployed, set `state = \"cancelled\"`; if it was rolled back, {close}"
        )
    } else {
        format!("restore the file, {close}")
    }
}

/// Reports the tickets of the base whose IDs no ticket of the branch has, although unreleased
/// commits cite them.
fn deleted_tickets(branch: &Branch) -> impl Iterator<Item = Finding> + '_ {
    let before = branch
        .tickets
        .iter()
        .filter_map(|change| change.before.as_ref());
    before
        .filter(|before| is_cited(branch, before))
        .map(|before| {
            let id = shorten(before.id());
            RULE.finding(before.place(), Span::default(), "the ID is gone")
                .message(format!(
                    "no ticket has the ID `{id}`, but unreleased commits refer to it"
                ))
                .help(format!(
                    "keep the ticket with `id = \"{id}\"` until these commits are released"
                ))
                .anchor(before.id())
        })
}

fn is_cited(branch: &Branch, before: &ParsedTicket) -> bool {
    branch.cited.contains(before.id())
}

/// Whether a ticket is a draft without approvals, notes, or superseded tickets.
fn is_unpublished_draft(ticket: &Ticket) -> bool {
    ticket.state == State::Draft
        && ticket.approvals.is_empty()
        && ticket.notes.is_empty()
        && ticket.supersedes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::run_branch_rules;
    use super::super::testing::{branch, changed, commit, reported};
    use super::*;
    use crate::rules::testing::settings;

    fn first_help(branch: &Branch) -> String {
        run_branch_rules(branch, &settings()).findings[0]
            .help
            .clone()
    }

    fn deleted(before: &str, superseded: &[&str]) -> Vec<(&'static str, String, String)> {
        let superseded = superseded.iter().map(|id| (*id).to_owned()).collect();
        reported(&Branch {
            tickets: vec![changed(before, "")],
            superseded,
            ..branch()
        })
    }

    #[test]
    fn a_ticket_is_not_taken_away() {
        assert_eq!(
            deleted("state = \"proposed\"", &[])[0].2,
            "the branch deletes the ticket `a`"
        );
    }

    #[test]
    fn a_cited_ticket_keeps_its_id() {
        let cited = || ["a".to_owned()].into();
        let message = "no ticket has the ID `a`, but unreleased commits refer to it";
        for (before, superseded) in [
            ("state = \"draft\"", vec![]),
            ("state = \"proposed\"", vec!["a".to_owned()]),
        ] {
            let branch = Branch {
                tickets: vec![changed(before, "")],
                superseded,
                cited: cited(),
                ..branch()
            };
            assert_eq!(reported(&branch)[0].2, message, "{before}");
        }
    }

    #[test]
    fn a_draft_may_be_taken_away() {
        assert_eq!(deleted("state = \"draft\"", &[]), []);
    }

    #[test]
    fn referenced_or_superseding_draft_is_kept() {
        for value in [
            "notes = [{ text = \"a\" }]",
            "approvals = [{ by = \"bo\" }]",
            "supersedes = [\"b\"]",
        ] {
            assert_eq!(
                deleted(&format!("state = \"draft\"\n{value}"), &[]).len(),
                1,
                "{value}"
            );
        }
    }

    #[test]
    fn help_explains_how_to_revert_a_merge() {
        let commits = vec![commit(
            'a',
            "Revert \"feat: x\"\n\nThis reverts commit 1234567.",
            &["changes/a.toml"],
        )];
        let reverting = Branch {
            commits,
            tickets: vec![changed("state = \"approved\"", "")],
            ..branch()
        };
        assert_eq!(
            first_help(&reverting),
            "restore the file; if the change was never deployed, set `state = \"cancelled\"`; if it was rolled back, \
             set `state = \"closed\"`, `outcome.result = \"rolled-back\"`, and `assignee`, and add `Change: a` to the commit"
        );
        let deployed = Branch {
            tickets: vec![changed("state = \"validating\"\nassignee = \"bo\"", "")],
            ..reverting
        };
        assert_eq!(
            first_help(&deployed),
            "restore the file, set `state = \"closed\"` and `outcome.result = \"rolled-back\"`, and add `Change: a` to the commit"
        );
        let deleting = Branch {
            tickets: vec![changed("state = \"approved\"", "")],
            ..branch()
        };
        assert!(first_help(&deleting).contains("cancelled"));
    }

    #[test]
    fn finished_ticket_is_not_suggested_to_be_cancelled() {
        let deleting = Branch {
            tickets: vec![changed("state = \"closed\"", "")],
            ..branch()
        };
        assert!(!first_help(&deleting).contains("state"));
    }

    #[test]
    fn a_ticket_that_another_replaces_may_be_taken_away() {
        assert_eq!(deleted("state = \"proposed\"", &["a"]), []);
    }
}
