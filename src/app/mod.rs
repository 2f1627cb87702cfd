//! The use cases: [`check_branch`](gate::check_branch) for `gate`,
//! [`plan_release`](release::plan_release), [`make_release`](release::make_release) and
//! [`resume_release`](release::resume_release) for `release`, and
//! [`verify_release`](verify::verify_release) for `verify`.
//!
//! A use case reads the repository, the configuration and the tickets, and returns a value. It prints
//! nothing and contains no rules of its own.

mod approval_outlook;
mod approvals;
pub(crate) mod changelog;
pub(crate) mod draft;
pub mod gate;
pub(crate) mod project;
pub mod release;
pub(crate) mod report;
pub(crate) mod report_audit;
pub(crate) mod report_checklist;
pub(crate) mod report_export;
pub(crate) mod report_metrics;
pub(crate) mod report_page;
pub(crate) mod report_policy;
pub(crate) mod report_retrospective;
pub mod verify;
