//! The documents that people read around a release, made from its tickets and commits.
//!
//! Each report is a value with everything that its document says, made from [`ReleaseFacts`]. It is
//! printed as JSON, or as Markdown by its `markdown`. A report states what a field or Git says, and
//! lists what is missing for the author; it never fills a gap with a guess, and never prints what is
//! unknown as zero (docs/reports.md).

mod actions;
mod announced_change;
mod announcement;
mod approvals;
mod audit;
mod checklist;
mod clock;
mod csv;
mod export;
mod facts;
mod header;
mod html;
mod judgement;
mod markdown;
mod metrics;
mod missing;
mod order;
mod payload;
mod policy;
mod release_file;
mod release_result;
mod retrospective;
mod rollback;
mod rows;
mod runbook;
mod runbook_ticket;
mod steps;
#[cfg(test)]
mod testing;
mod wire_moment;
mod wire_window;

use serde::Serialize;

use crate::source::json_document;
use crate::ticket::Text;

pub(crate) use announcement::Announcement;
pub(crate) use audit::{
    Audit, AuditBuilder, AuditFacts, AuditPurpose, AuditScope, AuditedFile, AuditedRelease,
    ReleaseRecord, TagBytes, TagSignature,
};
pub(crate) use checklist::{
    ChangedLockFile, Checklist, ChecklistFacts, NamedMigration, PreviousEmergency, Regression,
};
pub(crate) use clock::Clock;
pub(crate) use export::{Export, ExportedRows};
pub(crate) use facts::{
    CommitRole, EarlierRelease, PreviousRelease, ReleaseFacts, ReleaseTag, ReportedCommit,
    ReportedFile, ReportedSignOff, ReportedTicket,
};
pub(crate) use html::{
    Due, NextRelease, OpenTask, PageFacts, PageFinding, PageTicket, SIGNATURE as PAGE_SIGNATURE,
    pages,
};
pub(crate) use judgement::{
    GateVerdict, Involved, JudgedApprovals, JudgedBase, JudgedEntry, JudgedException,
    JudgedFinding, JudgedFreeze, JudgedHead, JudgedPolicy, JudgedPrediction, JudgedSection,
    JudgedSuppression, JudgedTicket, JudgedVersion, Judgement, PolicyTrigger, TicketFacts,
    headline, merge_condition, next_steps,
};
pub(crate) use metrics::{
    MeasuredAction, MeasuredCommit, MeasuredRelease, MeasuredTicket, Metrics, MetricsFacts, Period,
    UnitReleases,
};
pub(crate) use payload::Dialect;
pub(crate) use policy::{ChangePolicy, ConfigChange, PolicyFacts};
pub(crate) use retrospective::{BypassedRules, CausedTicket, Retrospective, RetrospectiveFacts};
pub(crate) use rollback::RollbackPlan;
#[cfg(test)]
pub(crate) use rows::{ApprovalRow, ReleaseRow, TicketRow};
pub(crate) use runbook::Runbook;

/// A document about a release.
pub(crate) trait Report: Serialize + Sized {
    /// Writes it as Markdown.
    fn markdown(&self) -> String;

    /// Writes it as JSON, complete: templates see this document.
    fn json(&self) -> String {
        json_document(self)
    }
}

/// A report that can be written by a template of the user's own.
pub(crate) trait Templated: Report {
    /// The number of its entries, by which the limits of a template rise.
    fn entries(&self) -> usize;
}

/// Different people, in the order in which they occur.
fn people<'a>(facts: &ReleaseFacts, names: impl Iterator<Item = Option<&'a Text>>) -> Vec<String> {
    let mut people = Vec::new();
    for name in names.flatten() {
        let person = facts.person(&name.text);
        if !people.contains(&person) {
            people.push(person);
        }
    }
    people
}

/// A person by their name in `[people]`.
fn person(facts: &ReleaseFacts, name: Option<&Text>) -> Option<String> {
    name.map(|name| facts.person(&name.text))
}

fn texts(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.text.clone()).collect()
}

/// `no tickets`, `1 ticket`, `2 tickets`.
fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// `1 day`, `2 days`.
fn counted_days(days: impl Into<i128>) -> String {
    match days.into() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
