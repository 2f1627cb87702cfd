//! A rollback without a trigger, from medium risk on.

use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::content::is_vague_condition;
use crate::rules::rule::{Check, Rule, TicketContext, replacement};
use crate::text::states_threshold;
use crate::ticket::{Category, RiskLevel, Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-rollback-trigger",
    Level::Warning,
    "rollback without a trigger",
    include_str!("missing_rollback_trigger.md"),
    &[Check::Ticket(check)],
);

const TRIGGER: (&str, &str) = ("trigger", "\"5xx above 1% for 5 minutes\"");

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let deployment = &ticket.deployment;
    let aborts = deployment
        .stages
        .iter()
        .any(|stage| stage.abort_when.is_some() || deployment.abort_when.is_some());
    let steps = deployment.steps.iter();
    let drill = ticket.category == Some(Category::Drill);
    if ctx.risk < RiskLevel::Medium
        || drill
        || aborts
        || steps.chain(&ticket.rollback.steps).any(has_threshold)
        || ticket.rollback.steps.iter().any(says_when)
        || ctx.span_of(&["rollback", "trigger"]).is_some()
    {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.rollback.span, "no `trigger`")
        .message("nothing says when to roll back")
        .help(format!(
            "{}, which says what starts the rollback",
            ctx.describe_addition("rollback", &[TRIGGER])
        ))
        .anchor("rollback.trigger")
        .fix(as_table(ctx));
    findings.push(finding);
}

/// Whether a sentence of a rollback step begins with what it is done for: "If consumers misbehave,
/// …". What could be anything does not count.
fn says_when(step: &Step) -> bool {
    step.action
        .text
        .split(['.', ';', '\n'])
        .any(begins_with_condition)
}

fn begins_with_condition(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.split_whitespace().next().unwrap_or_default();
    let condition = text[first.len()..]
        .split([',', ':', ';'])
        .next()
        .unwrap_or_default();
    let is_condition = ["if", "when", "for"].contains(&first.to_lowercase().as_str());
    is_condition && condition.len() < text.len() - first.len() && !is_vague_condition(condition)
}

/// Whether a step says which measurement stops the change.
fn has_threshold(step: &Step) -> bool {
    let texts = [Some(&step.action), step.expect.as_ref()];
    texts
        .into_iter()
        .flatten()
        .any(|text| states_threshold(&text.text))
}

/// The list of steps as a table, so that a key can be added; its plan and digest stay the same.
fn as_table(ctx: &TicketContext<'_>) -> Option<Fix> {
    let entry = ctx.document.root().entry("rollback")?;
    entry.value.as_array()?;
    Some(Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(entry.key_span, "rollback.steps".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{applied, findings, rules_of};

    fn reports(text: &str) -> bool {
        let rules = rules_of(text);
        assert!(!rules.contains(&"toml/syntax"), "{text}");
        rules.contains(&RULE.name)
    }

    #[test]
    fn from_medium_risk_on_a_rollback_has_a_trigger() {
        assert!(reports("risk.level = \"medium\""));
        let steps = "steps = [\"Run `make pool-20`; `/health` returns pool=20\"]";
        assert!(!reports(&format!(
            "risk.level = \"high\"\n[rollback]\ntrigger = \"5xx above 1%\"\n{steps}"
        )));
    }

    fn help(text: &str) -> String {
        let found = findings(text)
            .into_iter()
            .find(|finding| finding.rule == RULE.name);
        found.map(|finding| finding.help).unwrap_or_default()
    }

    #[test]
    fn the_help_for_a_list_of_steps_makes_it_a_table() {
        let list = "risk.level = \"medium\"\nrollback = [\"Run `make pool-20`; `/health` returns pool=20\"]\n";
        let line = "rollback.trigger = \"5xx above 1% for 5 minutes\"";
        let help = help(list);
        assert!(
            help.starts_with(
                "rename `rollback` to `rollback.steps`, and below it add `rollback.trigger`, such as `\"5xx above 1% for 5 minutes\"`"
            ),
            "{help}"
        );
        let followed = format!("{}{line}\n", list.replace("rollback =", "rollback.steps ="));
        assert!(!reports(&followed));
    }

    #[test]
    fn the_help_for_a_table_adds_a_key() {
        let table = "risk.level = \"medium\"\n[rollback]\nsteps = [\"Run `make pool-20`; `/health` returns pool=20\"]\n";
        let line = "trigger = \"5xx above 1% for 5 minutes\"";
        let help = help(table);
        assert!(
            help.starts_with(
                "to the `rollback` table, add `trigger`, such as `\"5xx above 1% for 5 minutes\"`"
            ),
            "{help}"
        );
        assert!(!reports(&format!("{table}{line}\n")));
    }

    #[test]
    fn the_abort_rule_of_a_stage_is_a_trigger() {
        let text = |stages: &str| {
            format!(
                "risk.level = \"medium\"\n[deployment]\nsteps = [\"Raise `h3.share`\"]\nstages = [{stages}]"
            )
        };
        assert!(!reports(&text(
            "{ share = 1, for = \"1d\", abort_when = \"5xx above 1%\" }"
        )));
        assert!(reports(&text("{ share = 1, for = \"1d\" }")));
    }

    #[test]
    fn threshold_in_a_step_is_a_trigger() {
        assert!(!reports(
            "risk.level = \"medium\"\ndeployment = [\"Merge #12; stop if 5xx rises above 1%\"]"
        ));
    }

    #[test]
    fn condition_that_begins_the_rollback_is_a_trigger() {
        let medium = |step: &str| format!("risk.level = \"medium\"\nrollback = [\"{step}\"]");
        assert!(!reports(&medium(
            "If consumers misbehave, scale `fraud` back to 12"
        )));
        assert!(reports(&medium(
            "If something goes wrong, scale `fraud` back to 12"
        )));
        assert!(reports(&medium("Scale `fraud` back to 12")));
    }

    #[test]
    fn fix_makes_a_list_of_steps_a_table() {
        let list = "risk.level = \"medium\"\nrollback = [\"Run `make pool-20`; `/health` returns pool=20\"]\n";
        assert_eq!(
            applied(list, RULE.name).as_deref(),
            Some(&*list.replace("rollback =", "rollback.steps ="))
        );
    }

    #[test]
    fn low_risks_and_drills_need_none() {
        assert!(!reports("risk.level = \"low\""));
        assert!(!reports("risk.level = \"medium\"\ncategory = \"drill\""));
    }
}
