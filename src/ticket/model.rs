//! A ticket as values: what its fields let it say, each text with its place.
//!
//! A ticket with structural faults is modelled as far as it can be read: what is missing is empty
//! or absent here, and told by the faults that come with it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;

use super::read::{Instant, Text};
use super::words::{
    Category, Decision, Ending, Kind, Phase, Reversible, RiskLevel, State, Strategy,
};
use crate::finding::Place;
use crate::source::{Source, Span};

/// One change ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The file it was read from.
    pub source: Source,
    /// What names it: its `id`, or the stem of its file.
    pub identity: Text,
    /// What is changed, in one sentence.
    pub title: Text,
    /// What is changed, at length.
    pub description: Option<Text>,
    /// Why it is changed.
    pub justification: Text,
    /// The goal that it serves.
    pub goal: Option<Text>,
    /// How it comes about.
    pub kind: Kind,
    /// What it is about.
    pub category: Option<Category>,
    /// Where it stands in its life.
    pub state: State,
    /// Where that is written; the first key where it is not.
    pub state_span: Span,
    /// Who wants it.
    pub requester: Option<Text>,
    /// Who carries it out.
    pub assignee: Option<Text>,
    /// Who says that it worked.
    pub validator: Option<Text>,
    /// The affected services; empty means all.
    pub services: Vec<Text>,
    /// The affected environments; empty means all.
    pub environments: Vec<Text>,
    /// What belongs to it.
    pub links: Vec<Link>,
    /// The ids of tickets that come before it.
    pub depends_on: Vec<Text>,
    /// The ids of tickets that it replaces.
    pub supersedes: Vec<Text>,
    /// How much it may break.
    pub risk: Risk,
    /// When it is carried out.
    pub schedule: Option<Schedule>,
    /// How it is carried out.
    pub deployment: Deployment,
    /// How it is undone.
    pub rollback: Rollback,
    /// How anyone can tell that it worked.
    pub validation: Validation,
    /// What happens to the schema of a store.
    pub schema_change: Option<SchemaChange>,
    /// What was tested before.
    pub tests: Option<Tests>,
    /// Who is told.
    pub communication: Option<Communication>,
    /// The facts of the review.
    pub review: Review,
    /// Who allowed it.
    pub approvals: Vec<Approval>,
    /// What is worth remembering.
    pub notes: Vec<Note>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The values of `state`, `kind` and `risk.level` that are not valid, by key. The fields have
    /// their defaults then.
    pub invalid_words: BTreeMap<&'static str, String>,
}

/// Something that belongs to a ticket.
#[derive(Debug, Clone)]
pub struct Link {
    /// What it is, such as `incident`.
    pub kind: Option<Text>,
    /// Its address.
    pub url: Option<Text>,
    /// Its name.
    pub reference: Option<Text>,
}

/// How much a change may break.
#[derive(Debug, Clone, Default)]
pub struct Risk {
    /// The level that is declared.
    pub level: Option<RiskLevel>,
    /// Whether the change can be undone.
    pub reversible: Option<Reversible>,
    /// How long users are without service.
    pub downtime: Option<Duration>,
    /// Who and what is hit if it goes wrong.
    pub blast_radius: Option<Text>,
    /// What makes harm less likely or smaller.
    pub mitigations: Option<Text>,
}

/// When a change is carried out.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Where it is written.
    pub span: Span,
    /// When the window opens.
    pub start: Option<Instant>,
    /// When the window closes.
    pub end: Option<Instant>,
    /// Why a freeze does not hold.
    pub freeze_override: Option<FreezeOverride>,
}

/// Why a freeze does not hold for a change.
#[derive(Debug, Clone)]
pub struct FreezeOverride {
    /// Why the change cannot wait.
    pub reason: Option<Text>,
    /// Who allowed it.
    pub by: Option<Text>,
}

/// How a change is carried out.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Where it is written: the table's header or the list of the short form.
    pub span: Span,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// How the change reaches its environment.
    pub strategy: Option<Strategy>,
    /// The growing shares of a canary.
    pub stages: Vec<Stage>,
    /// When a stage is given up.
    pub abort_when: Option<Text>,
    /// The flag behind which the change is deployed.
    pub flag: Option<Flag>,
    /// How the switch is undone.
    pub switch_back: Option<Text>,
}

/// One step of a deployment, a rollback or a validation.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it is written: the string, or the table's header.
    pub span: Span,
    /// Which form it has.
    pub form: StepForm,
    /// What is done.
    pub action: Text,
    /// The command.
    pub run: Option<Text>,
    /// What is seen when it worked.
    pub expect: Option<Text>,
    /// Who does it.
    pub owner: Option<Text>,
    /// How long it takes.
    pub takes: Option<Duration>,
    /// What undoes it.
    pub undo: Option<Text>,
    /// Why nothing can undo it.
    pub cannot_undo: Option<Text>,
    /// Whether it takes the backup.
    pub backup: bool,
    /// Whether nobody's hands are needed.
    pub automated: bool,
}

/// The form of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepForm {
    /// A string.
    Text,
    /// A table.
    Table,
}

