//! The words of a text, their forms, and lists of words.
//!
//! Forms are those of English words only.

use std::borrow::Cow;
use std::collections::HashSet;

/// Slots of the hash table of a word list.
const SLOTS: usize = 512;

/// A word list, hashed when Tollgate is compiled.
#[derive(Debug)]
pub(crate) struct Words {
    list: &'static str,
    /// The offset of a word in the list, plus one, in the first free slot from its hash on; 0 if the
    /// slot is free.
    table: [u16; SLOTS],
}

impl Words {
    /// A list from its words, separated by spaces.
    pub(crate) const fn new(list: &'static str) -> Self {
        assert!(list.len() < u16::MAX as usize);
        let bytes = list.as_bytes();
        let mut table = [0; SLOTS];
        let mut count = 0;
        let mut start = 0;
        let mut hash = HASH_SEED;
        let mut at = 0;
        while at <= bytes.len() {
            if at < bytes.len() && bytes[at] != b' ' {
                hash = add_to_hash(hash, bytes[at]);
            } else {
                if start < at {
                    let mut slot = hash as usize % SLOTS;
                    while table[slot] != 0 {
                        slot = (slot + 1) % SLOTS;
                    }
                    #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
                    {
                        table[slot] = start as u16 + 1;
                    }
                    count += 1;
                }
                start = at + 1;
                hash = HASH_SEED;
            }
            at += 1;
        }
        assert!(count <= SLOTS / 2, "a full table makes searches slow");
        Self { list, table }
    }

    /// The words as they were given.
    #[cfg(test)]
    pub(crate) const fn list(&self) -> &'static str {
        self.list
    }

    /// Each word of the list.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.list.split_ascii_whitespace()
    }

    /// Whether exactly this word is on the list.
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.contains_parts(word, None)
    }

    /// Whether a word, or the word that it is a form of, is on the list.
    pub(crate) fn has(&self, word: &str) -> bool {
        bases(word).any(|(stem, end)| self.contains_parts(stem, end))
    }

    fn contains_parts(&self, stem: &str, end: Option<u8>) -> bool {
        let bytes = || stem.bytes().chain(end);
        let mut slot = bytes().fold(HASH_SEED, add_to_hash) as usize % SLOTS;
        let length = stem.len() + end.iter().len();
        while let Some(start) = self.table[slot].checked_sub(1) {
            let rest = &self.list.as_bytes()[usize::from(start)..];
            let is_word = rest.len() >= length
                && rest.get(length).is_none_or(|after| *after == b' ')
                && rest[..length].iter().copied().eq(bytes());
            if is_word {
                return length > 0;
            }
            slot = (slot + 1) % SLOTS;
        }
        false
    }
}

const HASH_SEED: u32 = 0x811c_9dc5;

/// The FNV-1a hash of the bytes so far and another one.
const fn add_to_hash(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// The words of a plain piece, in lower case: runs of letters and digits. "n't" is "not".
pub(crate) fn words(piece: &str) -> impl Iterator<Item = Cow<'_, str>> {
    piece
        .split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c))
        .filter(|token| !token.is_empty())
        .flat_map(|token| {
            let is_simple = token.is_ascii() && !token.contains("n't");
            let (simple, other) = if is_simple {
                let word = token.split('\'').next().filter(|word| !word.is_empty());
                (word.map(in_lower_case), Vec::new())
            } else {
                (None, odd_words(token))
            };
            simple.into_iter().chain(other)
        })
}

/// A word of ASCII letters and digits in lower case.
pub(super) fn in_lower_case(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// The words of a token with "n't" or letters outside of ASCII.
fn odd_words(token: &str) -> Vec<Cow<'_, str>> {
    if !token.contains(is_apostrophe) {
        let word = token.to_lowercase();
        if word.chars().all(char::is_alphanumeric) {
            return vec![Cow::Owned(word)];
        }
    }
    token
        .replace("n't", " not")
        .replace("n’t", " not")
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c))
        .map(|word| word.split(is_apostrophe).next().unwrap_or_default())
        .filter(|word| !word.is_empty())
        .map(|word| Cow::Owned(word.to_owned()))
        .collect()
}

const fn is_apostrophe(c: char) -> bool {
    c == '\'' || c == '’'
}

/// Whether two words are forms of the same word.
pub(crate) fn same_word(one: &str, other: &str) -> bool {
    let is_form_of =
        |word, base: &str| bases(word).any(|(stem, end)| base.bytes().eq(stem.bytes().chain(end)));
    is_form_of(one, other) || is_form_of(other, one)
}

