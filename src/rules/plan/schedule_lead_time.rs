//! A start that leaves too little time for a review; a higher risk requires more time.

use jiff::SignedDuration;

use super::schedule::window;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{RiskLevel, State, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-lead-time",
    Level::Warning,
    "change window that opens too soon for a review",
    include_str!("schedule_lead_time.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(start) = ticket.schedule.as_ref().and_then(|schedule| schedule.start) else {
        return;
    };
    // A window in the past is a bigger problem than an early start; `schedule-implausible` reports
    // it.
    let over = window(ticket).is_some_and(|(_, end)| end.timestamp <= ctx.settings.now);
    let hours = hours(ctx.risk);
    let lead = start.timestamp.duration_since(ctx.settings.now);
    if ticket.state > State::Reviewed || over || lead >= SignedDuration::from_hours(hours) {
        return;
    }
    let risk = ctx.risk.as_str();
    let (label, message) = if lead.is_negative() {
        (
            "in the past",
            format!(
                "the change window has opened, but the ticket is still `{}`",
                ticket.state.as_str()
            ),
        )
    } else {
        (
            "too soon",
            format!(
                "the change window opens in less than {hours} hours, the minimum for {risk} risk"
            ),
        )
    };
    let finding = RULE
        .finding(ticket.place(), start.span, label)
        .message(message)
        .help("move `start` to leave time for a review; if the change cannot wait, set `kind = \"emergency\"` and link the incident")
        .anchor("schedule.start");
    findings.push(finding);
}

/// The required number of hours between the approval and the start.
const fn hours(risk: RiskLevel) -> i64 {
    match risk {
        RiskLevel::Low => 0,
        RiskLevel::Medium => 24,
        RiskLevel::High | RiskLevel::Critical => 72,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(head: &str, start: &str) -> bool {
        let text = format!("{head}[schedule]\nstart = {start}\nend = 2027-01-01T00:00:00Z");
        rules_of(&text).contains(&RULE.name)
    }

    #[test]
    fn the_time_grows_with_the_risk() {
        assert!(reports("", "2026-11-20T11:59:59Z"));
        assert!(!reports("", "2026-11-20T12:00:00Z"));
        assert!(reports("risk.level = \"medium\"\n", "2026-11-21T11:59:59Z"));
        assert!(!reports(
            "risk.level = \"medium\"\n",
            "2026-11-21T12:00:00Z"
        ));
        assert!(reports(
            "risk.level = \"critical\"\n",
            "2026-11-23T11:59:59Z"
        ));
        assert!(!reports("risk.level = \"high\"\n", "2026-11-23T12:00:00Z"));
    }

    #[test]
    fn what_is_approved_may_begin_at_once() {
        assert!(!reports("state = \"approved\"\n", "2026-11-20T11:00:00Z"));
    }

    #[test]
    fn past_window_is_reported_once() {
        let text = "[schedule]\nstart = 2026-11-19T10:00:00Z\nend = 2026-11-19T12:00:00Z";
        assert_eq!(rules_of(text), ["plan/schedule-implausible"]);
    }
}
