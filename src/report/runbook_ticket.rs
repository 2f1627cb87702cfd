//! A ticket of the runbook: its steps, stages, validation, and watch.

use jiff::Timestamp;
use serde::Serialize;

use super::approvals::ApprovalSummary;
use super::clock::{Clock, duration, seconds_in_words};
use super::facts::{ReleaseFacts, ReportedTicket};
use super::markdown::{Item, Markdown, code, link};
use super::runbook::names;
use super::steps::{PlannedStep, text};
use super::wire_window::WireWindow;
use super::{person, texts};
use crate::changelog::escape;
use crate::source::join_and;
use crate::ticket::{Reversible, Stage, Strategy};

/// A stage of a canary.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlannedStage {
    /// The share that gets the change, in percent.
    share: Option<i64>,
    /// The minimum duration.
    lasts_seconds: Option<u64>,
    /// The condition for aborting it.
    abort_when: Option<String>,
}

/// One ticket of the runbook.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TicketSection {
    pub(super) id: String,
    title: String,
    #[cfg_attr(test, schemars(with = "String"))]
    risk: &'static str,
    services: Vec<String>,
    environments: Vec<String>,
    /// The tickets of the release that come before it.
    pub(super) after: Vec<String>,
    pub(super) window: Option<WireWindow>,
    /// What has to be true before it starts.
    preconditions: Vec<String>,
    /// The last instant at which a rollback still fits the window; null if the window or the
    /// duration of the rollback is unknown.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    rollback_fits_until: Option<Timestamp>,
    /// Whether it can be undone, as its risk says.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    reversible: Option<&'static str>,
    /// After this, there is no way back.
    point_of_no_return: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    strategy: Option<&'static str>,
    /// The key of the feature flag.
    flag: Option<String>,
    deployment: Vec<PlannedStep>,
    /// The stages of a canary.
    stages: Vec<PlannedStage>,
    pub(super) validator: Option<String>,
    validation: Vec<PlannedStep>,
    /// Whether the validation creates data.
    creates_data: bool,
    /// How that data is removed.
    cleanup: Vec<String>,
    dashboards: Vec<String>,
    alerts: Vec<String>,
    watch_seconds: Option<u64>,
    /// When the watch ends; null if that is not known.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) watched_until: Option<Timestamp>,
    pub(super) digest: String,
    pub(super) approval: ApprovalSummary,
}

impl PlannedStage {
    fn of(stage: &Stage) -> Self {
        Self {
            share: stage.share,
            lasts_seconds: stage.lasts.map(|lasts| lasts.as_secs()),
            abort_when: text(stage.abort_when.as_ref()),
        }
    }

    /// `25% for at least 1 hour; abort if errors rise`.
    fn item(&self) -> Item {
        let share = match self.share {
            Some(share) => format!("{share}%"),
            None => "share not stated".to_owned(),
        };
        let lasts = self.lasts_seconds.map_or_else(String::new, |seconds| {
            format!(" for at least {}", seconds_in_words(seconds))
        });
        let abort = self.abort_when.as_deref();
        let abort = abort.map_or_else(String::new, |when| format!("; abort if {}", escape(when)));
        let log = "Started ________ Done ________".to_owned();
        Item::open(format!("Stage: {share}{lasts}{abort}")).with([log])
    }
}

impl TicketSection {
    pub(super) fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Self {
        let plan = ticket.plan();
        let window = ticket.window();
        let (assignee, validator) = (plan.assignee.as_ref(), plan.validator.as_ref());
        let start = window.map(|window| window.start);
        let deployment = PlannedStep::all(facts, &plan.deployment.steps, start, assignee);
        let deployed = deployment.last().and_then(PlannedStep::ends_at);
        let watch = plan.validation.watch_for;
        Self {
            id: ticket.id().to_owned(),
            title: plan.title.text.clone(),
            risk: ticket.risk.as_str(),
            services: texts(&plan.services),
            environments: texts(&plan.environments),
            after: texts(&plan.depends_on)
                .into_iter()
                .filter(|id| facts.ticket(id).is_some())
                .collect(),
            window: window.map(WireWindow::of),
            preconditions: texts(&plan.deployment.preconditions),
            rollback_fits_until: ticket.rollback_fits_until(),
            reversible: plan.risk.reversible.map(Reversible::as_str),
            point_of_no_return: text(plan.rollback.point_of_no_return.as_ref()),
            strategy: plan.deployment.strategy.map(Strategy::as_str),
            flag: plan
                .deployment
                .flag
                .as_ref()
                .and_then(|flag| text(flag.key.as_ref())),
            stages: plan
                .deployment
                .stages
                .iter()
                .map(PlannedStage::of)
                .collect(),
            deployment,
            validator: person(facts, validator),
            validation: PlannedStep::all(facts, &plan.validation.steps, deployed, validator),
            creates_data: plan.validation.creates_data,
            cleanup: texts(&plan.validation.cleanup),
            dashboards: texts(&plan.validation.dashboards),
            alerts: texts(&plan.validation.alerts),
            watch_seconds: watch.map(|watch| watch.as_secs()),
            watched_until: watch.and_then(|watch| deployed?.checked_add(watch).ok()),
            digest: ticket.digest.clone(),
            approval: ApprovalSummary::of(facts, ticket),
        }
    }
}

