//! A section of the version to be released that was written before and leaves out changes.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{IncompleteSection, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

/// The most missing changes that a message names.
const MAX_NAMED: usize = 3;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/incomplete-section",
    Level::Error,
    "prepared changelog section that leaves out changes",
    include_str!("incomplete_section.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    found.incomplete.iter().map(finding).collect()
}

fn finding(section: &IncompleteSection) -> Finding {
    let IncompleteSection {
        version,
        changelog,
        heading,
        missing,
        ..
    } = section;
    let count = match missing.len() {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    let mut named: Vec<String> = missing
        .iter()
        .take(MAX_NAMED)
        .map(|entry| format!("`{}`", shorten(entry)))
        .collect();
    if let Some(more) = missing
        .len()
        .checked_sub(MAX_NAMED)
        .filter(|more| *more > 0)
    {
        named.push(format!("{more} more"));
    }
    RULE.finding(Place::file(changelog), *heading, "")
        .message(format!("the section of {version} lacks {count}: {}", named.join(", ")))
        .help(
            "add the entries that `tollgate changelog --unreleased` prints, or rename the heading to `## Unreleased` to let \
             the release add them",
        )
        .anchor(version.to_string())
}
