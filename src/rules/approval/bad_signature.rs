//! A signature that does not count.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

pub(super) const RULE: Rule = Rule::new(
    "approval/bad-signature",
    Level::Error,
    "invalid approval signature",
    include_str!("bad_signature.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    for (entry, span) in
        approved.entries(|effect| matches!(effect, ApprovalEffect::BadSignature(_)))
    {
        let ApprovalEffect::BadSignature(refusal) = &entry.effect else {
            continue;
        };
        let signature = approved
            .approval(entry)
            .and_then(|approval| approval.signature.as_ref());
        let span = signature.map_or(span, |signature| signature.span);
        let finding = RULE
            .finding(approved.ticket.place(), span, "invalid signature")
            .message(format!(
                "the approval by `{}` is invalid: {refusal}",
                shorten(&entry.by)
            ))
            .help(refusal.help())
            .anchor(&entry.by);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, rules_of, signed};
    use super::RULE;

    #[test]
    fn a_signature_that_does_not_fit_is_worse_than_none() {
        let bo = approval("bo@example.com");
        let broken = format!("{bo}signature = \"nonsense\"\n");
        assert_eq!(
            rules_of(&[&approval("kim@example.com"), &broken], ""),
            [RULE.name]
        );
        let another = signed("kim@example.com").replace("kim@example.com", "bo@example.com");
        assert_eq!(
            rules_of(&[&approval("kim@example.com"), &another], ""),
            [RULE.name]
        );
        assert_eq!(rules_of(&[&signed("kim@example.com")], ""), [""; 0]);
    }
}
