//! A ticket of the release that has to be approved in a forge, whose answer is unknown.

use crate::approval::ApprovalStatus;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::approval::{ApprovalRuleInput, Stage};
use crate::rules::rule::{Check, Rule};
use crate::source::{shell_command, shorten};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/approval-unknown",
    Level::Error,
    "approval that only the forge can confirm",
    include_str!("approval_unknown.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    let ApprovalRuleInput {
        ticket,
        result: judgement,
        stage,
        ..
    } = approved;
    let needs_approval =
        approved.claims_approval() || approved.may_be_bypassed() || judgement.is_state_unknown();
    if *stage != Stage::Release || !needs_approval || judgement.status() != ApprovalStatus::Unknown
    {
        return;
    }
    let (id, risk) = (shorten(&ticket.identity.text), approved.risk.as_str());
    let label = format!("{risk} risk requires approval on the forge");
    let sign = shell_command!(
        "tollgate ticket approve --sign {id}",
        id = ticket.identity.text
    );
    let finding = RULE
        .finding(ticket.place(), ticket.state_span, label)
        .message(format!(
            "cannot confirm the approvals of `{id}`: only the forge knows them"
        ))
        .help(format!(
            "sign an approval with `{sign}`; if the forge enforces approvals on this branch, set \
             `\"release/approval-unknown\" = \"warning\"` under `[rules]`"
        ))
        .anchor("approvals");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::{RULE, Stage};
    use crate::rules::approval::testing::{approval, findings_without_forge, signed};

    fn rules(stage: Stage, approvals: &[&str]) -> Vec<&'static str> {
        findings_without_forge(stage, approvals)
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn what_only_the_forge_knows_is_unknown_at_a_release() {
        assert_eq!(rules(Stage::Release, &[]), [RULE.name]);
        assert_eq!(
            rules(Stage::Release, &[&approval("kim@example.com")]),
            [RULE.name]
        );
    }

    #[test]
    fn a_signature_is_known_without_the_forge() {
        assert_eq!(
            rules(Stage::Release, &[&signed("kim@example.com")]),
            [""; 0]
        );
    }

    #[test]
    fn gate_reports_missing_forge_file() {
        let found = findings_without_forge(Stage::Merge, &[]);
        let message = "a low-risk change requires 1 approval on the forge, but no `--approvals` file says who approved";
        assert_eq!(
            (found[0].rule, found[0].message.as_str()),
            ("approval/quorum-missing", message)
        );
    }
}
