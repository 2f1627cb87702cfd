//! The version files of everything that one release gives a version: the repository, or several
//! packages.
//!
//! The edits are applied one after the other, each to the result of the earlier ones. No edit may
//! undo another: no token can be the version of two packages.

use semver::Version;

use super::file_edits::{EditedTree, FileEdit};
use super::version_files::{VersionFiles, edit_version_files};
use crate::error::{Error, Result};
use crate::history::Tree;

/// The version of a package or the repository, and the files that contain it.
#[derive(Debug, Clone)]
pub(crate) struct VersionTarget<'a> {
    /// The package; `None`: the repository.
    pub(crate) package: Option<&'a str>,
    /// Its version files.
    pub(crate) files: VersionFiles<'a>,
    /// The new version.
    pub(crate) version: &'a Version,
}

/// Writes each version to its files, in one set of edits.
///
/// If a package depends on another by a path in the same Cargo or npm workspace, its requirement is
/// updated. The edits are sorted by path and contain the change of each token.
///
/// # Errors
///
/// Fails as [`edit_version_files`] does, naming the package, and if two packages have their
/// versions in one place.
pub(crate) fn edit_versions(
    released: &[VersionTarget<'_>],
    tree: &dyn Tree,
) -> Result<Vec<FileEdit>> {
    let mut edited = EditedTree::new(tree);
    for one in released {
        let edits = edits(one, &edited)?;
        edited.add(edits);
    }
    // A file with its new version has nothing left to edit, unless another version was written over
    // it.
    for one in released.iter().take(released.len().saturating_sub(1)) {
        if let Some(edit) = edits(one, &edited)?.first() {
            let (path, package) = (&edit.path, one.package.unwrap_or_default());
            return Err(Error::usage(
                format!(
                    "package `{package}` and another package store their versions in the same place in `{path}`"
                ),
                "give each package its own version file; packages that share a version must be one package",
            ));
        }
    }
    Ok(edited.edits.into_values().collect())
}

fn edits(one: &VersionTarget<'_>, tree: &dyn Tree) -> Result<Vec<FileEdit>> {
    edit_version_files(&one.files, tree, one.version).map_err(|error| match one.package {
        None => error,
        Some(package) => error.context(&format!("package `{package}`")),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::VersionFile;
    use crate::release::testing::{texts, tree};

    /// The files after packages, by the files that they list, got their versions.
    fn edited(
        files: &[(&str, &str)],
        packages: &[(&str, &[&str], &str)],
    ) -> Result<BTreeMap<String, String>> {
        let tree = tree(files);
        let listed = |path: &&str| VersionFile {
            file: (*path).to_owned(),
            pattern: None,
        };
        let parsed: Vec<(Vec<VersionFile>, Version)> = packages
            .iter()
            .map(|(_, files, version)| {
                (files.iter().map(listed).collect(), version.parse().unwrap())
            })
            .collect();
        let named = packages.iter().zip(&parsed);
        let released: Vec<_> = named
            .map(|((package, ..), (files, version))| VersionTarget {
                package: Some(package),
                files: VersionFiles::Listed(files),
                version,
            })
            .collect();
        edit_versions(&released, &tree).map(texts)
    }

    const CARGO: &[(&str, &str)] = &[
        ("Cargo.toml", "workspace.members = ['core', 'cli']"),
        (
            "core/Cargo.toml",
            "package.name = 'core'\npackage.version = '1.2.0'",
        ),
        (
            "cli/Cargo.toml",
            "package.name = 'cli'\npackage.version = '1.2.0'\ndependencies.core = { path = '../core', version = '=1.2.0' }",
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = 'cli'\nversion = '1.2.0'\ndependencies = ['core']\n\
             [[package]]\nname = 'core'\nversion = '1.2.0'",
        ),
    ];

    #[test]
    fn requirements_follow_in_any_order() {
        let core: (&str, &[&str], &str) = ("core", &["core/Cargo.toml"], "1.3.0");
        let cli: (&str, &[&str], &str) = ("cli", &["cli/Cargo.toml"], "2.0.0");
        let after = edited(CARGO, &[core, cli]).unwrap();
        let expected = CARGO[2]
            .1
            .replace("package.version = '1.2.0'", "package.version = '2.0.0'");
        assert_eq!(
            after["cli/Cargo.toml"],
            expected.replace("=1.2.0", "=1.3.0")
        );
        assert_eq!(
            after["core/Cargo.toml"],
            CARGO[1].1.replace("1.2.0", "1.3.0")
        );
        let lock = CARGO[3]
            .1
            .replacen("1.2.0", "2.0.0", 1)
            .replacen("1.2.0", "1.3.0", 1);
        assert_eq!(after["Cargo.lock"], lock);
        assert_eq!(edited(CARGO, &[cli, core]).unwrap(), after);
    }

    #[test]
    fn members_of_an_npm_workspace_follow_too() {
        let files = [
            ("package.json", r#"{"workspaces": ["core", "cli"]}"#),
            (
                "core/package.json",
                r#"{"name": "core", "version": "1.2.0"}"#,
            ),
            (
                "cli/package.json",
                r#"{"name": "cli", "version": "0.2.0", "dependencies": {"core": "~1.2.0"}}"#,
            ),
        ];
        let packages: [(&str, &[&str], &str); 2] = [
            ("cli", &["cli/package.json"], "0.3.0"),
            ("core", &["core/package.json"], "1.3.0"),
        ];
        let after = edited(&files, &packages).unwrap();
        assert_eq!(
            after["cli/package.json"],
            files[2]
                .1
                .replace("0.2.0", "0.3.0")
                .replace("~1.2.0", "~1.3.0")
        );
    }

    #[test]
    fn one_place_cannot_have_two_versions() {
        let files = [(
            "Cargo.toml",
            "workspace.members = []\nworkspace.package.version = '1.2.0'",
        )];
        let packages: [(&str, &[&str], &str); 2] = [
            ("core", &["Cargo.toml"], "1.3.0"),
            ("cli", &["Cargo.toml"], "2.0.0"),
        ];
        let error = edited(&files, &packages).unwrap_err();
        assert_eq!(
            error.to_string(),
            "package `core` and another package store their versions in the same place in `Cargo.toml`"
        );
        let same = [packages[0], ("cli", packages[1].1, "1.3.0")];
        assert!(edited(&files, &same).is_ok());
    }

    #[test]
    fn an_error_names_the_package() {
        let error = edited(&[], &[("core", &["core/Cargo.toml"], "1.3.0")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "package `core`: `core/Cargo.toml` is not in the commit"
        );
    }
}
