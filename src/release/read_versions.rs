//! The versions in the version files of a commit.
//!
//! Only reads them. The caller compares them with the version to be released.

use semver::Version;

use super::python::{self, PythonVersion};
use super::version_files;
use super::version_files::{VersionFiles, files_by_format, found_manifests};
use super::version_pattern;
use crate::config::VersionFile;
use crate::error::Result;
use crate::history::Tree;
use crate::repo_path::folder;
use crate::source::{Source, Span};

/// The version in a version file.
#[derive(Debug, Clone)]
pub(crate) struct FileVersion {
    /// The file.
    pub(crate) path: String,
    /// The version as the file spells it.
    pub(crate) text: String,
    /// The semantic version of the text; `None` if it is not one.
    pub(crate) version: Option<Version>,
    /// The text that contains the version, and the span; `None` if that text is not UTF-8.
    pub(crate) place: Option<(Source, Span)>,
}

/// The root of a workspace that has no version itself, so that a release does not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnversionedWorkspace {
    /// Its manifest.
    pub(crate) path: String,
    /// The manifests of its members, sorted.
    pub(crate) members: Vec<String>,
}

/// The versions in the version files, in the order in which a release edits the files.
///
/// # Errors
///
/// Fails if a file is missing or cannot be read.
pub(crate) fn read_versions(files: &VersionFiles<'_>, tree: &dyn Tree) -> Result<Vec<FileVersion>> {
    let mut found = Vec::new();
    for (format, paths) in files_by_format(files, tree)? {
        for path in paths {
            if let Some((source, token)) = (format.read)(&path, tree)? {
                let version = meaning(&path, &token.text);
                found.push(FileVersion {
                    path,
                    text: token.text,
                    version,
                    place: Some((source, token.span)),
                });
            }
        }
    }
    let listed = if let VersionFiles::Listed(listed) = files {
        listed
    } else {
        &[][..]
    };
    for VersionFile { file, pattern } in listed {
        if let Some(pattern) = pattern {
            found.extend(matches_of(file, pattern, tree)?);
        }
    }
    Ok(found)
}

/// The versions in the manifests of a workspace's members, as far as they have versions to be
/// published.
///
/// # Errors
///
/// Fails if a manifest cannot be read.
pub(crate) fn member_versions(
    workspace: &UnversionedWorkspace,
    tree: &dyn Tree,
) -> Result<Vec<FileVersion>> {
    let folders = workspace.members.iter().map(|path| folder(path)).collect();
    let mut found = read_versions(&VersionFiles::InFolders(folders), tree)?;
    found.retain(|file| workspace.members.contains(&file.path));
    Ok(found)
}

/// The versions that a pattern finds in a file.
fn matches_of(path: &str, pattern: &str, tree: &dyn Tree) -> Result<Vec<FileVersion>> {
    let file = tree
        .file(path)?
        .ok_or_else(|| version_files::missing(path))?;
    let source = version_files::text(path, &file.bytes).ok();
    let found = version_pattern::find_versions(path, &file.bytes, pattern)?
        .into_iter()
        .map(|span| {
            let text = String::from_utf8_lossy(&file.bytes[span.start..span.end]).into_owned();
            let version = meaning(path, &text);
            FileVersion {
                path: path.to_owned(),
                text,
                version,
                place: source.clone().map(|source| (source, span)),
            }
        });
    Ok(found.collect())
}

/// The workspaces whose roots would be edited without being listed, if they had a version.
///
/// # Errors
///
/// Fails if the root of a workspace cannot be read.
pub(crate) fn unversioned_workspaces(
    files: &VersionFiles<'_>,
    tree: &dyn Tree,
) -> Result<Vec<UnversionedWorkspace>> {
    let mut workspaces = Vec::new();
    for (format, path, has_version) in found_manifests(files, tree)? {
        let Some(list_members) = format.members.filter(|_| !has_version) else {
            continue;
        };
        let members = list_members(&path, tree)?;
        if !members.is_empty() {
            workspaces.push(UnversionedWorkspace { path, members });
        }
    }
    Ok(workspaces)
}

