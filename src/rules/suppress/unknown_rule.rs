//! A suppression of a rule that is not there, or of one that cannot be silenced.

use crate::config::Level;
use crate::rules::lint::rule;
use crate::rules::rule::{Check, Diagnostic, Rule};
use crate::rules::settings::nearest;
use crate::source::{Label, shorten};

use super::Suppression;

pub(super) const RULE: Rule = Rule::new(
    "suppress/unknown-rule",
    Level::Error,
    "suppression that has no effect",
    include_str!("unknown_rule.md"),
    &[Check::Suppression(check)],
);

fn check(suppression: &Suppression) -> Option<Diagnostic> {
    if suppression.is_applicable() {
        return None;
    }
    let name = &suppression.rule;
    let label = |text: &str| Label::new(suppression.span, text);
    let diagnostic = if name.is_empty() {
        RULE.diagnostic(label("invalid directive"))
            .message("invalid `tollgate:` comment")
            .help("write `# tollgate: allow[rule/name] reason`, or `allow-file[…]` to cover the whole file")
    } else if name.starts_with("commit/") && rule(name).is_some() {
        RULE.diagnostic(label("checks commits, not tickets"))
            .message(format!("a comment in a ticket cannot suppress `{name}`"))
            .help(format!(
                "set its level: `\"{name}\" = \"off\"` under `[rules]`"
            ))
    } else if rule(name).is_some() {
        RULE.diagnostic(label("cannot be suppressed")).message(format!("`{name}` cannot be suppressed")).help(
            "fix the finding and remove the comment; only `content/*`, `plan/*`, and `toml/not-1.0` can be suppressed",
        )
    } else {
        RULE.diagnostic(label("unknown rule"))
            .message(format!("unknown rule `{}`", shorten(name)))
            .help(nearest(name))
    };
    Some(diagnostic.anchor(name))
}
