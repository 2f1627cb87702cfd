//! The next version for programs: what it is, and why.

use serde::Serialize;

use crate::commit::{Id, UncountedLine};
use crate::config::{Bumps, Config, OverrideEffect, SettingLocation};
use crate::format::document;
use crate::history::{
    Base, ClassifiedCommit, CurrentVersion, IgnoreReason, IgnoredTag, NextVersion, Origin, Reason,
    RejectedTag, RejectionReason, Unit, UnknownVersion, Versions,
};
use crate::source::sanitise_line;
use crate::version::{Bump, is_stable};

/// The next version, as printed by `next`, with the details from `explain`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireNext<'a> {
    schema_version: u8,
    #[serde(flatten)]
    versions: WireVersions<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum WireVersions<'a> {
    /// One version: that of the repository, or of a named package.
    Single(Box<WireUnit<'a>>),
    /// The versions of all packages.
    Packages {
        packages: Vec<WireUnit<'a>>,
        /// How many commits since the last releases belong to no package, excluding merges.
        unassigned_commits: usize,
    },
}

/// The package that a version belongs to.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WirePackage<'a> {
    name: &'a str,
    /// The released packages that it depends on, which cause at least a patch release of it.
    bumped_by: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireUnit<'a> {
    #[serde(flatten)]
    package: Option<WirePackage<'a>>,
    current: Option<String>,
    /// The next version; null if it is unknown.
    next: Option<String>,
    tag: Option<String>,
    /// Why the next version is unknown; null if it is known.
    unknown_reason: Option<String>,
    /// Which part of the version changes: major, minor, patch, or none.
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    /// The tag of the pre-release that determines the next version, because the commits alone give
    /// a lower one; null otherwise.
    prerelease_tag: Option<&'a str>,
    releasable: bool,
    base: Option<WireBase<'a>>,
    commits: Vec<WireCommit<'a>>,
    #[serde(flatten)]
    explanation: Option<WireExplanation<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireBase<'a> {
    version: String,
    tag: &'a str,
    commit: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCommit<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    scope: Option<&'a str>,
    breaking: bool,
    subject: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    reason: &'static str,
    #[serde(flatten)]
    explanation: Option<WireCommitExplanation<'a>>,
}

/// The details of a commit from `explain`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCommitExplanation<'a> {
    setting: Option<WireSetting>,
    /// The commits that it reverts.
    reverts: Vec<String>,
    /// The commits that revert it.
    reverted_by: Vec<String>,
    #[serde(rename = "override")]
    overridden: Option<WireOverride<'a>>,
    /// The packages that it belongs to.
    packages: Vec<&'a str>,
}

/// The setting that decides the bump of a commit, and its place in the configuration; null for the
/// default.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSetting {
    key: String,
    file: Option<String>,
    line: Option<usize>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireOverride<'a> {
    message: Option<&'a str>,
    bump: Option<&'static str>,
    skip: Option<&'a str>,
    file: Option<String>,
    line: Option<usize>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireExplanation<'a> {
    /// The tags that are not version tags.
    ignored_tags: Vec<WireIgnored<'a>>,
    /// Lines below headers that are ignored, although some tools count them.
    ignored_lines: Vec<WireUncounted<'a>>,
    /// The tag whose version is recomputed as `next`; null for the next version.
    explained_tag: Option<WireBase<'a>>,
    deciding_commit: Option<String>,
    rejected_tags: Vec<WireCandidate<'a>>,
    skipped_commits: Vec<WireSkipped>,
    settings: WireSettings<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireIgnored<'a> {
    tag: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["no-commit", "other-prefix", "not-semantic", "too-large", "not-a-version"])))]
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireUncounted<'a> {
    commit: String,
    /// The header in the body, or the version of the footer.
    text: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["header-in-body", "release-as"])))]
    kind: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCandidate<'a> {
    #[serde(flatten)]
    tag: WireBase<'a>,
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSkipped {
    id: String,
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSettings<'a> {
    tag_prefix: &'a str,
    initial: String,
    zero_breaking: &'static str,
    zero_feature: &'static str,
    first_parent: bool,
    bumps: serde_json::Map<String, serde_json::Value>,
}

