//! Plans the release of HEAD, checks whether it can be made, and makes it.
//!
//! The versions come from `history`, the plan from `release`, and the findings from `rules`.

mod commits;
mod drift;
mod emergencies;
mod evidence;
mod execute;
pub(crate) mod follow_ups;
pub(crate) mod planner;
pub(crate) mod policy_branch;
pub(crate) mod previous_emergencies;
pub(in crate::app) mod previous_releases;
pub(crate) mod sign_off;
mod stated_versions;
pub(crate) mod tag_records;
pub(crate) mod ticket_reader;
pub(crate) mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::app::release::commits::lint_commits;
use crate::app::release::drift::drifted;
use crate::app::release::emergencies::{
    bypass, refuse_spent, refuse_undeclared, spent_emergencies, ticket_of_emergency,
};
use crate::app::release::follow_ups::follow_ups;
use crate::app::release::planner::{ReleaseContents, ReleasePlanner};
use crate::app::release::previous_emergencies::EmergencyReleases;
use crate::app::release::previous_releases::{delivered, predecessors, uncovered_commits};
use crate::app::release::sign_off::{SignOffSubject, required_sign_offs, sign_off_subjects};
use crate::app::release::stated_versions::{file_versions, skipped_workspaces};
use crate::app::release::tag_records::{TagOnCommit, TagRecords};
use crate::app::release::tickets::{ApprovalFacts, CommitContext, ReleaseTickets};
use crate::approval::TicketApprovals;
use crate::calendar::{Window, overlapping_freezes};
use crate::commit::Id;
use crate::config::{Activity, Config, Freeze, Package, ReleaseVia};
use crate::error::{Error, Result};
use crate::finding::{Checked, Severity};
use crate::git::{GitHistory, Repository};
use crate::history::{
    DueUnit, NextOptions, NextVersion, Unit, UntaggedRelease, VersionQuery, Versions,
    possible_prefixes, untagged_release,
};
use crate::release::{
    FollowUp, NoProgress, Plan, PlannedPush, Progress, Purpose, PushTarget, ReleaseContext,
    SignOff, UnversionedWorkspace,
};
use crate::rules::{CheckedTree, RuleSelection, Settings, lint_repository, run_release_rules};
use crate::ticket::{ParsedTicket, Ticket};
use crate::workspace::Workspace;

pub(crate) use evidence::CommitEvidence;
pub use execute::{ReleaseOutcome, make_release, resume_release};

/// The options of a release; [`ReleaseOptions::new`] creates them with defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReleaseOptions {
    /// What the plan is made for.
    pub purpose: Purpose,
    /// The directory that `config` is relative to.
    pub directory: PathBuf,
    /// The named configuration; `None`: that of the commit.
    pub config: Option<PathBuf>,
    /// The only package to release; `None`: all that are due, or the repository if it has no
    /// packages.
    pub package: Option<String>,
    /// How the version is chosen.
    pub version: NextOptions,
    /// Whether it is pushed, and the target.
    pub push: Push,
    /// The ID of the emergency ticket for which the release bypasses rules.
    pub emergency: Option<String>,
    /// The current time.
    pub now: Timestamp,
}

impl ReleaseOptions {
    /// The options of a preview of everything that is due, without a push.
    ///
    /// `directory` is the one that a named configuration is relative to, usually the current
    /// directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, now: Timestamp) -> Self {
        Self {
            purpose: Purpose::Preview,
            directory: directory.into(),
            config: None,
            package: None,
            version: NextOptions::default(),
            push: Push::No,
            emergency: None,
            now,
        }
    }
}

/// Gives the releases of HEAD that can be signed off to `see`, with the commit that is released.
///
/// # Errors
///
/// Fails if the next version is not known, and if history is missing.
pub(crate) fn releases_to_sign_off(
    repository: &Repository,
    options: &ReleaseOptions,
    see: impl FnOnce(CommitContext<'_>, Vec<SignOffSubject>) -> Result<()>,
) -> Result<()> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let history = repository.history()?;
    let inputs = ReleaseInputs {
        repository,
        history: &history,
        config: &config,
    };
    let versions = inputs.next_versions(options)?;
    versions.require_known()?;
    let due = versions.due();
    let context = CommitContext {
        repository,
        history: &history,
        config: &config,
        tip: repository.resolve("HEAD")?,
        histories: None,
    };
    refuse_sign_off_without_commit(&config)?;
    let tickets = ReleaseTickets::read(context, &due)?;
    let subjects = sign_off_subjects(context, &due, &tickets)?;
    see(context, subjects)
}

