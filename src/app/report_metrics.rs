//! Collects what metrics are computed from: all releases of a period in one pass over the history,
//! and the tickets of HEAD. `report` computes the figures.

use std::collections::{BTreeSet, HashMap, HashSet};

use globset::GlobSet;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::app::gate::branch_tickets::text;
use crate::app::project::project_name;
use crate::app::release::tag_records::TagRecords;
use crate::app::release::tickets::cited_by;
use crate::app::report::{ReportOptions, clock};
use crate::approval::{CommitFacts, MergeReader, TicketFile, TicketHistories};
use crate::commit::{Commit, Id};
use crate::config::{Config, Package, Prereleases};
use crate::error::{Error, Result};
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{
    ClassifiedCommit, History, Reason, Release, ReleaseQuery, ReleaseReader, Scope,
    is_release_commit,
};
use crate::release_file::{Done, Moment, ParsedReleaseFile};
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
    let selection = Selection { range, count };
    collect(repository, options, &config, selection, &mut |_, _| ())
}

/// The releases that are collected: those of a range, or only the latest of them.
#[derive(Clone, Copy)]
struct Selection<'a> {
    range: Option<&'a Range>,
    count: Option<usize>,
}

/// Collects the releases of the last twelve months, and passes each ticket of HEAD to `each`, with
/// the time when it was added: tickets are many, so none is read twice or kept longer than needed.
///
/// # Errors
///
/// Fails as [`metrics_facts`] does.
pub(crate) fn metrics_and_tickets(
    repository: &Repository,
    options: &ReportOptions,
    config: &Config,
    each: &mut dyn FnMut(ParsedTicket, Option<Timestamp>),
) -> Result<MetricsFacts> {
    let all = Selection {
        range: None,
        count: None,
    };
    collect(repository, options, config, all, each)
}

fn collect(
    repository: &Repository,
    options: &ReportOptions,
    config: &Config,
    selection: Selection<'_>,
    each: &mut dyn FnMut(ParsedTicket, Option<Timestamp>),
) -> Result<MetricsFacts> {
    let Selection { range, count } = selection;
    let history = repository.history()?;
    let clock = clock(config, options)?;
    let head = repository.resolve("HEAD")?;
    let packages = packages(config, options.package.as_deref())?;
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
        config,
        clock: &clock,
        head,
        tree: repository.tree(head)?,
    };
    let changes = collector.changes(&units)?;
    let tickets = collector.tickets(&changes, each)?;
    let units = units
        .into_iter()
        .map(|(package, chosen)| collector.unit(package, chosen, &changes))
        .collect::<Result<_>>()?;
    Ok(MetricsFacts {
        project: project_name(repository, config, options.package.as_deref()),
        head,
        units,
        tickets,
        clock,
    })
}

/// The packages that are measured; `None` stands for the repository.
pub(super) fn packages<'c>(
    config: &'c Config,
    only: Option<&str>,
) -> Result<Vec<Option<&'c Package>>> {
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
pub(super) struct Range {
    text: String,
    pub(super) after: Option<String>,
    pub(super) last: Option<String>,
}

impl Range {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let Some((after, last)) = text.split_once("..") else {
            return Err(Error::usage(
                format!(
                    "`{}` is not a range of releases, which metrics are about",
                    shorten(text)
                ),
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
    /// What is not released.
    unreleased: Option<Release>,
}

impl Chosen {
    fn new(mut list: Vec<Release>, range: Option<&Range>, now: Timestamp) -> Result<Self> {
        let unreleased = list.iter().position(|release| release.version.is_none());
        let unreleased = unreleased.map(|index| list.remove(index));
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
            unreleased,
        })
    }

