//! The one loop that runs checks: over a ticket, a message, a branch or a release.

use super::all;
use super::rule::{Check, Rule};
use crate::config::Level;
use crate::finding::{Finding, Place};

/// Runs the checks of all rules over an input, and gives each finding the severity that its rule has
/// at its place. Findings of rules that are off are dropped.
///
/// `run` gets every check, and runs those that are made for the input.
pub(super) fn run_checks(
    run: impl Fn(&Check, &mut Vec<Finding>),
    level: impl Fn(&Rule, &Place) -> Level,
) -> Vec<Finding> {
    let mut resolved = Vec::new();
    for rule in all() {
        let mut findings = Vec::new();
        for check in rule.checks {
            run(check, &mut findings);
        }
        resolved.extend(findings.into_iter().filter_map(|finding| {
            let severity = level(rule, &finding.place).severity()?;
            Some(finding.at_most(severity))
        }));
    }
    resolved
}