/// Refuses a sign-off, which is written in the file of the coming release, if no release commit
/// could rename the file.
fn refuse_sign_off_without_commit(config: &Config) -> Result<()> {
    match config.release.via {
        ReleaseVia::Commit => Ok(()),
        ReleaseVia::Tag => Err(Error::refused(
            "a release cannot be signed off with `release.via = \"tag\"`: there is no release commit to rename the release file to its version",
            "set `release.via = \"commit\"`",
        )),
    }
}

/// Whether a release is pushed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Push {
    /// No push.
    #[default]
    No,
    /// To the remote in Git's settings.
    AsConfigured,
    /// To the remote of this name.
    To(String),
}

/// A planned release, and what blocks it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Proposal {
    /// The versions and their reasons.
    pub versions: Versions,
    /// The plan; `None`: there is nothing to release.
    pub plan: Option<Plan>,
    /// The findings; an error blocks the release.
    pub checked: Checked,
    /// The workspaces that it does not change, because their roots have no publishable version.
    pub(crate) skipped: Vec<UnversionedWorkspace>,
    /// The packages that depend on the only released one and are not released with it.
    pub left_behind: Vec<String>,
    /// The results for the approvals of its tickets; empty if the configuration requires none.
    pub(crate) approvals: Vec<TicketApprovals>,
    /// The results for its sign-offs; empty if the configuration requires none.
    pub(crate) sign_offs: Vec<SignOff>,
    /// Notes on what the release was checked with.
    pub remarks: Vec<String>,
    /// What still has to follow after earlier emergency releases.
    pub(crate) follow_ups: Vec<FollowUp>,
}

impl Proposal {
    /// Nothing is due; findings in the commits' messages may explain why.
    const fn nothing(versions: Versions, checked: Checked, follow_ups: Vec<FollowUp>) -> Self {
        Self {
            versions,
            plan: None,
            checked,
            skipped: Vec::new(),
            left_behind: Vec::new(),
            approvals: Vec::new(),
            sign_offs: Vec::new(),
            remarks: Vec::new(),
            follow_ups,
        }
    }

    /// Whether an error blocks the release.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.checked.count(Severity::Error) > 0
    }
}

/// Plans the release of a repository's HEAD.
///
/// Queries the remote only if the release will be pushed; otherwise no network is used.
///
/// # Errors
///
/// Fails if something that the plan depends on is missing or cannot be read, and if the remote has
/// version tags that are missing here.
pub fn plan_release(
    repository: &Repository,
    options: &ReleaseOptions,
    progress: &mut dyn Progress,
) -> Result<Proposal> {
    propose(repository, options, RemoteCheck::Query, progress)
}

/// Whether the remote of a push is queried for tags that are missing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RemoteCheck {
    Query,
    /// It was queried earlier.
    Skip,
}

fn propose(
    repository: &Repository,
    options: &ReleaseOptions,
    remote: RemoteCheck,
    progress: &mut dyn Progress,
) -> Result<Proposal> {
    preview(repository, options, remote, progress)?.proposal
}

/// Asks the remote of a push whether it has the current versions, and reports what is missing;
/// `None` if it has them all.
///
/// Without a push, the remote isn't queried.
///
/// # Errors
///
/// Fails if there is no such remote, and if it cannot be queried.
pub(crate) fn find_unpublished(
    repository: &Repository,
    push: &Push,
    versions: &Versions,
    progress: &mut dyn Progress,
) -> Result<Option<Error>> {
    let units = versions.units.iter();
    let released: Vec<_> = units.filter_map(|unit| unit.next.base.as_ref()).collect();
    let branch = repository.branch()?;
    match (
        branch.as_deref(),
        push_target(repository, push, branch.as_deref())?,
    ) {
        (Some(branch), Some(target)) if !released.is_empty() => {
            repository.find_unpublished(branch, &target, &released, progress)
        }
        _ => Ok(None),
    }
}

/// The next release, whether or not it can be planned.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) struct Preview {
    /// The versions and their reasons.
    pub(crate) versions: Versions,
    /// The planned release, or why it cannot be planned.
    pub(crate) proposal: Result<Proposal>,
}

/// Previews the release of a repository's HEAD.
///
/// # Errors
///
/// Fails if the next version cannot be computed.
pub(crate) fn preview_release(
    repository: &Repository,
    options: &ReleaseOptions,
) -> Result<Preview> {
    preview(repository, options, RemoteCheck::Query, &mut NoProgress)
}

