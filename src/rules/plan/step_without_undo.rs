//! A deployment step of a high-risk change that deletes something and does not say how it is undone.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, code_of, deletions, is_destructive};
use crate::ticket::{RiskLevel, Step, StepForm, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/step-without-undo",
    Level::Note,
    "step without an undo",
    include_str!("step_without_undo.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.deployment.steps;
    if ctx.risk < RiskLevel::High {
        return;
    }
    for step in steps
        .iter()
        .filter(|step| step.form == StepForm::Table && !has_undo(step) && deletes(step))
    {
        let finding = RULE
            .finding(ticket.place(), step.span, "no `undo`")
.message("this step does not say how to undo it")
            .help("add `undo` with a command or a sentence, such as \"nothing to undo: read-only\", or `cannot_undo` with the reason")
            .anchor(step.action.path.trim_end_matches(".do"));
        findings.push(finding);
    }
}

/// Deleting in prose.
static DELETES: Pattern = Pattern::new(
    r"(?i)^\s*(?:delete|drop|purge|destroy|truncate|wipe|erase|decommission|terminate|overwrite)\b",
);

/// Whether a step deletes something. For all other steps, a rollback as a whole says enough.
fn deletes(step: &Step) -> bool {
    DELETES.is_match(&step.action.text)
        || code_of(step).into_iter().any(is_destructive)
        || !deletions(std::slice::from_ref(step)).is_empty()
}

fn has_undo(step: &Step) -> bool {
    step.undo.is_some() || step.cannot_undo.is_some() || step.backup
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn count(head: &str, second: &str) -> usize {
        let first = "[[deployment.steps]]\ndo = \"Delete the old index\"\n";
        let text =
            format!("{head}{first}[[deployment.steps]]\ndo = \"`DROP TABLE pool`\"\n{second}");
        rules_of(&text)
            .into_iter()
            .filter(|rule| *rule == RULE.name)
            .count()
    }

    #[test]
    fn a_step_that_has_an_undo_passes() {
        for second in [
            "undo = \"`make pool-20`\"",
            "cannot_undo = \"emails are sent\"",
            "backup = true",
        ] {
            assert_eq!(count("risk.level = \"high\"\n", second), 1, "{second}");
            assert_eq!(count("risk.level = \"medium\"\n", second), 0, "{second}");
        }
    }

    #[test]
    fn steps_that_delete_nothing_need_no_undo() {
        for step in [
            "Check that `pool=20` is live",
            "Merge #12",
            "Scale `pool` to 8",
            "Start the channel",
            "Call the users who did not answer",
            "`kubectl get pods`",
        ] {
            let step = format!("[[deployment.steps]]\ndo = \"{step}\"\n");
            assert_eq!(count(&format!("risk.level = \"high\"\n{step}"), ""), 2);
        }
    }

    #[test]
    fn high_risk_requires_undo_of_deletions() {
        assert_eq!(count("risk.level = \"high\"\n", ""), 2);
        assert_eq!(count("risk.level = \"medium\"\n", ""), 0);
    }

    #[test]
    fn string_steps_are_ignored() {
        assert!(!rules_of("risk.level = \"high\"").contains(&RULE.name));
    }
}
