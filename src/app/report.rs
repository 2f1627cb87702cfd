//! Collects what reports say about a release.
//!
//! Plans come from the commit that is released, outcomes and notes from HEAD, which is where people
//! write them afterwards. `report` makes the documents.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use semver::Version;

use crate::app::gate::MAILMAP;
use crate::app::gate::branch_tickets::text;
use crate::app::project::project_name;
use crate::app::release::sign_off::sign_offs;
use crate::app::release::tag_records::TagRecords;
use crate::app::release::ticket_reader::{TicketReader, TicketReaders};
use crate::app::release::tickets::{ApprovalFacts, CommitContext, ReleaseTickets};
use crate::approval::{CommitFacts, TicketApprovals};
use crate::changelog::notes;
use crate::commit::{Id, Mailmap, RawTag};
use crate::config::{Config, Evidence, Package, Prereleases, Quorum, Roles};
use crate::document::{ZONE_HELP, time_zone};
use crate::error::{Error, Result};
use crate::git::{GitHistory, Repository, TagObject};
use crate::history::{
    Base, DueUnit, HistoryBeforeTag, HistoryView, NextOptions, NextVersion, Reason, Release,
    ReleaseQuery, Scope, Tree as _, Unit, VersionQuery, Versions, is_release_commit,
};
use crate::release::SignOff;
use crate::release_file::{ParsedReleaseFile, ReleaseFile};
use crate::report::{
    Clock, CommitRole, EarlierRelease, PreviousRelease, ReleaseFacts, ReleaseTag, ReportedCommit,
    ReportedFile, ReportedSignOff, ReportedTicket,
};
use crate::rules::{RuleSelection, Settings};
use crate::source::{join_and, shorten};
use crate::ticket::{ParsedTicket, digest};
use crate::workspace::Workspace;

/// What is reported, and how.
#[derive(Debug, Clone)]
pub(crate) struct ReportOptions {
    /// The directory that `config` is relative to.
    pub(crate) directory: PathBuf,
    /// The named configuration; `None`: that of the commit.
    pub(crate) config: Option<PathBuf>,
    /// The tag or version of the release, or a range; `None`: what is unreleased.
    pub(crate) release: Option<String>,
    /// The package; `None`: the repository, or the package of the tag.
    pub(crate) package: Option<String>,
    /// The time zone in which times are printed; `None`: that of the configuration.
    pub(crate) zone: Option<String>,
    pub(crate) now: Timestamp,
}

/// Collects what is known about a release, or about several releases together: `options.release`
/// may be a range such as `v1.0.0..v1.3.0`, or `v1.0.0..`, which ends at HEAD.
///
/// # Errors
///
/// Fails if there is no such release, if several packages are meant, and if something that the
/// report depends on is missing or cannot be read.
pub(crate) fn release_facts(
    repository: &Repository,
    options: &ReportOptions,
) -> Result<ReleaseFacts> {
    let head_config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let history = repository.history()?;
    let collector = Collector::new(repository, &history, options, &head_config)?;
    let Some(word) = options.release.as_deref() else {
        return collector.unreleased(None);
    };
    match word.split_once("..") {
        None => collector.released(word, None),
        Some((after, last)) => {
            let range = GivenRange {
                text: word,
                after: (!after.is_empty()).then_some(after),
                unreleased: None,
            };
            match last {
                "" => collector.unreleased(Some(range)),
                last => collector.released(last, Some(range)),
            }
        }
    }
}

/// The tags of the releases of a range.
#[derive(Default)]
struct EarlierTags {
    /// Those of stable releases before the last one, oldest first.
    stable: Vec<VersionedTag>,
    /// Those of pre-releases, the highest first.
    prereleases: Vec<VersionedTag>,
}

struct VersionedTag {
    version: Version,
    name: String,
}

impl EarlierTags {
    /// The tags of the pre-releases of a version, the highest first.
    fn prereleases(&self, version: &Version) -> impl Iterator<Item = String> {
        let tags = self.prereleases.iter();
        tags.filter(|tag| core(&tag.version) == core(version))
            .map(|tag| tag.name.clone())
    }
}

