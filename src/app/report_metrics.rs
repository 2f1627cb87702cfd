//! Collects what metrics are computed from: all releases of a period in one pass over the history,
//! and the tickets of HEAD. `report` computes the figures.

use std::collections::{BTreeSet, HashMap, HashSet};

use globset::GlobSet;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::app::gate::branch_tickets::text;
use crate::app::release::tickets::cited_by;
use crate::app::report::{ReportOptions, clock, project_name};
use crate::approval::{CommitFacts, MergeReader, TicketHistories};
use crate::commit::Id;
use crate::config::{Config, Package, Prereleases};
use crate::error::{Error, Result};
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{
    ClassifiedCommit, Reason, Release, ReleaseQuery, ReleaseReader, Scope, ScopeReader,
    is_release_commit,
};
use crate::release_file::{Action, Moment, ParsedReleaseFile};
use crate::report::{
    Clock, MeasuredAction, MeasuredCommit, MeasuredRelease, MeasuredTicket, MetricsFacts, Period,
    UnitReleases,
};
use crate::source::shorten;
use crate::ticket::ParsedTicket;
use crate::workspace::Workspace;
use crate::workspace::tickets::{TotalBytes, paths_of_tickets};

/// Collects the releases of a period, with their commits and tickets.
///
/// `options.release` is a range such as `v1.0.0..v1.3.0`; without it, the period is the last twelve
/// months.
///
/// # Errors
///
/// Fails if a release of the range or the package does not exist, if history is missing, and if
/// something cannot be read.
pub(crate) fn metrics_facts(
    repository: &Repository,
    options: &ReportOptions,
) -> Result<MetricsFacts> {
    let range = options.release.as_deref().map(Range::parse).transpose()?;
    facts_of_range(repository, options, range.as_ref(), None)
}

/// Collects a release and those before it, as many as this in all.
///
/// # Errors
///
/// Fails for the same reasons.
pub(crate) fn metrics_until(
    repository: &Repository,
    options: &ReportOptions,
    tag: &str,
    count: usize,
) -> Result<MetricsFacts> {
    let range = Range::parse(&format!("..{tag}"))?;
    facts_of_range(repository, options, Some(&range), Some(count))
}

/// Collects the releases of a range, only the latest of them if a count is given.
fn facts_of_range(
    repository: &Repository,
    options: &ReportOptions,
    range: Option<&Range>,
    count: Option<usize>,
) -> Result<MetricsFacts> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let history = repository.history()?;
    let clock = clock(&config, options)?;
    let head = repository.resolve("HEAD")?;
    let packages = packages(&config, options.package.as_deref())?;
    let mut reader = ReleaseReader::new(&history, packages.iter().copied().flatten())?;
    let mut units = Vec::new();
    for package in packages {
        let query = ReleaseQuery {
            settings: &config.version,
            package,
            prereleases: Prereleases::Fold,
        };
        let scope = Scope {
            tip: Some(head),
            ..Scope::default()
        };
        let releases = query.read(&mut reader, scope)?;
        let mut chosen = Chosen::new(releases, range, clock.now)?;
        if let Some(count) = count {
            chosen.keep_latest(count);
        }
        units.push((package, chosen));
    }
    if units.len() > 1 && range.is_some() {
        return Err(Error::usage(
            "a range is about one package",
            "pass `--package` with its name, or leave the range out",
        ));
    }
    drop(reader);
    let collector = Collector {
        repository,
        history: &history,
        config: &config,
        clock: &clock,
        head,
        tree: repository.tree(head)?,
    };
    let changes = collector.changes(&units)?;
    let tickets = collector.tickets(&changes)?;
    let units = units
        .into_iter()
        .map(|(package, chosen)| collector.unit(package, chosen, &changes))
        .collect::<Result<_>>()?;
    Ok(MetricsFacts {
        project: project_name(repository, &config, options.package.as_deref()),
        head,
        units,
        tickets,
        clock,
    })
}

/// The packages that are measured; `None` stands for the repository.
fn packages<'c>(config: &'c Config, only: Option<&str>) -> Result<Vec<Option<&'c Package>>> {
    let is_meant = |package: &&Package| only.is_none_or(|only| package.name == only);
    let found: Vec<Option<&Package>> = config.packages.iter().filter(is_meant).map(Some).collect();
    match (only, found.is_empty()) {
        (None, true) => Ok(vec![None]),
        (Some(name), true) => Err(Error::usage(
            format!("there is no package `{}`", shorten(name)),
            "run `tollgate current` to list the packages",
        )),
        _ => Ok(found),
    }
}

