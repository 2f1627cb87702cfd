//! A change of the announcement, for people who want to know why and how risky it is.

use jiff::civil::Date;
use serde::Serialize;

use super::clock::{day, seconds_in_words};
use super::facts::{ReleaseFacts, ReportedTicket};
use super::person;
use super::steps::text;
use crate::changelog::escape;
use crate::ticket::Reversible;

/// A change for people who want to know why, and how risky it is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Change {
    pub(super) ticket: String,
    pub(super) title: String,
    pub(super) goal: Option<String>,
    pub(super) justification: String,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) risk: &'static str,
    /// How long a rollback takes.
    pub(super) rollback_seconds: Option<u64>,
    /// Who decides whether to roll back.
    decider: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    rehearsed_on: Option<Date>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    reversible: Option<&'static str>,
    /// The number of steps of the rollback.
    rollback_steps: usize,
    /// How long users are without service; null if the ticket doesn't say.
    pub(super) downtime_seconds: Option<u64>,
    point_of_no_return: Option<String>,
}

impl Change {
    /// `Raise the pool (low risk, rollback within 10 minutes)`.
    pub(super) fn line(&self) -> String {
        let back = self.rollback_seconds.map_or_else(String::new, |seconds| {
            format!(", rollback within {}", seconds_in_words(seconds))
        });
        format!("{} ({} risk{back})", self.title, self.risk)
    }

    pub(super) fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Self {
        let plan = ticket.plan();
        let rollback = &plan.rollback;
        Self {
            decider: person(facts, rollback.decider.as_ref()),
            downtime_seconds: plan.risk.downtime.map(|downtime| downtime.as_secs()),
            ticket: ticket.id().to_owned(),
            title: plan.title.text.clone(),
            goal: text(plan.goal.as_ref()),
            justification: plan.justification.text.clone(),
            risk: ticket.risk.as_str(),
            rollback_seconds: rollback.within.map(|within| within.as_secs()),
            rehearsed_on: rollback.rehearsed_on,
            rollback_steps: rollback.steps.len(),
            reversible: plan.risk.reversible.map(Reversible::as_str),
            point_of_no_return: text(rollback.point_of_no_return.as_ref()),
        }
    }
}

impl Change {
    /// `30 minutes; Lee decides; rehearsed on Thu 19 Nov 2026; only partly`.
    pub(super) fn way_back(&self) -> String {
        let mut parts = Vec::new();
        parts.push(match self.rollback_seconds {
            Some(seconds) => seconds_in_words(seconds),
            None if self.rollback_steps == 0 => "not stated".to_owned(),
            None => "duration not stated".to_owned(),
        });
        let decider = self.decider.as_deref();
        parts.extend(decider.map(|name| format!("{} decides", escape(name))));
        parts.extend(
            self.rehearsed_on
                .map(|date| format!("rehearsed on {}", day(date))),
        );
        parts.extend(match self.reversible {
            Some("no") => Some("**not reversible**".to_owned()),
            Some("partly") => Some("only partly".to_owned()),
            _ => None,
        });
        let point = self.point_of_no_return.as_ref();
        parts.extend(point.map(|point| format!("point of no return: {}", escape(point))));
        parts.join("; ")
    }
}
