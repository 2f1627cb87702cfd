//! The manifests and the lock file that the release of some manifests changes.
//!
//! Decides the workspace around a manifest and which of its members get a new version, and collects
//! the edits of each file.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};
use semver::Version;

use super::lock;
use super::manifest::{self, Manifest, Workspace};
use super::requirement::{self, FollowError};
use crate::error::{Error, Result};
use crate::history::{File, Tree};
use crate::release::file_edits::FileEdit;
use crate::release::token::{Token, fault};
use crate::release::version_files;
use crate::repo_path::{folder, is_below, join};
use crate::source::{Edit, Source, Span};

pub(super) const MANIFEST: &str = "Cargo.toml";
pub(super) const LOCK: &str = "Cargo.lock";

/// Gives the packages of the manifests at `paths` the version, including in their workspaces'
/// manifests and lock files.
///
/// A manifest's `[package] version` is changed, and also `[workspace.package] version` if the
/// package has the same version or none of its own. Members that inherit it and the requirements of
/// path dependencies are updated.
///
/// # Errors
///
/// Fails if a manifest is missing, cannot be read or has no version, and if a requirement cannot be
/// updated.
pub(super) fn edit(paths: &[&str], tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
    let mut roots: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for path in paths {
        roots.entry(root_of(path, tree)?).or_default().insert(path);
    }
    let mut edits = Vec::new();
    for (root, listed) in roots {
        edits.extend(Members::read(&root, &listed, tree)?.edits(&listed, tree, version)?);
    }
    Ok(edits)
}

/// Whether a manifest has a version, its own or an inherited one; a workspace whose packages have
/// their own versions has none.
pub(super) fn has_version(path: &str, file: &File) -> Result<bool> {
    let manifest = manifest::read(path, file.clone())?;
    Ok(
        manifest.version().is_some()
            || manifest.package.is_some_and(|package| package.is_inherited),
    )
}

/// The version of the package or the workspace of a manifest; an inherited version is in another
/// text.
pub(super) fn read_version(path: &str, tree: &dyn Tree) -> Result<Option<(Source, Token)>> {
    let manifest = require(path, tree)?;
    if let Some(token) = manifest.version() {
        return Ok(Some((manifest.source.clone(), token.clone())));
    }
    if !manifest.package.is_some_and(|package| package.is_inherited) {
        return Ok(None);
    }
    let root = require(&root_of(path, tree)?, tree)?;
    let shared = root.workspace.and_then(|workspace| workspace.version);
    Ok(shared.map(|token| (root.source, token)))
}

/// The manifests that a workspace lists as its members, without those of path dependencies.
pub(super) fn list_members(root: &str, tree: &dyn Tree) -> Result<Vec<String>> {
    let top = require(root, tree)?;
    let Some(workspace) = &top.workspace else {
        return Ok(Vec::new());
    };
    let mut listed = listed_members(root, &top, workspace, tree)?;
    listed.retain(|path| path != root && is_member(path, folder(root), workspace));
    Ok(listed)
}

fn listed_members(
    root: &str,
    top: &Manifest,
    workspace: &Workspace,
    tree: &dyn Tree,
) -> Result<Vec<String>> {
    if workspace.members.is_empty() {
        return Ok(Vec::new());
    }
    let globs = globs(folder(root), &workspace.members, &top.source)?;
    let all = tree.named(MANIFEST)?;
    Ok(all
        .into_iter()
        .filter(|path| globs.iter().any(|glob| glob.is_match(folder(path))))
        .collect())
}

/// The manifests of a workspace, by path, including the root.
struct Members {
    root: String,
    manifests: BTreeMap<String, Manifest>,
}