/// The current version, as printed by `current`; null if there is none.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireCurrent<'a> {
    schema_version: u8,
    #[serde(flatten)]
    versions: WireCurrentVersions<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum WireCurrentVersions<'a> {
    /// One version: that of the repository, or of a named package.
    Single(WireCurrentUnit<'a>),
    /// The versions of all packages.
    Packages { packages: Vec<WireCurrentUnit<'a>> },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCurrentUnit<'a> {
    /// The name of the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "&str"))]
    name: Option<&'a str>,
    current: Option<String>,
    tag: Option<&'a str>,
    commit: Option<String>,
}

/// The document of `current --format json`; `is_single`: of one version, not a list of packages.
#[must_use]
pub(crate) fn current_json(current: &[CurrentVersion], is_single: bool) -> String {
    let mut units = current.iter().map(wire_current);
    document(&WireCurrent {
        schema_version: 1,
        versions: match units.next() {
            Some(unit) if is_single => WireCurrentVersions::Single(unit),
            first => WireCurrentVersions::Packages {
                packages: first.into_iter().chain(units).collect(),
            },
        },
    })
}

fn wire_current(CurrentVersion { name, tag }: &CurrentVersion) -> WireCurrentUnit<'_> {
    WireCurrentUnit {
        name: name.as_deref(),
        current: tag.as_ref().map(|tag| tag.version.to_string()),
        tag: tag.as_ref().map(|tag| tag.tag.as_str()),
        commit: tag.as_ref().map(|tag| tag.commit.to_string()),
    }
}

/// The document of `next --format json` (docs/design/output.md, JSON documents).
#[must_use]
pub(crate) fn next_json(versions: &Versions) -> String {
    versions_json(versions, None)
}

/// What an explanation needs besides the version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExplanationInput<'a> {
    /// The configuration by which commits count.
    pub(crate) config: &'a Config,
    /// The tag whose version is recomputed; `None` for the next version.
    pub(crate) released: Option<&'a Base>,
    /// The tags that are not version tags.
    pub(crate) ignored: &'a [IgnoredTag],
    /// The lines below headers that do not count.
    pub(crate) uncounted: &'a [Uncounted],
    /// Which commits people see; programs see all.
    pub(crate) commits: ExplainedCommits,
}

/// Which commits an explanation for people lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExplainedCommits {
    /// Those that affect the version, and a few of the others.
    Relevant,
    /// All of them.
    All,
}

/// A line of a commit's message that does not count, though some tools count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uncounted {
    /// The commit.
    pub(crate) commit: Id,
    /// The line.
    pub(crate) line: UncountedLine,
}

/// The document of `explain --format json`: the same with candidates, what was skipped, and the
/// rules.
#[must_use]
pub(crate) fn explain_json(versions: &Versions, input: ExplanationInput<'_>) -> String {
    versions_json(versions, Some(input))
}

fn versions_json(versions: &Versions, input: Option<ExplanationInput<'_>>) -> String {
    let mut units = versions.units.iter().map(|unit| wire_unit(unit, input));
    document(&WireNext {
        schema_version: 1,
        versions: match units.next() {
            Some(unit) if versions.is_single => WireVersions::Single(Box::new(unit)),
            first => WireVersions::Packages {
                packages: first.into_iter().chain(units).collect(),
                unassigned_commits: versions.unassigned,
            },
        },
    })
}

fn wire_unit<'a>(unit: &'a Unit, input: Option<ExplanationInput<'a>>) -> WireUnit<'a> {
    let next = &unit.next;
    let config = input.map(|input| input.config);
    WireUnit {
        package: WirePackage::of(unit),
        current: next.base.as_ref().map(|base| base.version.to_string()),
        next: next.version.as_ref().ok().map(ToString::to_string),
        tag: next.tag(),
        unknown_reason: next.version.as_ref().err().map(UnknownVersion::reason),
        bump: next.bump.as_str(),
        prerelease_tag: match &next.origin {
            Origin::Prerelease(tag) => Some(&tag.tag),
            _ => None,
        },
        releasable: next.releasable,
        base: next.base.as_ref().map(wire_base),
        commits: next
            .commits
            .iter()
            .map(|classified| wire_commit(classified, config))
            .collect(),
        explanation: input.map(|input| wire_explanation(next, input)),
    }
}

