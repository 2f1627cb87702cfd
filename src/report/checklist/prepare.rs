//! The third stage: everything is ready.

use super::facts::ChecklistFacts;
use super::item::ChecklistItem;
use super::{previous_actions, written};
use crate::approval::{ApprovalEffect, EvaluatedApproval, Evidence};
use crate::calendar::{Window, next_freeze, overlapping_freezes};
use crate::config::{Activity, Freeze, Roles};
use crate::release_file::ItemStage;
use crate::report::clock::duration;
use crate::report::facts::{ReleaseFacts, ReportedTicket};
use crate::report::person;
use crate::report::wire_moment::WireMoment;
use crate::source::join_and;
use crate::ticket::Ticket;

pub(super) fn items(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let release = &facts.release;
    let mut items = roles(release);
    items.extend(window(release));
    items.extend(release.tickets.iter().filter_map(backup));
    items.extend(
        release
            .tickets
            .iter()
            .filter_map(|ticket| training(facts, ticket)),
    );
    items.extend(written(facts, ItemStage::Prepare));
    items.extend(previous_actions(facts, false));
    items.extend(go(release));
    items.push(build(release));
    items
}

/// The roles in which tickets were approved, and those that are required and missing.
fn roles(release: &ReleaseFacts) -> Vec<ChecklistItem> {
    let mut roles: Vec<String> = Vec::new();
    for ticket in &release.tickets {
        let counted = ticket
            .counting_approvals()
            .filter_map(|entry| entry.role.clone());
        for role in counted.chain(required_roles(ticket)) {
            if !roles.iter().any(|known| is_same(known, &role)) {
                roles.push(role);
            }
        }
    }
    let mut items = Vec::new();
    for role in roles {
        let (mut approved, mut missing) = (Vec::new(), Vec::new());
        let (mut people, mut evidence) = (Vec::new(), Vec::new());
        for ticket in &release.tickets {
            let in_role: Vec<&EvaluatedApproval> = ticket
                .counting_approvals()
                .filter(|entry| is_in(entry, &role))
                .collect();
            let is_required = required_roles(ticket).iter().any(|own| is_same(own, &role));
            match in_role.is_empty() {
                false => approved.push(ticket.id()),
                true if is_required => missing.push(ticket.id()),
                true => {}
            }
            people.extend(in_role.iter().map(|entry| release.person(&entry.by)));
            evidence.extend(in_role.iter().map(|entry| entry.evidence));
        }
        people.sort();
        people.dedup();
        if !approved.is_empty() {
            let item = ChecklistItem::approved(format!("Approved in the role {role}"), &evidence);
            items.push(item.tickets(approved).owner(Some(join_and(&people))));
        }
        if !missing.is_empty() {
            let text = format!("Approval in the role {role}, which the risk requires");
            items.push(ChecklistItem::open(text).tickets(missing));
        }
    }
    items
}

fn is_in(entry: &EvaluatedApproval, role: &str) -> bool {
    entry.role.as_deref().is_some_and(|own| is_same(own, role))
}

