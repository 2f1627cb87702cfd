//! The packages of a repository: which paths are whose, and which package depends on which.
//!
//! A configuration with packages is one in which every package can be told from every other by its
//! name and by its tags, and in which no package depends on itself. What a commit touches is decided
//! by `history`.

use std::collections::HashMap;

use semver::Version;

use super::VersionFile;
use super::reader::{Reader, texts, version_files};
use crate::document::{Node, Table};
use crate::source::closest;

/// The most packages of a repository.
const MAX_PACKAGES: usize = 1000;

/// A part of a repository that has versions of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name; no other package has it.
    pub name: String,
    /// Globs of the paths that belong to it, relative to the root.
    pub paths: Vec<String>,
    /// The prefix of the version in its tags.
    pub tag_prefix: String,
    /// The file of its changelog.
    pub changelog: Option<String>,
    /// The files that bear its version; `None`: the manifests in the folders that belong to it as a
    /// whole.
    pub version_files: Option<Vec<VersionFile>>,
    /// The names of the packages that it depends on: a release of one of them releases it too.
    pub depends_on: Vec<String>,
}

/// Reads the list of packages.
pub(super) fn read(table: &Table, reader: &mut Reader) -> Vec<Package> {
    let nodes = table
        .get("package")
        .and_then(Node::as_array)
        .unwrap_or_default();
    if let Some(node) = nodes.get(MAX_PACKAGES) {
        let help = "merge packages that are released together";
        reader.fault(node, format!("more than {MAX_PACKAGES} packages"), help);
        return Vec::new();
    }
    let tables: Vec<&Table> = nodes.iter().filter_map(Node::as_table).collect();
    let packages: Vec<Package> = tables
        .iter()
        .filter_map(|table| read_package(table, reader))
        .collect();
    if packages.len() == tables.len() {
        check_unique(&packages, &tables, reader);
        resolve_dependencies(&packages, &tables, reader);
    }
    packages
}

fn read_package(table: &Table, reader: &mut Reader) -> Option<Package> {
    let named = table.get("name")?;
    let name = named.as_str()?.to_owned();
    if name.contains(|character: char| character.is_whitespace() || character.is_control()) {
        reader.fault(
            named,
            format!("`{name}` is not a valid package name"),
            "use one word, such as `core`",
        );
    }
    let tag_prefix = match table.get("tag_prefix") {
        Some(node) => reader.tag_prefix(node)?,
        None => reader.prefix_of(named, format!("{name}-v")),
    };
    let files = table.get("version_files").and_then(Node::as_array);
    Some(Package {
        paths: reader.globs(table.get("paths")?),
        tag_prefix,
        changelog: table.get("changelog").and_then(|node| reader.path(node)),
        version_files: files.map(|files| version_files(files, reader)),
        depends_on: texts(table.get("depends_on"))
            .map(|(text, _)| text.to_owned())
            .collect(),
        name,
    })
}

/// Finds names that are given twice, and prefixes under which one tag would be a version of two
/// packages.
fn check_unique(packages: &[Package], tables: &[&Table], reader: &mut Reader) {
    for (at, (package, table)) in packages.iter().zip(tables).enumerate() {
        let place = |key| {
            table
                .get(key)
                .or_else(|| table.get("name"))
                .expect("a package that was read has a name")
        };
        let others = &packages[..at];
        if others.iter().any(|other| other.name == package.name) {
            let message = format!("duplicate package name `{}`", package.name);
            reader.fault(place("name"), message, "give each package a unique name");
        } else if let Some(other) = others
            .iter()
            .find(|other| are_confusable(&other.tag_prefix, &package.tag_prefix))
        {
            let message = format!(
                "a tag that starts with `{}` could belong to `{}` or to `{}`",
                package.tag_prefix, package.name, other.name
            );
            reader.fault(
                place("tag_prefix"),
                message,
                "give each package a unique `tag_prefix`",
            );
        }
    }
}

/// Whether a tag could bear a version by either prefix: they are equal, or what one has more could
/// begin a version.
fn are_confusable(one: &str, other: &str) -> bool {
    let begins = |rest: &str| rest.is_empty() || Version::parse(&format!("{rest}1.0.0")).is_ok();
    one.strip_prefix(other)
        .or_else(|| other.strip_prefix(one))
        .is_some_and(begins)
}

/// Reports dependencies that are not packages, and circular dependencies.
fn resolve_dependencies(packages: &[Package], tables: &[&Table], reader: &mut Reader) {
    let places: HashMap<&str, usize> = packages
        .iter()
        .enumerate()
        .map(|(at, package)| (package.name.as_str(), at))
        .collect();
    let mut dependencies: Vec<Vec<usize>> = vec![Vec::new(); packages.len()];
    for (at, table) in tables.iter().enumerate() {
        for (name, node) in texts(table.get("depends_on")) {
            match places.get(name) {
                Some(place) => dependencies[at].push(*place),
                None => reader.fault(
                    node,
                    format!("unknown package `{name}`"),
                    &suggestion(name, packages),
                ),
            }
        }
    }
    if let Some(cycle) = find_cycle(&dependencies) {
        let names: Vec<String> = cycle
            .iter()
            .map(|at| format!("`{}`", packages[*at].name))
            .collect();
        let message = format!("circular package dependency: {}", names.join(" → "));
        let node = tables[cycle[0]]
            .get("depends_on")
            .expect("part of the cycle");
        reader.fault(node, message, "remove one of these dependencies");
    }
}