impl<'a> WirePackage<'a> {
    /// What the unit has as a package; `None`: it is the repository.
    pub(super) fn of(unit: &'a Unit) -> Option<Self> {
        Some(Self {
            name: unit.name.as_deref()?,
            bumped_by: &unit.bumped_by,
        })
    }
}

fn wire_explanation<'a>(next: &'a NextVersion, input: ExplanationInput<'a>) -> WireExplanation<'a> {
    let settings = &input.config.version;
    let bumps = settings
        .bumps
        .iter()
        .map(|(kind, bump)| (kind.to_owned(), bump.as_str().into()));
    WireExplanation {
        ignored_tags: input.ignored.iter().map(wire_ignored).collect(),
        ignored_lines: input.uncounted.iter().map(wire_uncounted).collect(),
        explained_tag: input.released.map(wire_base),
        deciding_commit: deciding_commit(next).map(|classified| classified.commit.id.to_string()),
        rejected_tags: next.rejected.iter().map(wire_candidate).collect(),
        skipped_commits: next
            .commits
            .iter()
            .filter(|classified| classified.bump == Bump::None)
            .map(wire_skipped)
            .collect(),
        settings: WireSettings {
            tag_prefix: &next.prefix,
            initial: settings.initial_version().to_string(),
            zero_breaking: settings.zero_breaking.as_str(),
            zero_feature: settings.zero_feature.as_str(),
            first_parent: settings.first_parent,
            bumps: bumps.collect(),
        },
    }
}

fn wire_ignored(
    IgnoredTag {
        name,
        reason: because,
    }: &IgnoredTag,
) -> WireIgnored<'_> {
    let reason = match because {
        IgnoreReason::NoCommit => "no-commit",
        IgnoreReason::OtherPrefix(_) => "other-prefix",
        IgnoreReason::NotSemantic => "not-semantic",
        IgnoreReason::TooLarge => "too-large",
        IgnoreReason::NotAVersion => "not-a-version",
    };
    WireIgnored { tag: name, reason }
}

fn wire_uncounted(Uncounted { commit, line }: &Uncounted) -> WireUncounted<'_> {
    let (text, kind) = match line {
        UncountedLine::Header(header) => (header, "header-in-body"),
        UncountedLine::ReleaseAs(version) => (version, "release-as"),
    };
    WireUncounted {
        commit: commit.to_string(),
        text,
        kind,
    }
}

fn wire_base(base: &Base) -> WireBase<'_> {
    WireBase {
        version: base.version.to_string(),
        tag: &base.tag,
        commit: base.commit.to_string(),
    }
}

fn wire_commit<'a>(classified: &'a ClassifiedCommit, config: Option<&Config>) -> WireCommit<'a> {
    WireCommit {
        id: classified.commit.id.to_string(),
        kind: classified.commit.kind_name(),
        scope: classified.commit.scope(),
        breaking: classified.commit.breaking,
        subject: classified.commit.subject(),
        bump: classified.bump.as_str(),
        reason: classified.reason.as_str(),
        explanation: config.map(|config| wire_commit_explanation(classified, config)),
    }
}

fn wire_commit_explanation<'a>(
    classified: &'a ClassifiedCommit,
    config: &Config,
) -> WireCommitExplanation<'a> {
    let counterparts = |reason| {
        let of = if classified.reason == reason {
            classified.counterparts()
        } else {
            &[]
        };
        of.iter().map(ToString::to_string).collect()
    };
    let overridden = classified.override_().map(|rule| {
        let (file, line) = file_and_line(config.location_of(rule.span));
        let (message, bump, skip) = match &rule.effect {
            OverrideEffect::Message(message) => (Some(message.as_str()), None, None),
            OverrideEffect::Bump(bump) => (None, Some(bump.as_str()), None),
            OverrideEffect::Skip(reason) => (None, None, Some(reason.as_str())),
        };
        WireOverride {
            message,
            bump,
            skip,
            file,
            line,
        }
    });
    WireCommitExplanation {
        setting: deciding_key(classified, &config.version.bumps).map(|key| {
            let (file, line) = file_and_line(config.location(&key));
            WireSetting { key, file, line }
        }),
        reverts: counterparts(Reason::Reverting),
        reverted_by: counterparts(Reason::Reverted),
        overridden,
        packages: classified.packages().iter().map(|name| &**name).collect(),
    }
}

