//! A suppression of a rule that is not there, or of one that cannot be silenced.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::lint::rule;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::nearest;
use crate::source::shorten;

use super::Suppression;

pub(super) const RULE: Rule = Rule::new(
    "suppress/unknown-rule",
    Level::Error,
    "suppression that has no effect",
    include_str!("unknown_rule.md"),
    &[Check::Suppression(check)],
);

fn check(suppression: &Suppression) -> Option<Finding> {
    if suppression.is_applicable() {
        return None;
    }
    let name = &suppression.rule;
    Some(if name.is_empty() {
        suppression.finding(&RULE, "invalid directive")
            .message("invalid `tollgate:` comment")
            .help("write `# tollgate: allow[rule/name] reason`, or `allow-file[…]` to cover the whole file")
    } else if name.starts_with("commit/") && rule(name).is_some() {
        suppression
            .finding(&RULE, "checks commits, not tickets")
            .message(format!("a comment in a ticket cannot suppress `{name}`"))
            .help(format!(
                "set its level: `\"{name}\" = \"off\"` under `[rules]`"
            ))
    } else if rule(name).is_some() {
        suppression.finding(&RULE, "cannot be suppressed").message(format!("`{name}` cannot be suppressed")).help(
            "fix the finding and remove the comment; only `content/*`, `plan/*`, and `toml/not-1.0` can be suppressed",
        )
    } else {
        suppression
            .finding(&RULE, "unknown rule")
            .message(format!("unknown rule `{}`", shorten(name)))
            .help(nearest(name))
    })
}
