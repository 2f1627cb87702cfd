//! A ticket of the previous release that was not validated.

use crate::config::Level;
use crate::finding::Finding;
use crate::release::{Predecessor, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{shell_command, shorten};
use crate::ticket::RiskLevel;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/unvalidated-predecessor",
    Level::Warning,
    "ticket from the last release that is not closed",
    include_str!("unvalidated_predecessor.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let is_open = |predecessor: &&Predecessor| {
        !predecessor.version.ticket.state.is_finished() && predecessor.risk > RiskLevel::Low
    };
    let finding = |Predecessor { tag, version, risk }: &Predecessor| {
        let (id, state) = (shorten(version.id()), version.ticket.state.as_str());
        RULE.finding(
            version.place(),
            version.ticket.state_span,
            format!("released as `{}`", shorten(tag)),
        )
        .message(format!(
            "the {}-risk ticket `{id}` from the last release is still `{state}`",
            risk.as_str()
        ))
        .help(format!(
            "validate the change, then run `{}`",
            shell_command!("tollgate ticket move {id} closed", id = version.id())
        ))
        .anchor(version.id())
    };
    found
        .predecessors
        .iter()
        .filter(is_open)
        .map(finding)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::gate::testing::ticket;

    fn released_before(state: &str, risk: RiskLevel) -> Vec<String> {
        let version = ticket(&format!("state = \"{state}\""));
        let predecessors = vec![Predecessor {
            tag: "v1.2.0".into(),
            version,
            risk,
        }];
        reported(&ReleaseContext {
            predecessors,
            ..clean()
        })
        .into_iter()
        .map(|(_, _, message)| message)
        .collect()
    }

    #[test]
    fn what_went_before_is_seen_to_work() {
        let message = "the medium-risk ticket `a` from the last release is still `validating`";
        assert_eq!(released_before("validating", RiskLevel::Medium), [message]);
        assert_eq!(released_before("closed", RiskLevel::High), [""; 0]);
    }

    #[test]
    fn low_risk_predecessor_needs_no_state() {
        assert_eq!(released_before("approved", RiskLevel::Low), [""; 0]);
    }
}
