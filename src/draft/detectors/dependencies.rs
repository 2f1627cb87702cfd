//! Upgrades of dependencies in the manifests and lock files of Cargo, npm, and Python.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::draft::change::{Change, ChangedFile, name_of};
use crate::draft::fact::{Fact, Statement, Upgrade};
use crate::source::Source;

/// Versions of dependencies by name.
type Versions = BTreeMap<String, String>;

/// What a file says about dependencies.
#[derive(Default, PartialEq, Eq)]
struct Dependencies {
    versions: Versions,
    /// Everything else in the file; two files without a difference differ only in versions.
    rest: String,
}

/// The maximum number of upgrades that are read in one file.
const MAX_UPGRADES: usize = 200;

/// Names of other files that only have versions of dependencies.
const LOCK_FILES: [&str; 8] = [
    "Cargo.lock",
    "Pipfile.lock",
    "bun.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
];

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let (manifests, locks): (Vec<_>, Vec<_>) = change
        .edited()
        .partition(|(file, _)| !LOCK_FILES.contains(&file.name()));
    let mut are_only_versions = true;
    for (file, (before, after)) in manifests.into_iter().chain(locks) {
        let read = |source: &Source| read(file.name(), source.text());
        let (Some(old), Some(new)) = (read(before), read(after)) else {
            continue;
        };
        are_only_versions &= is_lock(file) || old.rest == new.rest;
        let upgrades = upgrades(&old.versions, new.versions).into_iter();
        for upgrade in upgrades.take(MAX_UPGRADES) {
            let is_known = |fact: &Fact| matches!(&fact.statement, Statement::Upgrade(known) if known.name == upgrade.name);
            if !(is_lock(file) && facts.iter().any(is_known)) {
                let line = line_of(after, &upgrade);
                facts.push(Fact::at_line(Statement::Upgrade(upgrade), &file.path, line));
            }
        }
    }
    let are_dependencies = |file: &ChangedFile| is_lock(file) || is_manifest(file.name());
    if are_only_versions && change.files.iter().all(are_dependencies) {
        let first = facts.first().map(|fact| fact.origin.clone());
        facts.extend(first.map(|origin| Fact {
            statement: Statement::UpgradesOnly,
            origin,
        }));
    }
    facts
}

fn is_lock(file: &ChangedFile) -> bool {
    LOCK_FILES.contains(&file.name())
}

fn is_manifest(name: &str) -> bool {
    matches!(name, "Cargo.toml" | "package.json" | "pyproject.toml") || is_requirements(name)
}

fn is_requirements(name: &str) -> bool {
    name.starts_with("requirements") && name.ends_with(".txt")
}

fn upgrades(before: &Versions, after: Versions) -> Vec<Upgrade> {
    let changed = after.into_iter().filter_map(|(name, to)| {
        let from = before.get(&name)?.clone();
        (from != to).then_some(Upgrade { name, from, to })
    });
    changed.collect()
}

/// Reads a manifest or a lock file; `None` if it is neither.
fn read(name: &str, text: &str) -> Option<Dependencies> {
    match name {
        "package.json" => package_json(text),
        "Cargo.lock" | "poetry.lock" | "uv.lock" => lock(text),
        "Cargo.toml" | "pyproject.toml" => manifest(text),
        name if is_requirements(name) => Some(requirements(text)),
        _ => None,
    }
}

fn package_json(text: &str) -> Option<Dependencies> {
    let mut value: Json = serde_json::from_str(text).ok()?;
    let object = value.as_object_mut()?;
    let mut found = Dependencies::default();
    for key in [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
    ] {
        let table = object.get_mut(key).and_then(Json::as_object_mut);
        for (name, version) in table.into_iter().flatten() {
            if let Some(text) = version.as_str() {
                found.versions.insert(name.clone(), text.to_owned());
            }
            *version = Json::Null;
        }
    }
    found.rest = value.to_string();
    Some(found)
}

/// The packages of a lock file in TOML that are locked in one version.
fn lock(text: &str) -> Option<Dependencies> {
    let document: DocumentMut = text.parse().ok()?;
    let packages = document.get("package")?.as_array_of_tables()?;
    let mut versions: BTreeMap<String, Option<String>> = BTreeMap::new();
    for package in packages {
        let text = |key| package.get(key).and_then(Item::as_str).map(str::to_owned);
        if let (Some(name), Some(version)) = (text("name"), text("version")) {
            versions
                .entry(name)
                .and_modify(|version| *version = None)
                .or_insert(Some(version));
        }
    }
    let only = versions.into_iter();
    Some(Dependencies {
        versions: only
            .filter_map(|(name, version)| Some((name, version?)))
            .collect(),
        rest: String::new(),
    })
}