/// A range of releases, as given: the first is not part of it.
struct Range {
    text: String,
    after: Option<String>,
    last: Option<String>,
}

impl Range {
    fn parse(text: &str) -> Result<Self> {
        let Some((after, last)) = text.split_once("..") else {
            return Err(Error::usage(
                format!("`{}` is not a range of releases", shorten(text)),
                "write the release before the first one and the last one, such as `v1.0.0..v1.3.0`",
            ));
        };
        let given = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        Ok(Self {
            text: text.to_owned(),
            after: given(after),
            last: given(last),
        })
    }
}

/// The releases of a unit that are measured.
struct Chosen {
    range: Option<String>,
    start: Timestamp,
    end: Timestamp,
    /// Oldest first, with their times.
    releases: Vec<(Timestamp, Release)>,
    /// The start of the period before, and its releases.
    before: Option<(Timestamp, Vec<(Timestamp, Release)>)>,
    /// The tag of the release below all of them.
    below: Option<String>,
}

impl Chosen {
    fn new(list: Vec<Release>, range: Option<&Range>, now: Timestamp) -> Result<Self> {
        let timed = |release: Release| {
            let at = Timestamp::from_second(release.time?).ok()?;
            release.version.is_some().then_some((at, release))
        };
        let mut all: Vec<(Timestamp, Release)> = list.into_iter().filter_map(timed).collect();
        all.sort_by(|(at, one), (other_at, other)| {
            at.cmp(other_at)
                .then_with(|| one.version.cmp(&other.version))
        });
        let (start, end) = bounds(&all, range, now)?;
        let first = all.first().map(|(at, _)| *at);
        let earlier = start
            .checked_sub(end.duration_since(start))
            .ok()
            .filter(|earlier| first.is_some_and(|first| first <= *earlier));
        let versions = range
            .map(|range| -> Result<_> {
                let version = |word: &Option<String>| {
                    word.as_ref()
                        .map(|word| Ok(find(&all, word)?.1.version.clone()))
                        .transpose()
                };
                Ok((
                    version(&range.after)?.flatten(),
                    version(&range.last)?.flatten(),
                ))
            })
            .transpose()?;
        let is_chosen = |at: Timestamp, release: &Release| match &versions {
            None => at >= start && at <= end,
            Some((after, last)) => {
                let version = release.version.as_ref();
                after.as_ref().is_none_or(|after| version > Some(after))
                    && last.as_ref().is_none_or(|last| version <= Some(last))
            }
        };
        let (mut releases, mut before, mut below) = (Vec::new(), Vec::new(), Vec::new());
        for (at, release) in all {
            if is_chosen(at, &release) {
                releases.push((at, release));
            } else if earlier.is_some_and(|earlier| at >= earlier && at < start) {
                before.push((at, release));
            } else {
                below.push(release);
            }
        }
        let used = || releases.iter().chain(&before);
        let lowest = used()
            .filter_map(|(_, release)| release.version.clone())
            .min();
        below.retain(|release| lowest.is_some() && release.version < lowest);
        let below = below
            .into_iter()
            .max_by(|one, other| one.version.cmp(&other.version));
        Ok(Self {
            range: range.map(|range| range.text.clone()),
            start,
            end,
            below: below.and_then(|release| release.tag),
            before: earlier.map(|earlier| (earlier, before)),
            releases,
        })
    }

    /// Leaves out all releases before the latest ones.
    fn keep_latest(&mut self, count: usize) {
        self.before = None;
        let first = self.releases.len().saturating_sub(count);
        let earlier = self.releases.drain(..first);
        if let Some((at, release)) = earlier.last() {
            self.start = at;
            self.below = release.tag;
        }
    }

    fn all(&self) -> impl Iterator<Item = &Release> {
        let before = self.before.iter().flat_map(|(_, releases)| releases);
        self.releases
            .iter()
            .chain(before)
            .map(|(_, release)| release)
    }
}

