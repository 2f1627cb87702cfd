//! A feature flag that has to be removed before the change is made.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/flag-expired",
    Level::Warning,
    "feature flag to be removed before the change",
    include_str!("flag_expired.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let flag = ticket.deployment.flag.as_ref();
    let start = ticket.schedule.as_ref().and_then(|schedule| schedule.start);
    let (Some(flag), Some(start)) = (flag, start) else {
        return;
    };
    let day = start.offset.to_datetime(start.timestamp).date();
    let Some(remove_by) = flag.remove_by.filter(|remove_by| *remove_by < day) else {
        return;
    };
    let span = ctx
        .span_of(&["deployment", "flag", "remove_by"])
        .unwrap_or(flag.span);
    let finding = RULE
        .finding(ticket.place(), span, "before the change")
        .message(format!(
            "the flag has to be removed by {remove_by}, but the change starts on {day}"
        ))
        .help("set `deployment.flag.remove_by` to a day after the change")
        .related(
            ticket.place(),
            Label::new(start.span, "start of the change"),
        )
        .anchor("deployment.flag.remove_by");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(remove_by: &str) -> bool {
        let text = format!(
            "[deployment]\nsteps = [\"Turn on `pool-40`\"]\nflag = {{ key = \"pool-40\", owner = \"bo@example.com\"{remove_by} }}\n\
             [schedule]\nstart = 2026-12-08T23:30:00-05:00\nend = 2026-12-09T01:00:00-05:00"
        );
        rules_of(&text).contains(&"plan/flag-expired")
    }

    #[test]
    fn flag_removed_before_the_change_is_found() {
        assert!(reports(", remove_by = 2026-12-07"));
    }

    #[test]
    fn flag_removed_on_the_day_of_the_change_or_later_is_accepted() {
        assert!(!reports(", remove_by = 2026-12-08"));
        assert!(!reports(", remove_by = 2027-03-01"));
        assert!(!reports(""));
    }
}
