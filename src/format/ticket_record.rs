//! The parts of a shown ticket about the people around a change: its tests, what they are sent, its
//! notes, and its outcome.

use std::time::Duration;

use serde::Serialize;

#[cfg(test)]
use super::ticket_list::nullable;
use super::ticket_list::texts;
use crate::document::format_duration;
use crate::ticket::{Communication, Ending, Instant, Message, Note, Outcome, Section, Tests, Text};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireTests<'a> {
    kinds: Vec<&'a str>,
    evidence: Vec<&'a str>,
    plan: Option<&'a str>,
    staging: Option<&'a str>,
    owner: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireCommunication<'a> {
    audiences: Vec<&'a str>,
    channels: Vec<&'a str>,
    sender: Option<&'a str>,
    /// In UTC.
    send_at: Option<String>,
    summary: Option<&'a str>,
    training: Option<&'a str>,
    /// What the audiences must do.
    action: Option<&'a str>,
    /// The change in one sentence.
    say: Option<&'a str>,
    messages: Vec<WireMessage<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireMessage<'a> {
    audience: Option<&'a str>,
    text: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireNote<'a> {
    /// In UTC.
    at: Option<String>,
    by: Option<&'a str>,
    text: Option<&'a str>,
    /// The number of the step that it reports as completed, from 1.
    step: Option<usize>,
    /// The section of the step; null if there is no step, or if the section is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(Section::WORDS))))]
    section: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireOutcome<'a> {
    /// If null, the value in the ticket is missing or invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(Ending::WORDS))))]
    result: Option<&'static str>,
    /// In UTC, as all times of the outcome.
    started_at: Option<String>,
    deployed_at: Option<String>,
    validated_at: Option<String>,
    ended_at: Option<String>,
    /// Such as `15m`.
    downtime: Option<String>,
    caused_by: Option<&'a str>,
    retrospective: Option<&'a str>,
    measured: Option<&'a str>,
}

impl<'a> WireTests<'a> {
    pub(super) fn new(tests: &'a Tests) -> Self {
        Self {
            kinds: texts(&tests.kinds),
            evidence: texts(&tests.evidence),
            plan: text_of(tests.plan.as_ref()),
            staging: text_of(tests.staging.as_ref()),
            owner: text_of(tests.owner.as_ref()),
        }
    }
}

impl<'a> WireCommunication<'a> {
    pub(super) fn new(communication: &'a Communication) -> Self {
        let message = |message: &'a Message| WireMessage {
            audience: text_of(message.audience.as_ref()),
            text: text_of(message.text.as_ref()),
        };
        Self {
            audiences: texts(&communication.audiences),
            channels: texts(&communication.channels),
            sender: text_of(communication.sender.as_ref()),
            send_at: in_utc(communication.send_at),
            summary: text_of(communication.summary.as_ref()),
            training: text_of(communication.training.as_ref()),
            action: text_of(communication.action.as_ref()),
            say: text_of(communication.say.as_ref()),
            messages: communication.messages.iter().map(message).collect(),
        }
    }
}

impl<'a> WireNote<'a> {
    pub(super) fn new(note: &'a Note) -> Self {
        let section = note.section.filter(|_| note.step.is_some());
        Self {
            at: in_utc(note.at),
            by: text_of(note.by.as_ref()),
            text: text_of(note.text.as_ref()),
            step: note.step,
            section: section.map(Section::as_str),
        }
    }
}

impl<'a> WireOutcome<'a> {
    pub(super) fn new(outcome: &'a Outcome) -> Self {
        Self {
            result: outcome.result.map(Ending::as_str),
            started_at: in_utc(outcome.started_at),
            deployed_at: in_utc(outcome.deployed_at),
            validated_at: in_utc(outcome.validated_at),
            ended_at: in_utc(outcome.ended_at),
            downtime: outcome.downtime.map(format_duration),
            caused_by: text_of(outcome.caused_by.as_ref()),
            retrospective: text_of(outcome.retrospective.as_ref()),
            measured: text_of(outcome.measured.as_ref()),
        }
    }
}

pub(super) fn text_of(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.text.as_str())
}

/// A point in time in UTC.
pub(super) fn in_utc(instant: Option<Instant>) -> Option<String> {
    instant.map(|instant| instant.timestamp.to_string())
}

/// A point in time in the offset in which it was written.
pub(super) fn format_instant(instant: Instant) -> String {
    if instant.offset.is_zero() {
        return instant.timestamp.to_string();
    }
    instant
        .timestamp
        .display_with_offset(instant.offset)
        .to_string()
}

/// Who tests what, a line each.
pub(super) fn describe_tests(tests: &Tests) -> Vec<String> {
    let kinds = Some(texts(&tests.kinds).join(", ")).filter(|kinds| !kinds.is_empty());
    let owner = text_of(tests.owner.as_ref()).map(|owner| format!("owner {owner}"));
    kinds.into_iter().chain(owner).collect()
}

/// What is sent to whom, a line each.
pub(super) fn describe_communication(communication: &Communication) -> Vec<String> {
    let audiences = texts(&communication.audiences).join(", ");
    let channels = texts(&communication.channels).join(", ");
    let named = [
        ("audiences", Some(audiences.as_str())),
        ("channels", Some(channels.as_str())),
        ("summary", text_of(communication.summary.as_ref())),
        ("say", text_of(communication.say.as_ref())),
        ("action", text_of(communication.action.as_ref())),
        ("training", text_of(communication.training.as_ref())),
    ];
    let messages = communication.messages.iter().filter_map(|message| {
        let audience = text_of(message.audience.as_ref()).unwrap_or("?");
        let text = text_of(message.text.as_ref())?;
        Some(format!("to {audience}: {text}"))
    });
    named
        .into_iter()
        .filter_map(|(key, text)| Some((key, text.filter(|text| !text.is_empty())?)))
        .map(|(key, text)| format!("{key}: {text}"))
        .chain(messages)
        .collect()
}

/// A note with its time, its author, and the step that it reports as completed.
pub(super) fn describe_note(note: &Note) -> String {
    let head: Vec<String> = note
        .at
        .map(format_instant)
        .into_iter()
        .chain(text_of(note.by.as_ref()).map(str::to_owned))
        .collect();
    let step = note.step.zip(note.section);
    let step = step.map(|(step, section)| format!(" ({} step {step})", section.as_str()));
    let separator = if head.is_empty() { "" } else { ": " };
    let text = text_of(note.text.as_ref()).unwrap_or_default();
    format!(
        "{}{separator}{text}{}",
        head.join(" "),
        step.unwrap_or_default()
    )
}

/// How a change ended, a line each.
pub(super) fn describe_outcome(outcome: &Outcome) -> Vec<String> {
    let times = [
        ("started", outcome.started_at),
        ("deployed", outcome.deployed_at),
        ("validated", outcome.validated_at),
        ("ended", outcome.ended_at),
    ];
    let times = times
        .into_iter()
        .filter_map(|(word, at)| Some(format!("{word} {}", format_instant(at?))));
    let downtime = outcome
        .downtime
        .map(|downtime: Duration| format!("downtime {}", format_duration(downtime)));
    let texts = [
        ("measured", &outcome.measured),
        ("caused by", &outcome.caused_by),
        ("retrospective", &outcome.retrospective),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(word, text)| Some(format!("{word}: {}", text_of(text.as_ref())?)));
    let result = outcome.result.map(|result| result.as_str().to_owned());
    result
        .into_iter()
        .chain(times)
        .chain(downtime)
        .chain(texts)
        .collect()
}