/// The first and the last instant of the period.
fn bounds(
    all: &[(Timestamp, Release)],
    range: Option<&Range>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp)> {
    let first = all.first().map_or(now, |(at, _)| *at);
    let Some(range) = range else {
        let year = now
            .to_zoned(TimeZone::UTC)
            .checked_sub(Span::new().months(12));
        let start = year.map_or(first, |year| year.timestamp());
        return Ok((start.max(first.min(now)), now));
    };
    let time = |word: &Option<String>| {
        word.as_ref()
            .map(|word| Ok::<_, Error>(find(all, word)?.0))
            .transpose()
    };
    let start = time(&range.after)?.unwrap_or(first);
    let end = time(&range.last)?.unwrap_or(now);
    if end < start {
        return Err(Error::usage(
            format!("`{}` ends before it starts", shorten(&range.text)),
            "write the earlier release first",
        ));
    }
    Ok((start, end))
}

/// The release with this tag or version.
fn find<'r>(all: &'r [(Timestamp, Release)], word: &str) -> Result<&'r (Timestamp, Release)> {
    let version = word.strip_prefix('v').unwrap_or(word);
    let is_meant = |(_, release): &&(Timestamp, Release)| {
        release.tag.as_deref() == Some(word)
            || release
                .version
                .as_ref()
                .is_some_and(|own| own.to_string() == version)
    };
    all.iter().find(is_meant).ok_or_else(|| {
        Error::usage(
            format!("`{}` is not a release that HEAD contains", shorten(word)),
            "run `git tag --merged` to list the tags",
        )
    })
}

/// What the commits of the chosen releases change and cite.
#[derive(Default)]
struct Changes {
    /// When each commit was written, by the author's clock.
    written: HashMap<Id, Timestamp>,
    /// The commits that change the product.
    product: HashSet<Id>,
    /// The IDs of the tickets that each commit cites.
    cited: HashMap<Id, BTreeSet<String>>,
    /// When each ticket file was added.
    added: HashMap<String, Timestamp>,
}

impl Changes {
    /// Notes when the tickets that a commit changes were added; commits are read newest first.
    fn note_added(&mut self, facts: &CommitFacts, paths: &[String], tickets: &GlobSet) {
        if let Some(at) = self.written.get(&facts.commit.id) {
            let of_tickets = paths.iter().filter(|path| tickets.is_match(path));
            self.added
                .extend(of_tickets.map(|path| (path.clone(), *at)));
        }
    }
}

struct Collector<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    config: &'r Config,
    clock: &'r Clock,
    head: Id,
    tree: CommitTree<'r>,
}

