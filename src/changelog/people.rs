//! The contributors of a release, and which of them are new, according to the history alone.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::commit::{Author, Id, Mailmap, RawPerson, is_bot, normalized};
use crate::history::{ClassifiedCommit, Reason, Release};

/// An author of commits of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseContributor {
    /// The person, according to `.mailmap`.
    pub(crate) author: Arc<Author>,
    /// The number of their commits in the release.
    pub(crate) commits: usize,
    /// Their first commit, if no earlier release has one.
    pub(crate) first: Option<Id>,
}

/// Information about people that doesn't come from the commits of the releases.
#[derive(Debug, Default)]
pub(crate) struct People<'a> {
    /// Names and addresses from `.mailmap`.
    pub(crate) mailmap: Mailmap,
    /// Names and addresses of bots, in addition to the built-in ones.
    pub(crate) bots: &'a [String],
    /// Releases older than those that are shown; their authors aren't new contributors.
    pub(crate) before: Vec<Release>,
}

impl People<'_> {
    fn is_bot(&self, author: &Author) -> bool {
        let is = |known: &str| {
            [&author.name, &author.email]
                .into_iter()
                .any(|own| normalized(known) == normalized(own))
        };
        let person = RawPerson {
            name: author.name.as_bytes(),
            email: author.email.as_bytes(),
            seconds: None,
        };
        is_bot(&person) || self.bots.iter().any(|known| is(known))
    }
}

/// Looks up authors, each once.
pub(super) struct Register<'a> {
    people: &'a People<'a>,
    /// Results by the author's address in the commit.
    resolved: HashMap<*const Author, Option<Arc<Author>>>,
    /// Addresses and names in the releases so far.
    seen: HashSet<String>,
}

impl<'a> Register<'a> {
    pub(super) fn new(people: &'a People<'a>) -> Self {
        let mut register = Self {
            people,
            resolved: HashMap::new(),
            seen: HashSet::new(),
        };
        for release in &people.before {
            register.record(&release.commits);
        }
        register
    }

    /// The human authors of a commit, according to `.mailmap`, each once.
    pub(super) fn authors(&mut self, judged: &ClassifiedCommit) -> Vec<Arc<Author>> {
        let commit = &judged.commit;
        let mut authors: Vec<Arc<Author>> = Vec::with_capacity(1);
        for author in [&commit.author].into_iter().chain(commit.co_authors()) {
            let author = self.resolve(author);
            authors.extend(
                author.filter(|author| !authors.iter().any(|known| is_same(known, author))),
            );
        }
        authors
    }

    fn resolve(&mut self, author: &Arc<Author>) -> Option<Arc<Author>> {
        let people = self.people;
        let found = self.resolved.entry(Arc::as_ptr(author)).or_insert_with(|| {
            let author = people.mailmap.resolve(author);
            let is_nobody = author.name.is_empty() && author.email.is_empty();
            (!is_nobody && !people.is_bot(&author)).then_some(author)
        });
        found.clone()
    }

    /// The contributors of the next release, in the order of their newest commits. Releases must be
    /// passed from the oldest to the newest.
    ///
    /// Merge commits make nobody a contributor.
    pub(super) fn contributors(&mut self, commits: &[ClassifiedCommit]) -> Vec<ReleaseContributor> {
        let mut contributors: Vec<ReleaseContributor> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for judged in commits
            .iter()
            .filter(|judged| judged.reason != Reason::Merge)
        {
            for author in self.authors(judged) {
                let place = keys(&author).find_map(|key| places.get(&key).copied());
                let is_new = || !keys(&author).any(|key| self.seen.contains(&key));
                let place = place.unwrap_or_else(|| {
                    let first = is_new().then_some(judged.commit.id);
                    contributors.push(ReleaseContributor {
                        author: Arc::clone(&author),
                        commits: 0,
                        first,
                    });
                    contributors.len() - 1
                });
                places.extend(keys(&author).map(|key| (key, place)));
                let contributor = &mut contributors[place];
                contributor.commits += 1;
                // Commits are sorted newest first, so the last one is the person's first commit.
                contributor.first = contributor
                    .first
                    .filter(|_| is_new())
                    .map(|_| judged.commit.id);
            }
        }
        self.record(commits);
        contributors
    }

    fn record(&mut self, commits: &[ClassifiedCommit]) {
        for judged in commits {
            for author in self.authors(judged) {
                self.seen.extend(keys(&author));
            }
        }
    }
}

