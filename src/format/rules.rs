//! The list of rules, for people and for programs.

use serde::Serialize;

#[cfg(feature = "cli")]
use super::RenderOptions;
use super::document;
#[cfg(feature = "cli")]
use super::style::Style;
#[cfg(feature = "cli")]
use super::table::wrap;
use crate::document::Field;
use crate::rules::{self, Example, Rule};

/// The rules, as printed by `rules`.
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
    /// The default level.
    #[cfg_attr(test, schemars(extend("enum" = ["off", "note", "warning", "error"])))]
    level: &'static str,
    /// The version that introduced it.
    since: &'static str,
    summary: &'static str,
    /// Whether a comment in a ticket can suppress it.
    suppressible: bool,
    /// Its options in the configuration, besides the level.
    options: Vec<WireOption>,
    /// Examples that the rule reports: tickets, commit messages, or terminal sessions.
    bad_examples: Vec<&'static str>,
    /// Examples that the rule accepts.
    good_examples: Vec<&'static str>,
    /// Its page, in Markdown.
    documentation: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireOption {
    name: &'static str,
    /// The accepted values, in words.
    accepted_values: String,
    /// The default value, as TOML.
    default: &'static str,
    description: &'static str,
}

/// Writes the document of `rules --format json` with these rules.
#[must_use]
pub(crate) fn rules_json(rules: impl IntoIterator<Item = &'static Rule>) -> String {
    let wire = |rule: &Rule| WireRule {
        name: rule.name,
        level: rule.level.as_str(),
        since: rule.since,
        summary: rule.summary,
        suppressible: rule.can_be_suppressed(),
        options: rule.options.iter().map(wire_option).collect(),
        bad_examples: rule.examples(Example::Bad),
        good_examples: rule.examples(Example::Good),
        documentation: rule.page,
    };
    document(&WireRules {
        schema_version: 1,
        rules: rules.into_iter().map(wire).collect(),
    })
}

fn wire_option(option: &Field) -> WireOption {
    let default = option.default.unwrap_or_default();
    WireOption {
        name: option.name,
        accepted_values: option.shape.describe(),
        default,
        description: option.doc,
    }
}

/// The columns of a level, with a gap before and after it.
#[cfg(feature = "cli")]
const LEVEL_COLUMN: usize = 11;

/// Writes a line for each rule; a summary that is too wide is wrapped.
#[cfg(feature = "cli")]
#[must_use]
pub(crate) fn rules_text(options: RenderOptions) -> String {
    let width = rules::all()
        .map(|rule| rule.name.len())
        .max()
        .unwrap_or_default();
    let line = |rule: &Rule| {
        let name = options.paint(Style::Bold, format!("{:width$}", rule.name));
        let style = rule
            .level
            .severity()
            .map_or(Style::Faint, Style::of_severity);
        let level = options.paint(style, format!("{:7}", rule.level.as_str()));
        let summary = wrap(rule.summary, width + LEVEL_COLUMN, options.width);
        format!("{name}  {level}  {summary}\n")
    };
    rules::all().map(line).collect()
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn a_long_summary_is_wrapped() {
        let options = RenderOptions {
            color: false,
            unicode: true,
            width: 80,
        };
        let text = rules_text(options);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let whole = rules_text(RenderOptions {
            width: usize::MAX,
            ..options
        });
        assert_eq!(whole.lines().count(), rules::all().count());
    }
}
