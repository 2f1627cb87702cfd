//! Lists of patterns as in OpenSSH: `*`, `?`, commas, and `!` for exclusions (ssh_config(5),
//! PATTERNS).

/// A list of patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patterns(String);

impl Patterns {
    pub(super) fn new(list: &str) -> Self {
        Self(list.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a text matches: some pattern fits, and no pattern with `!` does.
    pub(super) fn matches(&self, text: &str) -> bool {
        let mut is_meant = false;
        for pattern in self.0.split(',') {
            match pattern.strip_prefix('!') {
                Some(pattern) if pattern_matches(pattern.as_bytes(), text.as_bytes()) => {
                    return false;
                }
                Some(_) => {}
                None => is_meant |= pattern_matches(pattern.as_bytes(), text.as_bytes()),
            }
        }
        is_meant
    }

    /// The same patterns in lower case, to compare them with texts in lower case.
    pub(super) fn in_lower_case(&self) -> Self {
        Self(self.0.to_lowercase())
    }

    /// The patterns without `!`.
    pub(super) fn positive(&self) -> impl Iterator<Item = &str> {
        self.0
            .split(',')
            .filter(|pattern| !pattern.starts_with('!'))
    }
}

/// Whether a pattern fits an entire text. Each `*` is retried once for each byte, so the cost is
/// the product of both lengths.
fn pattern_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut star = None;
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[here] => (at, here) = (at + 1, here + 1),
            _ => {
                let Some((star_at, from)) = star else {
                    return false;
                };
                (at, here) = (star_at + 1, from + 1);
                star = Some((star_at, from + 1));
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(list: &str, text: &str) -> bool {
        Patterns::new(list).matches(text)
    }

    #[test]
    fn wildcards_match_any_text() {
        assert!(mean("bo@example.com", "bo@example.com"));
        assert!(mean("*@example.com", "bo@example.com"));
        assert!(mean("?o@*", "bo@example.com"));
        assert!(mean("*a*b*", "xaxbx"));
        assert!(!mean("*@example.com", "bo@example.com.evil.org"));
        assert!(!mean("Bo@example.com", "bo@example.com"));
        assert!(!mean("", "bo@example.com"));
    }

    #[test]
    fn negated_pattern_always_wins() {
        assert!(mean("*@example.com,!eve@*", "bo@example.com"));
        assert!(!mean("*@example.com,!eve@*", "eve@example.com"));
        assert!(!mean("!eve@*,*", "eve@example.com"));
        assert!(!mean("!eve@*", "bo@example.com"));
    }

    #[test]
    fn many_marks_are_no_burden() {
        assert!(!mean(&"*a".repeat(500), &"a".repeat(499)));
        assert!(mean(&"*".repeat(9999), &"a".repeat(9999)));
    }

    proptest::proptest! {
        #[test]
        fn matching_agrees_with_a_reference_search(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            fn slow(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern, text) {
                    ([], text) => text.is_empty(),
                    ([b'*', rest @ ..], text) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
                    ([b'?', rest @ ..], [_, text @ ..]) => slow(rest, text),
                    ([byte, rest @ ..], [first, text @ ..]) => byte == first && slow(rest, text),
                    _ => false,
                }
            }
            proptest::prop_assert_eq!(pattern_matches(pattern.as_bytes(), text.as_bytes()), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