/// A version without the part that makes it a pre-release.
const fn core(version: &Version) -> (u64, u64, u64) {
    (version.major, version.minor, version.patch)
}

/// A range of releases, as given.
#[derive(Clone, Copy)]
pub(super) struct GivenRange<'a> {
    text: &'a str,
    /// The release before the first one; `None`: there is none.
    after: Option<&'a str>,
    /// What is unreleased, if the range ends with it.
    unreleased: Option<&'a Unit>,
}

impl GivenRange<'_> {
    /// Makes sure that the release before the first one was found in the history of the last one.
    ///
    /// # Errors
    ///
    /// Fails if it was not.
    fn require_base(self, tag: Option<&str>, unit: &Unit) -> Result<()> {
        let base = unit.next.base.as_ref().map(|base| base.tag.as_str());
        match tag {
            Some(tag) if base != Some(tag) => Err(Error::usage(
                format!(
                    "`{}` is not a range: `{}` is not in the history of its end",
                    shorten(self.text),
                    shorten(tag)
                ),
                "write the release before the first one, then the last one, such as `v1.0.0..v1.3.0`",
            )),
            _ => Ok(()),
        }
    }
}

/// The current time, and the zone of a report that is not about one release.
///
/// # Errors
///
/// Fails if the zone of the command line is unknown.
pub(super) fn clock(config: &Config, options: &ReportOptions) -> Result<Clock> {
    let zone = zone(config, options)?.unwrap_or(TimeZone::UTC);
    Ok(Clock::new(options.now, zone))
}

/// The zone that the command line names, or else the configuration; `None`: neither does.
pub(super) fn zone(config: &Config, options: &ReportOptions) -> Result<Option<TimeZone>> {
    let Some(name) = &options.zone else {
        return Ok(config.reports.zone.clone());
    };
    let unknown = || Error::usage(format!("unknown time zone `{}`", shorten(name)), ZONE_HELP);
    time_zone(name).map(Some).ok_or_else(unknown)
}

/// What every release of a repository is collected with.
pub(super) struct Collector<'r> {
    pub(super) repository: &'r Repository,
    pub(super) history: &'r GitHistory<'r>,
    pub(super) options: &'r ReportOptions,
    /// The zone that the command line or the configuration names.
    pub(super) zone: Option<TimeZone>,
    pub(super) head: Id,
    pub(super) head_config: &'r Config,
    pub(super) readers: TicketReaders<'r>,
    /// The tickets of HEAD, if one of them has another path than in the release.
    head_tickets: OnceCell<TicketReader<'r>>,
}

/// The commits of a release, or those that are unreleased.
pub(super) struct ReleasedRange<'a> {
    pub(super) unit: &'a Unit,
    /// The tag; `None`: it is unreleased.
    pub(super) tag: Option<&'a Base>,
    /// The commit that is released.
    pub(super) tip: Id,
    pub(super) config: &'a Config,
    /// The version.
    pub(super) version: Option<Version>,
    /// The range that was given.
    pub(super) range: Option<GivenRange<'a>>,
    /// Reads the tickets of its commits.
    pub(super) reader: &'a TicketReader<'a>,
}

/// A view of the approvals, and the clock of the release.
#[derive(Clone, Copy)]
struct DatedView<'a> {
    view: &'a ApprovalView<'a>,
    clock: &'a Clock,
}

/// With which knowledge the approvals of a release are evaluated.
pub(super) struct ApprovalView<'a> {
    pub(super) facts: ApprovalFacts<'a>,
    /// The time until which approvals count.
    pub(super) at: Timestamp,
}

