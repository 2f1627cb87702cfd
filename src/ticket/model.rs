//! A ticket as values: what its fields let it say, each text with its place.
//!
//! A ticket with structural faults is modelled as far as it can be read: what is missing is empty
//! or absent here, and told by the faults that come with it.

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
    /// What names it: its `id`, or the stem of its file.
    pub(crate) identity: Text,
    /// What is changed, in one sentence.
    pub(crate) title: Text,
    /// What is changed, at length.
    pub(crate) description: Option<Text>,
    /// Why it is changed.
    pub(crate) justification: Text,
    /// The goal that it serves.
    pub(crate) goal: Option<Text>,
    /// How it comes about.
    pub(crate) kind: Kind,
    /// What it is about.
    pub(crate) category: Option<Category>,
    /// Where it stands in its life.
    pub state: State,
    /// Where that is written; the first key where it is not.
    pub(crate) state_span: Span,
    /// Who wants it.
    pub(crate) requester: Option<Text>,
    /// Who carries it out.
    pub(crate) assignee: Option<Text>,
    /// Who says that it worked.
    pub(crate) validator: Option<Text>,
    /// The affected services; empty means all.
    pub(crate) services: Vec<Text>,
    /// The affected environments; empty means all.
    pub(crate) environments: Vec<Text>,
    /// What belongs to it.
    pub(crate) links: Vec<Link>,
    /// The ids of tickets that come before it.
    pub(crate) depends_on: Vec<Text>,
    /// The ids of tickets that it replaces.
    pub(crate) supersedes: Vec<Text>,
    /// How much it may break.
    pub(crate) risk: Risk,
    /// When it is carried out.
    pub(crate) schedule: Option<Schedule>,
    /// How it is carried out.
    pub(crate) deployment: Deployment,
    /// How it is undone.
    pub(crate) rollback: Rollback,
    /// How anyone can tell that it worked.
    pub(crate) validation: Validation,
    /// What happens to the schema of a store.
    pub(crate) schema_change: Option<SchemaChange>,
    /// What was tested before.
    pub(crate) tests: Option<Tests>,
    /// Who is told.
    pub(crate) communication: Option<Communication>,
    /// The facts of the review.
    pub(crate) review: Review,
    /// Who allowed it.
    pub(crate) approvals: Vec<Approval>,
    /// What is worth remembering.
    pub(crate) notes: Vec<Note>,
    /// How it ended.
    pub(crate) outcome: Option<Outcome>,
    /// The values of `state`, `kind` and `risk.level` that are not valid, by key. The fields have
    /// their defaults then.
    pub(crate) invalid_words: BTreeMap<&'static str, String>,
}

/// Something that belongs to a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// What it is, such as `incident`.
    pub(crate) kind: Option<Text>,
    /// Its address.
    pub(crate) url: Option<Text>,
    /// Its name.
    pub(crate) reference: Option<Text>,
}

/// How much a change may break.
#[derive(Debug, Clone, Default)]
pub(crate) struct Risk {
    /// The level that is declared.
    pub(crate) level: Option<RiskLevel>,
    /// Whether the change can be undone.
    pub(crate) reversible: Option<Reversible>,
    /// How long users are without service.
    pub(crate) downtime: Option<Duration>,
    /// Who and what is hit if it goes wrong.
    pub(crate) blast_radius: Option<Text>,
    /// What reduces the risk.
    pub(crate) mitigations: Option<Text>,
}

impl Risk {
    /// The declared level; low if none is declared.
    ///
    /// Required fields follow from it, so that who declares a risk is not asked for more than who
    /// hides it. Who has to approve a ticket follows from the computed risk too.
    #[must_use]
    pub(crate) fn declared(&self) -> RiskLevel {
        self.level.unwrap_or(RiskLevel::Low)
    }
}

