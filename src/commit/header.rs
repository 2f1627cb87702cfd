//! The first line of a conventional commit: `type(scope)!: subject`.
//!
//! `conventional_commit_parser` reads most lines. It does not allow digits and hyphens in types,
//! loses a scope with a space in it, and keeps extra spaces before the subject, so such lines are
//! split here by the same grammar (docs/design/versions.md, Messages).

use std::collections::HashMap;

use conventional_commit_parser::parse_summary;

/// The maximum number of prefixes in the cache.
const MAX_PREFIXES: usize = 4096;
/// The longest prefix in the cache, in bytes.
const MAX_PREFIX_LEN: usize = 64;

/// The parts of a conventional header, stored as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    line: Box<str>,
    kind_end: u32,
    subject_start: u32,
    /// Whether there is a `!` before the colon.
    pub(crate) bang: bool,
}

/// The parser's results for prefixes such as `feat(api)!`: a history has few of them, and each
/// takes the parser microseconds.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    /// Whether each has a `!`; `None`: it is not a prefix.
    known: HashMap<Box<str>, Option<bool>>,
}

impl Prefixes {
    fn bang(&mut self, prefix: &str) -> Option<bool> {
        if let Some(known) = self.known.get(prefix) {
            return *known;
        }
        // A subject may be any text, and takes the parser most of its time, so it gets a short one.
        let bang = parse_summary(&format!("{prefix}: x"))
            .ok()
            .map(|parsed| parsed.is_breaking_change);
        if prefix.len() <= MAX_PREFIX_LEN && self.known.len() < MAX_PREFIXES {
            self.known.insert(prefix.into(), bang);
        }
        bang
    }
}

impl Header {
    /// Splits a line; `None` if it is not conventional.
    #[must_use]
    pub(crate) fn parse(line: &str) -> Option<Self> {
        Self::parse_with(line, &mut Prefixes::default())
    }

    /// Like [`Self::parse`], for one of many lines.
    pub(super) fn parse_with(line: &str, prefixes: &mut Prefixes) -> Option<Self> {
        let (prefix, subject) = line.split_once(": ")?;
        if !is_plain(prefix) || subject.starts_with(' ') {
            return Self::split(line);
        }
        if subject.trim().is_empty() || subject.starts_with(char::is_whitespace) {
            return None;
        }
        let bang = prefixes.bang(prefix)?;
        let kind = prefix.split(['(', '!']).next().unwrap_or(prefix);
        Self::of(line, kind, subject, bang)
    }

    /// The type, as written.
    #[must_use]
    pub(crate) fn kind(&self) -> &str {
        &self.line[..self.kind_end as usize]
    }

    /// The scope, if there is one, without surrounding white space.
    #[must_use]
    pub(crate) fn scope(&self) -> Option<&str> {
        let (scope, _) = self.line[self.kind_end as usize..]
            .strip_prefix('(')?
            .split_once(')')?;
        Some(scope.trim())
    }

    /// The text after the colon.
    #[must_use]
    pub(crate) fn subject(&self) -> &str {
        &self.line[self.subject_start as usize..]
    }

    fn split(line: &str) -> Option<Self> {
        let end = line
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .unwrap_or(line.len());
        let (kind, mut rest) = line.split_at(end);
        if !kind.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('(') {
            let (text, after) = inner.split_once(')')?;
            if text.contains('(') || text.trim().is_empty() {
                return None;
            }
            rest = after;
        }
        let after_bang = rest.strip_prefix('!');
        let subject = after_bang
            .unwrap_or(rest)
            .strip_prefix(": ")?
            .trim_start_matches(' ');
        if subject.is_empty() || subject.starts_with(char::is_whitespace) {
            return None;
        }
        Self::of(line, kind, subject, after_bang.is_some())
    }

    /// The header whose parts are at the start and at the end of a line; `None` if it is longer
    /// than any message may be, and if the footer `BREAKING-CHANGE:` is in the place of a type.
    fn of(line: &str, kind: &str, subject: &str, bang: bool) -> Option<Self> {
        if !bang && is_breaking_token(kind) {
            return None;
        }
        Some(Self {
            line: line.into(),
            kind_end: kind.len().try_into().ok()?,
            subject_start: (line.len() - subject.len()).try_into().ok()?,
            bang,
        })
    }
}

