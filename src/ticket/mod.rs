//! The ticket: its fields, its values, and the way from a file to both.
//!
//! A [`ParsedTicket`] is a text as a [`Ticket`] and as a tree. Whether the content of a ticket is good
//! is decided by `rules`; nothing here has a severity.

mod approve;
mod canonical;
mod diff;
mod digest;
mod fields;
mod from_commits;
mod id;
mod model;
mod parse;
mod parsed;
mod read;
mod state;
mod suppression;
mod template;
mod transition;
mod words;

pub use approve::{NewApproval, with_approval};
pub use diff::{changed_outside_plan, changed_plan, entries, is_appended};
pub use digest::{DIGEST_PAGE, digest, digest_input, digest_input_without_id};
pub use fields::FIELDS;
pub use from_commits::CommitSummary;
pub use id::{comparable_id, id_fault};
pub use model::{
    Approval, Communication, Deployment, Flag, FreezeOverride, Link, Note, Outcome, Review, Risk,
    Rollback, Schedule, SchemaChange, Stage, Step, StepForm, Tests, Ticket, Validation,
};
pub use parse::{identity, plan_texts, resembles_ticket, stem};
pub use parsed::ParsedTicket;
pub use read::{Instant, Text};
pub use state::MissingField;
pub use suppression::{Directive, SuppressionComment, SuppressionScope};
pub use template::{Draft, DraftLink, INCIDENT_LINK, MARKER, PROMPTS, prompt, slug};
pub use transition::with_state;
pub use words::{Category, Decision, Ending, Kind, Phase, Reversible, RiskLevel, State, Strategy};

/// The JSON schema of a ticket, as editors read it.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::document::schema(
        "Change ticket",
        "A production change: what it is, why it is made, and how to undo it.",
        FIELDS,
    )
}
