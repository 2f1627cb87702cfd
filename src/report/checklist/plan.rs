//! The first stage: what is released.

use super::facts::{ChangedLockFile, ChecklistFacts, NamedMigration};
use super::item::ChecklistItem;
use super::written;
use crate::approval::Evidence;
use crate::release_file::ItemStage;
use crate::report::approvals::ApprovalSummary;
use crate::report::counted;
use crate::report::facts::{CommitRole, ReportedTicket};
use crate::source::{join_and, shell_command};
use crate::ticket::State;

pub(super) fn items(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let mut items = Vec::new();
    items.extend(triaged(facts));
    items.extend(approved(facts));
    items.extend(changelog(facts));
    items.extend(migrations(facts));
    items.extend(written(facts, ItemStage::Plan));
    items.extend(dependencies(facts));
    items
}

/// No ticket is a draft or only proposed.
fn triaged(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let tickets = &facts.release.tickets;
    if tickets.is_empty() {
        let requires_tickets = !facts.release.config.policies.is_empty();
        let has_changes = facts.release.without_ticket().next().is_some();
        return (requires_tickets && has_changes).then(|| {
            ChecklistItem::open("No commit cites a ticket, and the configuration has policies")
        });
    }
    let state = |ticket: &ReportedTicket| match &ticket.approvals {
        Some(approvals) => approvals.judgement.state(),
        None => ticket.plan().state,
    };
    let is_early =
        |ticket: &&ReportedTicket| matches!(state(ticket), State::Draft | State::Proposed);
    let early: Vec<&str> = tickets
        .iter()
        .filter(is_early)
        .map(ReportedTicket::id)
        .collect();
    Some(match early.len() {
        0 => ChecklistItem::proven(format!(
            "Tickets triaged: {} of {} past the state proposed",
            tickets.len(),
            tickets.len()
        )),
        count => ChecklistItem::open(format!(
            "Tickets to triage: {count} of {} not past the state proposed",
            tickets.len()
        ))
        .tickets(early),
    })
}

/// Each ticket is approved as the configuration requires.
fn approved(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let release = &facts.release;
    let summaries: Vec<(&str, ApprovalSummary)> = release
        .tickets
        .iter()
        .map(|ticket| (ticket.id(), ApprovalSummary::of(release, ticket)))
        .filter(|(_, summary)| summary.status != "not-required")
        .collect();
    if summaries.is_empty() {
        return None;
    }
    let not_approved: Vec<&str> = summaries
        .iter()
        .filter(|(_, summary)| summary.status != "approved")
        .map(|(id, _)| *id)
        .collect();
    let (all, missing) = (summaries.len(), not_approved.len());
    if missing == 0 {
        let tickets = release.tickets.iter();
        let counting = tickets.flat_map(ReportedTicket::counting_approvals);
        let evidence: Vec<Evidence> = counting.map(|entry| entry.evidence).collect();
        let signed = match evidence.iter().all(|it| *it == Evidence::Signed) {
            true => ", every approval is signed",
            false => "",
        };
        let text = format!(
            "Approved by people who did not work on it: {all} of {}{signed}",
            counted(all, "ticket")
        );
        return Some(ChecklistItem::approved(text, &evidence));
    }
    let is_unknown = summaries
        .iter()
        .any(|(_, summary)| summary.status == "unknown");
    let item = ChecklistItem::open(format!(
        "Approvals are missing for {missing} of {}",
        counted(all, "ticket")
    ));
    let item = item.tickets(not_approved);
    Some(match is_unknown {
        true => item.detail("some approvals may be known only to the forge"),
        false => item,
    })
}

fn changelog(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let has_changes = |role| role == CommitRole::Change;
    let mut commits = facts.release.commits.iter();
    if !commits.any(|commit| has_changes(commit.role)) {
        return None;
    }
    let item = match facts.release.changelog_entries {
        0 => ChecklistItem::open("The changelog has no entry for this release"),
        1 => ChecklistItem::proven("Changelog drafted: 1 entry"),
        count => ChecklistItem::proven(format!("Changelog drafted: {count} entries")),
    };
    let release = &facts.release;
    Some(match (&release.tag, &release.range) {
        (None, None) => item.command("tollgate changelog --unreleased"),
        (_, Some(range)) => item.command(shell_command!("tollgate changelog {range}", range)),
        (Some(_), None) => item,
    })
}

/// The migrations that tickets name are in the released commit.
fn migrations(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let item = |ticket: &str| {
        let of_ticket: Vec<&NamedMigration> = facts
            .migrations
            .iter()
            .filter(|it| it.ticket == ticket)
            .collect();
        let exist = of_ticket.iter().all(|migration| migration.exists);
        let mut item = match exist {
            true => ChecklistItem::proven("Migrations merged"),
            false => ChecklistItem::open("Migrations that the ticket names and the commit lacks"),
        }
        .tickets([ticket]);
        let shown = of_ticket.iter().filter(|it| it.exists == exist);
        item.files = shown.map(|it| it.path.clone()).collect();
        for migration in of_ticket {
            let commit = migration.commit.and_then(|index| facts.commit(index));
            let id = commit.map(|commit| commit.commit.id.short());
            item.commits
                .extend(id.filter(|id| exist && !item.commits.contains(id)));
        }
        item
    };
    let mut tickets: Vec<&str> = Vec::new();
    for migration in &facts.migrations {
        if !tickets.contains(&migration.ticket.as_str()) {
            tickets.push(&migration.ticket);
        }
    }
    tickets.into_iter().map(item).collect()
}

/// The changes of dependencies that approved tickets cover, and the others.
fn dependencies(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let release = &facts.release;
    let is_approved = |id: &String| {
        let ticket = release.ticket(id);
        ticket.is_some_and(|ticket| ApprovalSummary::of(release, ticket).status == "approved")
    };
    let is_reviewed = |file: &&ChangedLockFile| {
        let tickets = facts.commit(file.commit).map(|commit| &commit.tickets);
        tickets.is_some_and(|ids| !ids.is_empty() && ids.iter().all(is_approved))
    };
    let (reviewed, open): (Vec<_>, Vec<_>) = facts.lock_files.iter().partition(is_reviewed);
    let mut items = Vec::new();
    if !reviewed.is_empty() {
        let item = ChecklistItem::proven("Dependencies changed under approved tickets");
        items.push(changed(facts, &reviewed, item));
    }
    if !open.is_empty() {
        let item = ChecklistItem::open("Dependencies to review");
        items.push(changed(facts, &open, item));
    }
    items
}

/// An item about changed lock files, with their commits, authors, and tickets.
fn changed(
    facts: &ChecklistFacts,
    files: &[&ChangedLockFile],
    mut item: ChecklistItem,
) -> ChecklistItem {
    let mut authors = Vec::new();
    for file in files {
        push_new(&mut item.files, &file.path);
        let Some(commit) = facts.commit(file.commit) else {
            continue;
        };
        push_new(&mut item.commits, &commit.commit.id.short());
        push_new(&mut authors, &facts.release.author(commit));
        for ticket in &commit.tickets {
            push_new(&mut item.tickets, ticket);
        }
    }
    let by = format!("changed by {}", join_and(&authors));
    let detail = match item.tickets.is_empty() {
        true => format!("{by}, without a ticket"),
        false => by,
    };
    item.detail(detail)
}

fn push_new(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}
