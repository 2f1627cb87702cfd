//! Helpers for the tests of sections.

use super::Config;
use crate::source::Source;

pub(super) fn config(text: &str) -> Config {
    Config::parse(Source::new("tollgate.toml", text)).unwrap()
}

/// What the second configuration makes less strict than the first.
pub(super) fn weakenings(base: &str, head: &str) -> Vec<String> {
    config(base).weakenings(&config(head), "2026-11-20T12:00:00Z".parse().unwrap())
}
