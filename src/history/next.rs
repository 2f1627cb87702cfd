//! The next version: base, range, bumps, and the rules for 0.x and pre-releases
//! (docs/design/versions.md).
//!
//! Whose version it is does not matter here: [`Commits`] has the commits of the whole repository, or
//! those of one package.

use semver::{BuildMetadata, Prerelease, Version};

use crate::commit::Id;
use crate::config::VersionSettings;
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::base::{Base, BaseSearchResult, RejectedTag, RejectionReason, find_base};
use crate::history::classify::{BumpOptions, ClassifiedCommit, MergePolicy, Selection, classify};
use crate::history::difference::difference;
use crate::history::graph::{Graph, Node};
use crate::history::order::in_order;
use crate::history::release_signs::{ReleaseSigns, SignSearch};
use crate::history::tag_schemes::{TagScheme, other_schemes};
use crate::history::tags::{MixedTags, VersionTags};
use crate::history::unknown::UnknownVersion;
use crate::history::versions::VersionQuery;
use crate::version::{Bump, core, is_stable, prerelease_help, same_precedence, to_tag};

/// What overrides the version that follows from the commits.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct NextOptions {
    /// Compute a pre-release version with this identifier, such as `rc`.
    pub pre: Option<String>,
    /// Apply this bump, whatever the commits say.
    pub bump: Option<Bump>,
    /// Take this version, whatever the commits say.
    pub version: Option<Version>,
    /// Add this build metadata.
    pub build: Option<BuildMetadata>,
}

/// The next version and all that it follows from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NextVersion {
    /// The next version, or the current one if there is nothing to release; otherwise why it is
    /// unknown.
    pub(crate) version: std::result::Result<Version, UnknownVersion>,
    /// The prefix of the version in tag names.
    pub(crate) prefix: String,
    /// The bump that leads from the base to the next version; none without a base.
    pub bump: Bump,
    /// What the number of the next version follows from.
    pub(crate) origin: Origin,
    /// Whether there is something to release, and its version is known.
    pub releasable: bool,
    /// The base.
    pub base: Option<Base>,
    /// The version tags above the base, the highest first, and why they are not the base.
    pub(crate) rejected: Vec<RejectedTag>,
    /// The commits since the base, newest first by the graph, each once.
    pub commits: Vec<ClassifiedCommit>,
    /// The tag that already has the next version, by precedence, so that it cannot be released.
    pub(crate) existing_tag: Option<Base>,
    /// Version tags of two schemes, if those that do not count are higher.
    pub(crate) mixed: Option<MixedTags>,
    /// Other schemes under which commits since the base are tagged, if the configuration does not
    /// say which one counts; the one with the most tags first.
    pub(crate) other_schemes: Vec<TagScheme>,
}

/// What the number of a next version follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Origin {
    /// The commits since the base.
    Commits,
    /// There is no base: the initial version.
    Initial,
    /// A pre-release that HEAD descends from, whose number is higher than the computed one.
    Prerelease(Base),
    /// The requested bump.
    RequestedBump,
    /// The requested version.
    RequestedVersion,
}

impl NextVersion {
    /// The next version, or the current one if there is nothing to release; `None` if it is unknown.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref().ok()
    }

    /// The name of the next version's tag; `None` if the version is unknown.
    #[must_use]
    pub fn tag(&self) -> Option<String> {
        self.version().map(|version| to_tag(version, &self.prefix))
    }

    /// Which tag has the next version already, in a sentence; `None` if the version is unknown or
    /// still free.
    #[must_use]
    pub(crate) fn describe_existing_tag(&self) -> Option<String> {
        let (existing_tag, version) = (self.existing_tag.as_ref()?, self.version()?);
        Some(format!(
            "version `{version}` already exists: tag `{}` on commit `{}`",
            existing_tag.tag, existing_tag.commit
        ))
    }

    /// Makes sure that no tag has the next version.
    pub(super) fn refuse_existing_tag(&self) -> Result<()> {
        let (Some(fact), Some(Base { tag, .. })) =
            (self.describe_existing_tag(), &self.existing_tag)
        else {
            return Ok(());
        };
        let help = format!(
            "`{tag}` is not reachable from HEAD: merge it, or pass another version with `--set-version`"
        );
        Err(Error::refused(fact, help))
    }

    /// The pre-releases above the base that HEAD descends from, the highest first.
    pub(crate) fn prereleases(&self) -> impl Iterator<Item = &Base> {
        self.rejected
            .iter()
            .filter(|refused| refused.reason == RejectionReason::Prerelease)
            .map(|refused| &refused.tag)
    }
}

/// The next version of a repository that has one version.
pub(super) fn next_of_repository<H: History>(
    history: &H,
    query: VersionQuery<'_>,
    options: &NextOptions,
) -> Result<NextVersion> {
    let settings = query.settings;
    let mut graph = Graph::new(history);
    let head = graph.node(head(history)?);
    let tags = VersionTags::collect(history, settings.tag_prefix.as_deref())?;
    let found = find_base(&mut graph, head, &tags)?;
    let search = query.evidence.map(|evidence| SignSearch {
        evidence,
        package: None,
        claimed: &[],
    });
    let calculator = VersionCalculator {
        tags: &tags,
        found: &found,
        settings,
        options,
        min_bump: Bump::None,
        package: None,
        search,
    };
    calculator.next(&mut AllCommits {
        graph,
        head,
        settings,
    })
}

/// Which versions can be the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CurrentScope {
    /// Only stable versions.
    Stable,
    /// Pre-releases too.
    WithPrereleases,
}

impl BaseSearchResult {
    /// The current version within a scope.
    pub(super) fn current(self, scope: CurrentScope) -> Option<Base> {
        let prerelease = self.prereleases().next().cloned();
        match scope {
            CurrentScope::Stable => self.base,
            CurrentScope::WithPrereleases => prerelease.or(self.base),
        }
    }
}

