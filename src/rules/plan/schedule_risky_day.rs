//! A start shortly before or within a weekend, when fewer people are there to help.

use jiff::civil::{Time, Weekday, time};

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-risky-day",
    Level::Note,
    "change window that opens on a Friday afternoon or weekend",
    include_str!("schedule_risky_day.md"),
    &[Check::Ticket(check)],
);

/// When Friday's weekend begins.
const NOON: Time = time(12, 0, 0, 0);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if is_covered(ticket) {
        return;
    }
    let Some(start) = ticket.schedule.as_ref().and_then(|schedule| schedule.start) else {
        return;
    };
    let local = start.offset.to_datetime(start.timestamp);
    let day = match local.weekday() {
        Weekday::Friday if local.time() >= NOON => "Friday afternoon",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
        _ => return,
    };
    let finding = RULE
        .finding(ticket.place(), start.span, day)
        .message(format!("the change window opens on a {day}"))
        .help("move the window to Monday through Thursday, or to Friday morning; if the change cannot wait until then, set `rollback.decider` to someone who is available to decide")
        .anchor("schedule.start");
    findings.push(finding);
}

/// Whether downtime explains the day, somebody is named who decides, or the window is communicated.
fn is_covered(ticket: &Ticket) -> bool {
    let has_downtime = ticket
        .risk
        .downtime
        .is_some_and(|downtime| !downtime.is_zero());
    let is_communicated = ticket.communication.as_ref().is_some_and(|it| {
        !it.audiences.is_empty()
            || !it.channels.is_empty()
            || !it.messages.is_empty()
            || it.send_at.is_some()
    });
    has_downtime || is_communicated || ticket.rollback.decider.is_some()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    fn reports(start: &str) -> bool {
        rules_of(&format!(
            "[schedule]\nstart = {start}\nend = 2026-12-08T10:00:00Z"
        ))
        .contains(&RULE.name)
    }

    #[test]
    fn weekend_starts_friday_noon_local_time() {
        assert!(reports("2026-12-04T12:00:00+01:00"));
        assert!(!reports("2026-12-04T11:59:59-08:00"));
        assert!(reports("2026-12-05T00:00:00Z") && reports("2026-12-06T23:59:59Z"));
    }

    #[test]
    fn downtime_a_decider_or_a_message_explains_the_day() {
        let saturday =
            "schedule.start = 2026-12-05T22:00:00Z\nschedule.end = 2026-12-06T02:00:00Z\n";
        for reason in [
            "risk.downtime = \"2h\"",
            "[rollback]\ndecider = \"ana@example.com\"\nsteps = [\"Re-apply `pool-20.yaml`\"]",
            "communication.channels = [\"#status\"]",
        ] {
            let text = format!("{saturday}{reason}");
            assert!(!rules_of(&text).contains(&RULE.name), "{reason}");
        }
        assert!(rules_of(saturday).contains(&RULE.name));
    }

    #[test]
    fn it_ends_with_sunday() {
        assert!(!reports("2026-12-07T00:00:00+09:00"));
        assert!(!reports("2026-12-01T18:00:00Z"));
    }
}