impl Members {
    /// Finds the members as Cargo does: the listed ones, and path dependencies below the root,
    /// recursively.
    fn read(root: &str, listed: &BTreeSet<&str>, tree: &dyn Tree) -> Result<Self> {
        let top = require(root, tree)?;
        let mut open: Vec<String> = listed
            .iter()
            .map(|path| (*path).to_owned())
            .chain([root.to_owned()])
            .collect();
        if let Some(workspace) = &top.workspace {
            open.extend(listed_members(root, &top, workspace, tree)?);
        }
        let mut manifests = BTreeMap::new();
        while let Some(path) = open.pop() {
            let is_member = path == root
                || listed.contains(path.as_str())
                || top
                    .workspace
                    .as_ref()
                    .is_some_and(|workspace| is_member(&path, folder(root), workspace));
            if manifests.contains_key(&path) || !is_member {
                continue;
            }
            let Some(manifest) = find(&path, tree)? else {
                continue;
            };
            let dependencies = manifest.dependencies.iter();
            open.extend(
                dependencies.filter_map(|dependency| manifest_in(folder(&path), &dependency.path)),
            );
            manifests.insert(path, manifest);
        }
        Ok(Self {
            root: root.to_owned(),
            manifests,
        })
    }

    fn edits(
        &self,
        listed: &BTreeSet<&str>,
        tree: &dyn Tree,
        version: &Version,
    ) -> Result<Vec<FileEdit>> {
        let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
        for path in listed {
            for token in self.versions(path, version)? {
                edits
                    .entry(path)
                    .or_default()
                    .push(token.replaced(version.to_string()));
            }
        }
        let released = self.released(listed);
        for (path, manifest) in &self.manifests {
            for dependency in &manifest.dependencies {
                let named = manifest_in(folder(path), &dependency.path);
                if let Some(token) = &dependency.requirement
                    && named.is_some_and(|named| released.contains_key(named.as_str()))
                {
                    let followed = requirement::follow(&token.text, version).map_err(|stuck| {
                        stuck_requirement(&manifest.source, token, &stuck, version)
                    })?;
                    edits
                        .entry(path)
                        .or_default()
                        .push(token.replaced(followed));
                }
            }
        }
        let mut files: Vec<FileEdit> = edits
            .into_iter()
            .filter_map(|(path, edits)| self.file(path, edits))
            .collect();
        files.extend(self.lock(released, tree, version)?);
        Ok(files)
    }

    /// The tokens of a listed manifest that contain the version.
    fn versions(&self, path: &str, version: &Version) -> Result<Vec<&Token>> {
        let manifest = &self.manifests[path];
        let own = manifest
            .package
            .as_ref()
            .and_then(|package| package.version.as_ref());
        let shared = manifest
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.version.as_ref());
        let shared = shared.filter(|shared| own.is_none_or(|own| own.text == shared.text));
        let tokens: Vec<_> = own.into_iter().chain(shared).collect();
        for token in &tokens {
            token.expect_semantic(&manifest.source, version)?;
        }
        if tokens.is_empty() {
            let inherited = manifest
                .package
                .as_ref()
                .is_some_and(|package| package.is_inherited);
            let help = match (inherited, manifest.package.is_some()) {
                (true, _) => {
                    format!("the package inherits its version; list `{}` in `version_files` instead", self.root)
                }
                (_, true) => format!("add `version = \"{version}\"` to `[package]`"),
                _ => {
                    "list the members' manifests in `version_files`, or share a version in `[workspace.package]`".into()
                }
            };
            return Err(fault(
                &manifest.source,
                Span::default(),
                "no version found",
                help,
            ));
        }
        Ok(tokens)
    }

    /// The released packages by their manifests, with name and old version.
    fn released(&self, listed: &BTreeSet<&str>) -> BTreeMap<&str, (String, String)> {
        let shared = self.manifests[&self.root]
            .workspace
            .as_ref()
            .and_then(|workspace| workspace.version.as_ref());
        let shared = shared.filter(|shared| {
            let own = self.manifests[&self.root]
                .package
                .as_ref()
                .and_then(|package| package.version.as_ref());
            listed.contains(self.root.as_str()) && own.is_none_or(|own| own.text == shared.text)
        });
        let mut released = BTreeMap::new();
        for (path, manifest) in &self.manifests {
            let Some(package) = &manifest.package else {
                continue;
            };
            let own = package
                .version
                .as_ref()
                .filter(|_| listed.contains(path.as_str()));
            if let Some(before) = own.or(shared.filter(|_| package.is_inherited)) {
                released.insert(path.as_str(), (package.name.clone(), before.text.clone()));
            }
        }
        released
    }

    fn file(&self, path: &str, edits: Vec<Edit>) -> Option<FileEdit> {
        FileEdit::new(path, self.manifests[path].file.clone(), edits)
    }

    fn lock(
        &self,
        released: BTreeMap<&str, (String, String)>,
        tree: &dyn Tree,
        version: &Version,
    ) -> Result<Option<FileEdit>> {
        let path = join(folder(&self.root), LOCK).unwrap_or_default();
        let Some(file) = tree.file(&path)? else {
            return Ok(None);
        };
        let source = version_files::text(&path, &file.bytes)?;
        let edits = lock::edits(&source, &released.into_values().collect(), version)?;
        Ok(FileEdit::new(&path, file, edits))
    }
}