/// When a change is carried out.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    /// When the window opens.
    pub(crate) start: Option<Instant>,
    /// When the window closes.
    pub(crate) end: Option<Instant>,
    /// Why a freeze does not hold.
    pub(crate) freeze_override: Option<FreezeOverride>,
}

/// Why a freeze does not hold for a change.
#[derive(Debug, Clone)]
pub(crate) struct FreezeOverride {
    /// Why the change cannot wait.
    pub(crate) reason: Option<Text>,
    /// Who allowed it.
    pub(crate) by: Option<Text>,
}

/// How a change is carried out.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// Where it is written: the table's header or the list of the short form.
    pub(crate) span: Span,
    /// What is done, in order.
    pub(crate) steps: Vec<Step>,
    /// How the change reaches its environment.
    pub(crate) strategy: Option<Strategy>,
    /// The growing shares of a canary.
    pub(crate) stages: Vec<Stage>,
    /// When a stage is given up.
    pub(crate) abort_when: Option<Text>,
    /// The flag behind which the change is deployed.
    pub(crate) flag: Option<Flag>,
    /// How to switch back to the old environment.
    pub(crate) switch_back: Option<Text>,
    /// What must be true before the first step.
    pub(crate) preconditions: Vec<Text>,
}

/// One step of a deployment, a rollback or a validation.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Where it is written: the string, or the table's header.
    pub(crate) span: Span,
    /// Which form it has.
    pub(crate) form: StepForm,
    /// What is done.
    pub(crate) action: Text,
    /// The command.
    pub(crate) run: Option<Text>,
    /// What is seen when it worked.
    pub(crate) expect: Option<Text>,
    /// Who does it.
    pub(crate) owner: Option<Text>,
    /// How long it takes.
    pub(crate) takes: Option<Duration>,
    /// What undoes it.
    pub(crate) undo: Option<Text>,
    /// Why nothing can undo it.
    pub(crate) cannot_undo: Option<Text>,
    /// Whether it takes the backup.
    pub(crate) backup: bool,
    /// Whether nobody's hands are needed.
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
    /// Where it is written.
    pub(crate) span: Span,
    /// How much gets the change, in per cent.
    pub(crate) share: Option<i64>,
    /// How long it lasts at least.
    pub(crate) lasts: Option<Duration>,
    /// When it is given up.
    pub(crate) abort_when: Option<Text>,
}

/// The flag behind which a change is deployed.
#[derive(Debug, Clone)]
pub(crate) struct Flag {
    /// Where it is written.
    pub(crate) span: Span,
    /// Its key.
    pub(crate) key: Option<Text>,
    /// Who removes it.
    pub(crate) owner: Option<Text>,
    /// The day by which it is removed.
    pub(crate) remove_by: Option<Date>,
}

/// How a change is undone.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    /// Where it is written: the table's header or the list of the short form.
    pub(crate) span: Span,
    /// What is done, in order.
    pub(crate) steps: Vec<Step>,
    /// What is seen when the change must be undone.
    pub(crate) trigger: Option<Text>,
    /// Who decides.
    pub(crate) decider: Option<Text>,
    /// How long undoing takes.
    pub(crate) within: Option<Duration>,
    /// The step after which there is no way back.
    pub(crate) point_of_no_return: Option<Text>,
    /// The day on which the way back was last tried.
    pub(crate) rehearsed_on: Option<Date>,
    /// What a rollback loses.
    pub(crate) loses: Option<Text>,
}

/// How anyone can tell that a change worked.
#[derive(Debug, Clone)]
pub(crate) struct Validation {
    /// Where it is written: the table's header or the list of the short form.
    pub(crate) span: Span,
    /// What is looked at.
    pub(crate) steps: Vec<Step>,
    /// The dashboards that are watched.
    pub(crate) dashboards: Vec<Text>,
    /// The alerts that must stay silent.
    pub(crate) alerts: Vec<Text>,
    /// How long it is watched.
    pub(crate) watch_for: Option<Duration>,
    /// Whether validating leaves data behind.
    pub(crate) creates_data: bool,
    /// How the data that the validation creates is removed.
    pub(crate) cleanup: Vec<Text>,
}