/// The commit of HEAD; fails on an unborn branch.
pub(super) fn head<H: History>(history: &H) -> Result<Id> {
    history.head()?.ok_or_else(|| {
        Error::history(
            "the current branch has no commits yet",
            "create the first commit",
        )
    })
}

/// The commits that a version is computed from.
pub(super) trait Commits {
    /// The commits of HEAD since a tag, classified; all of them without a tag.
    fn since(&mut self, tag: Option<&Base>) -> Result<Vec<ClassifiedCommit>>;

    /// Whether HEAD descends from a commit; known only if there is no base, for which all of
    /// history is walked.
    fn reaches(&self, commit: Id) -> bool;
}

/// All commits of a repository.
struct AllCommits<'h, H> {
    graph: Graph<'h, H>,
    head: Node,
    settings: &'h VersionSettings,
}

impl<H: History> Commits for AllCommits<'_, H> {
    fn reaches(&self, commit: Id) -> bool {
        self.graph.find(commit).is_some()
    }

    fn since(&mut self, tag: Option<&Base>) -> Result<Vec<ClassifiedCommit>> {
        let base = tag.map(|tag| self.graph.node(tag.commit));
        let difference = difference(&mut self.graph, self.head, base)?;
        let range = in_order(&self.graph, self.head, self.settings, |node| {
            difference.contains(node)
        });
        classify(
            &mut self.graph,
            &Selection::all(&range),
            BumpOptions {
                settings: self.settings,
                merges: MergePolicy::of(self.settings),
            },
        )
    }
}

/// What a version is computed from, besides the commits.
pub(super) struct VersionCalculator<'a, 'h, H> {
    pub(super) tags: &'a VersionTags<'h, H>,
    pub(super) found: &'a BaseSearchResult,
    pub(super) settings: &'a VersionSettings,
    pub(super) options: &'a NextOptions,
    /// The bump that is made even if no commit implies it.
    pub(super) min_bump: Bump,
    /// The package; `None`: the repository.
    pub(super) package: Option<&'a str>,
    /// How signs of earlier releases are searched for; `None`: not at all.
    pub(super) search: Option<SignSearch<'a>>,
}

impl<H: History> VersionCalculator<'_, '_, H> {
    /// The next version.
    ///
    /// Fails if history is missing, and if the version would go backwards.
    pub(super) fn next(&self, commits: &mut impl Commits) -> Result<NextVersion> {
        if let Some(identifier) = &self.options.pre {
            numbered_prerelease(identifier, 1)?;
        }
        let base = self.found.base.clone();
        let since = commits.since(base.as_ref())?;
        if let Some(signs) = self.find_signs(commits)? {
            return self.unreleasable(
                Err(UnknownVersion::ReleaseSigns(Box::new(signs))),
                base,
                since,
            );
        }
        let counted = match self.core_version(self.required_bump(&since))? {
            Ok(counted) => counted,
            Err(unknown) => return self.unreleasable(Err(unknown), base, since),
        };
        let (core, origin) = self.raise_to_prerelease(counted);
        let is_selected = self.options.version.is_some();
        let releasable = is_selected
            || base
                .as_ref()
                .is_none_or(|base| !same_precedence(&core, &base.version));
        let version = match &base {
            Some(base) if !releasable => base.version.clone(),
            _ => core.clone(),
        };
        let result = NextVersion {
            origin,
            ..self.unreleasable(Ok(version), base, since)?
        };
        if releasable {
            self.finalize(result, core, commits)
        } else {
            Ok(result)
        }
    }

    /// A next version that cannot be released, or not yet.
    fn unreleasable(
        &self,
        version: std::result::Result<Version, UnknownVersion>,
        base: Option<Base>,
        commits: Vec<ClassifiedCommit>,
    ) -> Result<NextVersion> {
        Ok(NextVersion {
            version,
            prefix: self.tags.prefix().to_owned(),
            bump: Bump::None,
            origin: Origin::Commits,
            releasable: false,
            rejected: self.found.rejected.clone(),
            existing_tag: None,
            mixed: self.tags.mixed(),
            other_schemes: self.other_schemes(base.as_ref(), &commits)?,
            commits,
            base,
        })
    }

    /// The schemes of tags since the base that are ignored although no setting says so.
    fn other_schemes(
        &self,
        base: Option<&Base>,
        commits: &[ClassifiedCommit],
    ) -> Result<Vec<TagScheme>> {
        let is_decided = self.package.is_some() || self.settings.tag_prefix.is_some();
        if base.is_none() || is_decided || self.tags.mixed().is_some() {
            return Ok(Vec::new());
        }
        let since = commits.iter().map(|commit| commit.commit.id).collect();
        other_schemes(self.tags.history(), self.tags.prefix(), &since)
    }

    /// The signs of earlier releases, if HEAD descends from no version tag and no version is
    /// requested.
    fn find_signs(&self, commits: &impl Commits) -> Result<Option<ReleaseSigns>> {
        let is_counted = self.found.base.is_some() || self.found.prereleases().next().is_some();
        match &self.search {
            Some(search) if !is_counted && self.options.version.is_none() => {
                search.find(self.tags, self.settings, |commit| commits.reaches(commit))
            }
            _ => Ok(None),
        }
    }

    /// The highest bump that the commits imply.
    fn required_bump(&self, commits: &[ClassifiedCommit]) -> Bump {
        commits
            .iter()
            .map(|commit| commit.bump)
            .fold(self.min_bump, Bump::max)
    }

