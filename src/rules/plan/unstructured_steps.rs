//! A deployment of high risk whose steps are sentences: nobody can tick off, time or undo a
//! sentence.

use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Edit, Source};
use crate::text::{PieceKind, is_observed, pieces};
use crate::ticket::{RiskLevel, Step, StepForm, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/unstructured-steps",
    Level::Warning,
    "high-risk deployment with plain-text steps",
    include_str!("unstructured_steps.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.deployment.steps;
    let is_bare = |step: &Step| step.form == StepForm::Text && is_bare(&step.action.text);
    let Some(step) = steps
        .first()
        .filter(|_| ctx.risk >= RiskLevel::High && steps.iter().all(is_bare))
    else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), step.span, "no command and no expected result")
        .message(format!("a {}-risk change needs steps that can be followed one by one", ctx.risk.as_str()))
        .help("write each step as a `[[deployment.steps]]` table with `do`, `run`, `expect`, `owner`, `takes`, and `undo`")
        .anchor("deployment.steps")
        .fix(Some(as_tables(steps, ctx.document.source())));
    findings.push(finding);
}

/// Whether a step has neither code nor an observation.
fn is_bare(action: &str) -> bool {
    let has_code = pieces(action)
        .iter()
        .any(|(kind, _)| *kind == PieceKind::Code);
    !has_code && !is_observed(action)
}

/// The steps as tables that have only `do`.
fn as_tables(steps: &[Step], source: &Source) -> Fix {
    let sentences = steps.iter().filter(|step| step.form == StepForm::Text);
    let as_table = |step: &Step| Edit {
        span: step.span,
        text: format!("{{ do = {} }}", source.slice(step.span)),
    };
    Fix {
        applicability: Applicability::Unsafe,
        edits: sentences.map(as_table).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{applied, rules_of};

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE.name)
    }

    #[test]
    fn from_high_risk_on_steps_are_tables() {
        assert!(reports("risk.level = \"high\""));
    }

    #[test]
    fn steps_with_a_command_or_an_observation_are_accepted() {
        for step in [
            "Run `make pool-40`",
            "Merge #12; `/health` shows pool=40",
            "Wait until all pods are ready",
        ] {
            let text = format!("risk.level = \"high\"\ndeployment = [\"{step}\"]");
            assert!(!reports(&text), "{step}");
        }
    }

    #[test]
    fn one_checkable_step_is_enough() {
        assert!(!reports(
            "risk.level = \"high\"\ndeployment = [\"Tell the team\", \"Run `make pool-40`\"]"
        ));
    }

    #[test]
    fn fix_wraps_each_sentence() {
        let text = "risk.level = \"high\"\ndeployment = [\"Merge #12\", 'Tell #ops']\n";
        assert_eq!(
            applied(text, RULE.name).as_deref(),
            Some(
                "risk.level = \"high\"\ndeployment = [{ do = \"Merge #12\" }, { do = 'Tell #ops' }]\n"
            )
        );
    }

    #[test]
    fn tables_and_low_risk_sentences_are_accepted() {
        assert!(!reports("risk.level = \"medium\""));
        assert!(!reports(
            "risk.level = \"high\"\n[[deployment.steps]]\ndo = \"Merge #12\"\nundo = \"revert it\""
        ));
    }
}
