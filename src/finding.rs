//! Findings: what a user wrote and should change.
//!
//! A finding is never a failure of the tool (that is an [`Error`](crate::Error)). It states the fact,
//! points at the cause, and says what to write instead. Output formats have their own wire structs;
//! nothing here is serialized.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::source::{Edit, Label, Source, Span, word_enum};

word_enum! {
    /// How serious a finding is.
    pub enum Severity {
        /// Worth knowing.
        Note = "note",
        /// Should be fixed.
        Warning = "warning",
        /// Must be fixed.
        Error = "error",
    }
}

/// What a finding is about: a file, or the message of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A file, by its path with `/`, relative to where the run began or to the repository's root.
    File(String),
    /// A commit, by its full id; spans count within its message.
    Commit(String),
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applicability {
    /// The meaning of the text stays the same.
    Safe,
    /// A person should look at the result.
    Unsafe,
}

/// Edits that fix a finding, applied together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may be applied without review.
    pub applicability: Applicability,
    /// The replacements, in order of their spans, not overlapping.
    pub edits: Vec<Edit>,
}

/// A further place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedPlace {
    /// The file or commit.
    pub place: Place,
    /// The label there.
    pub label: Label,
}

/// A problem that a rule found at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule's name, `group/name`.
    pub rule: &'static str,
    /// The severity: at most the level of the rule.
    pub severity: Severity,
    /// The fact, in lower case, without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// The file or commit.
    pub place: Place,
    /// The cause.
    pub label: Label,
    /// Further places that explain the finding, in this file or in others.
    pub related: Vec<RelatedPlace>,
    /// What keeps the fingerprint stable when lines move: the path of a key, or an id; never a line
    /// or the message.
    pub anchor: String,
    /// A fix, if there is one.
    pub fix: Option<Fix>,
}

impl Place {
    /// The file that a source was read from.
    #[must_use]
    pub(crate) fn file(source: &Source) -> Self {
        Self::File(source.name().to_owned())
    }

    /// The path, or the ID of the commit.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::File(name) | Self::Commit(name) => name,
        }
    }
}

impl Finding {
    /// A finding that is an error, without a message or anything else that is optional.
    #[must_use]
    pub fn new(rule: &'static str, place: Place, label: Label) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            message: String::new(),
            help: String::new(),
            place,
            label,
            related: Vec::new(),
            anchor: String::new(),
            fix: None,
        }
    }

    /// Sets the message.
    #[must_use]
    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Sets what to write instead.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Sets what keeps the fingerprint stable when lines move.
    #[must_use]
    pub(crate) fn anchor(mut self, anchor: impl Into<String>) -> Self {
        self.anchor = anchor.into();
        self
    }

    /// Lowers the severity to a maximum.
    #[must_use]
    pub(crate) fn at_most(mut self, severity: Severity) -> Self {
        self.severity = self.severity.min(severity);
        self
    }

    /// Adds a further place that explains the finding.
    #[must_use]
    pub(crate) fn related(mut self, place: Place, label: Label) -> Self {
        self.related.push(RelatedPlace { place, label });
        self
    }

    /// Sets the fix.
    #[must_use]
    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// Sorts findings as every format shows them: files by path, then commits as they come; within each
/// by offset and rule.
#[doc(hidden)]
pub fn sort(findings: &mut [Finding]) {
    let mut commits: HashMap<String, usize> = HashMap::new();
    for finding in &*findings {
        if let Place::Commit(id) = &finding.place {
            let next = commits.len();
            commits.entry(id.clone()).or_insert(next);
        }
    }
    let order = |finding: &Finding| match &finding.place {
        Place::File(_) => 0,
        Place::Commit(id) => commits[id] + 1,
    };
    findings.sort_by(|a, b| {
        order(a)
            .cmp(&order(b))
            .then_with(|| sort_key(a).cmp(&sort_key(b)))
    });
}

fn sort_key(finding: &Finding) -> (&Place, Span, &str, &str) {
    (
        &finding.place,
        finding.label.span,
        finding.rule,
        &finding.anchor,
    )
}