/// Whether a word is the token of a footer for a breaking change, in a spelling that a type could
/// have.
fn is_breaking_token(word: &str) -> bool {
    [
        "BREAKING-CHANGE",
        "BREAKING_CHANGE",
        "BREAKING-CHANGES",
        "BREAKING_CHANGES",
    ]
    .iter()
    .any(|token| token.eq_ignore_ascii_case(word))
}

/// Whether the parser reads the text before the colon without loss.
fn is_plain(prefix: &str) -> bool {
    let kind = prefix
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(prefix.len());
    kind > 0
        && !prefix[kind..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '_')
        && !prefix.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(line: &str) -> Option<(String, Option<String>, bool, String)> {
        Header::parse(line).map(|h| {
            (
                h.kind().to_owned(),
                h.scope().map(str::to_owned),
                h.bang,
                h.subject().to_owned(),
            )
        })
    }

    fn some(
        kind: &str,
        scope: Option<&str>,
        bang: bool,
        subject: &str,
    ) -> Option<(String, Option<String>, bool, String)> {
        Some((kind.into(), scope.map(str::to_owned), bang, subject.into()))
    }

    #[test]
    fn header_is_split_into_its_parts() {
        assert_eq!(parts("feat: a"), some("feat", None, false, "a"));
        assert_eq!(
            parts("Feat(api)!: a: b"),
            some("Feat", Some("api"), true, "a: b")
        );
        assert_eq!(parts("fix!: a"), some("fix", None, true, "a"));
    }

    #[test]
    fn types_may_have_digits_hyphens_and_underscores() {
        assert_eq!(parts("hot-fix: a"), some("hot-fix", None, false, "a"));
        assert_eq!(parts("l10n(de): a"), some("l10n", Some("de"), false, "a"));
        assert_eq!(parts("a_b!: a"), some("a_b", None, true, "a"));
    }

    #[test]
    fn scopes_may_have_spaces_and_other_scripts() {
        assert_eq!(
            parts("feat(user settings): a"),
            some("feat", Some("user settings"), false, "a")
        );
        assert_eq!(parts("feat(ünï): a"), some("feat", Some("ünï"), false, "a"));
    }

    #[test]
    fn several_spaces_before_the_subject_are_allowed() {
        assert_eq!(parts("feat:   a"), some("feat", None, false, "a"));
    }

    #[test]
    fn what_only_looks_like_a_header_is_none() {
        for line in [
            "",
            "feat",
            "feat:a",
            "feat:\ta",
            "feat : a",
            "feat(): a",
            "feat( ): a",
            "feat((x)): a",
            "feat(x: a",
            "feat!(x): a",
            "1feat: a",
            ": a",
            "(x): a",
            "feat: ",
            "Merge branch 'x'",
            "a b: c",
            "feat(a) b: c",
            "é: a",
        ] {
            assert_eq!(parts(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_token_of_a_footer_is_not_a_type() {
        for line in [
            "BREAKING-CHANGE: a",
            "breaking-change(api): a",
            "BREAKING_CHANGE: a",
            "BREAKING-CHANGES: a",
        ] {
            assert_eq!(parts(line), None, "{line:?}");
        }
        assert_eq!(parts("breaking: a"), some("breaking", None, false, "a"));
    }

    #[test]
    fn a_mark_after_that_token_still_breaks() {
        assert_eq!(
            parts("BREAKING-CHANGE!: a"),
            some("BREAKING-CHANGE", None, true, "a")
        );
    }

    proptest! {
        #[test]
        fn split_agrees_with_the_parser_crate(line in "[a-zA-Z]{0,3}(\\([a-z,/ .()]{0,3}\\))?!?:? {0,2}[ -~é]{0,4}") {
            let line = line.trim();
            prop_assert_eq!(Header::parse(line), Header::split(line));
        }

        #[test]
        fn no_line_panics(line in "\\PC*") {
            let _ = Header::parse(&line);
        }
    }
}
