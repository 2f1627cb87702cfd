//! A ticket as typed values; each text has its position in the file.
//!
//! A ticket with structural faults is read as far as possible. Missing and invalid fields are empty
//! here; the check of the document reports them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use super::reader::{Instant, Text};
use super::words::{
    Category, Decision, Ending, Kind, Phase, Reversible, RiskLevel, Section, State, Strategy,
};
use crate::finding::Place;
use crate::source::{Source, Span};

/// One change ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The file it was read from.
    pub source: Source,
    /// The ID: its `id`, or the stem of the file name.
    pub(crate) identity: Text,
    /// Whether it has an `id`, so that the name of its file isn't its ID.
    pub(crate) has_id: bool,
    /// The title: the change in one sentence.
    pub(crate) title: Text,
    /// The description of the change.
    pub(crate) description: Option<Text>,
    /// The reason for the change.
    pub(crate) justification: Text,
    /// The goal that it serves.
    pub(crate) goal: Option<Text>,
    /// Whether the change is planned or an emergency.
    pub(crate) kind: Kind,
    /// The subject of the change.
    pub(crate) category: Option<Category>,
    /// The state.
    pub state: State,
    /// The position of the state; that of the first key if the state is missing.
    pub(crate) state_span: Span,
    /// The person who requests the change.
    pub(crate) requester: Option<Text>,
    /// The person who carries it out.
    pub(crate) assignee: Option<Text>,
    /// The person who confirms that it worked.
    pub(crate) validator: Option<Text>,
    /// The affected services; empty means all.
    pub(crate) services: Vec<Text>,
    /// The affected environments; empty means all.
    pub(crate) environments: Vec<Text>,
    /// The links.
    pub(crate) links: Vec<Link>,
    /// The IDs of the tickets that it depends on.
    pub(crate) depends_on: Vec<Text>,
    /// The IDs of the tickets that it supersedes.
    pub(crate) supersedes: Vec<Text>,
    /// The risk.
    pub(crate) risk: Risk,
    /// The schedule.
    pub(crate) schedule: Option<Schedule>,
    /// The deployment.
    pub(crate) deployment: Deployment,
    /// The rollback.
    pub(crate) rollback: Rollback,
    /// The validation.
    pub(crate) validation: Validation,
    /// The change of the schema of a data store.
    pub(crate) schema_change: Option<SchemaChange>,
    /// The tests before the deployment.
    pub(crate) tests: Option<Box<Tests>>,
    /// The people to inform.
    pub(crate) communication: Option<Box<Communication>>,
    /// The review.
    pub(crate) review: Review,
    /// The approvals.
    pub(crate) approvals: Vec<Approval>,
    /// The notes.
    pub(crate) notes: Vec<Note>,
    /// The outcome.
    pub(crate) outcome: Option<Box<Outcome>>,
    /// The invalid values of `state`, `kind`, and `risk.level`, by key. The fields have their
    /// defaults instead.
    pub(crate) invalid_words: BTreeMap<&'static str, String>,
}

/// A link of a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The kind, such as `incident`.
    pub(crate) kind: Option<Text>,
    /// The URL.
    pub(crate) url: Option<Text>,
    /// The reference, such as the ID of an issue.
    pub(crate) reference: Option<Text>,
}

/// The risk of a change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Risk {
    /// The declared level.
    pub(crate) level: Option<RiskLevel>,
    /// Whether the change can be undone.
    pub(crate) reversible: Option<Reversible>,
    /// The downtime for users.
    pub(crate) downtime: Option<Duration>,
    /// The people and systems that are affected if it fails.
    pub(crate) blast_radius: Option<Text>,
    /// What reduces the risk.
    pub(crate) mitigations: Option<Text>,
}

impl Risk {
    /// The declared level; low if none is declared.
    ///
    /// The required fields depend on it, so that declaring a risk doesn't require more than hiding
    /// it. The required approvals depend on the computed risk too.
    #[must_use]
    pub(crate) fn declared(&self) -> RiskLevel {
        self.level.unwrap_or(RiskLevel::Low)
    }
}

/// The schedule of a change.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    /// The start of the window.
    pub(crate) start: Option<Instant>,
    /// The end of the window.
    pub(crate) end: Option<Instant>,
    /// The exception from a freeze.
    pub(crate) freeze_override: Option<FreezeOverride>,
}

/// An exception from a freeze.
#[derive(Debug, Clone)]
pub(crate) struct FreezeOverride {
    /// The reason why the change can't wait.
    pub(crate) reason: Option<Text>,
    /// The person who allowed it.
    pub(crate) by: Option<Text>,
}

