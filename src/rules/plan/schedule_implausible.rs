//! An implausible window: longer than a month, or in the past before the change began.

use jiff::SignedDuration;

use super::schedule::window;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{State, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-implausible",
    Level::Warning,
    "change window that has ended or exceeds 30 days",
    include_str!("schedule_implausible.md"),
    &[Check::Ticket(check)],
);

/// The longest plausible window.
const MAX_DURATION: SignedDuration = SignedDuration::from_hours(30 * 24);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some((start, end)) = window(ticket) else {
        return;
    };
    let state = ticket.state.as_str();
    if end.timestamp.duration_since(start.timestamp) > MAX_DURATION {
        let finding = RULE
            .finding(ticket.place(), end.span, "more than 30 days after the start")
            .message("the change window is longer than 30 days")
            .help("shorten the window to the time that the deployment takes; monitoring may continue after it")
            .anchor("schedule.end");
        findings.push(finding);
    } else if end.timestamp <= ctx.settings.now && ticket.state < State::Deploying {
        let finding = RULE
            .finding(ticket.place(), end.span, "in the past")
            .message(format!("the change window is over, but the ticket is still `{state}`"))
            .help("choose a new window, or move the ticket to its actual state with `tollgate ticket move`")
            .anchor("schedule.end");
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(head: &str, start: &str, end: &str) -> bool {
        rules_of(&format!("{head}[schedule]\nstart = {start}\nend = {end}")).contains(&RULE.name)
    }

    #[test]
    fn a_window_is_at_most_thirty_days_long() {
        assert!(reports("", "2026-12-01T10:00:00Z", "2026-12-31T10:00:01Z"));
        assert!(!reports("", "2026-12-01T10:00:00Z", "2026-12-31T10:00:00Z"));
    }

    #[test]
    fn past_window_of_a_running_change_is_accepted() {
        let over = |head: &str| reports(head, "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z");
        assert!(over("") && over("state = \"draft\"\n"));
        assert!(!over("state = \"deploying\"\nassignee = \"bo\"\n"));
        assert!(!reports("", "2026-11-20T10:00:00Z", "2026-11-20T12:00:01Z"));
    }
}