    /// Leaves out all releases before the latest ones.
    fn keep_latest(&mut self, count: usize) {
        self.before = None;
        let first = self.releases.len().saturating_sub(count);
        let mut earlier = self.releases.drain(..first);
        if let Some((at, release)) = earlier.next_back() {
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
            .chain(&self.unreleased)
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
pub(super) fn find<'r>(
    all: &'r [(Timestamp, Release)],
    word: &str,
) -> Result<&'r (Timestamp, Release)> {
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
    /// When each ticket file was added, and by which commit.
    added: HashMap<String, (Timestamp, Id)>,
    /// The commits that change several ticket files, and so may rename some.
    changes_several: HashSet<Id>,
    /// The file that each renamed ticket file was before.
    renamed_from: HashMap<String, String>,
}

impl Changes {
    /// Notes when the tickets that a commit changes were added; commits are read newest first.
    fn note_added(&mut self, facts: &CommitFacts, paths: &[String], tickets: &GlobSet) {
        let id = facts.commit.id;
        if let Some(at) = self.written.get(&id) {
            let changed = paths.iter().filter(|path| tickets.is_match(path));
            let changed: Vec<&String> = changed.collect();
            if changed.len() > 1 {
                self.changes_several.insert(id);
            }
            let changed = changed.into_iter().cloned();
            self.added.extend(changed.map(|path| (path, (*at, id))));
        }
    }

    /// Finds out which files were added by renaming another one.
    fn note_renames(&mut self, histories: &TicketHistories<'_, impl History>) -> Result<()> {
        for (path, (_, commit)) in &self.added {
            if !self.changes_several.contains(commit) {
                continue;
            }
            let (commit, path) = (*commit, path.clone());
            let origins = histories.origins(&TicketFile {
                commit,
                path: path.clone(),
            })?;
            let origin = origins.into_iter().next();
            self.renamed_from
                .extend(origin.map(|origin| (path, origin.path)));
        }
        Ok(())
    }

    /// When the ticket in a file was added, under whatever name; `None`: before the releases that
    /// are measured.
    fn added_at(&self, path: &str) -> Option<Timestamp> {
        let (mut path, mut seen) = (path, HashSet::new());
        while let Some(before) = self.renamed_from.get(path) {
            if !seen.insert(path) {
                return None;
            }
            path = before;
        }
        self.added.get(path).map(|(at, _)| *at)
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
        let histories = TicketHistories::new(self.history, self.repository, self.config)?;
        let groups = MergeReader::new(self.history).groups_and(scope, |id, raw| {
            let seconds = raw.author.seconds;
            let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
            changes.written.extend(at.map(|at| (id, at)));
            histories.note(id, raw);
        })?;
        let counted: HashSet<Id> = units
            .iter()
            .flat_map(|(_, chosen)| chosen.all())
            .flat_map(|release| &release.commits)
            .map(|classified| classified.commit.id)
            .collect();
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
        changes.note_renames(&histories)?;
        Ok(changes)
    }

    /// The tickets at HEAD that commits cite, and those that name another one as their cause.
    fn tickets(
        &self,
        changes: &Changes,
        each: &mut dyn FnMut(ParsedTicket, Option<Timestamp>),
    ) -> Result<Vec<MeasuredTicket>> {
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
            let added = changes.added_at(&path);
            if cited.contains(&parsed.id().to_owned()) || names_cause(&parsed) {
                let now = self.clock.now;
                let ticket = MeasuredTicket::of(&parsed, added, day, &self.config.risk, now);
                tickets.push(ticket);
            }
            each(parsed, added);
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
            unreleased: match &chosen.unreleased {
                Some(release) => self.commits(package, release, changes)?,
                None => Vec::new(),
            },
        })
    }

