//! `--package NAME`, for all commands that print versions of packages.

use crate::config::Config;
use crate::history::PackageSettings;

/// Which package is shown.
#[derive(Debug, clap::Args)]
pub(super) struct PackageFilter {
    /// Show only this package.
    #[arg(long, value_name = "NAME")]
    pub(super) package: Option<String>,
}

impl PackageFilter {
    /// The settings for packages; `None` if there are none and none is named: the repository has one
    /// version.
    pub(super) fn settings<'a>(&'a self, config: &'a Config) -> Option<PackageSettings<'a>> {
        let only = self.package.as_deref();
        (only.is_some() || !config.packages.is_empty()).then_some(PackageSettings {
            packages: &config.packages,
            version: &config.version,
            only,
        })
    }
}
