//! The next version of a repository, or the next versions of its packages, where it has some.
//!
//! For those to whom it makes no difference which of both a repository is; decides nothing by
//! itself.

use semver::Version;

use crate::config::{Package, VersionSettings};
use crate::error::Result;
use crate::history::History;
use crate::history::next::{Next, NextOptions, propose};
use crate::history::packages::{PackageNext, PackageSettings, Packages, propose_packages};
use crate::history::signs::Evidence;
use crate::history::unknown::UnknownVersion;

/// The next version of a repository, or those of its packages.
#[derive(Debug, Clone)]
pub enum Versions {
    /// The repository has one version.
    Repository(Box<Next>),
    /// Each package has its own.
    Packages(Packages),
}

/// Something that has versions.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// The package; `None`: the repository.
    pub package: Option<&'a PackageNext>,
    /// Its next version and what it follows from.
    pub next: &'a Next,
}

impl<'a> From<&'a Next> for Unit<'a> {
    fn from(next: &'a Next) -> Self {
        Self {
            package: None,
            next,
        }
    }
}

/// Something that is to be released.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseUnit<'a> {
    /// The package; `None`: the repository.
    pub package: Option<&'a PackageNext>,
    /// Its next version and what it follows from.
    pub next: &'a Next,
    /// Its next version.
    pub version: &'a Version,
}

impl Versions {
    /// Proposes the next versions; one that is unknown or exists already is not an error.
    ///
    /// `only` names the one package that is asked about. `evidence` is asked for signs of earlier
    /// releases.
    ///
    /// # Errors
    ///
    /// Fails as [`propose`] and [`propose_packages`] do.
    pub fn propose<H: History>(
        history: &H,
        (version, packages): (&VersionSettings, &[Package]),
        only: Option<&str>,
        options: &NextOptions,
        evidence: Option<&dyn Evidence>,
    ) -> Result<Self> {
        if packages.is_empty() && only.is_none() {
            return propose(history, version, options, evidence)
                .map(|next| Self::Repository(Box::new(next)));
        }
        let settings = PackageSettings {
            packages,
            version,
            only,
        };
        propose_packages(history, settings, options, evidence).map(Self::Packages)
    }

    /// All that has versions, releasable or not.
    #[must_use]
    pub fn all(&self) -> Vec<Unit<'_>> {
        match self {
            Self::Repository(next) => vec![Unit::from(&**next)],
            Self::Packages(found) => found.packages.iter().map(Unit::from).collect(),
        }
    }

    /// What is releasable.
    #[must_use]
    pub fn releasable(&self) -> Vec<ReleaseUnit<'_>> {
        self.all()
            .into_iter()
            .filter_map(Unit::releasable)
            .collect()
    }

    /// Why next versions are unknown.
    #[must_use]
    pub fn unknown(&self) -> Vec<&UnknownVersion> {
        self.all()
            .into_iter()
            .filter_map(|unit| unit.next.version.as_ref().err())
            .collect()
    }

    /// Makes sure that every next version is known.
    ///
    /// # Errors
    ///
    /// Fails if one is not.
    pub fn require_known(&self) -> Result<()> {
        require_all_known(&self.unknown())
    }
}

impl<'a> Unit<'a> {
    /// The same, if it can be released.
    #[must_use]
    pub fn releasable(self) -> Option<ReleaseUnit<'a>> {
        let version = self
            .next
            .version
            .as_ref()
            .ok()
            .filter(|_| self.next.releasable)?;
        Some(ReleaseUnit {
            package: self.package,
            next: self.next,
            version,
        })
    }
}

/// Fails if a version is unknown: with the first of them, and how many there are.
pub(super) fn require_all_known(unknown: &[&UnknownVersion]) -> Result<()> {
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let error = first.to_error();
    Err(match unknown.len() {
        1 => error,
        count => error.context(&format!(
            "the next versions of {count} packages are unknown"
        )),
    })
}

impl<'a> From<&'a PackageNext> for Unit<'a> {
    fn from(package: &'a PackageNext) -> Self {
        Self {
            package: Some(package),
            next: &package.next,
        }
    }
}
