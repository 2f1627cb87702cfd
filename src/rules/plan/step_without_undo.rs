//! A deployment step of a high-risk change that does not say how it is undone.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::is_read_only;
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
        .filter(|step| step.form == StepForm::Table && !has_undo(step) && !is_read_only(step))
    {
        let finding = RULE
            .finding(ticket.place(), step.span, "no `undo`")
.message("this step does not say how to undo it")
            .help("add `undo` with a command or a sentence, such as \"nothing to undo: read-only\", or `cannot_undo` with the reason")
            .anchor(step.action.path.trim_end_matches(".do"));
        findings.push(finding);
    }
}

fn has_undo(step: &Step) -> bool {
    step.undo.is_some() || step.cannot_undo.is_some() || step.backup
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn count(head: &str, second: &str) -> usize {
        let first = "[[deployment.steps]]\ndo = \"Merge #12\"\n";
        let text = format!("{head}{first}[[deployment.steps]]\ndo = \"Scale `pool`\"\n{second}");
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
    fn steps_that_only_look_need_no_undo() {
        let looks = "[[deployment.steps]]\ndo = \"Check that `pool=20` is live\"\n";
        assert_eq!(count(&format!("risk.level = \"high\"\n{looks}"), ""), 2);
    }

    #[test]
    fn high_risk_requires_undo_everywhere() {
        assert_eq!(count("risk.level = \"high\"\n", ""), 2);
        assert_eq!(count("risk.level = \"medium\"\n", ""), 0);
    }

    #[test]
    fn string_steps_are_ignored() {
        assert!(!rules_of("risk.level = \"high\"").contains(&RULE.name));
    }
}
