//! The versions in one `Cargo.toml`.
//!
//! Decides which of its tokens are versions: of the package, of the workspace's packages, of path
//! dependencies.

use toml::de::DeTable;

use crate::error::Result;
use crate::history::File;
use crate::release::token::Token;
use crate::release::toml_text;
use crate::release::version_files;
use crate::source::Source;

/// The versions in a manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) source: Source,
    pub(super) file: File,
    /// `[package]`, if there is one.
    pub(super) package: Option<Package>,
    /// `[workspace]`, if there is one.
    pub(super) workspace: Option<Workspace>,
    /// Dependencies with a path.
    pub(super) dependencies: Vec<Dependency>,
}

impl Manifest {
    /// The version of the package, or that of the workspace's packages.
    pub(super) fn version(&self) -> Option<&Token> {
        let own = self
            .package
            .as_ref()
            .and_then(|package| package.version.as_ref());
        own.or_else(|| self.workspace.as_ref()?.version.as_ref())
    }
}

/// A `[package]`.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// `version = "…"`.
    pub(super) version: Option<Token>,
    /// `version.workspace = true`.
    pub(super) is_inherited: bool,
    /// `workspace = "…"`, the path of the workspace's root.
    pub(super) root: Option<String>,
}

/// A `[workspace]`.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// `[workspace.package] version`.
    pub(super) version: Option<Token>,
}

/// A dependency with a path.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) path: String,
    /// `version = "…"`.
    pub(super) requirement: Option<Token>,
}

/// Reads a manifest.
///
/// # Errors
///
/// Fails if it is not UTF-8 or not valid TOML.
pub(super) fn read(path: &str, file: File) -> Result<Manifest> {
    let source = version_files::text(path, &file.bytes)?;
    let root = toml_text::parse(&source)?;
    let package = toml_text::table(&root, "package").map(|table| package(&source, table));
    let workspace = toml_text::table(&root, "workspace").map(|table| workspace(&source, table));
    let dependencies = dependencies(&source, &root);
    drop(root);
    Ok(Manifest {
        source,
        file,
        package,
        workspace,
        dependencies,
    })
}

fn package(source: &Source, table: &DeTable<'_>) -> Package {
    let inherited = toml_text::table(table, "version").and_then(|version| version.get("workspace"));
    Package {
        name: toml_text::string(source, table, "name")
            .map(|name| name.text)
            .unwrap_or_default(),
        version: toml_text::string(source, table, "version"),
        is_inherited: inherited.and_then(|value| value.get_ref().as_bool()) == Some(true),
        root: toml_text::string(source, table, "workspace").map(|root| root.text),
    }
}

fn workspace(source: &Source, table: &DeTable<'_>) -> Workspace {
    let paths = |key| {
        toml_text::strings(source, table, key)
            .into_iter()
            .map(|token| token.text)
            .collect()
    };
    Workspace {
        members: paths("members"),
        exclude: paths("exclude"),
        version: toml_text::table(table, "package")
            .and_then(|package| toml_text::string(source, package, "version")),
    }
}

fn dependencies(source: &Source, root: &DeTable<'_>) -> Vec<Dependency> {
    let targets = toml_text::table(root, "target")
        .into_iter()
        .flat_map(|targets| targets.values());
    let targets = targets.filter_map(|target| target.get_ref().as_table());
    let workspace = toml_text::table(root, "workspace");
    let mut found = Vec::new();
    for table in [root].into_iter().chain(targets).chain(workspace) {
        for key in [
            "dependencies",
            "dev-dependencies",
            "dev_dependencies",
            "build-dependencies",
            "build_dependencies",
        ] {
            let listed = toml_text::table(table, key)
                .into_iter()
                .flat_map(|table| table.values());
            found
                .extend(listed.filter_map(|value| dependency(source, value.get_ref().as_table()?)));
        }
    }
    // Replacements for packages of a registry, by registry.
    let patched = toml_text::table(root, "patch")
        .into_iter()
        .flat_map(|registries| registries.values());
    let patched = patched
        .filter_map(|registry| registry.get_ref().as_table())
        .flat_map(|table| table.values());
    found.extend(patched.filter_map(|value| dependency(source, value.get_ref().as_table()?)));
    found
}

fn dependency(source: &Source, table: &DeTable<'_>) -> Option<Dependency> {
    let path = toml_text::string(source, table, "path")?.text;
    Some(Dependency {
        path,
        requirement: toml_text::string(source, table, "version"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Mode;

    fn manifest(text: &str) -> Manifest {
        read(
            "Cargo.toml",
            File {
                bytes: text.into(),
                mode: Mode::Plain,
            },
        )
        .unwrap()
    }

    #[test]
    fn inherited_version_is_distinguished() {
        let own = manifest("[package]\nname = 'a'\nversion = '1.2.0'")
            .package
            .unwrap();
        let inherited = manifest("package.version.workspace = true")
            .package
            .unwrap();
        assert_eq!(
            (own.version.unwrap().text.as_str(), own.is_inherited),
            ("1.2.0", false)
        );
        assert_eq!((inherited.version, inherited.is_inherited), (None, true));
    }

    #[test]
    fn path_dependencies_are_found_in_every_table() {
        let text = "dependencies.a = { path = 'a', version = '1' }\ndependencies.b = '1'\n\
            [target.'cfg(unix)'.dev-dependencies]\nc = { path = 'c' }\n[workspace.dependencies.d]\npath = 'd'\n\
            [patch.crates-io]\ne = { path = 'e' }";
        let paths: Vec<_> = manifest(text)
            .dependencies
            .into_iter()
            .map(|dependency| dependency.path)
            .collect();
        assert_eq!(paths, ["a", "c", "d", "e"]);
    }
}
