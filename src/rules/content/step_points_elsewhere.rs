//! A step that only points to where the step is.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::Pattern;
use crate::ticket::{RiskLevel, Step, Ticket};

use super::rollback_unverified::is_verified;

pub(super) const RULE: Rule = Rule::new(
    "content/step-points-elsewhere",
    Level::Warning,
    "step that only points elsewhere",
    include_str!("step_points_elsewhere.md"),
    &[Check::Ticket(check)],
);

static ELSEWHERE: Pattern = Pattern::new(
    r"(?ix)^(?:please\s+)?(?:
        (?:merge|apply|run|deploy|do|execute|follow|perform|carry\s+out)\s+(?:the\s+)?(?:following|below|above|steps?\s+(?:below|above|in\s+the\s+(?:comments?|description|ticket|issue|runbook|document(?:ation)?|wiki)))
        | (?:as\s+)?(?:detailed|described|outlined|listed|documented|explained)\s+(?:below|above|elsewhere|separately|in\s+the\s+(?:comments?|description|ticket|issue|runbook|document(?:ation)?|wiki|thread))
        | (?:follow|use|apply|do|execute|run)\s+the\s+(?:usual\s+|normal\s+|standard\s+|upgrade\s+)?(?:process|procedure|steps|instructions|guide)\s+(?:in|from|of|on|described\s+in)\s+(?:the|our)\s+(?:readme|wiki|docs?|documentation|runbook|handbook|guide)
        | (?:see|refer\s+to|check|follow|use|as\s+in|per)\s+(?:the\s+)?(?:comments?|description|runbook|document(?:ation)?|wiki|thread|attachment|above|below|steps?)(?:\s+(?:below|above))?
        )(?:\s+(?:steps?|commands?|mrs?|prs?|changes?|instructions?|procedure))?[\s:.]*$",
);
static REVERT_THIS: Pattern = Pattern::new(
    r"(?i)^(?:please\s+)?(?:revert|undo|roll\s*back)\s+(?:this|it|the\s+change|everything)[\s:.]*$",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for step in ticket.steps().filter(|step| points_elsewhere(step)) {
        let finding = RULE
            .finding(ticket.place(), step.action.span, "where is it?")
            .message("this step only points elsewhere")
            .help(
                "write the step here, or name the document in this step: its path, link, or number",
            )
            .anchor(&step.action.path);
        findings.push(finding);
    }
    let steps = &ticket.rollback.steps;
    if ctx.risk < RiskLevel::Medium || steps.iter().any(is_verified) {
        return;
    }
    let reverts =
        |step: &&Step| step.run.is_none() && REVERT_THIS.is_match(step.action.text.trim());
    if let Some(step) = steps.iter().find(reverts).filter(|_| steps.len() > 1) {
        let finding = RULE
            .finding(ticket.place(), step.action.span, "revert what?")
            .message("this step does not say what to revert or how to check it")
            .help("name the commit or change to revert and the result to expect")
            .anchor(&step.action.path);
        findings.push(finding);
    }
}

/// Whether a step only says where the step is.
pub(super) fn points_elsewhere(step: &Step) -> bool {
    step.run.is_none() && step.expect.is_none() && ELSEWHERE.is_match(step.action.text.trim())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/step-points-elsewhere";

    fn reports(step: &str) -> bool {
        rules_of(&format!("deployment = [\"Merge #12\", \"{step}\"]")).contains(&RULE)
    }

    #[test]
    fn steps_without_a_name_or_link_are_found() {
        for step in [
            "Merge the following MRs:",
            "As detailed below",
            "See the comments",
            "Follow the runbook",
            "Run the steps in the description",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn named_documents_are_accepted() {
        for step in [
            "Merge this pull request",
            "Follow the runbook docs/runbooks/pool.md",
            "See the comments in `pool.yaml` and set 40",
            "Merge the following: #12, #13",
            "Check the runbook exists in the wiki",
            "Use the wiki page https://wiki.acme.dev/pool",
        ] {
            assert!(!reports(step), "{step}");
        }
    }
}