impl TicketSection {
    pub(super) fn write(&self, clock: &Clock, out: &mut Markdown) {
        let title = escape(&self.title);
        out.heading(
            2,
            &match self.window {
                Some(window) => format!("{} · {title}", clock.times(window.window())),
                None => title,
            },
        );
        out.paragraph(&self.facts(clock));
        if let Some(point) = &self.point_of_no_return {
            out.paragraph(&format!("⛔ **Point of no return:** {}", escape(point)));
        }
        let preconditions = self.preconditions.iter();
        let preconditions =
            preconditions.map(|text| Item::open(format!("Precondition: {}", escape(text))));
        let day = self.window.map(|window| clock.date(window.start));
        let steps = self.deployment.iter().map(|step| {
            let log = "Started ________ Done ________".to_owned();
            step.item(clock, day).with([log])
        });
        let stages = self.stages.iter().map(PlannedStage::item);
        out.list(preconditions.chain(steps).chain(stages));
        if self.deployment.is_empty() {
            out.paragraph("**The ticket states no deployment steps.**");
        }
        let mut items: Vec<Item> = self
            .validation
            .iter()
            .map(|step| step.item(clock, day))
            .collect();
        let cleanup = self.cleanup.iter();
        items.extend(cleanup.map(|text| Item::open(format!("Clean up: {}", escape(text)))));
        items.extend((self.creates_data && self.cleanup.is_empty()).then(|| {
            Item::open("**Remove the data that the validation created** (no `validation.cleanup`)")
        }));
        items.extend(self.watch(clock));
        if !items.is_empty() {
            out.heading(3, "Validate");
            out.list(items);
        }
    }

    fn facts(&self, clock: &Clock) -> String {
        let mut facts = vec![format!("Risk: **{}**", self.risk)];
        facts.extend(match self.reversible {
            Some("no") => Some("**Not reversible**".to_owned()),
            Some("partly") => Some("**Only partly reversible**".to_owned()),
            _ => None,
        });
        facts.extend(named("Services", &self.services));
        facts.extend(named("Environments", &self.environments));
        facts.extend(
            self.strategy
                .map(|strategy| format!("Strategy: {strategy}")),
        );
        let flag = self.flag.as_ref();
        facts.extend(flag.map(|flag| format!("Flag: {}", code(flag))));
        facts.push(format!("Ticket: {}", code(&self.id)));
        if !self.after.is_empty() {
            let after: Vec<String> = self.after.iter().map(|id| code(id)).collect();
            facts.push(format!("Only after: {}", join_and(&after)));
        }
        facts
            .extend(self.rollback_fits_until.map(|until| {
                format!("A rollback fits the window until **{}**", clock.time(until))
            }));
        format!("{}.", facts.join(". "))
    }

    fn watch(&self, clock: &Clock) -> Option<Item> {
        let dashboards = self.dashboards.iter().map(|dashboard| link(dashboard));
        let alerts = self
            .alerts
            .iter()
            .map(|alert| format!("the alert {}", escape(alert)));
        let what: Vec<String> = dashboards.chain(alerts).collect();
        if what.is_empty() && self.watch_seconds.is_none() {
            return None;
        }
        let who = self
            .validator
            .as_ref()
            .map(|name| format!("{}: ", escape(name)))
            .unwrap_or_default();
        let what = match &what[..] {
            [] => String::new(),
            what => format!(" {}", join_and(what)),
        };
        let length = self.watch_seconds.map_or_else(String::new, |seconds| {
            format!(" for {}", seconds_in_words(seconds))
        });
        let until = self.watched_until.map_or_else(String::new, |end| {
            let day = self.window.map(|window| clock.date(window.start));
            let at = clock.time_on(day.unwrap_or(clock.date(end)), end);
            format!(", until **{at}**{}", self.late(end))
        });
        Some(Item::open(format!("{who}watch{what}{length}{until}")))
    }
}

impl TicketSection {
    /// By how much a watch ends after the last instant at which a rollback fits the window; empty
    /// if it does not, if that instant is unknown, and if the watch is longer than the window, as
    /// then no rollback that it causes can fit.
    fn late(&self, end: Timestamp) -> String {
        if self.window.is_none_or(|window| window.end < end) {
            return String::new();
        }
        let Some(until) = self.rollback_fits_until.filter(|until| *until < end) else {
            return String::new();
        };
        let late = duration(end.duration_since(until).unsigned_abs());
        format!(", **{late} after a rollback last fits the window**")
    }
}

fn named(label: &str, values: &[String]) -> Option<String> {
    let values = names(values);
    (!values.is_empty()).then(|| format!("{label}: {}", values.join(", ")))
}
