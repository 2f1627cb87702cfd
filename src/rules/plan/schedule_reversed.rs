//! A window that closes before it opens.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-reversed",
    Level::Error,
    "change window that ends before it starts",
    include_str!("schedule_reversed.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let both = ticket
        .schedule
        .as_ref()
        .and_then(|schedule| schedule.start.zip(schedule.end));
    let Some((start, end)) = both.filter(|(start, end)| end.timestamp <= start.timestamp) else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), end.span, "not after the start")
        .message("the change window ends before it starts")
        .help("set `end` to a time after `start`, and check the offsets: 10:00+02:00 is earlier than 09:00+00:00")
        .anchor("schedule.end")
        .related(ticket.place(), Label::new(start.span, "the start"));
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(start: &str, end: &str) -> bool {
        rules_of(&format!("[schedule]\nstart = {start}\nend = {end}")).contains(&RULE.name)
    }

    #[test]
    fn end_follows_start_across_offsets() {
        assert!(reports("2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z"));
        assert!(reports("2026-12-01T09:00:00Z", "2026-12-01T10:00:00+02:00"));
        assert!(!reports(
            "2026-12-01T10:00:00+02:00",
            "2026-12-01T09:00:00Z"
        ));
    }

    #[test]
    fn a_window_without_length_is_none() {
        assert!(reports("2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"));
    }

    #[test]
    fn one_end_alone_is_in_order() {
        assert!(!rules_of("[schedule]\nend = 2026-12-01T09:00:00Z").contains(&RULE.name));
    }
}