fn preview(
    repository: &Repository,
    options: &ReleaseOptions,
    remote: RemoteCheck,
    progress: &mut dyn Progress,
) -> Result<Preview> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let inputs = ReleaseInputs {
        repository,
        history: &repository.history()?,
        config: &config,
    };
    let versions = inputs.next_versions(options)?;
    let proposal = inputs.plan(options, versions.clone(), remote, progress);
    Ok(Preview { versions, proposal })
}

/// The inputs of the versions and the plan of a release.
#[derive(Clone, Copy)]
struct ReleaseInputs<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    /// The configuration of HEAD.
    config: &'r Config,
}

impl ReleaseInputs<'_> {
    fn next_versions(self, options: &ReleaseOptions) -> Result<Versions> {
        let Self {
            repository,
            history,
            config,
        } = self;
        let evidence = CommitEvidence::of_head(repository, config);
        let query = VersionQuery::new(config, options.package.as_deref());
        query
            .with_evidence(&evidence)
            .propose(history, &options.version)
    }

    fn plan(
        self,
        options: &ReleaseOptions,
        versions: Versions,
        remote: RemoteCheck,
        progress: &mut dyn Progress,
    ) -> Result<Proposal> {
        let Self {
            repository,
            history,
            config,
        } = self;
        let settings = Settings::new(config, &RuleSelection::default(), options.now)?;
        let messages = lint_commits(repository, history, &versions, config, &settings)?;
        let base = repository.resolve("HEAD")?;
        let context = CommitContext {
            repository,
            history,
            config,
            tip: base,
            histories: None,
        };
        let records = TagRecords::new(history);
        let bases = versions.units.iter();
        let bases = bases.filter_map(|unit| Some(&unit.next.base.as_ref()?.tag[..]));
        let emergencies = EmergencyReleases::find(&records, base, bases)?;
        let is_pending = |unit: &&Unit| unit.next.releasable || unit.next.version.is_err();
        let pending: Vec<&Unit> = versions.units.iter().filter(is_pending).collect();
        if pending.is_empty() {
            let follow_ups = follow_ups_alone(options, context, &emergencies, &settings)?;
            return Ok(Proposal::nothing(versions, messages, follow_ups));
        }
        let branch = repository.branch()?;
        let push = self.planned_push(options, branch.as_deref(), &pending)?;
        if let (Some(push), RemoteCheck::Query) = (&push, remote) {
            // All later steps depend on versions, which may be wrong if tags of the remote are
            // missing.
            repository.check_remote(push, base, progress)?;
        }
        versions.require_known()?;
        let due = versions.due();
        refuse_release_files(context, &due)?;
        let planner = ReleasePlanner {
            repository,
            history,
            config,
            base,
            branch: branch.as_deref(),
            push: push.as_ref(),
            only: options.package.as_deref(),
            version_options: &options.version,
            previous_emergencies: &emergencies.latest(),
            purpose: options.purpose,
            now: self.date(base, options.now)?,
        };
        let contents = planner.collect(&due, history)?;
        let emergency = options
            .emergency
            .as_ref()
            .map(|id| ticket_of_emergency(id, &contents.tickets))
            .transpose()?;
        let release = Release {
            planner,
            due: &due,
            contents,
            messages,
            emergency,
            earlier_emergencies: &emergencies,
        };
        let CheckedRelease {
            plan,
            checked,
            approvals,
            remarks,
            sign_offs,
            follow_ups,
        } = release.judge(context, &records, &settings)?;
        let skipped = skipped_workspaces(&repository.tree(base)?, config, &due)?;
        Ok(Proposal {
            versions,
            plan: Some(plan),
            checked,
            skipped,
            left_behind: packages_behind(config, options.package.as_deref()),
            approvals,
            sign_offs,
            remarks,
            follow_ups,
        })
    }

    /// The date of a release of a commit.
    ///
    /// Without a release commit, several releases can have their tags on one commit. Each is then
    /// dated after the ones before, so that `verify` knows which tags were there.
    fn date(self, base: Id, now: Timestamp) -> Result<Timestamp> {
        if self.config.release.via != ReleaseVia::Tag {
            return Ok(now);
        }
        let tags = TagOnCommit::all(self.history, base)?;
        let versions = tags.iter().filter(|tag| tag.may_be_a_version());
        let last = versions.filter_map(|tag| tag.seconds).max();
        let next = last.and_then(|last| Timestamp::from_second(last.checked_add(1)?).ok());
        Ok(next.map_or(now, |next| next.max(now)))
    }

    /// The push of a release, with the prefixes of the relevant version tags; `None` if it is not
    /// pushed.
    fn planned_push(
        self,
        options: &ReleaseOptions,
        branch: Option<&str>,
        units: &[&Unit],
    ) -> Result<Option<PlannedPush>> {
        let Some(target) = push_target(self.repository, &options.push, branch)? else {
            return Ok(None);
        };
        let configured = self.config.version.tag_prefix.as_deref();
        let mut tag_prefixes = BTreeSet::new();
        for unit in units {
            match unit.name {
                Some(_) => tag_prefixes.extend([unit.next.prefix.clone()]),
                None => tag_prefixes.extend(possible_prefixes(self.history, configured)?),
            }
        }
        Ok(Some(PlannedPush {
            target,
            tag_prefixes: tag_prefixes.into_iter().collect(),
        }))
    }
}