/// Every word that a word may be a form of, as a stem and the letter after it: updates, updated,
/// updating; applies, applied; dropping.
fn bases(word: &str) -> impl Iterator<Item = (&str, Option<u8>)> {
    let endings: &[&str] = match word.as_bytes().last() {
        Some(b's') => &["s", "es"],
        Some(b'd') => &["d", "ed"],
        Some(b'g') => &["ing"],
        _ => &[],
    };
    let others = endings.iter().flat_map(move |ending| {
        let stem = word.strip_suffix(ending).unwrap_or_default();
        let without = |last: char| stem.strip_suffix(last).filter(|rest| !rest.is_empty());
        let with_e = (*ending == "ing").then_some((stem, Some(b'e')));
        let with_y = ["es", "ed"]
            .contains(ending)
            .then(|| without('i'))
            .flatten()
            .map(|rest| (rest, Some(b'y')));
        let doubled = ["ed", "ing"]
            .contains(ending)
            .then(|| stem.chars().next_back())
            .flatten()
            .and_then(|last| without(last).filter(|rest| rest.ends_with(last)))
            .map(|rest| (rest, None));
        let all = [Some((stem, None)), with_e, with_y, doubled];
        all.into_iter().flatten().filter(move |_| !stem.is_empty())
    });
    std::iter::once((word, None)).chain(others)
}

/// Every form of a word, in parts: the inverse of [`bases`].
fn forms(word: &str) -> impl Iterator<Item = [&str; 3]> {
    let last = word.char_indices().next_back();
    let last = last.map_or("", |(at, _)| &word[at..]);
    let changed = |end: char, ending| {
        let rest = word.strip_suffix(end).filter(|rest| !rest.is_empty())?;
        Some([rest, "", ending])
    };
    let plain = ["s", "es", "d", "ed", "ing"].map(|ending| Some([word, "", ending]));
    let doubled = ["ed", "ing"].map(|ending| Some([word, last, ending]));
    let changed = [
        changed('e', "ing"),
        changed('y', "ies"),
        changed('y', "ied"),
    ];
    plain.into_iter().chain(doubled).chain(changed).flatten()
}

/// Words that others are compared with: whether they are forms of one of them.
#[derive(Debug)]
pub(crate) struct WordForms<'t>(HashSet<Cow<'t, str>>);

impl WordForms<'_> {
    /// Whether a word and one of these are the same word, as [`same_word`] decides.
    pub(crate) fn has(&self, word: &str) -> bool {
        let mut joined = String::new();
        let mut has_joined = |parts: &[&str]| {
            joined.clear();
            joined.extend(parts.iter().copied());
            self.0.contains(joined.as_str())
        };
        let is_form = bases(word).any(|(stem, end)| match end {
            None => self.0.contains(stem),
            Some(end) => has_joined(&[stem, char::from(end).encode_utf8(&mut [0; 4])]),
        });
        is_form || (!word.is_empty() && forms(word).any(|parts| has_joined(&parts)))
    }
}

impl<'t> FromIterator<Cow<'t, str>> for WordForms<'t> {
    fn from_iter<I: IntoIterator<Item = Cow<'t, str>>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIST: Words = Words::new("update fix apply drop deploy version use be");

    #[test]
    fn word_matches_its_inflections() {
        for word in [
            "updates", "updated", "updating", "applies", "applied", "applying", "dropped",
            "dropping", "fixes", "using", "used", "being",
        ] {
            assert!(LIST.has(word), "{word}");
        }
        for word in [
            "updater",
            "dropout",
            "fixture",
            "applicant",
            "versioned2",
            "",
            "s",
            "ing",
            "ed",
            "update fix",
            "dropping ",
            "us",
        ] {
            assert!(!LIST.has(word), "{word}");
        }
        assert!(LIST.contains("update") && !LIST.contains("updates"));
    }

    #[test]
    fn words_of_any_script_can_be_compared() {
        assert!(same_word("ⱥ", "ⱥs") && same_word("über", "übers"));
        assert!(!same_word("ⱥⱥing", "é"));
    }

    #[test]
    fn word_forms_agree_with_comparisons() {
        let words = [
            "try", "tries", "tried", "trying", "drop", "dropped", "use", "using", "uses", "us",
            "i", "ing", "ed", "ied", "é", "éés", "ééing", "s", "agree", "agreed", "bes", "ties",
            "tie", "", "y", "e", "ee", "éé",
        ];
        for one in words {
            let forms: WordForms<'_> = [Cow::from(one)].into_iter().collect();
            for other in words {
                assert_eq!(forms.has(other), same_word(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let read = |text: &str| words(text).collect::<Vec<_>>().join(" ");
        assert_eq!(
            read("It's DON'T isn't; v1.2, Größe’s can’t"),
            "it don is not v1 2 größe ca not"
        );
        assert_eq!(read("don't-n't'a 'n't"), "do not not not");
        assert_eq!(read("İx — ..."), "i x");
    }
}
