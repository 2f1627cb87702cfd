//! Finds the texts that contain a name, without searching every text for every name.

use std::ops::Range;

use super::identifier::{fold, is_name_part, mentions_folded};

/// An index of texts by the words in them.
///
/// A name is found as a separate word or as a part of a path or an address. `-` and `_` are equal,
/// and so are capital and small letters.
pub(crate) struct NameIndex {
    /// The texts, folded.
    texts: Vec<String>,
    /// Every word of the texts, ordered by the word, then by text and position.
    words: Vec<Word>,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    text: usize,
    start: usize,
    end: usize,
}

impl NameIndex {
    pub(crate) fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(fold).collect();
        let mut words: Vec<Word> = Vec::new();
        for (text, folded) in texts.iter().enumerate() {
            words.extend(words_of(folded).map(|Range { start, end }| Word { text, start, end }));
        }
        let key = |word: &Word| &texts[word.text][word.start..word.end];
        // Stable, so that equal words stay in order.
        words.sort_by(|one, other| key(one).cmp(key(other)));
        Self { texts, words }
    }

    /// The positions of the texts that contain a name, in order.
    pub(crate) fn naming(&self, name: &str) -> Vec<usize> {
        let name = fold(name);
        let mut naming: Vec<usize> = self.occurrences(&name).collect();
        naming.dedup();
        naming
    }

    /// Whether any text contains a name.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.occurrences(&fold(name)).next().is_some()
    }

    /// The position of the text of each occurrence of a folded name, in order.
    fn occurrences<'n>(&'n self, name: &'n str) -> Box<dyn Iterator<Item = usize> + 'n> {
        let rarest = words_of(name)
            .map(|word| (word.start, self.find(&name[word])))
            .min_by_key(|(_, found)| found.len());
        match rarest {
            Some((offset, found)) => Box::new(
                found
                    .iter()
                    .filter(move |word| self.is_name_at(word, offset, name))
                    .map(|word| word.text),
            ),
            // A name of punctuation.
            None => Box::new(
                (0..self.texts.len()).filter(move |text| mentions_folded(&self.texts[*text], name)),
            ),
        }
    }

    /// Every occurrence of a word.
    fn find(&self, word: &str) -> &[Word] {
        let key = |word: &Word| &self.texts[word.text][word.start..word.end];
        let start = self.words.partition_point(|known| key(known) < word);
        let length = self.words[start..].partition_point(|known| key(known) == word);
        &self.words[start..start + length]
    }

    /// Whether the name is where one of its words, which begins at an offset in it, occurs.
    fn is_name_at(&self, word: &Word, offset: usize, name: &str) -> bool {
        let text = &self.texts[word.text];
        word.start.checked_sub(offset).is_some_and(|start| {
            text.as_bytes()[start..].starts_with(name.as_bytes())
                && !text[..start].ends_with(is_name_part)
                && !text[start + name.len()..].starts_with(is_name_part)
        })
    }
}

/// The words of a folded text or name.
fn words_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut words = text.split(|c: char| !is_name_part(c));
    let offset = move |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    std::iter::from_fn(move || words.find(|word| !word.is_empty()))
        .map(move |word| offset(word)..offset(word) + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::identifier::mentions;

    const TEXTS: [&str; 9] = [
        "Deploy Billing_API.",
        "apply k8s/billing-api.yaml to billing-api-2",
        "",
        "mybilling, billing; the old  token of aws_db.old",
        "„Größe“ straße STRASSE größe-2 Σας",
        "- -- a.b.c /x/ x/y",
        "revoke the old token; a.b",
        "É\u{301} 日本 日本-2 `日本`",
        "c",
    ];

    #[test]
    fn the_index_finds_what_a_search_finds() {
        let names = [
            "billing-api",
            "BILLING_api",
            "billing",
            "old token",
            "old",
            "aws_db.old",
            "größe",
            "a.b",
            ".b",
            "a.",
            "b.c",
            "/",
            "-",
            "--",
            "x/",
            "日本",
            "日本-2",
            "k8s/billing-api",
            "σας",
            "é",
            "c",
            "",
            " ",
            "billing-api.",
            "token of",
            "straße",
        ];
        let index = NameIndex::new(TEXTS);
        for name in names {
            let found: Vec<usize> = (0..TEXTS.len())
                .filter(|text| mentions(TEXTS[*text], name))
                .collect();
            assert_eq!(index.naming(name), found, "{name}");
        }
    }

    #[test]
    fn rarest_word_of_a_name_is_looked_up() {
        let texts: Vec<String> = (0..1000).map(|n| format!("old token-{n}")).collect();
        let index = NameIndex::new(texts.iter().map(String::as_str));
        assert_eq!(index.find("old").len(), 1000);
        assert_eq!(index.find("token-7").len(), 1);
        assert_eq!(index.naming("old token-7"), [7]);
    }
}
