//! A command that deletes without a way back, before anybody looked at what it will hit.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Step, Ticket};

use super::rollback_unverified::is_verified;
use crate::text::{Pattern, code_of, is_destructive};

pub(super) const RULE: Rule = Rule::new(
    "content/unguarded-destructive-command",
    Level::Warning,
    "destructive command without a check",
    include_str!("unguarded_destructive_command.md"),
    &[Check::Ticket(check)],
)
.any_language();

static DRY_RUN: Pattern = Pattern::new(r"(?i)\bdry[ _-]?run\b");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let mut tried = false;
    for step in &ticket.deployment.steps {
        tried |= texts(step).any(|text| DRY_RUN.is_match(text));
        let Some(command) = code_of(step)
            .into_iter()
            .find(|command| is_destructive(command))
        else {
            continue;
        };
        if tried || is_verified(step) {
            continue;
        }
        let place = step
            .run
            .as_ref()
            .filter(|run| run.text.contains(command))
            .unwrap_or(&step.action);
        let finding = RULE
            .finding(ticket.place(), place.span, "no check before or after")
            .message("nothing checks the target of this destructive command")
            .help("add a dry run in an earlier step, or add an `expect` that shows that the right target was affected")
            .anchor(&step.action.path);
        findings.push(finding);
    }
}

fn texts(step: &Step) -> impl Iterator<Item = &str> {
    [Some(&step.action), step.run.as_ref()]
        .into_iter()
        .flatten()
        .map(|text| text.text.as_str())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/unguarded-destructive-command";

    #[test]
    fn a_dry_run_before_it_or_a_look_at_it_guards() {
        assert!(rules_of("deployment = [\"Run `dropdb old`\"]").contains(&RULE));
        assert!(
            !rules_of("deployment = [\"Do a dry run on eu-1\", \"Run `dropdb old`\"]")
                .contains(&RULE)
        );
        assert!(
            !rules_of("deployment = [\"Run `dropdb old`; `psql -l` lists it no longer\"]")
                .contains(&RULE)
        );
    }

    #[test]
    fn rollback_may_delete_what_was_created() {
        assert!(!rules_of("rollback = [\"Run `helm uninstall ranker`\"]").contains(&RULE));
    }

    #[test]
    fn a_command_in_a_table_is_pointed_at() {
        let text = "[[deployment.steps]]\ndo = \"Clean up\"\nrun = \"rm -rf $OLD\"";
        assert!(rules_of(text).contains(&RULE));
    }
}
