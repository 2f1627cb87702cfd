//! The names and addresses with which `.mailmap` replaces those in commits.
//!
//! Read and applied as Git does (gitmailmap(5)): addresses and names match regardless of ASCII
//! case, later lines win, and an entry for a name and an address takes precedence over one for the
//! address alone.

use std::collections::HashMap;
use std::sync::Arc;

use crate::commit::Author;

/// A mailmap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailmap {
    /// By the address in commits, in lower case.
    entries: HashMap<String, Entry>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    proper: Proper,
    /// By the name in commits, in lower case.
    by_name: HashMap<String, Proper>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Proper {
    name: Option<Box<str>>,
    email: Option<Box<str>>,
}

impl Mailmap {
    /// Reads the text of a mailmap; invalid lines are ignored, as in Git.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut map = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((first, rest)) = person(line, Empty::Refused) else {
                continue;
            };
            let second = person(rest, Empty::Allowed).map(|(second, _)| second);
            map.add(first, second);
        }
        map
    }

    fn add(&mut self, proper: Person<'_>, old: Option<Person<'_>>) {
        let Person { name, email } = proper;
        let own = |text: &str| (!text.is_empty()).then(|| text.into());
        let Some(old) = old else {
            let entry = self.entries.entry(email.to_ascii_lowercase()).or_default();
            entry.proper.name = own(name).or(entry.proper.name.take());
            return;
        };
        let entry = self
            .entries
            .entry(old.email.to_ascii_lowercase())
            .or_default();
        let proper = Proper {
            name: own(name),
            email: Some(email.into()),
        };
        if old.name.is_empty() {
            entry.proper = Proper {
                name: proper.name.or(entry.proper.name.take()),
                email: proper.email,
            };
        } else {
            entry.by_name.insert(old.name.to_ascii_lowercase(), proper);
        }
    }

    /// The real name and address of an author.
    #[must_use]
    pub fn resolve(&self, author: &Arc<Author>) -> Arc<Author> {
        let Some(entry) = self.entries.get(&author.email.to_ascii_lowercase()) else {
            return Arc::clone(author);
        };
        let named = entry.by_name.get(&author.name.to_ascii_lowercase());
        let Proper { name, email } = named.unwrap_or(&entry.proper).clone();
        if name.is_none() && email.is_none() {
            return Arc::clone(author);
        }
        let name = name.unwrap_or_else(|| author.name.clone());
        Arc::new(Author {
            name,
            email: email.unwrap_or_else(|| author.email.clone()),
        })
    }

    /// The addresses that replace another one, for any name in a commit.
    pub(crate) fn addresses(&self, email: &str) -> impl Iterator<Item = &str> {
        let entry = self.entries.get(&email.to_ascii_lowercase());
        let propers = entry
            .into_iter()
            .flat_map(|entry| [&entry.proper].into_iter().chain(entry.by_name.values()));
        propers.filter_map(|proper| proper.email.as_deref())
    }
}

/// Whether an address may be empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Allowed,
    Refused,
}

/// A person as a line of a mailmap names them.
struct Person<'a> {
    name: &'a str,
    email: &'a str,
}

/// The name and address at the start of a text, and the rest.
fn person(text: &str, empty: Empty) -> Option<(Person<'_>, &str)> {
    let (name, rest) = text.split_once('<')?;
    let (email, rest) = rest.split_once('>')?;
    let person = Person {
        name: name.trim_ascii(),
        email,
    };
    (empty == Empty::Allowed || !email.is_empty()).then_some((person, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(map: &str, name: &str, email: &str) -> (String, String) {
        let author = Mailmap::parse(map).resolve(&Arc::new(Author {
            name: name.into(),
            email: email.into(),
        }));
        (author.name.to_string(), author.email.to_string())
    }

    fn pair(name: &str, email: &str) -> (String, String) {
        (name.to_owned(), email.to_owned())
    }

    #[test]
    fn the_four_kinds_of_lines_are_known() {
        assert_eq!(resolved("Ada <a@x>\n", "al", "A@X"), pair("Ada", "A@X"));
        assert_eq!(
            resolved("<ada@x> <a@x>\n", "al", "a@x"),
            pair("al", "ada@x")
        );
        assert_eq!(
            resolved("Ada <ada@x> <a@x>\n", "al", "a@x"),
            pair("Ada", "ada@x")
        );
        assert_eq!(
            resolved("Ada <ada@x> al <a@x>\n", "AL", "a@x"),
            pair("Ada", "ada@x")
        );
        assert_eq!(
            resolved("Ada <ada@x> al <a@x>\n", "bo", "a@x"),
            pair("bo", "a@x")
        );
    }

    #[test]
    fn addresses_of_all_entries_are_joined() {
        let map = Mailmap::parse("Ada <ada@x> al <a@x>\nBo <bo@x> <a@x>\nCy <a@x>\n");
        let mut addresses: Vec<_> = map.addresses("A@x").collect();
        addresses.sort_unstable();
        assert_eq!(addresses, ["ada@x", "bo@x"]);
        assert_eq!(map.addresses("ada@x").count(), 0);
    }

    #[test]
    fn comments_and_other_lines_are_ignored() {
        assert_eq!(
            Mailmap::parse("# Ada <a@x>\n\nAda\n<>\nAda <>\n"),
            Mailmap::default()
        );
    }
}
