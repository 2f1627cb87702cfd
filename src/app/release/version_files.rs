//! What the version files of a commit say, for those who judge a release.

use crate::config::Config;
use crate::error::Result;
use crate::history::ReleaseUnit;
use crate::release::{
    FileVersion, Tree, UnversionedWorkspace, VersionFiles, read_versions, unversioned_workspaces,
};
use crate::rules::VersionInFile;

/// The version files of a package, or of the repository.
pub(crate) fn version_files_of<'a>(config: &'a Config, package: Option<&str>) -> VersionFiles<'a> {
    let named = |name: &str| config.packages.iter().find(|package| package.name == name);
    match package.and_then(named) {
        Some(package) => VersionFiles::of_package(package),
        None => VersionFiles::of_repository(&config.release),
    }
}

fn version_files<'a>(config: &'a Config, due: &ReleaseUnit<'_>) -> VersionFiles<'a> {
    version_files_of(config, due.package.map(|package| package.name.as_str()))
}

/// The versions in the version files of all that is released, as far as they mean semantic
/// versions.
///
/// What is released for the first time has no version to compare with.
///
/// # Errors
///
/// Fails if a version file cannot be read.
pub(crate) fn file_versions(
    tree: &dyn Tree,
    config: &Config,
    due: &[ReleaseUnit<'_>],
) -> Result<Vec<VersionInFile>> {
    let mut found = Vec::new();
    for due in due {
        let Some(base) = &due.next.base else { continue };
        let prereleases: Vec<_> = due
            .next
            .prereleases()
            .map(|tag| tag.version.clone())
            .collect();
        for FileVersion {
            path,
            text,
            version,
            place,
        } in read_versions(&version_files(config, due), tree)?
        {
            let Some(version) = version else { continue };
            found.push(VersionInFile {
                path,
                text,
                version,
                base: base.version.clone(),
                prereleases: prereleases.clone(),
                next: due.version.clone(),
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
pub(crate) fn skipped_workspaces(
    tree: &dyn Tree,
    config: &Config,
    due: &[ReleaseUnit<'_>],
) -> Result<Vec<UnversionedWorkspace>> {
    let of = |due: &ReleaseUnit<'_>| unversioned_workspaces(&version_files(config, due), tree);
    Ok(due.iter().map(of).collect::<Result<Vec<_>>>()?.concat())
}
