//! The manifests and the lock files that the release of some manifests changes.
//!
//! Decides the workspace around a manifest and its members, and collects the edits of each file.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use semver::Version;

use super::manifest::{self, Manifest, Package};
use super::range;
use crate::error::{Error, Result};
use crate::history::Tree;
use crate::release::file_edits::FileEdit;
use crate::release::json_text;
use crate::release::token::{Token, fault};
use crate::release::version_files;
use crate::repo_path::{folder, is_below, join};
use crate::source::{Edit, Source, Span};

pub(super) const MANIFEST: &str = "package.json";
/// A shrinkwrap is a lock file that is published.
pub(super) const LOCKS: &[&str] = &["package-lock.json", "npm-shrinkwrap.json"];

/// Gives the packages of the manifests at `paths` the version, including in the lock files beside
/// them and at the workspace's root.
///
/// The ranges with which members of the workspace refer to these packages are updated, in manifests
/// and lock files.
///
/// # Errors
///
/// Fails if a manifest is missing, cannot be read or has no version.
pub(super) fn edit(paths: &[&str], tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
    let mut roots: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for path in paths {
        roots.entry(root_of(path, tree)?).or_default().insert(path);
    }
    let mut edits = Vec::new();
    for (root, listed) in roots {
        edits.extend(Members::read(&root, listed, tree)?.edits(tree, version)?);
    }
    Ok(edits)
}

/// The version of a manifest.
pub(super) fn read_version(path: &str, tree: &dyn Tree) -> Result<Option<(Source, Token)>> {
    let manifest = require(path, tree)?;
    Ok(manifest
        .package
        .version
        .map(|token| (manifest.source, token)))
}

/// The manifests of a workspace's members.
pub(super) fn list_members(root: &str, tree: &dyn Tree) -> Result<Vec<String>> {
    let members = Globs::new(root, &require(root, tree)?)?;
    if members.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tree
        .named(MANIFEST)?
        .into_iter()
        .filter(|path| path != root && members.have(path))
        .collect())
}

/// The manifests of a workspace, by path, and which of them are released.
struct Members<'a> {
    listed: BTreeSet<&'a str>,
    manifests: BTreeMap<String, Manifest>,
    /// The old versions, by the names of the packages.
    released: BTreeMap<String, Version>,
}

