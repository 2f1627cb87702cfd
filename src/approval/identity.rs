//! Matches names of people: one person has many addresses, aliases and keys, but approves once, and
//! never their own work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::commit::{Author, Mailmap, RawPerson, is_bot, normalized};
use crate::config::{Person, is_same_person};

/// The people, as the base defines them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identities<'a> {
    /// The configured people, by alias; may be empty.
    pub(crate) people: &'a BTreeMap<String, Person>,
    /// The mailmap.
    pub(crate) mailmap: &'a Mailmap,
}

/// A person who has a hand in a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Contributor {
    /// The person, as the commit or the ticket names them.
    pub(crate) author: Author,
    /// How they are involved.
    pub(crate) involvement: Involvement,
    /// The approvals that were committed together with their work, by index, if the plan has not
    /// changed since and they are known only as a co-author of it: a squash lists people who
    /// approved in a branch as co-authors.
    ///
    /// If they signed one of these approvals, they reviewed the plan and are not treated as its
    /// author.
    pub(crate) co_committed_approvals: Vec<usize>,
}

/// How somebody is involved in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Involvement {
    /// They are the author of a commit.
    Author,
    /// They are a co-author of a commit.
    CoAuthor,
    /// They requested it.
    Requester,
    /// They wrote part of the plan.
    Editor,
}

impl Involvement {
    /// A short label beside their name.
    #[must_use]
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Author => "is an author",
            Self::CoAuthor => "is a co-author",
            Self::Requester => "is the requester",
            Self::Editor => "edited the plan",
        }
    }
}

impl Contributor {
    /// A contributor of whom nothing else is known.
    #[must_use]
    pub(crate) const fn of(author: Author, part: Involvement) -> Self {
        Self {
            author,
            involvement: part,
            co_committed_approvals: Vec::new(),
        }
    }
}

impl<'a> Identities<'a> {
    /// Whether two names certainly belong to one person, so that an approval under one of them
    /// counts for the other.
    #[must_use]
    pub(crate) fn is_same_person(&self, one: &str, other: &str) -> bool {
        let known = |one: &str, other: &str| is_same_person(self.people, one, other);
        known(one, other) || known(&self.address(one), &self.address(other))
    }

    /// The name of a person, and every other name that is certainly theirs, as the configuration
    /// and the mailmap spell them.
    #[must_use]
    pub(crate) fn names_surely_of(&self, name: &str) -> Vec<String> {
        let is_meant = |(alias, person): &(&String, &Person)| {
            person
                .names(alias)
                .any(|known| self.is_same_person(known, name))
        };
        let configured = self
            .people
            .iter()
            .filter(is_meant)
            .flat_map(|(alias, person)| person.names(alias));
        [name.to_owned(), self.address(name)]
            .into_iter()
            .chain(configured.map(str::to_owned))
            .collect()
    }

    /// Whether a commit of this author proves that the person of that name made it.
    ///
    /// Only addresses prove it: anybody can write any name beside their own address.
    #[must_use]
    pub(crate) fn proves(&self, author: &Author, name: &str) -> bool {
        let proper = self.mailmap.resolve(&Arc::new(author.clone()));
        let is_address = |text: &str| text.contains('@');
        let is_of = |email: &str| {
            let borne = |(alias, person): (&String, &Person)| {
                let mut addresses = person.names(alias).filter(|known| is_address(known));
                addresses.any(|known| normalized(known) == normalized(email))
                    && person
                        .names(alias)
                        .any(|own| self.is_same_person(own, name))
            };
            let written = [name, &self.address(name)]
                .into_iter()
                .any(|name| normalized(name) == normalized(email));
            is_address(email) && (written || self.people.iter().any(borne))
        };
        is_of(&author.email) || is_of(&proper.email)
    }

