//! No ticket was found: a misspelt path would otherwise pass silently.

use crate::config::Level;
use crate::rules::rule::Rule;

/// Raised by [`none_found`](crate::rules::none_found), since without a ticket there is nothing to
/// look at.
pub(in crate::rules) const RULE: Rule = Rule::new(
    "ticket/none-found",
    Level::Warning,
    "no tickets found",
    include_str!("none_found.md"),
    &[],
);
