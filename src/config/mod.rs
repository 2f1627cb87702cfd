//! The configuration: what a repository may say about tickets, versions, the changelog, rules and
//! releases.
//!
//! Every key is optional, and [`Config::default`] is what a repository that has never heard of
//! Tollgate gets. Only the model is decided here; where a configuration is found is the business of
//! `workspace`.

mod approvals;
mod commit_overrides;
mod fields;
mod freeze;
mod globs;
mod hook;
mod key_spans;
mod model;
mod packages;
mod parse;
mod people;
mod policy;
mod reader;
mod rules;
mod style;
mod writer;

pub use approvals::{ApprovalPolicy, EmergencyApproval, Evidence, Quorum, Roles};
pub use commit_overrides::{CommitOverride, OverrideEffect};
pub(crate) use fields::FIELDS;
pub use fields::RULE_FIELDS;
pub use freeze::{Activity, Freeze, FreezeMode, FrozenTime, WeekTime};
pub use globs::{GlobsBelow, PathGlobs, glob_set};
pub use hook::Hook;
pub use key_spans::{KeySpans, SettingLocation};
pub use model::{
    ANY_TYPE, Bumps, ChangelogSettings, Config, Language, Limits, ReleaseSettings, VersionFile,
    VersionSettings,
};
pub use packages::Package;
pub use people::{Person, is_same_person};
pub use policy::{Exception, Policy, Requirement};
pub use rules::{Level, Override, RuleLevel, RuleSettings};
pub use style::{BreakingPlace, ChangelogStyle, Forge, Prereleases, Scopes};

/// The JSON schema of a configuration, in which rules may have any name: which there are is known
/// to `rules`.
#[must_use]
pub fn schema() -> serde_json::Value {
    let description = "Configuration of Tollgate. All keys are optional.";
    crate::document::schema("Tollgate configuration", description, FIELDS)
}
