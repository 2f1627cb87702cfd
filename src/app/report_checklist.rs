//! Collects what the checklist says besides the facts of the release: changed lock files, migrations
//! of tickets, open regressions, and what became of the release before.

use std::collections::HashMap;

use crate::app::gate::branch_tickets::text;
use crate::app::release::follow_ups::follow_up_of;
use crate::app::release::tag_records::TagRecords;
use crate::app::release::tickets::CommitContext;
use crate::app::report::{ReportOptions, release_facts};
use crate::approval::{CommitFacts, TicketHistories};
use crate::config::Config;
use crate::error::Result;
use crate::git::{CommitTree, EntryKind, Repository};
use crate::release::Obligation;
use crate::report::{
    ChangedLockFile, ChecklistFacts, CommitRole, NamedMigration, PreviousEmergency, Regression,
    ReleaseFacts, ReportedTicket,
};
use crate::rules::{RuleSelection, Settings};
use crate::ticket::{ParsedTicket, State};
use crate::workspace::tickets::{TotalBytes, paths_of_tickets};

/// The names of files with the exact versions of dependencies.
const LOCK_FILES: &[&str] = &[
    "Cargo.lock",
    "Gemfile.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.lock",
    "flake.lock",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
];

/// Collects what the checklist of a release says.
///
/// # Errors
///
/// Fails if there is no such release, and if something that the checklist depends on is missing or
/// cannot be read.
pub(crate) fn checklist_facts(
    repository: &Repository,
    options: &ReportOptions,
) -> Result<ChecklistFacts> {
    let release = release_facts(repository, options)?;
    let history = repository.history()?;
    let context = CommitContext {
        repository,
        history: &history,
        config: &release.config,
        tip: release.head,
        histories: None,
    };
    let changes = Changes::of(context, &release)?;
    let previous = release.previous.as_ref();
    let tickets = previous.map(|previous| tickets_of(repository, options, &previous.tag));
    let tickets = tickets.transpose()?;
    Ok(ChecklistFacts {
        lock_files: changes.lock_files,
        migrations: migrations(repository, &release, &changes.last_change)?,
        previous: tickets.unwrap_or_default(),
        emergencies: emergencies(context, &release)?,
        regressions: regressions(&repository.tree(release.head)?, &release)?,
        release,
    })
}

/// The files that the commits of a release change.
struct Changes {
    lock_files: Vec<ChangedLockFile>,
    /// The index of the last commit that changes each path.
    last_change: HashMap<String, usize>,
}

impl Changes {
    fn of(context: CommitContext<'_>, release: &ReleaseFacts) -> Result<Self> {
        let histories = TicketHistories::new(context.history, context.repository, context.config)?;
        let mut changes = Self {
            lock_files: Vec::new(),
            last_change: HashMap::new(),
        };
        for (commit, reported) in release.commits.iter().enumerate() {
            if reported.role != CommitRole::Change {
                continue;
            }
            let facts = CommitFacts::new(reported.commit.clone());
            for path in histories.paths(&facts)? {
                let name = path.rsplit('/').next().unwrap_or(path);
                if LOCK_FILES.contains(&name) {
                    changes.lock_files.push(ChangedLockFile {
                        path: path.clone(),
                        commit,
                    });
                }
                changes.last_change.insert(path.clone(), commit);
            }
        }
        Ok(changes)
    }
}

/// The migrations that the tickets of a release name.
fn migrations(
    repository: &Repository,
    release: &ReleaseFacts,
    last_change: &HashMap<String, usize>,
) -> Result<Vec<NamedMigration>> {
    let tree = repository.tree(release.tip)?;
    let mut migrations = Vec::new();
    for ticket in &release.tickets {
        let schema_change = ticket.plan().schema_change.iter();
        for path in schema_change.flat_map(|change| &change.migrations) {
            let path = path.text.trim();
            let kind = tree.kind_at(path)?;
            migrations.push(NamedMigration {
                ticket: ticket.id().to_owned(),
                path: path.to_owned(),
                exists: matches!(kind, Some(EntryKind::File | EntryKind::Folder)),
                commit: last_change.get(path).copied(),
            });
        }
    }
    Ok(migrations)
}

/// The open tickets of a commit that name the ticket that caused them.
fn regressions(tree: &CommitTree<'_>, release: &ReleaseFacts) -> Result<Vec<Regression>> {
    let is_open = |(parsed, _): &(ParsedTicket, String)| {
        !matches!(parsed.ticket.state, State::Closed | State::Cancelled)
    };
    let tickets = tickets_with_causes(tree, &release.config)?.into_iter();
    let open = tickets
        .filter(is_open)
        .map(|(parsed, caused_by)| Regression {
            ticket: parsed.id().to_owned(),
            caused_by,
        });
    Ok(open.collect())
}

/// The tickets of a commit that name the ticket that caused them, with its ID.
///
/// # Errors
///
/// Fails if a ticket cannot be read.
pub(super) fn tickets_with_causes(
    tree: &CommitTree<'_>,
    config: &Config,
) -> Result<Vec<(ParsedTicket, String)>> {
    let mut bytes = TotalBytes::new(config.limits);
    let mut tickets = Vec::new();
    for path in paths_of_tickets(tree, config)? {
        let Some(source) = text(tree, &path, config.limits)? else {
            continue;
        };
        bytes.add(&source)?;
        let Ok(parsed) = ParsedTicket::parse(&source) else {
            continue;
        };
        let outcome = parsed.ticket.outcome.as_ref();
        let cause = outcome.and_then(|outcome| outcome.caused_by.as_ref());
        if let Some(cause) = cause.map(|cause| cause.text.trim().to_owned()) {
            tickets.push((parsed, cause));
        }
    }
    Ok(tickets)
}

/// The tickets of a release, with their states at HEAD.
fn tickets_of(
    repository: &Repository,
    options: &ReportOptions,
    tag: &str,
) -> Result<Vec<(String, State)>> {
    let facts = release_facts(
        repository,
        &ReportOptions {
            release: Some(tag.to_owned()),
            ..options.clone()
        },
    )?;
    let state = |ticket: &ReportedTicket| (ticket.id().to_owned(), ticket.latest().state);
    Ok(facts.tickets.iter().map(state).collect())
}

/// The emergencies of the release before, and of the earlier ones of a range.
fn emergencies(
    context: CommitContext<'_>,
    release: &ReleaseFacts,
) -> Result<Vec<PreviousEmergency>> {
    let previous = release.previous.iter().map(|it| (&it.version, &it.tag));
    let earlier = release.earlier.iter().map(|it| (&it.version, &it.tag.name));
    let records = TagRecords::new(context.history);
    let settings = Settings::new(context.config, &RuleSelection::default(), release.clock.now)?;
    let mut emergencies = Vec::new();
    for (version, tag) in previous.chain(earlier) {
        let Some(record) = records.get(tag)? else {
            continue;
        };
        let follow_up = follow_up_of(context, &record, &settings)?;
        emergencies.extend(follow_up.map(|follow_up| {
            PreviousEmergency {
                version: version.clone(),
                owed: follow_up
                    .obligations
                    .iter()
                    .map(Obligation::describe)
                    .collect(),
                ticket: follow_up.ticket,
                due: follow_up.due,
            }
        }));
    }
    Ok(emergencies)
}