/// The deployment of a change.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// The position: the table's header, or the list in the short form.
    pub(crate) span: Span,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
    /// The deployment strategy.
    pub(crate) strategy: Option<Strategy>,
    /// The stages of a canary.
    pub(crate) stages: Vec<Stage>,
    /// The condition for aborting a stage.
    pub(crate) abort_when: Option<Text>,
    /// The feature flag.
    pub(crate) flag: Option<Flag>,
    /// How to switch back to the old environment.
    pub(crate) switch_back: Option<Text>,
    /// What must be true before the first step.
    pub(crate) preconditions: Vec<Text>,
}

/// One step of a deployment, a rollback or a validation.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The position: the string, or the table's header.
    pub(crate) span: Span,
    /// The form in which it is written.
    pub(crate) form: StepForm,
    /// The action.
    pub(crate) action: Text,
    /// The command.
    pub(crate) run: Option<Text>,
    /// The expected observation if it worked.
    pub(crate) expect: Option<Text>,
    /// The person who does it.
    pub(crate) owner: Option<Text>,
    /// The duration.
    pub(crate) takes: Option<Duration>,
    /// The action that undoes it.
    pub(crate) undo: Option<Text>,
    /// The reason why it can't be undone.
    pub(crate) cannot_undo: Option<Text>,
    /// Whether it makes the backup.
    pub(crate) backup: bool,
    /// Whether it runs without manual work.
    pub(crate) automated: bool,
    /// Whether someone must decide to continue before this step.
    pub(crate) hold: bool,
}

/// The form of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepForm {
    /// A string.
    Text,
    /// A table.
    Table,
}

/// A stage of a canary.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    /// The position.
    pub(crate) span: Span,
    /// The share that gets the change, in percent.
    pub(crate) share: Option<i64>,
    /// The minimum duration.
    pub(crate) lasts: Option<Duration>,
    /// The condition for aborting it.
    pub(crate) abort_when: Option<Text>,
}

/// A feature flag.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    /// The position.
    pub(crate) span: Span,
    /// The key.
    pub(crate) key: Option<Text>,
    /// The person who removes it.
    pub(crate) owner: Option<Text>,
    /// The date by which it is removed.
    pub(crate) remove_by: Option<Date>,
}

/// The rollback of a change.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    /// The position: the table's header, or the list in the short form.
    pub(crate) span: Span,
    /// The steps, in order.
    pub(crate) steps: Vec<Step>,
    /// The observation that triggers the rollback.
    pub(crate) trigger: Option<Text>,
    /// The person who decides.
    pub(crate) decider: Option<Text>,
    /// The duration of the rollback.
    pub(crate) within: Option<Duration>,
    /// The step after which a rollback is impossible.
    pub(crate) point_of_no_return: Option<Text>,
    /// The date of the last rollback test.
    pub(crate) rehearsed_on: Option<Date>,
    /// What a rollback loses.
    pub(crate) loses: Option<Text>,
}

/// The validation of a change.
#[derive(Debug, Clone)]
pub(crate) struct Validation {
    /// The position: the table's header, or the list in the short form.
    pub(crate) span: Span,
    /// The steps.
    pub(crate) steps: Vec<Step>,
    /// The dashboards to watch.
    pub(crate) dashboards: Vec<Text>,
    /// The alerts that must not fire.
    pub(crate) alerts: Vec<Text>,
    /// The duration of the observation.
    pub(crate) watch_for: Option<Duration>,
    /// Whether the validation leaves data behind.
    pub(crate) creates_data: bool,
    /// How the data that the validation creates is removed.
    pub(crate) cleanup: Vec<Text>,
}

/// The change of the schema of a data store.
#[derive(Debug, Clone)]
pub(crate) struct SchemaChange {
    /// The paths of the migrations.
    pub(crate) migrations: Vec<Text>,
    /// The phase of the expand-and-contract pattern.
    pub(crate) phase: Option<Phase>,
    /// The locks that it takes.
    pub(crate) locks: Option<Text>,
    /// The number of affected rows.
    pub(crate) rows: Option<i64>,
    /// Whether the current code works with the new schema.
    pub(crate) backward_compatible: Option<bool>,
    /// The location of the backup, and how it is restored.
    pub(crate) backup: Option<Text>,
}

/// The tests before the deployment.
#[derive(Debug, Clone)]
pub(crate) struct Tests {
    /// The kinds of tests that were run.
    pub(crate) kinds: Vec<Text>,
    /// The URLs of the results.
    pub(crate) evidence: Vec<Text>,
    /// The description of the tests.
    pub(crate) plan: Option<Text>,
    /// The observations in staging.
    pub(crate) staging: Option<Text>,
    /// Who is responsible for the tests.
    pub(crate) owner: Option<Text>,
}