    /// The requested version or the one that follows from the commits, without its pre-release.
    fn core_version(&self, level: Bump) -> Result<std::result::Result<Version, UnknownVersion>> {
        Ok(Ok(match (&self.options.version, &self.found.base) {
            (Some(version), _) => core(version),
            (None, None) => {
                self.refuse_bump_without_base()?;
                core(&self.settings.initial_version())
            }
            (None, Some(base)) => {
                let bump = self
                    .options
                    .bump
                    .unwrap_or_else(|| self.apply_zero_major(level, &base.version));
                let Some(bumped) = bump.apply(&base.version) else {
                    return Ok(Err(UnknownVersion::TooHigh {
                        number: bump,
                        version: base.version.clone(),
                    }));
                };
                bumped
            }
        }))
    }

    /// The computed version, raised to the number of a higher pre-release that HEAD descends from,
    /// and where it comes from.
    fn raise_to_prerelease(&self, counted: Version) -> (Version, Origin) {
        if self.options.version.is_some() {
            return (counted, Origin::RequestedVersion);
        }
        match self.found.prereleases().next() {
            Some(tag) if core(&tag.version) > counted => {
                (core(&tag.version), Origin::Prerelease(tag.clone()))
            }
            _ if self.found.base.is_none() => (counted, Origin::Initial),
            _ if self.options.bump.is_some() => (counted, Origin::RequestedBump),
            _ => (counted, Origin::Commits),
        }
    }

    /// Refuses a requested bump if there is no stable version to apply it to.
    fn refuse_bump_without_base(&self) -> Result<()> {
        let Some(bump) = self.options.bump else {
            return Ok(());
        };
        let (message, help) = match self.found.prereleases().next() {
            Some(Base { tag, version, .. }) => {
                let finished = core(version);
                let bumped = bump
                    .apply(&finished)
                    .map(|bumped| format!(" {bumped}"))
                    .unwrap_or_default();
                let fact = format!("only pre-releases such as `{tag}` are reachable from HEAD");
                (
                    fact,
                    format!(
                        "pass `--set-version{bumped}`, or omit `--bump`: the next version is then {finished}"
                    ),
                )
            }
            None => {
                let initial = self.settings.initial_version();
                let fact = "no version tag is reachable from HEAD".to_owned();
                (
                    fact,
                    format!(
                        "pass `--set-version VERSION`, or omit `--bump`: the next version is then {initial}"
                    ),
                )
            }
        };
        let message = format!(
            "`--bump {}` needs an earlier release: {message}",
            bump.as_str()
        );
        Err(Error::refused(message, help))
    }

    /// Below 1.0.0, the settings decide what breaking changes and features give.
    fn apply_zero_major(&self, level: Bump, base: &Version) -> Bump {
        match level {
            Bump::Major if base.major == 0 => self.settings.zero_breaking,
            Bump::Minor if base.major == 0 => self.settings.zero_feature,
            level => level,
        }
    }

    /// Completes the version with pre-release and build metadata, and makes sure that it may be
    /// released.
    fn finalize(
        &self,
        mut result: NextVersion,
        core: Version,
        commits: &mut impl Commits,
    ) -> Result<NextVersion> {
        result.bump = result
            .base
            .as_ref()
            .map_or(Bump::None, |base| bump_between(&base.version, &core));
        let mut version = core.clone();
        if let Some(requested) = &self.options.version {
            self.refuse_backwards(requested)?;
            version = requested.clone();
        } else if let Some(identifier) = &self.options.pre {
            let Some(prerelease) = self.prerelease(&core, identifier, commits)? else {
                let latest = self
                    .latest_of(&core, identifier)
                    .expect("nothing is new since the latest")
                    .1;
                return Ok(NextVersion {
                    version: Ok(latest.version.clone()),
                    bump: Bump::None,
                    ..result
                });
            };
            version = prerelease;
        }
        if let Some(build) = &self.options.build {
            version.build = build.clone();
        }
        result.existing_tag = self.find_existing_tag(&version)?;
        Ok(NextVersion {
            version: Ok(version),
            releasable: true,
            ..result
        })
    }

    /// The next pre-release of `core`; `None` if nothing has changed since the latest one.
    fn prerelease(
        &self,
        core: &Version,
        identifier: &str,
        commits: &mut impl Commits,
    ) -> Result<Option<Version>> {
        let count = match self.latest_of(core, identifier) {
            None => 1,
            Some((count, tag)) => {
                if self.required_bump(&commits.since(Some(tag))?) == Bump::None {
                    return Ok(None);
                }
                count
                    .checked_add(1)
                    .ok_or_else(|| prerelease_number_overflow(&tag.version))?
            }
        };
        let version = Version {
            pre: numbered_prerelease(identifier, count)?,
            ..core.clone()
        };
        match self.found.prereleases().next() {
            Some(tag) if version.cmp_precedence(&tag.version).is_le() => Err(Error::refused(
                format!(
                    "`{version}` is not higher than the pre-release `{}`, which is reachable from HEAD",
                    tag.version
                ),
                "use an identifier that sorts higher, or release the final version first",
            )),
            _ => Ok(Some(version)),
        }
    }

    /// The highest reachable pre-release of `core` with this identifier, and its number.
    fn latest_of(&self, core: &Version, identifier: &str) -> Option<(u64, &Base)> {
        let count = |tag: &Base| {
            let version = &tag.version;
            let same_core = (version.major, version.minor, version.patch)
                == (core.major, core.minor, core.patch);
            let count = version
                .pre
                .as_str()
                .strip_prefix(identifier)?
                .strip_prefix('.')?;
            same_core.then(|| count.parse().ok()).flatten()
        };
        self.found
            .prereleases()
            .filter_map(|tag| Some((count(tag)?, tag)))
            .max_by_key(|(count, _)| *count)
    }

