//! A rollback whose steps only say that the change is undone.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Step, Ticket};

use crate::text::{Code, Words, is_hollow};

pub(super) const RULE: Rule = Rule::new(
    "content/trivial-rollback",
    Level::Error,
    "rollback without a specific action",
    include_str!("trivial_rollback.md"),
    &[Check::Ticket(check)],
);

/// Words that fit any rollback.
pub(super) static WORDS: Words = Words::new(
    "revert rollback roll rolled undo undone restore restored backup snapshot fix forward change \
     commit pr mr pull merge request deployment deploy redeploy re release version previous \
     prior old last earlier original state configuration config code database db git something \
     anything go goes went gone wrong fails failure fail need necessary case problem issue do \
     application app service system server pipeline ci everything normal down migration restart \
     open ticket vendor supplier support contact call ask escalate inform helm kubectl rollout \
     quick quickly procedure process standard usual required unlikely expected \
     anticipated bring perform execute developer standby team available ready colleague always halt stop regroup come comes up step reverse order inverse opposite action put way problems \
     set above return setting value switch working reactivate reset back",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.rollback.steps;
    if steps.is_empty() || !steps.iter().all(is_trivial) {
        return;
    }
    let first = &steps[0].action;
    let finding = RULE
        .finding(ticket.place(), first.span, "no target or command")
        .message("the rollback does not say how to undo the change")
        .help("name the commit, version, or file to go back to, the command to run, and the result to expect")
        .anchor("rollback.steps");
    findings.push(finding);
}

/// Whether a step says nothing but that the change is undone.
pub(super) fn is_trivial(step: &Step) -> bool {
    let texts = [Some(&step.action), step.run.as_ref(), step.expect.as_ref()];
    texts
        .into_iter()
        .flatten()
        .all(|text| is_hollow(&text.text, &[&WORDS], Code::AsWords))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/trivial-rollback";

    #[test]
    fn going_back_without_a_place_to_go_is_found() {
        for step in [
            "Revert",
            "Roll back to the previous version",
            "`git revert`",
            "Restore the backup",
            "Redeploy the old release",
            "Fix forward if something goes wrong",
            "We fix forward, the developers are on standby",
            "Bring the system back to the state before the change",
            "Perform the steps in reverse order",
            "Set everything back to the previous settings",
            "Return to the original values",
            "Go back to the last working version",
            "If there are problems, everything is put back to the way it was before the change.",
        ] {
            assert!(
                rules_of(&format!("rollback = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
    }

    #[test]
    fn a_place_to_go_back_to_is_enough() {
        for step in [
            "`git revert 3f2a91c`",
            "Redeploy 2.3.1",
            "Switch the flag `pool` off",
            "Restore snapshot pool-42",
            "Run `helm rollback billing`",
            "Scale the pool to twenty",
            "Set the pool back to the previous value",
            "Return the traffic to blue",
            "Reset the router",
        ] {
            assert!(
                !rules_of(&format!("rollback = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
    }

    #[test]
    fn one_meaningful_step_is_enough() {
        assert!(!rules_of("rollback = [\"Revert\", \"Apply `pool-20.yaml`\"]").contains(&RULE));
    }
}