    /// Every name, [`normalized`], that may belong to the person with this name.
    ///
    /// Names that only may be theirs count too: people who share a possible name cannot be told
    /// apart.
    #[must_use]
    pub(crate) fn possible_names(&self, name: &str) -> BTreeSet<String> {
        let mut names = self.with_addresses([name.to_owned()]);
        let is_meant = |(alias, person): &(&String, &Person)| {
            self.with_addresses(person.names(alias).map(str::to_owned))
                .iter()
                .any(|known| names.contains(known))
        };
        let meant: Vec<_> = self.people.iter().filter(is_meant).collect();
        for (alias, person) in meant {
            names.extend(self.with_addresses(person.names(alias).map(str::to_owned)));
        }
        names
    }

    /// Every name, [`normalized`], that may belong to the author of a commit.
    #[must_use]
    pub(crate) fn possible_names_of_author(&self, author: &Author) -> BTreeSet<String> {
        let proper = self.mailmap.resolve(&Arc::new(author.clone()));
        let names = [&author.email, &proper.email, &author.name, &proper.name];
        names
            .into_iter()
            .filter(|own| !own.is_empty())
            .flat_map(|own| self.possible_names(own))
            .collect()
    }

    /// Whether a person of that name is configured.
    #[must_use]
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.people.iter().any(|(alias, person)| {
            person
                .names(alias)
                .any(|known| self.is_same_person(known, name))
        })
    }

    /// Whether a person may act in a role: configured people in their own roles, others in any role
    /// if no people are configured.
    #[must_use]
    pub(crate) fn has_role(&self, name: &str, role: &str) -> bool {
        self.people.is_empty()
            || self
                .roles(name)
                .iter()
                .any(|own| own.to_lowercase() == role.to_lowercase())
    }

    /// The roles that the configuration gives a person.
    #[must_use]
    pub(crate) fn roles(&self, name: &str) -> Vec<&'a str> {
        let is_meant = |(alias, person): &(&String, &Person)| {
            person
                .names(alias)
                .any(|known| self.is_same_person(known, name))
        };
        self.people
            .iter()
            .filter(is_meant)
            .flat_map(|(_, person)| &person.roles)
            .map(String::as_str)
            .collect()
    }

    /// The address with which the mailmap replaces another.
    fn address(&self, email: &str) -> String {
        let author = Arc::new(Author {
            name: "".into(),
            email: email.into(),
        });
        self.mailmap.resolve(&author).email.to_string()
    }

    /// These names, and the addresses with which the mailmap replaces them.
    fn with_addresses(&self, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for name in names {
            let own = normalized(&name);
            found.extend(
                self.mailmap
                    .addresses(&name)
                    .chain(self.mailmap.addresses(&own))
                    .map(normalized),
            );
            if !own.is_empty() {
                found.insert(own);
            }
        }
        found
    }
}

