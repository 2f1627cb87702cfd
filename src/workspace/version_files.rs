//! What the version files of a commit say, for those who judge a release.

use crate::config::{Config, Package};
use crate::error::Result;
use crate::history::{Due, PackageNext};
use crate::release::{FileVersion, Tree, UnversionedWorkspace, VersionFiles, read_versions, unversioned_workspaces};
use crate::rules::VersionInFile;

/// The version files of a package, or of the repository.
pub(super) fn version_files<'a>(config: &'a Config, package: Option<&PackageNext>) -> VersionFiles<'a> {
    match package.and_then(|found| find_package(config, found)) {
        Some(package) => VersionFiles::of_package(package),
        None => VersionFiles::of_repository(&config.release),
    }
}

fn find_package<'a>(config: &'a Config, found: &PackageNext) -> Option<&'a Package> {
    config.packages.iter().find(|package| package.name == found.name)
}

/// The versions in the version files of all that is released, as far as they mean semantic versions.
///
/// What is released for the first time has no version to compare with.
///
/// # Errors
///
/// Fails if a version file cannot be read.
pub(super) fn file_versions(tree: &dyn Tree, config: &Config, due: &[Due<'_>]) -> Result<Vec<VersionInFile>> {
    let mut found = Vec::new();
    for Due { package, next } in due {
        let Some(base) = &next.base else { continue };
        let prereleases: Vec<_> = next.prereleases().map(|tag| tag.version.clone()).collect();
        for FileVersion { path, text, version, place } in read_versions(&version_files(config, *package), tree)? {
            let Some(version) = version else { continue };
            found.push(VersionInFile {
                path,
                text,
                version,
                base: base.version.clone(),
                prereleases: prereleases.clone(),
                next: next.version.clone(),
                place,
            });
        }
    }
    Ok(found)
}

/// The workspaces that a release does not change, as their roots have no version to be published.
///
/// # Errors
///
/// Fails if the root of a workspace cannot be read.
pub(super) fn skipped_workspaces(
    tree: &dyn Tree,
    config: &Config,
    due: &[Due<'_>],
) -> Result<Vec<UnversionedWorkspace>> {
    let of = |due: &Due<'_>| unversioned_workspaces(&version_files(config, due.package), tree);
    Ok(due.iter().map(of).collect::<Result<Vec<_>>>()?.concat())
}
