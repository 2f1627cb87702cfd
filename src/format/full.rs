//! Each finding with an excerpt of the lines that it points at, and a last line that counts them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use super::diagnostic::Diagnostic;
use super::excerpt::Excerpt;
use super::{RenderOptions, counted, summary_line};
use crate::finding::{Checked, Finding, Place, RelatedPlace, Severity};
use crate::source::Label;

/// Draws every finding and counts them.
pub(super) fn full(checked: &Checked, options: RenderOptions) -> String {
    let mut out = String::new();
    for finding in &checked.findings {
        draw(&mut out, checked, finding, options);
        out.push('\n');
    }
    out + &summary_line(checked)
}

/// The maximum number of findings in commit messages that a release draws, since a first release
/// lints all of history.
const MAX_COMMIT_FINDINGS: usize = 20;

/// The maximum number of warnings of one rule that a release draws in full; of more, only the first
/// few are shown.
const MAX_WARNINGS: usize = 10;

/// The number of warnings that are shown of a rule with too many.
const SHOWN_WARNINGS: usize = 3;

/// Draws the findings of a release, but only the first of many warnings of one rule, and counts all
/// of them.
///
/// Of the findings in commit messages, only the most severe are drawn.
#[must_use]
pub(crate) fn release_findings(checked: &Checked, options: RenderOptions) -> String {
    let mut left_out = HashSet::new();
    let mut more = String::new();
    for (rule, indices) in warnings_by_rule(checked)
        .into_iter()
        .filter(|(_, indices)| indices.len() > MAX_WARNINGS)
    {
        left_out.extend(&indices[SHOWN_WARNINGS..]);
        let warnings = counted(indices.len() - SHOWN_WARNINGS, "more warning");
        more +=
            &format!("and {warnings} of `{rule}` (run `tollgate release --json` to list them)\n");
    }
    let in_commits = checked
        .findings
        .iter()
        .enumerate()
        .filter(|(index, _)| !left_out.contains(index));
    let mut in_commits: Vec<_> = in_commits
        .filter(|(_, finding)| matches!(finding.place, Place::Commit(_)))
        .collect();
    in_commits.sort_by_key(|(_, finding)| Reverse(finding.severity));
    let rest: Vec<usize> = in_commits
        .iter()
        .skip(MAX_COMMIT_FINDINGS)
        .map(|(index, _)| *index)
        .collect();
    if !rest.is_empty() {
        let findings = counted(rest.len(), "more finding");
        more += &format!(
            "{findings} in commit messages (run `tollgate release --json` to list them)\n"
        );
    }
    left_out.extend(rest);
    let mut out = String::new();
    for (index, finding) in checked.findings.iter().enumerate() {
        if !left_out.contains(&index) {
            draw(&mut out, checked, finding, options);
            out.push('\n');
        }
    }
    if !more.is_empty() {
        out += &format!("{more}\n");
    }
    out + &summary_line(checked)
}

/// The indices of the warnings and notes of each rule.
fn warnings_by_rule(checked: &Checked) -> BTreeMap<&str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, finding) in checked
        .findings
        .iter()
        .enumerate()
        .filter(|(_, found)| found.severity != Severity::Error)
    {
        found.entry(finding.rule).or_default().push(index);
    }
    found
}

fn draw(out: &mut String, checked: &Checked, finding: &Finding, options: RenderOptions) {
    let mut elsewhere: BTreeMap<&Place, Vec<&Label>> = BTreeMap::new();
    let mut here = vec![&finding.label];
    for RelatedPlace { place, label } in &finding.related {
        if *place == finding.place {
            &mut here
        } else {
            elsewhere.entry(place).or_default()
        }
        .push(label);
    }
    let diagnostic = Diagnostic::new(finding.severity, &finding.message)
        .head(&format!("{}[{}]", finding.severity.as_str(), finding.rule))
        .help(&finding.help);
    place(diagnostic, checked, &finding.place, &here, options).render(out, options);
    for (other, labels) in elsewhere {
        let diagnostic = Diagnostic::new(Severity::Note, &format!("see also {}", title(other)));
        place(diagnostic, checked, other, &labels, options).render(out, options);
    }
}

/// Adds the lines with the labels or, if there are no labels, the name of the place.
fn place(
    diagnostic: Diagnostic,
    checked: &Checked,
    place: &Place,
    labels: &[&Label],
    options: RenderOptions,
) -> Diagnostic {
    match checked.sources.get(place) {
        Some(source) if !source.text().is_empty() => {
            diagnostic.excerpt(Excerpt::new(source, &title(place), labels, options))
        }
        _ => diagnostic.with_location(&title(place)),
    }
}

fn title(place: &Place) -> String {
    match place {
        Place::File(path) => path.clone(),
        Place::Commit(id) => format!("commit {}", id.get(..12).unwrap_or(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn finding(place: Place, severity: Severity) -> Finding {
        Finding {
            rule: "commit/unparsed",
            severity,
            message: "x".into(),
            help: String::new(),
            place,
            label: Label::new(Span::default(), ""),
            related: Vec::new(),
            anchor: String::new(),
            fix: None,
        }
    }

    const LOOK: RenderOptions = RenderOptions {
        color: false,
        unicode: false,
        width: 80,
    };

    #[test]
    fn release_groups_many_warnings_of_a_rule() {
        let warnings =
            (0..11).map(|n| finding(Place::Commit(format!("{n:02}")), Severity::Warning));
        let mut checked = Checked {
            findings: warnings.collect(),
            commits: 11,
            ..Checked::default()
        };
        let text = release_findings(&checked, LOOK);
        assert!(
            text.contains("] commit 02\n") && !text.contains("] commit 03\n"),
            "{text}"
        );
        let more = "\nand 8 more warnings of `commit/unparsed` (run `tollgate release --json` to list them)\n\n";
        assert!(text.contains(more), "{text}");
        checked.findings.pop();
        let text = release_findings(&checked, LOOK);
        assert!(
            text.contains("] commit 09\n") && !text.contains("more"),
            "{text}"
        );
    }

    #[test]
    fn release_shows_the_most_severe_commit_findings() {
        let errors = (0..30).map(|n| finding(Place::Commit(format!("{n:02}")), Severity::Error));
        let mut findings = vec![finding(Place::Commit("aa".into()), Severity::Warning)];
        findings.extend(errors);
        findings.insert(
            0,
            finding(Place::File("changes/a.toml".into()), Severity::Warning),
        );
        let checked = Checked {
            findings,
            commits: 31,
            ..Checked::default()
        };
        let text = release_findings(&checked, LOOK);
        let is_shown = |name: &str| text.contains(&format!("] {name}\n"));
        assert!(
            is_shown("changes/a.toml") && !is_shown("commit aa"),
            "{text}"
        );
        assert!(is_shown("commit 19") && !is_shown("commit 20"), "{text}");
        assert!(
            text.contains("\n11 more findings in commit messages ("),
            "{text}"
        );
        assert!(
            text.ends_with("31 commits checked: 30 errors, 2 warnings\n"),
            "{text}"
        );
    }
}
