//! The ticket: its fields, its values, and how both are read from a file.
//!
//! A [`ParsedTicket`] has a [`Ticket`] and the tree of its text. `rules` decides whether the
//! content of a ticket is good; nothing here has a severity.

mod append;
mod approve;
mod branch_name;
mod canonical;
mod diff;
mod digest;
mod fields;
mod from_commits;
mod from_document;
mod id;
mod model;
mod note;
mod outcome;
mod parsed_ticket;
mod reader;
mod record_fields;
mod state;
mod suppression;
mod template;
mod transition;
mod words;

pub(crate) use append::whole_second;
pub(crate) use approve::{NewApproval, with_approval};
pub(crate) use branch_name::named_by_branch;
pub(crate) use diff::{changed_outside_plan, changed_plan, entries, is_appended};
pub(crate) use digest::{DIGEST_PAGE, digest_input_without_id, value};
pub use digest::{digest, digest_input};
pub(crate) use fields::FIELDS;
pub(crate) use from_commits::{CommitSummary, is_reference};
pub(crate) use from_document::{
    identity, is_plan, plan_texts, read_approval, resembles_ticket, stem,
};
pub(crate) use id::{comparable_id, id_fault};
pub use model::Ticket;
pub(crate) use model::{
    Approval, Communication, Link, Message, Note, Outcome, Schedule, Stage, Step, StepForm, Tests,
};
pub(crate) use note::{NewNote, StepNumber, with_note};
pub(crate) use outcome::{NewOutcome, with_outcome};
pub use parsed_ticket::ParsedTicket;
pub(crate) use reader::{Instant, Reader, Text};
pub(crate) use record_fields::APPROVAL_FIELDS;
pub(crate) use state::MissingField;
pub(crate) use suppression::{Directive, SuppressionScope};
pub use template::Draft;
pub(crate) use template::{DraftLink, INCIDENT_LINK, MARKER, PROMPTS, has_prompts, prompt, slug};
pub use transition::with_state;
pub(crate) use words::{Category, Ending, Kind, Phase, Reversible, Section, Strategy};
pub use words::{Decision, RiskLevel, State};

/// The JSON schema of a ticket, as editors read it.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::document::schema(
        "Change ticket",
        "A production change: what it is, why it is made, and how to undo it.",
        FIELDS,
    )
}
