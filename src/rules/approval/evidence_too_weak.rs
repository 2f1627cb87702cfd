//! An approval with weaker evidence than its risk requires.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

pub(super) const RULE: Rule = Rule::new(
    "approval/evidence-too-weak",
    Level::Error,
    "approval with insufficient evidence",
    include_str!("evidence_too_weak.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    for (entry, span) in approved.entries(|effect| matches!(effect, ApprovalEffect::TooWeak(_))) {
        let ApprovalEffect::TooWeak(needed) = entry.effect else {
            continue;
        };
        // Approvals are never taken out of a ticket, so a better one of the same person stands
        // beside it.
        if approved
            .entries(|effect| *effect == ApprovalEffect::Approves)
            .any(|(other, _)| other.by == entry.by)
        {
            continue;
        }
        let (evidence, risk) = (entry.evidence.as_str(), approved.risk.as_str());
        let message = format!(
            "the approval by `{}` is only `{evidence}`",
            shorten(&entry.by)
        );
        let label = format!("{risk} risk requires `{}` or stronger", needed.as_str());
        let help = approved.request_from("the approver");
        findings.push(
            RULE.finding(approved.ticket.place(), span, label)
                .message(message)
                .help(help)
                .anchor(&entry.by),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, findings_with, signed};
    use super::RULE;
    use crate::approval::Evidence;

    fn rules(evidence: Evidence, approval: &str) -> Vec<&'static str> {
        findings_with(evidence, approval)
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn what_is_typed_proves_little() {
        let both = [RULE.name, "approval/quorum-missing"];
        for needed in [Evidence::Attributed, Evidence::Forge, Evidence::Signed] {
            let mut messages = rules(needed, &approval("kim@example.com"));
            messages.sort_unstable();
            assert_eq!(messages, both, "{needed:?}");
        }
        assert_eq!(
            rules(Evidence::Claimed, &approval("kim@example.com")),
            [""; 0]
        );
        assert_eq!(rules(Evidence::Signed, &signed("kim@example.com")), [""; 0]);
    }

    #[test]
    fn stronger_later_approval_replaces_weak_one() {
        let both = approval("kim@example.com") + &signed("kim@example.com");
        assert_eq!(rules(Evidence::Signed, &both), [""; 0]);
        let other = approval("bo@example.com") + &signed("kim@example.com");
        assert_eq!(rules(Evidence::Signed, &other), [RULE.name]);
    }
}
