//! The configuration as values, with their defaults.

use std::collections::BTreeMap;

use regex::Regex;
use semver::Version;

use super::approvals::ApprovalPolicy;
use super::commit_overrides::CommitOverride;
use super::freeze::Freeze;
use super::hook::Hook;
use super::key_spans::KeySpans;
use super::packages::Package;
use super::people::{Person, is_same_person};
use super::policy::Policy;
use super::rules::RuleSettings;
use super::style::{BreakingPlace, ChangelogStyle, Forge, Prereleases, Scopes};
use crate::source::Source;
use crate::ticket::RiskPoints;
use crate::version::Bump;

/// A configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The text it was read from; `None`: there is none and the defaults hold.
    pub source: Option<Source>,
    /// The positions of its settings in that text.
    pub key_spans: KeySpans,
    /// Globs of ticket files, relative to the root.
    pub tickets: Vec<String>,
    /// What a ticket's identity has to match.
    pub id_pattern: Option<Regex>,
    /// The language that the content rules read.
    pub language: Language,
    /// The scopes that commits may name; empty: any.
    pub scopes: Vec<String>,
    /// The levels and options of rules.
    pub rules: RuleSettings,
    /// Who may be named in a ticket, by alias; empty: anybody.
    pub people: BTreeMap<String, Person>,
    /// What a ticket's goal may be, by key; empty: anything.
    pub goals: BTreeMap<String, String>,
    /// How much each fact counts for the risk of a ticket.
    pub risk: RiskPoints,
    /// When changes are not to be made.
    pub freezes: Vec<Freeze>,
    /// What a change requires before it may merge.
    pub policies: Vec<Policy>,
    /// The approvals that a change requires; `None`: none.
    pub approvals: Option<ApprovalPolicy>,
    /// What is too large to be read.
    pub limits: Limits,
    /// How versions are counted.
    pub version: VersionSettings,
    /// The parts that have versions of their own; empty: the repository has one version.
    pub packages: Vec<Package>,
    /// How the changelog is written.
    pub changelog: ChangelogSettings,
    /// What a release writes.
    pub release: ReleaseSettings,
    /// Globs of the branches that may be released from; empty: all.
    pub branches: Vec<String>,
}

/// The language that the content rules read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Another one: the content rules are off.
    Off,
}

/// What is too large to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a ticket.
    pub ticket_bytes: usize,
    /// The most tickets.
    pub tickets: usize,
    /// The most bytes of all tickets together.
    pub total_bytes: usize,
}

/// How the next version follows from commits and tags.
#[derive(Debug, Clone)]
pub struct VersionSettings {
    /// What stands before the version in a tag's name; `None`: `v`, or nothing where only bare
    /// versions are there.
    pub tag_prefix: Option<String>,
    /// The version of a history without a base; `None`: 0.1.0, unless there are signs of earlier
    /// releases.
    pub initial: Option<Version>,
    /// What a break does below 1.0.0: [`Bump::Minor`] or [`Bump::Major`].
    pub zero_breaking: Bump,
    /// What a feature does below 1.0.0: [`Bump::Minor`] or [`Bump::Patch`].
    pub zero_feature: Bump,
    /// Whether only the first-parent line is walked, its merge commits counted by their messages.
    pub first_parent: bool,
    /// Which bump each type gives.
    pub bumps: Bumps,
    /// Overrides for single commits; no two of them can name the same commit.
    pub overrides: Vec<CommitOverride>,
}

/// The key that stands for every commit type that is not named.
pub const ANY_TYPE: &str = "*";

impl VersionSettings {
    /// The version of a history without a base, once it is sure that there is none.
    #[must_use]
    pub fn initial_version(&self) -> Version {
        self.initial.clone().unwrap_or(Version::new(0, 1, 0))
    }
}

/// The map from commit types to bumps; types match without regard to case, and [`ANY_TYPE`] is
/// every other type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bumps(BTreeMap<String, Bump>);

