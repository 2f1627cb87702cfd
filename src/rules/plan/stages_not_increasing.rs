//! Stages of a rollout that don't increase.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::ticket::{Stage, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/stages-not-increasing",
    Level::Error,
    "stages that do not increase",
    include_str!("stages_not_increasing.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pair) in ticket.deployment.stages.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let (Some(first), Some(second)) = (before.share, after.share) else {
            continue;
        };
        let problem = if second < first {
            "is smaller than"
        } else if second == first && is_same_abort(before, after) {
            "equals"
        } else {
            continue;
        };
        let finding = RULE
            .finding(
                ticket.place(),
                after.span,
                format!("{second}% after {first}%"),
            )
            .message(format!("this stage's share {problem} the previous stage's"))
            .help("list the stages in order, from the smallest share to the largest")
            .related(ticket.place(), Label::new(before.span, "previous stage"))
            .anchor(format!("deployment.stages[{}]", index + 1));
        findings.push(finding);
    }
}

fn is_same_abort(one: &Stage, other: &Stage) -> bool {
    let text = |stage: &Stage| stage.abort_when.as_ref().map(|text| text.text.clone());
    text(one) == text(other)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(stages: &str) -> bool {
        let text = format!("[deployment]\nsteps = [\"Merge #12\"]\nstages = [{stages}]");
        rules_of(&text).contains(&"plan/stages-not-increasing")
    }

    #[test]
    fn falling_and_repeated_shares_are_found() {
        assert!(reports("{ share = 5 }, { share = 50 }, { share = 25 }"));
        assert!(reports("{ share = 5 }, { share = 5 }"));
    }

    #[test]
    fn growing_shares_and_new_conditions_are_accepted() {
        for stages in [
            "{ share = 1 }, { share = 5 }, { share = 100 }",
            "{ share = 5, abort_when = \"5xx above 1%\" }, { share = 5, abort_when = \"p95 above 80 ms\" }",
            "{ share = 100 }",
            "",
            "{ share = 5 }, { for = \"1h\" }, { share = 50 }",
        ] {
            assert!(!reports(stages), "{stages}");
        }
    }
}