    fn release(
        &self,
        package: Option<&Package>,
        at: Timestamp,
        release: &Release,
        changes: &Changes,
    ) -> Result<MeasuredRelease> {
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
            commits: self.commits(package, release, changes)?,
            actions,
        })
    }

    /// The commits of a release that change the product.
    fn commits(
        &self,
        package: Option<&Package>,
        release: &Release,
        changes: &Changes,
    ) -> Result<Vec<MeasuredCommit>> {
        let message = &self.config.release.commit_message;
        let name = package.map(|package| package.name.as_str());
        let commits = || release.commits.iter().map(|classified| &classified.commit);
        let release_commit = match (&release.tag, &release.version) {
            (Some(tag), Some(version)) => {
                TagRecords::new(self.history).release_commit(tag, version, commits())?
            }
            _ => None,
        };
        let counts = |classified: &&ClassifiedCommit| {
            let is_quiet = matches!(
                classified.reason,
                Reason::Merge | Reason::Reverted | Reason::Reverting
            );
            !is_quiet
                && release_commit != Some(classified.commit.id)
                && changes.product.contains(&classified.commit.id)
                && !is_release_commit(&classified.commit, message, name)
        };
        let measured = |classified: &ClassifiedCommit| {
            let id = classified.commit.id;
            let cited = changes.cited.get(&id);
            MeasuredCommit {
                id: id.to_string(),
                at: changes.written.get(&id).copied(),
                tickets: cited
                    .map(|ids| ids.iter().cloned().collect())
                    .unwrap_or_default(),
                headline: headline(&classified.commit),
            }
        };
        Ok(release
            .commits
            .iter()
            .filter(counts)
            .map(measured)
            .collect())
    }

    /// The items and actions of a release file; `None`: it does not exist or cannot be read.
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
        let measured = |(done, due): (Done, Option<Moment>)| MeasuredAction {
            is_done: done.is_done(),
            is_overdue: !done.is_done() && due.is_some_and(|due| is_over(due, today, now)),
        };
        let items = file.items.iter().map(|item| (item.done, item.due));
        let actions = file.actions.iter().map(|action| (action.done, action.due));
        Ok(Some(items.chain(actions).map(measured).collect()))
    }
}

/// Whether the day or the time by which something had to be done is over.
pub(super) fn is_over(due: Moment, today: Date, now: Timestamp) -> bool {
    match due {
        Moment::Day(day) => day < today,
        Moment::Time(at) => at.timestamp < now,
    }
}

