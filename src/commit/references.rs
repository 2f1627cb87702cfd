//! The issues and pull requests of this repository that a commit names: `(#12)` at the end of its
//! subject, `Closes #12` in its footers.
//!
//! Only numbers count. References to other repositories (`org/repository#1`) and references in
//! prose are text.

use std::ops::Range;

/// An issue or a pull request, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reference {
    /// What it is, as far as the text shows.
    pub kind: ReferenceKind,
    /// The mark that precedes the number.
    pub mark: Mark,
    /// The number.
    pub number: u32,
}

/// What a number refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceKind {
    /// An issue, or a work item.
    Issue,
    /// A pull request, or a merge request.
    Request,
    /// Either: `(#12)` at the end of a subject, as a squashed pull request leaves it.
    Either,
}

/// The mark before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mark {
    /// `#12`.
    Hash,
    /// `!12`, GitLab's merge request.
    Bang,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = match self.mark {
            Mark::Hash => '#',
            Mark::Bang => '!',
        };
        write!(out, "{mark}{}", self.number)
    }
}

/// A reference in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundReference {
    /// The bytes of the text, such as those of `#12`.
    pub(crate) range: Range<usize>,
    /// The issue or pull request that it names.
    pub(crate) reference: Reference,
}

/// The references in the groups in parentheses at the end of a subject.
///
/// Besides numbers, a group may only contain words such as `fixes`, `see` and `pull request`, and
/// commas: `(closes #1, #2)`.
#[must_use]
pub(crate) fn references_at_end(subject: &str) -> Vec<FoundReference> {
    let mut found = Vec::new();
    let mut end = subject.len();
    while let Some(open) = subject[..end]
        .strip_suffix(')')
        .and_then(|rest| rest.rfind('('))
    {
        let Some(group) = group(&subject[open + 1..end - 1]) else {
            break;
        };
        let start = open + 1;
        found.extend(group.into_iter().rev().map(|inner| FoundReference {
            range: start + inner.range.start..start + inner.range.end,
            ..inner
        }));
        end = subject[..open].trim_end().len();
    }
    found.reverse();
    found
}

/// The references in the footers of a message, each once; at most 32.
#[must_use]
pub(crate) fn references_in_footers(rest: &str) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    if !rest.contains(['#', '!']) {
        return found;
    }
    for line in rest.lines() {
        let Some((kind, listed)) = after_keyword(line) else {
            continue;
        };
        for FoundReference { reference, .. } in read(listed, Some(kind)).0 {
            if found.len() < MAX_REFERENCES && !found.contains(&reference) {
                found.push(reference);
            }
        }
    }
    found
}

/// Whether a line contains only references, also to other repositories, and the words that
/// introduce and join them.
pub(super) fn is_list_of_references(line: &str) -> bool {
    if !line.contains(['#', '!']) {
        return false;
    }
    let mut found = false;
    let mut words = line.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    words.all(|word| {
        let word = word.trim_end_matches([':', '.', ';']);
        let is_reference = reference(word.find('#').map_or(word, |at| &word[at..])).is_some();
        found |= is_reference;
        let joins = ["and", "to", "pull", "merge", "request", "related"];
        is_reference
            || is_keyword(word)
            || joins.iter().any(|known| known.eq_ignore_ascii_case(word))
    }) && found
}