/// Whether a manifest may be a member by its path: below the root, and not excluded unless listed.
fn is_member(path: &str, root: &str, workspace: &Workspace) -> bool {
    let is_under = |relative: &[String]| {
        paths(root, relative)
            .iter()
            .any(|folder| is_below(path, folder))
    };
    is_below(path, root) && (!is_under(&workspace.exclude) || is_under(&workspace.members))
}

/// The root manifest of the workspace that `path` belongs to, or `path` itself.
fn root_of(path: &str, tree: &dyn Tree) -> Result<String> {
    let manifest = require(path, tree)?;
    if manifest.workspace.is_some() {
        return Ok(path.to_owned());
    }
    if let Some(root) = manifest
        .package
        .as_ref()
        .and_then(|package| package.root.as_deref())
    {
        return Ok(manifest_in(folder(path), root).unwrap_or_else(|| path.to_owned()));
    }
    let mut at = folder(path);
    while !at.is_empty() {
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        let candidate = join(at, MANIFEST).unwrap_or_default();
        if let Some(Manifest {
            workspace: Some(workspace),
            ..
        }) = find(&candidate, tree)?
        {
            let is_excluded = paths(at, &workspace.exclude)
                .iter()
                .any(|folder| is_below(path, folder));
            return Ok(if is_excluded {
                path.to_owned()
            } else {
                candidate
            });
        }
    }
    Ok(path.to_owned())
}

fn find(path: &str, tree: &dyn Tree) -> Result<Option<Manifest>> {
    tree.file(path)?
        .map(|file| manifest::read(path, file))
        .transpose()
}

fn require(path: &str, tree: &dyn Tree) -> Result<Manifest> {
    find(path, tree)?.ok_or_else(|| version_files::missing(path))
}

fn stuck_requirement(
    source: &Source,
    token: &Token,
    stuck: &FollowError,
    version: &Version,
) -> Error {
    let message = match stuck {
        FollowError::Invalid => format!("`{}` is not a valid version requirement", token.text),
        FollowError::Excludes => {
            format!("the requirement `{}` does not allow {version}", token.text)
        }
    };
    fault(
        source,
        token.span,
        message,
        format!("change it by hand, for example to `{version}`"),
    )
}

fn globs(folder: &str, members: &[String], source: &Source) -> Result<Vec<GlobMatcher>> {
    let glob = |pattern: String| {
        let built = GlobBuilder::new(&pattern).literal_separator(true).build();
        let failed = |cause| {
            Error::file(
                format!(
                    "`{}` has a workspace member `{pattern}` that is not a valid glob",
                    source.name()
                ),
                "correct the glob",
            )
            .with_source(cause)
        };
        built.map(|glob| glob.compile_matcher()).map_err(failed)
    };
    paths(folder, members).into_iter().map(glob).collect()
}

fn paths(folder: &str, relative: &[String]) -> Vec<String> {
    relative
        .iter()
        .filter_map(|path| join(folder, path))
        .collect()
}

