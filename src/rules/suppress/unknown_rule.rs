//! A suppression of a rule that is not there, or of one that cannot be silenced.

use crate::config::Level;
use crate::rules::lint::rule;
use crate::rules::rule::{Check, Hit, Rule};
use crate::rules::settings::nearest;
use crate::source::{Label, shorten};

use super::Suppression;

pub(super) const RULE: Rule = Rule {
    name: "suppress/unknown-rule",
    level: Level::Error,
    since: "0.1.0",
    summary: "a suppression that can silence nothing",
    page: include_str!("unknown_rule.md"),
    options: &[],
    checks: &[Check::Suppression(check)],
};

fn check(suppression: &Suppression) -> Option<Hit> {
    if suppression.can_work() {
        return None;
    }
    let name = &suppression.rule;
    let label = |text: &str| Label::new(suppression.span, text);
    let hit = if name.is_empty() {
        RULE.finding(label("not understood"))
            .message("a comment for Tollgate that it does not understand")
            .help("write `# tollgate: allow[rule/name] reason`, or `allow-file[…]` for the whole file")
    } else if name.starts_with("commit/") && rule(name).is_some() {
        RULE.finding(label("speaks of commits, and not of tickets"))
            .message(format!("a comment in a ticket cannot silence `{name}`"))
            .help(format!("set its level: `\"{name}\" = \"off\"` under `[rules]`"))
    } else if rule(name).is_some() {
        RULE.finding(label("decides, and cannot be silenced"))
            .message(format!("`{name}` cannot be silenced"))
            .help("mend what it tells; `content/`, `plan/` and `toml/not-1.0` can be silenced")
    } else {
        RULE.finding(label("no rule is called so"))
            .message(format!("`{}` names no rule", shorten(name)))
            .help(nearest(name))
    };
    Some(hit.anchor(name))
}
