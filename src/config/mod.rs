//! The configuration: settings for tickets, versions, the changelog, rules and releases.
//!
//! Every key is optional, and [`Config::default`] is the configuration of a repository without any.
//! Each section has a file with its keys, its values, and how they are read, written and compared with
//! those of another configuration. `workspace` finds the file of a configuration.

mod approvals;
mod changelog;
mod commit_overrides;
mod commits;
mod freeze;
mod globs;
mod goals;
mod key_spans;
mod limits;
mod links;
mod merge;
mod packages;
mod parse;
mod people;
mod policy;
mod reader;
mod release;
mod release_files;
mod release_hook;
mod reports;
mod risk;
mod rules;
mod section;
#[cfg(test)]
pub(crate) mod testing;
mod tickets;
mod version;
mod version_files;
mod writer;

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::Regex;

pub(crate) use approvals::{ApprovalPolicy, EmergencyApproval, Evidence, Quorum, Roles};
pub use changelog::{BreakingPlace, ChangelogSettings, ChangelogStyle, Forge, Prereleases, Scopes};
pub(crate) use commit_overrides::{CommitOverride, OverrideEffect};
pub(crate) use commits::SquashBodies;
pub(crate) use freeze::{Activity, Freeze, FreezeMode, FrozenTime, WeekTime};
pub(crate) use globs::{GlobsBelow, PathGlobs};
pub(crate) use key_spans::{KeySpans, SettingLocation};
pub(crate) use limits::Limits;
pub(crate) use links::LinkSettings;
pub use merge::MergeMethod;
pub(crate) use merge::{MergeSettings, SquashBody, SquashTitle};
pub use packages::Package;
pub(crate) use people::{Person, is_same_person};
pub(crate) use policy::{Exception, Policy, Requirement};
pub use release::{ReleaseSettings, ReleaseVia};
pub(crate) use release_files::ReleaseFiles;
pub(crate) use release_hook::ReleaseHook;
pub(crate) use reports::ReportSettings;
pub(crate) use risk::risk_facts;
#[cfg(test)]
pub(crate) use rules::Override;
pub(crate) use rules::{Level, RULE_FIELDS, RuleLevel, RuleSettings};
pub(crate) use tickets::Language;
pub use version::VersionSettings;
pub(crate) use version::{ANY_TYPE, Bumps};

// For the tests of this package.
#[doc(hidden)]
pub use globs::glob_set;
#[doc(hidden)]
pub use version_files::VersionFile;

use crate::document::{Field, Table};
use crate::risk::RiskPoints;
use crate::source::Source;
use reader::Reader;
use section::{Section, Weakenings};
use writer::Writer;

/// The sections in the order in which they are written. Those with keys that are not tables come
/// first, as in any TOML file.
const SECTIONS: &[Section] = &[
    tickets::SECTION,
    version::SECTION,
    commit_overrides::SECTION,
    commits::SECTION,
    merge::SECTION,
    packages::SECTION,
    changelog::SECTION,
    release::SECTION,
    rules::SECTION,
    people::SECTION,
    goals::SECTION,
    freeze::SECTION,
    approvals::SECTION,
    policy::SECTION,
    risk::SECTION,
    links::SECTION,
    reports::SECTION,
    limits::SECTION,
];

