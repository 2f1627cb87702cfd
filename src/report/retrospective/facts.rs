//! What the retrospective is made from.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::report::facts::{ReleaseFacts, ReportedTicket};
use crate::report::metrics::MetricsFacts;

/// What is known about a release when its retrospective is prepared.
#[derive(Debug)]
pub(crate) struct RetrospectiveFacts {
    pub(crate) release: ReleaseFacts,
    /// When the tickets were added that the release before did not have, by ID.
    pub(crate) opened: BTreeMap<String, Timestamp>,
    /// The emergencies for which releases bypassed rules.
    pub(crate) emergencies: Vec<BypassedRules>,
    /// The tickets of HEAD that name a ticket of the release as their cause.
    pub(crate) caused: Vec<CausedTicket>,
    /// The releases of the range, or the release and those before it; `None`: it is not released.
    pub(crate) metrics: Option<MetricsFacts>,
}

/// The rules that a release bypassed, and the ticket that it bypassed them for.
#[derive(Debug)]
pub(crate) struct BypassedRules {
    pub(crate) ticket: String,
    pub(crate) rules: Vec<String>,
}

/// A ticket that another one caused.
#[derive(Debug)]
pub(crate) struct CausedTicket {
    pub(crate) ticket: String,
    pub(crate) caused_by: String,
}

impl ReportedTicket {
    /// When its deployment started and ended, by its outcome.
    pub(super) fn deployed(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let outcome = self.latest().outcome.as_ref();
        let at = outcome.map(|outcome| (outcome.started_at, outcome.deployed_at));
        let (started, ended) = at.unwrap_or_default();
        (started.map(|at| at.timestamp), ended.map(|at| at.timestamp))
    }

    /// When it was finished.
    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        let outcome = self.latest().outcome.as_ref()?;
        Some(outcome.ended_at?.timestamp)
    }
}
