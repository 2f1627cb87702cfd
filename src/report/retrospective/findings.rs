//! What stands out, found by rules and not judged.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{BypassedRules, RetrospectiveFacts};
use crate::release_file::{Done, Item as WrittenItem, Moment};
use crate::report::clock::{Clock, duration};
use crate::report::facts::{MadeRelease, ReleaseFacts, ReportedTicket};
use crate::report::header::CommitLine;
use crate::report::{counted, person};
use crate::source::join_and;
use crate::ticket::{Ending, Step};

/// Something that stands out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Finding {
    /// The ticket that it is about.
    pub(super) ticket: Option<String>,
    /// What it is, in a sentence without a full stop.
    pub(super) text: String,
    /// The things that it is about, one each.
    pub(super) details: Vec<String>,
}

impl Finding {
    fn new(text: impl Into<String>) -> Self {
        Self {
            ticket: None,
            text: text.into(),
            details: Vec::new(),
        }
    }

    fn of(ticket: &ReportedTicket, text: impl Into<String>) -> Self {
        Self {
            ticket: Some(ticket.id().to_owned()),
            ..Self::new(text)
        }
    }
}

pub(super) fn findings(facts: &RetrospectiveFacts, without_ticket: &[CommitLine]) -> Vec<Finding> {
    let release = &facts.release;
    let clock = &release.clock;
    let mut findings = Vec::new();
    for ticket in &release.tickets {
        findings.extend(result(ticket));
        findings.extend(late(ticket, clock));
        findings.extend(slow_steps(ticket));
        findings.extend(downtime(ticket));
    }
    findings.extend(caused(facts));
    findings.extend(bypassed(facts));
    findings.extend(release.made().filter_map(|made| open_items(release, made)));
    findings.extend(no_candidate(release));
    findings.extend(commits_without_ticket(release, without_ticket));
    findings.extend(by_hand(release));
    findings
}

fn result(ticket: &ReportedTicket) -> Option<Finding> {
    let outcome = ticket.latest().outcome.as_ref();
    let text = match outcome.and_then(|outcome| outcome.result) {
        Some(Ending::Successful) => return None,
        Some(Ending::WithIssues) => "was deployed with issues",
        Some(Ending::RolledBack) => "was rolled back",
        Some(Ending::Failed) => "failed",
        None => "has no recorded result",
    };
    Some(Finding::of(ticket, text))
}

/// A deployment that ended after its window, or when a rollback no longer fitted it.
fn late(ticket: &ReportedTicket, clock: &Clock) -> Option<Finding> {
    let (started, ended) = ticket.deployed();
    let (window, ended) = (ticket.window()?, ended?);
    let apart =
        |one: Timestamp, other: Timestamp| duration(one.duration_since(other).unsigned_abs());
    let fits_until = ticket.rollback_fits_until().filter(|until| *until < ended);
    let no_way_back = fits_until.map(|until| {
        let day = clock.date(window.start);
        format!(
            "a rollback no longer fitted the window from {} on, before the deployment ended",
            clock.time_on(day, until)
        )
    });
    let text = match (ended > window.end, started) {
        (true, _) => Some(format!(
            "was deployed {} after the end of its window",
            apart(ended, window.end)
        )),
        (false, Some(started)) if started < window.start => Some(format!(
            "was started {} before its window",
            apart(window.start, started)
        )),
        (false, _) => None,
    };
    let parts: Vec<String> = text.into_iter().chain(no_way_back).collect();
    (!parts.is_empty()).then(|| Finding::of(ticket, parts.join("; ")))
}

/// The steps that took longer than planned, by the notes that report them as completed. The time
/// before a step with a hold also contains the wait for the decision, so it is not compared.
fn slow_steps(ticket: &ReportedTicket) -> Vec<Finding> {
    let steps = &ticket.plan().deployment.steps;
    let is_slow = |(index, step): (usize, &Step)| {
        let took = ticket.completed_at(index + 1)?.duration_since(match index {
            0 => ticket.deployed().0?,
            _ => ticket.completed_at(index)?,
        });
        let planned = step.takes.filter(|_| !step.hold)?;
        let took = std::time::Duration::try_from(took).ok()?;
        (took.as_secs() >= planned.as_secs() + 60).then(|| {
            let text = format!(
                "Step {} took {}, planned {}: {}",
                index + 1,
                duration(took),
                duration(planned),
                step.action.text
            );
            Finding::of(ticket, text)
        })
    };
    steps.iter().enumerate().filter_map(is_slow).collect()
}