/// A configuration.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The text it was read from; `None`: there is no file, and the defaults apply.
    pub(crate) source: Option<Source>,
    /// The positions of its settings in that text.
    pub(crate) key_spans: KeySpans,
    /// Globs of ticket files, relative to the root.
    pub(crate) tickets: Vec<String>,
    /// What a ticket's ID has to match.
    pub(crate) id_pattern: Option<Regex>,
    /// The language that the content rules read.
    pub(crate) language: Language,
    /// How versions follow from tags and commits.
    pub version: VersionSettings,
    /// Globs of the branches that can be released from; empty: all.
    pub(crate) branches: Vec<String>,
    /// The scopes that commits can use; empty: any.
    pub(crate) scopes: Vec<String>,
    /// What becomes of headers in the body of a squash.
    pub(crate) squash_bodies: SquashBodies,
    /// How the forge merges a branch.
    pub(crate) merge: MergeSettings,
    /// The packages with their own versions; empty: the repository has one version.
    pub packages: Vec<Package>,
    /// How the changelog is written.
    pub changelog: ChangelogSettings,
    /// What a release writes and runs.
    pub release: ReleaseSettings,
    /// The levels and options of rules.
    pub(crate) rules: RuleSettings,
    /// The people who can be named in a ticket, by name; empty: anyone.
    pub(crate) people: BTreeMap<String, Person>,
    /// The goals that a ticket can name, by key; empty: any text.
    pub(crate) goals: BTreeMap<String, String>,
    /// The periods in which changes are forbidden.
    pub(crate) freezes: Vec<Freeze>,
    /// The approvals that tickets require; `None`: none.
    pub(crate) approvals: Option<ApprovalPolicy>,
    /// The tickets that changes require.
    pub(crate) policies: Vec<Policy>,
    /// How much each fact adds to the risk of a ticket.
    pub(crate) risk: RiskPoints,
    /// Links to other systems.
    pub(crate) links: LinkSettings,
    /// How reports are written.
    pub(crate) reports: ReportSettings,
    /// Limits on the size of what is read.
    pub(crate) limits: Limits,
}

impl Config {
    /// Reads every section of a table.
    fn read(table: &Table, reader: &mut Reader) -> Self {
        let mut config = Self::default();
        for section in SECTIONS {
            (section.read)(table, &mut config, reader);
        }
        config
    }

    /// Writes every setting that is in effect, defaults included, as TOML that reads back the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = Writer::default();
        for section in SECTIONS {
            (section.write)(self, &mut out);
        }
        out.text
    }

    /// What `head` makes less strict than this configuration does, each in words that follow a colon.
    /// Freezes that are over by `now` do not count, and `rules` compares the levels and options of
    /// rules.
    pub(crate) fn weakenings(&self, head: &Self, now: Timestamp) -> Vec<String> {
        let mut weakenings = Weakenings {
            now,
            texts: Vec::new(),
        };
        for section in SECTIONS {
            (section.compare)(self, head, &mut weakenings);
        }
        weakenings.texts
    }

    /// Whether two names belong to the same person of this configuration.
    #[must_use]
    pub(crate) fn is_same_person(&self, one: &str, other: &str) -> bool {
        is_same_person(&self.people, one, other)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            source: None,
            key_spans: KeySpans::default(),
            tickets: vec!["changes/**/*.toml".into()],
            id_pattern: None,
            language: Language::default(),
            version: VersionSettings::default(),
            branches: Vec::new(),
            scopes: Vec::new(),
            squash_bodies: SquashBodies::Ignored,
            merge: MergeSettings::default(),
            packages: Vec::new(),
            changelog: ChangelogSettings::default(),
            release: ReleaseSettings::default(),
            rules: RuleSettings::default(),
            people: BTreeMap::new(),
            goals: BTreeMap::new(),
            freezes: Vec::new(),
            approvals: None,
            policies: Vec::new(),
            risk: RiskPoints::default(),
            links: LinkSettings::default(),
            reports: ReportSettings::default(),
            limits: Limits::default(),
        }
    }
}

/// The keys of a configuration: parsing, the schema and "did you mean" follow from them.
pub(crate) fn fields() -> Vec<Field> {
    let fields = SECTIONS.iter().flat_map(|section| section.fields);
    fields.copied().collect()
}

/// The JSON schema of a configuration in which rules may have any name, since the names are known to
/// `rules`.
#[doc(hidden)]
#[must_use]
pub fn schema() -> serde_json::Value {
    let description = "Configuration of Tollgate. All keys are optional.";
    crate::document::schema("Tollgate configuration", description, &fields())
}
