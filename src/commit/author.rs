//! The author and the co-authors of a change.
//!
//! A history has a million commits and a few hundred authors, so each author is stored once and
//! shared. `.mailmap` is applied by others.

use std::collections::HashMap;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use crate::commit::message::decoded;
use crate::commit::{RawPerson, Trailer};
use crate::source::is_hostile;

/// A person as named in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// The name, as written; may be empty.
    pub name: Box<str>,
    /// The address, as written; may be empty.
    pub email: Box<str>,
}

/// The authors seen so far.
#[derive(Debug, Default)]
pub(super) struct Authors {
    known: HashMap<Box<[u8]>, Arc<Author>>,
    key: Vec<u8>,
}

impl Authors {
    /// The author that a person is, decoded by the commit's `encoding` header.
    pub(super) fn of(&mut self, person: &RawPerson<'_>, encoding: Option<&[u8]>) -> Arc<Author> {
        self.key.clear();
        for part in [person.name, person.email, encoding.unwrap_or_default()] {
            self.key.extend_from_slice(part);
            self.key.push(b'\n'); // a header line cannot contain one, so that keys are unique
        }
        if let Some(known) = self.known.get(self.key.as_slice()) {
            return Arc::clone(known);
        }
        let text = |bytes| decoded(bytes, encoding).0.into();
        let author = Arc::new(Author {
            name: text(person.name),
            email: text(person.email),
        });
        self.known
            .insert(self.key.as_slice().into(), Arc::clone(&author));
        author
    }

    /// The authors that `Co-authored-by` trailers name, in order.
    pub(super) fn with(&mut self, trailers: &[Trailer<'_>]) -> Box<[Arc<Author>]> {
        let named = trailers
            .iter()
            .filter(|trailer| trailer.key.eq_ignore_ascii_case(CO_AUTHOR));
        let people = named.map(|trailer| RawPerson::parse(trailer.value.as_bytes()));
        let named_people =
            people.filter(|person| !(person.name.is_empty() && person.email.is_empty()));
        named_people.map(|person| self.of(&person, None)).collect()
    }
}

/// The normal form in which names and addresses of people are compared.
///
/// Case, composition (UAX #15, NFC), invisible characters, white space and trailing dots do not
/// make another person.
#[must_use]
pub(crate) fn normalized(name: &str) -> String {
    let is_unseen = |character: char| is_hostile(character) && !character.is_whitespace();
    let seen: String = name
        .chars()
        .filter(|character| !is_unseen(*character) && !is_filler(*character))
        .collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words
        .join(" ")
        .trim_end_matches([' ', '.'])
        .to_lowercase()
        .nfc()
        .collect()
}

/// Whether a character is invisible, besides Unicode's format controls.
const fn is_filler(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2065}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0080}'..='\u{e0fff}')
}

/// The trailer that names a co-author, in any letter case.
pub(super) const CO_AUTHOR: &str = "Co-authored-by";

#[cfg(test)]
mod tests {
    use super::*;

    fn author(authors: &mut Authors, line: &[u8], encoding: Option<&[u8]>) -> Arc<Author> {
        authors.of(&RawPerson::parse(line), encoding)
    }

    #[test]
    fn one_author_is_kept_once() {
        let mut authors = Authors::default();
        let first = author(&mut authors, b"Ada <ada@example.org> 1 +0000", None);
        let second = author(&mut authors, b"Ada <ada@example.org> 2 +0000", None);
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!((&*first.name, &*first.email), ("Ada", "ada@example.org"));
    }

    #[test]
    fn invisible_characters_do_not_change_identity() {
        for name in [
            "Kim@Example.com",
            "kim@example.com.",
            "kim\u{200b}@example.com",
            " kim@example.com\r",
            "kim@exa\u{ad}mple.com. ",
        ] {
            assert_eq!(normalized(name), "kim@example.com", "{name:?}");
        }
        assert_eq!(
            normalized("Zoe\u{308}  Mu\u{308}ller\t"),
            "zo\u{eb} m\u{fc}ller"
        );
        for name in [
            "kim@example.co",
            "kimexample.com",
            "k.im@example.com",
            "kim@example.com.au",
        ] {
            assert_ne!(normalized(name), "kim@example.com");
        }
    }

    #[test]
    fn names_are_decoded_as_the_message_is() {
        let mut authors = Authors::default();
        let line = b"Ren\xe9 <rene@example.org> 1 +0000";
        assert_eq!(
            &*author(&mut authors, line, Some(b"ISO-8859-1")).name,
            "René"
        );
        assert_eq!(&*author(&mut authors, line, None).name, "Ren\u{fffd}");
    }
}
