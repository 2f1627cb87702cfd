//! Manifests of Kubernetes, Kustomize, and Flux: images, replicas, and versions of charts.

use crate::draft::change::Change;
use crate::draft::fact::{Fact, Origin, Rollout, Statement};
use crate::draft::yaml::{self, Document};

/// The kinds of objects that run containers or name what runs.
const WORKLOADS: [&str; 10] = [
    "Application",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "GitRepository",
    "HelmRelease",
    "Job",
    "OCIRepository",
    "Rollout",
    "StatefulSet",
];

/// A setting of an object that decides what runs.
struct Setting {
    /// What it belongs to, which doesn't depend on the order of lists.
    key: String,
    what: What,
    value: String,
    line: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Image,
    Replicas,
    Chart,
    Revision,
}

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (file, (before, after)) in change.edited() {
        if !(file.path.ends_with(".yaml") || file.path.ends_with(".yml")) {
            continue;
        }
        let read = |text| yaml::documents(text).unwrap_or_default();
        let (before, after) = (read(before.text()), read(after.text()));
        for document in &after {
            let Some(name) = identity(document) else {
                continue;
            };
            let mut same = before.iter().filter(|old| identity(old) == Some(name));
            let mut twins = after.iter().filter(|new| identity(new) == Some(name));
            if let (Some(old), None, Some(_), None) =
                (same.next(), same.next(), twins.next(), twins.next())
            {
                facts.extend(rollouts(&file.path, name, (old, document)));
            }
        }
    }
    facts
}

/// The kind and the name of an object that runs something.
fn identity(document: &Document) -> Option<(&str, &str)> {
    let kind = document.value("kind")?;
    match kind {
        "Kustomization"
            if document
                .value("apiVersion")?
                .starts_with("kustomize.config") =>
        {
            Some((kind, ""))
        }
        kind if WORKLOADS.contains(&kind) => Some((kind, document.value("metadata/name")?)),
        _ => None,
    }
}

fn rollouts(path: &str, name: (&str, &str), versions: (&Document, &Document)) -> Vec<Fact> {
    let (before, after) = (settings(versions.0), settings(versions.1));
    let (kind, name) = name;
    let mut facts = Vec::new();
    for new in &after {
        let mut same = before.iter().filter(|old| old.key == new.key);
        let (Some(old), None) = (same.next(), same.next()) else {
            continue;
        };
        if old.value == new.value {
            continue;
        }
        let object = match name {
            "" => new
                .key
                .trim_start_matches("images/")
                .trim_start_matches("replicas/"),
            name => name,
        };
        let (action, undo) = describe(new.what, object, (&old.value, &new.value));
        let earlier = Origin::Line {
            path: path.to_owned(),
            line: old.line,
        };
        let rollout = Statement::Rollout(Rollout {
            action,
            undo,
            earlier,
        });
        facts.push(Fact::at_line(rollout, path, new.line));
    }
    if !facts.is_empty() && kind != "Kustomization" {
        let line = versions.1.get("metadata/name").map_or(1, |name| name.line);
        facts.push(Fact::at_line(
            Statement::Service(name.to_owned()),
            path,
            line,
        ));
    }
    facts
}

fn describe(what: What, object: &str, values: (&str, &str)) -> (String, String) {
    let (old, new) = values;
    match what {
        What::Image => (
            format!("Roll out `{object}` with the image `{new}`"),
            format!("Set the image of `{object}` back to `{old}`"),
        ),
        What::Replicas => (
            format!("Scale `{object}` from {old} to {new} replicas"),
            format!("Scale `{object}` back to {old} replicas"),
        ),
        What::Revision => (
            format!("Move `{object}` from {old} to {new}"),
            format!("Move `{object}` back to {old}"),
        ),
        What::Chart => (
            format!("Upgrade the chart of `{object}` from {old} to {new}"),
            format!("Set the chart of `{object}` back to {old}"),
        ),
    }
}