/// How the changelog is grouped and written.
#[derive(Debug, Clone)]
pub struct ChangelogSettings {
    /// The file that `--write` and a release update.
    pub file: String,
    /// The style.
    pub style: ChangelogStyle,
    /// Titles by type, in the order in which the sections are shown; `None`: the style's own.
    pub sections: Option<Vec<(String, String)>>,
    /// Types that are hidden unless breaking.
    pub hidden: Vec<String>,
    /// The title under which unconventional commits are shown; `None`: nowhere.
    pub unconventional: Option<String>,
    /// What becomes of pre-release tags.
    pub prereleases: Prereleases,
    /// The template of [`ChangelogStyle::Template`], relative to the root.
    pub template: Option<String>,
    /// Where breaking changes are listed; `None`: where the style has them.
    pub breaking: Option<BreakingPlace>,
    /// What becomes of scopes.
    pub scopes: Scopes,
    /// Whether there are links; `None`: where the style is for a forge's own pages.
    pub links: Option<bool>,
    /// The page of the repository; `None`: by the remote's URL.
    pub url: Option<String>,
    /// The forge; `None`: by the name of its host.
    pub forge: Option<Forge>,
    /// Names and addresses of bots, besides those that are well known.
    pub bots: Vec<String>,
}

/// What a release writes and runs.
#[derive(Debug, Clone)]
pub struct ReleaseSettings {
    /// Files that contain the version; `None`: the publishable manifests at the root.
    pub version_files: Option<Vec<VersionFile>>,
    /// The message of the release commit; `{version}` stands for the version.
    pub commit_message: String,
    /// How many days after an emergency release its ticket is closed.
    pub emergency_days: i32,
    /// What runs before a release begins.
    pub before: Vec<Hook>,
    /// What runs once a release is made.
    pub after: Vec<Hook>,
}

/// A file that contains the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Its path, relative to the root.
    pub file: String,
    /// A regular expression with a group `version`; `None`: the file's format is known by its name.
    pub pattern: Option<String>,
}

impl ChangelogSettings {
    /// Where breaking changes are listed.
    #[must_use]
    pub fn breaking_place(&self) -> BreakingPlace {
        self.breaking.unwrap_or(match self.style {
            ChangelogStyle::KeepAChangelog => BreakingPlace::Marked,
            ChangelogStyle::Conventional | ChangelogStyle::GitHub | ChangelogStyle::Template => {
                BreakingPlace::Apart
            }
        })
    }

    /// Whether what is printed has links, where it is known where they lead: as the settings say,
    /// and else in the styles whose text is for a page of the forge, or of somebody's own.
    #[must_use]
    pub fn wants_links(&self) -> bool {
        self.links.unwrap_or(
            self.url.is_some()
                || matches!(
                    self.style,
                    ChangelogStyle::GitHub | ChangelogStyle::Template
                ),
        )
    }

    /// Whether a file that is committed has links: only as the settings say, or it would depend on
    /// whose clone wrote it.
    #[must_use]
    pub fn wants_links_in_files(&self) -> bool {
        self.links.unwrap_or(self.url.is_some())
    }

    /// Titles by type, in the order in which the sections are shown; types not named here are
    /// hidden.
    #[must_use]
    pub fn titles(&self) -> Vec<(&str, &str)> {
        match &self.sections {
            Some(sections) => sections
                .iter()
                .map(|(kind, title)| (kind.as_str(), title.as_str()))
                .collect(),
            None => self.style.titles().to_vec(),
        }
    }
}

impl Bumps {
    /// The bump of a type; for one that is not in the map that of [`ANY_TYPE`], else
    /// [`Bump::None`].
    #[must_use]
    pub fn of(&self, kind: &str) -> Bump {
        let named = self
            .0
            .get(kind)
            .or_else(|| self.0.get(&kind.to_lowercase()));
        named
            .or_else(|| self.0.get(ANY_TYPE))
            .copied()
            .unwrap_or_default()
    }