/// What happens to the schema of a store.
#[derive(Debug, Clone)]
pub(crate) struct SchemaChange {
    /// The paths of the migrations.
    pub(crate) migrations: Vec<Text>,
    /// Which part of expand and contract it is.
    pub(crate) phase: Option<Phase>,
    /// Which locks are taken.
    pub(crate) locks: Option<Text>,
    /// How many rows are touched.
    pub(crate) rows: Option<i64>,
    /// Whether today's code works with the new schema.
    pub(crate) backward_compatible: Option<bool>,
    /// Where the backup is and how it is restored.
    pub(crate) backup: Option<Text>,
}

/// What was tested before.
#[derive(Debug, Clone)]
pub(crate) struct Tests {
    /// What kinds of tests were run.
    pub(crate) kinds: Vec<Text>,
    /// The addresses of their results.
    pub(crate) evidence: Vec<Text>,
    /// What is tested, and how.
    pub(crate) plan: Option<Text>,
    /// What was seen in staging.
    pub(crate) staging: Option<Text>,
    /// Who is responsible for the tests.
    pub(crate) owner: Option<Text>,
}

/// Who is told of a change.
#[derive(Debug, Clone)]
pub(crate) struct Communication {
    /// Who is told.
    pub(crate) audiences: Vec<Text>,
    /// Where they are told.
    pub(crate) channels: Vec<Text>,
    /// Who tells them.
    pub(crate) sender: Option<Text>,
    /// When they are told.
    pub(crate) send_at: Option<Instant>,
    /// What they are told.
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

/// The facts of the review before a deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Review {
    /// Who reviewed the change.
    pub(crate) peers: Vec<Text>,
    /// What the change does to users, services and load.
    pub(crate) impact: Option<Text>,
    /// What is tested and what is not.
    pub(crate) coverage: Option<Text>,
    /// What was written down, and where.
    pub(crate) documentation: Option<Text>,
    /// What the change means for protection.
    pub(crate) security: Option<Text>,
}

/// What an approver decided.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    /// Where it is written.
    pub(crate) span: Span,
    /// Who decided.
    pub(crate) by: Option<Text>,
    /// In which role.
    pub(crate) role: Option<Text>,
    /// What was decided.
    pub(crate) decision: Option<Decision>,
    /// When.
    pub(crate) at: Option<Instant>,
    /// The digest of what was approved.
    pub(crate) digest: Option<Text>,
    /// Why.
    pub(crate) reason: Option<Text>,
    /// The signature of the decision.
    pub(crate) signature: Option<Text>,
}

/// Something worth remembering.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// When it was written, or when the step was completed.
    pub(crate) at: Option<Instant>,
    /// Who wrote it.
    pub(crate) by: Option<Text>,
    /// What is worth remembering.
    pub(crate) text: Option<Text>,
    /// The number of the step that it reports as completed, from 1.
    pub(crate) step: Option<usize>,
    /// The section that the step belongs to; `None` if the ticket names no known one.
    pub(crate) section: Option<Section>,
}

/// How a change ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// When the deployment started.
    pub(crate) started_at: Option<Instant>,
    /// When it was in place.
    pub(crate) deployed_at: Option<Instant>,
    /// When someone confirmed that it worked.
    pub(crate) validated_at: Option<Instant>,
    /// When it was over.
    pub(crate) ended_at: Option<Instant>,
    /// How long users were without service.
    pub(crate) downtime: Option<Duration>,
    /// How it ended.
    pub(crate) result: Option<Ending>,
    /// The id of the ticket that caused it.
    pub(crate) caused_by: Option<Text>,
    /// What was learned.
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

    /// The people that a ticket names, with the keys under which they stand.
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
