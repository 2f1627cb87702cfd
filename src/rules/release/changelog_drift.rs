//! A section of the changelog that was changed after its release.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{DriftedSection, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/changelog-drift",
    Level::Warning,
    "changelog section changed after its release",
    include_str!("changelog_drift.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let finding = |DriftedSection { path, tag }: &DriftedSection| {
        RULE.finding(Place::File(path.clone()), Span::default(), "")
            .message(format!(
                "the changelog section of `{tag}` changed after the release"
            ))
            .help(format!(
                "compare it with the released notes: `{}`",
                shell_command!("git show {tag}", tag)
            ))
            .anchor(tag)
    };
    found.drifted.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;

    #[test]
    fn changed_section_is_reported_at_its_file() {
        let drifted = DriftedSection {
            path: "CHANGELOG.md".into(),
            tag: "v1.2.0".into(),
        };
        let message = "the changelog section of `v1.2.0` changed after the release".to_owned();
        let expected = (RULE.name, "CHANGELOG.md".to_owned(), message);
        assert_eq!(
            reported(&ReleaseContext {
                drifted: vec![drifted],
                ..clean()
            }),
            [expected]
        );
    }
}
