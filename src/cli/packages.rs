//! `--package NAME`, for all commands that print versions of packages.

use crate::config::Config;
use crate::history::VersionQuery;

/// Which package is shown.
#[derive(Debug, clap::Args)]
pub(super) struct PackageFilter {
    /// Show only this package.
    #[arg(long, value_name = "NAME")]
    pub(super) package: Option<String>,
}

impl PackageFilter {
    /// The units that are shown.
    pub(super) fn query<'a>(&'a self, config: &'a Config) -> VersionQuery<'a> {
        VersionQuery::new(config, self.package.as_deref())
    }
}
