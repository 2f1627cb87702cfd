//! A ticket as a `change_request` of ServiceNow: the fields of its Table API.

use jiff::Timestamp;
use serde::Serialize;

use crate::approval::{ApprovalEffect, ApprovalResult};
use crate::document::format_duration;
use crate::source::{join_and, json_document, shorten};
use crate::ticket::{Category, Kind, RiskLevel, Step, Text, Ticket};

/// The maximum length of `short_description`, in characters.
const MAX_SHORT_DESCRIPTION: usize = 160;

/// What is exported.
#[derive(Debug)]
pub(crate) struct ServiceNowChange<'a> {
    /// The ticket.
    pub(crate) ticket: &'a Ticket,
    /// The digest of its plan.
    pub(crate) digest: &'a str,
    /// The name of the project, which makes the ID of the ticket unique.
    pub(crate) project: &'a str,
    /// The declared or the computed risk, whichever is higher.
    pub(crate) risk: RiskLevel,
    /// The approvals; `None` if none are required, or if they are unknown.
    pub(crate) approvals: Option<&'a ApprovalResult>,
}

/// The fields, in the order of ServiceNow's form. A field without a value is left out.
#[derive(Serialize)]
struct WireChange<'a> {
    short_description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    r#type: &'static str,
    category: &'static str,
    risk: &'static str,
    impact: &'static str,
    justification: &'a str,
    implementation_plan: String,
    backout_plan: String,
    test_plan: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_to: Option<&'a str>,
    correlation_id: String,
    correlation_display: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_notes: Option<String>,
}

/// The ticket as a JSON object that `POST /api/now/table/change_request` takes.
#[must_use]
pub(crate) fn servicenow_json(change: &ServiceNowChange<'_>) -> String {
    let ticket = change.ticket;
    let title = ticket.title.text.trim();
    let is_long = title.chars().count() > MAX_SHORT_DESCRIPTION;
    let description = ticket.description.as_ref().map(|text| text.text.trim());
    let parts: Vec<&str> = is_long
        .then_some(title)
        .into_iter()
        .chain(description)
        .collect();
    let schedule = ticket.schedule.as_ref();
    let start = schedule.and_then(|schedule| schedule.start.as_ref());
    let end = schedule.and_then(|schedule| schedule.end.as_ref());
    let has_downtime = ticket
        .risk
        .downtime
        .is_some_and(|downtime| !downtime.is_zero());
    json_document(&WireChange {
        short_description: if is_long {
            let start: String = title.chars().take(MAX_SHORT_DESCRIPTION - 1).collect();
            format!("{start}…")
        } else {
            title.to_owned()
        },
        description: (!parts.is_empty()).then(|| parts.join("\n\n")),
        r#type: match ticket.kind {
            Kind::Normal => "normal",
            Kind::Emergency => "emergency",
        },
        category: match ticket.category {
            Some(Category::Infrastructure | Category::Drill) => "Other",
            _ => "Software",
        },
        risk: match change.risk {
            RiskLevel::Low => "4",
            RiskLevel::Medium => "3",
            RiskLevel::High => "2",
            RiskLevel::Critical => "1",
        },
        impact: if has_downtime { "2" } else { "3" },
        justification: ticket.justification.text.trim(),
        implementation_plan: numbered(&ticket.deployment.steps),
        backout_plan: backout_plan(ticket),
        test_plan: test_plan(ticket),
        start_date: start.map(|start| in_utc(start.timestamp)),
        end_date: end.map(|end| in_utc(end.timestamp)),
        requested_by: ticket.requester.as_ref().map(Text::as_ref),
        assigned_to: ticket.assignee.as_ref().map(Text::as_ref),
        correlation_id: format!("{}/{}", change.project, ticket.identity.text),
        correlation_display: format!("tollgate {}", change.digest),
        work_notes: change.approvals.and_then(decisions),
    })
}

