//! The people of a configuration, and when two names belong to the same person.

use std::collections::BTreeMap;

use crate::commit::normalized;

/// Somebody whom tickets may name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The address under which the person commits.
    pub email: String,
    /// The roles in which the person approves.
    pub roles: Vec<String>,
    /// Further addresses and names.
    pub aliases: Vec<String>,
}

impl Person {
    /// Every name that a ticket may use for the person; `alias` is the key of the
    /// configuration.
    pub fn names<'a>(&'a self, alias: &'a str) -> impl Iterator<Item = &'a str> {
        [alias, &self.email]
            .into_iter()
            .chain(self.aliases.iter().map(String::as_str))
    }
}

/// Whether two names belong to the same person: not empty and equal when [`normalized`], or both
/// names of one entry of `people`.
#[must_use]
pub fn is_same_person(people: &BTreeMap<String, Person>, one: &str, other: &str) -> bool {
    let (one, other) = (normalized(one), normalized(other));
    let has_name = |(alias, person): (&String, &Person), name: &str| {
        let mut names = person.names(alias);
        names.any(|known| normalized(known) == name)
    };
    let is_named = !one.is_empty() && !other.is_empty();
    is_named
        && (one == other
            || people
                .iter()
                .any(|person| has_name(person, &one) && has_name(person, &other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_any_case() {
        let person = Person {
            email: "bo@x.org".into(),
            aliases: vec!["Bo Berg".into()],
            ..Person::default()
        };
        let people = BTreeMap::from([("bo".to_owned(), person)]);
        assert!(is_same_person(&people, "BO", "bo berg") && is_same_person(&people, "Cy", "cy"));
        assert!(!is_same_person(&people, "bo", "cy"));
    }

    #[test]
    fn names_match_in_any_unicode_composition() {
        let people = BTreeMap::new();
        assert!(is_same_person(
            &people,
            "Zo\u{eb} M\u{fc}ller",
            "zoe\u{308} mu\u{308}ller"
        ));
        assert!(!is_same_person(&people, "Zo\u{eb}", "Zoe"));
    }
}
