//! A window that falls into a freeze, without anybody who allowed it.

use crate::calendar::{Window, overlapping_freezes};
use crate::config::{Activity, FreezeMode, Level};
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-in-freeze",
    Level::Error,
    "change window inside a freeze",
    include_str!("schedule_in_freeze.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(schedule) = &ticket.schedule else {
        return;
    };
    let (Some(window), Some(place)) = (Window::of(schedule), schedule.start.or(schedule.end))
    else {
        return;
    };
    for (freeze, frozen) in
        overlapping_freezes(&ctx.settings.freezes, Activity::Deploy, window, &[ticket])
    {
        let [from, to] =
            [frozen.start, frozen.end].map(|end| end.display_with_offset(place.offset));
        let reason = freeze
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let finding = RULE
            .finding(ticket.place(), place.span, format!("the freeze lasts from {from} to {to}"))
            .message(format!("the change window overlaps the freeze `{}`{reason}", freeze.name))
            .help("move the window, or record an exception in `schedule.freeze_override` with `reason` and `by`")
            .anchor(&freeze.name);
        findings.push(match freeze.mode {
            FreezeMode::Hard => finding,
            FreezeMode::Soft => finding.at_most(Severity::Warning),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::config::Config;
    use crate::finding::Severity;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{settings_of, ticket};
    use crate::source::Source;

    /// The messages and severities of a ticket with a window on 21 December 2026.
    fn messages(freeze: &str, rest: &str) -> Vec<(Severity, String)> {
        let config = format!(
            "[[freeze]]\nname = \"year end\"\nstart = 2026-12-18T18:00:00Z\nend = 2027-01-04T08:00:00Z\n{freeze}"
        );
        let config = Config::parse(Source::new("tollgate.toml", config)).unwrap();
        let text = format!(
            "{rest}\n[schedule]\nstart = 2026-12-21T18:00:00Z\nend = 2026-12-21T19:00:00Z\n"
        );
        let text = if rest.contains("[schedule]") {
            rest.to_owned()
        } else {
            text
        };
        let checked = lint_ticket(&Source::new("a.toml", ticket(&text)), &settings_of(&config));
        let found = checked
            .findings
            .into_iter()
            .filter(|finding| finding.rule == RULE.name);
        found
            .map(|finding| (finding.severity, finding.message))
            .collect()
    }

    #[test]
    fn a_window_in_a_hard_freeze_is_an_error() {
        let message = "the change window overlaps the freeze `year end`: nobody is there";
        assert_eq!(
            messages("reason = \"nobody is there\"", ""),
            [(Severity::Error, message.into())]
        );
    }

    #[test]
    fn a_soft_freeze_and_a_draft_are_warned() {
        assert_eq!(messages("mode = \"soft\"", "")[0].0, Severity::Warning);
        assert_eq!(messages("", "state = \"draft\"")[0].0, Severity::Warning);
    }

    #[test]
    fn a_window_with_one_end_is_judged_by_it() {
        assert_eq!(
            messages("", "[schedule]\nend = 2026-12-21T19:00:00Z").len(),
            1
        );
    }

    #[test]
    fn other_services_other_times_and_recorded_overrides_pass() {
        assert_eq!(
            messages("services = [\"billing\"]", "services = [\"search\"]"),
            []
        );
        assert_eq!(
            messages(
                "",
                "[schedule]\nstart = 2026-12-18T17:00:00Z\nend = 2026-12-18T18:00:00Z"
            ),
            []
        );
        let allowed =
            "freeze_override = { reason = \"the law asks for it\", by = \"bo@example.com\" }";
        assert_eq!(
            messages(
                "",
                &format!("[schedule]\nstart = 2026-12-21T18:00:00Z\n{allowed}")
            ),
            []
        );
        assert_eq!(messages("covers = [\"merge\"]", ""), []);
    }

    #[test]
    fn emergency_is_reported_unless_freeze_allows_it() {
        let emergency = "kind = \"emergency\"\nlinks = [{ kind = \"incident\", ref = \"INC-7\" }]";
        assert_eq!(messages("", emergency).len(), 1);
        assert_eq!(messages("allow = [\"emergency\"]", emergency), []);
    }
}