fn manifest_in(folder: &str, relative: &str) -> Option<String> {
    join(&join(folder, relative)?, MANIFEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::testing::{texts, tree};

    fn edited(files: &[(&str, &str)], listed: &[&str]) -> Result<BTreeMap<String, String>> {
        edit(listed, &tree(files), &Version::new(1, 3, 0)).map(texts)
    }

    #[test]
    fn a_package_and_its_lock_file_get_the_version() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.0\"\n";
        let files = [
            (
                "Cargo.toml",
                "[package]\r\nname = 'a' # the\r\nversion='1.2.0'",
            ),
            ("Cargo.lock", lock),
        ];
        let after = edited(&files, &["Cargo.toml"]).unwrap();
        assert_eq!(
            after["Cargo.toml"],
            "[package]\r\nname = 'a' # the\r\nversion='1.3.0'"
        );
        assert_eq!(after["Cargo.lock"], lock.replace("1.2.0", "1.3.0"));
    }

    #[test]
    fn a_shared_version_reaches_the_members_that_inherit_it() {
        let files = [
            (
                "Cargo.toml",
                "workspace.members = ['crates/*']\nworkspace.package.version = '1.2.0'",
            ),
            (
                "crates/a/Cargo.toml",
                "package = { name = 'a', version = { workspace = true } }",
            ),
            (
                "crates/b/Cargo.toml",
                "dependencies.a = { path = '../a', version = '=1.2.0' }\npackage.name = 'b'",
            ),
            (
                "other/c/Cargo.toml",
                "dependencies.a = { path = '../../crates/a', version = '1.2.0' }",
            ),
            (
                "Cargo.lock",
                "[[package]]\nname = 'a'\nversion = '1.2.0'\n[[package]]\nname = 'b'\nversion = '1.2.0'",
            ),
        ];
        let after = edited(&files, &["Cargo.toml"]).unwrap();
        assert_eq!(
            after.keys().collect::<Vec<_>>(),
            ["Cargo.lock", "Cargo.toml", "crates/b/Cargo.toml"]
        );
        assert!(after["crates/b/Cargo.toml"].contains("version = '=1.3.0'"));
        assert!(after["Cargo.lock"].ends_with("name = 'b'\nversion = '1.2.0'"));
    }

    #[test]
    fn member_is_found_through_path_dependency() {
        let files = [
            (
                "Cargo.toml",
                "[workspace]\n[package]\nname='top'\nversion='1.2.0'\n[dependencies]\na={path='x/a'}",
            ),
            (
                "x/a/Cargo.toml",
                "[dependencies]\nb = { path = '../b', version = '1.2' }",
            ),
            ("x/b/Cargo.toml", "[package]\nname = 'b'\nversion = '1.2.0'"),
        ];
        let after = edited(&files, &["x/b/Cargo.toml"]).unwrap();
        assert_eq!(
            after.keys().collect::<Vec<_>>(),
            ["x/a/Cargo.toml", "x/b/Cargo.toml"]
        );
        assert_eq!(
            after["x/a/Cargo.toml"],
            "[dependencies]\nb = { path = '../b', version = '1.3' }"
        );
    }

    #[test]
    fn different_shared_version_is_unchanged() {
        let files = [(
            "Cargo.toml",
            "package.version = '1.2.0'\nworkspace.package.version = '0.4.0'",
        )];
        let after = edited(&files, &["Cargo.toml"]).unwrap();
        assert_eq!(
            after["Cargo.toml"],
            "package.version = '1.3.0'\nworkspace.package.version = '0.4.0'"
        );
    }

    #[test]
    fn missing_version_error_names_possible_places() {
        let help = |text: &str| {
            let error = edited(&[("Cargo.toml", text)], &["Cargo.toml"]).unwrap_err();
            assert_eq!(error.to_string(), "`Cargo.toml`: no version found");
            error.help().unwrap().to_owned()
        };
        assert_eq!(
            help("package.name = 'a'"),
            "add `version = \"1.3.0\"` to `[package]`"
        );
        assert!(help("[workspace]").starts_with("list the members' manifests"));
        assert!(
            help("package.version.workspace = true")
                .starts_with("the package inherits its version")
        );
    }

    #[test]
    fn invalid_versions_are_errors_with_place() {
        let wrong = edited(
            &[("Cargo.toml", "package.version = '1.2'")],
            &["Cargo.toml"],
        )
        .unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "`Cargo.toml`: `1.2` is not a semantic version"
        );
        let files = [
            ("Cargo.toml", "workspace.members = ['a', 'b']"),
            ("a/Cargo.toml", "package.version = '1.2.0'"),
            (
                "b/Cargo.toml",
                "dependencies.a = { path = '../a', version = '<1.3' }",
            ),
        ];
        let stuck = edited(&files, &["a/Cargo.toml"]).unwrap_err();
        assert_eq!(
            stuck.to_string(),
            "`b/Cargo.toml`: the requirement `<1.3` does not allow 1.3.0"
        );
    }
}
