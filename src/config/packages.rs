//! The packages of a repository: their paths, their tags, and their dependencies.
//!
//! Every package has a unique name and unique tags, and no package depends on itself. `history`
//! decides which packages a commit belongs to.

use std::collections::HashMap;

use semver::Version;

use super::Config;
use super::reader::{Reader, strings, texts};
use super::section::{GLOBS, Section, TEXTS, Weakenings, is_subset};
use super::version::{check_tag_prefix, tag_prefix};
use super::version_files::{self, VERSION_FILES, VersionFile};
use super::writer::Writer;
use crate::document::{Field, Node, Shape, Table};
use crate::source::closest;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "package",
        Shape::List(&Shape::Table(FIELDS)),
        "Packages with their own versions. Default: the repository has one version.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "name",
        Shape::Text,
        "Package name: one word, unique in the configuration.",
    )
    .required(),
    Field::new(
        "paths",
        GLOBS,
        "Globs for the paths that belong to the package, relative to the repository root.",
    )
    .required(),
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "Prefix of the version in the package's tags. Default: the name followed by `-v`.",
    ),
    Field::new(
        "changelog",
        Shape::Text,
        "Changelog file of the package, relative to the repository root.",
    )
    .harmless("The tag contains the release notes too."),
    Field::new(
        "version_files",
        VERSION_FILES,
        "Files that contain the package's version. Default: the manifests in the package's own directories.",
    )
    .harmless("The version does not depend on them."),
    Field::new(
        "depends_on",
        TEXTS,
        "Packages that this one depends on. When one of them is released, this package gets at least a patch release.",
    ),
];

/// Maximum number of packages of a repository.
const MAX_PACKAGES: usize = 1000;

/// A part of a repository that has versions of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Package {
    /// Its name; no other package has it.
    pub name: String,
    /// Globs of the paths that belong to it, relative to the root.
    pub paths: Vec<String>,
    /// The prefix of the version in its tags.
    pub tag_prefix: String,
    /// The file of its changelog.
    pub(crate) changelog: Option<String>,
    /// The files that contain its version; `None`: the manifests in the package's own folders.
    pub(crate) version_files: Option<Vec<VersionFile>>,
    /// The names of the packages that it depends on: a release of one of them releases it too.
    pub(crate) depends_on: Vec<String>,
}

impl Config {
    /// The package with a name.
    #[must_use]
    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// The file of the changelog of a package, if it has one, or of the repository.
    #[must_use]
    pub(crate) fn changelog_file<'a>(&'a self, package: Option<&'a Package>) -> Option<&'a str> {
        match package {
            Some(package) => package.changelog.as_deref(),
            None => Some(&self.changelog.file),
        }
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let nodes = table.get("package").and_then(Node::as_array);
    let nodes = nodes.unwrap_or_default();
    if !nodes.is_empty() {
        refuse_unused_settings(table, reader);
    }
    if let Some(node) = nodes.get(MAX_PACKAGES) {
        let help = "merge packages that are released together";
        reader.fault(node, format!("more than {MAX_PACKAGES} packages"), help);
        return;
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
    config.packages = packages;
}

/// Refuses settings for the version of the repository, which it does not have with packages.
fn refuse_unused_settings(table: &Table, reader: &mut Reader) {
    for (path, key) in [
        (&["tag_prefix"][..], "tag_prefix"),
        (&["changelog", "file"], "changelog"),
        (&["release", "version_files"], "version_files"),
    ] {
        if let Some(node) = table.at(path) {
            let message = format!("`{}` has no effect with packages", path.join("."));
            reader.fault(
                node,
                message,
                &format!("set `{key}` in each `[[package]]`, or remove the key"),
            );
        }
    }
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
        Some(node) => tag_prefix(node, reader)?,
        None => {
            let prefix = format!("{name}-v");
            check_tag_prefix(&prefix, named, reader);
            prefix
        }
    };
    Some(Package {
        paths: reader.globs(table, "paths")?,
        tag_prefix,
        changelog: reader.path(table, "changelog"),
        version_files: version_files::read(table, reader),
        depends_on: strings(table, "depends_on"),
        name,
    })
}

/// Reports names that are given twice, and prefixes by which a tag could belong to two packages.
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

/// Whether a tag could have a version after either prefix: they are equal, or the rest of the longer
/// one could begin a version.
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
                    &suggestion(name, &packages[at], packages),
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

fn suggestion(name: &str, dependent: &Package, packages: &[Package]) -> String {
    let known = packages.iter().map(|package| package.name.as_str());
    match closest(name, known.filter(|known| *known != dependent.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add a `[[package]]` named `{name}`, or remove it"),
    }
}

/// A circular dependency, with the same package at both ends.
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

fn write(config: &Config, out: &mut Writer) {
    for package in &config.packages {
        out.table("[[package]]");
        out.string("name", &package.name);
        out.strings("paths", &package.paths);
        out.string("tag_prefix", &package.tag_prefix);
        out.optional("changelog", package.changelog.as_deref());
        version_files::write(package.version_files.as_deref(), out);
        out.strings("depends_on", &package.depends_on);
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.packages, &head.packages);
    let is_kept = |package: &Package| head.iter().any(|other| other.is_as_strict_as(package));
    let are_new = base.is_empty() && !head.is_empty();
    found.key("package", are_new || !base.iter().all(is_kept));
}

impl Package {
    /// Whether a package has the paths, the tags and at least the dependencies of another.
    fn is_as_strict_as(&self, base: &Self) -> bool {
        self.name == base.name
            && self.paths == base.paths
            && self.tag_prefix == base.tag_prefix
            && is_subset(&base.depends_on, &self.depends_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::testing::{self, config, pair, weakenings};
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
    fn repository_settings_are_refused_with_packages() {
        let package = "[[package]]\nname = \"core\"\npaths = [\"core/**\"]\n";
        for (line, key, value) in [
            ("tag_prefix = \"v\"", "tag_prefix", "\"v\""),
            (
                "changelog.file = \"NEWS.md\"",
                "changelog.file",
                "\"NEWS.md\"",
            ),
            ("release.version_files = []", "release.version_files", "[]"),
        ] {
            let message = format!("`{key}` has no effect with packages");
            assert_eq!(
                testing::fault(&format!("{line}\n{package}")),
                pair(&message, value)
            );
            config(line);
        }
        config(package);
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
    fn package_is_not_suggested_as_its_own_dependency() {
        let faults = packages(&["core: depends_on = [\"cor\"]"]).unwrap_err();
        let help = "add a `[[package]]` named `cor`, or remove it";
        assert_eq!(faults[0], ("unknown package `cor`".into(), help.into()));
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

    #[test]
    fn changed_package_is_weaker() {
        let base = "[[package]]\nname = \"p\"\npaths = [\"p/**\"]\ndepends_on = [\"q\"]\n\
                    [[package]]\nname = \"q\"\npaths = [\"q/**\"]\n";
        for (old, new) in [
            ("name = \"p\"", "name = \"r\""),
            ("\"p/**\"", "\"p/src/**\""),
            ("paths = [\"p", "tag_prefix = \"x\"\npaths = [\"p"),
            ("depends_on = [\"q\"]", ""),
        ] {
            let head = base.replacen(old, new, 1);
            assert_eq!(weakenings(base, &head), ["`package` changed"], "{head}");
        }
        assert_eq!(weakenings("", base), ["`package` changed"]);
        let added = format!("{base}[[package]]\nname = \"r\"\npaths = [\"r/**\"]");
        assert_eq!(weakenings(base, &added), [""; 0]);
        assert_eq!(weakenings(base, base), [""; 0]);
    }
}
