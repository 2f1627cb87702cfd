//! The versions in one `package.json`, or in the copy of one in a lock file.

use super::range::DependencyKind;
use crate::error::Result;
use crate::history::File;
use crate::release::json_text::{self, Object};
use crate::release::token::Token;
use crate::release::version_files;
use crate::source::Source;

/// The tables of dependencies.
const TABLES: [(&str, DependencyKind); 4] = [
    ("dependencies", DependencyKind::Dependency),
    ("devDependencies", DependencyKind::Dependency),
    ("optionalDependencies", DependencyKind::Dependency),
    ("peerDependencies", DependencyKind::Peer),
];

/// A manifest with its file.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) source: Source,
    pub(super) file: File,
    pub(super) package: Package,
    /// The folders of a workspace's members: globs, with `!` for exclusions.
    pub(super) workspaces: Vec<String>,
}

/// The versions in a package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    pub(super) version: Option<Token>,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency and the range of its versions.
#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) of: DependencyKind,
    pub(super) range: Token,
}

/// Reads a manifest.
///
/// # Errors
///
/// Fails if it is not UTF-8 or not valid JSON, and if a relevant key occurs twice.
pub(super) fn read(path: &str, file: File) -> Result<Manifest> {
    let source = version_files::text(path, &file.bytes)?;
    let root = json_text::parse(&source)?;
    let package = package(&root)?;
    let workspaces = match root.object("workspaces")? {
        Some(table) => table.strings("packages")?,
        None => root.strings("workspaces")?,
    };
    drop(root);
    Ok(Manifest {
        source,
        file,
        package,
        workspaces,
    })
}

/// Reads the package in an object.
pub(super) fn package(object: &Object<'_>) -> Result<Package> {
    let mut dependencies = Vec::new();
    for (table, of) in TABLES {
        let Some(table) = object.object(table)? else {
            continue;
        };
        dependencies.extend(table.all_strings().map(|(name, range)| Dependency {
            name: name.to_owned(),
            of,
            range,
        }));
    }
    Ok(Package {
        name: object.string("name")?.map(|name| name.text),
        version: object.string("version")?,
        dependencies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Mode;

    fn manifest(text: &str) -> Manifest {
        read(
            "package.json",
            File {
                bytes: text.into(),
                mode: Mode::Plain,
            },
        )
        .unwrap()
    }

    #[test]
    fn members_are_a_list_or_a_table_with_one() {
        assert_eq!(
            manifest(r#"{"workspaces": ["a", "b/*"]}"#).workspaces,
            ["a", "b/*"]
        );
        assert_eq!(
            manifest(r#"{"workspaces": {"packages": ["a"], "nohoist": []}}"#).workspaces,
            ["a"]
        );
        assert_eq!(manifest("{}").workspaces, [""; 0]);
    }

    #[test]
    fn dependencies_are_found_in_every_table() {
        let text = r#"{"peerDependencies": {"c": "1"}, "dependencies": {"a": "^1", "x": {}}, "scripts": {"b": "2"}}"#;
        let dependencies = manifest(text).package.dependencies;
        let found: Vec<_> = dependencies
            .iter()
            .map(|dependency| (dependency.name.as_str(), dependency.of))
            .collect();
        assert_eq!(
            found,
            [
                ("a", DependencyKind::Dependency),
                ("c", DependencyKind::Peer)
            ]
        );
    }
}
