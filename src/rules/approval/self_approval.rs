//! An approval by a contributor to the change.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

pub(super) const RULE: Rule = Rule::new(
    "approval/self-approval",
    Level::Error,
    "approval by someone who worked on the change",
    include_str!("self_approval.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    for (entry, span) in
        approved.entries(|effect| matches!(effect, ApprovalEffect::SelfApproval(_)))
    {
        let ApprovalEffect::SelfApproval(part) = entry.effect else {
            continue;
        };
        let finding = RULE
            .finding(approved.ticket.place(), span, part.label())
            .message(format!("`{}` approved their own work", shorten(&entry.by)))
            .help(
                approved
                    .request_from("someone who contributed to neither the commits nor the plan"),
            )
            .anchor(&entry.by);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, rules_of};
    use super::RULE;
    use crate::approval::Involvement;

    #[test]
    fn authors_and_requesters_do_not_approve() {
        let kim = approval("kim@example.com");
        assert_eq!(
            rules_of(&[&approval("ada@example.com"), &kim], ""),
            [RULE.name]
        );
        let required = "requester = \"bo@example.com\"\n";
        assert_eq!(
            rules_of(&[&approval("bo@example.com"), &kim], required),
            [RULE.name]
        );
        assert_eq!(rules_of(&[&approval("bo@example.com"), &kim], ""), [""; 0]);
    }

    #[test]
    fn label_says_what_the_person_did() {
        assert_eq!(
            (Involvement::Editor.label(), Involvement::Requester.label()),
            ("edited the plan", "is the requester")
        );
    }
}