/// The dependencies of `Cargo.toml`, and of `pyproject.toml` with Poetry.
fn manifest(text: &str) -> Option<Dependencies> {
    let mut document: DocumentMut = text.parse().ok()?;
    let mut found = Dependencies::default();
    take(document.as_table_mut(), 0, &mut found.versions);
    let listed = document
        .get_mut("project")
        .and_then(|project| project.get_mut("dependencies"))
        .and_then(Item::as_array_mut);
    if let Some(listed) = listed {
        let lines: Vec<&str> = listed.iter().filter_map(toml_edit::Value::as_str).collect();
        let Dependencies { versions, rest } = requirements(&lines.join("\n"));
        found.versions.extend(versions);
        found.rest = rest;
        listed.clear();
    }
    found.rest += &document.to_string();
    Some(found)
}

/// Takes the versions out of the tables of dependencies below a table.
fn take(table: &mut dyn TableLike, depth: usize, versions: &mut Versions) {
    const MAX_DEPTH: usize = 5;
    for (key, item) in table.iter_mut() {
        let Some(inner) = item.as_table_like_mut() else {
            continue;
        };
        if !key.ends_with("dependencies") {
            if depth < MAX_DEPTH {
                take(inner, depth + 1, versions);
            }
            continue;
        }
        for (name, item) in inner.iter_mut() {
            let version = if item.is_str() {
                Some(item)
            } else {
                item.get_mut("version")
            };
            if let Some((version, text)) =
                version.and_then(|item| item.as_str().map(str::to_owned).map(|text| (item, text)))
            {
                versions.insert(name.get().to_owned(), text);
                *version = toml_edit::value("");
            }
        }
    }
}

/// The pinned lines of `requirements.txt`: `name==1.2`.
fn requirements(text: &str) -> Dependencies {
    let mut found = Dependencies::default();
    for line in text.lines() {
        let pinned = line.split(['#', ';']).next().unwrap_or_default();
        match pinned.split_once("==") {
            Some((name, version)) if !name.contains(['<', '>', '!', '~', ',']) => {
                found.rest += &format!("{name}==\n");
                let version = version.trim().trim_end_matches('\\').trim_end();
                found
                    .versions
                    .insert(name.trim().to_owned(), version.to_owned());
            }
            _ if line.trim_start().starts_with(['#', '-']) => {}
            _ => found.rest += &format!("{line}\n"),
        }
    }
    found
}

/// The line of a file that has the new version of a dependency, counted from 1.
fn line_of(source: &Source, upgrade: &Upgrade) -> usize {
    let lines = || source.text().lines().enumerate();
    let has = |line: &str, text: &str| line.contains(text);
    let name = name_of(source.name());
    let found = if name.ends_with(".lock") {
        let header = format!("name = \"{}\"", upgrade.name);
        lines().find(|(_, line)| line.trim() == header)
    } else {
        lines().find(|(_, line)| has(line, &upgrade.name) && has(line, &upgrade.to))
    };
    let table = || lines().find(|(_, line)| has(line, &upgrade.name));
    found.or_else(table).map_or(1, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::testing::change;
    use super::*;

    fn stated(path: &str, before: &str, after: &str) -> Vec<String> {
        let facts = detect(&change(path, before, after)).into_iter();
        let stated = facts.map(|fact| match fact.statement {
            Statement::Upgrade(Upgrade { name, from, to }) => {
                format!("{name} {from} {to} {}", fact.origin)
            }
            Statement::UpgradesOnly => "only".to_owned(),
            other => panic!("{other:?}"),
        });
        stated.collect()
    }

    #[test]
    fn upgrades_are_found_in_manifests() {
        let toml =
            "[package]\nname = \"a\"\n[dependencies]\nserde = \"1.0\"\nb = { version = \"2\" }\n";
        let after = toml.replace("1.0", "1.1");
        assert_eq!(
            stated("Cargo.toml", toml, &after),
            ["serde 1.0 1.1 Cargo.toml:4", "only"]
        );
        let json = "{\n \"dependencies\": {\n  \"next\": \"14.0.0\" } }";
        assert_eq!(
            stated("web/package.json", json, &json.replace("14", "15")),
            ["next 14.0.0 15.0.0 web/package.json:3", "only"]
        );
        assert_eq!(
            stated("requirements.txt", "django==4.2 # web\n", "django==5.0\n"),
            ["django 4.2 5.0 requirements.txt:1", "only"]
        );
        let project = "[project]\ndependencies = [\n  \"a==1\",\n]\n";
        assert_eq!(
            stated("pyproject.toml", project, &project.replace("==1", "==2")),
            ["a 1 2 pyproject.toml:3", "only"]
        );
    }

    #[test]
    fn other_changes_of_a_manifest_are_not_upgrades_only() {
        let toml = "[features]\na = []\n[dependencies]\nb = \"1\"\n";
        let after = toml.replace("a = []", "c = []").replace("\"1\"", "\"2\"");
        assert_eq!(stated("Cargo.toml", toml, &after), ["b 1 2 Cargo.toml:4"]);
    }

    #[test]
    fn lock_file_gives_what_is_locked_once() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"1\"\n[[package]]\nname = \"b\"\nversion = \"3\"\n";
        assert_eq!(
            stated("Cargo.lock", lock, &lock.replace("\"1\"", "\"2\"")),
            ["a 1 2 Cargo.lock:2", "only"]
        );
    }
}
