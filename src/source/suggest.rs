//! "Did you mean": the nearest of the words that would have been right.

/// The candidate nearest to `word`, where one is near enough to be a likely slip of the hand.
///
/// Near enough is a Damerau–Levenshtein distance of at most a third of the word's length, and at least one; case does
/// not count. The first candidate wins a tie.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // The distance is at least the difference in length, which costs nothing to know.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_found() {
        assert_eq!(closest("justifcation", ["title", "justification"]), Some("justification"));
    }

    #[test]
    fn case_does_not_count() {
        assert_eq!(closest("Title", ["title"]), Some("title"));
    }

    #[test]
    fn another_word_is_not_a_slip() {
        assert_eq!(closest("colour", ["title", "goal"]), None);
    }
}
