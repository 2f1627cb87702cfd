//! An approval of an earlier version of the ticket's plan.

use super::ApprovalRuleInput;
use crate::approval::ApprovalEffect;
use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule};
use crate::source::{quoted_list, shorten};

pub(super) const RULE: Rule = Rule::new(
    "approval/stale",
    Level::Error,
    "approval of an earlier version of the plan",
    include_str!("stale.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    // A draft's plan is expected to change.
    if !approved.ticket.state.is_past_draft() {
        return;
    }
    for (entry, span) in approved.entries(|effect| *effect == ApprovalEffect::Stale) {
        let has_later = approved.result.entries.iter().any(|other| {
            other.index > entry.index
                && other.effect == ApprovalEffect::Approves
                && other.by == entry.by
        });
        if has_later {
            continue;
        }
        // A ticket that doesn't claim to be approved isn't wrong, but the branch may withdraw an
        // approval by accident.
        let digest = approved
            .approval(entry)
            .and_then(|approval| approval.digest.as_ref());
        let is_withdrawn =
            digest.is_some_and(|digest| Some(&*digest.text) == approved.replaced_plan);
        if !approved.claims_approval() && !is_withdrawn {
            continue;
        }
        let changed = entry
            .index
            .and_then(|index| approved.changed.get(&index))
            .filter(|fields| !fields.is_empty());
        let message = match changed {
            Some(fields) => format!(
                "{} changed after `{}` approved",
                quoted_list(fields),
                shorten(&entry.by)
            ),
            None => format!(
                "the plan differs from the one that `{}` approved",
                shorten(&entry.by)
            ),
        };
        let finding = RULE
            .finding(
                approved.ticket.place(),
                digest.map_or(span, |digest| digest.span),
                "digest of a different plan",
            )
            .message(message)
            .help(approved.answer_to_edit("the edit", "the approver"))
            .anchor(&entry.by);
        findings.push(if approved.claims_approval() {
            finding
        } else {
            finding.at_most(Severity::Warning)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        approval, changed_since_first, findings_of_frozen, reported, rules_of,
    };
    use super::RULE;

    fn stale(by: &str) -> String {
        approval(by).replace("DIGEST", "sha256:0")
    }

    #[test]
    fn approval_of_another_plan_is_reported() {
        let kim = approval("kim@example.com");
        assert_eq!(
            reported(&[&stale("bo@example.com"), &kim], ""),
            ["the plan differs from the one that `bo@example.com` approved"]
        );
        let message =
            changed_since_first(&[&stale("bo@example.com"), &kim], &["title", "rollback"]);
        assert_eq!(
            message,
            ["`title`, `rollback` changed after `bo@example.com` approved"]
        );
    }

    #[test]
    fn edited_approved_plan_must_become_a_draft_first() {
        for (state, expected) in [
            (
                "approved",
                "revert the edit, or set `state = \"draft\"` and have the change approved again",
            ),
            ("deploying", "revert the edit"),
        ] {
            let head = format!("state = \"{state}\"\n");
            let found = findings_of_frozen(&[&stale("bo@example.com")], &head);
            let stale = found.iter().find(|found| found.rule == RULE.name).unwrap();
            assert_eq!(stale.help, expected);
        }
    }

    #[test]
    fn stale_is_ignored_before_approval_and_after_renewal() {
        let (kim, bo) = (approval("kim@example.com"), stale("bo@example.com"));
        assert_eq!(rules_of(&[&bo, &kim], "state = \"proposed\"\n"), [""; 0]);
        assert_eq!(rules_of(&[&bo, &approval("bo@example.com")], ""), [""; 0]);
        assert_eq!(rules_of(&[&kim, &bo], ""), [RULE.name]);
    }
}
