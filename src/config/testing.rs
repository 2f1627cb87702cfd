//! Helpers for the tests of sections.

use super::Config;
use crate::source::Source;

pub(crate) fn config(text: &str) -> Config {
    Config::parse(Source::new("tollgate.toml", text)).unwrap()
}

/// The messages of a text's faults, each with the text that it points at.
pub(crate) fn faults(text: &str) -> Vec<(String, String)> {
    let error = Config::parse(Source::new("tollgate.toml", text)).unwrap_err();
    let (source, faults) = error.faults().unwrap();
    faults
        .iter()
        .map(|fault| {
            let slice = source.slice(fault.label.span);
            (fault.message.clone(), slice.to_owned())
        })
        .collect()
}

/// The only fault of a text.
pub(crate) fn fault(text: &str) -> (String, String) {
    let found = faults(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

pub(crate) fn pair(message: &str, slice: &str) -> (String, String) {
    (message.into(), slice.into())
}

/// What the second configuration makes less strict than the first.
pub(crate) fn weakenings(base: &str, head: &str) -> Vec<String> {
    config(base).weakenings(&config(head), "2026-11-20T12:00:00Z".parse().unwrap())
}
