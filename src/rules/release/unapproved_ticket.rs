//! A ticket of the release without approval.

use crate::approval::{ApprovalResult, QuorumShortfall, request_approval};
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
    let finding = |version: &super::ParsedTicket| {
        let result = found
            .approvals
            .iter()
            .find(|result| result.id == version.id());
        let reason = match result.map(|result| &result.judgement) {
            // `release/approval-unknown` reports what only the forge knows.
            Some(result) if result.is_state_unknown() || result.state().is_approved() => None,
            None if version.ticket.state.is_approved() => None,
            Some(result) if version.ticket.state.is_past_draft() => {
                Some(Reason::of_result(result, version.id()))
            }
            _ => Some(Reason::of_state(version)),
        }?;
        let finding = RULE
            .finding(version.place(), version.ticket.state_span, "not approved")
            .message(format!(
                "the release contains `{}`, which {}",
                shorten(version.id()),
                reason.fact
            ))
            .help(reason.help)
            .anchor(version.id());
        Some(finding)
    };
    found.tickets.iter().filter_map(finding).collect()
}

/// Why a ticket is not approved, and what to do about it.
struct Reason {
    fact: String,
    help: String,
}

impl Reason {
    /// The written state is not `approved` or a later one, and nothing else makes it approved.
    fn of_state(version: &super::ParsedTicket) -> Self {
        let (id, state) = (version.id(), version.ticket.state);
        let move_to = |state| shell_command!("tollgate ticket move {id} {state}", id, state);
        let help = match state {
            State::Cancelled => {
                "revert the commits of the cancelled change, or refer to another ticket".to_owned()
            }
            State::Draft => format!("run `{}` and commit the file", move_to("proposed")),
            _ => format!(
                "once it is approved, run `{}` and commit the file",
                move_to("approved")
            ),
        };
        let fact = format!("is `{}`", state.as_str());
        Self { fact, help }
    }

    /// Approvals or fields are missing.
    fn of_result(result: &ApprovalResult, id: &str) -> Self {
        let mut facts: Vec<String> = result
            .rejections()
            .map(|entry| format!("`{}` rejected it", shorten(&entry.by)))
            .collect();
        facts.extend(result.shortfall.as_ref().map(QuorumShortfall::describe));
        facts.extend(
            result
                .describe_missing_fields()
                .map(|needed| format!("it {needed}")),
        );
        let help = if result.missing_fields.is_empty() {
            request_approval(
                "someone who did not work on the change",
                result.evidence,
                id,
            )
        } else {
            "add the missing fields, and have the plan with these fields approved".to_owned()
        };
        let fact = format!("is not approved: {}", facts.join("; "));
        Self { fact, help }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::approval::{Evidence, TicketApprovals};
    use crate::config::Quorum;
    use crate::rules::gate::testing::ticket;
    use crate::ticket::RiskLevel;

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

    /// What is reported about a ticket in this state that needs one approval and has none, if it
    /// must have these fields too.
    fn with_approvals(state: &str, missing_fields: Vec<&'static str>) -> Vec<String> {
        let tickets = vec![ticket(&format!("state = \"{state}\""))];
        let judgement = ApprovalResult {
            entries: Vec::new(),
            shortfall: QuorumShortfall::of(&Quorum::of(1), 0, &[]),
            evidence: Evidence::Claimed,
            needs_forge: false,
            unreachable: None,
            deferral: None,
            written_state: tickets[0].ticket.state,
            missing_fields,
        };
        let approvals = vec![TicketApprovals {
            id: "a".into(),
            path: "changes/a.toml".into(),
            state: tickets[0].ticket.state,
            risk: RiskLevel::Low,
            quorum: Quorum::of(1),
            policies: Vec::new(),
            approvers: None,
            judgement,
            contributors: Vec::new(),
            additions: Vec::new(),
        }];
        let found = ReleaseContext {
            tickets,
            approvals,
            ..clean()
        };
        reported(&found)
            .into_iter()
            .map(|(_, _, message)| message)
            .collect()
    }

    #[test]
    fn missing_approvals_and_fields_are_named() {
        assert_eq!(
            with_approvals("proposed", Vec::new()),
            ["the release contains `a`, which is not approved: 1 more approval is required"]
        );
        assert_eq!(
            with_approvals("reviewed", vec!["review.peers"]),
            [
                "the release contains `a`, which is not approved: 1 more approval is required; it requires `review.peers`"
            ]
        );
        assert_eq!(
            with_approvals("draft", Vec::new()),
            ["the release contains `a`, which is `draft`"]
        );
    }

    #[test]
    fn what_went_further_was_approved_on_the_way() {
        for state in ["approved", "deploying", "validating", "closed"] {
            assert_eq!(in_state(state), [""; 0], "{state}");
        }
    }
}
