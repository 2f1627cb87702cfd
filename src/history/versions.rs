//! The units of a repository and their versions: a repository without packages is one unit, each
//! package of another is one.

use semver::Version;

use crate::config::{Config, Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::History;
use crate::history::base::{Base, BaseSearch, BaseSearchResult};
use crate::history::graph::{Graph, Node};
use crate::history::next::{CurrentScope, NextOptions, NextVersion, head, next_of_repository};
use crate::history::packages::next_of_packages;
use crate::history::release_signs::Evidence;
use crate::history::tags::VersionTags;
use crate::source::closest;

/// Computes the versions of a repository, or of one of its packages.
#[derive(Debug, Clone, Copy)]
pub struct VersionQuery<'a> {
    /// How versions are computed; the prefix of a package's tags is the package's.
    pub(crate) settings: &'a VersionSettings,
    /// All packages of the configuration; none: the repository has one version.
    pub(crate) packages: &'a [Package],
    /// The one package that is asked about; `None`: all units.
    pub(crate) only: Option<&'a str>,
    /// What can show that a unit had releases before; `None`: only its tags.
    pub(crate) evidence: Option<&'a dyn Evidence>,
}

/// The versions of the selected units.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Versions {
    /// In the order of the configuration; at least one.
    pub units: Vec<Unit>,
    /// How many commits since the bases belong to no package, without merges; 0 if the repository
    /// has no packages.
    pub(crate) unassigned: usize,
    /// Whether one version was asked for: that of the repository, or that of a named package.
    pub(crate) is_single: bool,
}

/// Something with its own versions: a repository without packages, or a package.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unit {
    /// The name of the package; `None`: the repository.
    pub name: Option<String>,
    /// The next version; the commits of a package are those that touch it.
    pub next: NextVersion,
    /// The packages that this one depends on and that have changes to release: because of them it
    /// gets at least a patch. If it is released alone, they are not part of the release.
    pub bumped_by: Vec<String>,
}

/// A unit that is due for release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DueUnit<'a> {
    /// The unit.
    pub(crate) unit: &'a Unit,
    /// Its next version.
    pub(crate) version: &'a Version,
}

/// The current version of a unit.
#[derive(Debug, Clone)]
pub(crate) struct CurrentVersion {
    /// The name of the package; `None`: the repository.
    pub(crate) name: Option<String>,
    /// The tag of the version; `None`: there is none.
    pub(crate) tag: Option<Base>,
}

impl<'a> VersionQuery<'a> {
    /// All units of a configuration, or the package with the name `only`.
    #[must_use]
    pub fn new(config: &'a Config, only: Option<&'a str>) -> Self {
        Self {
            settings: &config.version,
            packages: &config.packages,
            only,
            evidence: None,
        }
    }

    /// The whole repository as one unit.
    #[must_use]
    pub const fn repository(settings: &'a VersionSettings) -> Self {
        Self {
            settings,
            packages: &[],
            only: None,
            evidence: None,
        }
    }

    /// Looks for signs of earlier releases in `evidence` if no version tag of a unit is reachable from
    /// HEAD: with such signs, the next version is unknown instead of the initial one.
    #[must_use]
    pub(crate) const fn with_evidence(self, evidence: &'a dyn Evidence) -> Self {
        Self {
            evidence: Some(evidence),
            ..self
        }
    }

    /// Computes the next versions of HEAD.
    ///
    /// # Errors
    ///
    /// Fails on an unborn branch, if history is missing, if a version would go backwards, is unknown or
    /// exists already, if there is no package of that name, and if a bump or a version is requested of
    /// all packages at once.
    pub fn next<H: History>(self, history: &H, options: &NextOptions) -> Result<Versions> {
        let versions = self.propose(history, options)?;
        versions.require_known()?;
        versions.require_new_tags()?;
        Ok(versions)
    }

    /// The same, but a version that is unknown or exists already is not an error: [`NextVersion`]
    /// says so.
    ///
    /// # Errors
    ///
    /// Fails on an unborn branch, if history is missing, if a version would go backwards, if there
    /// is no package of that name, and if a bump or a version is requested of all packages at once.
    pub(crate) fn propose<H: History>(
        self,
        history: &H,
        options: &NextOptions,
    ) -> Result<Versions> {
        if self.has_packages() {
            return next_of_packages(self, history, options);
        }
        let next = next_of_repository(history, self, options)?;
        Ok(Versions {
            units: vec![Unit {
                name: None,
                next,
                bumped_by: Vec::new(),
            }],
            unassigned: 0,
            is_single: true,
        })
    }

    /// The current versions: those of the bases, or the highest reachable ones within the scope.
    ///
    /// # Errors
    ///
    /// Fails on an unborn branch, if history is missing, and if there is no package of that name.
    pub(crate) fn current<H: History>(
        self,
        history: &H,
        scope: CurrentScope,
    ) -> Result<Vec<CurrentVersion>> {
        let units = self.units()?;
        let mut graph = Graph::new(history);
        let head = graph.node(head(history)?);
        let found = find_bases(&mut graph, head, &self.version_tags(history, &units)?)?;
        Ok(units
            .iter()
            .zip(found)
            .map(|(package, found)| CurrentVersion {
                name: package.map(|package| package.name.clone()),
                tag: found.current(scope),
            })
            .collect())
    }

