//! A change that users will notice but are not informed of in time.

use std::time::Duration;

use crate::config::Level;
use crate::document::format_duration;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Span;
use crate::text::{Pattern, names_users};
use crate::ticket::{Category, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-communication",
    Level::Warning,
    "user-visible change without communication",
    include_str!("missing_communication.md"),
    &[Check::Ticket(check)],
);

/// The longest downtime that hardly anybody has to be told about.
const SHORT: Duration = Duration::from_mins(10);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let messages = ["audiences", "channels", "messages"]
        .iter()
        .any(|key| ctx.span_of(&["communication", key]).is_some());
    let downtime = ticket
        .risk
        .downtime
        .is_some_and(|downtime| !downtime.is_zero());
    let noticed = if downtime {
        ctx.span_of(&["risk", "downtime"])
    } else {
        removal(ticket, ctx)
    };
    let is_told = || ctx.plan_texts.iter().any(|text| TOLD.is_match(&text.text));
    if let Some(place) = noticed.filter(|_| !messages && !is_told()) {
        let message = match ticket.risk.downtime.filter(|_| downtime) {
            Some(downtime) => {
                format!(
                    "this change has downtime ({}) but no communication audience or channel",
                    format_duration(downtime)
                )
            }
            None => "this removal has no communication audience or channel".to_owned(),
        };
        let finding = RULE
            .finding(ticket.place(), place, "users notice this")
            .message(message)
            .help("add `[communication]` with `audiences` or `channels`, and a `summary` for the users")
            .anchor("communication");
        let is_short = |downtime: Duration| !downtime.is_zero() && downtime <= SHORT;
        findings.push(if ticket.risk.downtime.is_some_and(is_short) {
            finding.at_most(Severity::Note)
        } else {
            finding
        });
    }
    let sent = ticket
        .communication
        .as_ref()
        .and_then(|communication| communication.send_at);
    let start = ticket.schedule.as_ref().and_then(|schedule| schedule.start);
    if let (Some(sent), Some(start)) = (sent, start)
        && sent.timestamp > start.timestamp
        && !tells_afterwards(ticket)
    {
        let finding = RULE
            .finding(ticket.place(), sent.span, "after the start")
            .message("users are informed after the change has started")
            .help("move `send_at` before `schedule.start`, early enough for users to act on it")
            .anchor("communication.send_at");
        findings.push(finding);
    }
}

/// Somebody was told, or agreed.
static TOLD: Pattern = Pattern::new(
    r"(?i)\b(?:informed|announced|notified|told|agreed\s+(?:to|on|with|by)|announcement)\b",
);

/// Words of a message that is meant to be sent when the change is done.
static DONE: Pattern = Pattern::new(
    r"(?i)\b(?:now|has\s+been|have\s+been|done|completed|finished|is\s+over|from\s+today)\b",
);

/// Whether the message tells users what has changed, not what will.
fn tells_afterwards(ticket: &Ticket) -> bool {
    let summary = ticket
        .communication
        .as_ref()
        .and_then(|it| it.summary.as_ref());
    summary.is_some_and(|summary| DONE.is_match(&summary.text))
}

fn removal(ticket: &Ticket, ctx: &TicketContext<'_>) -> Option<Span> {
    ctx.span_of(&["category"])
        .filter(|_| ticket.category == Some(Category::Removal) && concerns_users(ticket))
}

/// Whether the texts about the change name people outside the team.
fn concerns_users(ticket: &Ticket) -> bool {
    let texts = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
        ticket.risk.blast_radius.as_ref(),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|text| names_users(&text.text))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::finding::Severity;
    use crate::rules::testing::{findings, rules_of};

    #[test]
    fn short_downtime_is_a_note() {
        let severity = |downtime: &str| {
            let text = format!("risk.downtime = \"{downtime}\"");
            let found = findings(&text)
                .into_iter()
                .find(|found| found.rule == RULE.name);
            found.map(|found| found.severity)
        };
        assert_eq!(severity("10m"), Some(Severity::Note));
        assert_eq!(severity("11m"), Some(Severity::Warning));
        assert_eq!(severity("0m"), None);
    }

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE.name)
    }

    #[test]
    fn downtime_and_removals_are_reported() {
        assert!(reports("risk.downtime = \"5m\""));
        assert!(reports(
            "category = \"removal\"\ntitle = \"Remove API version 1 for partners\"\ncommunication.summary = \"Version 1 ends\""
        ));
        assert!(!reports(
            "risk.downtime = \"5m\"\ncommunication.audiences = [\"support\"]"
        ));
        assert!(!reports(
            "category = \"removal\"\ncommunication.channels = [\"#support\"]"
        ));
        assert!(!reports(
            "risk.downtime = \"5m\"\n[[communication.messages]]\naudience = \"users\"\ntext = \"Pay later\""
        ));
    }

    #[test]
    fn removals_that_name_no_users_pass() {
        assert!(!reports("category = \"removal\""));
    }

    #[test]
    fn what_users_do_not_notice_needs_no_word() {
        assert!(!reports("risk.downtime = \"0s\""));
        assert!(!reports("category = \"feature\""));
    }

    #[test]
    fn a_message_after_the_start_is_too_late() {
        let text = |at: &str| {
            format!(
                "[schedule]\nstart = 2026-12-01T18:00:00Z\nend = 2026-12-01T20:00:00Z\n\
                 [communication]\nsend_at = {at}\n"
            )
        };
        assert!(reports(&text("2026-12-01T20:00:00+01:00")));
        assert!(!reports(&text("2026-12-01T19:00:00+01:00")));
    }
}
