//! A rollback that only says to contact someone.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, is_observed, is_plain_prose};
use crate::ticket::{Step, Ticket};

use super::trivial_rollback::is_trivial;

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-is-a-call",
    Level::Error,
    "rollback that only says to contact someone",
    include_str!("rollback_is_a_call.md"),
    &[Check::Ticket(check)],
);

static CONTACTS: Pattern = Pattern::new(
    r"(?i)^(?:if\b[^,]*,\s*)?(?:please\s+)?(?:we\s+)?(?:call|contact|ask|tell|inform|notify|page|phone|e-?mail|escalate|raise\s+(?:a|an)\s+\w+|open\s+(?:a|an)\s+(?:\w+\s+){0,3}(?:ticket|case|incident|issue|request)|get\s+in\s+touch|reach\s+out)\b",
);
/// What the contacted person should do.
static REQUEST: Pattern = Pattern::new(
    r"(?i)\b(?:to\s+(?:\w+\s+)?(?:revert|restore|switch|set|put|undo|re-?\w+|roll|change|remove|add|stop|start|move|turn|disable|enable|delete|point|fail|run|apply|deploy)|(?:that|then)\b)",
);
/// Numbers that say whom to contact, and how urgently.
static ASIDE: Pattern =
    Pattern::new(r"(?i)\([^()]*\)|\b(?:priority|prio|severity|sev|p)[\s-]?\d\b");
/// A step that leaves what is done to those who were contacted.
static OBEYS: Pattern = Pattern::new(
    r"(?i)^(?:then\s+)?(?:carry\s+out|do|follow|apply)\s+(?:what(?:ever)?\s+(?:they|the\s+\w+)\s+(?:advises?|says?|recommends?|suggests?|tells?\s+us)|their\s+(?:advice|instructions|recommendations?))\W*$",
);
static IMPOSSIBLE: Pattern = Pattern::new(
    r"(?i)^(?:(?:a\s+)?(?:rollback|roll\s?back|this|it|reverting|the\s+change)\s+)?(?:is\s+)?(?:not\s+possible|impossible|cannot\s+be\s+(?:undone|reverted|rolled\s+back)|can(?:'|’)t\s+be\s+(?:undone|reverted|rolled\s+back)|irreversible|no\s+rollback(?:\s+(?:possible|needed|required))?)\W*$",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let steps = &ticket.rollback.steps;
    if steps.is_empty() || steps.iter().all(is_trivial) || !steps.iter().all(is_call) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), steps[0].action.span, "undoes nothing")
        .message("the rollback only says to contact someone")
        .help("describe what they do to undo the change, or what is done if it cannot be undone")
        .anchor("rollback.steps");
    findings.push(finding);
}

/// Whether a step only says to contact someone, or says that nothing can be done.
fn is_call(step: &Step) -> bool {
    let text = step.action.text.trim();
    if step.run.is_some() || step.expect.is_some() {
        return false;
    }
    let said = ASIDE.replace_all(text, "");
    let is_bare = !REQUEST.is_match(text)
        && !said.contains(|c: char| c.is_ascii_digit())
        && !is_observed(text)
        && is_plain_prose(text);
    IMPOSSIBLE.is_match(text) || OBEYS.is_match(text) || (CONTACTS.is_match(text) && is_bare)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/rollback-is-a-call";

    fn reports(step: &str) -> bool {
        rules_of(&format!("rollback = [\"{step}\"]")).contains(&RULE)
    }

    #[test]
    fn contacting_somebody_undoes_nothing() {
        for step in [
            "Call Bo from the storage team",
            "If it fails, inform the network team and wait",
            "Open a case with Dell",
            "Open a priority 1 case with the hotline (contract 77-2041) and give them access",
            "Carry out what they advise.",
            "Rollback is not possible",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn saying_what_they_do_is_accepted() {
        for step in [
            "Ask the network team to restore the old route",
            "Call 0800-1234 and give code 7",
            "Tell Bo to run `make undo`",
            "Page the DBA, who checks that replication is back",
            "A shipped build cannot be pulled back; pause the rollout in App Store Connect",
            "Call the method Undo on the console, then set the flag off",
        ] {
            assert!(!reports(step), "{step}");
        }
        assert!(
            !rules_of("rollback = [\"Call Bo from storage\", \"Re-apply `a.yaml`\"]")
                .contains(&RULE)
        );
    }

    #[test]
    fn one_fault_gives_one_finding() {
        assert!(!reports("Open a ticket with the vendor"));
    }
}
