//! The list of rules, for people and for programs.

use serde::Serialize;

use super::document;
use crate::rules::{self, Example, Rule};

/// The rules, as `rules` lists them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireRules {
    schema_version: u8,
    rules: Vec<WireRule>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRule {
    name: &'static str,
    /// What it weighs unless the configuration says otherwise.
    #[cfg_attr(test, schemars(extend("enum" = ["off", "note", "warning", "error"])))]
    level: &'static str,
    /// The version that it came with.
    since: &'static str,
    summary: &'static str,
    /// Whether a comment in a ticket may silence it.
    can_be_silenced: bool,
    /// What the rule finds: tickets, messages of commits, or sessions at a terminal.
    bad_examples: Vec<&'static str>,
    /// What it lets pass.
    good_examples: Vec<&'static str>,
    /// Its page, in Markdown.
    page: &'static str,
}

/// Writes the document of `rules --format json`.
#[must_use]
pub fn rules_json() -> String {
    let wire = |rule: &Rule| WireRule {
        name: rule.name,
        level: rule.level.as_str(),
        since: rule.since,
        summary: rule.summary,
        can_be_silenced: rule.can_be_silenced(),
        bad_examples: rule.examples(Example::Bad),
        good_examples: rule.examples(Example::Good),
        page: rule.page,
    };
    document(&WireRules { schema_version: 1, rules: rules::all().map(wire).collect() })
}

/// Writes a line for each rule.
#[must_use]
pub fn rules_text() -> String {
    let width = rules::all().map(|rule| rule.name.len()).max().unwrap_or_default();
    let line = |rule: &Rule| format!("{:width$}  {:7}  {}\n", rule.name, rule.level.as_str(), rule.summary);
    rules::all().map(line).collect()
}