fn suggestion(name: &str, packages: &[Package]) -> String {
    let known = packages.iter().map(|package| package.name.as_str());
    match closest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "list names of other packages in this configuration".into(),
    }
}

/// A way from a package back to itself, both ends named.
fn find_cycle(dependencies: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; dependencies.len()];
    for start in 0..dependencies.len() {
        let mut way: Vec<(usize, usize)> = if done[start] {
            Vec::new()
        } else {
            vec![(start, 0)]
        };
        while let Some((at, next)) = way.last_mut() {
            let Some(target) = dependencies[*at].get(*next).copied() else {
                done[*at] = true;
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(first) = way.iter().position(|(at, _)| *at == target) {
                return Some(
                    way[first..]
                        .iter()
                        .map(|(at, _)| *at)
                        .chain([target])
                        .collect(),
                );
            }
            if !done[target] {
                way.push((target, 0));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::source::Source;

    fn parsed(text: &str) -> Result<Vec<Package>, Vec<(String, String)>> {
        let messages = |error: crate::error::Error| -> Vec<(String, String)> {
            let (_, faults) = error.faults().unwrap();
            faults
                .iter()
                .map(|fault| (fault.message.clone(), fault.help.clone()))
                .collect()
        };
        Config::parse(Source::new("tollgate.toml", text))
            .map(|config| config.packages)
            .map_err(messages)
    }

    /// Packages in a short hand: `name`, or `name: further keys`.
    fn packages(list: &[&str]) -> Result<Vec<Package>, Vec<(String, String)>> {
        let table = |entry: &&str| {
            let (name, rest) = entry.split_once(": ").unwrap_or((entry, ""));
            format!("[[package]]\nname = \"{name}\"\npaths = [\"{name}/**\"]\n{rest}\n")
        };
        parsed(&list.iter().map(table).collect::<String>())
    }

    fn fault(list: &[&str]) -> String {
        packages(list).unwrap_err().remove(0).0
    }

    #[test]
    fn a_package_has_a_name_paths_and_a_prefix_made_of_the_name() {
        let read = packages(&[
            "core",
            "cli: depends_on = [\"core\"]\ntag_prefix = \"tool/\"",
        ])
        .unwrap();
        assert_eq!(
            (read[0].tag_prefix.as_str(), &read[0].paths),
            ("core-v", &vec!["core/**".to_owned()])
        );
        assert_eq!(
            (read[1].tag_prefix.as_str(), &read[1].depends_on),
            ("tool/", &vec!["core".to_owned()])
        );
        assert_eq!(
            parsed("[[package]]\nname = \"x\"").unwrap_err()[0].0,
            "`package[0].paths` is missing"
        );
    }

    #[test]
    fn names_are_words_and_given_once() {
        assert_eq!(fault(&["core", "core"]), "duplicate package name `core`");
        assert_eq!(fault(&["a b"]), "`a b` is not a valid package name");
        assert_eq!(fault(&["a..b"]), "`a..b-v` is not a valid tag prefix");
    }

    #[test]
    fn no_tag_is_a_version_of_two_packages() {
        assert!(
            fault(&["a: tag_prefix = \"v\"", "b: tag_prefix = \"v\""])
                .starts_with("a tag that starts with `v` could belong to")
        );
        assert!(
            fault(&["a: tag_prefix = \"v\"", "b: tag_prefix = \"v1\""])
                .starts_with("a tag that starts with `v1` could belong to")
        );
        assert!(packages(&["a: tag_prefix = \"v\"", "b: tag_prefix = \"v-\"", "c", "cc"]).is_ok());
    }

    #[test]
    fn what_a_package_depends_on_is_a_package() {
        let faults = packages(&["core", "cli: depends_on = [\"croe\"]"]).unwrap_err();
        assert_eq!(
            faults[0],
            (
                "unknown package `croe`".into(),
                "did you mean `core`?".into()
            )
        );
    }

    #[test]
    fn a_cycle_is_shown() {
        let list = [
            "a: depends_on = [\"b\"]",
            "b: depends_on = [\"c\"]",
            "c: depends_on = [\"b\"]",
        ];
        assert_eq!(fault(&list), "circular package dependency: `b` → `c` → `b`");
        assert_eq!(
            fault(&["a: depends_on = [\"a\"]"]),
            "circular package dependency: `a` → `a`"
        );
        let diamond = [
            "a: depends_on = [\"b\", \"c\"]",
            "b: depends_on = [\"d\"]",
            "c: depends_on = [\"d\"]",
            "d",
        ];
        assert!(packages(&diamond).is_ok());
    }

    #[test]
    fn every_glob_parses() {
        assert!(
            parsed("[[package]]\nname = \"x\"\npaths = [\"[\"]").unwrap_err()[0]
                .0
                .starts_with("`[` is not a valid glob")
        );
    }

    #[test]
    fn a_thousand_packages_are_enough() {
        let many: Vec<String> = (0..1001).map(|at| format!("p{at}x")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(packages(&many[..1000]).is_ok());
        assert_eq!(fault(&many), "more than 1000 packages");
    }
}
