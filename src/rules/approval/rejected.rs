//! A rejection that is still in effect.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;
use crate::ticket::State;

pub(super) const RULE: Rule = Rule::new(
    "approval/rejected",
    Level::Error,
    "rejected change",
    include_str!("rejected.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    if approved.ticket.state == State::Draft {
        return;
    }
    for (entry, span) in approved.entries(|effect| *effect == ApprovalEffect::Rejects) {
        let reason = approved
            .approval(entry)
            .and_then(|approval| approval.reason.as_ref());
        let reason = reason
            .map(|reason| format!(": {}", shorten(&reason.text)))
            .unwrap_or_default();
        let finding = RULE
            .finding(approved.ticket.place(), span, "rejects the current plan")
            .message(format!("`{}` rejected the change{reason}", shorten(&entry.by)))
            .help("change the plan, or ask the same person to approve it with evidence at least as strong as that of the rejection")
            .anchor(&entry.by);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, rejection, reported, rules_of};
    use super::RULE;

    #[test]
    fn rejection_lasts_until_the_same_person_approves() {
        let (kim, bo) = (approval("kim@example.com"), rejection("bo@example.com"));
        assert_eq!(
            reported(&[&kim, &bo], ""),
            ["`bo@example.com` rejected the change: no window"]
        );
        assert_eq!(
            rules_of(&[&kim, &bo, &approval("bo@example.com")], ""),
            [""; 0]
        );
        assert_eq!(
            rules_of(&[&kim, &bo], "state = \"proposed\"\n"),
            [RULE.name]
        );
        assert_eq!(rules_of(&[&kim, &bo], "state = \"draft\"\n"), [""; 0]);
    }
}