/// The packages that depend on the only released one.
fn packages_behind(config: &Config, only: Option<&str>) -> Vec<String> {
    let depends = |package: &&Package| {
        only.is_some_and(|only| package.depends_on.iter().any(|name| name == only))
    };
    config
        .packages
        .iter()
        .filter(depends)
        .map(|package| package.name.clone())
        .collect()
}

/// What still has to follow after earlier emergencies, if there is nothing to release.
fn follow_ups_alone(
    options: &ReleaseOptions,
    context: CommitContext<'_>,
    emergencies: &EmergencyReleases,
    settings: &Settings,
) -> Result<Vec<FollowUp>> {
    if let Some(id) = &options.emergency {
        // An invalid option is an error even if nothing depends on it.
        ticket_of_emergency(id, &ReleaseTickets::read(context, &[])?)?;
    }
    follow_ups(context, emergencies, settings)
}

/// A release after its check.
struct CheckedRelease {
    plan: Plan,
    checked: Checked,
    approvals: Vec<TicketApprovals>,
    /// Notes on what the approvals were checked with.
    remarks: Vec<String>,
    sign_offs: Vec<SignOff>,
    follow_ups: Vec<FollowUp>,
}

/// A release that is due, with its contents and findings.
struct Release<'a> {
    planner: ReleasePlanner<'a, GitHistory<'a>>,
    due: &'a [DueUnit<'a>],
    contents: ReleaseContents<'a>,
    /// The findings in the messages of its commits.
    messages: Checked,
    /// The ticket of the emergency for which it bypasses rules.
    emergency: Option<ParsedTicket>,
    /// The emergency releases before it.
    earlier_emergencies: &'a EmergencyReleases,
}