/// Whether a name is that of a bot: one of these, or a well-known one.
pub(crate) fn is_program(name: &str, bots: &[String]) -> bool {
    let person = RawPerson {
        name: name.as_bytes(),
        email: name.as_bytes(),
        ..RawPerson::default()
    };
    is_bot(&person) || bots.iter().any(|bot| normalized(bot) == normalized(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> BTreeMap<String, Person> {
        let aliases = vec!["bo.berg@example.com".into(), "Bo Berg".into()];
        BTreeMap::from([(
            "bo".into(),
            Person {
                email: "bo@example.com".into(),
                roles: vec!["dba".into()],
                aliases,
            },
        )])
    }

    #[test]
    fn addresses_aliases_and_the_mailmap_lead_to_one_person() {
        let (people, mailmap) = (
            people(),
            Mailmap::parse("<bo@example.com> <bo@old.example>\n"),
        );
        let who = Identities {
            people: &people,
            mailmap: &mailmap,
        };
        for name in [
            "bo",
            "BO@example.com",
            "bo.berg@example.com",
            "bo@old.example",
            "Bo@Old.example",
        ] {
            assert!(who.is_same_person("bo@example.com", name), "{name}");
        }
        assert!(!who.is_same_person("bo@example.com", "eve@example.com"));
        let author = |name: &str, email: &str| Author {
            name: name.into(),
            email: email.into(),
        };
        let may_be = |author: &Author, name: &str| {
            !who.possible_names_of_author(author)
                .is_disjoint(&who.possible_names(name))
        };
        assert!(may_be(&author("B", "bo@old.example"), "bo"));
        assert!(may_be(&author("bo berg", "laptop@home"), "bo@example.com"));
        assert!(
            may_be(&author("B", "bo@old.example."), "bo")
                && may_be(&author("Bo\u{200b} Berg", "x@y"), "bo")
        );
        assert!(!may_be(&author("Eve", "eve@example.com"), "bo"));
        assert!(!may_be(&author("", ""), ""));
        for nobody in ["", " ", ".", "\u{200b}"] {
            assert!(!may_be(&author("Z", nobody), nobody), "{nobody:?}");
            assert!(
                !who.is_same_person(nobody, nobody) && !who.is_same_person(nobody, ""),
                "{nobody:?}"
            );
        }
    }

    #[test]
    fn an_address_proves_who_commits_and_a_name_does_not() {
        let (people, mailmap) = (
            people(),
            Mailmap::parse("<bo@example.com> <bo@old.example>\n"),
        );
        let who = Identities {
            people: &people,
            mailmap: &mailmap,
        };
        let proves = |name: &str, email: &str, by: &str| {
            who.proves(
                &Author {
                    name: name.into(),
                    email: email.into(),
                },
                by,
            )
        };
        for email in ["BO@example.com", "bo@old.example", "bo.berg@example.com"] {
            for by in ["bo", "Bo Berg", "bo@example.com", "bo@old.example"] {
                assert!(proves("x", email, by), "{email} {by}");
            }
        }
        assert!(proves("x", "cy@example.com", "cy@example.com"));
        for by in ["bo", "Bo Berg", "bo@example.com"] {
            assert!(
                !proves("Bo Berg", "eve@example.com", by)
                    && !proves("bo", "bo", by)
                    && !proves("bo", "", by)
            );
        }
    }

    #[test]
    fn ambiguous_address_counts_for_each_person() {
        let mailmap = Mailmap::parse("Kim <kim@example.com> Kim Lee <kim@old.example>\n");
        let who = Identities {
            people: &BTreeMap::new(),
            mailmap: &mailmap,
        };
        assert!(
            !who.possible_names("kim@old.example")
                .is_disjoint(&who.possible_names("Kim@example.com"))
        );
        assert!(!who.is_same_person("kim@old.example", "kim@example.com"));
        assert!(
            who.possible_names("bo@old.example")
                .is_disjoint(&who.possible_names("kim@example.com"))
        );
    }

    #[test]
    fn a_name_leads_to_a_person_through_the_mailmap_of_any_other() {
        let people = BTreeMap::from([(
            "kim".into(),
            Person {
                email: "kim@old.example".into(),
                ..Person::default()
            },
        )]);
        let mailmap = Mailmap::parse("<kim@new.example> <kim@old.example>\n");
        let who = Identities {
            people: &people,
            mailmap: &mailmap,
        };
        assert!(who.possible_names("kim@new.example").contains("kim"));
    }

    #[test]
    fn roles_come_from_the_configured_people() {
        let (people, mailmap) = (people(), Mailmap::default());
        let who = Identities {
            people: &people,
            mailmap: &mailmap,
        };
        assert!(who.has_role("bo.berg@example.com", "DBA"));
        assert!(!who.has_role("bo", "security") && !who.has_role("eve@example.com", "dba"));
        let nobody = BTreeMap::new();
        assert!(
            Identities {
                people: &nobody,
                mailmap: &mailmap
            }
            .has_role("eve@example.com", "dba")
        );
    }

    #[test]
    fn programs_are_known_by_the_configuration_and_by_their_names() {
        assert!(is_program("ci@example.com", &["CI@example.com".into()]));
        assert!(is_program("1+renovate[bot]@users.noreply.github.com", &[]));
        assert!(!is_program("bo@example.com", &[]));
    }
}
