//! What the page is made from.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::approval::QuorumShortfall;
use crate::calendar::Window;
use crate::changelog::Links;
use crate::config::Config;
use crate::report::facts::person_name;
use crate::report::metrics::MetricsFacts;
use crate::risk::RiskPoints;
use crate::ticket::{Decision, ParsedTicket, RiskLevel, Ticket, digest};

/// What is known about a repository when its page is written.
#[derive(Debug)]
pub(crate) struct PageFacts {
    /// The releases of the last twelve months, and what is not released.
    pub(crate) metrics: MetricsFacts,
    /// The tickets of HEAD, in the order of their files.
    pub(crate) tickets: Vec<PageTicket>,
    /// What comes next, for the repository or for each package.
    pub(crate) next: Vec<NextRelease>,
    /// What release files list and nobody has ticked, in the order of the files.
    pub(crate) tasks: Vec<OpenTask>,
    /// The configuration of HEAD.
    pub(crate) config: Config,
    /// The pages of commits; `None`: unknown.
    pub(crate) links: Option<Links>,
}

/// The next release of the repository or of a package.
#[derive(Debug)]
pub(crate) struct NextRelease {
    pub(crate) package: Option<String>,
    /// The version; `None`: no commit calls for a release, or the version is unknown.
    pub(crate) version: Option<String>,
}

/// An item or an action of a release file that is not done.
#[derive(Debug)]
pub(crate) struct OpenTask {
    /// The file.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) owner: Option<String>,
    /// By when it has to be done: a day in the zone of the file, or a time.
    pub(crate) due: Option<Due>,
    pub(crate) is_overdue: bool,
}

/// By when something has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Due {
    Day(Date),
    Time(Timestamp),
}

/// A ticket of HEAD.
#[derive(Debug)]
pub(crate) struct PageTicket {
    pub(crate) ticket: Ticket,
    /// The digest of its plan.
    pub(crate) digest: String,
    /// The risk that decides who has to approve it.
    pub(crate) risk: RiskLevel,
    /// When it was added; `None`: before the releases that are shown.
    pub(crate) added_at: Option<Timestamp>,
    /// What the linter finds in its file alone, if it is open.
    pub(crate) findings: Vec<PageFinding>,
}

/// What the linter finds in a ticket.
#[derive(Debug)]
pub(crate) struct PageFinding {
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    pub(crate) rule: &'static str,
}

impl PageTicket {
    /// What the page needs from a ticket, whose risk is that of a day.
    pub(crate) fn of(
        parsed: ParsedTicket,
        added_at: Option<Timestamp>,
        day: Date,
        points: &RiskPoints,
    ) -> Self {
        Self {
            digest: digest(&parsed.document),
            risk: parsed.ticket.stricter_risk(day, points),
            ticket: parsed.ticket,
            added_at,
            findings: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.ticket.identity.text
    }

    pub(super) fn is_open(&self) -> bool {
        !self.ticket.state.is_finished()
    }

    /// The window, if it has both ends.
    pub(super) fn window(&self) -> Option<Window> {
        let schedule = self.ticket.schedule.as_ref()?;
        let _both = schedule.start.zip(schedule.end)?;
        Window::of(schedule)
    }

    /// The approvals that the file records for the present plan.
    pub(super) fn current_approvals(&self) -> impl Iterator<Item = &crate::ticket::Approval> {
        self.ticket.approvals.iter().filter(|approval| {
            let is_current = approval
                .digest
                .as_ref()
                .is_some_and(|it| it.text == self.digest);
            is_current && approval.decision == Some(Decision::Approve)
        })
    }

    /// When the present plan was last approved, as the file records it.
    pub(super) fn approved_at(&self) -> Option<Timestamp> {
        self.current_approvals()
            .filter_map(|approval| Some(approval.at?.timestamp))
            .max()
    }

    /// The day by which the ticket is sorted: of its deployment, its window, or its file.
    pub(super) fn at(&self) -> Option<Timestamp> {
        let outcome = self.ticket.outcome.as_ref();
        outcome
            .and_then(|outcome| {
                let at = outcome.deployed_at.or(outcome.started_at);
                Some(at.or(outcome.ended_at)?.timestamp)
            })
            .or_else(|| Some(self.window()?.start))
            .or(self.added_at)
            .or_else(|| self.approved_at())
    }
}

impl PageFacts {
    /// The name of a person in `[people]`, if they are there, or else the name itself.
    pub(super) fn person(&self, name: &str) -> String {
        person_name(&self.config, name)
    }

    /// What the recorded approvals of a ticket lack; `None`: nothing, or none are required.
    pub(super) fn shortfall(&self, ticket: &PageTicket) -> Option<QuorumShortfall> {
        let quorum = self.config.approvals.as_ref()?.quorum(ticket.risk);
        let (mut people, mut roles) = (Vec::new(), Vec::new());
        for approval in ticket.current_approvals() {
            let person = approval.by.as_ref().map(|by| self.person(&by.text));
            people.extend(person.filter(|person| !people.contains(person)));
            roles.extend(approval.role.as_ref().map(|role| role.text.as_str()));
        }
        QuorumShortfall::of(quorum, people.len(), &roles)
    }
}
