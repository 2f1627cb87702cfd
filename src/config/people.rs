//! The people of a repository, and when two names belong to the same person.

use std::collections::BTreeMap;

use super::Config;
use super::reader::{Reader, entries, string, strings};
use super::section::{Section, TEXTS, Weakenings, is_subset};
use super::writer::Writer;
use crate::commit::normalized;
use crate::document::{Entry, Field, Shape, Table, quoted_key};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "people",
        Shape::Map(&Shape::Table(FIELDS)),
        "People who can be named in a ticket, by name. Default: anyone.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "email",
        Shape::Text,
        "Email address that the person commits with.",
    )
    .required(),
    Field::new("roles", TEXTS, "Roles that the person can approve in."),
    Field::new(
        "aliases",
        TEXTS,
        "Additional email addresses, names, and logins of the person.",
    ),
];

/// A person whom tickets can name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Person {
    /// The email address that the person commits with.
    pub(crate) email: String,
    /// The roles that the person can approve in.
    pub(crate) roles: Vec<String>,
    /// Additional email addresses, names, and logins.
    pub(crate) aliases: Vec<String>,
}

impl Person {
    /// Every name that a ticket may use for the person; `alias` is the key of the
    /// configuration.
    pub(crate) fn names<'a>(&'a self, alias: &'a str) -> impl Iterator<Item = &'a str> {
        [alias, &self.email]
            .into_iter()
            .chain(self.aliases.iter().map(String::as_str))
    }
}

/// Whether two names belong to the same person: not empty and equal when [`normalized`], or both
/// names of one entry of `people`.
#[must_use]
pub(crate) fn is_same_person(people: &BTreeMap<String, Person>, one: &str, other: &str) -> bool {
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

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    let person = |entry: &Entry| {
        let table = entry.value.as_table()?;
        let person = Person {
            email: string(table, "email")?,
            roles: strings(table, "roles"),
            aliases: strings(table, "aliases"),
        };
        Some((entry.key.clone(), person))
    };
    config.people = entries(table, "people").iter().filter_map(person).collect();
}

fn write(config: &Config, out: &mut Writer) {
    for (alias, person) in &config.people {
        out.table(format!("[people.{}]", quoted_key(alias)));
        out.string("email", &person.email);
        out.strings("roles", &person.roles);
        out.strings("aliases", &person.aliases);
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.people, &head.people);
    found.key("people", !base.is_empty() && changes_identities(base, head));
}

/// Whether a person is new or gone, or has another address, another name, or a new role. An author who
/// is no longer known by a name could approve the change under it.
fn changes_identities(base: &BTreeMap<String, Person>, head: &BTreeMap<String, Person>) -> bool {
    let is_known = |(alias, person): (&String, &Person)| {
        base.get(alias).is_some_and(|known| {
            known.email == person.email
                && is_subset(&person.roles, &known.roles)
                && is_subset(&person.aliases, &known.aliases)
        })
    };
    let is_kept = |(alias, known): (&String, &Person)| {
        head.get(alias)
            .is_some_and(|person| is_subset(&known.aliases, &person.aliases))
    };
    !head.iter().all(is_known) || !base.iter().all(is_kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, weakenings};

    #[test]
    fn people_and_goals_are_read_by_their_names() {
        let config =
            config("people.bo = { email = \"bo@x.org\", roles = [\"dba\"] }\ngoals.G-1 = \"Fast\"");
        assert_eq!(
            (
                config.people["bo"].email.as_str(),
                config.goals["G-1"].as_str()
            ),
            ("bo@x.org", "Fast")
        );
        assert_eq!(fault("people.bo = {}").0, "`people.bo.email` is missing");
    }

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

    #[test]
    fn gained_role_or_name_is_weaker() {
        let bo = |rest: &str| format!("people.bo = {{ email = \"bo@example.com\"{rest} }}");
        let expected = ["`people` changed"];
        assert_eq!(weakenings(&bo(""), &bo(", roles = [\"dba\"]")), expected);
        let alias = bo(", aliases = [\"eve@example.com\"]");
        assert_eq!(weakenings(&bo(""), &alias), expected);
        let other = "people.bo = { email = \"eve@example.com\" }";
        assert_eq!(weakenings(&bo(""), other), expected);
        assert_eq!(weakenings(&bo(", roles = [\"dba\"]"), &bo("")), [""; 0]);
        assert_eq!(weakenings(&bo(""), ""), expected);
        assert_eq!(weakenings("", &bo("")), [""; 0]);
    }

    #[test]
    fn lost_name_or_person_is_weaker() {
        let bo = |aliases: &str| {
            format!("people.bo = {{ email = \"bo@example.com\", aliases = [{aliases}] }}\n")
        };
        let kim = "people.kim.email = \"kim@example.com\"\n";
        let expected = ["`people` changed"];
        assert_eq!(
            weakenings(&bo("\"bo.berg@example.com\""), &bo("")),
            expected
        );
        assert_eq!(weakenings(&(bo("") + kim), &bo("")), expected);
        assert_eq!(
            weakenings(&bo("\"a\", \"b\""), &bo("\"b\", \"a\"")),
            [""; 0]
        );
        let reordered = kim.to_owned() + &bo("");
        assert_eq!(weakenings(&(bo("") + kim), &reordered), [""; 0]);
    }
}