impl<'a> Members<'a> {
    fn read(root: &str, listed: BTreeSet<&'a str>, tree: &dyn Tree) -> Result<Self> {
        let top = require(root, tree)?;
        let members = Globs::new(root, &top)?;
        let mut paths: BTreeSet<String> = listed.iter().map(|path| (*path).to_owned()).collect();
        if !members.is_empty() {
            paths.extend(
                tree.named(MANIFEST)?
                    .into_iter()
                    .filter(|path| members.have(path)),
            );
        }
        paths.insert(root.to_owned());
        let manifests = paths
            .into_iter()
            .map(|path| Ok((path.clone(), require(&path, tree)?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            listed,
            manifests,
            released: BTreeMap::new(),
        })
    }

    fn edits(mut self, tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
        self.released = self.versions_before(version)?;
        let mut files = Vec::new();
        for (path, manifest) in &self.manifests {
            let edits = self.package(&manifest.package, path, version);
            files.extend(FileEdit::new(path, manifest.file.clone(), edits));
        }
        // A member may have a lock file too, above all one that is published with it.
        for folder in self.manifests.keys().map(|path| folder(path)) {
            for name in LOCKS {
                files.extend(self.lock(&join(folder, name).unwrap_or_default(), tree, version)?);
            }
        }
        Ok(files)
    }

    fn versions_before(&self, version: &Version) -> Result<BTreeMap<String, Version>> {
        let mut versions = BTreeMap::new();
        for path in &self.listed {
            let Manifest {
                source,
                package,
                workspaces,
                ..
            } = &self.manifests[*path];
            let Some(token) = &package.version else {
                return Err(without_version(source, workspaces, version));
            };
            token.expect_semantic(source, version)?;
            let before = Version::parse(&token.text).expect("it is a semantic version");
            versions.extend(package.name.clone().map(|name| (name, before)));
        }
        Ok(versions)
    }

    /// The edits to the package of the manifest at `path`, in the manifest or its copy in a lock
    /// file.
    fn package(&self, package: &Package, path: &str, version: &Version) -> Vec<Edit> {
        let own = package
            .version
            .iter()
            .filter(|_| self.listed.contains(path));
        let mut edits: Vec<Edit> = own
            .map(|token| token.replaced(version.to_string()))
            .collect();
        for dependency in &package.dependencies {
            if let Some(before) = self.released.get(&dependency.name)
                && let Some(followed) =
                    range::follow(&dependency.range.text, dependency.of, before, version)
            {
                edits.push(dependency.range.replaced(followed));
            }
        }
        edits
    }

    /// A lock file names packages by their folders, and its own package by the empty one; before
    /// npm 7 it only has its own.
    fn lock(&self, path: &str, tree: &dyn Tree, version: &Version) -> Result<Option<FileEdit>> {
        let Some(file) = tree.file(path)? else {
            return Ok(None);
        };
        let source = version_files::text(path, &file.bytes)?;
        let root = json_text::parse(&source)?;
        let manifest_in = |key: &str| join(&join(folder(path), key)?, MANIFEST);
        let is_listed = manifest_in("").is_some_and(|own| self.listed.contains(own.as_str()));
        let own = root.string("version")?.filter(|_| is_listed);
        let mut edits: Vec<Edit> = own
            .iter()
            .map(|token| token.replaced(version.to_string()))
            .collect();
        if let Some(packages) = root.object("packages")? {
            for (key, entry) in packages.all_objects() {
                if let Some(path) =
                    manifest_in(key).filter(|path| self.manifests.contains_key(path))
                {
                    edits.extend(self.package(&manifest::package(&entry)?, &path, version));
                }
            }
        }
        Ok(FileEdit::new(path, file, edits))
    }
}

/// Selects the folders that are members of a workspace.
struct Globs {
    root: String,
    taken: GlobSet,
    left: GlobSet,
}

impl Globs {
    fn new(root: &str, manifest: &Manifest) -> Result<Self> {
        let (mut taken, mut left) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for member in &manifest.workspaces {
            let (into, pattern) = match member.strip_prefix('!') {
                Some(pattern) => (&mut left, pattern),
                None => (&mut taken, member.as_str()),
            };
            // A member outside the repository cannot occur in it.
            let Some(pattern) = join(folder(root), pattern) else {
                continue;
            };
            into.add(glob(&pattern, manifest)?);
        }
        let built =
            |builder: GlobSetBuilder| builder.build().map_err(|cause| no_globs(manifest, cause));
        Ok(Self {
            root: folder(root).to_owned(),
            taken: built(taken)?,
            left: built(left)?,
        })
    }

    fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    fn have(&self, path: &str) -> bool {
        is_below(path, &self.root)
            && !path.split('/').any(|part| part == "node_modules")
            && self.taken.is_match(folder(path))
            && !self.left.is_match(folder(path))
    }
}

fn glob(pattern: &str, manifest: &Manifest) -> Result<Glob> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|cause| no_globs(manifest, cause))
}

fn no_globs(manifest: &Manifest, cause: globset::Error) -> Error {
    let message = format!(
        "`{}` has a workspace that is not a valid glob",
        manifest.source.name()
    );
    Error::file(message, "correct `workspaces`").with_source(cause)
}

