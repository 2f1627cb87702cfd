//! The next version of a repository, or the next versions of its packages, where it has some.
//!
//! For those to whom it makes no difference which of both a repository is; decides nothing by itself.

use crate::config::{Package, VersionSettings};
use crate::error::Result;
use crate::history::History;
use crate::history::next::{Next, NextOptions, propose};
use crate::history::packages::{PackageNext, PackageSettings, Packages, propose_packages};

/// The next version of a repository, or those of its packages.
#[derive(Debug, Clone)]
pub enum Versions {
    /// The repository has one version.
    Whole(Box<Next>),
    /// Each package has its own.
    Packages(Packages),
}

/// Something that is to be released.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    /// The package; `None`: the repository.
    pub package: Option<&'a PackageNext>,
    /// Its next version.
    pub next: &'a Next,
}

impl Versions {
    /// Proposes the next versions; one that exists already is no failure but told in [`Next::taken`].
    ///
    /// `only` names the one package that is asked about. Fails as [`propose`] and [`propose_packages`] do.
    pub fn propose<H: History>(
        history: &H,
        (version, packages): (&VersionSettings, &[Package]),
        only: Option<&str>,
        options: &NextOptions,
    ) -> Result<Self> {
        if packages.is_empty() && only.is_none() {
            return propose(history, version, options).map(|next| Self::Whole(Box::new(next)));
        }
        propose_packages(history, PackageSettings { packages, version, only }, options).map(Self::Packages)
    }

    /// Every next version, releasable or not, with its package.
    #[must_use]
    pub fn all(&self) -> Vec<Due<'_>> {
        match self {
            Self::Whole(next) => vec![Due { package: None, next }],
            Self::Packages(found) => {
                found.packages.iter().map(|package| Due { package: Some(package), next: &package.next }).collect()
            }
        }
    }

    /// What is releasable.
    #[must_use]
    pub fn due(&self) -> Vec<Due<'_>> {
        self.all().into_iter().filter(|due| due.next.releasable).collect()
    }
}
