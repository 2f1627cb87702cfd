//! What versions, changelogs and checks cost, without disk and Git: `cargo bench`.
//!
//! Histories are made in memory, the same in every run. `tests/bench/compare.py` compares the
//! program with Git and other tools, on real repositories.

use std::borrow::Cow;
use std::collections::HashMap;

use divan::{Bencher, black_box};
use tollgate::changelog::{self, ChangelogRenderer};
use tollgate::commit::{Id, RawCommit, Reader};
use tollgate::config::{ChangelogSettings, Config, VersionSettings};
use tollgate::history::{History, NextOptions, Objects, ReleaseQuery, Scope, VersionQuery};
use tollgate::rules::{RuleSelection, Settings};
use tollgate::source::Source;
use tollgate::{Error, Result};

fn main() {
    divan::main();
}

/// A line of commits in memory.
struct Line {
    commits: HashMap<Id, Vec<u8>>,
    tags: Vec<(String, Id)>,
    head: Id,
}

impl Line {
    /// A line of `commits`, with a version tag after each `every` of them.
    fn new(commits: u32, every: u32) -> Self {
        let mut line = Self {
            commits: HashMap::new(),
            tags: Vec::new(),
            head: name(0),
        };
        for number in 0..commits {
            line.head = name(number);
            line.commits.insert(line.head, object(number));
            if number % every == 0 {
                line.tags
                    .push((format!("v1.{}.0", number / every), line.head));
            }
        }
        line
    }
}

fn name(number: u32) -> Id {
    let mut bytes = [0; 20];
    // Spread, as the hashes are that names are made of.
    bytes[..8].copy_from_slice(
        &(u64::from(number) + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_le_bytes(),
    );
    bytes[19] = bytes[7];
    Id::new(bytes)
}

fn object(number: u32) -> Vec<u8> {
    let parent = number
        .checked_sub(1)
        .map(|parent| format!("parent {}\n", name(parent)))
        .unwrap_or_default();
    let who = format!(
        "Dev {0} <dev{0}@example.org> {1} +0000",
        number % 97,
        1_300_000_000 + i64::from(number) * 600
    );
    format!(
        "tree {}\n{parent}author {who}\ncommitter {who}\n\n{}",
        name(u32::MAX),
        message(number)
    )
    .into_bytes()
}

fn message(number: u32) -> String {
    let kind = ["feat", "fix", "fix", "docs", "chore", "refactor"][number as usize % 6];
    let scope = ["", "(api)", "(core)", "(user settings)"][number as usize % 4];
    let body = "Retry the batch when the lease ends early, and keep the cursor of the replica.\n"
        .repeat(number as usize % 5);
    format!(
        "{kind}{scope}: keep the ledger of shard {number} (#{number})\n\n{body}\nRefs: #{number}\nSigned-off-by: Dev <dev@example.org>\n"
    )
}

impl Objects for Line {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.commits
            .get(&id)
            .ok_or_else(|| Error::history(format!("object `{id}` is missing"), ""))
    }

    fn tree(&self, _id: Id) -> Result<impl AsRef<[u8]>> {
        Ok([])
    }
}

impl History for Line {
    fn head(&self) -> Result<Option<Id>> {
        Ok(Some(self.head))
    }

    fn tag_names(&self) -> Result<impl Iterator<Item = Cow<'_, str>>> {
        Ok(self.tags.iter().map(|(name, _)| Cow::from(name)))
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        Ok(self
            .tags
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, commit)| *commit))
    }

    fn tag_time(&self, _name: &str) -> Result<Option<i64>> {
        Ok(None)
    }

    fn try_clone(&self, _number: usize) -> Result<impl Objects> {
        Ok(self)
    }

    fn is_shallow(&self, _id: Id) -> bool {
        false
    }
}

/// The next version of 10,000 commits, so many of them unreleased.
#[divan::bench(args = [300, 5_000])]
fn next(bencher: Bencher, unreleased: u32) {
    let mut line = Line::new(10_000, 10_000);
    line.tags.push(("v2.0.0".into(), name(10_000 - unreleased)));
    let settings = VersionSettings::default();
    let query = VersionQuery::repository(&settings);
    bencher.bench_local(|| query.next(&line, &NextOptions::default()));
}

/// The whole changelog, from objects to text.
#[divan::bench(args = [1_000, 10_000])]
fn changelog(bencher: Bencher, commits: u32) {
    let line = Line::new(commits, 100);
    let (version, settings) = (VersionSettings::default(), ChangelogSettings::default());
    bencher.bench_local(|| {
        let query = ReleaseQuery::new(&version);
        let releases = query
            .within(&line, Scope::default())
            .expect("nothing is missing");
        ChangelogRenderer::new(&settings, None).render(&changelog::notes(
            releases,
            &settings,
            "chore(release): {version}",
        ))
    });
}

/// One message after another: what they are, and what they say.
#[divan::bench]
fn classify_1000_messages(bencher: Bencher) {
    let objects: Vec<Vec<u8>> = (0..1_000).map(object).collect();
    bencher.bench_local(|| {
        let mut reader = Reader::default();
        for object in &objects {
            let raw = RawCommit::parse(object).expect("it is a commit");
            black_box(reader.read(name(0), &raw));
        }
    });
}

/// Tickets of the usual size, each among the others.
#[divan::bench(args = [1, 100, 1_000])]
fn check_tickets(bencher: Bencher, tickets: usize) {
    let text = include_str!("../../examples/tickets/canary-http3.toml");
    let sources: Vec<Source> = (0..tickets)
        .map(|number| Source::new(format!("changes/{number}.toml"), text))
        .collect();
    let now = "2026-11-20T12:00:00Z".parse().expect("it is an instant");
    let settings = Settings::new(&Config::default(), &RuleSelection::default(), now)
        .expect("the default is valid");
    bencher.bench_local(|| tollgate::rules::lint_tickets(&sources, &[], &settings));
}
