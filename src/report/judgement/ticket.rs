//! A ticket at the gate: its risk, its window against the freezes, how it is undone, and its
//! approvals.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::JudgedFreeze;
use super::approval::JudgedApprovals;
use crate::calendar::{Window, overlapping_freezes};
use crate::config::{Activity, Config, Freeze};
use crate::report::facts::person_name;
use crate::risk::RiskScore;
use crate::ticket::{ParsedTicket, RiskLevel, State, Step, Ticket, digest};

/// For how many days after the end of a window the next freeze is of interest.
const FREEZE_HORIZON_DAYS: i64 = 7;

/// How a branch involves a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Involved {
    /// The branch adds it.
    Added,
    /// The branch changes it.
    Changed,
    /// A commit names it.
    Named,
}

/// A ticket that the branch changes or names, as it will be after the merge.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedTicket {
    pub(crate) id: String,
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// The page of the file on the forge; null if the forge is unknown.
    pub(crate) url: Option<String>,
    pub(crate) title: String,
    pub(crate) state: &'static str,
    pub(crate) involved: Involved,
    /// Whether it covers the branch.
    pub(crate) covers: bool,
    /// The tag of the release that contains it; null if it is not released.
    pub(crate) released_tag: Option<String>,
    /// The digest of the plan, which approvals name.
    pub(crate) digest: String,
    pub(crate) risk: JudgedRisk,
    /// When it is carried out; null if it has no schedule.
    pub(crate) window: Option<JudgedWindow>,
    pub(crate) undo: JudgedUndo,
    /// Null if no approvals are configured, and for a ticket that was closed before.
    pub(crate) approvals: Option<JudgedApprovals>,
}

/// The risk of a ticket.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedRisk {
    /// The level that decides who must approve: the higher of the other two.
    #[cfg_attr(test, schemars(extend("enum" = ["low", "medium", "high", "critical"])))]
    pub(crate) level: &'static str,
    /// The level that the ticket declares.
    pub(crate) declared: Option<&'static str>,
    /// The level of the sum.
    pub(crate) computed: &'static str,
    /// The sum of the points.
    pub(crate) points: i32,
    pub(crate) parts: Vec<JudgedRiskPart>,
}

/// A reason that adds to the risk.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedRiskPart {
    pub(crate) reason: &'static str,
    pub(crate) points: i32,
}

/// When a ticket is carried out, and the freezes around it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedWindow {
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) start: Timestamp,
    /// The same as `start` if the ticket has only one time.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) end: Timestamp,
    /// Whether it is over.
    pub(crate) is_past: bool,
    /// The freezes that forbid the deployment in it.
    pub(crate) freezes: Vec<JudgedFreeze>,
    /// The first such freeze that begins within seven days after it.
    pub(crate) next_freeze: Option<JudgedFreeze>,
    /// Who allowed the change in spite of a freeze; then no freeze applies to the ticket.
    pub(crate) freeze_override_by: Option<String>,
}

/// How a change is undone.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedUndo {
    pub(crate) steps: Vec<JudgedStep>,
    /// How long it takes at most.
    pub(crate) within_seconds: Option<u64>,
    pub(crate) decider: Option<String>,
    pub(crate) trigger: Option<String>,
    /// The last instant at which it fits the window; null if the window or the duration is unknown.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) fits_until: Option<Timestamp>,
    /// After this, there is no way back.
    pub(crate) point_of_no_return: Option<String>,
    /// What is lost by rolling back.
    pub(crate) loses: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) rehearsed_on: Option<Date>,
}

/// A step of a rollback.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedStep {
    /// What to do.
    pub(crate) action: String,
    /// The command, if the ticket has it in a field of its own.
    pub(crate) run: Option<String>,
}

