//! A normal form for texts that differ only in letter case or in how characters are composed.

use unicode_normalization::UnicodeNormalization as _;

/// The text without differences of letter case and of composition (UAX #15, NFC).
///
/// Characters with the same uppercase letter are equal, as in file systems that ignore case: `ſ`
/// and `s`, `ς` and `σ`.
#[must_use]
pub(crate) fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_do_not_count() {
        for (one, other) in [
            ("SRC/a", "src/A"),
            ("\u{dc}b", "u\u{308}B"),
            ("\u{3a3}\u{3c2}", "\u{3c3}\u{3c3}"),
            ("\u{17f}", "S"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(fold_case(one), fold_case(other), "{one} {other}");
        }
        for (one, other) in [("a", "\u{e4}"), ("a-b", "a_b"), ("\u{131}x", "\u{e9}x")] {
            assert_ne!(fold_case(one), fold_case(other), "{one} {other}");
        }
    }
}
