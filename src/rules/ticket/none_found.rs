//! No ticket was found: a misspelt path would otherwise pass silently.

use crate::config::Level;
use crate::rules::rule::Rule;

/// Raised by [`none_found`](crate::rules::none_found), since without a ticket there is nothing to
/// look at.
pub(in crate::rules) const RULE: Rule = Rule {
    name: "ticket/none-found",
    level: Level::Warning,
    since: "0.1.0",
    summary: "no tickets found",
    page: include_str!("none_found.md"),
    options: &[],
    checks: &[],
};