    fn refuse_backwards(&self, version: &Version) -> Result<()> {
        let reachable = if is_stable(version) {
            self.found.base.as_ref()
        } else {
            self.found.prereleases().next()
        };
        let reachable = reachable.or(self.found.base.as_ref());
        match reachable {
            Some(tag) if version.cmp_precedence(&tag.version).is_le() => Err(Error::refused(
                format!(
                    "`{version}` is not higher than `{}`, which is reachable from HEAD",
                    tag.version
                ),
                "pass a higher version",
            )),
            _ => Ok(()),
        }
    }

    /// The tag that already has a version, ignoring build metadata.
    fn find_existing_tag(&self, version: &Version) -> Result<Option<Base>> {
        for tag in self
            .tags
            .ascending()
            .iter()
            .filter(|tag| same_precedence(&tag.version, version))
        {
            if let Some(commit) = self.tags.commit(tag)? {
                return Ok(Some(Base {
                    version: tag.version.clone(),
                    tag: tag.name.to_string(),
                    commit,
                }));
            }
        }
        Ok(None)
    }
}

/// The error of a pre-release whose number cannot be increased.
fn prerelease_number_overflow(version: &Version) -> Error {
    Error::limit(
        format!("the pre-release number of {version} is already the highest possible"),
        "pass another version with `--set-version VERSION`",
    )
}

fn bump_between(base: &Version, core: &Version) -> Bump {
    if core.major != base.major {
        Bump::Major
    } else if core.minor != base.minor {
        Bump::Minor
    } else if core.patch != base.patch {
        Bump::Patch
    } else {
        Bump::None
    }
}

