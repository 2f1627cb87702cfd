//! An outcome that cannot have happened.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::ticket::{Instant, Outcome, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "ticket/outcome-impossible",
    Level::Error,
    "outcome that cannot have happened",
    include_str!("outcome_impossible.md"),
    &[Check::Ticket(check_dates), Check::Tickets(check_cause)],
);

fn check_dates(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let found = ticket.outcome.as_ref();
    findings.extend(found.and_then(|outcome| reversed_times(ticket, outcome)));
}

fn check_cause(tickets: &[&Ticket], _: &Settings) -> Vec<Finding> {
    tickets
        .iter()
        .filter_map(|ticket| {
            let outcome = ticket.outcome.as_ref()?;
            caused_by_nothing(ticket, outcome, tickets)
        })
        .collect()
}

/// A time of the outcome, with its key.
struct Time {
    key: &'static str,
    at: Option<Instant>,
}

/// The first time that is before one that it must follow.
fn reversed_times(ticket: &Ticket, outcome: &Outcome) -> Option<Finding> {
    let time = |key, at| Time { key, at };
    let started = time("outcome.started_at", outcome.started_at);
    let deployed = time("outcome.deployed_at", outcome.deployed_at);
    let validated = time("outcome.validated_at", outcome.validated_at);
    let ended = time("outcome.ended_at", outcome.ended_at);
    // A validation may go on after the change ended, and a rollback after the validation.
    let later = |first: &Time, others: &[&Time]| {
        others
            .iter()
            .find_map(|other| reversed(ticket, first, other))
    };
    later(&started, &[&deployed, &validated, &ended])
        .or_else(|| later(&deployed, &[&validated, &ended]))
}

fn reversed(ticket: &Ticket, first: &Time, second: &Time) -> Option<Finding> {
    let (earlier, later) = (first.at?, second.at?);
    (later.timestamp < earlier.timestamp).then(|| {
        let (key, other) = (second.key, first.key);
        let is_start = other == "outcome.started_at";
        let what = if is_start {
            "it started"
        } else {
            "it was deployed"
        };
        RULE.finding(ticket.place(), later.span, format!("before {what}"))
            .message(format!("`{key}` is before `{other}`"))
            .help("correct the dates")
            .related(ticket.place(), Label::new(earlier.span, what))
            .anchor(key)
    })
}

/// A cause that names no ticket, the ticket itself, or one that was deployed later.
fn caused_by_nothing(ticket: &Ticket, outcome: &Outcome, tickets: &[&Ticket]) -> Option<Finding> {
    let cause = outcome.caused_by.as_ref().filter(|cause| is_id(cause))?;
    let id = shorten(cause.text.trim());
    let named = tickets
        .iter()
        .find(|other| other.identity.text == cause.text.trim());
    let (label, message) = match named {
        None => (
            "unknown",
            format!("`caused_by` names `{id}`, which is not a ticket"),
        ),
        Some(other) if other.identity.text == ticket.identity.text => (
            "this ticket",
            "`caused_by` names this ticket itself".to_owned(),
        ),
        Some(other) if is_later(other, outcome) => (
            "later",
            format!("`{id}` was deployed after this ticket ended"),
        ),
        Some(_) => return None,
    };
    Some(
        RULE.finding(ticket.place(), cause.span, label)
            .message(message)
            .help("name the ticket whose change caused this one, or remove `caused_by`")
            .anchor("outcome.caused_by"),
    )
}

/// Whether a cause is the ID of a ticket, and not a version, a link, or `repository#id`.
fn is_id(cause: &Text) -> bool {
    let text = cause.text.trim();
    let is_version = text
        .trim_start_matches('v')
        .starts_with(|c: char| c.is_ascii_digit())
        && text.contains('.');
    !text.is_empty() && !is_version && !text.contains([' ', '/', '#', ':'])
}

fn is_later(other: &Ticket, outcome: &Outcome) -> bool {
    let deployed = other
        .outcome
        .as_ref()
        .and_then(|outcome| outcome.deployed_at);
    deployed.is_some_and(|deployed| {
        outcome
            .ended_at
            .is_some_and(|ended| deployed.timestamp > ended.timestamp)
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::lint_tickets;
    use crate::rules::testing::{settings, ticket};
    use crate::source::Source;

    fn reports(outcome: &str) -> bool {
        let text = ticket(&format!("[outcome]\nresult = \"successful\"\n{outcome}"));
        let sources = [Source::new("changes/a.toml", text)];
        let findings = lint_tickets(&sources, &[], &settings()).findings;
        findings
            .iter()
            .any(|found| found.rule == "ticket/outcome-impossible")
    }

    #[test]
    fn impossible_outcomes_are_found() {
        for outcome in [
            "deployed_at = 2026-11-19T12:00:00Z\nended_at = 2026-11-18T12:00:00Z",
            "started_at = 2026-11-19T12:00:00Z\ndeployed_at = 2026-11-18T12:00:00Z",
            "started_at = 2026-11-19T12:00:00Z\nended_at = 2026-11-18T12:00:00Z",
            "deployed_at = 2026-11-19T12:00:00Z\nvalidated_at = 2026-11-18T12:00:00Z",
            "caused_by = \"nothing-like-this\"",
            "caused_by = \"a\"",
        ] {
            assert!(reports(outcome), "{outcome}");
        }
    }

    #[test]
    fn possible_outcomes_and_other_causes_are_accepted() {
        for outcome in [
            "deployed_at = 2026-11-18T12:00:00Z\nended_at = 2026-11-19T12:00:00Z",
            "deployed_at = 2026-11-18T12:00:00Z\nended_at = 2026-11-18T12:00:00Z",
            "validated_at = 2026-11-18T12:00:00Z\nended_at = 2026-11-17T12:00:00Z",
            "caused_by = \"v1.2.0\"",
            "caused_by = \"https://status.acme.dev/7\"",
            "caused_by = \"acme/infra#12\"",
            "caused_by = \"a power failure\"",
        ] {
            assert!(!reports(outcome), "{outcome}");
        }
    }
}
