//! The second stage: whether it works.

use super::facts::ChecklistFacts;
use super::item::ChecklistItem;
use super::written;
use crate::release_file::{IssueDecision, ItemStage, KnownIssue};
use crate::report::clock::day;
use crate::report::counted;
use crate::report::facts::{FileOfRelease, ReleaseFacts, ReportedTicket};
use crate::report::{person, texts};
use crate::ticket::{RiskLevel, State, Strategy};

pub(super) fn items(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let release = &facts.release;
    let mut items = Vec::new();
    items.extend(candidate(release));
    items.extend(
        release
            .tickets
            .iter()
            .filter_map(|ticket| tests(release, ticket)),
    );
    items.extend(rehearsals(release));
    items.push(regressions(facts));
    for file in release.files() {
        let issues = file.contents.known_issues.iter();
        items.extend(issues.map(|issue| known_issue(release, file, issue)));
    }
    items.extend(written(facts, ItemStage::Test));
    items
}

/// A pre-release of the version was tagged.
fn candidate(release: &ReleaseFacts) -> Option<ChecklistItem> {
    let version = release.version.as_ref()?;
    Some(match &release.prereleases[..] {
        [] => ChecklistItem::open("Release candidate")
            .detail(format!("no pre-release of {version} is tagged")),
        tags => {
            let mut item = ChecklistItem::proven("Release candidate tagged");
            item.tags = tags.to_vec();
            item
        }
    })
}

/// What a ticket says about its tests; nothing if its risk is low and it says nothing.
fn tests(release: &ReleaseFacts, ticket: &ReportedTicket) -> Option<ChecklistItem> {
    let plan = ticket.plan();
    let tests = plan.tests.as_ref();
    let owner = tests.and_then(|tests| person(release, tests.owner.as_ref()));
    let staging = tests.and_then(|tests| tests.staging.as_ref());
    let links = tests
        .map(|tests| texts(&tests.evidence))
        .unwrap_or_default();
    if links.is_empty() && staging.is_none() {
        let is_risky = ticket.risk >= RiskLevel::Medium;
        let planned = tests.and_then(|tests| tests.plan.as_ref());
        let item = ChecklistItem::open("Results of tests")
            .tickets([ticket.id()])
            .owner(owner.or_else(|| person(release, plan.assignee.as_ref())));
        return match planned {
            Some(planned) => Some(item.detail(format!("planned: {}", planned.text))),
            None => is_risky.then_some(item),
        };
    }
    let kinds = tests.map(|tests| texts(&tests.kinds)).unwrap_or_default();
    let text = match kinds.is_empty() {
        true => "Tested".to_owned(),
        false => format!("Tested ({})", kinds.join(", ")),
    };
    let item = ChecklistItem::said(text)
        .tickets([ticket.id()])
        .owner(owner);
    let item = match staging {
        Some(staging) => item.detail(staging.text.clone()),
        None => item,
    };
    Some(ChecklistItem { links, ..item })
}

/// The rollbacks that were rehearsed, and those that should be.
fn rehearsals(release: &ReleaseFacts) -> Vec<ChecklistItem> {
    let tickets = &release.tickets;
    let rehearsed: Vec<String> = tickets
        .iter()
        .filter_map(|ticket| {
            let date = ticket.plan().rollback.rehearsed_on?;
            Some(format!("{} on {}", ticket.id(), day(date)))
        })
        .collect();
    // A flag is switched off by the same command that switches it on.
    let needs_one = |ticket: &&ReportedTicket| {
        let plan = ticket.plan();
        ticket.risk >= RiskLevel::Medium
            && plan.deployment.strategy != Some(Strategy::FeatureFlag)
            && plan.state != State::Cancelled
            && plan.rollback.rehearsed_on.is_none()
    };
    let open: Vec<&str> = tickets
        .iter()
        .filter(needs_one)
        .map(ReportedTicket::id)
        .collect();
    let mut items = Vec::new();
    if !rehearsed.is_empty() {
        let count = format!(
            "{} of {}",
            rehearsed.len(),
            counted(tickets.len(), "ticket")
        );
        let item = ChecklistItem::said(format!("Rollback rehearsed: {count}"));
        items.push(item.detail(rehearsed.join(", ")));
    }
    if !open.is_empty() {
        let item = ChecklistItem::open("Rollbacks of medium risk or higher without a rehearsal");
        items.push(item.tickets(open));
    }
    items
}

/// No open ticket names the ticket that caused it.
fn regressions(facts: &ChecklistFacts) -> ChecklistItem {
    let describe = |regression: &super::Regression| {
        format!(
            "{} was caused by {}",
            regression.ticket, regression.caused_by
        )
    };
    let open: Vec<String> = facts.regressions.iter().map(describe).collect();
    match open.is_empty() {
        true => ChecklistItem::proven("No regression is open: no open ticket names a cause"),
        false => ChecklistItem::open("Open regressions").detail(open.join(", ")),
    }
}

/// A known issue is accepted, or its fix is part of the release.
fn known_issue(
    release: &ReleaseFacts,
    file: FileOfRelease<'_>,
    issue: &KnownIssue,
) -> ChecklistItem {
    let text = file.label(&format!("Known issue: {}", issue.text.text));
    let id = issue.ticket.as_ref().map(|id| id.text.as_str());
    let is_closed = |id: &str| {
        let ticket = release.ticket(id);
        ticket.is_some_and(|ticket| ticket.latest().state == State::Closed)
    };
    let reason = issue
        .reason
        .as_ref()
        .map(|reason| format!(": {}", reason.text));
    let reason = reason.unwrap_or_default();
    let (item, detail) = match issue.decision {
        Some(IssueDecision::Accept) => (ChecklistItem::said(text), format!("accepted{reason}")),
        Some(IssueDecision::Fix) if id.is_some_and(is_closed) => (
            ChecklistItem::proven(text),
            "its ticket is closed".to_owned(),
        ),
        Some(IssueDecision::Fix) => (
            ChecklistItem::open(text),
            format!("to be fixed before the release{reason}"),
        ),
        None => (ChecklistItem::open(text), "nothing is decided".to_owned()),
    };
    item.tickets(id)
        .detail(detail)
        .owner(person(release, issue.by.as_ref()))
}