    /// The key of the map that decides about a type.
    #[must_use]
    pub fn key_of<'a>(&self, kind: &'a str) -> &'a str {
        let is_named = self.0.contains_key(&kind.to_lowercase());
        if !is_named && self.0.contains_key(ANY_TYPE) {
            ANY_TYPE
        } else {
            kind
        }
    }

    /// Each type of the map with its bump, types in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Bump)> {
        self.0.iter().map(|(kind, bump)| (kind.as_str(), *bump))
    }

    /// Sets the bump of a type.
    pub fn set(&mut self, kind: &str, bump: Bump) {
        self.0.insert(kind.to_lowercase(), bump);
    }
}

impl Default for Bumps {
    fn default() -> Self {
        let defaults = [
            ("feat", Bump::Minor),
            ("fix", Bump::Patch),
            ("perf", Bump::Patch),
            ("revert", Bump::Patch),
        ];
        Self(
            defaults
                .into_iter()
                .map(|(kind, bump)| (kind.to_owned(), bump))
                .collect(),
        )
    }
}

impl Default for VersionSettings {
    fn default() -> Self {
        Self {
            tag_prefix: None,
            initial: None,
            zero_breaking: Bump::Minor,
            zero_feature: Bump::Minor,
            first_parent: false,
            bumps: Bumps::default(),
            overrides: Vec::new(),
        }
    }
}

impl Default for ChangelogSettings {
    fn default() -> Self {
        Self {
            file: "CHANGELOG.md".into(),
            style: ChangelogStyle::KeepAChangelog,
            sections: None,
            hidden: Vec::new(),
            unconventional: None,
            prereleases: Prereleases::Fold,
            template: None,
            breaking: None,
            scopes: Scopes::Shown,
            links: None,
            url: None,
            forge: None,
            bots: Vec::new(),
        }
    }
}

impl Default for ReleaseSettings {
    fn default() -> Self {
        let commit_message = "chore(release): {version}".into();
        Self {
            version_files: None,
            commit_message,
            emergency_days: 7,
            before: Vec::new(),
            after: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ticket_bytes: 256 * 1024,
            tickets: 10_000,
            total_bytes: 32 << 20,
        }
    }
}

impl Config {
    /// Whether two names are of one person of this configuration.
    #[must_use]
    pub fn is_same_person(&self, one: &str, other: &str) -> bool {
        is_same_person(&self.people, one, other)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            source: None,
            key_spans: KeySpans::default(),
            id_pattern: None,
            language: Language::default(),
            scopes: Vec::new(),
            rules: RuleSettings::default(),
            people: BTreeMap::new(),
            goals: BTreeMap::new(),
            risk: RiskPoints::default(),
            freezes: Vec::new(),
            policies: Vec::new(),
            approvals: None,
            limits: Limits::default(),
            tickets: vec!["changes/**/*.toml".into()],
            version: VersionSettings::default(),
            packages: Vec::new(),
            changelog: ChangelogSettings::default(),
            release: ReleaseSettings::default(),
            branches: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_every_type_that_is_not_named() {
        let mut bumps = Bumps::default();
        bumps.set("*", Bump::Patch);
        bumps.set("docs", Bump::None);
        assert_eq!(
            (bumps.of("chore"), bumps.of("Docs"), bumps.of("feat")),
            (Bump::Patch, Bump::None, Bump::Minor)
        );
        assert_eq!(
            (
                bumps.key_of("chore"),
                bumps.key_of("Docs"),
                bumps.key_of("feat")
            ),
            ("*", "Docs", "feat")
        );
    }

    #[test]
    fn types_match_without_regard_to_case() {
        assert_eq!(Bumps::default().of("FEAT"), Bump::Minor);
        assert_eq!(Bumps::default().of("chore"), Bump::None);
    }
}