impl Release<'_> {
    /// Checks whether it may be made, and plans it.
    fn judge(
        self,
        context: CommitContext<'_>,
        records: &TagRecords<'_>,
        settings: &Settings,
    ) -> Result<CheckedRelease> {
        let Self {
            planner,
            due,
            contents:
                ReleaseContents {
                    tags,
                    tickets,
                    mut incomplete,
                    release_files,
                    existing_release_files,
                },
            messages,
            emergency,
            earlier_emergencies,
        } = self;
        let CommitContext {
            repository,
            config,
            tip,
            ..
        } = context;
        let plan = planner.plan(&tags, None)?;
        let tree = repository.tree(tip)?;
        let cited = tickets.cited.iter().map(|ticket| ticket.path().to_owned());
        let checked_tree = CheckedTree::read(&tree, &tickets.touched, Some(cited.collect()))?;
        let linted = [tickets.touched.as_slice(), &release_files].concat();
        let mut checked = lint_repository(&linted, &tickets.others, &checked_tree, settings);
        let emergencies = tickets.cited.iter().map(Rc::as_ref).chain(&emergency);
        let spent = spent_emergencies(context, records, due, emergencies)?;
        let facts = ApprovalFacts {
            emergency: emergency.as_ref(),
            spent: &spent,
            recorded_risks: BTreeMap::new(),
        };
        let approvals = tickets.approvals(context, &facts, settings)?;
        if let Some(emergency) = &emergency {
            refuse_undeclared(emergency.id(), &approvals.tickets)?;
            refuse_spent(emergency.id(), &spent)?;
        }
        checked.merge(approvals.checked);
        let untagged = untagged_releases(context, due);
        // A version that was released has its section already, which is not about later commits.
        incomplete.retain(|section| {
            untagged
                .iter()
                .all(|release| release.version != section.version)
        });
        let sign_offs = required_sign_offs(context, due, &tickets, settings)?;
        let branch = plan.branch.as_deref();
        let versions: Vec<&NextVersion> = due.iter().map(|due| &due.unit.next).collect();
        let found = ReleaseContext {
            base: tip,
            preflight: repository.preflight(&plan, context.history)?,
            branch: branch.map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()),
            branches: config.branches.clone(),
            lowered: plan.lowered_versions(),
            untagged,
            incomplete,
            freezes: freezes(config, &tickets, settings.now()),
            delivered: delivered(context, records, due, &tickets)?,
            predecessors: predecessors(records, due, &tickets, settings)?,
            uncovered: uncovered_commits(context, &versions, records, &tickets, settings)?,
            drifted: drifted(records, &tree, config, due)?,
            file_versions: file_versions(&tree, config, due)?,
            follow_ups: follow_ups(context, earlier_emergencies, settings)?,
            lost: tickets.lost(context)?,
            existing_release_files,
            sign_offs,
            tickets: tickets.into_cited(),
            approvals: approvals.tickets,
        };
        checked.merge(run_release_rules(&found, settings));
        checked.merge(messages);
        let plan = match emergency {
            None => plan,
            // The bypassed rules are known only now, and the tags record them.
            Some(ticket) => {
                let emergency = bypass(&mut checked, &ticket, config, settings.now());
                planner.plan(&tags, Some(&emergency))?
            }
        };
        Ok(CheckedRelease {
            plan,
            checked,
            approvals: found.approvals,
            remarks: approvals.remarks,
            sign_offs: found.sign_offs,
            follow_ups: found.follow_ups,
        })
    }
}

/// The release commits in the range whose tags are missing. A release of tags alone adds the tag of
/// a version that its commit names.
fn untagged_releases(context: CommitContext<'_>, due: &[DueUnit<'_>]) -> Vec<UntaggedRelease> {
    let message = &context.config.release.commit_message;
    let has_tag = |tag: &str| context.history.has_tag(tag);
    let is_added = |release: &UntaggedRelease, due: &DueUnit<'_>| {
        context.config.release.via == ReleaseVia::Tag
            && release.commit == context.tip
            && release.version == *due.version
    };
    due.iter()
        .filter_map(|due| {
            untagged_release(due.unit, message, has_tag).filter(|release| !is_added(release, due))
        })
        .collect()
}

/// Refuses files of coming releases if only a release commit could rename them to their versions.
fn refuse_release_files(context: CommitContext<'_>, due: &[DueUnit<'_>]) -> Result<()> {
    let CommitContext { config, .. } = context;
    if config.release.via != ReleaseVia::Tag {
        return Ok(());
    }
    let tree = context.repository.tree(context.tip)?;
    let matching = config.release_files()?;
    for due in due {
        let path = config.next_release_file(due.unit.package(config));
        if matching.contains(&path) && tree.kind_at(&path)?.is_some() {
            let message = format!(
                "`{path}` cannot be used with `release.via = \"tag\"`: there is no release commit to rename it to its version"
            );
            let help = "delete the file, or set `release.via = \"commit\"`";
            return Err(Error::refused(message, help));
        }
    }
    Ok(())
}

/// The day of an instant, in UTC.
pub(crate) fn utc_day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// The freezes at this instant, each with its window.
fn freezes(config: &Config, tickets: &ReleaseTickets, now: Timestamp) -> Vec<(Freeze, Window)> {
    let tickets: Vec<&Ticket> = tickets
        .cited
        .iter()
        .map(|version| &version.ticket)
        .collect();
    let met = overlapping_freezes(
        &config.freezes,
        Activity::Release,
        Window::at(now),
        &tickets,
    );
    met.into_iter()
        .map(|(freeze, window)| (freeze.clone(), window))
        .collect()
}

/// The target of a push; `None` if no push is requested, or if HEAD is detached.
fn push_target(
    repository: &Repository,
    push: &Push,
    branch: Option<&str>,
) -> Result<Option<PushTarget>> {
    let named = match push {
        Push::No => return Ok(None),
        Push::AsConfigured => None,
        Push::To(remote) => Some(remote.as_str()),
    };
    branch
        .map(|branch| repository.push_target(named, branch))
        .transpose()
}