impl<'r> Collector<'r> {
    /// What releases are collected with, by the configuration of HEAD.
    ///
    /// # Errors
    ///
    /// Fails if HEAD cannot be read, and if the zone of the command line is unknown.
    pub(super) fn new(
        repository: &'r Repository,
        history: &'r GitHistory<'r>,
        options: &'r ReportOptions,
        head_config: &'r Config,
    ) -> Result<Self> {
        Ok(Self {
            repository,
            history,
            options,
            zone: zone(head_config, options)?,
            head: repository.resolve("HEAD")?,
            head_config,
            readers: TicketReaders::new(repository, history),
            head_tickets: OnceCell::new(),
        })
    }

    fn unreleased(&self, range: Option<GivenRange<'_>>) -> Result<ReleaseFacts> {
        let query = VersionQuery::new(self.head_config, self.options.package.as_deref());
        let versions = query.propose(self.history, &NextOptions::default())?;
        let unreleased = single(&versions)?;
        let mut since = None;
        if let Some(range) = range {
            let mut view = HistoryView::new(self.history, self.head);
            let after = view.hide_above(query, range.after)?;
            let versions = query.propose(&view, &NextOptions::default())?;
            range.require_base(after.as_deref(), single(&versions)?)?;
            since = Some(versions);
        }
        self.collect(&ReleasedRange {
            unit: match &since {
                None => unreleased,
                Some(versions) => single(versions)?,
            },
            tag: None,
            tip: self.head,
            config: self.head_config,
            // The version follows from the last release, whatever is reported.
            version: planned_version(&unreleased.next)?,
            range: range.map(|range| GivenRange {
                unreleased: Some(unreleased),
                ..range
            }),
            reader: &*self.readers.of(self.head_config)?,
        })
    }

    fn released(&self, word: &str, range: Option<GivenRange<'_>>) -> Result<ReleaseFacts> {
        let query = VersionQuery::new(self.head_config, self.options.package.as_deref());
        let mut before = HistoryBeforeTag::new(self.history, query, word)?;
        let mut after = None;
        if let Some(range) = range {
            let package = before.package().map(str::to_owned);
            let query = VersionQuery::new(self.head_config, package.as_deref());
            after = before.view.hide_above(query, range.after)?;
        }
        let versions = before.next()?;
        if let Some(range) = range {
            range.require_base(after.as_deref(), single(&versions)?)?;
        }
        let tip = before.released.commit;
        let config = match &self.options.config {
            Some(_) => self.head_config.clone(),
            None => Workspace::config_of(&self.repository.tree(tip)?)?,
        };
        self.collect(&ReleasedRange {
            unit: single(&versions)?,
            tag: Some(&before.released),
            tip,
            config: &config,
            version: Some(before.released.version.clone()),
            range,
            reader: &*self.readers.of(&config)?,
        })
    }

    fn collect(&self, range: &ReleasedRange<'_>) -> Result<ReleaseFacts> {
        let context = self.context(range);
        let tickets = ReleaseTickets::cited_by_version(context, &range.unit.next, range.reader)?;
        let view = ApprovalView {
            facts: ApprovalFacts::default(),
            at: self.options.now,
        };
        self.facts(range, &tickets, &view)
    }

    /// The commit that is released, and where to read its history.
    pub(super) fn context<'c>(&'c self, range: &ReleasedRange<'c>) -> CommitContext<'c> {
        CommitContext {
            repository: self.repository,
            history: self.history,
            config: range.config,
            tip: range.tip,
            histories: Some(&range.reader.histories),
        }
    }