impl Collector<'_> {
    fn changes(&self, units: &[(Option<&Package>, Chosen)]) -> Result<Changes> {
        let below = match units {
            [(_, chosen)] => chosen.below.as_ref(),
            _ => None,
        };
        let exclude = below
            .map(|tag| self.repository.resolve(&format!("refs/tags/{tag}")))
            .transpose()?;
        let scope = Scope {
            tip: Some(self.head),
            exclude,
        };
        let mut changes = Changes::default();
        let mut reader = ScopeReader::new(self.history);
        reader.visit(scope, |id, raw| {
            let seconds = raw.author.seconds;
            let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            changes.written.extend(at.map(|at| (id, at)));
            Ok(())
        })?;
        drop(reader);
        let groups = MergeReader::new(self.history).groups(scope)?;
        let counted: HashSet<Id> = units
            .iter()
            .flat_map(|(_, chosen)| chosen.all())
            .flat_map(|release| &release.commits)
            .map(|classified| classified.commit.id)
            .collect();
        let histories = TicketHistories::new(self.history, self.repository, self.config)?;
        let tickets = self.config.ticket_globs()?;
        for group in &groups {
            let cited: BTreeSet<String> =
                cited_by(group, &counted, &histories)?.into_iter().collect();
            for facts in &group.0 {
                let id = facts.commit.id;
                if histories.may_change_tickets(id)? {
                    changes.note_added(facts, histories.paths(facts)?, &tickets);
                }
                if !counted.contains(&id) {
                    continue;
                }
                if histories.changes_product(facts)? {
                    _ = changes.product.insert(id);
                    if !cited.is_empty() {
                        _ = changes.cited.insert(id, cited.clone());
                    }
                }
            }
        }
        let older = exclude
            .map(|older| self.repository.tree(older))
            .transpose()?;
        if let Some(older) = older {
            let known: HashSet<String> =
                paths_of_tickets(&older, self.config)?.into_iter().collect();
            changes.added.retain(|path, _| !known.contains(path));
        }
        Ok(changes)
    }

    /// The tickets at HEAD that commits cite, and those that name another one as their cause.
    fn tickets(&self, changes: &Changes) -> Result<Vec<MeasuredTicket>> {
        let cited: BTreeSet<&String> = changes.cited.values().flatten().collect();
        let day = self.clock.date(self.clock.now);
        let mut bytes = TotalBytes::new(self.config.limits);
        let mut tickets = Vec::new();
        for path in paths_of_tickets(&self.tree, self.config)? {
            let Some(source) = text(&self.tree, &path, self.config.limits)? else {
                continue;
            };
            bytes.add(&source)?;
            let Ok(parsed) = ParsedTicket::parse(&source) else {
                continue;
            };
            let names_cause = |parsed: &ParsedTicket| {
                let outcome = parsed.ticket.outcome.as_ref();
                outcome.is_some_and(|outcome| outcome.caused_by.is_some())
            };
            if cited.contains(&parsed.id().to_owned()) || names_cause(&parsed) {
                let added = changes.added.get(&path).copied();
                let now = self.clock.now;
                let ticket = MeasuredTicket::of(&parsed, added, day, &self.config.risk, now);
                tickets.push(ticket);
            }
        }
        Ok(tickets)
    }

    fn unit(
        &self,
        package: Option<&Package>,
        chosen: Chosen,
        changes: &Changes,
    ) -> Result<UnitReleases> {
        let measured = |releases: Vec<(Timestamp, Release)>| {
            let releases = releases.into_iter();
            releases
                .map(|(at, release)| self.release(package, at, &release, changes))
                .collect::<Result<Vec<_>>>()
        };
        let before = chosen
            .before
            .map(|(start, releases)| -> Result<_> {
                Ok(Period {
                    range: None,
                    start,
                    end: chosen.start,
                    releases: measured(releases)?,
                })
            })
            .transpose()?;
        Ok(UnitReleases {
            package: package.map(|package| package.name.clone()),
            period: Period {
                range: chosen.range,
                start: chosen.start,
                end: chosen.end,
                releases: measured(chosen.releases)?,
            },
            before,
        })
    }

    fn release(
        &self,
        package: Option<&Package>,
        at: Timestamp,
        release: &Release,
        changes: &Changes,
    ) -> Result<MeasuredRelease> {
        let message = &self.config.release.commit_message;
        let name = package.map(|package| package.name.as_str());
        let counts = |classified: &&ClassifiedCommit| {
            let is_quiet = matches!(
                classified.reason,
                Reason::Merge | Reason::Reverted | Reason::Reverting
            );
            !is_quiet
                && changes.product.contains(&classified.commit.id)
                && !is_release_commit(&classified.commit, message, name)
        };
        let commits = release.commits.iter().filter(counts).map(|classified| {
            let id = classified.commit.id;
            let cited = changes.cited.get(&id);
            MeasuredCommit {
                id: id.to_string(),
                at: changes.written.get(&id).copied(),
                tickets: cited
                    .map(|ids| ids.iter().cloned().collect())
                    .unwrap_or_default(),
            }
        });
        let actions = match &release.version {
            Some(version) => self.actions(&self.config.release_file(package, version))?,
            None => None,
        };
        Ok(MeasuredRelease {
            version: release
                .version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            tag: release.tag.clone().unwrap_or_default(),
            at,
            commits: commits.collect(),
            actions,
        })
    }

    /// The actions of a release file; `None`: it does not exist or cannot be read.
    fn actions(&self, path: &str) -> Result<Option<Vec<MeasuredAction>>> {
        let Some(source) = text(&self.tree, path, self.config.limits)? else {
            return Ok(None);
        };
        let Ok(parsed) = ParsedReleaseFile::parse(&source) else {
            return Ok(None);
        };
        let file = &parsed.file;
        let now = self.clock.now;
        let today = now.to_zoned(file.time_zone()).date();
        let action = |action: &Action| MeasuredAction {
            is_done: action.done.is_done(),
            is_overdue: !action.done.is_done()
                && match action.due {
                    None => false,
                    Some(Moment::Day(day)) => day < today,
                    Some(Moment::Time(at)) => at.timestamp < now,
                },
        };
        Ok(Some(file.actions.iter().map(action).collect()))
    }
}