/// The keys by which a person is recognized: the address, and the name, since people change
/// addresses.
fn keys(author: &Author) -> impl Iterator<Item = String> {
    let parts = [("<", &author.email), ("", &author.name)];
    parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(mark, part)| format!("{mark}{}", normalized(part)))
}

fn is_same(one: &Author, other: &Author) -> bool {
    keys(one).any(|key| keys(other).any(|known| known == key))
}

/// The GitHub user name in an address such as `1234+ada@users.noreply.github.com`.
#[must_use]
pub(crate) fn login(author: &Author) -> Option<&str> {
    let local = author.email.strip_suffix("@users.noreply.github.com")?;
    let name = local.split_once('+').map_or(local, |(_, name)| name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    ((1..=39).contains(&name.len()) && name.chars().all(is_plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changelog::notes::tests::written_by;

    fn names(
        people: &People<'_>,
        releases: &[&[ClassifiedCommit]],
    ) -> Vec<Vec<(String, usize, bool)>> {
        let mut register = Register::new(people);
        let shown = |contributor: ReleaseContributor| {
            (
                contributor.author.name.to_string(),
                contributor.commits,
                contributor.first.is_some(),
            )
        };
        releases
            .iter()
            .map(|commits| {
                register
                    .contributors(commits)
                    .into_iter()
                    .map(shown)
                    .collect()
            })
            .collect()
    }

    fn shown(name: &str, commits: usize, is_new: bool) -> (String, usize, bool) {
        (name.to_owned(), commits, is_new)
    }

    #[test]
    fn author_without_earlier_commits_is_new() {
        let first = [
            written_by('b', "Ada <ada@x.org>"),
            written_by('a', "Ada <ada@x.org>"),
        ];
        let second = [
            written_by('d', "Bo <bo@x.org>"),
            written_by('c', "Ada <ada@x.org>"),
        ];
        let found = names(&People::default(), &[&first, &second]);
        assert_eq!(
            found,
            [
                vec![shown("Ada", 2, true)],
                vec![shown("Bo", 1, true), shown("Ada", 1, false)]
            ]
        );
    }

    #[test]
    fn the_first_commit_is_the_oldest() {
        let people = People::default();
        let commits = [
            written_by('b', "Ada <ada@x.org>"),
            written_by('a', "Ada <ada@x.org>"),
        ];
        let found = Register::new(&people).contributors(&commits);
        assert_eq!(found[0].first, Some(commits[1].commit.id));
    }

    #[test]
    fn new_address_is_not_a_new_contributor() {
        let mailmap = Mailmap::parse("Ada Lovelace <ada@x.org> <al@y.org>\n");
        let people = People {
            mailmap,
            ..People::default()
        };
        let first = [written_by('a', "Ada Lovelace <ada@x.org>")];
        let second = [
            written_by('b', "Ada Lovelace <new@z.org>"),
            written_by('c', "al <al@y.org>"),
        ];
        let found = names(&people, &[&first, &second]);
        assert_eq!(found[1], [shown("Ada Lovelace", 2, false)]);
    }

    #[test]
    fn bots_are_no_contributors() {
        let bots = ["sync@x.org".to_owned()];
        let people = People {
            bots: &bots,
            ..People::default()
        };
        let commits = [
            written_by(
                'a',
                "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>",
            ),
            written_by('b', "Dependabot <x@y.z>"),
            written_by('c', "Sync <Sync@x.org>"),
        ];
        assert_eq!(names(&people, &[&commits]), [vec![]]);
    }

    #[test]
    fn author_below_the_range_is_not_new() {
        let release = Release {
            version: None,
            tag: None,
            time: None,
            commits: vec![written_by('a', "Ada <ada@x.org>")],
        };
        let people = People {
            before: vec![release],
            ..People::default()
        };
        assert_eq!(
            names(&people, &[&[written_by('b', "Ada <ada@x.org>")]]),
            [vec![shown("Ada", 1, false)]]
        );
    }

    #[test]
    fn login_is_read_only_from_github_addresses() {
        let of = |email: &str| {
            login(&Author {
                name: "x".into(),
                email: email.into(),
            })
            .map(str::to_owned)
        };
        assert_eq!(of("1+ada@users.noreply.github.com").as_deref(), Some("ada"));
        assert_eq!(of("ada@users.noreply.github.com").as_deref(), Some("ada"));
        assert_eq!(of("ada@example.org"), None);
        assert_eq!(of("1+a b@users.noreply.github.com"), None);
    }
}
