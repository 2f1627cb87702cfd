//! Who is who: one person has many addresses, aliases and keys, and still approves once, and never their own work.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::commit::{Author, Mailmap, Signature, is_bot};
use crate::config::{Person, is_one_person};

/// What the base knows of people.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The configured people, by alias; empty: none are configured.
    pub people: &'a BTreeMap<String, Person>,
    /// The mailmap.
    pub mailmap: &'a Mailmap,
}

/// Somebody who has a hand in a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// Who it is, as the commit or the ticket names them.
    pub author: Author,
    /// What they did.
    pub part: Part,
}

/// What somebody has to do with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// They wrote a commit of it.
    Author,
    /// They wrote a commit of it with somebody.
    CoAuthor,
    /// They asked for it.
    Requester,
    /// They wrote a part of the plan.
    Editor,
}

impl Part {
    /// What they are, in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "an author",
            Self::CoAuthor => "a co-author",
            Self::Requester => "the requester",
            Self::Editor => "an editor of the plan",
        }
    }
}

impl<'a> Who<'a> {
    /// Whether two names are of one person.
    #[must_use]
    pub fn is_one(&self, one: &str, other: &str) -> bool {
        let known = |one: &str, other: &str| is_one_person(self.people, one, other);
        known(one, other) || known(&self.address(one), &self.address(other))
    }

    /// Whether an author is the person of that name.
    #[must_use]
    pub fn is_author(&self, author: &Author, name: &str) -> bool {
        let proper = self.mailmap.resolve(&Arc::new(author.clone()));
        let names = [&author.email, &proper.email, &author.name, &proper.name];
        names.into_iter().any(|own| !own.is_empty() && self.is_one(own, name))
    }

    /// Whether somebody may speak in a role: whoever is configured only in their own, and all others in any where
    /// nobody is configured.
    #[must_use]
    pub fn has_role(&self, name: &str, role: &str) -> bool {
        self.people.is_empty() || self.roles(name).iter().any(|own| own.to_lowercase() == role.to_lowercase())
    }

    /// The roles that the configuration gives somebody.
    #[must_use]
    pub fn roles(&self, name: &str) -> Vec<&'a str> {
        let is_meant = |(alias, person): &(&String, &Person)| person.names(alias).any(|known| self.is_one(known, name));
        self.people.iter().filter(is_meant).flat_map(|(_, person)| &person.roles).map(String::as_str).collect()
    }

    /// The address that the mailmap puts in the place of another.
    fn address(&self, email: &str) -> String {
        let author = Arc::new(Author { name: "".into(), email: email.into() });
        self.mailmap.resolve(&author).email.to_string()
    }
}

/// Whether a name is that of a program: one of these, or a well-known one.
pub(super) fn is_program(name: &str, bots: &[String]) -> bool {
    let signature = Signature { name: name.as_bytes(), email: name.as_bytes(), ..Signature::default() };
    is_bot(&signature) || bots.iter().any(|bot| bot.to_lowercase() == name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> BTreeMap<String, Person> {
        let aliases = vec!["bo.berg@example.com".into(), "Bo Berg".into()];
        BTreeMap::from([("bo".into(), Person { email: "bo@example.com".into(), roles: vec!["dba".into()], aliases })])
    }

    #[test]
    fn addresses_aliases_and_the_mailmap_lead_to_one_person() {
        let (people, mailmap) = (people(), Mailmap::parse("<bo@example.com> <bo@old.example>\n"));
        let who = Who { people: &people, mailmap: &mailmap };
        for name in ["bo", "BO@example.com", "bo.berg@example.com", "bo@old.example", "Bo@Old.example"] {
            assert!(who.is_one("bo@example.com", name), "{name}");
        }
        assert!(!who.is_one("bo@example.com", "eve@example.com"));
        let author = |name: &str, email: &str| Author { name: name.into(), email: email.into() };
        assert!(who.is_author(&author("B", "bo@old.example"), "bo"));
        assert!(who.is_author(&author("bo berg", "laptop@home"), "bo@example.com"));
        assert!(!who.is_author(&author("Eve", "eve@example.com"), "bo"));
        assert!(!who.is_author(&author("", ""), ""));
    }

    #[test]
    fn a_role_is_that_of_the_configuration_where_people_are_configured() {
        let (people, mailmap) = (people(), Mailmap::default());
        let who = Who { people: &people, mailmap: &mailmap };
        assert!(who.has_role("bo.berg@example.com", "DBA"));
        assert!(!who.has_role("bo", "security") && !who.has_role("eve@example.com", "dba"));
        let nobody = BTreeMap::new();
        assert!(Who { people: &nobody, mailmap: &mailmap }.has_role("eve@example.com", "dba"));
    }

    #[test]
    fn programs_are_known_by_the_configuration_and_by_their_names() {
        assert!(is_program("ci@example.com", &["CI@example.com".into()]));
        assert!(is_program("1+renovate[bot]@users.noreply.github.com", &[]));
        assert!(!is_program("bo@example.com", &[]));
    }
}