/// The settings of an object that decide what runs.
fn settings(document: &Document) -> Vec<Setting> {
    let mut found = Vec::new();
    for scalar in &document.scalars {
        let (parent, last) = scalar.path.rsplit_once('/').unwrap_or(("", &scalar.path));
        let sibling = |name: &str| document.value(&format!("{parent}/{name}"));
        let (key, what, value) = match (last, scalar.path.as_str()) {
            ("image", path) if path.contains("ontainers/") => {
                let container = sibling("name").unwrap_or(parent);
                (
                    format!("{}/{container}", without_index(parent)),
                    What::Image,
                    scalar.value.clone(),
                )
            }
            (_, "spec/replicas") => ("replicas".to_owned(), What::Replicas, scalar.value.clone()),
            (_, "spec/chart/spec/version") => {
                ("chart".to_owned(), What::Chart, scalar.value.clone())
            }
            (_, "spec/ref/tag" | "spec/source/targetRevision") => {
                ("revision".to_owned(), What::Revision, scalar.value.clone())
            }
            ("tag", path) if path.ends_with("image/tag") => {
                let Some(repository) = sibling("repository") else {
                    continue;
                };
                (
                    path.to_owned(),
                    What::Image,
                    format!("{repository}:{}", scalar.value),
                )
            }
            ("newTag", path) if path.starts_with("images/") => {
                let Some(name) = sibling("newName").or_else(|| sibling("name")) else {
                    continue;
                };
                (
                    format!("images/{name}"),
                    What::Image,
                    format!("{name}:{}", scalar.value),
                )
            }
            ("count", path) if path.starts_with("replicas/") => {
                let Some(name) = sibling("name") else {
                    continue;
                };
                (
                    format!("replicas/{name}"),
                    What::Replicas,
                    scalar.value.clone(),
                )
            }
            _ => continue,
        };
        let is_plain = !value.contains(['`', '$', '*', '{']);
        if is_plain {
            found.push(Setting {
                key,
                what,
                value,
                line: scalar.line,
            });
        }
    }
    found
}

/// The path of a list whose item is given.
fn without_index(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(list, _)| list)
}

#[cfg(test)]
mod tests {
    use super::super::testing::change;
    use super::*;

    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: app\n          image: shop/web:1.0\n";

    fn stated(before: &str, after: &str) -> Vec<(String, String)> {
        let facts = detect(&change("k8s/web.yaml", before, after));
        let stated = facts.into_iter().map(|fact| {
            let text = match fact.statement {
                Statement::Rollout(rollout) => format!("{}; {}", rollout.action, rollout.undo),
                Statement::Service(name) => name,
                other => panic!("{other:?}"),
            };
            (text, fact.origin.to_string())
        });
        stated.collect()
    }

    #[test]
    fn image_and_replicas_are_rolled_out() {
        let after = DEPLOYMENT
            .replace("web:1.0", "web:1.1")
            .replace("replicas: 2", "replicas: 4");
        let expected = [
            (
                "Scale `web` from 2 to 4 replicas; Scale `web` back to 2 replicas",
                "k8s/web.yaml:6",
            ),
            (
                "Roll out `web` with the image `shop/web:1.1`; Set the image of `web` back to `shop/web:1.0`",
                "k8s/web.yaml:11",
            ),
            ("web", "k8s/web.yaml:4"),
        ];
        let expected = expected.map(|(text, origin)| (text.to_owned(), origin.to_owned()));
        assert_eq!(stated(DEPLOYMENT, &after), expected);
        assert_eq!(stated(DEPLOYMENT, DEPLOYMENT), []);
    }

    #[test]
    fn charts_and_tags_are_rolled_out() {
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: db\nspec:\n  chart:\n    spec:\n      version: 1.0.0\n  values:\n    image:\n      repository: a/db\n      tag: v1\n";
        let after = release
            .replace("1.0.0", "1.1.0")
            .replace("tag: v1", "tag: v2");
        let found = stated(release, &after);
        assert!(
            found[0]
                .0
                .starts_with("Upgrade the chart of `db` from 1.0.0 to 1.1.0")
        );
        assert!(
            found[1]
                .0
                .starts_with("Roll out `db` with the image `a/db:v2`")
        );
        let tags = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n- name: a/b\n  newTag: v1\n";
        let found = stated(tags, &tags.replace("v1\n", "v2\n"));
        assert!(
            found[0]
                .0
                .starts_with("Roll out `a/b` with the image `a/b:v2`"),
            "{found:?}"
        );
    }

    #[test]
    fn other_yaml_states_nothing() {
        let after = DEPLOYMENT.replace("web:1.0", "web:1.1");
        for (old, new) in [
            ("kind: Deployment", "kind: Widget"),
            ("name: web", "title: web"),
        ] {
            assert_eq!(
                stated(&DEPLOYMENT.replace(old, new), &after.replace(old, new)),
                []
            );
        }
    }
}