    /// What is known about a release with these tickets.
    pub(super) fn facts(
        &self,
        range: &ReleasedRange<'_>,
        tickets: &ReleaseTickets,
        view: &ApprovalView<'_>,
    ) -> Result<ReleaseFacts> {
        let ReleasedRange {
            unit,
            tag,
            tip,
            config,
            ref version,
            range: given,
            reader: _,
        } = *range;
        let context = self.context(range);
        let commits = self.commits(context, range, tickets)?;
        let earlier = match given {
            None => EarlierTags::default(),
            Some(_) => self.earlier_tags(range)?,
        };
        let package = unit.package(self.head_config);
        let file = self.release_file(package, tag.map(|tag| &tag.version))?;
        let clock = self.clock(&file);
        Ok(ReleaseFacts {
            project: project_name(self.repository, self.head_config, unit.name.as_deref()),
            previous: unit.next.base.as_ref().map(|base| PreviousRelease {
                version: base.version.clone(),
                tag: base.tag.clone(),
                commit: base.commit,
            }),
            tag: tag.map(|tag| self.tag(&tag.tag)).transpose()?,
            tip,
            head: self.head,
            commits,
            tickets: self.tickets(
                context,
                tickets,
                DatedView {
                    view,
                    clock: &clock,
                },
            )?,
            file,
            previous_file: unit
                .next
                .base
                .as_ref()
                .map(|base| self.release_file(package, Some(&base.version)))
                .transpose()?,
            sign_off: match tag {
                None => self.sign_off(context, range, tickets)?,
                Some(_) => None,
            },
            changelog_entries: changelog_entries(unit, config),
            prereleases: match given {
                None => prereleases(unit, version.as_ref()),
                Some(_) => version
                    .iter()
                    .flat_map(|it| earlier.prereleases(it))
                    .collect(),
            },
            earlier: earlier
                .stable
                .iter()
                .map(|tag| self.earlier(tag, &earlier, package))
                .collect::<Result<_>>()?,
            version: version.clone(),
            range: given.map(|range| range.text.to_owned()),
            config: config.clone(),
            clock,
        })
    }

    /// The tags of the releases of a range before its last one, and of all their pre-releases.
    fn earlier_tags(&self, range: &ReleasedRange<'_>) -> Result<EarlierTags> {
        let query = ReleaseQuery {
            settings: &self.head_config.version,
            package: range.unit.package(self.head_config),
            prereleases: Prereleases::Show,
        };
        let base = range.unit.next.base.as_ref();
        let scope = Scope {
            tip: Some(range.tip),
            exclude: base.map(|base| base.commit),
        };
        let last = range.tag.map(|tag| &tag.version);
        let mut tags = EarlierTags::default();
        // The highest version comes first.
        for release in query.within(self.history, scope)? {
            let Some(tag) = release.version.zip(release.tag) else {
                continue;
            };
            let tag = VersionedTag {
                version: tag.0,
                name: tag.1,
            };
            if !tag.version.pre.is_empty() {
                tags.prereleases.push(tag);
            } else if Some(&tag.version) != last {
                tags.stable.insert(0, tag);
            }
        }
        Ok(tags)
    }

    fn earlier(
        &self,
        tag: &VersionedTag,
        tags: &EarlierTags,
        package: Option<&Package>,
    ) -> Result<EarlierRelease> {
        Ok(EarlierRelease {
            version: tag.version.clone(),
            tag: self.tag(&tag.name)?,
            file: self.release_file(package, Some(&tag.version))?,
            prereleases: tags.prereleases(&tag.version).collect(),
        })
    }

    /// The file about a release of HEAD, or about what is unreleased.
    fn release_file(
        &self,
        package: Option<&Package>,
        version: Option<&Version>,
    ) -> Result<ReportedFile> {
        let config = self.head_config;
        let path = match version {
            None => config.next_release_file(package),
            Some(version) => config.release_file(package, version),
        };
        let source = text(&self.repository.tree(self.head)?, &path, config.limits)?;
        let parsed = source.as_ref().map(ParsedReleaseFile::parse);
        Ok(ReportedFile {
            path,
            exists: parsed.is_some(),
            contents: parsed.and_then(|parsed| Some(parsed.ok()?.file)),
        })
    }