fn required_roles(ticket: &ReportedTicket) -> Vec<String> {
    match ticket.approvals.as_ref().map(|it| &it.quorum.roles) {
        Some(Roles::Each(roles)) => roles.clone(),
        Some(Roles::Any | Roles::One) | None => Vec::new(),
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The window of the release, until the last change is no longer watched, is free of freezes.
fn window(release: &ReleaseFacts) -> Option<ChecklistItem> {
    let (tickets, windows): (Vec<&ReportedTicket>, Vec<Window>) = release
        .tickets
        .iter()
        .filter_map(|ticket| Some((ticket, ticket.window()?)))
        .unzip();
    let without: Vec<&str> = release
        .tickets
        .iter()
        .filter(|ticket| ticket.window().is_none() && !ticket.latest().state.is_finished())
        .map(ReportedTicket::id)
        .collect();
    if !without.is_empty() {
        return Some(ChecklistItem::open("A window for each ticket").tickets(without));
    }
    if windows.is_empty() {
        return None;
    }
    let freezes = &release.config.freezes;
    let mut overlapping: Vec<String> = Vec::new();
    for (ticket, window) in tickets.iter().zip(&windows) {
        for (freeze, _) in overlapping_freezes(freezes, Activity::Deploy, *window, &[ticket.plan()])
        {
            let text = format!("{} in {}", ticket.id(), freeze.name);
            if !overlapping.contains(&text) {
                overlapping.push(text);
            }
        }
    }
    if !overlapping.is_empty() {
        let item = ChecklistItem::open("Windows in a freeze");
        return Some(item.detail(overlapping.join(", ")));
    }
    if freezes.is_empty() {
        return None;
    }
    let item = ChecklistItem::proven("The windows are free of freezes");
    Some(match before_next_freeze(freezes, &tickets) {
        Some(detail) => item.detail(detail),
        None => item,
    })
}

/// How long before the next freeze that applies the last change is no longer watched.
fn before_next_freeze(freezes: &[Freeze], tickets: &[&ReportedTicket]) -> Option<String> {
    let watched_until = |ticket: &&ReportedTicket| {
        let end = ticket.window()?.end;
        let watch = ticket.plan().validation.watch_for.unwrap_or_default();
        end.checked_add(watch).ok()
    };
    let until = tickets.iter().filter_map(watched_until).max()?;
    let plans: Vec<&Ticket> = tickets.iter().map(|ticket| ticket.plan()).collect();
    let (freeze, window) = next_freeze(freezes, Activity::Deploy, until, &plans)?;
    let between = window.start.duration_since(until).unsigned_abs();
    Some(format!(
        "the last watch ends {} before {}",
        duration(between),
        freeze.name
    ))
}

/// Where a ticket that changes data says that a backup is taken.
fn backup(ticket: &ReportedTicket) -> Option<ChecklistItem> {
    let plan = ticket.plan();
    let step = plan.deployment.steps.iter().position(|step| step.backup);
    let stated = plan
        .schema_change
        .as_ref()
        .and_then(|change| change.backup.as_ref());
    let text = match step {
        Some(step) => format!("Backup planned as step {}", step + 1),
        None => {
            let _ = stated?;
            "Backup planned".to_owned()
        }
    };
    let item = ChecklistItem::proven(text).tickets([ticket.id()]);
    Some(match stated {
        Some(stated) => item.detail(stated.text.clone()),
        None => item,
    })
}

/// The training that a ticket plans, unless the release file has an item for it.
fn training(facts: &ChecklistFacts, ticket: &ReportedTicket) -> Option<ChecklistItem> {
    let communication = ticket.plan().communication.as_ref()?;
    let training = communication.training.as_ref()?;
    if facts.release.has_item_for(ItemStage::Prepare, ticket.id()) {
        return None;
    }
    let sender = person(&facts.release, communication.sender.as_ref());
    let item = ChecklistItem::open(format!("Training: {}", training.text));
    Some(item.tickets([ticket.id()]).owner(sender))
}

/// Someone decided that the release goes ahead.
fn go(release: &ReleaseFacts) -> Option<ChecklistItem> {
    let sign_off = release.sign_off.as_ref()?;
    let entries = &sign_off.result.entries;
    let counts = |entry: &&EvaluatedApproval| entry.effect == ApprovalEffect::Approves;
    let counting: Vec<&EvaluatedApproval> = entries.iter().filter(counts).collect();
    if sign_off.result.is_approved() {
        let evidence: Vec<Evidence> = counting.iter().map(|entry| entry.evidence).collect();
        let people: Vec<String> = counting.iter().map(|it| release.person(&it.by)).collect();
        let item = ChecklistItem::approved("Final go", &evidence);
        return Some(item.owner(Some(join_and(&people))));
    }
    let file = release.file.contents.as_ref();
    let decider = file.and_then(|file| person(release, file.decider.as_ref()));
    let is_stale = entries
        .iter()
        .any(|entry| entry.effect == ApprovalEffect::Stale);
    let detail = match (is_stale, sign_off.is_required) {
        (true, _) => Some("the release changed after it was signed off"),
        (false, true) => Some("the configuration requires it"),
        (false, false) => None,
    };
    let item = ChecklistItem::open("Final go").owner(decider);
    let item = item.command("tollgate release --sign-off");
    Some(match detail {
        Some(detail) => item.detail(detail),
        None => item,
    })
}

/// The tag of the release exists.
fn build(release: &ReleaseFacts) -> ChecklistItem {
    match &release.tag {
        None => {
            let mut item = ChecklistItem::open("Release made")
                .detail("the tag does not exist yet")
                .command("tollgate release");
            item.is_release = true;
            item
        }
        Some(tag) => {
            let mut item = ChecklistItem::proven("Release made").owner(tag.by.clone());
            item.tags = vec![tag.name.clone()];
            item.done = tag.at.map(WireMoment::Time);
            item
        }
    }
}
