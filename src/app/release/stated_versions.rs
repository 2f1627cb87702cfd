//! The versions in the version files of a commit, for the check of a release.

use crate::config::{Config, Package, ReleaseVia};
use crate::error::Result;
use crate::history::{DueUnit, Tree};
use crate::release::{
    FileVersion, UnversionedWorkspace, VersionFiles, VersionInFile, read_versions,
    unversioned_workspaces,
};

/// The version files of a package, or of the repository.
pub(crate) fn version_files<'a>(
    config: &'a Config,
    package: Option<&'a Package>,
) -> VersionFiles<'a> {
    match package {
        Some(package) => VersionFiles::of_package(package),
        None => VersionFiles::of_repository(&config.release),
    }
}

/// The versions in the version files of everything that is released, if they are semantic versions.
///
/// A first release has no version to compare with, and a release of tags alone leaves the files to
/// people.
///
/// # Errors
///
/// Fails if a version file cannot be read.
pub(crate) fn file_versions(
    tree: &dyn Tree,
    config: &Config,
    due: &[DueUnit<'_>],
) -> Result<Vec<VersionInFile>> {
    let mut found = Vec::new();
    if config.release.via == ReleaseVia::Tag {
        return Ok(found);
    }
    for due in due {
        let Some(base) = &due.unit.next.base else {
            continue;
        };
        let prereleases: Vec<_> = due
            .unit
            .next
            .prereleases()
            .map(|tag| tag.version.clone())
            .collect();
        for FileVersion {
            path,
            text,
            version,
            place,
        } in read_versions(&version_files(config, due.unit.package(config)), tree)?
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

/// The workspaces that a release does not change, because their roots have no publishable version;
/// empty if it changes no files at all.
///
/// # Errors
///
/// Fails if the root of a workspace cannot be read.
pub(crate) fn skipped_workspaces(
    tree: &dyn Tree,
    config: &Config,
    due: &[DueUnit<'_>],
) -> Result<Vec<UnversionedWorkspace>> {
    let mut skipped = Vec::new();
    if config.release.via == ReleaseVia::Tag {
        return Ok(skipped);
    }
    for due in due {
        let files = version_files(config, due.unit.package(config));
        skipped.extend(unversioned_workspaces(&files, tree)?);
    }
    Ok(skipped)
}