fn file_and_line(place: Option<SettingLocation>) -> (Option<String>, Option<usize>) {
    place.map(|place| (place.file, place.line)).unzip()
}

/// The key of the configuration that decides what a commit counts for; `None` where none does.
fn deciding_key(classified: &ClassifiedCommit, bumps: &Bumps) -> Option<String> {
    match classified.reason {
        Reason::Merge => Some("first_parent".into()),
        Reason::Type | Reason::Undecodable if !classified.commit.breaking => classified
            .commit
            .kind_name()
            .map(|kind| format!("bumps.{}", bumps.key_of(kind).to_lowercase())),
        _ => None,
    }
}

fn wire_candidate(refused: &RejectedTag) -> WireCandidate<'_> {
    let reason = match refused.reason {
        RejectionReason::Prerelease => "prerelease",
        RejectionReason::Unreachable => "unreachable",
    };
    WireCandidate {
        tag: wire_base(&refused.tag),
        reason,
    }
}

fn wire_skipped(classified: &ClassifiedCommit) -> WireSkipped {
    WireSkipped {
        id: classified.commit.id.to_string(),
        reason: classified.reason.as_str(),
    }
}

/// The earliest of the commits with the highest bump.
///
/// `None` if the version does not follow from the commits.
pub(super) fn deciding_commit(next: &NextVersion) -> Option<&ClassifiedCommit> {
    if next.origin != Origin::Commits {
        return None;
    }
    let highest = next
        .commits
        .iter()
        .map(|classified| classified.bump)
        .max()
        .filter(|bump| *bump != Bump::None)?;
    next.commits
        .iter()
        .rev()
        .find(|classified| classified.bump == highest)
}

/// What is next, in a line.
#[must_use]
pub(crate) fn headline(next: &NextVersion) -> String {
    match &next.version {
        Err(_) => "Next version: unknown".to_owned(),
        Ok(version) if next.releasable => {
            format!("Next version: {version} ({})", describe_origin(next))
        }
        Ok(version) => format!("Nothing to release: the version stays {version}"),
    }
}

/// Where a version that can be released comes from.
pub(super) fn describe_origin(next: &NextVersion) -> String {
    match &next.origin {
        Origin::Prerelease(tag) if next.base.is_some() => {
            let is_finished = next.version.as_ref().is_ok_and(is_stable);
            let verb = if is_finished {
                "completes"
            } else {
                "continues"
            };
            return format!("{verb} the pre-release `{}`", sanitise_line(&tag.tag));
        }
        Origin::RequestedBump => return format!("{} bump, as requested", next.bump.as_str()),
        Origin::RequestedVersion => return "as requested".to_owned(),
        Origin::Prerelease(_) | Origin::Initial | Origin::Commits => {}
    }
    let Some(base) = &next.base else {
        return match next.prereleases().next() {
            Some(Base { tag, .. }) => format!("from the pre-release `{}`", sanitise_line(tag)),
            None => "initial version".to_owned(),
        };
    };
    let highest = next
        .commits
        .iter()
        .map(|classified| classified.bump)
        .max()
        .unwrap_or_default();
    let is_lowered = next.bump < highest && base.version.major == 0;
    let lowered = if is_lowered {
        "; below 1.0.0, the rules for 0.x apply"
    } else {
        ""
    };
    format!("{} bump{lowered}", next.bump.as_str())
}

pub(super) fn commit_header(classified: &ClassifiedCommit) -> String {
    let commit = &classified.commit;
    let scope = commit
        .scope()
        .map(|scope| format!("({scope})"))
        .unwrap_or_default();
    let mark = if commit.breaking { "!" } else { "" };
    let line = match &commit.kind {
        crate::commit::Kind::Conventional(header) => {
            format!("{}{scope}{mark}: {}", header.kind(), header.subject())
        }
        _ => commit.subject().to_owned(),
    };
    sanitise_line(&line)
}
