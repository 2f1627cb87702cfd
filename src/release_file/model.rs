//! A release file as values, each text with its place.
//!
//! What cannot be read is absent here; the faults of the file say why.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::document::{FaultKind, StructureFault, time_zone};
use crate::source::word_enum;
use crate::ticket::{Approval, Instant, Text};

/// What people write about one release.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReleaseFile {
    /// When it is carried out.
    pub(crate) planned: Option<Planned>,
    /// Who decides whether it goes ahead.
    pub(crate) decider: Option<Text>,
    /// The name of the time zone in which times are shown.
    pub(crate) zone: Option<Text>,
    /// What has to be done for it.
    pub(crate) items: Vec<Item>,
    /// What its retrospective decided to improve.
    pub(crate) actions: Vec<Action>,
    /// Its known issues.
    pub(crate) known_issues: Vec<KnownIssue>,
    /// Its sign-off.
    pub(crate) approvals: Vec<Approval>,
}

/// When a release is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    /// When it starts.
    pub(crate) start: Instant,
    /// When it ends; `None`: the file only says when it starts.
    pub(crate) end: Option<Instant>,
}

/// Something that has to be done for a release.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The stage that it belongs to.
    pub(crate) stage: Option<ItemStage>,
    /// What has to be done.
    pub(crate) text: Text,
    /// Who does it.
    pub(crate) owner: Option<Text>,
    /// By when it has to be done.
    pub(crate) due: Option<Moment>,
    /// When it takes place.
    pub(crate) when: Option<Moment>,
    /// Whether it is done.
    pub(crate) done: Done,
    /// Who did it.
    pub(crate) by: Option<Text>,
}

/// Something that a retrospective decided to improve.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// What has to be done.
    pub(crate) text: Text,
    /// Who does it.
    pub(crate) owner: Option<Text>,
    /// By when it has to be done.
    pub(crate) due: Option<Moment>,
    /// Whether it is done.
    pub(crate) done: Done,
}

/// Something that is known to go wrong.
#[derive(Debug, Clone)]
pub(crate) struct KnownIssue {
    /// What goes wrong.
    pub(crate) text: Text,
    /// The ID of its ticket.
    pub(crate) ticket: Option<Text>,
    /// What was decided.
    pub(crate) decision: Option<IssueDecision>,
    /// Why.
    pub(crate) reason: Option<Text>,
    /// Who decided.
    pub(crate) by: Option<Text>,
}

/// A day, or a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A day, in the time zone of the file.
    Day(Date),
    /// A point in time.
    Time(Instant),
}

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Done {
    /// No.
    #[default]
    No,
    /// Yes; nothing says when.
    Yes,
    /// Since then.
    At(Moment),
}

word_enum! {
    /// The stage of a release that an item belongs to, in order.
    pub(crate) enum ItemStage {
        /// What is released, and when.
        Plan = "plan",
        /// Whether it works.
        Test = "test",
        /// Everything is ready.
        Prepare = "prepare",
        /// People know about it.
        Publicise = "publicise",
        /// After the release.
        FollowUp = "follow-up",
    }
}

word_enum! {
    /// What was decided about a known issue.
    pub(crate) enum IssueDecision {
        /// The release is made with it.
        Accept = "accept",
        /// It is fixed before the release.
        Fix = "fix",
    }
}

impl ReleaseFile {
    /// The time zone in which times are shown; UTC unless the file names a valid one.
    #[must_use]
    pub(crate) fn time_zone(&self) -> TimeZone {
        let zone = self.zone.as_ref();
        zone.and_then(|zone| time_zone(&zone.text))
            .unwrap_or(TimeZone::UTC)
    }

    /// The fault of a time zone that does not exist.
    pub(super) fn unknown_zone(&self) -> Option<StructureFault> {
        let zone = self.zone.as_ref()?;
        // The check of the fields reports a blank one.
        let is_blank = !zone.text.contains(char::is_alphanumeric);
        let is_known = time_zone(&zone.text).is_some();
        (!is_blank && !is_known).then(|| StructureFault {
            kind: FaultKind::InvalidValue {
                value: zone.text.clone(),
                expected: "an IANA time zone".into(),
                example: "\"Europe/Berlin\"".into(),
                suggestion: None,
            },
            span: zone.span,
            path: zone.path.clone(),
        })
    }

    /// Everyone whom the file names, in the order of its keys.
    pub(crate) fn people(&self) -> impl Iterator<Item = &Text> {
        let items = self.items.iter();
        let items = items.flat_map(|item| [item.owner.as_ref(), item.by.as_ref()]);
        let actions = self.actions.iter().map(|action| action.owner.as_ref());
        let issues = self.known_issues.iter().map(|issue| issue.by.as_ref());
        let approvals = self.approvals.iter().map(|approval| approval.by.as_ref());
        std::iter::once(self.decider.as_ref())
            .chain(items)
            .chain(actions)
            .chain(issues)
            .chain(approvals)
            .flatten()
    }
}

impl Done {
    /// Whether it is done.
    #[must_use]
    pub(crate) const fn is_done(self) -> bool {
        !matches!(self, Self::No)
    }
}