    /// The sign-off of what is unreleased; one person by their word if the configuration requires
    /// nothing.
    fn sign_off(
        &self,
        context: CommitContext<'_>,
        range: &ReleasedRange<'_>,
        tickets: &ReleaseTickets,
    ) -> Result<Option<ReportedSignOff>> {
        let required = context.config.release.sign_off.as_ref();
        let by_word = Quorum {
            people: 1,
            roles: Roles::Any,
            evidence: Evidence::Claimed,
        };
        // It is about what is unreleased, whatever a range begins with.
        let unreleased = range.range.and_then(|range| range.unreleased);
        let of_unreleased = unreleased
            .map(|unit| ReleaseTickets::of_versions(context, &[&unit.next]))
            .transpose()?;
        let tickets = of_unreleased.as_ref().unwrap_or(tickets);
        let unit = unreleased.unwrap_or(range.unit);
        let due: Vec<DueUnit<'_>> = unit.due().into_iter().collect();
        let settings = Settings::new(context.config, &RuleSelection::default(), self.options.now)?;
        let quorum = required.unwrap_or(&by_word);
        let found = sign_offs(context, &due, tickets, quorum, &settings)?;
        let reported = |sign_off: SignOff| ReportedSignOff {
            is_required: required.is_some(),
            result: sign_off.result,
        };
        Ok(found.into_iter().next().map(reported))
    }

    /// The current time, and the zone of a report about a release with this file.
    fn clock(&self, file: &ReportedFile) -> Clock {
        let of_file = || file.contents.as_ref().map(ReleaseFile::time_zone);
        let zone = self.zone.clone().or_else(of_file);
        Clock::new(self.options.now, zone.unwrap_or(TimeZone::UTC))
    }

    fn tag(&self, name: &str) -> Result<ReleaseTag> {
        let object = match self.repository.tag_object(name)? {
            Some(TagObject::Annotated { object, .. }) => Some(object),
            _ => None,
        };
        let tagger = object
            .as_deref()
            .and_then(RawTag::parse)
            .and_then(|raw| raw.tagger);
        Ok(ReleaseTag {
            name: name.to_owned(),
            at: tagger
                .as_ref()
                .and_then(|tagger| Timestamp::from_second(tagger.seconds?).ok()),
            by: tagger.map(|tagger| String::from_utf8_lossy(tagger.name).into_owned()),
        })
    }

    fn commits(
        &self,
        context: CommitContext<'_>,
        range: &ReleasedRange<'_>,
        tickets: &ReleaseTickets,
    ) -> Result<Vec<ReportedCommit>> {
        let unit = range.unit;
        let release_commit = match range.tag {
            None => None,
            Some(tag) => TagRecords::new(self.history).release_commit(
                &tag.tag,
                &tag.version,
                unit.next
                    .commits
                    .iter()
                    .map(|classified| &classified.commit),
            )?,
        };
        let tree = self.repository.tree(self.head)?;
        let mailmap = tree
            .file(MAILMAP)?
            .map(|file| Mailmap::parse(&String::from_utf8_lossy(&file.bytes)))
            .unwrap_or_default();
        let histories = context.ticket_histories()?;
        let message = &context.config.release.commit_message;
        let mut commits = Vec::with_capacity(unit.next.commits.len());
        for classified in unit.next.commits.iter().rev() {
            let commit = classified.commit.clone();
            let seconds = tickets.written_at(commit.id);
            let is_quiet = matches!(
                classified.reason,
                Reason::Merge | Reason::Reverted | Reason::Reverting
            );
            let is_release = release_commit == Some(commit.id)
                || is_release_commit(&commit, message, unit.name.as_deref());
            let role = if is_release {
                CommitRole::Release
            } else if is_quiet {
                CommitRole::NoChange
            } else if tickets.facts_of(commit.id).map_or_else(
                || histories.changes_product(&CommitFacts::new(commit.clone())),
                |facts| histories.changes_product(facts),
            )? {
                CommitRole::Change
            } else {
                CommitRole::Tickets
            };
            let cited = tickets.cited_by_commit(commit.id);
            commits.push(ReportedCommit {
                author: mailmap.resolve(&commit.author).name.to_string(),
                at: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
                role,
                tickets: cited.iter().map(|ticket| ticket.id().to_owned()).collect(),
                commit,
            });
        }
        Ok(commits)
    }