fn downtime(ticket: &ReportedTicket) -> Option<Finding> {
    let measured = ticket.latest().outcome.as_ref()?.downtime?;
    let declared = ticket.plan().risk.downtime;
    (measured > declared.unwrap_or_default()).then(|| {
        let declared = declared.map_or_else(|| "none".to_owned(), duration);
        let text = format!(
            "users were without service for {}, declared: {declared}",
            duration(measured)
        );
        Finding::of(ticket, text)
    })
}

fn caused(facts: &RetrospectiveFacts) -> Vec<Finding> {
    let finding = |caused: &super::CausedTicket| Finding {
        ticket: Some(caused.ticket.clone()),
        ..Finding::new(format!("was caused by {}", caused.caused_by))
    };
    facts.caused.iter().map(finding).collect()
}

fn bypassed(facts: &RetrospectiveFacts) -> Vec<Finding> {
    let finding = |emergency: &BypassedRules| {
        let rules = match &emergency.rules[..] {
            [] => "no rules".to_owned(),
            rules => join_and(rules),
        };
        let text = format!("was released as an emergency and bypassed {rules}");
        Finding {
            ticket: Some(emergency.ticket.clone()),
            ..Finding::new(text)
        }
    };
    facts.emergencies.iter().map(finding).collect()
}

/// The items of a release file that were due before the tag, and were not done by then.
fn open_items(release: &ReleaseFacts, made: MadeRelease<'_>) -> Option<Finding> {
    let (at, clock) = (made.tag.at?, &release.clock);
    let is_before = |moment: Moment| match moment {
        Moment::Day(day) => day < clock.date(at),
        Moment::Time(instant) => instant.timestamp <= at,
    };
    let is_open = |item: &&WrittenItem| {
        let is_late = match item.done {
            Done::No => true,
            Done::Yes => false,
            Done::At(Moment::Day(day)) => day > clock.date(at),
            Done::At(Moment::Time(instant)) => instant.timestamp > at,
        };
        is_late && item.due.is_some_and(is_before)
    };
    let line = |item: &WrittenItem| match person(release, item.owner.as_ref()) {
        None => item.text.text.clone(),
        Some(owner) => format!("{} ({owner})", item.text.text),
    };
    let details: Vec<String> = made.file?.items.iter().filter(is_open).map(line).collect();
    (!details.is_empty()).then(|| Finding {
        details,
        ..Finding::new(match release.earlier.is_empty() {
            true => "Released although items were due and not done".to_owned(),
            false => format!(
                "{} was released although items were due and not done",
                made.version
            ),
        })
    })
}

fn no_candidate(release: &ReleaseFacts) -> Option<Finding> {
    let without = release.made().filter(|made| made.prereleases.is_empty());
    let versions: Vec<String> = without.map(|made| made.version.to_string()).collect();
    let of_versions = match release.earlier.is_empty() {
        true => String::new(),
        false => format!(" for {}", join_and(&versions)),
    };
    let text = format!("No release candidate was tagged{of_versions}");
    (!versions.is_empty()).then(|| Finding::new(text))
}

fn commits_without_ticket(release: &ReleaseFacts, lines: &[CommitLine]) -> Option<Finding> {
    if lines.is_empty() {
        return None;
    }
    let no_policy = match release.config.policies.is_empty() {
        true => ". No policy requires one",
        false => "",
    };
    let text = format!(
        "{} went out without a ticket{no_policy}",
        counted(lines.len(), "commit")
    );
    Some(Finding {
        details: lines.iter().map(CommitLine::text).collect(),
        ..Finding::new(text)
    })
}

fn by_hand(release: &ReleaseFacts) -> Option<Finding> {
    let steps = || {
        release
            .tickets
            .iter()
            .flat_map(|ticket| &ticket.plan().deployment.steps)
    };
    let by_hand = steps().filter(|step| !step.automated).count();
    let all = steps().count();
    (by_hand > 0).then(|| {
        Finding::new(format!(
            "{by_hand} of {} are not marked as automated",
            counted(all, "deployment step")
        ))
    })
}
