//! Each finding drawn into the lines it points at, and a last line that counts them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use super::drawing::Drawing;
use super::excerpt::Excerpt;
use super::{Look, counted, tally};
use crate::finding::{Checked, Finding, Place, Severity};
use crate::source::Label;

/// Draws every finding and counts them.
pub(super) fn full(checked: &Checked, look: Look) -> String {
    let mut out = String::new();
    for finding in &checked.findings {
        draw(&mut out, checked, finding, look);
        out.push('\n');
    }
    out + &tally(checked)
}

/// The most findings in commit messages that a release draws: a first release lints all of history.
const MAX_COMMIT_FINDINGS: usize = 20;

/// Draws what a release met, of the findings in commit messages only the most severe, and counts all of them.
#[must_use]
pub fn release_findings(checked: &Checked, look: Look) -> String {
    let in_commits = checked.findings.iter().enumerate();
    let mut in_commits: Vec<_> = in_commits.filter(|(_, finding)| matches!(finding.place, Place::Commit(_))).collect();
    in_commits.sort_by_key(|(_, finding)| Reverse(finding.severity));
    let left_out: HashSet<usize> = in_commits.iter().skip(MAX_COMMIT_FINDINGS).map(|(index, _)| *index).collect();
    let mut out = String::new();
    for (index, finding) in checked.findings.iter().enumerate() {
        if !left_out.contains(&index) {
            draw(&mut out, checked, finding, look);
            out.push('\n');
        }
    }
    if !left_out.is_empty() {
        let more = counted(left_out.len(), "more finding");
        out += &format!("{more} in commit messages (run `tollgate release --json` to list them)\n\n");
    }
    out + &tally(checked)
}

fn draw(out: &mut String, checked: &Checked, finding: &Finding, look: Look) {
    let mut elsewhere: BTreeMap<&Place, Vec<&Label>> = BTreeMap::new();
    let mut here = vec![&finding.label];
    for (place, label) in &finding.related {
        if *place == finding.place { &mut here } else { elsewhere.entry(place).or_default() }.push(label);
    }
    let drawing = Drawing::new(finding.severity, &finding.message)
        .head(&format!("{}[{}]", finding.severity.as_str(), finding.rule))
        .help(&finding.help);
    place(drawing, checked, (&finding.place, &here), look).draw(out, look);
    for (other, labels) in elsewhere {
        let drawing = Drawing::new(Severity::Note, &format!("see also {}", title(other)));
        place(drawing, checked, (other, &labels), look).draw(out, look);
    }
}

/// Adds the lines that the labels are on; where there are none, the name of the place.
fn place(drawing: Drawing, checked: &Checked, (place, labels): (&Place, &[&Label]), look: Look) -> Drawing {
    match checked.sources.get(place) {
        Some(source) if !source.text().is_empty() => drawing.excerpt(Excerpt::new(source, &title(place), labels, look)),
        _ => drawing.located(&title(place)),
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

    #[test]
    fn release_shows_the_most_severe_commit_findings() {
        let warnings = (0..30).map(|n| finding(Place::Commit(format!("{n:02}")), Severity::Warning));
        let mut findings: Vec<Finding> = warnings.collect();
        findings.push(finding(Place::Commit("ee".into()), Severity::Error));
        findings.insert(0, finding(Place::File("changes/a.toml".into()), Severity::Warning));
        let checked = Checked { findings, commits: 31, ..Checked::default() };
        let text = release_findings(&checked, Look { color: false, unicode: false, width: 80 });
        let is_shown = |name: &str| text.contains(&format!("] {name}\n"));
        assert!(is_shown("changes/a.toml") && is_shown("commit ee"), "{text}");
        assert!(is_shown("commit 18") && !is_shown("commit 19"), "{text}");
        assert!(text.contains("\n11 more findings in commit messages ("), "{text}");
        assert!(text.ends_with("31 commits checked: 1 error, 31 warnings\n"), "{text}");
    }
}