/// The fingerprint of each finding, in the order given: 32 hexadecimal digits.
///
/// The first 16 bytes of the SHA-256 of rule, path or commit, anchor and occurrence, joined by NUL.
/// The occurrence counts equal rule, place and anchor from 0, so that moved lines and reworded
/// messages keep their fingerprints.
#[must_use]
pub(crate) fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let mut seen = HashMap::new();
    findings
        .iter()
        .map(|finding| {
            let count = seen
                .entry((finding.rule, &finding.place, &finding.anchor))
                .or_insert(0_usize);
            let parts = [
                finding.rule,
                finding.place.name(),
                &finding.anchor,
                &count.to_string(),
            ];
            *count += 1;
            let digest = Sha256::digest(parts.join("\0"));
            digest
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .collect()
}

/// The findings of a run, with the texts that they point into.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Checked {
    /// In the order of [`sort`].
    pub findings: Vec<Finding>,
    /// The texts, by place.
    pub sources: std::collections::BTreeMap<Place, Source>,
    /// The number of checked tickets.
    pub tickets: usize,
    /// The number of checked release files.
    pub release_files: usize,
    /// The number of checked commits.
    pub commits: usize,
}

impl Checked {
    /// What a run found, sorted. Of two sources for one place the first counts.
    #[must_use]
    pub(crate) fn new(
        mut findings: Vec<Finding>,
        sources: impl IntoIterator<Item = (Place, Source)>,
    ) -> Self {
        sort(&mut findings);
        let mut checked = Self {
            findings,
            ..Self::default()
        };
        for (place, source) in sources {
            checked.sources.entry(place).or_insert(source);
        }
        checked
    }

    /// The number of findings with this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The same findings with other names for their files.
    #[must_use]
    pub(crate) fn with_paths(&self, name: impl Fn(&str) -> String) -> Self {
        let renamed = |place: &Place| match place {
            Place::File(path) => Place::File(name(path)),
            Place::Commit(_) => place.clone(),
        };
        let mut other = self.clone();
        for finding in &mut other.findings {
            finding.place = renamed(&finding.place);
            finding
                .related
                .iter_mut()
                .for_each(|other| other.place = renamed(&other.place));
        }
        other.sources = self
            .sources
            .iter()
            .map(|(place, source)| (renamed(place), source.clone()))
            .collect();
        other
    }

    /// Adds what another part of the run found, keeping the order of findings.
    #[doc(hidden)]
    pub fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        sort(&mut self.findings);
        self.sources.extend(other.sources);
        self.tickets += other.tickets;
        self.release_files += other.release_files;
        self.commits += other.commits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path: &str, offset: usize, message: &str) -> Finding {
        Finding {
            rule: "ticket/missing-field",
            severity: Severity::Error,
            message: message.into(),
            help: String::new(),
            place: Place::File(path.into()),
            label: Label::new(Span::new(offset, offset + 1), ""),
            related: Vec::new(),
            anchor: "title".into(),
            fix: None,
        }
    }

    #[test]
    fn a_fingerprint_survives_another_line_and_other_words() {
        assert_eq!(
            fingerprints(&[finding("a", 1, "x")]),
            fingerprints(&[finding("a", 9, "y")])
        );
    }

    #[test]
    fn repeated_findings_have_distinct_fingerprints() {
        let both = fingerprints(&[finding("a", 1, "x"), finding("a", 9, "x")]);
        assert_ne!(both[0], both[1]);
    }

    #[test]
    fn commits_stay_in_the_order_of_their_history() {
        let of = |id: &str, offset| Finding {
            place: Place::Commit(id.into()),
            ..finding("", offset, "")
        };
        let mut all = vec![of("f", 3), of("0", 1), of("f", 1)];
        sort(&mut all);
        let shown: Vec<_> = all
            .iter()
            .map(|f| (f.place.name().to_owned(), f.label.span.start))
            .collect();
        assert_eq!(shown, [("f".into(), 1), ("f".into(), 3), ("0".into(), 1)]);
    }

    #[test]
    fn files_come_before_commits_ordered_by_offset() {
        let mut commit = finding("a", 0, "");
        commit.place = Place::Commit("0".into());
        let mut all = vec![
            commit,
            finding("b", 0, ""),
            finding("a", 9, ""),
            finding("a", 1, ""),
        ];
        sort(&mut all);
        let shown: Vec<_> = all
            .iter()
            .map(|f| (f.place.name().to_owned(), f.label.span.start))
            .collect();
        assert_eq!(
            shown,
            [
                ("a".into(), 1),
                ("a".into(), 9),
                ("b".into(), 0),
                ("0".into(), 0)
            ]
        );
    }
}
