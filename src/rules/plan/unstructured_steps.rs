//! A deployment of high risk whose steps are sentences: nobody can tick off, time or undo a
//! sentence.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, StepForm, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/unstructured-steps",
    Level::Error,
    "high-risk deployment with plain-text steps",
    include_str!("unstructured_steps.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let sentence = ticket
        .deployment
        .steps
        .iter()
        .find(|step| step.form == StepForm::Text);
    let Some(step) = sentence.filter(|_| ctx.risk >= RiskLevel::High) else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), step.span, "plain-text step")
.message(format!("the deployment steps of a {}-risk change must be tables", ctx.risk.as_str()))
        .help("write each step as a `[[deployment.steps]]` table with `do`, `run`, `expect`, `owner`, `takes`, and `undo`")
        .anchor("deployment.steps");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE.name)
    }

    #[test]
    fn from_high_risk_on_steps_are_tables() {
        assert!(reports("risk.level = \"high\""));
        assert!(reports("risk.reversible = \"no\"\nrisk.downtime = \"5m\""));
    }

    #[test]
    fn tables_and_low_risk_sentences_are_accepted() {
        assert!(!reports("risk.level = \"medium\""));
        assert!(!reports(
            "risk.level = \"high\"\n[[deployment.steps]]\ndo = \"Merge #12\"\nundo = \"revert it\""
        ));
    }
}
