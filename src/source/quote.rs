//! Quotes names for messages.

use std::fmt::Display;

/// Names in backticks, separated by commas.
pub(crate) fn quoted_list(names: impl IntoIterator<Item: Display>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}
