//! A change of high risk that is described in one sentence.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Kind, RiskLevel, StepForm, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/missing-description",
    Level::Warning,
    "high-risk change without a description",
    include_str!("missing_description.md"),
    &[Check::Ticket(check)],
);

/// So many steps with keys describe a change.
const MANY_TABLES: usize = 3;

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let is_described = ticket.description.is_some()
        || ticket.risk.blast_radius.is_some()
        || tables(ticket) >= MANY_TABLES;
    if ctx.risk < RiskLevel::High
        || is_described
        || ticket.kind == Kind::Emergency
        || ticket.title.text.is_empty()
    {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            ticket.title.span,
            "only a title, no `description`",
        )
        .message(format!(
            "a {}-risk change needs a `description`",
            ctx.risk.as_str()
        ))
        .help("add a `description`: what exactly changes, what it affects, and what could go wrong")
        .anchor("description");
    findings.push(finding);
}

fn tables(ticket: &Ticket) -> usize {
    let steps = ticket.deployment.steps.iter();
    steps.filter(|step| step.form == StepForm::Table).count()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/missing-description";

    #[test]
    fn from_high_risk_on_one_sentence_is_too_little() {
        assert!(rules_of("risk.level = \"high\"").contains(&RULE));
    }

    #[test]
    fn blast_radius_three_tables_and_emergencies_need_none() {
        let step = "[[deployment.steps]]\ndo = \"Merge #12\"\n";
        for text in [
            "risk.blast_radius = \"All checkouts in the EU\"\n",
            "kind = \"emergency\"\n",
            &step.repeat(3),
        ] {
            let text = format!("risk.level = \"high\"\n{text}");
            assert!(!rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn lower_risks_and_described_ones_pass() {
        assert!(!rules_of("risk.level = \"medium\"").contains(&RULE));
        assert!(!rules_of("").contains(&RULE));
        assert!(!rules_of("risk.level = \"low\"\nrisk.reversible = \"no\"").contains(&RULE));
        assert!(!rules_of("[risk]\ndowntime = \"5m\"").contains(&RULE));
        assert!(
            !rules_of("risk.level = \"high\"\ndescription = \"The pool of eu-1 grows first\"")
                .contains(&RULE)
        );
    }
}
