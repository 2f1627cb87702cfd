//! The findings of a run counted by rule, the most frequent first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::json::Summary;
use super::{document, summary_line};
use crate::finding::Checked;
use crate::rules;

/// How many findings a rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Count {
    findings: usize,
    fixable: usize,
}

/// What `check --statistics` counted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireStatistics {
    schema_version: u8,
    /// Sorted by frequency, most frequent first, then by name.
    statistics: Vec<WireCount>,
    summary: Summary,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCount {
    rule: &'static str,
    count: usize,
    /// How many of them offer a fix, safe or not.
    fixable: usize,
}

/// Writes a line for each rule with findings, and the summary of the run.
#[must_use]
pub(crate) fn statistics_text(checked: &Checked) -> String {
    let counts = counts(checked);
    let digits = counts
        .iter()
        .map(|(_, count)| count.findings.to_string().len())
        .max()
        .unwrap_or_default();
    let width = counts
        .iter()
        .map(|(rule, _)| rule.len())
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for (rule, Count { findings, fixable }) in &counts {
        let summary = rules::rule(rule).map_or("", |rule| rule.summary);
        let fixes = if *fixable > 0 {
            format!(" ({fixable} with a fix)")
        } else {
            String::new()
        };
        out += &format!("{findings:digits$}  {rule:width$}  {summary}{fixes}\n");
    }
    if !counts.is_empty() {
        out.push('\n');
    }
    out + &summary_line(checked)
}

/// Writes the document of `check --statistics --format json`.
#[must_use]
pub(crate) fn statistics_json(checked: &Checked) -> String {
    let wire = |(rule, Count { findings, fixable })| WireCount {
        rule,
        count: findings,
        fixable,
    };
    document(&WireStatistics {
        schema_version: 1,
        statistics: counts(checked).into_iter().map(wire).collect(),
        summary: Summary::of(checked),
    })
}

fn counts(checked: &Checked) -> Vec<(&'static str, Count)> {
    let mut by_rule: BTreeMap<&str, Count> = BTreeMap::new();
    for finding in &checked.findings {
        let count = by_rule.entry(finding.rule).or_default();
        count.findings += 1;
        count.fixable += usize::from(finding.fix.is_some());
    }
    let mut counts: Vec<_> = by_rule.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.findings));
    counts
}