/// The semantic version that the text in a version file stands for.
fn meaning(path: &str, text: &str) -> Option<Version> {
    if python::spells_versions_of(path) {
        return PythonVersion::parse(text).map(|python| python.version);
    }
    Version::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::testing::tree;

    /// The path, text and meaning of each version.
    fn found(
        files: &VersionFiles<'_>,
        texts: &[(&str, &str)],
    ) -> Vec<(String, String, Option<String>)> {
        let found = read_versions(files, &tree(texts)).unwrap().into_iter();
        found
            .map(|one| {
                (
                    one.path,
                    one.text,
                    one.version.map(|version| version.to_string()),
                )
            })
            .collect()
    }

    fn one(path: &str, text: &str, meant: &str) -> (String, String, Option<String>) {
        (path.into(), text.into(), Some(meant.into()))
    }

    #[test]
    fn every_known_format_has_a_version() {
        let texts = [
            ("Cargo.toml", "workspace.package.version = '1.2.0'"),
            ("package.json", r#"{"version": "1.2.0"}"#),
            ("pyproject.toml", "project.version = '1.2rc1'"),
        ];
        let expected = [
            one("Cargo.toml", "1.2.0", "1.2.0"),
            one("package.json", "1.2.0", "1.2.0"),
            one("pyproject.toml", "1.2rc1", "1.2.0-rc.1"),
        ];
        assert_eq!(found(&VersionFiles::InFolders(vec![""]), &texts), expected);
    }

    #[test]
    fn a_pattern_finds_versions_in_any_file() {
        let listed = [VersionFile {
            file: "a.md".into(),
            pattern: Some("x@(?<version>[0-9.]+)".into()),
        }];
        let expected = [
            one("a.md", "1.2.0", "1.2.0"),
            ("a.md".into(), "1.2".into(), None),
        ];
        assert_eq!(
            found(&VersionFiles::Listed(&listed), &[("a.md", "x@1.2.0 x@1.2")]),
            expected
        );
    }

    #[test]
    fn an_inherited_version_is_that_of_the_workspace() {
        let texts = [
            (
                "Cargo.toml",
                "workspace.members = ['a']\nworkspace.package.version = '1.2.0'",
            ),
            (
                "a/Cargo.toml",
                "package.name = 'a'\npackage.version.workspace = true",
            ),
        ];
        assert_eq!(
            found(&VersionFiles::InFolders(vec!["a"]), &texts),
            [one("a/Cargo.toml", "1.2.0", "1.2.0")]
        );
    }

    #[test]
    fn a_workspace_without_a_version_lists_its_members() {
        let texts = [
            (
                "Cargo.toml",
                "workspace.members = ['crates/*']\nworkspace.exclude = ['crates/x']",
            ),
            ("crates/a/Cargo.toml", "package.version = '1.2.0'"),
            ("crates/x/Cargo.toml", "package.version = '1.2.0'"),
            (
                "package.json",
                r#"{"private": true, "version": "1.0.0", "workspaces": ["web"]}"#,
            ),
            ("web/package.json", "{}"),
        ];
        let workspaces =
            unversioned_workspaces(&VersionFiles::InFolders(vec![""]), &tree(&texts)).unwrap();
        let expected = [
            ("Cargo.toml", "crates/a/Cargo.toml"),
            ("package.json", "web/package.json"),
        ];
        let expected = expected.map(|(path, member)| UnversionedWorkspace {
            path: path.into(),
            members: vec![member.into()],
        });
        assert_eq!(workspaces, expected);
    }

    #[test]
    fn a_workspace_with_a_version_or_without_members_is_left_out() {
        for text in [
            "workspace.members = ['a']\nworkspace.package.version = '1.2.0'",
            "[workspace]",
            "package.name = 'a'",
        ] {
            let texts = [("Cargo.toml", text), ("a/Cargo.toml", "")];
            assert_eq!(
                unversioned_workspaces(&VersionFiles::InFolders(vec![""]), &tree(&texts)).unwrap(),
                [],
                "{text}"
            );
        }
    }
}