/// Whether a word introduces references, as `closes` and `related` do.
pub(super) fn introduces_references(word: &str) -> bool {
    is_keyword(word)
        || ["related", "reference"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
}

/// The maximum number of references that are read from the footers of one commit.
const MAX_REFERENCES: usize = 32;

const KEYWORDS: &[&str] = &[
    "close",
    "closes",
    "closed",
    "fix",
    "fixes",
    "fixed",
    "resolve",
    "resolves",
    "resolved",
    "ref",
    "refs",
    "references",
    "see",
    "issue",
    "issues",
    "pr",
];

fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// The kind that the keyword at the start of a line announces, and the text after it.
fn after_keyword(line: &str) -> Option<(ReferenceKind, &str)> {
    let end = line.find(|c: char| !c.is_ascii_alphabetic())?;
    let (word, rest) = line.split_at(end);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let kind = if word.eq_ignore_ascii_case("pr") {
        ReferenceKind::Request
    } else {
        ReferenceKind::Issue
    };
    (rest.starts_with([' ', '\t']) && is_keyword(word)).then_some((kind, rest))
}

/// The references of a group that contains nothing else.
fn group(text: &str) -> Option<Vec<FoundReference>> {
    let (found, rest) = read(text, None);
    (rest.is_empty() && !found.is_empty()).then_some(found)
}

/// Reads references and the words between them, up to the first other word; returns the rest.
fn read(text: &str, mut kind: Option<ReferenceKind>) -> (Vec<FoundReference>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
        let word = rest[..end].trim_end_matches([':', '.', ';']);
        if let Some(mut reference) = reference(word) {
            if reference.mark == Mark::Hash {
                reference.kind = kind.unwrap_or(ReferenceKind::Either);
            }
            let start = text.len() - rest.len();
            found.push(FoundReference {
                range: start..start + word.len(),
                reference,
            });
        } else if word.eq_ignore_ascii_case("pr") || word.eq_ignore_ascii_case("request") {
            kind = Some(ReferenceKind::Request);
        } else if is_keyword(word) {
            kind = Some(ReferenceKind::Issue);
        } else if !["and", "pull", "merge"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
        {
            return (found, rest);
        }
        rest = &rest[end..];
    }
}

/// `#12` or `!12`, with at most nine digits and without leading zeros.
fn reference(word: &str) -> Option<Reference> {
    let (mark, kind) = match word.as_bytes().first()? {
        b'#' => (Mark::Hash, ReferenceKind::Either),
        b'!' => (Mark::Bang, ReferenceKind::Request),
        _ => return None,
    };
    let digits = &word[1..];
    let is_number =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number = digits
        .parse()
        .ok()
        .filter(|_| is_number && !digits.starts_with('0'))?;
    Some(Reference { kind, mark, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(subject: &str) -> Vec<(String, ReferenceKind)> {
        let found = references_at_end(subject).into_iter();
        found
            .map(|FoundReference { range, reference }| {
                assert_eq!(subject[range], reference.to_string());
                (reference.to_string(), reference.kind)
            })
            .collect()
    }

    fn in_footers(rest: &str) -> Vec<String> {
        references_in_footers(rest)
            .into_iter()
            .map(|reference| reference.to_string())
            .collect()
    }

    #[test]
    fn parenthesized_numbers_at_the_end_are_references() {
        use ReferenceKind::{Either, Issue, Request};
        let one = |text: &str, kind| vec![(text.to_owned(), kind)];
        assert_eq!(at_end("add a thing (#12)"), one("#12", Either));
        assert_eq!(at_end("add a thing (!12)"), one("!12", Request));
        assert_eq!(at_end("add (fixes #3)"), one("#3", Issue));
        assert_eq!(at_end("add (pull request #7)"), one("#7", Request));
        assert_eq!(at_end("add (#1) (#2, #3)").len(), 3);
    }

    #[test]
    fn other_numbers_and_repositories_are_text() {
        for subject in [
            "fix #12 at last",
            "x (org/repo#1)",
            "x (#0)",
            "x (#1234567890)",
            "x (#12) y",
            "(#x)",
            "x ()",
            "x (#1 y)",
            "",
        ] {
            assert_eq!(at_end(subject), [], "{subject}");
        }
    }

    #[test]
    fn footers_name_issues() {
        assert_eq!(
            in_footers("\nbody\n\nCloses #1, closes #2 and #3\nFixes: #4\nRefs !5\nCloses #1"),
            ["#1", "#2", "#3", "#4", "!5"]
        );
    }

    #[test]
    fn prose_names_none() {
        assert_eq!(
            in_footers("this closes #1\nFixes the bug in #2\nCloses\nFixes#3\nCloses org/repo#4"),
            [""; 0]
        );
    }

    #[test]
    fn a_message_of_references_alone_is_read_in_a_moment() {
        assert_eq!(
            in_footers(
                &(1..100_000)
                    .map(|n| format!("Closes #{n}\n"))
                    .collect::<String>()
            )
            .len(),
            MAX_REFERENCES
        );
        assert_eq!(at_end(&" (#1)".repeat(100_000)).len(), 100_000);
    }
}
