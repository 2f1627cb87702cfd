//! What the tests of rules share: settings without a configuration, and a ticket in which nothing
//! is wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    CheckedTree, PathGlob, RuleSelection, Settings, TreeFiles, apply_fixes, lint_repository,
    lint_ticket,
};
use crate::config::Config;
use crate::error::Result;
use crate::finding::{Applicability, Finding};
use crate::source::{Source, splice};

/// The defaults, on 2026-11-20.
pub(super) fn settings() -> Settings {
    settings_of(&Config::default())
}

pub(super) fn settings_of(config: &Config) -> Settings {
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    Settings::new(config, &RuleSelection::default(), now).unwrap()
}

/// The keys that a ticket must have and that a test may want to say itself.
const REST: [(&str, &str); 5] = [
    (
        "title",
        "title = \"Raise the billing-api pool to 40 connections\"\n",
    ),
    (
        "justification",
        "justification = \"Checkout times out at the peak: 2% of orders fail\"\n",
    ),
    (
        "deployment",
        "deployment = [\"Merge #12 and let the pipeline apply it\"]\n",
    ),
    (
        "rollback",
        "rollback = [\"Re-apply `pool-20.yaml`; `/health` returns pool=20\"]\n",
    ),
    (
        "validation",
        "validation = [\"`/health` returns pool=40 on every instance\"]\n",
    ),
];

/// A proposed ticket in which nothing is wrong but what `text` says.
pub(super) fn ticket(text: &str) -> String {
    let starts = |key: &str| {
        text.lines()
            .any(|line| line.starts_with(key) || line.trim_start_matches('[').starts_with(key))
    };
    let state = if starts("state") {
        ""
    } else {
        "state = \"proposed\"\n"
    };
    let rest: String = REST
        .iter()
        .filter(|(key, _)| !starts(key))
        .map(|(_, line)| *line)
        .collect();
    format!("{state}{rest}{text}")
}

/// The findings of such a ticket.
pub(super) fn findings(text: &str) -> Vec<Finding> {
    lint_ticket(&Source::new("changes/a.toml", ticket(text)), &settings()).findings
}

/// The rules with findings for such a ticket.
pub(super) fn rules_of(text: &str) -> Vec<&'static str> {
    findings(text)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

/// The help of the first finding of a rule for such a ticket.
#[track_caller]
pub(super) fn help_of(rule: &str, text: &str) -> String {
    first_of(rule, text).help
}

/// The first finding of a rule for such a ticket.
#[track_caller]
pub(super) fn first_of(rule: &str, text: &str) -> Finding {
    let mut found = findings(text).into_iter();
    let found = found.find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic!("{rule} does not report: {text}"))
}

/// The files of a tree, by path.
pub(super) struct TestFiles(BTreeMap<String, String>);

impl TestFiles {
    /// Empty files.
    pub(super) fn empty(paths: &[&str]) -> Self {
        let files = paths.iter().map(|path| ((*path).to_owned(), String::new()));
        Self(files.collect())
    }

    /// A file with a text.
    pub(super) fn with_text(path: &str, text: &str) -> Self {
        Self([(path.to_owned(), text.to_owned())].into())
    }
}

impl TreeFiles for TestFiles {
    fn may_have(&self, path: &str) -> Result<bool> {
        let folder = format!("{path}/");
        let mut files = self.0.keys();
        Ok(files.any(|file| file == path || file.starts_with(&folder)))
    }

    fn may_match(&self, folder: &str, glob: &PathGlob) -> Result<bool> {
        let mut files = self.0.keys();
        Ok(files.any(|file| file.starts_with(folder) && glob.is_match(file)))
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let inside = self.0.keys().filter_map(|file| file.strip_prefix(&prefix));
        let names: BTreeSet<&str> = inside.filter_map(|file| file.split('/').next()).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn text(&self, path: &str, max_bytes: usize) -> Result<Option<String>> {
        let text = self.0.get(path).filter(|text| text.len() <= max_bytes);
        Ok(text.cloned())
    }
}

/// The findings of such a ticket in a tree. `covers` says whether it covers commits that are about
/// to be merged or released; `None` if nothing is.
pub(super) fn findings_in(text: &str, files: &TestFiles, covers: Option<bool>) -> Vec<Finding> {
    let source = [Source::new("changes/a.toml", ticket(text))];
    let file = source[0].name().to_owned();
    let covering = covers.map(|covers| covers.then_some(file).into_iter().collect());
    let tree = CheckedTree::read(files, &source, covering).unwrap();
    lint_repository(&source, &[], &tree, &settings()).findings
}

/// A text after all its fixes, where there are any.
pub(super) fn fixed(text: &str, allowed: Applicability) -> Option<String> {
    let fixed = apply_fixes(&Source::new("changes/a.toml", text), allowed, &settings())?;
    Some(fixed.source.text().to_owned())
}

/// A text after the fix of a rule's first finding, where it offers one.
pub(super) fn applied(text: &str, rule: &str) -> Option<String> {
    let checked = lint_ticket(&Source::new("changes/a.toml", text), &settings());
    let fix = checked
        .findings
        .into_iter()
        .find(|finding| finding.rule == rule)?
        .fix?;
    splice(text, &fix.edits)
}