/// The pre-release with this identifier and number.
fn numbered_prerelease(identifier: &str, count: u64) -> Result<Prerelease> {
    Prerelease::new(&format!("{identifier}.{count}")).map_err(|error| {
        let message = format!("`{identifier}` is not a valid pre-release identifier");
        Error::usage(message, prerelease_help(identifier)).with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{CommitOverride, OverrideEffect};
    use crate::history::VersionQuery;
    use crate::history::classify::Reason;
    use crate::history::testing::{TestHistory, graph_shape, history_from, id, letter, next};
    use crate::source::Span;

    fn run(history: &TestHistory, options: &NextOptions) -> Result<NextVersion> {
        next(history, &VersionSettings::default(), options, None)
    }

    fn version_of(history: &TestHistory) -> String {
        run(history, &NextOptions::default())
            .unwrap()
            .version
            .unwrap()
            .to_string()
    }

    fn pre(history: &TestHistory, identifier: &str) -> Result<NextVersion> {
        run(
            history,
            &NextOptions {
                pre: Some(identifier.into()),
                ..NextOptions::default()
            },
        )
    }

    /// The next release candidate, and whether it can be released.
    fn next_rc(history: &TestHistory) -> (String, bool) {
        let next = pre(history, "rc").unwrap();
        (next.version.unwrap().to_string(), next.releasable)
    }

    fn released(version: &str) -> TestHistory {
        TestHistory::default()
            .commit('a', "", "feat: first")
            .tag(version, 'a')
    }

    #[test]
    fn the_greatest_bump_of_the_range_decides() {
        assert_eq!(
            version_of(
                &released("v1.2.3")
                    .commit('b', "a", "fix: x")
                    .commit('c', "b", "docs: x")
            ),
            "1.2.4"
        );
        assert_eq!(
            version_of(
                &released("v1.2.3")
                    .commit('b', "a", "feat: x")
                    .commit('c', "b", "fix: x")
            ),
            "1.3.0"
        );
        assert_eq!(
            version_of(&released("v1.2.3").commit('b', "a", "docs!: x")),
            "2.0.0"
        );
    }

    #[test]
    fn nothing_releasable_is_the_current_version() {
        let next = run(
            &released("v1.2.3").commit('b', "a", "docs: x"),
            &NextOptions::default(),
        )
        .unwrap();
        assert_eq!(
            (
                next.version.unwrap().to_string().as_str(),
                next.releasable,
                next.bump
            ),
            ("1.2.3", false, Bump::None)
        );
    }

    #[test]
    fn a_break_below_one_is_minor() {
        assert_eq!(
            version_of(&released("v0.3.1").commit('b', "a", "feat!: x")),
            "0.4.0"
        );
    }

    #[test]
    fn the_rules_below_one_can_be_changed() {
        let history = released("v0.3.1").commit('b', "a", "feat!: x");
        let settings = VersionSettings {
            zero_breaking: Bump::Major,
            ..VersionSettings::default()
        };
        assert_eq!(
            next(&history, &settings, &NextOptions::default(), None)
                .unwrap()
                .version
                .unwrap(),
            Version::new(1, 0, 0)
        );
        let history = released("v0.3.1").commit('b', "a", "feat: x");
        let settings = VersionSettings {
            zero_feature: Bump::Patch,
            ..VersionSettings::default()
        };
        assert_eq!(
            next(&history, &settings, &NextOptions::default(), None)
                .unwrap()
                .version
                .unwrap(),
            Version::new(0, 3, 2)
        );
    }

    #[test]
    fn a_star_in_bumps_counts_conventional_types_alone() {
        let mut settings = VersionSettings::default();
        settings.bumps.set("*", Bump::Patch);
        let version = |message: &str| {
            let history = released("v1.2.3").commit('b', "a", message);
            next(&history, &settings, &NextOptions::default(), None)
                .unwrap()
                .version
                .unwrap()
                .to_string()
        };
        assert_eq!(
            (version("chore: x"), version("feat: x")),
            ("1.2.4".into(), "1.3.0".into())
        );
        assert_eq!(
            (version("chore!: x"), version("update x")),
            ("2.0.0".into(), "1.2.3".into())
        );
        assert_eq!(version("BREAKING-CHANGE: x"), "1.2.3");
    }

    #[test]
    fn a_history_without_tags_begins_with_the_initial_version() {
        let next = run(
            &TestHistory::default().commit('a', "", "wip"),
            &NextOptions::default(),
        )
        .unwrap();
        assert_eq!(
            (
                next.version.unwrap().to_string().as_str(),
                next.releasable,
                next.base
            ),
            ("0.1.0", true, None)
        );
    }

    #[test]
    fn an_unborn_branch_is_an_error() {
        assert!(run(&TestHistory::default(), &NextOptions::default()).is_err());
    }

    #[test]
    fn the_base_is_the_greatest_reachable_version_not_the_nearest() {
        let history = released("v2.0.0")
            .commit('b', "a", "fix: x")
            .tag("v1.9.0", 'b')
            .commit('c', "b", "fix: y");
        assert_eq!(version_of(&history), "2.0.1");
    }

    #[test]
    fn unreachable_higher_version_is_rejected_as_base() {
        let history = released("v1.0.0")
            .commit('x', "a", "feat: x")
            .tag("v9.0.0", 'x')
            .commit('b', "a", "fix: y");
        let next = run(&history, &NextOptions::default()).unwrap();
        assert_eq!(next.version.unwrap(), Version::new(1, 0, 1));
        assert_eq!(next.rejected[0].tag.tag, "v9.0.0");
    }

    #[test]
    fn what_the_version_follows_from_is_known() {
        let origin =
            |history: &TestHistory, options: &NextOptions| run(history, options).unwrap().origin;
        let none = NextOptions::default();
        let fixed = released("v1.9.0").commit('b', "a", "fix: b");
        assert_eq!(origin(&fixed, &none), Origin::Commits);
        assert_eq!(
            origin(
                &fixed,
                &NextOptions {
                    bump: Some(Bump::Minor),
                    ..none.clone()
                }
            ),
            Origin::RequestedBump
        );
        let version = Some(Version::new(3, 0, 0));
        assert_eq!(
            origin(
                &fixed,
                &NextOptions {
                    version,
                    ..none.clone()
                }
            ),
            Origin::RequestedVersion
        );
        assert_eq!(
            origin(&TestHistory::default().commit('a', "", "feat: a"), &none),
            Origin::Initial
        );
        let beta = fixed.tag("v2.0.0-beta.1", 'b').commit('c', "b", "fix: c");
        let Origin::Prerelease(tag) = origin(&beta, &none) else {
            panic!("{:?}", origin(&beta, &none))
        };
        assert_eq!(tag.tag, "v2.0.0-beta.1");
        assert_eq!(
            origin(&beta.commit('d', "c", "feat!: d"), &none),
            Origin::Commits
        );
    }

    #[test]
    fn a_version_that_exists_elsewhere_is_refused() {
        let history = released("v1.0.0")
            .commit('x', "a", "fix: x")
            .tag("v1.0.1", 'x')
            .commit('b', "a", "fix: y");
        let error = run(&history, &NextOptions::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains("tag `v1.0.1`"), "{error}");
    }

    #[test]
    fn bare_tags_count_where_there_are_no_others() {
        assert_eq!(
            version_of(&released("1.0.0").commit('b', "a", "fix: x")),
            "1.0.1"
        );
        let both = released("v1.0.0")
            .tag("7.0.0", 'a')
            .commit('b', "a", "fix: x");
        assert_eq!(version_of(&both), "1.0.1");
    }

    #[test]
    fn the_range_is_a_graph_difference() {
        // b was written before the release and merged after it.
        let history = TestHistory::default()
            .commit('a', "", "chore: x")
            .commit('b', "a", "feat: side")
            .commit('c', "a", "fix: main")
            .tag("v1.0.0", 'c')
            .commit('d', "cb", "Merge branch 'side'");
        let next = run(&history, &NextOptions::default()).unwrap();
        let commit: Vec<_> = next
            .commits
            .iter()
            .map(|j| (j.commit.id, j.bump, j.reason))
            .collect();
        assert_eq!(
            commit,
            [
                (id('d'), Bump::None, Reason::Merge),
                (id('b'), Bump::Minor, Reason::Type)
            ]
        );
    }

    #[test]
    fn dates_that_lie_change_nothing() {
        // a is newer than everything by its date, and an ancestor of the base all the same.
        let history = TestHistory::default()
            .commit_at('a', "", ("feat!: old", 900))
            .commit_at('b', "a", ("fix: x", 1))
            .tag("v1.0.0", 'b')
            .commit_at('c', "ab", ("Merge", 1000));
        assert_eq!(version_of(&history), "1.0.0");
    }

    #[test]
    fn the_first_parent_line_counts_merges_by_their_messages() {
        let history = released("v1.0.0").commit('b', "a", "feat!: side").commit(
            'c',
            "ab",
            "fix: merged title",
        );
        let settings = VersionSettings {
            first_parent: true,
            ..VersionSettings::default()
        };
        let next = next(&history, &settings, &NextOptions::default(), None).unwrap();
        assert_eq!(
            (next.version.unwrap(), next.commits.len()),
            (Version::new(1, 0, 1), 1)
        );
    }

    #[test]
    fn a_revert_and_its_target_count_for_nothing() {
        let revert = format!("Revert \"feat: x\"\n\nThis reverts commit {}.", id('b'));
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .commit('c', "b", &revert);
        let next = run(&history, &NextOptions::default()).unwrap();
        let reasons: Vec<_> = next.commits.iter().map(|commit| commit.reason).collect();
        assert_eq!(
            (next.releasable, reasons),
            (false, vec![Reason::Reverting, Reason::Reverted])
        );
    }

    #[test]
    fn reverted_revert_restores_the_target() {
        let first = format!("Revert \"feat: x\"\n\nThis reverts commit {}.", id('b'));
        let second = format!("Reapply \"feat: x\"\n\nThis reverts commit {}.", id('c'));
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .commit('c', "b", &first)
            .commit('d', "c", &second);
        assert_eq!(version_of(&history), "1.1.0");
    }

    #[test]
    fn a_revert_of_something_released_is_a_patch() {
        let revert = format!("Revert \"feat: first\"\n\nThis reverts commit {}.", id('a'));
        assert_eq!(
            version_of(&released("v1.0.0").commit('b', "a", &revert)),
            "1.0.1"
        );
    }

    #[test]
    fn reverted_merge_reverts_its_commits() {
        let revert = format!(
            "Revert \"Merge\"\n\nThis reverts commit {}, reversing\nchanges made to {}.",
            id('d'),
            id('b')
        );
        let history = released("v1.0.0")
            .commit('b', "a", "fix: main")
            .commit('c', "a", "feat: side")
            .commit('d', "bc", "Merge")
            .commit('e', "d", &revert);
        assert_eq!(version_of(&history), "1.0.1");
    }

    #[test]
    fn a_ring_of_reverts_ends() {
        let revert = |letter| format!("Revert \"x\"\n\nThis reverts commit {}.", id(letter));
        let history =
            released("v1.0.0")
                .commit('b', "a", &revert('c'))
                .commit('c', "b", &revert('b'));
        assert!(run(&history, &NextOptions::default()).is_ok());
    }

    fn overriding(letter: char, effect: OverrideEffect) -> VersionSettings {
        let commit = id(letter).to_string()[..7].to_owned();
        let overrides = vec![CommitOverride {
            commit,
            effect,
            span: Span::default(),
        }];
        VersionSettings {
            overrides,
            ..VersionSettings::default()
        }
    }

    /// The version, and the reason of each commit.
    fn overridden(
        history: &TestHistory,
        letter: char,
        effect: OverrideEffect,
    ) -> (String, Vec<Reason>) {
        let next = next(
            history,
            &overriding(letter, effect),
            &NextOptions::default(),
            None,
        )
        .unwrap();
        (
            next.version.unwrap().to_string(),
            next.commits.iter().map(|commit| commit.reason).collect(),
        )
    }

    #[test]
    fn an_override_rewords_a_commit() {
        let history = released("v1.0.0").commit('b', "a", "wip");
        let message = OverrideEffect::Message("feat(api): what it should have said".into());
        assert_eq!(
            overridden(&history, 'b', message.clone()),
            ("1.1.0".into(), vec![Reason::Override])
        );
        let next = next(
            &history,
            &overriding('b', message),
            &NextOptions::default(),
            None,
        )
        .unwrap();
        assert_eq!(
            (next.commits[0].commit.scope(), next.commits[0].commit.id),
            (Some("api"), id('b'))
        );
    }

    #[test]
    fn override_sets_the_bump() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat!: x")
            .commit('c', "b", "fix: y");
        let (version, reasons) = overridden(&history, 'b', OverrideEffect::Bump(Bump::None));
        assert_eq!(
            (version.as_str(), reasons),
            ("1.0.1", vec![Reason::Type, Reason::Override])
        );
    }

    #[test]
    fn override_skips_a_commit() {
        let history = released("v1.0.0").commit('b', "a", "feat!: x");
        let (version, reasons) =
            overridden(&history, 'b', OverrideEffect::Skip("never ran".into()));
        assert_eq!(
            (version.as_str(), reasons),
            ("1.0.0", vec![Reason::Skipped])
        );
    }

    #[test]
    fn skipped_revert_reverts_nothing() {
        let revert = format!("Revert \"feat: x\"\n\nThis reverts commit {}.", id('b'));
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .commit('c', "b", &revert);
        let (version, reasons) =
            overridden(&history, 'c', OverrideEffect::Skip("of a branch".into()));
        assert_eq!(
            (version.as_str(), reasons),
            ("1.1.0", vec![Reason::Skipped, Reason::Type])
        );
    }

    #[test]
    fn commit_reworded_to_a_revert_reverts() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .commit('c', "b", "undo");
        let message =
            OverrideEffect::Message(format!("revert: x\n\nThis reverts commit {}.", id('b')));
        assert_eq!(
            overridden(&history, 'c', message).1,
            [Reason::Reverting, Reason::Reverted]
        );
    }

    #[test]
    fn an_override_of_no_commit_does_nothing() {
        let history = released("v1.0.0").commit('b', "a", "fix: x");
        assert_eq!(
            overridden(&history, 'z', OverrideEffect::Skip("x".into())).0,
            "1.0.1"
        );
    }

    #[test]
    fn prereleases_count_up_and_are_finalised() {
        let first = released("v1.0.0").commit('b', "a", "feat: x");
        assert_eq!(
            pre(&first, "rc").unwrap().version.unwrap().to_string(),
            "1.1.0-rc.1"
        );
        let second = first.tag("v1.1.0-rc.1", 'b').commit('c', "b", "fix: y");
        assert_eq!(
            pre(&second, "rc").unwrap().version.unwrap().to_string(),
            "1.1.0-rc.2"
        );
        assert_eq!(version_of(&second), "1.1.0");
    }

    #[test]
    fn nothing_new_makes_no_prerelease() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'b')
            .commit('c', "b", "docs: y");
        assert_eq!(next_rc(&history), ("1.1.0-rc.1".into(), false));
    }

    #[test]
    fn prerelease_never_sorts_below_another_identifier() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'b')
            .commit('c', "b", "fix: y");
        assert!(
            pre(&history, "beta")
                .unwrap_err()
                .to_string()
                .contains("not higher")
        );
        assert!(pre(&history, "a b").is_err());
    }

    #[test]
    fn an_identifier_may_have_several_parts() {
        let history = released("v1.0.0").commit('b', "a", "feat: x");
        assert_eq!(
            pre(&history, "beta.x")
                .unwrap()
                .version
                .unwrap()
                .to_string(),
            "1.1.0-beta.x.1"
        );
        let history = history
            .tag("v1.1.0-beta.x.1", 'b')
            .commit('c', "b", "fix: y");
        assert_eq!(
            pre(&history, "beta.x")
                .unwrap()
                .version
                .unwrap()
                .to_string(),
            "1.1.0-beta.x.2"
        );
        assert!(
            pre(&history, "beta")
                .unwrap_err()
                .to_string()
                .contains("not higher")
        );
        for identifier in ["", ".", "rc.", "rc..x", "rc.01", "r+c", "é"] {
            assert!(
                pre(&history, identifier)
                    .unwrap_err()
                    .to_string()
                    .contains("not a valid pre-release identifier")
            );
        }
    }

    #[test]
    fn invalid_identifier_is_refused_without_changes() {
        let history = released("v1.0.0");
        assert!(
            pre(&history, "r c")
                .unwrap_err()
                .to_string()
                .contains("`r c` is not a valid pre-release identifier")
        );
        assert!(!pre(&history, "rc").unwrap().releasable);
    }

    #[test]
    fn counter_restarts_per_identifier_and_core() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-beta.4", 'b')
            .commit('c', "b", "fix: y");
        assert_eq!(
            pre(&history, "rc").unwrap().version.unwrap().to_string(),
            "1.1.0-rc.1"
        );
        let broken = history.commit('d', "c", "feat!: z");
        assert_eq!(
            pre(&broken, "beta").unwrap().version.unwrap().to_string(),
            "2.0.0-beta.1"
        );
        let first = pre(&TestHistory::default().commit('a', "", "wip"), "rc").unwrap();
        assert_eq!(first.version.unwrap().to_string(), "0.1.0-rc.1");
    }

    #[test]
    fn what_is_new_since_a_prerelease_is_judged_by_itself() {
        let revert = |letter| format!("Revert \"x\"\n\nThis reverts commit {}.", id(letter));
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'b');
        let undone = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'b');
        let undone = undone
            .commit('c', "b", "fix: y")
            .commit('d', "c", &revert('c'));
        assert_eq!(next_rc(&undone), ("1.1.0-rc.1".into(), false));
        assert_eq!(
            next_rc(&history.commit('c', "b", &revert('b'))),
            ("1.1.0-rc.2".into(), true)
        );
    }

    #[test]
    fn a_prerelease_that_exists_elsewhere_is_refused() {
        let history = released("v1.0.0")
            .commit('x', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'x')
            .commit('b', "a", "feat: y");
        assert!(
            pre(&history, "rc")
                .unwrap_err()
                .to_string()
                .contains("tag `v1.1.0-rc.1` on commit")
        );
    }

    #[test]
    fn maintenance_branch_stops_at_existing_versions() {
        let history = released("v1.0.0")
            .commit('x', "a", "feat: x")
            .tag("v1.1.0", 'x')
            .commit('b', "a", "fix: y");
        assert_eq!(version_of(&history), "1.0.1");
        let history = history.commit('c', "b", "feat: z");
        let error = run(&history, &NextOptions::default()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("tag `v1.1.0` on commit `{}`", id('x'))),
            "{error}"
        );
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("`--set-version`"))
        );
    }

    #[test]
    fn a_finalised_version_is_above_every_prerelease() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat!: x")
            .tag("v2.0.0-rc.1", 'b')
            .commit('c', "b", "fix: y");
        assert_eq!(version_of(&history), "2.0.0");
        let minor = NextOptions {
            bump: Some(Bump::Minor),
            ..NextOptions::default()
        };
        assert_eq!(
            run(&history, &minor).unwrap().version.unwrap(),
            Version::new(2, 0, 0)
        );
    }

    #[test]
    fn the_core_never_falls_below_a_prerelease() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat!: x")
            .tag("v2.0.0-rc.1", 'b');
        let revert = format!("Revert \"x\"\n\nThis reverts commit {}.", id('b'));
        assert_eq!(version_of(&history.commit('c', "b", &revert)), "2.0.0");
    }

    #[test]
    fn bump_or_version_can_be_requested() {
        let history = released("v0.3.0").commit('b', "a", "docs: x");
        let with = |options: NextOptions| {
            run(&history, &options)
                .unwrap()
                .version
                .unwrap()
                .to_string()
        };
        assert_eq!(
            with(NextOptions {
                bump: Some(Bump::Major),
                ..NextOptions::default()
            }),
            "1.0.0"
        );
        assert_eq!(
            with(NextOptions {
                version: Some(Version::new(4, 0, 0)),
                ..NextOptions::default()
            }),
            "4.0.0"
        );
    }

    fn bumped(history: &TestHistory, bump: Bump) -> Error {
        run(
            history,
            &NextOptions {
                bump: Some(bump),
                ..NextOptions::default()
            },
        )
        .unwrap_err()
    }

    #[test]
    fn a_bump_with_only_a_prerelease_is_refused() {
        let error = bumped(
            &released("v1.2.3-rc.1").commit('b', "a", "feat!: x"),
            Bump::Major,
        );
        assert!(
            error
                .to_string()
                .contains("only pre-releases such as `v1.2.3-rc.1` are reachable from HEAD"),
            "{error}"
        );
        let help = "pass `--set-version 2.0.0`, or omit `--bump`: the next version is then 1.2.3";
        assert_eq!(error.help(), Some(help));
    }

    #[test]
    fn a_bump_without_any_version_is_refused() {
        let error = bumped(
            &TestHistory::default().commit('a', "", "feat: x"),
            Bump::Minor,
        );
        assert!(error.to_string().contains("`--bump minor`"), "{error}");
        assert!(
            error
                .help()
                .unwrap()
                .contains("the next version is then 0.1.0")
        );
    }

    #[test]
    fn the_highest_number_is_an_error_not_nothing() {
        let history = released("v18446744073709551615.0.0").commit('b', "a", "feat!: x");
        let error = run(&history, &NextOptions::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("the major number of 18446744073709551615.0.0 is already the highest"),
            "{error}"
        );
        let history = released("v1.0.0-rc.18446744073709551615").commit('b', "a", "feat: x");
        let error = pre(&history, "rc").unwrap_err().to_string();
        assert!(error.starts_with("the pre-release number of"), "{error}");
    }

    #[test]
    fn lower_version_is_refused() {
        let options = NextOptions {
            version: Some(Version::new(0, 2, 0)),
            ..NextOptions::default()
        };
        assert!(run(&released("v0.3.0").commit('b', "a", "fix: x"), &options).is_err());
    }

    #[test]
    fn requested_version_is_never_replaced_by_the_base() {
        for version in ["0.3.0", "0.3.0-rc.1", "0.3.0+b"] {
            let options = NextOptions {
                version: Version::parse(version).ok(),
                ..NextOptions::default()
            };
            let error = run(&released("v0.3.0").commit('b', "a", "fix: x"), &options).unwrap_err();
            assert!(
                error.to_string().contains("not higher"),
                "{version}: {error}"
            );
        }
    }

    #[test]
    fn build_metadata_is_added() {
        let build = BuildMetadata::new("5").unwrap();
        let options = NextOptions {
            build: Some(build),
            ..NextOptions::default()
        };
        let next = run(&released("v1.0.0").commit('b', "a", "fix: x"), &options).unwrap();
        assert_eq!(next.tag().as_deref(), Some("v1.0.1+5"));
        assert_eq!(next.version.unwrap().to_string(), "1.0.1+5");
    }

    #[test]
    fn a_cut_above_the_base_is_an_error_with_the_way_out() {
        let history = TestHistory::default().commit('b', "a", "feat: x").cut('b');
        let error = run(&history, &NextOptions::default()).unwrap_err();
        assert_eq!(error.help(), Some("run `git fetch --unshallow --tags`"));
    }

    #[test]
    fn shallow_cut_at_or_below_the_base_is_fine() {
        let history = TestHistory::default()
            .commit('b', "a", "feat: x")
            .cut('b')
            .tag("v1.0.0", 'b')
            .commit('c', "b", "fix: y");
        assert_eq!(version_of(&history), "1.0.1");
    }

    #[test]
    fn a_cut_that_could_hide_a_commit_of_the_range_is_an_error() {
        // The base's own history is cut, and the side branch may or may not belong to it.
        let history = TestHistory::default()
            .commit('s', "", "feat: side")
            .commit('b', "a", "fix: x")
            .cut('b')
            .tag("v1.0.0", 'b')
            .commit('c', "bs", "Merge");
        assert!(run(&history, &NextOptions::default()).is_err());
    }

    #[test]
    fn current_is_the_base_or_the_latest_prerelease() {
        let history = released("v1.0.0")
            .commit('b', "a", "feat: x")
            .tag("v1.1.0-rc.1", 'b');
        let settings = VersionSettings::default();
        let query = VersionQuery::repository(&settings);
        let current = |history: &TestHistory, scope| {
            let tag = query.current(history, scope).unwrap().remove(0).tag;
            tag.map(|tag| tag.version.to_string())
        };
        assert_eq!(
            current(&history, CurrentScope::Stable).as_deref(),
            Some("1.0.0")
        );
        assert_eq!(
            current(&history, CurrentScope::WithPrereleases).as_deref(),
            Some("1.1.0-rc.1")
        );
        let untagged = TestHistory::default().commit('a', "", "x");
        assert_eq!(current(&untagged, CurrentScope::Stable), None);
    }

    #[test]
    fn head_decides_not_the_last_commit() {
        let history = released("v1.0.0")
            .commit('b', "a", "fix: x")
            .commit('c', "b", "feat: y")
            .head_at('b');
        assert_eq!(version_of(&history), "1.0.1");
    }

    proptest! {
        #[test]
        fn what_is_next_is_above_all_that_head_descends_from(
            graph_shape in graph_shape(),
            tags in prop::collection::vec((0_usize..20, 0_u64..3, 0_u64..3, prop::option::of(1_u64..4)), 0..6),
        ) {
            let mut history = history_from(&graph_shape);
            let mut below = Vec::new();
            let mut reached = vec![false; graph_shape.len()];
            let mut stack = vec![graph_shape.len() - 1];
            while let Some(at) = stack.pop() {
                reached[at] = true;
                stack.extend(graph_shape[at].0.iter().filter(|parent| !reached[**parent]));
            }
            for (at, major, minor, candidate) in tags {
                let at = at % graph_shape.len();
                let pre = candidate.map(|count| format!("-rc.{count}")).unwrap_or_default();
                let version = format!("{major}.{minor}.0{pre}");
                history = history.tag(&format!("v{version}"), letter(at));
                below.push((version, at));
            }
            // A name that is given twice stands where it was given last.
            let last: std::collections::HashMap<_, _> = below.into_iter().collect();
            let reachable = last.iter().filter(|(_, at)| reached[**at]).map(|(version, _)| Version::parse(version).unwrap());
            if let Ok(next) = run(&history, &NextOptions::default()) {
                let found = next.version.unwrap();
                for version in reachable {
                    prop_assert!(found > version || !next.releasable, "{found} {version}");
                }
            }
        }
    }
}
