//! Feature flags: files of their own, as in GitLab, and lists of flags, as those of flagd.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::draft::change::{Change, name_of};
use crate::draft::fact::{Fact, Statement};
use crate::draft::yaml;
use crate::source::Source;

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    let files = change.added().filter(|(file, _)| is_flag_file(&file.path));
    let mut facts: Vec<Fact> = files
        .filter_map(|(file, text)| {
            let documents = yaml::documents(text.text())?;
            let name = documents.first()?.get("name")?;
            let statement = Statement::Flag(name.value.clone());
            Some(Fact::at_line(statement, &file.path, name.line))
        })
        .collect();
    for (file, (before, after)) in change.edited() {
        let (Some(before), Some(after_keys)) = (keys(&file.path, before), keys(&file.path, after))
        else {
            continue;
        };
        for key in after_keys.difference(&before) {
            let line = line_of(after, key);
            facts.push(Fact::at_line(
                Statement::Flag(key.clone()),
                &file.path,
                line,
            ));
        }
    }
    facts
}

/// Whether a file is about one flag: `config/feature_flags/development/name.yml`.
fn is_flag_file(path: &str) -> bool {
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    is_yaml && path.split('/').any(|folder| folder == "feature_flags")
}

/// The keys of a list of flags; `None` if a file isn't one.
fn keys(path: &str, source: &Source) -> Option<BTreeSet<String>> {
    let (name, extension) = name_of(path).rsplit_once('.')?;
    if !name.to_ascii_lowercase().contains("flag") && !path.contains("flagd") {
        return None;
    }
    match extension {
        "json" => {
            let value: Value = serde_json::from_str(source.text()).ok()?;
            let flags = value.get("flags")?.as_object()?;
            let is_flag = |flag: &Value| flag.get("variants").is_some();
            flags
                .values()
                .all(is_flag)
                .then(|| flags.keys().cloned().collect())
        }
        "yaml" | "yml" => {
            let documents = yaml::documents(source.text())?;
            let [document] = documents.as_slice() else {
                return None;
            };
            let is_switch = |value: &str| matches!(value, "true" | "false");
            let scalars = &document.scalars;
            let is_flat =
                |scalar: &yaml::Scalar| !scalar.path.contains('/') && is_switch(&scalar.value);
            scalars
                .iter()
                .all(is_flat)
                .then(|| scalars.iter().map(|scalar| scalar.path.clone()).collect())
        }
        _ => None,
    }
}

/// The line that begins with a key, counted from 1.
fn line_of(source: &Source, key: &str) -> usize {
    let found = source.text().lines().position(|line| {
        let line = line.trim_start().trim_start_matches('"');
        line.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(['"', ':']))
    });
    found.map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{added, change};
    use super::*;

    fn flags(change: &Change) -> Vec<(String, String)> {
        let facts = detect(change).into_iter();
        let flags = facts.map(|fact| match fact.statement {
            Statement::Flag(key) => (key, fact.origin.to_string()),
            other => panic!("{other:?}"),
        });
        flags.collect()
    }

    #[test]
    fn added_flags_are_found() {
        let path = "config/feature_flags/beta/new_cart.yml";
        let one = added(&[(path, "---\nname: new_cart\ntype: beta\n")]);
        assert_eq!(flags(&one), [("new_cart".into(), format!("{path}:2"))]);
        let flag = |key: &str| format!("\"{key}\": {{\n \"variants\": {{}} }}");
        let list = |flags: &[String]| format!("{{ \"flags\": {{\n{} }} }}", flags.join(",\n"));
        let edited = change(
            "src/flagd/demo.json",
            &list(&[flag("a")]),
            &list(&[flag("a"), flag("b")]),
        );
        assert_eq!(
            flags(&edited),
            [("b".into(), "src/flagd/demo.json:4".into())]
        );
        let switches = change("feature_flags.yml", "a: true\n", "a: true\nb: false\n");
        assert_eq!(
            flags(&switches),
            [("b".into(), "feature_flags.yml:2".into())]
        );
    }

    #[test]
    fn other_files_have_no_flags() {
        let edited = change("flags.yml", "a: x\n", "a: x\nb: y\n");
        assert_eq!(flags(&edited), []);
        assert_eq!(flags(&change("settings.yml", "a: true\n", "b: true\n")), []);
    }
}