    /// The packages that are asked about, in the order of the configuration; without packages the
    /// repository, which is `None`.
    ///
    /// # Errors
    ///
    /// Fails if there is no package of that name.
    pub(crate) fn units(self) -> Result<Vec<Option<&'a Package>>> {
        Ok(match self.only {
            Some(name) => vec![Some(&self.packages[self.index_of(name)?])],
            None => self.all_units(),
        })
    }

    /// Whether one version is asked for: that of the repository, or that of a named package.
    #[must_use]
    pub(crate) const fn is_single(self) -> bool {
        self.only.is_some() || self.packages.is_empty()
    }

    /// Whether the units are packages, even if none has the name that is asked about.
    const fn has_packages(self) -> bool {
        self.only.is_some() || !self.packages.is_empty()
    }

    /// All packages of the configuration; without packages the repository.
    pub(super) fn all_units(self) -> Vec<Option<&'a Package>> {
        match self.packages {
            [] => vec![None],
            packages => packages.iter().map(Some).collect(),
        }
    }

    /// The index of the package with a name.
    pub(super) fn index_of(self, name: &str) -> Result<usize> {
        let names = || self.packages.iter().map(|package| package.name.as_str());
        names().position(|known| known == name).ok_or_else(|| {
            let help = match closest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "packages are defined in the configuration under `[[package]]`".to_owned(),
            };
            Error::usage(format!("there is no package `{name}`"), help)
        })
    }

    /// The version tags of units: packages, or the repository.
    pub(super) fn version_tags<'h, H: History>(
        self,
        history: &'h H,
        units: &[Option<&Package>],
    ) -> Result<Vec<VersionTags<'h, H>>> {
        let names: Vec<_> = if self.has_packages() {
            history.tag_names()?.collect()
        } else {
            Vec::new()
        };
        let of_unit = |unit: &Option<&Package>| match unit {
            Some(package) => Ok(VersionTags::with_prefix(
                history,
                &names,
                &package.tag_prefix,
            )),
            None => VersionTags::collect(history, self.settings.tag_prefix.as_deref()),
        };
        units.iter().map(of_unit).collect()
    }
}

impl Versions {
    /// The next version of a repository without packages.
    #[must_use]
    pub(crate) fn repository(&self) -> Option<&NextVersion> {
        let repository = self.units.iter().find(|unit| unit.name.is_none())?;
        Some(&repository.next)
    }

    /// The units that are due for release.
    #[must_use]
    pub(crate) fn due(&self) -> Vec<DueUnit<'_>> {
        self.units.iter().filter_map(Unit::due).collect()
    }

    /// Makes sure that every next version is known.
    ///
    /// # Errors
    ///
    /// Fails if one is not: with the first of them, and how many there are.
    pub(crate) fn require_known(&self) -> Result<()> {
        let mut errors = self.units.iter().filter_map(Unit::unknown_error);
        let Some(first) = errors.next() else {
            return Ok(());
        };
        Err(match errors.count() {
            0 => first,
            others => first.context(&format!(
                "the next versions of {} packages are unknown",
                others + 1
            )),
        })
    }

    /// Makes sure that no next version exists already.
    ///
    /// # Errors
    ///
    /// Fails if one does.
    pub(crate) fn require_new_tags(&self) -> Result<()> {
        self.units.iter().try_for_each(|unit| {
            unit.next
                .refuse_existing_tag()
                .map_err(|error| unit.context(error))
        })
    }
}

impl Unit {
    /// The same, if it is due for release.
    #[must_use]
    pub(crate) fn due(&self) -> Option<DueUnit<'_>> {
        let version = self.next.version.as_ref().ok()?;
        self.next.releasable.then_some(DueUnit {
            unit: self,
            version,
        })
    }

    /// The package in the configuration; `None`: the repository.
    #[must_use]
    pub(crate) fn package<'c>(&self, config: &'c Config) -> Option<&'c Package> {
        config.package(self.name.as_deref()?)
    }

    /// The error of an unknown version.
    fn unknown_error(&self) -> Option<Error> {
        let unknown = self.next.version.as_ref().err()?;
        Some(self.context(unknown.to_error()))
    }

    /// Says which package an error is about.
    fn context(&self, error: Error) -> Error {
        match &self.name {
            Some(name) => error.context(&package_label(name)),
            None => error,
        }
    }
}

/// A package in messages.
pub(super) fn package_label(name: &str) -> String {
    format!("package `{name}`")
}

/// The bases of units, found in one walk.
pub(super) fn find_bases<H: History>(
    graph: &mut Graph<'_, H>,
    head: Node,
    tags: &[VersionTags<'_, H>],
) -> Result<Vec<BaseSearchResult>> {
    let mut search = BaseSearch::start(graph, head)?;
    tags.iter().map(|tags| search.base(tags)).collect()
}
