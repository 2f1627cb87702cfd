//! Quotes names for messages.

use std::fmt::Display;

/// Names in backticks as a part of a sentence: "`a`, `b`, and `c`".
pub(crate) fn quoted_and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first, second] => format!("`{first}` and `{second}`"),
        [first @ .., last] => format!("{}, and `{last}`", quoted_list(first)),
    }
}

/// Names in backticks, separated by commas.
pub(crate) fn quoted_list(names: impl IntoIterator<Item: Display>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}