/// The root manifest of the workspace that `path` belongs to, or `path` itself.
fn root_of(path: &str, tree: &dyn Tree) -> Result<String> {
    if !require(path, tree)?.workspaces.is_empty() {
        return Ok(path.to_owned());
    }
    let mut at = folder(path);
    while !at.is_empty() {
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        let candidate = join(at, MANIFEST).unwrap_or_default();
        if let Some(manifest) = find(&candidate, tree)?
            && Globs::new(&candidate, &manifest)?.have(path)
        {
            return Ok(candidate);
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

fn without_version(source: &Source, workspaces: &[String], version: &Version) -> Error {
    let help = if workspaces.is_empty() {
        format!("add `\"version\": \"{version}\"`, or remove the file from `version_files`")
    } else {
        "list the members' manifests in `version_files`, such as `packages/core/package.json`"
            .to_owned()
    };
    fault(
        source,
        Span::default(),
        "`version` is missing or not a string",
        help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::testing::{texts, tree};

    fn edited(files: &[(&str, &str)], listed: &[&str]) -> Result<BTreeMap<String, String>> {
        edit(listed, &tree(files), &Version::new(2, 0, 0)).map(texts)
    }

    #[test]
    fn a_package_and_its_lock_files_get_the_version() {
        let manifest = "{\r\n\t\"config\": {\"version\": \"1.2.0\"},\r\n\t\"name\":\"a\" , \"version\" :\"1.2.0\"}";
        let lock = r#"{"name": "a", "version": "1.1.0", "lockfileVersion": 3, "packages": {
            "": {"name": "a", "version": "1.1.0", "dependencies": {"b": "^1.2.0"}},
            "node_modules/a": {"version": "1.2.0"}, "node_modules/b": {"version": "1.2.0"}}}"#;
        let first = r#"{"version": "1.2.0", "lockfileVersion": 1, "dependencies": {"b": {"version": "1.2.0"}}}"#;
        let files = [
            ("package.json", manifest),
            ("package-lock.json", lock),
            ("npm-shrinkwrap.json", first),
        ];
        let after = edited(&files, &["package.json"]).unwrap();
        assert_eq!(
            after["package.json"],
            manifest.replace("\"version\" :\"1.2.0\"", "\"version\" :\"2.0.0\"")
        );
        assert_eq!(after["package-lock.json"], lock.replace("1.1.0", "2.0.0"));
        assert_eq!(
            after["npm-shrinkwrap.json"],
            first.replacen("1.2.0", "2.0.0", 1)
        );
    }

    #[test]
    fn members_follow_a_member_in_manifests_and_in_the_lock_file() {
        let lock = r#"{"packages": {"": {"workspaces": ["packages/*"], "devDependencies": {"core": "*"}},
            "packages/core": {"name": "core", "version": "1.2.0"},
            "packages/cli": {"version": "1.2.0", "dependencies": {"core": "^1.2.0"}},
            "node_modules/core": {"resolved": "packages/core", "link": true}}}"#;
        let files = [
            (
                "package.json",
                r#"{"private": true, "workspaces": ["./packages/*", "!packages/old"]}"#,
            ),
            (
                "packages/core/package.json",
                r#"{"name": "core", "version": "1.2.0"}"#,
            ),
            (
                "packages/cli/package.json",
                r#"{"name": "cli", "version": "1.2.0", "dependencies": {"core": "^1.2.0"}}"#,
            ),
            (
                "packages/old/package.json",
                r#"{"dependencies": {"core": "^1.2.0"}}"#,
            ),
            ("packages/cli/node_modules/x/package.json", "{"),
            ("package-lock.json", lock),
        ];
        let after = edited(&files, &["packages/core/package.json"]).unwrap();
        let paths: Vec<_> = after.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "package-lock.json",
                "packages/cli/package.json",
                "packages/core/package.json"
            ]
        );
        assert_eq!(
            after["packages/cli/package.json"],
            files[2].1.replace("^1.2.0", "^2.0.0")
        );
        let expected = lock.replacen("\"version\": \"1.2.0\"", "\"version\": \"2.0.0\"", 1);
        assert_eq!(
            after["package-lock.json"],
            expected.replace("^1.2.0", "^2.0.0")
        );
    }

    #[test]
    fn missing_version_error_names_possible_places() {
        let help = |text: &str| {
            let error = edited(&[("package.json", text)], &["package.json"]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "`package.json`: `version` is missing or not a string"
            );
            error.help().unwrap().to_owned()
        };
        assert!(help("{}").starts_with("add `\"version\": \"2.0.0\"`"));
        assert!(help(r#"{"version": 1}"#).starts_with("add"));
        assert!(help(r#"{"workspaces": ["a"]}"#).starts_with("list the members' manifests"));
    }

    #[test]
    fn what_cannot_be_read_or_is_no_version_is_an_error() {
        let error = |text| {
            edited(&[("package.json", text)], &["package.json"])
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            error(r#"{"version": "1.2"}"#),
            "`package.json`: `1.2` is not a semantic version"
        );
        assert_eq!(
            error(r#"{"version": "1.2.0", "version": "1.2.0"}"#),
            "`package.json`: `version` is defined twice"
        );
        assert_eq!(
            error(r#"{"version": "1.2.0", "workspaces": ["["]}"#),
            "`package.json` has a workspace that is not a valid glob"
        );
        assert_eq!(
            edited(&[], &["package.json"]).unwrap_err().to_string(),
            "`package.json` is not in the commit"
        );
    }
}
