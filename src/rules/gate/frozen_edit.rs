//! An edit of a part of a ticket that must not change: the plan of an approved ticket, a closed
//! ticket, a note, or an approval.

use crate::branch::Branch;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, quoted_list};
use crate::ticket::{ParsedTicket, State, changed_outside_plan, changed_plan, is_appended};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/frozen-edit",
    Level::Error,
    "edit to an approved or closed ticket",
    include_str!("frozen_edit.md"),
    &[Check::Branch(check)],
);

/// The keys that can change even in a finished ticket.
const ALWAYS_OPEN: [&str; 2] = ["notes", "links"];

/// The lists that entries can only be appended to.
const APPENDED: [&str; 2] = ["notes", "approvals"];

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (before, after) in branch.tickets.iter().filter_map(|change| change.both()) {
        findings.extend(frozen(before, after));
        let rewritten = APPENDED
            .iter()
            .filter(|key| !is_appended(&before.document, &after.document, key));
        findings.extend(rewritten.map(|key| rewritten_list(after, key)));
    }
    findings
}

/// Reports an edit of an approved plan, or of a finished ticket.
fn frozen(before: &ParsedTicket, after: &ParsedTicket) -> Option<Finding> {
    let state = before.ticket.state;
    let is_over = state.is_finished();
    let mut changed = changed_plan(&before.document, &after.document);
    if is_over {
        let outside_plan = changed_outside_plan(&before.document, &after.document);
        let shut =
            |key: &&str| !ALWAYS_OPEN.contains(key) && !APPENDED.contains(key) && *key != "state";
        changed.extend(outside_plan.into_iter().filter(shut).map(str::to_owned));
    }
    let is_frozen = state >= State::Approved && (is_over || after.ticket.state >= State::Approved);
    let first = changed.first().filter(|_| is_frozen)?;
    let span = after
        .document
        .root()
        .get(first)
        .map_or(after.ticket.state_span, |node| node.span);
    let help = if is_over {
        format!(
            "only `notes` and `links` of a {} ticket can change; create a new ticket that lists this one in `supersedes`",
            past(state)
        )
    } else if state.may_move_to(State::Draft) {
        "revert the edit, or set `state = \"draft\"` and have the change approved again".to_owned()
    } else {
        "revert the edit; once the change is being deployed, its plan stays as it is".to_owned()
    };
    let finding = RULE
        .finding(
            after.place(),
            span,
            format!("the ticket is `{}` on the base branch", state.as_str()),
        )
        .message(format!(
            "{} changed after the ticket was {}",
            quoted_list(&changed),
            past(state)
        ))
        .help(help)
        .anchor("plan");
    Some(finding)
}

const fn past(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Cancelled => "cancelled",
        _ => "approved",
    }
}

fn rewritten_list(after: &ParsedTicket, key: &str) -> Finding {
    let span = after
        .document
        .root()
        .get(key)
        .map_or_else(Span::default, |node| node.span);
    RULE.finding(
        after.place(),
        span,
        "existing entries were changed or removed",
    )
    .message(format!("existing entries of `{key}` were changed"))
    .help("restore the existing entries, and add new ones below them")
    .anchor(key)
}

#[cfg(test)]
mod tests {
    use super::super::run_branch_rules;
    use super::super::testing::{branch, changed, reported};
    use super::*;
    use crate::rules::testing::settings;

    fn edited(before: &str, after: &str) -> Vec<String> {
        let found = reported(&Branch {
            tickets: vec![changed(before, after)],
            ..branch()
        });
        found
            .into_iter()
            .filter(|(rule, ..)| *rule == RULE.name)
            .map(|(.., message)| message)
            .collect()
    }

    const NOTE: &str = "\nnotes = [{ text = \"a\" }]";

    #[test]
    fn the_plan_of_an_approved_ticket_is_frozen() {
        let found = edited(
            "state = \"approved\"",
            "state = \"deploying\"\ntitle = \"Another\"\nservices = [\"x\"]",
        );
        assert_eq!(
            found,
            ["`services`, `title` changed after the ticket was approved"]
        );
    }

    #[test]
    fn a_plan_that_is_not_approved_may_change() {
        assert_eq!(
            edited(
                "state = \"proposed\"",
                "state = \"proposed\"\ntitle = \"Another\""
            ),
            [""; 0]
        );
    }

    #[test]
    fn approved_ticket_returned_to_draft_can_change() {
        for state in ["draft", "proposed", "reviewed"] {
            let after = format!("state = \"{state}\"\ntitle = \"Another\"");
            assert_eq!(edited("state = \"approved\"", &after), [""; 0], "{state}");
        }
        assert_eq!(
            edited(
                "state = \"approved\"",
                "state = \"cancelled\"\ntitle = \"Another\""
            )
            .len(),
            1
        );
    }

    #[test]
    fn non_plan_fields_can_change_during_work() {
        assert_eq!(
            edited(
                "state = \"approved\"",
                "state = \"deploying\"\nassignee = \"bo\""
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_closed_ticket_takes_notes_and_links_alone() {
        let closed = "state = \"closed\"";
        assert_eq!(
            edited(
                closed,
                &format!("{closed}\nlinks = [\"https://a.example\"]{NOTE}")
            ),
            [""; 0]
        );
        assert_eq!(
            edited(closed, &format!("{closed}\nassignee = \"bo\"")).len(),
            1
        );
        assert_eq!(
            edited(closed, &format!("{closed}\ntitle = \"Another\"")).len(),
            1
        );
    }

    #[test]
    fn notes_are_added_and_never_changed() {
        let before = format!("state = \"proposed\"{NOTE}");
        assert_eq!(
            edited(&before, "state = \"proposed\"\nnotes = [{ text = \"b\" }]"),
            ["existing entries of `notes` were changed"]
        );
        assert_eq!(
            edited(&before, "state = \"proposed\""),
            ["existing entries of `notes` were changed"]
        );
        assert_eq!(
            edited(
                &before,
                "state = \"proposed\"\nnotes = [{ text = \"a\" }, { text = \"b\" }]"
            ),
            [""; 0]
        );
    }

    #[test]
    fn draft_is_suggested_only_if_the_ticket_can_become_one() {
        let help = |state: &str| {
            let state = format!("state = \"{state}\"");
            let after = format!("{state}\ntitle = \"Another\"");
            let branch = Branch {
                tickets: vec![changed(&state, &after)],
                ..branch()
            };
            let found = run_branch_rules(&branch, &settings()).findings;
            let mut found = found.into_iter();
            found.find(|found| found.rule == RULE.name).unwrap().help
        };
        assert!(help("approved").contains("`state = \"draft\"`"));
        assert!(!help("deploying").contains("draft"));
    }
}
