//! The last two stages: people know about it, and what follows.

use super::facts::{ChecklistFacts, PreviousEmergency};
use super::item::ChecklistItem;
use super::{previous_actions, written};
use crate::release_file::ItemStage;
use crate::report::facts::ReportedTicket;
use crate::report::wire_moment::WireMoment;
use crate::report::{person, texts};
use crate::source::join_and;
use crate::ticket::State;

pub(super) fn publicise(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let mut items = written(facts, ItemStage::Publicise);
    let tickets = facts.release.tickets.iter();
    items.extend(tickets.filter_map(|ticket| announcement(facts, ticket)));
    items.extend(version_files(facts));
    items
}

/// Whom a ticket informs, unless the release file has an item for it.
fn announcement(facts: &ChecklistFacts, ticket: &ReportedTicket) -> Option<ChecklistItem> {
    let release = &facts.release;
    let communication = ticket.plan().communication.as_ref()?;
    let is_written = release.has_item_for(ItemStage::Publicise, ticket.id());
    if communication.audiences.is_empty() || is_written {
        return None;
    }
    let text = format!("Inform {}", join_and(&texts(&communication.audiences)));
    let item = ChecklistItem::open(text)
        .tickets([ticket.id()])
        .owner(person(release, communication.sender.as_ref()));
    let send_at = communication
        .send_at
        .map(|at| WireMoment::Time(at.timestamp));
    let item = item.due(send_at, &release.clock);
    let channels = texts(&communication.channels);
    Some(match channels.is_empty() {
        true => item,
        false => item.detail(format!("by {}", join_and(&channels))),
    })
}

/// The files that contain the version, which a release updates.
fn version_files(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let release = &facts.release;
    let files = release.config.release.version_files.as_ref()?;
    if files.is_empty() {
        return None;
    }
    let mut item = match &release.tag {
        Some(_) => return None,
        None => ChecklistItem::open("Version in its files").detail("the release updates them"),
    };
    item.files = files.iter().map(|file| file.file.clone()).collect();
    Some(item)
}

pub(super) fn follow_up(facts: &ChecklistFacts) -> Vec<ChecklistItem> {
    let mut items = Vec::new();
    items.extend(last_release(facts));
    items.extend(facts.emergencies.iter().map(|it| emergency(facts, it)));
    items.extend(previous_actions(facts, true));
    items.extend(written(facts, ItemStage::FollowUp));
    items.extend(closed(facts));
    items
}

/// The tickets of the release before are closed.
fn last_release(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let version = &facts.release.previous.as_ref()?.version;
    let tickets = &facts.previous;
    if tickets.is_empty() {
        return None;
    }
    let is_open =
        |(_, state): &&(String, State)| !matches!(state, State::Closed | State::Cancelled);
    let open: Vec<&str> = tickets
        .iter()
        .filter(is_open)
        .map(|(id, _)| id.as_str())
        .collect();
    Some(closing(&version.to_string(), &open, tickets.len()))
}

/// What an emergency release deferred.
fn emergency(facts: &ChecklistFacts, emergency: &PreviousEmergency) -> ChecklistItem {
    let (version, ticket) = (&emergency.version, [emergency.ticket.as_str()]);
    match emergency.owed.is_empty() {
        true => ChecklistItem::proven(format!(
            "The follow-up of the emergency of {version} is complete"
        ))
        .tickets(ticket),
        false => ChecklistItem::open(format!("Follow-up of the emergency of {version}"))
            .tickets(ticket)
            .detail(join_and(&emergency.owed))
            .due(Some(WireMoment::Day(emergency.due)), &facts.release.clock),
    }
}

/// The tickets of a release that was made are closed.
fn closed(facts: &ChecklistFacts) -> Option<ChecklistItem> {
    let release = &facts.release;
    release.tag.as_ref()?;
    if release.tickets.is_empty() {
        return None;
    }
    let is_open = |ticket: &&ReportedTicket| {
        !matches!(ticket.latest().state, State::Closed | State::Cancelled)
    };
    let open: Vec<&str> = release
        .tickets
        .iter()
        .filter(is_open)
        .map(ReportedTicket::id)
        .collect();
    Some(closing("this release", &open, release.tickets.len()))
}

/// Whether the tickets of a release are closed.
fn closing(release: &str, open: &[&str], all: usize) -> ChecklistItem {
    match open.len() {
        0 => ChecklistItem::proven(format!("Tickets of {release} closed: {all} of {all}")),
        count => ChecklistItem::open(format!("Tickets of {release} to close: {count} of {all}"))
            .tickets(open.iter().copied()),
    }
}