/// The first line of a message, as a conventional commit has it.
fn headline(commit: &Commit) -> String {
    match (commit.kind_name(), commit.scope()) {
        (Some("revert"), None) | (None, _) => commit.subject().to_owned(),
        (Some(kind), None) => format!("{kind}: {}", commit.subject()),
        (Some(kind), Some(scope)) => format!("{kind}({scope}): {}", commit.subject()),
    }
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;
    use crate::source::Source;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Releases with these versions, on these days.
    fn releases(days: &[(&str, &str)]) -> Vec<Release> {
        let release = |(version, day): &(&str, &str)| Release {
            version: Some(version.parse().unwrap()),
            tag: Some(format!("v{version}")),
            time: Some(at(&format!("{day}T12:00:00Z")).as_second()),
            commits: Vec::new(),
        };
        days.iter().map(release).collect()
    }

    const YEARS: &[(&str, &str)] = &[
        ("1.0.0", "2023-05-01"),
        ("1.1.0", "2025-03-01"),
        ("1.2.0", "2026-02-01"),
        ("1.1.1", "2026-03-01"),
        ("1.3.0", "2026-06-01"),
    ];

    fn choose(days: &[(&str, &str)], range: Option<&str>) -> Result<Chosen> {
        let range = range.map(Range::parse).transpose()?;
        Chosen::new(releases(days), range.as_ref(), at("2026-11-27T12:00:00Z"))
    }

    fn versions(releases: &[(Timestamp, Release)]) -> Vec<String> {
        let versions = releases
            .iter()
            .filter_map(|(_, release)| release.version.as_ref());
        versions.map(Version::to_string).collect()
    }

    #[test]
    fn the_last_twelve_months_are_compared_with_the_year_before() {
        let chosen = choose(YEARS, None).unwrap();
        assert_eq!(versions(&chosen.releases), ["1.2.0", "1.1.1", "1.3.0"]);
        let (start, before) = chosen.before.unwrap();
        assert_eq!(start, at("2024-11-27T12:00:00Z"));
        assert_eq!(versions(&before), ["1.1.0"]);
        assert_eq!(chosen.below, Some("v1.0.0".to_owned()));
    }

    #[test]
    fn nothing_is_compared_with_a_time_before_the_first_release() {
        let chosen = choose(&YEARS[2..], None).unwrap();
        assert_eq!(chosen.start, at("2026-02-01T12:00:00Z"));
        assert_eq!(chosen.before.map(|(_, before)| versions(&before)), None);
    }

    #[test]
    fn a_range_is_chosen_by_versions() {
        for (range, expected) in [
            ("v1.1.0..v1.2.0", &["1.2.0", "1.1.1"][..]),
            ("1.1.0..1.2.0", &["1.2.0", "1.1.1"]),
            ("v1.2.0..", &["1.3.0"]),
            ("..v1.0.0", &["1.0.0"]),
            ("v1.3.0..v1.3.0", &[]),
        ] {
            let chosen = choose(YEARS, Some(range)).unwrap();
            assert_eq!(versions(&chosen.releases), expected, "{range}");
        }
    }

    #[test]
    fn a_period_without_releases_is_empty() {
        let chosen = choose(&YEARS[..1], None).unwrap();
        assert_eq!(versions(&chosen.releases), [""; 0]);
        assert!(choose(&[], None).unwrap().releases.is_empty());
    }

    #[test]
    fn an_invalid_range_is_refused() {
        for (range, message) in [
            (
                "v1.0.0",
                "`v1.0.0` is not a range of releases, which metrics are about",
            ),
            (
                "v1.0.0..v9.0.0",
                "`v9.0.0` is not a release that HEAD contains",
            ),
            ("v1.3.0..v1.0.0", "`v1.3.0..v1.0.0` ends before it starts"),
        ] {
            let error = choose(YEARS, Some(range)).err().unwrap();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn packages_are_measured_one_by_one() {
        let text = "[[package]]\nname = \"api\"\npaths = [\"api/**\"]\n\
                    [[package]]\nname = \"web\"\npaths = [\"web/**\"]\n";
        let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
        let names = |only: Option<&str>| -> Result<Vec<Option<String>>> {
            let found = packages(&config, only)?.into_iter();
            Ok(found
                .map(|it| it.map(|package| package.name.clone()))
                .collect())
        };
        let both = ["api", "web"].map(|name| Some(name.to_owned()));
        assert_eq!(names(None).unwrap(), both);
        assert_eq!(names(Some("web")).unwrap(), both[1..]);
        let error = names(Some("app")).unwrap_err().to_string();
        assert_eq!(error, "there is no package `app`");
        assert_eq!(packages(&Config::default(), None).unwrap().len(), 1);
    }

    /// A repository to measure.
    struct Measured {
        folder: tempfile::TempDir,
        git: git2::Repository,
        seconds: i64,
    }

    impl Measured {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let git = git2::Repository::init_bare(folder.path()).unwrap();
            let seconds = at("2026-11-01T00:00:00Z").as_second();
            Self {
                folder,
                git,
                seconds,
            }
        }

        /// Commits changes of files an hour after the last commit; `None` removes a file.
        fn commit(&mut self, message: &str, files: &[(&str, Option<&str>)]) -> git2::Oid {
            self.seconds += 3_600;
            let git = &self.git;
            let time = git2::Time::new(self.seconds, 0);
            let author = git2::Signature::new("a", "a@example.com", &time).unwrap();
            let head = git.head().ok().map(|head| head.peel_to_commit().unwrap());
            let base = head.as_ref().map(|head| head.tree().unwrap());
            let empty = git.treebuilder(None).unwrap().write().unwrap();
            let base = base.unwrap_or_else(|| git.find_tree(empty).unwrap());
            let mut update = git2::build::TreeUpdateBuilder::new();
            for (path, text) in files {
                match text {
                    None => update.remove(*path),
                    Some(text) => {
                        let blob = git.blob(text.as_bytes()).unwrap();
                        update.upsert(*path, blob, git2::FileMode::Blob)
                    }
                };
            }
            let tree = update.create_updated(git, &base).unwrap();
            let tree = git.find_tree(tree).unwrap();
            let parents: Vec<_> = head.iter().collect();
            git.commit(Some("HEAD"), &author, &author, message, &tree, &parents)
                .unwrap()
        }

        fn tag(&self, name: &str, commit: git2::Oid) {
            let time = git2::Time::new(self.seconds, 0);
            let author = git2::Signature::new("a", "a@example.com", &time).unwrap();
            let commit = self.git.find_object(commit, None).unwrap();
            self.git.tag(name, &commit, &author, name, false).unwrap();
        }

        fn facts(&self) -> MetricsFacts {
            let repository = Repository::discover(self.folder.path()).unwrap();
            let options = ReportOptions {
                directory: self.folder.path().to_owned(),
                config: None,
                release: None,
                package: None,
                zone: None,
                now: at("2026-11-27T12:00:00Z"),
            };
            metrics_facts(&repository, &options).unwrap()
        }
    }

    const TICKET: &str = "id = \"CHG-1\"\ntitle = \"Ports\"\nstate = \"proposed\"\n";

    #[test]
    fn a_renamed_ticket_was_added_under_its_first_name() {
        let mut measured = Measured::new();
        let first = measured.commit("feat: begin", &[("code", Some("0"))]);
        measured.tag("v1.0.0", first);
        measured.commit("docs: plan", &[("changes/a.toml", Some(TICKET))]);
        measured.commit("feat: x\n\nChange: CHG-1", &[("code", Some("1"))]);
        for (from, to) in [("a", "b"), ("b", "c")] {
            let (from, to) = (format!("changes/{from}.toml"), format!("changes/{to}.toml"));
            measured.commit("docs: rename", &[(&from, None), (&to, Some(TICKET))]);
        }
        let released = measured.commit("chore(release): 1.1.0", &[("CHANGELOG.md", Some("1"))]);
        measured.tag("v1.1.0", released);
        let facts = measured.facts();
        let added: Vec<_> = facts.tickets.iter().map(MeasuredTicket::added_at).collect();
        assert_eq!(added, [Some(at("2026-11-01T02:00:00Z"))]);
    }

    #[test]
    fn items_and_actions_of_release_files_count() {
        let file = "[[items]]\nstage = \"plan\"\ntext = \"Ask\"\ndone = 2026-11-02\n\
                    [[items]]\nstage = \"follow-up\"\ntext = \"Tidy\"\ndue = 2026-11-05\n\
                    [[actions]]\ntext = \"Test\"\ndone = 2026-11-04\n";
        let mut measured = Measured::new();
        measured.commit("feat: begin", &[("releases/1.0.0.toml", Some(file))]);
        let released = measured.commit("chore(release): 1.0.0", &[("CHANGELOG.md", Some("1"))]);
        measured.tag("v1.0.0", released);
        let facts = measured.facts();
        let found = facts.units[0].period.releases[0].actions.as_ref().unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.is_done, it.is_overdue)).collect();
        assert_eq!(found, [(true, false), (false, true), (true, false)]);
    }

    #[test]
    fn a_release_commit_with_another_message_does_not_count() {
        let mut measured = Measured::new();
        for (version, message) in [
            ("1.0.0", "chore(release): 1.0.0"),
            ("1.1.0", "Release v1.1.0"),
            ("1.2.0", "feat: something else"),
        ] {
            measured.commit(
                &format!("feat: before {version}"),
                &[("code", Some(version))],
            );
            let commit = measured.commit(message, &[("CHANGELOG.md", Some(version))]);
            measured.tag(&format!("v{version}"), commit);
        }
        let facts = measured.facts();
        let releases = facts.units[0].period.releases.iter();
        let counts: Vec<usize> = releases.map(|release| release.commits.len()).collect();
        assert_eq!(counts, [1, 1, 2]);
    }
}
