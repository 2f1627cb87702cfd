//! A change without a way back, of which nobody knows where the way ends and who decides to go on.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Span, join_or};
use crate::ticket::{Reversible, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/irreversible-without-plan",
    Level::Error,
    "irreversible change without a point of no return or a decision-maker",
    include_str!("irreversible_without_plan.md"),
    &[Check::Ticket(check)],
);

/// After which step there is no way back, and who decides to take it.
const KEYS: [(&str, &str); 2] = [
    ("point_of_no_return", "\"step 3\""),
    ("decider", "\"bo@example.com\""),
];

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some((place, label)) = without_rollback(ticket, ctx) else {
        return;
    };
    let is_missing = |(key, _): &(&str, &str)| ctx.span_of(&["rollback", key]).is_none();
    let missing: Vec<(&str, &str)> = KEYS.into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return;
    }
    let named: Vec<String> = missing
        .iter()
        .map(|(key, _)| format!("`rollback.{key}`"))
        .collect();
    let finding = RULE
        .finding(ticket.place(), place, label)
        .message(format!(
            "this change cannot be undone, but has no {}",
            join_or(&named)
        ))
        .help(ctx.describe_addition("rollback", &missing))
        .anchor("rollback");
    findings.push(finding);
}

fn without_rollback(ticket: &Ticket, ctx: &TicketContext<'_>) -> Option<(Span, &'static str)> {
    if ticket.risk.reversible == Some(Reversible::No) {
        return Some((
            ctx.span_of(&["risk", "reversible"])?,
            "the change cannot be undone",
        ));
    }
    let reason = ticket.steps().find_map(|step| step.cannot_undo.as_ref())?;
    Some((reason.span, "this step cannot be undone"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{findings, rules_of};

    const STEP: &str =
        "[[deployment.steps]]\ndo = \"Expire them\"\ncannot_undo = \"the data must be gone\"\n";
    const ROLLBACK: &str =
        "[rollback]\nsteps = [\"Run `make pool-20`; `/health` returns pool=20\"]\n";

    #[test]
    fn what_cannot_be_undone_has_a_point_and_a_decider() {
        assert!(rules_of("risk.reversible = \"no\"").contains(&RULE.name));
        assert!(rules_of(STEP).contains(&RULE.name));
    }

    #[test]
    fn message_names_the_missing_part() {
        let text = format!("{STEP}{ROLLBACK}decider = \"bo\"\n");
        assert_eq!(
            findings(&text)[0].message,
            "this change cannot be undone, but has no `rollback.point_of_no_return`"
        );
    }

    #[test]
    fn both_together_are_a_plan() {
        let text =
            format!("{STEP}{ROLLBACK}decider = \"bo\"\npoint_of_no_return = \"the expiry\"\n");
        assert_eq!(rules_of(&text), [""; 0]);
    }

    #[test]
    fn what_can_be_undone_in_part_passes() {
        assert_eq!(rules_of("risk.reversible = \"partly\""), [""; 0]);
    }
}
