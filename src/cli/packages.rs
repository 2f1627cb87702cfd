//! `--package NAME`, for all commands that answer for packages.

use crate::config::Config;
use crate::history::PackageSettings;

/// Which package is asked about.
#[derive(Debug, clap::Args)]
pub(super) struct Chosen {
    /// Show only this package.
    #[arg(long, value_name = "NAME")]
    pub(super) package: Option<String>,
}

impl Chosen {
    /// What is asked about packages; `None` where there are none and none is named: the repository
    /// has one version.
    pub(super) fn settings<'a>(&'a self, config: &'a Config) -> Option<PackageSettings<'a>> {
        let only = self.package.as_deref();
        (only.is_some() || !config.packages.is_empty()).then_some(PackageSettings {
            packages: &config.packages,
            version: &config.version,
            only,
        })
    }
}
