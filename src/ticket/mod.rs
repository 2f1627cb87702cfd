//! The ticket: its fields, its values, and the way from a file to both.
//!
//! [`parse`] gives a [`Ticket`] as far as one can be read, and every structural fault of its file.
//! Judging what a ticket says is the business of `rules`; nothing here bears a level.

mod allow;
mod approve;
mod canonical;
mod compare;
mod digest;
mod fields;
mod id;
mod model;
mod moved;
mod parse;
mod read;
mod risk;
mod state;
mod template;
mod told;
mod words;

pub use allow::{Allowance, Directive, Reach};
pub use approve::{NewApproval, approved};
pub use compare::{changed_beside_plan, changed_plan, entries, is_appended};
pub use digest::{DIGEST_PAGE, digest, digested, nameless};
pub use fields::FIELDS;
pub use id::{comparable_id, id_fault};
pub use model::{
    Approval, Communication, Deployment, Flag, FreezeOverride, Link, Note, Outcome, Review, Risk,
    Rollback, Schedule, SchemaChange, Stage, Step, StepForm, Tests, Ticket, Validation,
};
pub use moved::moved;
pub use parse::{identity, parse, plan_texts, resembles_ticket, stem};
pub use read::{Instant, Text};
pub use risk::{RiskPart, RiskPoints, RiskScore};
pub use state::Lacking;
pub use template::{Draft, DraftLink, INCIDENT_LINK, MARKER, PROMPTS, prompt, slug};
pub use told::Told;
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
