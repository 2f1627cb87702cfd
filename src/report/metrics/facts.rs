//! What metrics are computed from.

use std::cell::OnceCell;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::Window;
use crate::commit::Id;
use crate::report::clock::Clock;
use crate::risk::RiskPoints;
use crate::ticket::{Decision, Ending, Kind, ParsedTicket, RiskLevel, digest};

/// What is known about the releases of a repository when metrics are computed.
#[derive(Debug)]
pub(crate) struct MetricsFacts {
    /// The name of the project.
    pub(crate) project: String,
    /// The commit of HEAD, which the tickets are from.
    pub(crate) head: Id,
    /// The repository, or each package.
    pub(crate) units: Vec<UnitReleases>,
    /// The tickets that commits cite, and those that name the ticket that caused them.
    pub(crate) tickets: Vec<MeasuredTicket>,
    pub(crate) clock: Clock,
}

/// The releases of a repository or a package.
#[derive(Debug)]
pub(crate) struct UnitReleases {
    /// The package; `None`: the repository.
    pub(crate) package: Option<String>,
    /// The period, with the releases in it.
    pub(crate) period: Period,
    /// The period of the same length before it; `None`: releases do not go back that far.
    pub(crate) before: Option<Period>,
    /// The commits that change the product and are not released.
    pub(crate) unreleased: Vec<MeasuredCommit>,
}

/// A period with its releases.
#[derive(Debug)]
pub(crate) struct Period {
    /// What the period was chosen by, such as `v1.0.0..v1.3.0`; `None`: the last twelve months.
    pub(crate) range: Option<String>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// Oldest first.
    pub(crate) releases: Vec<MeasuredRelease>,
}

/// A release.
#[derive(Debug)]
pub(crate) struct MeasuredRelease {
    pub(crate) version: String,
    pub(crate) tag: String,
    /// The tag's time.
    pub(crate) at: Timestamp,
    /// Its commits that change the product.
    pub(crate) commits: Vec<MeasuredCommit>,
    /// The items of its release file, and the actions of its retrospective; `None`: there is no such
    /// file.
    pub(crate) actions: Option<Vec<MeasuredAction>>,
}

/// A commit that changes the product.
#[derive(Debug)]
pub(crate) struct MeasuredCommit {
    pub(crate) id: String,
    /// When it was written, by the author's clock.
    pub(crate) at: Option<Timestamp>,
    /// The IDs of the tickets that it cites.
    pub(crate) tickets: Vec<String>,
    /// The first line of its message.
    pub(crate) headline: String,
}

/// An item of a release file, or an action of a retrospective.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeasuredAction {
    pub(crate) is_done: bool,
    /// Whether it is not done, and its day is over.
    pub(crate) is_overdue: bool,
}

/// What metrics need from a ticket: tickets are many, and their texts long.
#[derive(Debug)]
pub(crate) struct MeasuredTicket {
    pub(in crate::report) id: String,
    pub(in crate::report) is_emergency: bool,
    pub(in crate::report) risk: RiskLevel,
    /// When the ticket was added to the repository; `None`: before the releases that are measured.
    pub(in crate::report) added_at: Option<Timestamp>,
    /// When its present plan was last approved.
    pub(in crate::report) approved_at: Option<Timestamp>,
    /// The window, if it has both ends.
    pub(in crate::report) window: Option<Window>,
    pub(in crate::report) deployed_at: Option<Timestamp>,
    pub(in crate::report) ended_at: Option<Timestamp>,
    pub(in crate::report) result: Option<Ending>,
    pub(in crate::report) caused_by: Option<String>,
    pub(in crate::report) steps: usize,
    pub(in crate::report) automated_steps: usize,
    pub(in crate::report) is_rehearsed: bool,
    pub(in crate::report) is_measured: bool,
}

impl MeasuredTicket {
    /// When the ticket was added.
    #[cfg(test)]
    pub(crate) const fn added_at(&self) -> Option<Timestamp> {
        self.added_at
    }

    /// What metrics need from this ticket, whose risk is that of a day. What its outcome says of the
    /// time after `now` has not happened.
    pub(crate) fn of(
        parsed: &ParsedTicket,
        added_at: Option<Timestamp>,
        day: Date,
        points: &RiskPoints,
        now: Timestamp,
    ) -> Self {
        let ticket = &parsed.ticket;
        let outcome = ticket.outcome.as_ref();
        let plan = OnceCell::new();
        let approvals = ticket.approvals.iter().filter(|approval| {
            let plan = || plan.get_or_init(|| digest(&parsed.document));
            let is_current = approval
                .digest
                .as_ref()
                .is_some_and(|it| it.text == *plan());
            is_current && approval.decision == Some(Decision::Approve)
        });
        let schedule = ticket.schedule.as_ref();
        let has_both_ends = schedule.is_some_and(|it| it.start.is_some() && it.end.is_some());
        let steps = &ticket.deployment.steps;
        let past = |at: Timestamp| (at <= now).then_some(at);
        Self {
            id: parsed.id().to_owned(),
            is_emergency: ticket.kind == Kind::Emergency,
            risk: ticket.stricter_risk(day, points),
            added_at,
            approved_at: approvals
                .filter_map(|approval| Some(approval.at?.timestamp))
                .max(),
            window: schedule.filter(|_| has_both_ends).and_then(Window::of),
            deployed_at: outcome.and_then(|it| past(it.deployed_at?.timestamp)),
            ended_at: outcome.and_then(|it| past(it.ended_at?.timestamp)),
            result: outcome.and_then(|it| it.result),
            caused_by: outcome.and_then(|it| Some(it.caused_by.as_ref()?.text.trim().to_owned())),
            steps: steps.len(),
            automated_steps: steps.iter().filter(|step| step.automated).count(),
            is_rehearsed: ticket.rollback.rehearsed_on.is_some(),
            is_measured: outcome.is_some_and(|it| it.measured.is_some()),
        }
    }
}
