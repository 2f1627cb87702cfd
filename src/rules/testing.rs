//! What the tests of rules share: settings without a configuration, and a ticket in which nothing
//! is wrong.

use jiff::Timestamp;

use super::{RuleSelection, Settings, apply_fixes, lint_ticket};
use crate::config::Config;
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
