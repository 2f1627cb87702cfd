//! The configuration: what a repository may say about tickets, versions, the changelog, rules and releases.
//!
//! Every key is optional, and [`Config::default`] is what a repository that has never heard of Tollgate gets. Only the
//! model is decided here; where a configuration is found is the business of `workspace`.

mod model;
mod rules;

pub use model::{
    Bumps, ChangelogSettings, Config, Form, Language, Limits, Prereleases, ReleaseSettings, VersionFile,
    VersionSettings,
};
pub use rules::{Level, Override, RuleLevel, RuleSettings};
