//! A rollback of which every step is a step of the deployment: carried out, it deploys again.

use std::borrow::Cow;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Step, Ticket};

use crate::text::{PieceKind, is_stop_word, pieces, words};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-copies-deployment",
    Level::Error,
    "rollback that repeats the deployment",
    include_str!("rollback_copies_deployment.md"),
    &[Check::Ticket(check)],
)
.any_language();

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let deployed: Vec<Vec<String>> = ticket.deployment.steps.iter().map(essence).collect();
    let copies = |step: &Step| {
        Some(essence(step))
            .filter(|value| !value.is_empty())
            .is_some_and(|value| deployed.contains(&value))
    };
    let steps = &ticket.rollback.steps;
    let is_small_part = 2 * steps.len() < ticket.deployment.steps.len();
    if steps.is_empty() || is_small_part || !steps.iter().all(copies) {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            steps[0].action.span,
            "also a deployment step",
        )
        .message("the rollback repeats the deployment")
        .help("describe how to undo the change: the version, commit, or file to go back to")
        .anchor("rollback.steps");
    findings.push(finding);
}

/// What a step says without case, punctuation, stop words, "again" and "re-"; verbs, numbers and
/// code stay.
fn essence(step: &Step) -> Vec<String> {
    let texts = [Some(&step.action), step.run.as_ref()];
    let mut value = Vec::new();
    for (kind, piece) in texts
        .into_iter()
        .flatten()
        .flat_map(|text| pieces(&text.text))
    {
        match kind {
            PieceKind::Code => value.push(piece.trim().to_owned()),
            PieceKind::Word | PieceKind::Quotation => {
                value.extend(words(piece).map(Cow::into_owned));
            }
        }
    }
    value.retain(|word| !is_stop_word(word) && word != "re");
    value
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/rollback-copies-deployment";

    fn reports(deployment: &str, rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [{deployment}]\nrollback = [{rollback}]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn the_same_steps_in_other_dress_are_found() {
        assert!(reports(
            "\"Apply `pool.yaml` to eu-1\"",
            "\"Apply `pool.yaml` to eu-1.\""
        ));
        assert!(reports(
            "\"Apply the manifest of billing\"",
            "\"Re-apply manifest of billing again\""
        ));
        assert!(reports(
            "\"Merge #12\", \"Restart `cartd`\"",
            "\"Restart `cartd`\""
        ));
    }

    #[test]
    fn an_inverse_is_no_copy() {
        for (deployment, rollback) in [
            ("Apply `pool-40.yaml`", "Apply `pool-20.yaml`"),
            ("Scale cartd to 40", "Scale cartd to 20"),
            ("Enable the flag", "Disable the flag"),
            (
                "Move traffic from blue to green",
                "Move traffic from green to blue",
            ),
            ("Add the column", "Drop the column"),
        ] {
            assert!(
                !reports(&format!("\"{deployment}\""), &format!("\"{rollback}\"")),
                "{rollback}"
            );
        }
    }

    #[test]
    fn one_step_of_its_own_is_enough() {
        assert!(!reports(
            "\"Restart `cartd`\"",
            "\"Apply `pool-20.yaml`\", \"Restart `cartd`\""
        ));
    }
}