/// The communication about a change.
#[derive(Debug, Clone)]
pub(crate) struct Communication {
    /// The people to inform.
    pub(crate) audiences: Vec<Text>,
    /// The channels.
    pub(crate) channels: Vec<Text>,
    /// The person who informs them.
    pub(crate) sender: Option<Text>,
    /// The time.
    pub(crate) send_at: Option<Instant>,
    /// The message.
    pub(crate) summary: Option<Text>,
    /// The training that is required before the change.
    pub(crate) training: Option<Text>,
    /// What the audiences must do.
    pub(crate) action: Option<Text>,
    /// The change in one sentence, for the announcement.
    pub(crate) say: Option<Text>,
    /// Messages to single audiences.
    pub(crate) messages: Vec<Message>,
}

/// A message to one audience.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Who gets it.
    pub(crate) audience: Option<Text>,
    /// What it says.
    pub(crate) text: Option<Text>,
}

/// The review before a deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Review {
    /// The reviewers.
    pub(crate) peers: Vec<Text>,
    /// The impact on users, services, and load.
    pub(crate) impact: Option<Text>,
    /// The test coverage.
    pub(crate) coverage: Option<Text>,
    /// The updated documentation.
    pub(crate) documentation: Option<Text>,
    /// The security impact.
    pub(crate) security: Option<Text>,
}

/// The decision of an approver.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    /// The position.
    pub(crate) span: Span,
    /// The approver.
    pub(crate) by: Option<Text>,
    /// The role of the approver.
    pub(crate) role: Option<Text>,
    /// The decision.
    pub(crate) decision: Option<Decision>,
    /// The time.
    pub(crate) at: Option<Instant>,
    /// The digest of the approved plan.
    pub(crate) digest: Option<Text>,
    /// The reason.
    pub(crate) reason: Option<Text>,
    /// The signature of the decision.
    pub(crate) signature: Option<Text>,
}

/// A note.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// When it was written, or when the step was completed.
    pub(crate) at: Option<Instant>,
    /// The author.
    pub(crate) by: Option<Text>,
    /// The text.
    pub(crate) text: Option<Text>,
    /// The number of the step that it reports as completed, from 1.
    pub(crate) step: Option<usize>,
    /// The section that the step belongs to; `None` if the ticket names no known one.
    pub(crate) section: Option<Section>,
}

/// The outcome of a change.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// When the deployment started.
    pub(crate) started_at: Option<Instant>,
    /// The time at which it was deployed.
    pub(crate) deployed_at: Option<Instant>,
    /// When someone confirmed that it worked.
    pub(crate) validated_at: Option<Instant>,
    /// The time at which it was finished.
    pub(crate) ended_at: Option<Instant>,
    /// How long users were without service.
    pub(crate) downtime: Option<Duration>,
    /// The result.
    pub(crate) result: Option<Ending>,
    /// The ID of the ticket that caused it.
    pub(crate) caused_by: Option<Text>,
    /// The lessons learned.
    pub(crate) retrospective: Option<Text>,
    /// Whether the promised improvement was achieved.
    pub(crate) measured: Option<Text>,
}

impl Ticket {
    /// The place of findings about the ticket: its file.
    #[must_use]
    pub(crate) fn place(&self) -> Place {
        Place::file(&self.source)
    }

    /// The people in a ticket, with the keys that name them.
    #[must_use]
    pub(crate) fn people(&self) -> Vec<&Text> {
        let steps = self.steps().filter_map(|step| step.owner.as_ref());
        let approvals = self
            .approvals
            .iter()
            .filter_map(|approval| approval.by.as_ref());
        let notes = self.notes.iter().filter_map(|note| note.by.as_ref());
        let single = [
            self.requester.as_ref(),
            self.assignee.as_ref(),
            self.validator.as_ref(),
            self.rollback.decider.as_ref(),
            self.deployment
                .flag
                .as_ref()
                .and_then(|flag| flag.owner.as_ref()),
            self.communication
                .as_ref()
                .and_then(|communication| communication.sender.as_ref()),
            self.tests.as_ref().and_then(|tests| tests.owner.as_ref()),
            self.schedule
                .as_ref()
                .and_then(|schedule| schedule.freeze_override.as_ref()?.by.as_ref()),
        ];
        single
            .into_iter()
            .flatten()
            .chain(steps)
            .chain(approvals)
            .chain(notes)
            .collect()
    }

    /// The steps of a section, in order.
    #[must_use]
    pub(crate) fn steps_in(&self, section: Section) -> &[Step] {
        match section {
            Section::Deployment => &self.deployment.steps,
            Section::Validation => &self.validation.steps,
            Section::Rollback => &self.rollback.steps,
        }
    }

    /// The steps of deployment, rollback and validation.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        [Section::Deployment, Section::Rollback, Section::Validation]
            .into_iter()
            .flat_map(|section| self.steps_in(section))
    }

    /// The texts that announce the change to all audiences.
    pub(crate) fn announcements(&self) -> impl Iterator<Item = &Text> {
        let communication = self.communication.as_ref();
        let summary = communication.and_then(|it| it.summary.as_ref());
        let say = communication.and_then(|it| it.say.as_ref());
        summary.into_iter().chain(say)
    }
}
