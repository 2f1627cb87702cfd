//! A way back without a look at whether it led back; from medium risk on.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, Step, Ticket};

use crate::text::{Pattern, is_observed, is_read_only};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-unverified",
    Level::Warning,
    "rollback without a check that it worked",
    include_str!("rollback_unverified.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.rollback.steps;
    if ctx.risk < RiskLevel::Medium || steps.is_empty() || steps.iter().any(shows_result) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.rollback.span, "result not checked")
        .message("no step checks that the rollback worked")
        .help("add a step that verifies the rollback, or add `expect` to the last step")
        .anchor("rollback.steps");
    findings.push(finding);
}

/// A sentence that says what is then the case: "A student opens the catalogue", "fully validated".
static STATE: Pattern = Pattern::new(
    r"(?ix)\b(?:opens|works|runs|loads|connects|responds|succeeds|arrives?|passes|appears|has|have|contains|says|reads|counts?\s[^.;]*\bas\s+in|resolves|matches|logs\s+in|gets|goes\s+through|can\s+\w+|validated|is\s+(?:back|up|reachable|active|gone|empty|online)|are\s+(?:back|up|reachable|active|gone|empty|online))\b",
);

/// Whether a step describes how to verify it.
pub(super) fn is_verified(step: &Step) -> bool {
    step.expect.is_some() || is_observed(&step.action.text)
}

/// Whether a step of a rollback says what is then the case, or only looks.
fn shows_result(step: &Step) -> bool {
    is_verified(step) || STATE.is_match(&step.action.text) || is_read_only(step)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/rollback-unverified";

    fn reports(level: &str, step: &str) -> bool {
        rules_of(&format!(
            "risk.level = \"{level}\"\nrollback = [\"{step}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn from_medium_risk_on_something_must_be_looked_at() {
        assert!(reports("medium", "Re-apply `pool-20.yaml`"));
        assert!(!reports("low", "Re-apply `pool-20.yaml`"));
    }

    #[test]
    fn a_look_in_any_words_is_enough() {
        for step in [
            "Re-apply `pool-20.yaml`; `/health` returns pool=20",
            "Re-apply pool-20 and check the dashboard",
            "Re-apply pool-20 until the alert is gone",
            "Re-apply pool-20; errors stay under 1%",
            "Re-apply pool-20, p95 back to 5 ms",
            "Re-apply pool-20: waits < 5 ms",
            "Re-apply pool-20. A test account opens the catalogue from outside",
            "Re-apply pool-20. `delv example.net` says fully validated",
            "Re-apply pool-20. Login works again",
            "Re-apply pool-20; the log says 6.0.36",
            "Re-apply pool-20. Row count per month as in the dump log",
        ] {
            assert!(!reports("high", step), "{step}");
        }
    }

    #[test]
    fn comment_suppresses_it() {
        let text = "risk.level = \"medium\"\n# tollgate: allow[content/rollback-unverified] looked at by the alert\n\
            rollback = [\"Re-apply `pool-20.yaml`\"]";
        assert!(
            !rules_of(text)
                .iter()
                .any(|rule| [RULE, "suppress/unused"].contains(rule))
        );
    }
}