/// A time as the Table API takes it.
fn in_utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The steps, each with its command and its expected result.
fn numbered(steps: &[Step]) -> String {
    let lines = steps.iter().enumerate().map(|(at, step)| {
        let mut line = format!("{}. {}", at + 1, step.action.text.trim());
        if let Some(run) = &step.run {
            line += &format!(": {}", run.text.trim());
        }
        if let Some(expect) = &step.expect {
            line += &format!(" → {}", expect.text.trim());
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn backout_plan(ticket: &Ticket) -> String {
    let rollback = &ticket.rollback;
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.text.trim().to_owned());
    let mut conditions = Vec::new();
    conditions.extend(text(&rollback.trigger).map(|trigger| format!("Trigger: {trigger}")));
    conditions.extend(text(&rollback.decider).map(|decider| format!("Decided by {decider}")));
    let within = rollback.within.map(format_duration);
    conditions.extend(within.map(|within| format!("Takes {within}")));
    let last = text(&rollback.point_of_no_return);
    conditions.extend(last.map(|last| format!("Not possible after: {last}")));
    conditions.extend(text(&rollback.loses).map(|loses| format!("Loses: {loses}")));
    let steps = numbered(&rollback.steps);
    match conditions.is_empty() {
        true => steps,
        false => format!("{}\n{steps}", conditions.join("\n")),
    }
}

fn test_plan(ticket: &Ticket) -> String {
    let validation = &ticket.validation;
    let list = |label: &str, texts: &[Text]| {
        let texts: Vec<&str> = texts.iter().map(|text| text.text.trim()).collect();
        (!texts.is_empty()).then(|| format!("{label}: {}", texts.join(", ")))
    };
    let mut lines = vec![numbered(&validation.steps)];
    lines.extend(list("Dashboards", &validation.dashboards));
    lines.extend(list("Alerts that must not fire", &validation.alerts));
    lines.extend(
        validation
            .watch_for
            .map(|time| format!("Watch for {}", format_duration(time))),
    );
    lines.join("\n")
}

/// Who approved and who rejected the ticket, with their evidence; `None` if nobody did.
fn decisions(approvals: &ApprovalResult) -> Option<String> {
    let approvers = people(approvals, ApprovalEffect::Approves);
    let opponents = people(approvals, ApprovalEffect::Rejects);
    let state = approvals.state();
    let mut parts = Vec::new();
    if !approvers.is_empty() {
        let verdict = if approvals.is_approved() && state.is_approved() {
            "Approved by"
        } else {
            "Not approved yet; approvals so far:"
        };
        parts.push(format!("{verdict} {}", join_and(&approvers)));
    }
    if !opponents.is_empty() {
        parts.push(format!("Rejected by {}", join_and(&opponents)));
    }
    (!parts.is_empty()).then(|| parts.join(". "))
}

/// The people whose decisions have an effect, with their evidence.
fn people(approvals: &ApprovalResult, effect: ApprovalEffect) -> Vec<String> {
    let counted = approvals
        .entries
        .iter()
        .filter(|entry| entry.effect == effect);
    let people = counted.map(|entry| {
        let role = entry.role.as_ref().map(|role| format!("{role}, "));
        let evidence = entry.evidence.as_str();
        format!(
            "{} ({}{evidence})",
            shorten(&entry.by),
            role.unwrap_or_default()
        )
    });
    // ServiceNow shows what is between `[code]` and `[/code]` in work notes as HTML.
    people.map(|text| text.replace('[', "(")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::approval::{EvaluatedApproval, QuorumShortfall};
    use crate::config::Evidence;
    use crate::source::Source;
    use crate::ticket::{ParsedTicket, State};

    fn export(text: &str) -> Value {
        let parsed = ParsedTicket::parse(&Source::new("changes/drop.toml", text)).unwrap();
        let change = ServiceNowChange {
            ticket: &parsed.ticket,
            digest: "sha256:0",
            project: "shop",
            risk: RiskLevel::Medium,
            approvals: None,
        };
        serde_json::from_str(&servicenow_json(&change)).unwrap()
    }

    const TICKET: &str = r#"
title = "Drop the column orders.legacy_address"
category = "schema"
justification = "The backup takes 50 minutes too long"
requester = "lee@shop.example"
schedule = { start = 2026-11-24T09:30:00+01:00, end = 2026-11-24T10:30:00+01:00 }
deployment = [{ do = "Drop it", run = "psql orders -f 1.sql", expect = "ALTER TABLE" }, "Look"]
validation = { steps = ["`\\d orders` lists no legacy_address"], dashboards = ["orders/errors"] }
[rollback]
trigger = "any `column does not exist`"
decider = "lee@shop.example"
within = "30m"
steps = ["Run 1.down.sql"]
"#;

    #[test]
    fn fields_are_those_of_a_change_request() {
        let change = export(TICKET);
        let keys: Vec<&String> = change.as_object().unwrap().keys().collect();
        let expected = [
            "short_description",
            "type",
            "category",
            "risk",
            "impact",
            "justification",
            "implementation_plan",
            "backout_plan",
            "test_plan",
            "start_date",
            "end_date",
            "requested_by",
            "correlation_id",
            "correlation_display",
        ];
        assert_eq!(keys, expected);
        assert_eq!(change["risk"], "3");
        assert_eq!(change["start_date"], "2026-11-24 08:30:00");
        assert_eq!(
            change["implementation_plan"],
            "1. Drop it: psql orders -f 1.sql → ALTER TABLE\n2. Look"
        );
        assert_eq!(
            change["backout_plan"],
            "Trigger: any `column does not exist`\nDecided by lee@shop.example\nTakes 30m\n1. Run 1.down.sql"
        );
        assert_eq!(
            change["test_plan"],
            "1. `\\d orders` lists no legacy_address\nDashboards: orders/errors"
        );
        assert_eq!(change["correlation_id"], "shop/drop");
    }

    fn entry(by: &str, effect: ApprovalEffect) -> EvaluatedApproval {
        EvaluatedApproval {
            index: None,
            by: by.to_owned(),
            role: None,
            evidence: Evidence::Claimed,
            key: None,
            signed_text: None,
            at: None,
            effect,
        }
    }

    #[test]
    fn work_notes_claim_no_approval_that_is_incomplete_or_rejected() {
        let approval = || entry("bo", ApprovalEffect::Approves);
        let notes = |shortfall: Option<(usize, usize)>, entries: Vec<EvaluatedApproval>| {
            decisions(&ApprovalResult {
                entries,
                shortfall: shortfall.map(|people| QuorumShortfall {
                    people: Some(people),
                    roles: Vec::new(),
                    any_role: false,
                }),
                unreachable: None,
                evidence: Evidence::Claimed,
                needs_forge: false,
                deferral: None,
                written_state: State::Proposed,
                missing_fields: Vec::new(),
            })
        };
        assert_eq!(notes(Some((0, 1)), Vec::new()), None);
        let complete = notes(None, vec![approval()]);
        assert_eq!(complete.as_deref(), Some("Approved by bo (claimed)"));
        let partial = notes(Some((1, 2)), vec![approval()]);
        let expected = "Not approved yet; approvals so far: bo (claimed)";
        assert_eq!(partial.as_deref(), Some(expected));
        let rejection = entry("di", ApprovalEffect::Rejects);
        let rejected = notes(None, vec![approval(), rejection]);
        let expected = format!("{expected}. Rejected by di (claimed)");
        assert_eq!(rejected, Some(expected));
    }

    #[test]
    fn long_title_continues_in_the_description() {
        let title = "x".repeat(200);
        let change = export(&TICKET.replace("Drop the column orders.legacy_address", &title));
        let short = change["short_description"].as_str().unwrap();
        assert_eq!(short.chars().count(), MAX_SHORT_DESCRIPTION);
        assert_eq!(change["description"], title);
    }

    #[test]
    fn downtime_raises_the_impact() {
        assert_eq!(export(TICKET)["impact"], "3");
        let text = TICKET.replace("[rollback]", "risk.downtime = \"5m\"\n[rollback]");
        assert_eq!(export(&text)["impact"], "2");
    }
}