    fn tickets(
        &self,
        context: CommitContext<'_>,
        tickets: &ReleaseTickets,
        dated: DatedView<'_>,
    ) -> Result<Vec<ReportedTicket>> {
        let DatedView { view, clock } = dated;
        let settings = Settings::new(context.config, &RuleSelection::default(), view.at)?;
        let approvals = tickets.approvals(context, &view.facts, &settings)?;
        let mut approvals: HashMap<String, TicketApprovals> = approvals
            .tickets
            .into_iter()
            .map(|ticket| (ticket.id.clone(), ticket))
            .collect();
        let mut latest = self.latest(&tickets.cited)?;
        let day = clock.date(view.at);
        let points = &context.config.risk;
        let reported = |planned: &Rc<ParsedTicket>| ReportedTicket {
            latest: latest.remove(planned.id()),
            digest: digest(&planned.document),
            risk: planned.ticket.stricter_risk(day, points),
            score: planned.ticket.computed_risk(day, points),
            approvals: approvals.remove(planned.id()),
            planned: Rc::clone(planned),
        };
        Ok(tickets.cited.iter().map(reported).collect())
    }

    /// These tickets as they are at HEAD, by ID.
    fn latest(&self, tickets: &[Rc<ParsedTicket>]) -> Result<HashMap<String, Rc<ParsedTicket>>> {
        let reader = self.readers.of(self.head_config)?;
        let (mut latest, mut moved) = (HashMap::new(), BTreeSet::new());
        for ticket in tickets {
            let (id, path) = (ticket.id(), ticket.path());
            let at_path = match reader.histories.is_ticket(path) {
                true => reader.histories.version_at(self.head, path)?,
                false => None,
            };
            match at_path.filter(|at_path| at_path.id() == id) {
                Some(same) => _ = latest.insert(id.to_owned(), same),
                None => _ = moved.insert(id.to_owned()),
            }
        }
        if moved.is_empty() {
            return Ok(latest);
        }
        let all = match self.head_tickets.get() {
            Some(all) => all,
            None => {
                let all = TicketReader::new(self.repository, self.history, self.head_config)?;
                self.head_tickets.get_or_init(|| all)
            }
        };
        let moved = all.with_ids(self.head, self.head_config, &moved)?;
        latest.extend(moved.into_iter().map(|it| (it.id().to_owned(), it)));
        Ok(latest)
    }
}

/// The error that several packages are meant where a report is about one.
pub(super) fn one_package<'n>(names: impl Iterator<Item = Option<&'n str>>) -> Error {
    let names: Vec<String> = names.flatten().map(|name| format!("`{name}`")).collect();
    Error::usage(
        "a report is about one package",
        format!("pass `--package` with one of {}", join_and(&names)),
    )
}

/// The only unit; several are refused.
pub(super) fn single(versions: &Versions) -> Result<&Unit> {
    match &versions.units[..] {
        [unit] => Ok(unit),
        units => Err(one_package(units.iter().map(|unit| unit.name.as_deref()))),
    }
}

/// The number of entries that a release has in the changelog.
fn changelog_entries(unit: &Unit, config: &Config) -> usize {
    let release = Release {
        version: None,
        tag: None,
        time: None,
        commits: unit.next.commits.clone(),
    };
    let message = &config.release.commit_message;
    let notes = notes(vec![release], &config.changelog, message);
    let sections = notes.iter().flat_map(|notes| &notes.sections);
    sections.map(|section| section.entries.len()).sum()
}

/// The tags of the pre-releases of a version, the highest first.
fn prereleases(unit: &Unit, version: Option<&Version>) -> Vec<String> {
    let prereleases = unit.next.prereleases();
    prereleases
        .filter(|tag| version.is_some_and(|version| core(version) == core(&tag.version)))
        .map(|tag| tag.tag.clone())
        .collect()
}

/// The version of what is unreleased; `None` if no commit calls for a release.
fn planned_version(next: &NextVersion) -> Result<Option<Version>> {
    match &next.version {
        Ok(version) => Ok(next.releasable.then(|| version.clone())),
        Err(unknown) => Err(unknown.to_error()),
    }
}