/// A stage of a canary.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Where it is written.
    pub span: Span,
    /// How much gets the change, in per cent.
    pub share: Option<i64>,
    /// How long it lasts at least.
    pub lasts: Option<Duration>,
    /// When it is given up.
    pub abort_when: Option<Text>,
}

/// The flag behind which a change is deployed.
#[derive(Debug, Clone)]
pub struct Flag {
    /// Where it is written.
    pub span: Span,
    /// Its key.
    pub key: Option<Text>,
    /// Who removes it.
    pub owner: Option<Text>,
    /// The day by which it is removed.
    pub remove_by: Option<Date>,
}

/// How a change is undone.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// Where it is written: the table's header or the list of the short form.
    pub span: Span,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What is seen when the change must be undone.
    pub trigger: Option<Text>,
    /// Who decides.
    pub decider: Option<Text>,
    /// How long undoing takes.
    pub within: Option<Duration>,
    /// The step after which there is no way back.
    pub point_of_no_return: Option<Text>,
    /// The day on which the way back was last tried.
    pub rehearsed_on: Option<Date>,
}

/// How anyone can tell that a change worked.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Where it is written: the table's header or the list of the short form.
    pub span: Span,
    /// What is looked at.
    pub steps: Vec<Step>,
    /// The dashboards that are watched.
    pub dashboards: Vec<Text>,
    /// The alerts that must stay silent.
    pub alerts: Vec<Text>,
    /// How long it is watched.
    pub watch_for: Option<Duration>,
    /// Whether validating leaves data behind.
    pub creates_data: bool,
    /// How that data is removed.
    pub cleanup: Vec<Text>,
}

/// What happens to the schema of a store.
#[derive(Debug, Clone)]
pub struct SchemaChange {
    /// Where it is written.
    pub span: Span,
    /// The paths of the migrations.
    pub migrations: Vec<Text>,
    /// Which part of expand and contract it is.
    pub phase: Option<Phase>,
    /// Which locks are taken.
    pub locks: Option<Text>,
    /// How many rows are touched.
    pub rows: Option<i64>,
    /// Whether today's code works with the new schema.
    pub backward_compatible: Option<bool>,
    /// Where the backup is and how it is restored.
    pub backup: Option<Text>,
}

/// What was tested before.
#[derive(Debug, Clone)]
pub struct Tests {
    /// Where it is written.
    pub span: Span,
    /// What kinds of tests were run.
    pub kinds: Vec<Text>,
    /// The addresses of their results.
    pub evidence: Vec<Text>,
    /// What is tested, and how.
    pub plan: Option<Text>,
    /// What was seen in staging.
    pub staging: Option<Text>,
}

/// Who is told of a change.
#[derive(Debug, Clone)]
pub struct Communication {
    /// Where it is written.
    pub span: Span,
    /// Who is told.
    pub audiences: Vec<Text>,
    /// Where they are told.
    pub channels: Vec<Text>,
    /// Who tells them.
    pub sender: Option<Text>,
    /// When they are told.
    pub send_at: Option<Instant>,
    /// What they are told.
    pub summary: Option<Text>,
    /// Who must learn what before.
    pub training: Option<Text>,
}

/// The facts of the review before a deployment.
#[derive(Debug, Clone, Default)]
pub struct Review {
    /// Who reviewed the change.
    pub peers: Vec<Text>,
    /// What the change does to users, services and load.
    pub impact: Option<Text>,
    /// What is tested and what is not.
    pub coverage: Option<Text>,
    /// What was written down, and where.
    pub documentation: Option<Text>,
    /// What the change means for protection.
    pub security: Option<Text>,
}

/// What an approver decided.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Where it is written.
    pub span: Span,
    /// Who decided.
    pub by: Option<Text>,
    /// In which role.
    pub role: Option<Text>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// When.
    pub at: Option<Instant>,
    /// The digest of what was approved.
    pub digest: Option<Text>,
    /// Why.
    pub reason: Option<Text>,
    /// The signature of the decision.
    pub signature: Option<Text>,
}

/// Something worth remembering.
#[derive(Debug, Clone)]
pub struct Note {
    /// When it was written.
    pub at: Option<Instant>,
    /// Who wrote it.
    pub by: Option<Text>,
    /// What it says.
    pub text: Option<Text>,
}

/// How a change ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where it is written.
    pub span: Span,
    /// When it was in place.
    pub deployed_at: Option<Instant>,
    /// When it was over.
    pub ended_at: Option<Instant>,
    /// How it ended.
    pub result: Option<Ending>,
    /// The id of the ticket that caused it.
    pub caused_by: Option<Text>,
    /// What was learned.
    pub retrospective: Option<Text>,
    /// What became of the promise in the justification.
    pub measured: Option<Text>,
}

impl Ticket {
    /// The place of findings about the ticket: its file.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::file(&self.source)
    }

    /// The people that a ticket names, with the keys under which they stand.
    #[must_use]
    pub fn people(&self) -> Vec<&Text> {
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

    /// The steps of deployment, rollback and validation.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.deployment
            .steps
            .iter()
            .chain(&self.rollback.steps)
            .chain(&self.validation.steps)
    }
}
