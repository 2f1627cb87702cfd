//! "Did you mean": the closest of the valid words.

use std::cmp::Reverse;

/// The minimum number of characters of a word that can be an abbreviation.
const MIN_ABBREVIATION: usize = 3;

/// The candidate that `word` most likely means: the one that it is a typo of, or else the only one
/// that it abbreviates or spells out, such as `feature` for `feat`.
#[must_use]
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    closest_typo(word, candidates.iter().copied()).or_else(|| abbreviation(word, &candidates))
}

/// The candidate that `word` is likely a typo of.
///
/// The Damerau–Levenshtein distance must be at most a third of the word's length, or one; letter
/// case does not count. Of equally near candidates, the one that begins and ends most like the word
/// is taken, then the first.
#[must_use]
pub(crate) fn closest_typo<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // The distance is at least the difference in length, which is known at no cost.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        // Words without a common letter are different words, not typos.
        .filter(|(distance, candidate)| {
            *distance <= limit && *distance < length.max(candidate.chars().count())
        })
        .min_by_key(|(distance, candidate)| {
            (
                *distance,
                Reverse(common_ends(&word, &candidate.to_lowercase())),
            )
        })
        .map(|(_, candidate)| candidate)
}

/// How many characters two words share at their beginnings and at their ends.
fn common_ends(one: &str, other: &str) -> usize {
    let start = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let end = one
        .chars()
        .rev()
        .zip(other.chars().rev())
        .take_while(|(a, b)| a == b)
        .count();
    start + end
}

/// The only candidate that begins with `word`, or that is most of the beginning of `word`.
fn abbreviation<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let is_related = |candidate: &&str| {
        let (candidate, size) = (candidate.to_lowercase(), candidate.chars().count());
        let is_short = length >= MIN_ABBREVIATION && candidate.starts_with(&word);
        is_short || (size >= MIN_ABBREVIATION && size * 2 > length && word.starts_with(&candidate))
    };
    let mut related = candidates.iter().copied().filter(is_related);
    related.next().filter(|_| related.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_is_found() {
        assert_eq!(
            closest("justifcation", ["title", "justification"]),
            Some("justification")
        );
    }

    #[test]
    fn another_letter_is_not_a_typo() {
        assert_eq!(closest("b", ["a"]), None);
        assert_eq!(closest("b", ["bb"]), Some("bb"));
    }

    #[test]
    fn case_does_not_count() {
        assert_eq!(closest("Title", ["title"]), Some("title"));
    }

    #[test]
    fn another_word_is_not_a_typo() {
        assert_eq!(closest("colour", ["title", "goal"]), None);
    }

    #[test]
    fn swapped_letters_are_one_edit() {
        assert_eq!(closest("chekc", ["schema", "check"]), Some("check"));
        assert_eq!(closest("chek", ["schema", "check"]), Some("check"));
    }

    #[test]
    fn equally_near_words_are_compared_by_their_ends() {
        assert_eq!(
            closest("validaton", ["validator", "validation"]),
            Some("validation")
        );
    }

    #[test]
    fn a_longer_form_of_a_word_is_recognised() {
        assert_eq!(closest("feature", ["fix", "feat"]), Some("feat"));
        assert_eq!(closest("perform", ["fix", "perf"]), Some("perf"));
        assert_eq!(closest("fixture", ["fix"]), None);
        assert_eq!(closest("val", ["validator", "validation"]), None);
        assert_eq!(closest_typo("feature", ["fix", "feat"]), None);
    }
}
