//! An approval by a program.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

pub(super) const RULE: Rule = Rule::new(
    "approval/bot-approval",
    Level::Error,
    "approval by a bot",
    include_str!("bot_approval.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    for (entry, span) in approved.entries(|effect| *effect == ApprovalEffect::Bot) {
        let finding = RULE
            .finding(approved.ticket.place(), span, "a bot")
            .message(format!(
                "the approval by `{}` does not count, because a bot made it",
                shorten(&entry.by)
            ))
            .help("have a person approve the change; bots can author changes, but not approve them")
            .anchor(&entry.by);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, rules_of};
    use super::RULE;

    #[test]
    fn programs_do_not_approve() {
        let kim = approval("kim@example.com");
        assert_eq!(
            rules_of(&[&kim, &approval("renovate[bot]")], ""),
            [RULE.name]
        );
        assert_eq!(
            rules_of(&[&kim, &approval("bo.talbot@example.com")], ""),
            [""; 0]
        );
    }
}