/// What a judged ticket is made from, besides the ticket itself.
#[derive(Debug)]
pub(crate) struct TicketFacts<'a> {
    /// The state: as it is written, or `approved`, which follows from approvals.
    pub(crate) state: State,
    pub(crate) involved: Involved,
    pub(crate) covers: bool,
    pub(crate) released_tag: Option<&'a String>,
    /// The risk that decides who must approve.
    pub(crate) risk: RiskLevel,
    pub(crate) score: RiskScore,
    pub(crate) approvals: Option<JudgedApprovals>,
    pub(crate) url: Option<String>,
    pub(crate) config: &'a Config,
    pub(crate) now: Timestamp,
}

impl JudgedTicket {
    pub(crate) fn of(version: &ParsedTicket, facts: TicketFacts<'_>) -> Self {
        let ticket = &version.ticket;
        let window = ticket.schedule.as_ref().and_then(Window::of);
        Self {
            id: version.id().to_owned(),
            path: version.path().to_owned(),
            url: facts.url,
            title: ticket.title.text.clone(),
            state: facts.state.as_str(),
            involved: facts.involved,
            covers: facts.covers,
            released_tag: facts.released_tag.cloned(),
            digest: digest(&version.document),
            risk: JudgedRisk::of(facts.risk, ticket.risk.level, &facts.score),
            undo: JudgedUndo::of(ticket, window, facts.config),
            window: window
                .map(|window| JudgedWindow::of(ticket, window, &facts.config.freezes, facts.now)),
            approvals: facts.approvals,
        }
    }

    /// Whether only the forge could say if the ticket is approved.
    pub(super) fn is_approval_unknown(&self) -> bool {
        self.approvals
            .as_ref()
            .is_some_and(|approvals| approvals.status == "unknown")
    }
}

impl JudgedRisk {
    fn of(level: RiskLevel, declared: Option<RiskLevel>, score: &RiskScore) -> Self {
        let parts = score.parts.iter().map(|part| JudgedRiskPart {
            reason: part.reason,
            points: part.points,
        });
        Self {
            level: level.as_str(),
            declared: declared.map(RiskLevel::as_str),
            computed: score.level().as_str(),
            points: score.points(),
            parts: parts.collect(),
        }
    }
}

impl JudgedWindow {
    fn of(ticket: &Ticket, window: Window, freezes: &[Freeze], now: Timestamp) -> Self {
        let of = |window| overlapping_freezes(freezes, Activity::Deploy, window, &[ticket]);
        let after = window.end.checked_add((24 * FREEZE_HORIZON_DAYS).hours());
        let after = after.map(|end| Window {
            start: window.end,
            end,
        });
        let coming = after.map(of).unwrap_or_default().into_iter();
        let next = coming
            .filter(|(_, frozen)| frozen.start >= window.end)
            .min_by_key(|(_, frozen)| frozen.start);
        let by = ticket
            .schedule
            .as_ref()
            .and_then(|schedule| schedule.freeze_override.as_ref()?.by.as_ref());
        Self {
            start: window.start,
            end: window.end,
            is_past: window.end < now,
            freezes: of(window).into_iter().map(JudgedFreeze::of).collect(),
            next_freeze: next.map(JudgedFreeze::of),
            freeze_override_by: by.map(|by| by.text.clone()),
        }
    }
}

impl JudgedUndo {
    fn of(ticket: &Ticket, window: Option<Window>, config: &Config) -> Self {
        let rollback = &ticket.rollback;
        let text = |text: &Option<crate::ticket::Text>| text.as_ref().map(|it| it.text.clone());
        let fits_until = || window?.end.checked_sub(rollback.within?).ok();
        Self {
            steps: rollback.steps.iter().map(JudgedStep::of).collect(),
            within_seconds: rollback.within.map(|within| within.as_secs()),
            decider: rollback
                .decider
                .as_ref()
                .map(|name| person_name(config, &name.text)),
            trigger: text(&rollback.trigger),
            fits_until: fits_until(),
            point_of_no_return: text(&rollback.point_of_no_return),
            loses: text(&rollback.loses),
            rehearsed_on: rollback.rehearsed_on,
        }
    }
}

impl JudgedStep {
    fn of(step: &Step) -> Self {
        Self {
            action: step.action.text.clone(),
            run: step.run.as_ref().map(|run| run.text.clone()),
        }
    }
}
